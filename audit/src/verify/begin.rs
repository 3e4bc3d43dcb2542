//! Where a verification begins: with the genesis, or with the base if the first segments were
//! removed. Segments that a removal which was cut off left before the base are verified as well:
//! they must lead to it.

use crate::error::{AuditError, Fault};
use crate::journal::{Base, Cursor, Disk, Tail, base_damage, header, read_base, segments, walk};

/// Name of the log, where it stands before its first frame, and its segments from there on.
type Begin = (String, Cursor, Vec<u64>);

/// `None` if there is no log.
pub(super) fn begin(disk: &dyn Disk) -> Result<Option<Begin>, AuditError> {
    let mut firsts = segments(disk)?;
    let Some(base) = read_base(disk)? else {
        let Some(first) = firsts.first() else {
            return Ok(None);
        };
        let origin = header(disk, *first)?.0.origin;
        let cursor = Cursor::start(&origin);
        return Ok(Some((origin, cursor, firsts)));
    };
    let at = firsts.partition_point(|first| *first < base.index());
    let rest = firsts.split_off(at);
    if rest.is_empty() {
        return Err(base_damage(base.index(), Fault::Begin).into());
    }
    leads_to(disk, &firsts, &base)?;
    let cursor = base.cursor();
    Ok(Some((base.origin, cursor, rest)))
}

fn leads_to(disk: &dyn Disk, left: &[u64], base: &Base) -> Result<(), AuditError> {
    let Some(first) = left.first() else {
        return Ok(());
    };
    let mut cursor = Cursor {
        index: *first,
        chain: header(disk, *first)?.0.previous,
    };
    for first in left {
        let walked = walk(disk, *first, &base.origin, cursor, &mut |_, _| {})?;
        if let Tail::Unfinished { damage, .. } = walked.tail {
            return Err(damage.into());
        }
        cursor = walked.next;
    }
    if cursor == base.cursor() {
        return Ok(());
    }
    Err(base_damage(base.index(), Fault::Chain).into())
}
