//! A full disk under the agent's own log: it is put on record, nothing new is asked or answered,
//! and the log goes on by itself when there is room again.

use std::sync::Arc;
use std::time::Duration;

use audit::Room;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Book, Entry};
use crate::metrics::Metrics;

/// How often the room is looked at; more often than a full journal looks for some.
const LOOK_PAUSE: Duration = Duration::from_millis(200);

/// See [`Entry::LogFull`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFull {
    /// Entries that the log had then.
    pub entries: u64,
}

/// See [`Entry::LogHasRoom`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHasRoom {
    /// Entries that were not taken meanwhile: of each, nothing was asked or answered.
    pub turned_away: u64,
}

impl Entry {
    /// Whether the entry is owed, and so is taken from the reserve of a full disk: the hub has
    /// answered already, the entry says how the log itself stands or what the hub was caught at,
    /// or it lets something go, which makes room.
    pub(super) const fn is_owed(&self) -> bool {
        matches!(
            self,
            Self::Answered(_)
                | Self::ListEnded(_)
                | Self::LogFull(_)
                | Self::Started(_)
                | Self::Stopped(_)
                | Self::HubCaught(_)
                | Self::Erased(_)
                | Self::Archived(_)
                | Self::Retention(_)
        )
    }

    /// Says of an entry that commits to no values that it should have.
    pub(super) fn without_values(mut self) -> Self {
        if let Self::Answered(answered) = &mut self {
            answered.values_lost = true;
        }
        self
    }
}

impl Book {
    /// Whether the log takes more than what is owed.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.room() > Room::Full
    }

    /// The room that the log has, and the values beside it.
    fn room(&self) -> Room {
        match &self.sides {
            Some(store) if !store.has_room() => Room::Full,
            _ => self.journal.room(),
        }
    }

    /// What found no room, in the log or beside it.
    fn turned_away(&self) -> u64 {
        let beside = self.sides.as_ref().map_or(0, |store| store.turned_away());
        self.journal.turned_away().saturating_add(beside)
    }

    /// Nobody asks while there is no room, so somebody else has to look.
    pub(super) async fn look_for_room(&self) {
        let full = self.sides.as_ref().filter(|store| !store.has_room());
        let Some(store) = full.map(Arc::clone) else {
            return;
        };
        let looked = tokio::task::spawn_blocking(move || store.look_for_room()).await;
        if let Ok(Err(error)) = looked {
            tracing::error!(%error, "no room is found for values");
        }
    }

    /// Puts on record when the disk becomes full and when it has room again, until told to stop.
    pub(crate) async fn watch_room(
        self: Arc<Self>,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) {
        let mut pause = tokio::time::interval(LOOK_PAUSE);
        let mut full_since = None;
        loop {
            tokio::select! {
                _ = pause.tick() => {}
                () = stop.cancelled() => return,
            }
            self.look_for_room().await;
            metrics.book_room(self.room());
            full_since = self.tell_room(full_since).await;
        }
    }

    /// One look; gives back what had been turned away when it was told that the log is full.
    pub(super) async fn tell_room(&self, full_since: Option<u64>) -> Option<u64> {
        match (self.has_room(), full_since) {
            (false, None) => {
                let before = self.turned_away();
                let entries = self.journal.size();
                let told = self.write(Entry::LogFull(LogFull { entries })).await;
                told.is_ok().then_some(before)
            }
            (true, Some(before)) => {
                let turned_away = self.turned_away().saturating_sub(before);
                let told = self.write(Entry::LogHasRoom(LogHasRoom { turned_away }));
                told.await.is_err().then_some(before)
            }
            (_, known) => known,
        }
    }
}
