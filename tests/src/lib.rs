//! Scenarios over a whole star on real sockets and processes, proofs by system call traces, and the
//! tidy rules. Nothing of the product depends on this crate.

/// What `journal-writer` says once its log is open.
pub const OPEN: &str = "open";

/// Length of the filling of a numbered entry: three of them fill a small segment.
const FILLING_BYTES: usize = 380;

/// The entry that `journal-writer` appends as number `number` of its life `life`; no two are the
/// same.
#[must_use]
pub fn numbered_entry(life: u64, number: u64) -> Vec<u8> {
    let filling = "-".repeat(FILLING_BYTES);
    format!("life {life:04} entry {number:08} {filling}").into_bytes()
}
