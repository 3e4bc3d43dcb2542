//! The agreed places at one database, for asks and for the hub's probes. An ask waits for a place
//! for so long; a probe never waits for one that asks hold, and all probes together have no more
//! than half of them, so that what locks or hangs holds up no more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::{LocalLimits, SourceError};

/// The places at one database.
#[derive(Debug)]
pub(crate) struct Places {
    count: usize,
    queue_wait: Duration,
    places: Arc<Semaphore>,
    /// So many of the places probes may have at a time.
    turns: Arc<Semaphore>,
}

/// One of the agreed places.
#[derive(Debug)]
pub(crate) struct Place {
    permit: Option<OwnedSemaphorePermit>,
    /// A probe's turn.
    turn: Option<OwnedSemaphorePermit>,
    /// Until when the database may still be working for this place.
    pub(crate) working_until: Option<Instant>,
}

impl Drop for Place {
    /// Gives the place back once the database is surely done, whoever stopped waiting for it.
    fn drop(&mut self) {
        let (Some(permit), Some(until)) = (self.permit.take(), self.working_until) else {
            return;
        };
        let turn = self.turn.take();
        // Nobody waits for this when the agent stops: it holds nothing but the place.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                sleep_until(until).await;
                drop((permit, turn));
            });
        }
    }
}

impl Places {
    pub(crate) fn new(limits: LocalLimits) -> Self {
        let count = usize::try_from(limits.pool_max).unwrap_or(1);
        let count = count.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            count,
            queue_wait: limits.queue_wait,
            places: Arc::new(Semaphore::new(count)),
            turns: Arc::new(Semaphore::new((count / 2).max(1))),
        }
    }

    /// How many there are: never more connections than these.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// A place for an ask.
    pub(crate) async fn for_ask(&self, deadline: Instant) -> Result<Place, SourceError> {
        let wait = timeout(self.queue_wait, Arc::clone(&self.places).acquire_owned());
        let waited = timeout_at(deadline, wait)
            .await
            .map_err(|_| SourceError::TimedOut)?;
        let permit = waited.map_err(|_| SourceError::Overloaded)?;
        Ok(Place {
            permit: Some(permit.map_err(|_| SourceError::Broken)?),
            turn: None,
            working_until: None,
        })
    }

    /// A place for a probe. For other probes it waits half of its time, so that the rest is enough
    /// to say that there was no place.
    pub(crate) async fn for_probe(&self, deadline: Instant) -> Result<Place, SourceError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let turn = timeout(left / 2, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| SourceError::Overloaded)?;
        let turn = turn.map_err(|_| SourceError::Broken)?;
        let permit = Arc::clone(&self.places).try_acquire_owned();
        Ok(Place {
            permit: Some(permit.map_err(|_| SourceError::Overloaded)?),
            turn: Some(turn),
            working_until: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pool_max: u32) -> Places {
        Places::new(LocalLimits {
            pool_max,
            ..LocalLimits::default()
        })
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(380)
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_waits_for_other_probes_and_for_no_ask() {
        let all = places(4);
        let probes = [all.for_probe(soon()).await, all.for_probe(soon()).await];
        assert!(probes.iter().all(Result::is_ok));
        let begun = Instant::now();
        let third = all.for_probe(soon()).await;
        assert_eq!(third.err(), Some(SourceError::Overloaded));
        assert_eq!(
            begun.elapsed(),
            Duration::from_millis(190),
            "half of its time"
        );
        // Asks have the other half, and then all of them.
        let asks = [all.for_ask(soon()).await, all.for_ask(soon()).await];
        assert!(asks.iter().all(Result::is_ok));
        drop(probes);
        let more = [all.for_ask(soon()).await, all.for_ask(soon()).await];
        assert!(more.iter().all(Result::is_ok));
        let begun = Instant::now();
        let probe = all.for_probe(soon()).await;
        assert_eq!(probe.err(), Some(SourceError::Overloaded));
        assert_eq!(begun.elapsed(), Duration::ZERO, "at once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_comes_back_with_its_turn_when_the_database_is_done() {
        let all = places(1);
        let mut place = all.for_probe(soon()).await.expect("is free");
        place.working_until = Some(Instant::now() + Duration::from_millis(300));
        drop(place);
        assert!(
            all.for_probe(soon()).await.is_err(),
            "it is waited for half of the time"
        );
        assert!(all.for_probe(soon()).await.is_ok(), "by then it is done");
    }
}
