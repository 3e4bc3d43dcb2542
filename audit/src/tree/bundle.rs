//! Entry bundles: up to 256 entries, each as a big-endian u16 length and its bytes.

use crate::tree::tile::TILE_WIDTH;

/// Length prefix of an entry.
const PREFIX_BYTES: usize = 2;
/// The longest bundle: 256 entries of 65,535 bytes.
pub const BUNDLE_BYTES_MAX: usize = TILE_WIDTH as usize * (PREFIX_BYTES + u16::MAX as usize);

/// Adds an entry to a bundle; `false`, and nothing added, if it is longer than a prefix can tell.
#[must_use]
pub fn encode_bundle(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else {
        return false;
    };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries of a bundle, which must be exactly `width`; `None` if they do not fill it exactly.
#[must_use]
pub fn read_bundle(bytes: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    let (entries, rest) = take(bytes, width)?;
    rest.is_empty().then_some(entries)
}

/// The bytes of the first `width` entries of a bundle; `None` if it has fewer.
#[must_use]
pub fn cut_bundle(bytes: &[u8], width: u16) -> Option<&[u8]> {
    let (_, rest) = take(bytes, width)?;
    bytes.get(..bytes.len() - rest.len())
}

fn take(bytes: &[u8], width: u16) -> Option<(Vec<&[u8]>, &[u8])> {
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bytes;
    for _ in 0..width {
        let (prefix, behind) = rest.split_first_chunk::<PREFIX_BYTES>()?;
        let length = usize::from(u16::from_be_bytes(*prefix));
        let (entry, behind) = behind.split_at_checked(length)?;
        entries.push(entry);
        rest = behind;
    }
    Some((entries, rest))
}
