//! The network between one node and the hub: frames of one stream keep their order, each takes its
//! time, and a sick path lets nothing through until it is well or both ends give it up, each by
//! its own keep-alive.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::chance::{Chance, Shared};

/// Frames that one stream holds on its way: what HTTP/2's windows let through unread.
const ON_THE_WAY: usize = 32;

/// How long a frame takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latency {
    pub(super) least: Duration,
    pub(super) most: Duration,
    /// Of a hundred frames so many take ten times as long.
    pub(super) tail_percent: u64,
}

/// Shut and opened again; those who wait pass in their order. (`tokio::sync::watch` wakes them in
/// an order by chance that no seed sets.)
#[derive(Debug, Default)]
struct Gate {
    is_shut: AtomicBool,
    opened: Notify,
}

impl Gate {
    fn set(&self, is_shut: bool) {
        self.is_shut.store(is_shut, Ordering::SeqCst);
        if !is_shut {
            self.opened.notify_waiters();
        }
    }

    fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::SeqCst)
    }

    async fn passed(&self) {
        while self.is_shut() {
            self.opened.notified().await;
        }
    }
}

/// The path between a node and the hub.
#[derive(Debug)]
pub(super) struct Path {
    chance: Shared,
    latency: Mutex<Latency>,
    stalled: Gate,
    /// The node's machine is gone, so that nobody closes a connection.
    silent: Gate,
    /// How the two ends see that their connections are gone.
    ends: Mutex<Ends>,
}

/// Told when the connections of this moment are gone, as that end sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    pub(super) at_hub: CancellationToken,
    pub(super) at_node: CancellationToken,
}

impl Path {
    pub(super) fn new(chance: Chance, latency: Latency) -> Arc<Self> {
        Arc::new(Self {
            chance: Shared::new(chance),
            latency: Mutex::new(latency),
            stalled: Gate::default(),
            silent: Gate::default(),
            ends: Mutex::default(),
        })
    }

    fn takes(&self) -> Duration {
        let latency = *self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        self.chance.draw(|chance| {
            let one = chance.between(latency.least, latency.most);
            if chance.percent(latency.tail_percent) {
                one * 10
            } else {
                one
            }
        })
    }

    pub(super) fn set_latency(&self, latency: Latency) {
        *self.latency.lock().unwrap_or_else(PoisonError::into_inner) = latency;
    }

    /// Nothing passes, or everything passes again.
    pub(super) fn stall(&self, is_stalled: bool) {
        self.stalled.set(is_stalled);
    }

    /// The node's machine is gone, or there again.
    pub(super) fn silence(&self, is_silent: bool) {
        self.silent.set(is_silent);
    }

    /// Until the other end can hear that a connection is closed.
    pub(super) async fn closes(&self) {
        self.is_open().await;
        self.silent.passed().await;
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.is_shut()
    }

    async fn is_open(&self) {
        self.stalled.passed().await;
    }

    /// One message that nothing else waits behind.
    pub(super) async fn carry(&self) {
        tokio::time::sleep(self.takes()).await;
        self.is_open().await;
    }

    /// The connections that are open now.
    pub(super) fn ends(&self) -> Ends {
        self.ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The hub loses its connections to the node; new ones may be made.
    pub(super) fn cut_at_hub(&self) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut ends.at_hub).cancel();
    }

    /// The node loses its connections to the hub.
    pub(super) fn cut_at_node(&self) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut ends.at_node).cancel();
    }
}

/// The sending end of one direction of a stream.
#[derive(Debug)]
pub(super) struct Sender<T> {
    path: Arc<Path>,
    queue: mpsc::Sender<(Instant, T)>,
}

// Derived, it would ask the same of the frames.
impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            path: Arc::clone(&self.path),
            queue: self.queue.clone(),
        }
    }
}

impl<T> Sender<T> {
    /// Waits while the stream is full; `false` if it is gone.
    pub(super) async fn send(&self, frame: T) -> bool {
        let due = Instant::now() + self.path.takes();
        self.queue.send((due, frame)).await.is_ok()
    }
}

/// One direction of a stream, until `gone`.
pub(super) fn stream<T: Send + 'static>(
    path: &Arc<Path>,
    tasks: &TaskTracker,
    gone: CancellationToken,
) -> (Sender<T>, mpsc::Receiver<T>) {
    let (queue, mut queued) = mpsc::channel::<(Instant, T)>(ON_THE_WAY);
    let (out, arrived) = mpsc::channel(1);
    let way = Arc::clone(path);
    tasks.spawn(async move {
        let carry = async {
            while let Some((due, frame)) = queued.recv().await {
                tokio::time::sleep_until(due).await;
                way.is_open().await;
                if out.send(frame).await.is_err() {
                    return;
                }
            }
            way.closes().await;
        };
        tokio::select! {
            biased;
            () = gone.cancelled() => {}
            () = carry => {}
        }
    });
    let sender = Sender {
        path: Arc::clone(path),
        queue,
    };
    (sender, arrived)
}
