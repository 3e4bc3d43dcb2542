//! A full disk on record: that only what is owed is taken from now on, and later how much was not.

use std::sync::Arc;
use std::time::Duration;

use audit::Room;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::Ledger;
use super::entry::Entry;
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
    /// Whether the entry is owed, and so is taken from the reserve of a full disk: it ends what is
    /// on record already, or says how the log itself stands. Each of these is bounded by what was
    /// begun before, by starts, or by volumes, of which retention must be able to free some.
    pub(super) const fn is_owed(&self) -> bool {
        matches!(
            self,
            Self::Outcome(_)
                | Self::Abandoned(_)
                | Self::LogFull(_)
                | Self::Started(_)
                | Self::Stopped(_)
                | Self::RefusalsFolded(_)
                | Self::Disowned(_)
                | Self::Archived(_)
                | Self::Retention(_)
                | Self::VolumeExpired(_)
        )
    }
}

impl Ledger {
    /// Puts on record when the disk becomes full and when it has room again, until told to stop.
    pub async fn watch_room(self: Arc<Self>, metrics: Arc<Metrics>, stop: CancellationToken) {
        let mut pause = tokio::time::interval(LOOK_PAUSE);
        let mut full_since = None;
        loop {
            tokio::select! {
                _ = pause.tick() => {}
                () = stop.cancelled() => return,
            }
            let room = self.journal.room();
            metrics.journal_room(room, self.journal.turned_away());
            full_since = self.tell_room(room, full_since).await;
        }
    }

    /// One look; gives back what had been turned away when it was told that the log is full.
    async fn tell_room(&self, room: Room, full_since: Option<u64>) -> Option<u64> {
        match (room == Room::Full, full_since) {
            (true, None) => {
                let before = self.journal.turned_away();
                let entries = self.journal.size();
                let told = self.note(Entry::LogFull(LogFull { entries })).await;
                told.is_ok().then_some(before)
            }
            (false, Some(before)) => {
                let turned_away = self.journal.turned_away().saturating_sub(before);
                let told = self.note(Entry::LogHasRoom(LogHasRoom { turned_away }));
                told.await.is_err().then_some(before)
            }
            (_, known) => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use audit::{Journal, JournalConfig};
    use time::macros::datetime;
    use tokio_util::task::TaskTracker;
    use wire::ManualClock;

    use super::*;
    use crate::ledger::entry::Sheet;

    #[tokio::test]
    async fn what_was_not_taken_is_told_once_there_is_room() {
        let home = tempfile::tempdir().expect("a folder");
        let mut config = JournalConfig::new(home.path(), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let at = datetime!(2026-11-23 10:00 +8);
        let clock = Arc::new(ManualClock::at(at));
        let tasks = TaskTracker::new();
        let ledger = Ledger::new(journal.clone(), clock, &[7; 32], at, tasks);
        let mut known = None;
        for room in [
            Room::Enough,
            Room::Low,
            Room::Full,
            Room::Full,
            Room::Low,
            Room::Enough,
        ] {
            known = ledger.tell_room(room, known).await;
        }
        assert_eq!(known, None);
        let entries: Vec<_> = journal
            .scan(0)
            .map(|next| {
                Sheet::decode(&next.expect("reads").1)
                    .expect("is ours")
                    .entry
            })
            .collect();
        let full = Entry::LogFull(LogFull { entries: 0 });
        let room = Entry::LogHasRoom(LogHasRoom { turned_away: 0 });
        assert_eq!(entries, [full, room]);
    }
}
