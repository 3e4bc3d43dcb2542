//! The settings of a journal and their limits. Settings that cannot work are refused by name.

use std::path::PathBuf;

use crate::error::AuditError;
use crate::journal::committer::payload_bytes_max;
use crate::journal::{frame, segment};

/// Default length of a segment file.
pub const SEGMENT_BYTES: u64 = 64 << 20;
/// Longest segment file that is accepted.
pub const SEGMENT_BYTES_MAX: u64 = 4 << 30;
/// Default number of entries that may wait for the disk.
pub const QUEUE_MAX: usize = 4096;
/// Default for the longest entry.
pub const ENTRY_BYTES_MAX: usize = 16 << 10;
/// Where a journal lies and what it accepts.
#[derive(Debug, Clone)]
pub struct JournalConfig {
    /// Folder of the log; created if missing.
    pub dir: PathBuf,
    /// Name of the log: 1 to 255 bytes without blanks and plus signs. Never changes.
    pub origin: String,
    /// Length of each segment file; may change between runs.
    pub segment_bytes: u64,
    /// Entries that may wait for the disk; one more is refused.
    pub queue_max: usize,
    /// Longest entry, at most 65,535.
    pub entry_bytes_max: usize,
}

impl JournalConfig {
    /// The defaults for a log in `dir`.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, origin: impl Into<String>) -> Self {
        Self {
            dir: dir.into(),
            origin: origin.into(),
            segment_bytes: SEGMENT_BYTES,
            queue_max: QUEUE_MAX,
            entry_bytes_max: ENTRY_BYTES_MAX,
        }
    }

    /// Refuses settings that cannot work.
    ///
    /// # Errors
    /// Names the first wrong setting.
    pub fn check(&self) -> Result<(), AuditError> {
        let wrong = |key, reason: String| Err(AuditError::Config { key, reason });
        if !segment::origin_is_well_formed(&self.origin) {
            let reason = "must be 1 to 255 bytes without blanks, control characters and `+`";
            return wrong("origin", reason.to_owned());
        }
        if !(1..=frame::ENTRY_BYTES_MAX).contains(&self.entry_bytes_max) {
            return wrong(
                "entry_bytes_max",
                format!("must be 1 to {}", frame::ENTRY_BYTES_MAX),
            );
        }
        let entry_bytes = self.entry_bytes_max + 2;
        if payload_bytes_max(self.segment_bytes) < entry_bytes {
            return wrong(
                "segment_bytes",
                "must have room for the longest entry".to_owned(),
            );
        }
        if self.segment_bytes > SEGMENT_BYTES_MAX {
            return wrong(
                "segment_bytes",
                format!("must be at most {SEGMENT_BYTES_MAX}"),
            );
        }
        if self.queue_max == 0 {
            return wrong("queue_max", "must be at least 1".to_owned());
        }
        Ok(())
    }
}
