//! The connections to one database server: a bounded number, one ask each, and whatever a server
//! does an ask ends in a named outcome within its deadline. Nothing here begins a transaction. When
//! work is cut off, the server is told to stop it; its place stays taken until it has stopped, at
//! the latest by the server's own time limit, so that the server never works for more asks than
//! agreed.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::charset::Charset;
use super::origin::Statement;
use super::source::{Cell, Search};
use super::sql_dialect::{Asked, Described, Dialect, Failure, STATEMENTS_KEPT_MAX};
use super::sql_reply::Reply;
use super::sqlite::{ColumnTold, Prepared};
use super::{LocalLimits, SourceError};

mod cut_off;

use cut_off::{AtWork, Stopper};

/// Longest wait for a new connection to stand.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(2);
/// A connection unused for so long is closed rather than trusted: firewalls forget silently.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// A connection is opened anew after this long, so that changed accounts and addresses are noticed.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(15 * 60);
/// Shortest time limit that is set at a server; the deadline itself may be over before.
const SERVER_LIMIT_MIN: Duration = Duration::from_millis(50);
/// Binary digits of a time limit that is set at a server: an eighth of the time is lost at most.
const LIMIT_DIGITS: u32 = 4;

/// The connections to one server.
#[derive(Debug)]
pub(crate) struct Pool<D: Dialect> {
    dialect: Arc<D>,
    stopper: Arc<Stopper<D>>,
    charset: Option<Charset>,
    limits: LocalLimits,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Session<D::Connection>>>,
    described: Mutex<HashMap<Arc<str>, Arc<Described>>>,
}

/// A connection and what the server was told about it.
struct Session<C> {
    connection: C,
    limit: Duration,
    opened: Instant,
    used: Instant,
    reused: bool,
}

impl<C> fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

/// One of the agreed places at the server.
struct Place {
    permit: Option<OwnedSemaphorePermit>,
    /// Until when the server may still be working for this place.
    working_until: Option<Instant>,
}

impl Drop for Place {
    /// Gives the place back once the server is surely done, whoever stopped waiting for it.
    fn drop(&mut self) {
        let (Some(permit), Some(until)) = (self.permit.take(), self.working_until) else {
            return;
        };
        // Nobody waits for this when the agent stops: it holds nothing but the place.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                sleep_until(until).await;
                drop(permit);
            });
        }
    }
}

impl<D: Dialect> Pool<D> {
    pub(crate) fn new(dialect: D, charset: Option<Charset>, limits: LocalLimits) -> Self {
        let places = usize::try_from(limits.pool_max).unwrap_or(1).max(1);
        let dialect = Arc::new(dialect);
        Self {
            stopper: Arc::new(Stopper::new(Arc::clone(&dialect), limits)),
            dialect,
            charset,
            limits,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            idle: Mutex::default(),
            described: Mutex::default(),
        }
    }

    /// The rows of `statement`, and the one value of `as_of` read on the same connection.
    pub(crate) async fn search(
        &self,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
    ) -> Result<(Vec<Vec<Cell>>, Option<Cell>), SourceError> {
        let place = self.place(search.deadline).await?;
        let stop = search
            .deadline
            .min(Instant::now() + self.limits.statement_timeout);
        let work = async {
            let session = self.session(stop).await?;
            let mut at_work = AtWork::new(Arc::clone(&self.stopper), place, session);
            let mut answer = self
                .answer(&mut at_work, statement, as_of, search, stop)
                .await;
            if at_work.reused() && answer.as_ref().is_err_and(|failure| failure.lost) {
                // The server restarted while the connection was idle; reading twice does no harm.
                self.forget_idle();
                at_work.replace(self.open(stop).await?);
                answer = self
                    .answer(&mut at_work, statement, as_of, search, stop)
                    .await;
            }
            let session = at_work.done();
            let answer = answer.map_err(|failure| failure.error)?;
            session.into_iter().for_each(|session| self.keep(session));
            Ok(answer)
        };
        timeout_at(stop, work)
            .await
            .map_err(|_| SourceError::TimedOut)?
    }

    /// Asks the server, at load, which columns a statement delivers.
    pub(crate) async fn prepare(&self, statement: &Statement) -> Prepared {
        let stop = Instant::now() + self.limits.statement_timeout.max(CONNECT_WAIT_MAX);
        let work = async {
            let mut session = self.session(stop).await?;
            let described = self.described(&mut session, statement).await?;
            self.keep(session);
            Ok::<_, Failure>(described)
        };
        match timeout_at(stop, work).await {
            Ok(Ok(described)) => {
                Prepared::Columns(described.columns.iter().map(ColumnTold::from).collect())
            }
            Ok(Err(Failure {
                refusal: Some(reason),
                ..
            })) => Prepared::Refused(reason),
            Ok(Err(failure)) => Prepared::Unreachable(failure.error),
            Err(_) => Prepared::Unreachable(SourceError::TimedOut),
        }
    }

    async fn place(&self, deadline: Instant) -> Result<Place, SourceError> {
        let wait = timeout(
            self.limits.queue_wait,
            Arc::clone(&self.places).acquire_owned(),
        );
        let waited = timeout_at(deadline, wait)
            .await
            .map_err(|_| SourceError::TimedOut)?;
        let permit = waited.map_err(|_| SourceError::Overloaded)?;
        let permit = Some(permit.map_err(|_| SourceError::Broken)?);
        Ok(Place {
            permit,
            working_until: None,
        })
    }

    async fn session(&self, stop: Instant) -> Result<Session<D::Connection>, SourceError> {
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.retain(|one| {
                one.used.elapsed() < IDLE_MAX && one.opened.elapsed() < CONNECTION_AGE_MAX
            });
            idle.pop()
        };
        match idle {
            Some(session) => Ok(Session {
                reused: true,
                ..session
            }),
            None => self.open(stop).await,
        }
    }

    async fn open(&self, stop: Instant) -> Result<Session<D::Connection>, SourceError> {
        let now = Instant::now();
        let connected = timeout_at(
            stop.min(now + CONNECT_WAIT_MAX),
            self.dialect.connect(self.limits),
        )
        .await;
        let connection = connected
            .map_err(|_| SourceError::TimedOut)?
            .map_err(|failure| failure.error)?;
        let limit = self.limits.statement_timeout;
        Ok(Session {
            connection,
            limit,
            opened: now,
            used: now,
            reused: false,
        })
    }

    fn keep(&self, session: Session<D::Connection>) {
        let session = Session {
            used: Instant::now(),
            ..session
        };
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(session);
    }

    fn forget_idle(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    async fn answer(
        &self,
        at_work: &mut AtWork<D>,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
        stop: Instant,
    ) -> Result<(Vec<Vec<Cell>>, Option<Cell>), Failure> {
        let (session, place) = at_work.parts().ok_or(SourceError::Broken)?;
        let limit = server_limit(self.limits.statement_timeout, stop - Instant::now());
        if session.limit != limit {
            self.dialect.limit(&mut session.connection, limit).await?;
            session.limit = limit;
        }
        place.working_until = Some(Instant::now() + limit);
        let loaded = match as_of {
            Some(as_of) => Some(self.one_value(session, place, as_of).await?),
            None => None,
        };
        let rows = self.rows(session, place, statement, search).await?;
        Ok((rows, loaded))
    }

    async fn one_value(
        &self,
        session: &mut Session<D::Connection>,
        place: &mut Place,
        statement: &Statement,
    ) -> Result<Cell, Failure> {
        let described = self.described(session, statement).await?;
        let asked = Asked {
            described: &described,
            columns: &[0],
            bound: &[],
            rows_limit: 1,
        };
        let mut reply = Reply::new(1, self.charset);
        place.working_until = Some(Instant::now() + session.limit);
        self.dialect
            .read(&mut session.connection, asked, &mut reply)
            .await?;
        let value = reply.into_rows().into_iter().flatten().next();
        Ok(value.unwrap_or(Cell::Null))
    }

    async fn rows(
        &self,
        session: &mut Session<D::Connection>,
        place: &mut Place,
        statement: &Statement,
        search: Search<'_>,
    ) -> Result<Vec<Vec<Cell>>, Failure> {
        let described = self.described(session, statement).await?;
        let read = self.read(session, place, &described, search).await;
        if read
            .as_ref()
            .is_err_and(|failure| failure.error == SourceError::ColumnMissing)
        {
            // The tables changed; the next ask has the statement described anew.
            self.forget(statement);
        }
        read
    }

    async fn read(
        &self,
        session: &mut Session<D::Connection>,
        place: &mut Place,
        described: &Described,
        search: Search<'_>,
    ) -> Result<Vec<Vec<Cell>>, Failure> {
        let (columns, shape) = columns_read(described, search)?;
        let asked = Asked {
            described,
            columns: &columns,
            bound: search.bound,
            rows_limit: search.rows_max.saturating_add(1),
        };
        let mut reply = Reply::new(search.rows_max, self.charset);
        place.working_until = Some(Instant::now() + session.limit);
        self.dialect
            .read(&mut session.connection, asked, &mut reply)
            .await?;
        let rows = reply.into_rows().into_iter().map(|row| {
            let mut values = row.into_iter();
            let cells = shape.iter().map(|read| {
                if *read {
                    values.next().unwrap_or(Cell::Null)
                } else {
                    Cell::Null
                }
            });
            cells.collect()
        });
        Ok(rows.collect())
    }

    async fn described(
        &self,
        session: &mut Session<D::Connection>,
        statement: &Statement,
    ) -> Result<Arc<Described>, Failure> {
        let known = self
            .described
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&statement.text())
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let described = Arc::new(
            self.dialect
                .describe(&mut session.connection, statement)
                .await?,
        );
        let mut all = self
            .described
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if all.len() < STATEMENTS_KEPT_MAX {
            all.insert(statement.text(), Arc::clone(&described));
        }
        Ok(described)
    }

    fn forget(&self, statement: &Statement) {
        self.described
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&statement.text());
    }
}

/// The delivered columns to read, and for every column of the mapping whether it is among them.
fn columns_read(
    described: &Described,
    search: Search<'_>,
) -> Result<(Vec<usize>, Vec<bool>), SourceError> {
    let mut columns = Vec::new();
    for (name, wanted) in search.columns.iter().zip(search.wanted) {
        let mut delivered = described.columns.iter();
        match delivered.position(|one| one.name.eq_ignore_ascii_case(name)) {
            Some(place) if *wanted => columns.push(place),
            None if *wanted => return Err(SourceError::ColumnMissing),
            Some(_) | None => {}
        }
    }
    Ok((columns, search.wanted.to_vec()))
}

/// The time limit set at the server: `whole`, or else never more than what is `left`, so that the
/// server ends first. Its last binary digits are dropped: few different limits mean that many asks
/// find theirs already set.
fn server_limit(whole: Duration, left: Duration) -> Duration {
    if left >= whole {
        return whole;
    }
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let dropped = u64::BITS
        .saturating_sub(left.leading_zeros())
        .saturating_sub(LIMIT_DIGITS);
    let limit = Duration::from_millis((left >> dropped) << dropped);
    limit.max(SERVER_LIMIT_MIN.min(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_limit_is_within_what_is_left_and_has_few_steps() {
        let whole = Duration::from_secs(3);
        let of = |left| server_limit(whole, Duration::from_millis(left)).as_millis();
        assert_eq!(
            [of(9_000), of(3_000), of(1_600), of(1_500), of(700), of(60)],
            [3_000, 3_000, 1_536, 1_408, 640, 60]
        );
        assert_eq!([of(50), of(49), of(0)], [50, 50, 50]);
    }

    proptest::proptest! {
        #[test]
        fn the_servers_limit_is_never_longer_than_the_agents(
            whole_ms in 100_u64..60_000,
            left_ms in 50_u64..120_000,
        ) {
            let (whole, left) = (Duration::from_millis(whole_ms), Duration::from_millis(left_ms));
            let limit = server_limit(whole, left);
            proptest::prop_assert!(limit <= left && limit <= whole);
            let least = left.min(whole).mul_f64(0.875);
            proptest::prop_assert!(limit >= least || limit == SERVER_LIMIT_MIN);
        }
    }
}
