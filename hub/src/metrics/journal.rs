//! The gauges of the journal: how long it is, whether it writes, whether its disk has room.

use audit::Room;
use prometheus::IntGauge;

use super::Registrar;

/// See the module.
#[derive(Debug)]
pub(super) struct JournalGauges {
    entries: IntGauge,
    healthy: IntGauge,
    room: IntGauge,
    turned_away: IntGauge,
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
            turned_away: r.gauge(
                "hub_journal_turned_away",
                "Entries that were not taken for want of room, since the start.",
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
        self.turned_away
            .set(i64::try_from(turned_away).unwrap_or(i64::MAX));
    }
}
