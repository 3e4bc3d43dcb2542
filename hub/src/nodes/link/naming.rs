//! Numbers that wait for their tags on one stream. A number is in memory until it is sent, and in
//! no error, log or debug line.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wire::v1;

use super::{Link, frame};

/// Numbers that wait at a time; the staff is few.
const WAITING_MAX: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Namings {
    /// Whether the agent names subjects.
    are_answered: bool,
    /// Touched by whoever asks and by the task that reads the stream.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    latest: u64,
    /// In order, so that those who wait hear in order that the stream is gone.
    open: BTreeMap<u64, oneshot::Sender<v1::SubjectNamed>>,
}

impl Namings {
    pub(super) fn clear(&self) {
        self.waiting().open.clear();
    }

    /// A number for a new request, and where its answer will come; none where too many wait.
    fn begin(&self) -> Option<(u64, oneshot::Receiver<v1::SubjectNamed>)> {
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

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// The same, to an agent that names subjects if `names`.
    #[must_use]
    pub fn naming(mut self, names: bool) -> Self {
        self.namings.are_answered = names;
        self
    }

    /// Whether its agent names subjects.
    #[must_use]
    pub fn names_subjects(&self) -> bool {
        self.namings.are_answered
    }

    /// Asks the agent which tag belongs to a number; none where the stream is full or gone, or
    /// nothing came within `wait`.
    pub async fn name_subject(
        &self,
        mut asked: v1::NameSubject,
        wait: Duration,
    ) -> Option<v1::SubjectNamed> {
        let (id, told) = self.namings.begin()?;
        asked.id = id;
        let sent = self
            .down
            .try_send(Ok(frame(v1::hub_frame::Frame::NameSubject(asked))));
        let named = match sent {
            Ok(()) => tokio::time::timeout(wait, told)
                .await
                .ok()
                .and_then(Result::ok),
            Err(_) => None,
        };
        self.namings.waiting().open.remove(&id);
        named
    }

    /// Hands the answer of the agent to the one who waits; `false` if nobody does.
    pub fn named(&self, named: v1::SubjectNamed) -> bool {
        let waits = self.namings.waiting().open.remove(&named.id);
        waits.is_some_and(|tell| tell.send(named).is_ok())
    }
}
