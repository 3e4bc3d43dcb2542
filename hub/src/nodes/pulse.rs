//! When something came over one stream last. A piece of a frame is a sign of life as a whole one
//! is: an agent whose large reply is under way over a thin line does not hang.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// See the module. Beaten by whoever reads the stream.
#[derive(Debug)]
pub struct Pulse {
    born: Instant,
    /// Nanoseconds from then on.
    last: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl Pulse {
    /// Something came.
    pub fn beat(&self) {
        let passed = u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.last.fetch_max(passed, Ordering::Relaxed);
    }

    /// When something came last; at first, when the stream began.
    #[must_use]
    pub fn last(&self) -> Instant {
        self.born + Duration::from_nanos(self.last.load(Ordering::Relaxed))
    }
}
