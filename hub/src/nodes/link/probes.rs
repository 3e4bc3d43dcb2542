//! Probes of one stream that wait for the agent's word.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::Instant;
use wire::v1;

use super::{Link, frame};

/// Probes that wait at a time: two a class, since a class may be silent while its breaker is tried,
/// and one for the agent itself.
const WAITING_MAX: usize = 2 * ClassNo::MAX as usize + 1;

/// What came of asking an agent whether it is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It said so.
    Said(v1::Standing),
    /// It was not asked: the hub's own queue to it was full, or too much waits for its word.
    NotSent,
    /// The stream ended before it came.
    Gone,
    /// It was asked, its stream stood all the while, and nothing came within the time.
    Silent,
}

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

/// A place among those who wait, until it is dropped.
struct Place<'p> {
    probes: &'p Probes,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.probes.waiting().open.remove(&self.id);
    }
}

impl Link {
    /// Asks the agent whether its source of a class is well, or without one whether it is there
    /// itself, and waits so long for its word.
    pub async fn probe(&self, class: Option<ClassNo>, wait: Duration) -> Word {
        let Some((place, told)) = self.probes.begin() else {
            return Word::NotSent;
        };
        let probe = v1::Probe {
            id: place.id,
            class: class.map_or(0, |class| u32::from(class.get())),
            deadline_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX),
        };
        let begun = Instant::now();
        let probe = frame(v1::hub_frame::Frame::Probe(probe));
        match self.down.try_send(Ok(probe)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Word::NotSent,
            Err(TrySendError::Closed(_)) => return Word::Gone,
        }
        match tokio::time::timeout(wait, told).await {
            Ok(Ok(standing)) => {
                self.came_back(begun);
                Word::Said(standing)
            }
            Ok(Err(_)) => Word::Gone,
            Err(_) => Word::Silent,
        }
    }
}

impl Probes {
    /// A place for a new probe, and where its word will come; none where too many wait.
    fn begin(&self) -> Option<(Place<'_>, oneshot::Receiver<v1::Standing>)> {
        let mut waiting = self.waiting();
        if waiting.open.len() >= WAITING_MAX {
            return None;
        }
        waiting.latest = waiting.latest.wrapping_add(1);
        let (probes, id) = (self, waiting.latest);
        let (tell, told) = oneshot::channel();
        waiting.open.insert(id, tell);
        Some((Place { probes, id }, told))
    }

    pub(super) fn told(&self, id: u64, standing: v1::Standing) -> bool {
        let waits = self.waiting().open.remove(&id);
        waits.is_some_and(|tell| tell.send(standing).is_ok())
    }

    pub(super) fn clear(&self) {
        self.waiting().open.clear();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::mpsc;

    use super::*;

    const WAIT: Duration = Duration::from_millis(300);

    #[tokio::test(start_paused = true)]
    async fn what_the_hub_did_not_send_is_no_silence() {
        let (down, mut sent) = mpsc::channel(1);
        let link = Link::new("01".into(), down);
        let begun = Instant::now();
        let waiting = link.probe(None, WAIT);
        tokio::pin!(waiting);
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(link.probe(None, WAIT).await, Word::NotSent, "its queue");
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(waiting.await, Word::Silent);
        assert_eq!(begun.elapsed(), WAIT);
        assert!(sent.try_recv().is_ok());
        let waiting = link.probe(None, WAIT);
        tokio::pin!(waiting);
        assert!((&mut waiting).now_or_never().is_none());
        link.fail_all();
        assert_eq!(waiting.await, Word::Gone);
        drop(sent);
        assert_eq!(link.probe(None, WAIT).await, Word::Gone);
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_wait_and_who_is_gone_waits_no_more() {
        let (down, mut sent) = mpsc::channel(64);
        let link = Link::new("01".into(), down);
        let mut waiting: Vec<_> = (0..WAITING_MAX)
            .map(|_| Box::pin(link.probe(None, WAIT)))
            .collect();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none());
        }
        assert_eq!(link.probe(None, WAIT).await, Word::NotSent);
        waiting.pop();
        let told = async {
            while let Some(Ok(down)) = sent.recv().await {
                let Some(v1::hub_frame::Frame::Probe(probe)) = down.frame else {
                    panic!("a probe");
                };
                let word = v1::Probed {
                    id: probe.id,
                    class: probe.class,
                    standing: v1::Standing::Well.into(),
                };
                // The one who is gone hears nothing.
                let is_heard = link.told(word);
                assert_eq!(is_heard, probe.id != WAITING_MAX as u64, "{}", probe.id);
            }
        };
        let well = async {
            let word = link.probe(None, WAIT).await;
            assert_eq!(word, Word::Said(v1::Standing::Well));
        };
        tokio::select! {
            () = told => panic!("goes on"),
            () = well => {}
        }
    }
}
