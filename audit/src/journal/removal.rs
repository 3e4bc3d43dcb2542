//! Removing the first segments of a journal, once everything in them lies elsewhere. Whether it
//! does is for the caller to know: this only keeps the order in which a crash loses nothing. The
//! base is durable first, then segments go, the oldest first, each removal synced by itself, so
//! that what is left is always a stretch that ends at the base.

use crate::error::{AuditError, Fault};
use crate::journal::base::{self, Base};
use crate::journal::disk::Disk;
use crate::journal::segment::file_name;
use crate::journal::walk::{Cursor, header, segments};

/// Where the log stands before the segment named after `first`, as its header says.
pub(crate) fn cursor_at(disk: &dyn Disk, first: u64) -> Result<Cursor, AuditError> {
    let (header, _) = header(disk, first)?;
    Ok(Cursor {
        index: first,
        chain: header.previous,
    })
}

/// Makes `base` the beginning of the journal.
pub(crate) fn begin_at(disk: &dyn Disk, base: &Base) -> Result<(), AuditError> {
    if cursor_at(disk, base.index())? != base.cursor() {
        return Err(base::damage(base.index(), Fault::Chain).into());
    }
    base::write(disk, base)
}

/// Removes every segment before the base; tells how many.
pub(crate) fn remove_before(disk: &dyn Disk, base: u64) -> Result<u64, AuditError> {
    let mut removed = 0_u64;
    for first in segments(disk)?.into_iter().filter(|first| *first < base) {
        let name = file_name(first);
        let failed = |e| AuditError::disk("remove", &name, e);
        disk.remove(&name).map_err(failed)?;
        disk.sync_folder().map_err(failed)?;
        removed = removed.saturating_add(1);
    }
    Ok(removed)
}
