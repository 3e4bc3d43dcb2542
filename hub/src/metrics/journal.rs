//! The gauges of the journal: how long it is, whether it writes, whether its disk has room.

use audit::Room;
use prometheus::{Histogram, IntCounter, IntGauge};

use super::Registrar;

/// See the module.
#[derive(Debug)]
pub(super) struct JournalGauges {
    entries: IntGauge,
    healthy: IntGauge,
    room: IntGauge,
    turned_away: IntCounter,
    pub(super) write_seconds: Histogram,
    pub(super) indexed: IntGauge,
}

impl JournalGauges {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            entries: r.gauge("hub_journal_entries", "Entries in the audit journal.")?,
            healthy: r.gauge("hub_journal_healthy", "1 while the journal can write.")?,
            room: r.gauge(
                "hub_journal_room",
                "2 while the disk has room for the journal, 1 in its last segment, 0 when full.",
            )?,
            turned_away: r.counter(
                "hub_journal_turned_away_total",
                "Entries that were not taken for want of room.",
            )?,
            write_seconds: r.writing(
                "hub_journal_write_seconds",
                "Time until an entry of a question was durable, the queue before it included.",
            )?,
            indexed: r.gauge(
                "hub_index_entries",
                "Entries of the journal that can be searched.",
            )?,
        })
    }

    pub(super) fn set(&self, (entries, healthy): (u64, bool)) {
        self.entries.set(i64::try_from(entries).unwrap_or(i64::MAX));
        self.healthy.set(i64::from(healthy));
    }

    pub(super) fn set_room(&self, room: Room, turned_away: u64) {
        self.room.set(match room {
            Room::Full => 0,
            Room::Low => 1,
            Room::Enough => 2,
        });
        // The journal counts for itself; this follows it.
        let told = &self.turned_away;
        told.inc_by(turned_away.saturating_sub(told.get()));
    }
}
