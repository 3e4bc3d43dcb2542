//! What has gone to the archive.

use prometheus::IntGauge;

use super::Registrar;

#[derive(Debug)]
pub(super) struct Archived {
    pub(super) passed: IntGauge,
    pub(super) entries: IntGauge,
    pub(super) first: IntGauge,
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
}
