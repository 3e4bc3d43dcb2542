//! The agent's own log.

use audit::Room;
use prometheus::IntGauge;
use wire::Registrar;

#[derive(Debug)]
pub(super) struct BookMetrics {
    pub(super) entries: IntGauge,
    pub(super) healthy: IntGauge,
    room: IntGauge,
    archive_passed: IntGauge,
    archive_entries: IntGauge,
    first: IntGauge,
}

impl BookMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            entries: r.gauge("agent_book_entries", "Entries in the agent's own log.")?,
            healthy: r.gauge(
                "agent_book_healthy",
                "1 while the agent's own log can write.",
            )?,
            room: r.gauge(
                "agent_book_room",
                "2 while the disk has room for own log, 1 in its last segment, 0 when full.",
            )?,
            archive_passed: r.gauge(
                "agent_archive_passed_timestamp_seconds",
                "When what was due was archived last, since 1970; 0 without an archive.",
            )?,
            archive_entries: r.gauge("agent_archive_entries", "Entries in archive volumes.")?,
            first: r.gauge(
                "agent_book_first_entry",
                "First entry that is still in the agent's own log.",
            )?,
        })
    }

    pub(super) fn room(&self, room: Room) {
        self.room.set(match room {
            Room::Full => 0,
            Room::Low => 1,
            Room::Enough => 2,
        });
    }

    pub(super) fn archived(&self, at: i64, entries: u64, first: u64) {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.archive_passed.set(at);
        self.archive_entries.set(number(entries));
        self.first.set(number(first));
    }
}
