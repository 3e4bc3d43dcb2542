//! Answers that have left their maker and that nobody has read yet.
//!
//! The streams hold back whoever reads slowly; what waits meanwhile is memory of the hub. This
//! counts it in bytes for each node, refuses to hold more than the limits, and lets go of what
//! stands still or drips for too long: a peer that asks, or attaches, and does not read is cut off.
//!
//! The less is left of what all may hold, the less may one node hold: a node's answers are refused
//! once they are more than what is still free. Frames to agents are questions of others: they are
//! counted and never refused here; an agent's stream holds one at a time, its queue is bounded by
//! the frames in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::identity::PeerIdentity;
use wire::limits::{
    ANSWER_BYTES_MAX, DEADLINE_MAX, FRAME_BYTES_MAX, FRAMES_QUEUED_MAX, HUB_FRAME_BYTES_MAX,
    LIST_IDLE_MAX, NODES_PER_ANSWER_MAX, STREAM_WINDOW_BYTES, STREAMS_PER_NODE_MAX,
};
use wire::tls::{HandshakeRefusal, LiveConnections, RefusalReason};

use self::body::Flow;

mod body;
mod layer;

pub use layer::UnreadLayer;

/// Bytes of an answer that the transport is given at a time: one frame. The rest stays here, where
/// it is counted.
const PIECE_BYTES: usize = FRAME_BYTES_MAX as usize;
/// Bytes that may wait for one node, whatever it asks over however many connections.
pub const BYTES_PER_NODE_MAX: usize = 4 * ANSWER_BYTES_MAX;
/// Bytes that may wait for all nodes, but for what [`BYTES_PER_NODE_MIN`] adds.
pub const BYTES_MAX: usize = 16 * ANSWER_BYTES_MAX;
/// Bytes that may wait for one node however much waits for the others.
pub const BYTES_PER_NODE_MIN: usize = BYTES_MAX / NODES_PER_ANSWER_MAX;
/// How long an answer, or a frame to an agent, may stand still while its peer lives.
pub const STILL_MAX: Duration = Duration::from_secs(10);
/// The same for the answers of a list: the list itself ends first.
pub const LIST_STILL_MAX: Duration = LIST_IDLE_MAX.saturating_add(Duration::from_secs(5));
/// What a peer takes at least in [`STILL_MAX`] while something waits for it all the time; not of a
/// list, which is taken as its agent works it off.
pub const TAKEN_MIN: usize = 64 * 1024;
/// How long one message may take until its last byte is taken: nobody waits longer for an answer.
pub const WHOLE_MAX: Duration = DEADLINE_MAX.saturating_add(STILL_MAX);
/// How often what stands still is looked for.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

const _: () = assert!(PIECE_BYTES <= STREAM_WINDOW_BYTES as usize);
// One node cannot take the place of the others, and one full answer always fits.
const _: () =
    assert!(ANSWER_BYTES_MAX <= BYTES_PER_NODE_MAX && 4 * BYTES_PER_NODE_MAX <= BYTES_MAX);
// What may wait in the queues of one node's agent streams is not in the count of bytes: it is twice
// what may wait of the node's answers, at most.
const _: () = assert!(
    STREAMS_PER_NODE_MAX * FRAMES_QUEUED_MAX * HUB_FRAME_BYTES_MAX <= 2 * BYTES_PER_NODE_MAX
);
// A message that is taken as slowly as may be while it counts is not cut for its size first.
const _: () = assert!(WHOLE_MAX.as_millis() > LIST_STILL_MAX.as_millis());

/// What waits for whom. Clones share one table.
#[derive(Debug, Clone, Default)]
pub struct Unread(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    all: AtomicUsize,
    /// Touched when an answer begins, when it is done, and by the sweep.
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Open>,
    of: HashMap<String, Arc<AtomicUsize>>,
}

#[derive(Debug)]
struct Open {
    peer: Arc<PeerIdentity>,
    kind: Kind,
    flow: Arc<Mutex<Flow>>,
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The answer to one question.
    Answer,
    /// The answers of a list.
    List,
    /// Frames to an agent.
    Attach,
}

impl Kind {
    /// How long it may stand still.
    fn patience(self) -> Duration {
        match self {
            Self::List => LIST_STILL_MAX,
            Self::Answer | Self::Attach => STILL_MAX,
        }
    }
}

/// One answer's place in the table, and what is held of it.
#[derive(Debug)]
struct Holding {
    unread: Unread,
    number: u64,
    of_peer: Arc<AtomicUsize>,
    kind: Kind,
}

impl Unread {
    /// Whether so much waits for a node that it may ask nothing more.
    #[must_use]
    pub fn is_full(&self, node: &str) -> bool {
        let of_node = self
            .table()
            .of
            .get(node)
            .map_or(0, |of| of.load(Ordering::Relaxed));
        // Room for one full answer must be left.
        of_node > BYTES_PER_NODE_MAX - ANSWER_BYTES_MAX || of_node > fair_share(self.bytes())
    }

    /// Bytes that wait for all nodes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.all.load(Ordering::Relaxed)
    }

    /// Lets go of every answer that stands still; whose connection is to be cut for it.
    fn sweep(&self, now: Instant) -> Vec<Arc<PeerIdentity>> {
        let mut stuck = Vec::new();
        let mut let_go = Vec::new();
        let table = self.table();
        for open in table.open.values() {
            let Some((body, rest)) = body::let_go(&open.flow, now, open.kind) else {
                continue;
            };
            self.0.all.fetch_sub(rest.len(), Ordering::Relaxed);
            if let Some(of_peer) = table.of.get(&open.peer.name) {
                of_peer.fetch_sub(rest.len(), Ordering::Relaxed);
            }
            let_go.push((body, rest));
            // The other lists of that connection may be read well: this one is reset as soon as its
            // window opens, and holds nothing until then.
            if open.kind != Kind::List {
                stuck.push(Arc::clone(&open.peer));
            }
        }
        drop(table);
        // Outside the lock: streams behind the bodies hear of it.
        drop(let_go);
        stuck
    }

    /// Cuts peers that do not read, until `end`.
    pub async fn watch(
        self,
        live: LiveConnections,
        tell: impl Fn(HandshakeRefusal) + Send,
        measure: impl Fn(usize) + Send,
        end: CancellationToken,
    ) {
        let mut pause = tokio::time::interval(SWEEP_PAUSE);
        while end.run_until_cancelled(pause.tick()).await.is_some() {
            measure(self.bytes());
            for peer in self.sweep(Instant::now()) {
                if let Some(cut) = live.cut(&peer, RefusalReason::Unread) {
                    tracing::warn!(node = peer.name, "a peer does not read and was cut off");
                    tell(cut);
                }
            }
        }
    }

    fn begin(&self, peer: Arc<PeerIdentity>, kind: Kind, flow: &Arc<Mutex<Flow>>) -> Holding {
        let mut table = self.table();
        let number = table.next;
        table.next = table.next.wrapping_add(1);
        let of_peer = table.of.entry(peer.name.clone()).or_default();
        let of_peer = Arc::clone(of_peer);
        let open = Open {
            peer,
            kind,
            flow: Arc::clone(flow),
        };
        table.open.insert(number, open);
        Holding {
            unread: self.clone(),
            number,
            of_peer,
            kind,
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holding {
    /// Counts bytes that wait from now on; `false` if they are too many, and then they are not
    /// counted.
    fn add(&self, bytes: usize) -> bool {
        let of_peer = self.of_peer.fetch_add(bytes, Ordering::Relaxed);
        let all = self.unread.0.all.fetch_add(bytes, Ordering::Relaxed);
        let most = fair_share(all.saturating_add(bytes)).min(BYTES_PER_NODE_MAX);
        let is_room = self.kind == Kind::Attach || of_peer.saturating_add(bytes) <= most;
        if !is_room {
            self.take(bytes);
        }
        is_room
    }

    fn take(&self, bytes: usize) {
        self.of_peer.fetch_sub(bytes, Ordering::Relaxed);
        self.unread.0.all.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one node may hold where so much is held in all: as much as is left. So whoever holds much
/// is refused first, and something is left for the next one.
fn fair_share(all: usize) -> usize {
    BYTES_MAX.saturating_sub(all).max(BYTES_PER_NODE_MIN)
}

impl Drop for Holding {
    fn drop(&mut self) {
        let mut table = self.unread.table();
        if let Some(open) = table.open.remove(&self.number)
            // Ours and the table's: nobody else holds anything for this peer.
            && Arc::strong_count(&self.of_peer) == 2
        {
            table.of.remove(&open.peer.name);
        }
    }
}

#[cfg(test)]
mod tests;
