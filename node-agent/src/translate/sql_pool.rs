//! The connections to one database server: a bounded number, one ask each, and whatever a server
//! does an ask ends in a named outcome within its deadline. Nothing here begins a transaction. When
//! work is cut off, the server is told to stop it; its place stays taken until it has stopped, at
//! the latest by the server's own time limit, so that the server never works for more asks than
//! agreed. A probe takes a place like an ask, but never waits for one that asks hold.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::charset::Charset;
use super::origin::Statement;
use super::source::{Cell, Search};
use super::sql_dialect::{Asked, Described, Dialect, Failure, STATEMENTS_KEPT_MAX};
use super::sql_places::{Place, Places};
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
    places: Places,
    /// Never more than places: a connection is opened only by who has one, and only where none is
    /// idle.
    idle: Mutex<Vec<Session<D::Connection>>>,
    described: Mutex<HashMap<Arc<str>, Arc<Described>>>,
}

/// What is asked over one connection.
#[derive(Clone, Copy)]
struct Errand<'a> {
    statement: &'a Statement,
    as_of: Option<&'a Statement>,
    search: Search<'a>,
    /// Whether only to see that the server runs the statements.
    is_probe: bool,
}

/// A connection and what the server was told about it.
struct Session<C> {
    connection: C,
    limit: Duration,
    opened: Instant,
    /// When a question was answered over it last; a probe keeps no connection alive.
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

impl<D: Dialect> Pool<D> {
    pub(crate) fn new(dialect: D, charset: Option<Charset>, limits: LocalLimits) -> Self {
        let dialect = Arc::new(dialect);
        Self {
            stopper: Arc::new(Stopper::new(Arc::clone(&dialect), limits)),
            dialect,
            charset,
            limits,
            places: Places::new(limits),
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
        let place = self.places.for_ask(search.deadline).await?;
        let errand = Errand {
            statement,
            as_of,
            search,
            is_probe: false,
        };
        self.run(place, errand).await
    }

    /// Whether the server runs the statements now. It is asked for no row, and nobody waits for
    /// the place of an ask.
    pub(crate) async fn probe(
        &self,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
    ) -> Result<(), SourceError> {
        let place = self.places.for_probe(search.deadline).await?;
        let errand = Errand {
            statement,
            as_of,
            search,
            is_probe: true,
        };
        self.run(place, errand).await.map(drop)
    }

    async fn run(
        &self,
        place: Place,
        errand: Errand<'_>,
    ) -> Result<(Vec<Vec<Cell>>, Option<Cell>), SourceError> {
        let stop = errand
            .search
            .deadline
            .min(Instant::now() + self.limits.statement_timeout);
        let work = async {
            let session = self.session(stop).await?;
            let mut at_work = AtWork::new(Arc::clone(&self.stopper), place, session);
            let mut answer = self.answer(&mut at_work, errand, stop).await;
            if at_work.reused() && answer.as_ref().is_err_and(|failure| failure.lost) {
                // The server restarted while the connection was idle; reading twice does no harm.
                self.forget_idle();
                at_work.ended();
                at_work.replace(self.open(stop).await?);
                answer = self.answer(&mut at_work, errand, stop).await;
            }
            let done = at_work.done();
            let answer = answer.map_err(|failure| failure.error)?;
            if let Some((mut session, _place)) = done {
                if !errand.is_probe {
                    session.used = Instant::now();
                }
                self.keep(session);
            }
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
            let place = self.places.for_ask(stop).await?;
            let session = self.session(stop).await?;
            let mut at_work = AtWork::new(Arc::clone(&self.stopper), place, session);
            let described = match at_work.parts() {
                Some((session, place)) => {
                    place.working_until = Some(Instant::now() + session.limit);
                    self.described(session, statement).await
                }
                None => Err(SourceError::Broken.into()),
            };
            let done = at_work.done();
            let described = described?;
            if let Some((session, _place)) = done {
                self.keep(session);
            }
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

    /// Keeps a connection for the next; whoever does still has its place.
    fn keep(&self, session: Session<D::Connection>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.places.count() {
            idle.push(session);
        }
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
        errand: Errand<'_>,
        stop: Instant,
    ) -> Result<(Vec<Vec<Cell>>, Option<Cell>), Failure> {
        let (session, place) = at_work.parts().ok_or(SourceError::Broken)?;
        let limit = server_limit(self.limits.statement_timeout, stop - Instant::now());
        if session.limit != limit {
            self.dialect.limit(&mut session.connection, limit).await?;
            session.limit = limit;
        }
        place.working_until = Some(Instant::now() + limit);
        let loaded = match errand.as_of {
            Some(as_of) => Some(self.one_value(session, place, as_of, errand).await?),
            None => None,
        };
        let rows = self.rows(session, place, errand).await?;
        Ok((rows, loaded))
    }

    async fn one_value(
        &self,
        session: &mut Session<D::Connection>,
        place: &mut Place,
        statement: &Statement,
        errand: Errand<'_>,
    ) -> Result<Cell, Failure> {
        let described = self.described(session, statement).await?;
        let asked = Asked {
            described: &described,
            columns: &[0],
            bound: Some(&[]),
            rows_limit: if errand.is_probe { 0 } else { 1 },
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
        errand: Errand<'_>,
    ) -> Result<Vec<Vec<Cell>>, Failure> {
        let described = self.described(session, errand.statement).await?;
        let read = self.read(session, place, &described, errand).await;
        if read
            .as_ref()
            .is_err_and(|failure| failure.error == SourceError::ColumnMissing)
        {
            // The tables changed; the next ask has the statement described anew.
            self.forget(errand.statement);
        }
        read
    }

    async fn read(
        &self,
        session: &mut Session<D::Connection>,
        place: &mut Place,
        described: &Described,
        errand: Errand<'_>,
    ) -> Result<Vec<Vec<Cell>>, Failure> {
        let search = errand.search;
        let (columns, shape) = columns_read(described, search)?;
        let asked = Asked {
            described,
            columns: &columns,
            bound: (!errand.is_probe).then_some(search.bound),
            rows_limit: if errand.is_probe {
                0
            } else {
                search.rows_max.saturating_add(1)
            },
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

    mod probes;

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
