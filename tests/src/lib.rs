//! Scenarios over a whole star on real sockets and processes, proofs by system call traces, and the
//! tidy rules. Nothing of the product depends on this crate.

pub mod pages;

/// What `journal-writer` says once its log is open.
pub const OPEN: &str = "open";

/// How often a full disk is tried again, and after how long.
const ROOM_TRIES: u32 = 40;
const ROOM_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// Appends once more while the disk is full: whoever waits for room is not refused for good.
///
/// # Errors
/// As `append`, or there is no room for two seconds.
pub fn with_room(
    append: impl Fn() -> Result<audit::Receipt, audit::AuditError>,
) -> Result<audit::Receipt, audit::AuditError> {
    for _ in 0..ROOM_TRIES {
        match append() {
            Err(audit::AuditError::NoRoom) => std::thread::sleep(ROOM_PAUSE),
            appended => return appended,
        }
    }
    append()
}

/// Length of the filling of a numbered entry: three of them fill a small segment.
const FILLING_BYTES: usize = 380;

/// The entry that `journal-writer` appends as number `number` of its life `life`; no two are the
/// same.
#[must_use]
pub fn numbered_entry(life: u64, number: u64) -> Vec<u8> {
    let filling = "-".repeat(FILLING_BYTES);
    format!("life {life:04} entry {number:08} {filling}").into_bytes()
}

/// What `log-writer` says before each checkpoint that it published.
pub const PUBLISHED: &str = "published ";

/// The entry that `log-writer` appends as number `number` of its life `life`; no two are the same.
#[must_use]
pub fn short_entry(life: u64, number: u64) -> Vec<u8> {
    format!("life {life:04} entry {number:08}").into_bytes()
}
