//! The rows of a volume: wrapped keys of groups and sealed records, each with a fixed head. A
//! blotted row keeps its length and nothing else, so that what follows it is still found.

use crc32c::crc32c;

use super::cipher::{NAME_BYTES, Name, WRAPPED_BYTES};

/// Length, checksum, kind, name, group, size of the log.
pub(super) const HEAD_BYTES: usize = 4 + 4 + 1 + NAME_BYTES + NAME_BYTES + 8;
/// Where the checksum begins to count.
const COVERED_FROM: usize = 8;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The wrapped key of a group.
    Key,
    /// A sealed record.
    Record,
    /// What was here is erased.
    Blotted,
}

impl RowKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Record => 2,
            Self::Blotted => 3,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Key),
            2 => Some(Self::Record),
            3 => Some(Self::Blotted),
            _ => None,
        }
    }
}

/// The head of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowHead {
    pub(super) length: u32,
    pub(super) crc: u32,
    pub(super) kind: RowKind,
    pub(super) name: Name,
    pub(super) group: Name,
    pub(super) after: u64,
}

impl RowHead {
    /// Reads a head; none where no row begins.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let length = u32::from_be_bytes(take(&mut rest)?);
        let crc = u32::from_be_bytes(take(&mut rest)?);
        let [kind] = take(&mut rest)?;
        Some(Self {
            length,
            crc,
            kind: RowKind::of(kind)?,
            name: take(&mut rest)?,
            group: take(&mut rest)?,
            after: u64::from_be_bytes(take(&mut rest)?),
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

/// A row as it is written; nothing if it is longer than its length field can say.
pub(super) fn encode(
    kind: RowKind,
    name: &Name,
    group: &Name,
    after: u64,
    body: &[&[u8]],
) -> Option<Vec<u8>> {
    let length = HEAD_BYTES + body.iter().map(|part| part.len()).sum::<usize>();
    let mut covered = Vec::with_capacity(length);
    covered.push(kind.byte());
    covered.extend_from_slice(name);
    covered.extend_from_slice(group);
    covered.extend_from_slice(&after.to_be_bytes());
    for part in body {
        covered.extend_from_slice(part);
    }
    let mut row = Vec::with_capacity(length);
    row.extend_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
    row.extend_from_slice(&crc32c(&covered).to_be_bytes());
    row.extend_from_slice(&covered);
    Some(row)
}

/// What stands in a blotted row behind its length.
pub(super) fn blot(length: u32) -> Vec<u8> {
    let length = usize::try_from(length).unwrap_or_default();
    let mut bytes = vec![0; length.saturating_sub(4)];
    if let Some(kind) = bytes.get_mut(4) {
        *kind = RowKind::Blotted.byte();
    }
    bytes
}

/// Wrapped key and contents of a whole row, if its checksum holds.
pub(super) fn body(row: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = RowHead::read(row)?;
    if crc32c(row.get(COVERED_FROM..)?) != head.crc {
        return None;
    }
    row.get(HEAD_BYTES..)?.split_at_checked(WRAPPED_BYTES)
}
