//! Probes of one stream that wait for the agent's word.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use catalog::ClassNo;
use tokio::sync::oneshot;
use wire::v1;

/// Probes that wait at a time: one a class.
const WAITING_MAX: usize = ClassNo::MAX as usize;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// Whether the agent answers them.
    pub(super) are_answered: bool,
    /// Touched by the prober and by the task that reads the stream.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    latest: u64,
    /// In order, so that those who wait hear in order that the stream is gone.
    open: BTreeMap<u64, oneshot::Sender<v1::Standing>>,
}

impl Probes {
    /// A number for a new probe, and where its word will come; none where too many wait.
    pub(super) fn begin(&self) -> Option<(u64, oneshot::Receiver<v1::Standing>)> {
        let mut waiting = self.waiting();
        if waiting.open.len() >= WAITING_MAX {
            return None;
        }
        waiting.latest = waiting.latest.wrapping_add(1);
        let id = waiting.latest;
        let (tell, told) = oneshot::channel();
        waiting.open.insert(id, tell);
        Some((id, told))
    }

    pub(super) fn told(&self, id: u64, standing: v1::Standing) -> bool {
        let waits = self.waiting().open.remove(&id);
        waits.is_some_and(|tell| tell.send(standing).is_ok())
    }

    pub(super) fn forget(&self, id: u64) {
        self.waiting().open.remove(&id);
    }

    pub(super) fn clear(&self) {
        self.waiting().open.clear();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
