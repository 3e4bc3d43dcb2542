//! The ODBC connector, for Oracle, 达梦, DB2 and whatever else has a driver for unixODBC. A driver is
//! foreign code that blocks: each connection lives on a thread of its own, and there are never more
//! threads than places in the pool. A call that outlives its deadline is given up by the caller
//! alone: its thread and its place come back when the driver returns, and the connection is thrown
//! away then. What a driver says in words stays here: only codes leave. (The library tells `log` of
//! them, which nothing in this program listens to.)

use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use super::origin::Statement;
use super::sql_dialect::{Asked, Described, Dialect, Failure};
use super::sql_pool;
use super::sql_reply::Reply;
use super::sql_text::{Pieces, Tongue};
use super::{LocalLimits, SourceError};

mod failure;
mod family;
mod place;
mod session;

pub(crate) use place::{OdbcPlace, read};
use session::{Question, Session};

pub(crate) type Pool = sql_pool::Pool<OdbcSource>;

/// The pool of one data source.
pub(crate) fn pool(place: &OdbcPlace, limits: LocalLimits) -> Pool {
    let threads = usize::try_from(limits.pool_max).unwrap_or(1).max(1);
    let source = OdbcSource {
        place: place.clone(),
        threads: Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS))),
    };
    sql_pool::Pool::new(source, place.charset, limits)
}

/// One data source.
#[derive(Debug)]
pub(crate) struct OdbcSource {
    place: OdbcPlace,
    threads: Arc<Semaphore>,
}

/// Work for a connection's thread. It says whether the connection may be used again.
type Job = Box<dyn FnOnce(&mut Session) -> bool + Send>;

/// The way to a connection's thread, which ends when this is dropped.
pub(crate) struct Link {
    jobs: mpsc::Sender<Job>,
    limit: Duration,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Dialect for OdbcSource {
    type Connection = Link;

    async fn connect(&self, limits: LocalLimits) -> Result<Link, Failure> {
        let threads = Arc::clone(&self.threads).acquire_owned();
        let waited = timeout(limits.queue_wait, threads).await;
        let thread = waited.map_err(|_| SourceError::Overloaded)?;
        let thread = thread.map_err(|_| SourceError::Broken)?;
        let (jobs, work) = mpsc::channel();
        let (stands, stood) = oneshot::channel();
        let place = self.place.clone();
        std::thread::Builder::new()
            .name("odbc".to_owned())
            .spawn(move || serve(&place, thread, stands, &work))
            .map_err(|_| SourceError::Overloaded)?;
        stood.await.map_err(|_| abandoned())??;
        Ok(Link {
            jobs,
            limit: limits.statement_timeout,
        })
    }

    /// Drivers differ too much: the time limit of the statement ends it, and a reply that arrives
    /// is not read on.
    fn mark(&self, _: &Link) -> Option<u64> {
        None
    }

    async fn stop(&self, _: LocalLimits, _: u64) -> Result<(), Failure> {
        Ok(())
    }

    /// Drivers take the limit with each statement.
    async fn limit(&self, link: &mut Link, limit: Duration) -> Result<(), Failure> {
        link.limit = limit;
        Ok(())
    }

    async fn describe(&self, link: &mut Link, statement: &Statement) -> Result<Described, Failure> {
        let pieces = Pieces::of(statement, Tongue::Odbc).map_err(failure::refused)?;
        link.call(move |session, _| session.describe(&pieces)).await
    }

    async fn read(
        &self,
        link: &mut Link,
        asked: Asked<'_>,
        reply: &mut Reply,
    ) -> Result<(), Failure> {
        let question = Question {
            list: asked.expressions(),
            inner: asked.described.inner.clone(),
            bound: asked.binds().map(|one| one.map(str::to_owned)).collect(),
            columns: asked.columns.len(),
            rows_limit: asked.rows_limit,
            limit: link.limit,
        };
        let mut own = std::mem::replace(reply, Reply::new(0, None));
        let read = link.call(move |session, given_up| {
            session.read(&question, &mut own, given_up)?;
            Ok(own)
        });
        *reply = read.await?;
        Ok(())
    }
}

impl Link {
    /// Runs `work` on the connection's thread. `work` may ask whether anybody still waits for it.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session, &dyn Fn() -> bool) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |session| {
            let done = work(session, &|| tell.is_closed());
            let sound = done.is_ok();
            tell.send(done).is_ok() && sound
        });
        self.jobs.send(job).map_err(|_| abandoned())?;
        told.await.map_err(|_| abandoned())?
    }
}

/// The failure of a thread that ended without a word: the driver's code broke.
fn abandoned() -> Failure {
    Failure {
        lost: true,
        ..SourceError::Broken.into()
    }
}

/// The life of a connection's thread. Its place is given back last, when the driver let go.
fn serve(
    place: &OdbcPlace,
    thread: OwnedSemaphorePermit,
    stands: oneshot::Sender<Result<(), Failure>>,
    work: &mpsc::Receiver<Job>,
) {
    let _thread = thread;
    let mut session = match Session::open(place) {
        Ok(session) => session,
        Err(failure) => {
            // Nobody who waits is no loss: the place comes back either way.
            drop(stands.send(Err(failure)));
            return;
        }
    };
    if stands.send(Ok(())).is_err() {
        return;
    }
    while let Ok(job) = work.recv() {
        if !job(&mut session) {
            return;
        }
    }
}
