//! `Broker.AskMany`: the lines of a list, each a whole question with its own statement.
//!
//! A list takes no more lines in than it works on: the next one is read when an answer has left, so
//! that the streams themselves hold a caller back who sends too fast or reads too slowly. What goes
//! wrong with one line is that line's answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::{Status, Streaming};
use wire::identity::{PeerIdentity, PeerKind};
use wire::limits::{LINES_PER_LIST_AT_ONCE, LINES_PER_LIST_MAX, LIST_IDLE_MAX};
use wire::refusal::status;
use wire::{Refusal, RefusalCode, v1};

use crate::broker::{Broker, Line};
use crate::ledger::entry::Refused;
use crate::record;
use crate::throttle::{InGate, OpenList};

/// What goes back to the caller.
type Back = Result<v1::LineAnswer, Status>;

/// Answers taken by the stream ahead of its reader.
const ANSWERS_AHEAD: usize = 1;
/// How long a list that ends early waits for the caller to hear why.
const LAST_WORD_WAIT: Duration = Duration::from_secs(1);

/// One list under way.
#[derive(Debug)]
struct List {
    broker: Arc<Broker>,
    peer: Arc<PeerIdentity>,
    answers: mpsc::Sender<Back>,
    /// Told when nobody wants the answers any more.
    cancelled: CancellationToken,
    _room: OpenList,
}

/// Why a list takes no further line in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The caller has sent all of it.
    Complete,
    /// The caller hung up.
    Gone,
    /// What came is no line, or the caller's stream broke.
    Broken,
    /// Nothing moved for too long.
    Idle,
    /// It is longer than any list may be.
    TooLong,
    /// The hub stops.
    Stopping,
}

impl Ended {
    const fn refusal(self) -> Option<RefusalCode> {
        match self {
            Self::Complete => None,
            Self::Broken => Some(RefusalCode::AskMalformed),
            Self::Gone | Self::Idle => Some(RefusalCode::AskCancelled),
            Self::TooLong => Some(RefusalCode::ListTooLong),
            Self::Stopping => Some(RefusalCode::HubStopping),
        }
    }
}

/// Takes a list in and begins with it; the answers come out as they are done.
pub(super) async fn begin(
    broker: &Arc<Broker>,
    peer: Arc<PeerIdentity>,
    lines: Streaming<v1::AskLine>,
) -> Result<ReceiverStream<Back>, Status> {
    match admit(broker, &peer) {
        Ok(room) => {
            let (answers, out) = mpsc::channel(ANSWERS_AHEAD);
            let list = List {
                broker: Arc::clone(broker),
                peer,
                answers,
                cancelled: CancellationToken::new(),
                _room: room,
            };
            broker
                .tasks
                .spawn(async move { Arc::new(list).carry(lines).await });
            Ok(ReceiverStream::new(out))
        }
        Err(because) => Err(refuse(broker, &peer, &because).await),
    }
}

fn admit(broker: &Broker, peer: &PeerIdentity) -> Result<OpenList, Refusal> {
    if broker.stopping.is_cancelled() {
        return Err(RefusalCode::HubStopping.into());
    }
    if peer.kind != PeerKind::Node {
        return Err(RefusalCode::CallerNotNode.into());
    }
    if broker.trust.node(&peer.name).is_none() {
        return Err(RefusalCode::CallerUnknown.into());
    }
    broker.throttle.begin_list(&peer.name)
}

/// Puts a refused list on record, or another refusal of the door; repeated ones are folded.
pub(super) async fn refuse(broker: &Broker, peer: &PeerIdentity, because: &Refusal) -> Status {
    let code = because.code;
    broker.metrics.refused(code);
    let refused = Refused {
        code: code.to_string(),
        turn: code.turn().as_str().to_owned(),
        who: record::who(peer, None),
        ..Refused::default()
    };
    // If the log cannot write, health and every question say so; this list is refused anyway.
    let _ = broker.ledger.refuse(code, refused).await;
    status(&because.to_wire(""))
}

impl List {
    async fn carry(self: Arc<Self>, mut lines: Streaming<v1::AskLine>) {
        let work = TaskTracker::new();
        let ended = tokio::select! {
            // In this order, so that the same happens each time.
            biased;
            () = self.answers.closed() => Ended::Gone,
            () = self.cancelled.cancelled() => Ended::Idle,
            () = self.broker.stopping.cancelled() => Ended::Stopping,
            ended = self.take_in(&mut lines, &work) => ended,
        };
        if matches!(ended, Ended::Gone | Ended::Broken | Ended::Idle) {
            self.cancelled.cancel();
        }
        work.close();
        tokio::select! {
            biased;
            () = work.wait() => {}
            () = self.answers.closed() => self.cancelled.cancel(),
        }
        // What was begun gets its outcome on record before the list gives its room back.
        work.wait().await;
        if let Some(code) = ended.refusal() {
            let word = Err(status(&code.to_wire("")));
            let _ = self.answers.send_timeout(word, LAST_WORD_WAIT).await;
        }
    }

    /// Reads lines and begins with each, as the gate of the list lets them pass.
    async fn take_in(
        self: &Arc<Self>,
        lines: &mut Streaming<v1::AskLine>,
        work: &TaskTracker,
    ) -> Ended {
        let gate = self.broker.throttle.gate(LINES_PER_LIST_AT_ONCE);
        for nth in 1..=LINES_PER_LIST_MAX {
            let place = gate.pass().await;
            let line = match tokio::time::timeout(LIST_IDLE_MAX, lines.message()).await {
                Ok(Ok(Some(line))) => line,
                Ok(Ok(None)) => return Ended::Complete,
                Ok(Err(_)) => return Ended::Broken,
                Err(_) => return Ended::Idle,
            };
            let at_hub = self.broker.throttle.line(&self.peer.name).await;
            let line_of = Line {
                nth,
                cancelled: self.cancelled.clone(),
                place: at_hub,
            };
            let list = Arc::clone(self);
            work.spawn(async move { list.answer(line, line_of, place).await });
        }
        match tokio::time::timeout(LIST_IDLE_MAX, lines.message()).await {
            Ok(Ok(None)) => Ended::Complete,
            Ok(Ok(Some(_))) => Ended::TooLong,
            Ok(Err(_)) => Ended::Broken,
            Err(_) => Ended::Idle,
        }
    }

    /// Answers one line. Its place in the list is free again when its answer has been taken.
    async fn answer(&self, line: v1::AskLine, line_of: Line, place: InGate) {
        let ask = line.ask.unwrap_or_default();
        let peer = Arc::clone(&self.peer);
        let outcome = match self.broker.handle_line(peer, ask, line_of).await {
            Ok(answer) => v1::line_answer::Outcome::Answer(answer),
            Err(refusal) => v1::line_answer::Outcome::Refusal(*refusal),
        };
        let answer = v1::LineAnswer {
            line: line.line,
            outcome: Some(outcome),
        };
        let taken = self.answers.send_timeout(Ok(answer), LIST_IDLE_MAX).await;
        if taken.is_err() {
            // The caller is gone or does not read: nobody wants the rest.
            self.cancelled.cancel();
        }
        drop(place);
    }
}

#[cfg(test)]
mod tests;
