//! What has gone to the archive.

use prometheus::IntGauge;

use super::Registrar;

#[derive(Debug)]
pub(super) struct Archived {
    pub(super) passed: IntGauge,
    entries: IntGauge,
    first: IntGauge,
}

impl Archived {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            passed: r.gauge(
                "hub_archive_passed_timestamp_seconds",
                "When what was due was archived last, since 1970; 0 without an archive.",
            )?,
            entries: r.gauge("hub_archive_entries", "Entries in archive volumes.")?,
            first: r.gauge(
                "hub_journal_first_entry",
                "First entry that is still in the journal.",
            )?,
        })
    }

    pub(super) fn passed(&self, at: i64, entries: u64, first: u64) {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.passed.set(at);
        self.entries.set(number(entries));
        self.first.set(number(first));
    }
}
