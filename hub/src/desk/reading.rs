//! Reading for the pages. It blocks, so it happens beside the tasks; and whichever room it is for,
//! only so much of it happens at once, since questions need the processor and the disk more.

use std::sync::Arc;
use std::time::Duration;

use dashboards::{Turned, Viewer};
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::RefusalCode;

use super::{Desk, turned};

/// Readings at once, over all rooms.
pub(super) const READS_MAX: usize = 2;
/// The overview's readings of the last entry at once, beside those.
const GLANCES_MAX: usize = 1;
/// How long one more waits for its turn before it is asked to come again.
const TURN_WAIT: Duration = Duration::from_secs(5);

/// Places for those who read.
#[derive(Debug)]
pub(super) struct Reads {
    rooms: Arc<Semaphore>,
    /// The overview's, of the last entry.
    glances: Semaphore,
}

impl Default for Reads {
    fn default() -> Self {
        Self {
            rooms: Arc::new(Semaphore::new(READS_MAX)),
            glances: Semaphore::new(GLANCES_MAX),
        }
    }
}

impl Reads {
    /// The overview's turn; it comes in milliseconds.
    pub(super) async fn glance(&self) -> Option<SemaphorePermit<'_>> {
        self.glances.acquire().await.ok()
    }
}

impl Desk {
    /// Reads beside the tasks. A place is free again when the reading is over, not when whoever
    /// asked hangs up.
    ///
    /// # Errors
    /// Too many read already, or what was wanted cannot be read.
    pub(super) async fn reading<T: Send + 'static>(
        &self,
        viewer: &Viewer,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Turned> {
        let reads = Arc::clone(&self.reads.rooms);
        let turn = tokio::time::timeout(TURN_WAIT, reads.acquire_owned()).await;
        let Ok(Ok(place)) = turn else {
            return Err(turned(RefusalCode::LimitHub).to(viewer));
        };
        let work = move || {
            let read = work();
            drop(place);
            read
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error)) => {
                tracing::error!(%error, "what a page shows cannot be read");
                Err(turned(RefusalCode::HubInternal).to(viewer))
            }
            Err(_) => Err(turned(RefusalCode::HubInternal).to(viewer)),
        }
    }
}

#[cfg(test)]
mod tests;
