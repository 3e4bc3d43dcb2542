//! Work at a server that nobody waits for any more: the asker hung up, the hub cancelled, or the
//! deadline is over. The server is told to stop it over a second connection, one at a time; the
//! first is held until then, so that its number means it and no other.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::Session;
use crate::translate::LocalLimits;
use crate::translate::sql_dialect::Dialect;
use crate::translate::sql_places::Place;

/// Connections that stop work, beside those of the pool.
const STOPPERS_MAX: usize = 1;
/// How long the server may take to be told.
const STOP_WAIT: Duration = Duration::from_secs(2);
/// How long the answer of a connection that was told to stop is waited for.
const LAST_WORD_WAIT: Duration = Duration::from_millis(200);

/// Tells one server to stop work.
#[derive(Debug)]
pub(super) struct Stopper<D: Dialect> {
    dialect: Arc<D>,
    limits: LocalLimits,
    places: Semaphore,
}

impl<D: Dialect> Stopper<D> {
    pub(super) fn new(dialect: Arc<D>, limits: LocalLimits) -> Self {
        Self {
            dialect,
            limits,
            places: Semaphore::new(STOPPERS_MAX),
        }
    }

    /// Has the server stop, and gives the place back when it has, or when its own limit is over.
    async fn stop(&self, session: Session<D::Connection>, mut place: Place, until: Instant) {
        let told = match self.dialect.mark(&session.connection) {
            Some(mark) => self.tell(mark, until).await,
            None => false,
        };
        drop(session);
        if told {
            // What was told to stop looks up within this.
            let soon = Instant::now() + LAST_WORD_WAIT;
            sleep_until(soon.min(until)).await;
            place.working_until = None;
        }
    }

    async fn tell(&self, mark: u64, until: Instant) -> bool {
        let Ok(Ok(_place)) = timeout_at(until, self.places.acquire()).await else {
            return false;
        };
        let told = timeout(STOP_WAIT, self.dialect.stop(self.limits, mark)).await;
        let is_told = matches!(told, Ok(Ok(())));
        if !is_told {
            tracing::debug!("a server could not be told to stop; its own time limit will");
        }
        is_told
    }
}

/// One ask at the server, with its place and its connection.
pub(super) struct AtWork<D: Dialect> {
    stopper: Arc<Stopper<D>>,
    place: Option<Place>,
    session: Option<Session<D::Connection>>,
}

impl<D: Dialect> fmt::Debug for AtWork<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtWork").finish_non_exhaustive()
    }
}

impl<D: Dialect> AtWork<D> {
    pub(super) fn new(
        stopper: Arc<Stopper<D>>,
        place: Place,
        session: Session<D::Connection>,
    ) -> Self {
        Self {
            stopper,
            place: Some(place),
            session: Some(session),
        }
    }

    pub(super) fn parts(&mut self) -> Option<(&mut Session<D::Connection>, &mut Place)> {
        self.session.as_mut().zip(self.place.as_mut())
    }

    pub(super) fn reused(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.reused)
    }

    /// The server has ended the connection, and so its work.
    pub(super) fn ended(&mut self) {
        self.session = None;
        if let Some(place) = self.place.as_mut() {
            place.working_until = None;
        }
    }

    /// Goes on with another connection.
    pub(super) fn replace(&mut self, session: Session<D::Connection>) {
        self.session = Some(session);
    }

    /// The server has answered: nothing is to be stopped. The place is to outlive what becomes of
    /// the connection.
    pub(super) fn done(mut self) -> Option<(Session<D::Connection>, Place)> {
        let (session, mut place) = self.session.take().zip(self.place.take())?;
        place.working_until = None;
        Some((session, place))
    }
}

impl<D: Dialect> Drop for AtWork<D> {
    fn drop(&mut self) {
        let (Some(session), Some(place)) = (self.session.take(), self.place.take()) else {
            return;
        };
        let Some(until) = place.working_until else {
            drop(session);
            return;
        };
        let stopper = Arc::clone(&self.stopper);
        // Nobody waits for this when the agent stops: a closed connection ends the work as well,
        // and so does the server's own limit.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { stopper.stop(session, place, until).await });
        }
    }
}
