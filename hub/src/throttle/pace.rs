//! The time by which quotas are counted: the runtime's, so that a simulation that sets the time of
//! everything else sets this one too.

use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Quotas by key.
pub(super) type Limiter<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, RuntimeClock, NoOpMiddleware<Duration>>;

/// Time since it was made.
#[derive(Debug, Clone)]
pub(super) struct RuntimeClock(Instant);

impl RuntimeClock {
    pub(super) fn begun_now() -> Self {
        Self(Instant::now())
    }

    /// One quota for each key.
    pub(super) fn keyed<K: Clone + std::hash::Hash + Eq>(&self, quota: Quota) -> Limiter<K> {
        RateLimiter::new(quota, DefaultKeyedStateStore::default(), self.clone())
    }
}

impl Clock for RuntimeClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
