//! When a pass archived last what was due, over starts: a program that is restarted every day must
//! not look as if it had archived every day.

use audit::Archive;

use super::Keeping;

/// The moment in seconds since 1970, in the folder of the log.
const FILE_NAME: &str = "archive-passed";

impl Keeping {
    /// Shows how things stood at the last pass. An archive that never had one is behind from its
    /// first start on.
    pub(super) fn remember(&self) {
        let now = self.clock.now().unix_timestamp();
        let read = std::fs::read_to_string(self.dir.join(FILE_NAME));
        let passed = read.ok().and_then(|text| text.trim().parse().ok());
        let passed = passed.filter(|at: &i64| *at <= now).unwrap_or_else(|| {
            self.passed_at(now);
            now
        });
        let keys = audit::publisher::own_keys(&self.dir, self.signer.key()).ok();
        let archive = keys.map(|keys| Archive::new(&self.archive.dir, keys));
        let manifests = archive.and_then(|archive| archive.manifests().ok());
        let last = manifests.and_then(|mut all| all.pop());
        let archived = last.map_or(0, |last| last.end());
        let first = self.ledger.journal().first();
        self.metrics.archived(passed, archived, first);
    }

    /// Keeps the moment. It is for an alert only: what cannot be written raises it.
    pub(super) fn passed_at(&self, at: i64) {
        let written = std::fs::write(self.dir.join(FILE_NAME), format!("{at}\n"));
        if let Err(error) = written {
            tracing::error!(%error, "when the log was archived is not kept");
        }
    }
}
