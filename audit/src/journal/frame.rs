//! A frame: the entries of one commit, written with one positioned write and made durable with
//! one sync. The parser holds against arbitrary bytes and accepts only what the encoder writes;
//! whether a frame continues the log is the walker's question, not this file's.

#[cfg(test)]
mod tests;

use crate::digest::{DIGEST_BYTES, Digest, chain};
use crate::error::Fault;
use crate::journal::segment::take;

/// Magic, kind, first index, entry count, payload length, checksum of these.
pub(crate) const HEAD_BYTES: usize = 28;
/// Chain hash and checksum of the whole frame.
const FOOT_BYTES: usize = DIGEST_BYTES + SUM_BYTES;
const SUM_BYTES: usize = 4;
/// Part of the head that its checksum covers.
const HEAD_CHECKED_BYTES: usize = HEAD_BYTES - SUM_BYTES;
/// Length prefix of an entry.
const ENTRY_PREFIX_BYTES: usize = 2;
/// Longest entry that the length prefix can tell.
pub(crate) const ENTRY_BYTES_MAX: usize = u16::MAX as usize;
/// Longest payload, which bounds the memory of writer and reader.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 1 << 20;
/// Most bytes that a frame adds to its payload; also the length of a closing frame.
pub(crate) const OVERHEAD_BYTES: usize = HEAD_BYTES + FOOT_BYTES;
/// First bytes of every frame.
pub(crate) const MAGIC: [u8; 4] = *b"TSFR";
const KIND_ENTRIES: u8 = 1;
const KIND_CLOSE: u8 = 2;

/// What a frame is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Entries of one commit.
    Entries,
    /// The writer ended in good order; without entries.
    Close,
}

/// Entries put together in the C2SP entry-bundle encoding: u16 length, bytes.
#[derive(Debug, Default)]
pub(crate) struct Bundle {
    bytes: Vec<u8>,
    count: u32,
}

impl Bundle {
    /// Bytes that `entry` adds to a payload.
    pub(crate) fn bytes_of(entry: &[u8]) -> usize {
        ENTRY_PREFIX_BYTES + entry.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Adds an entry; `false`, and nothing added, if it is longer than any frame can tell.
    #[must_use]
    pub(crate) fn push(&mut self, entry: &[u8]) -> bool {
        let Ok(length) = u16::try_from(entry.len()) else {
            return false;
        };
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(entry);
        self.count += 1;
        true
    }

    /// The frame that carries these entries, and the chain hash after it.
    pub(crate) fn seal(&self, first: u64, salt: u32, previous: &Digest) -> (Vec<u8>, Digest) {
        encode(KIND_ENTRIES, self, first, salt, previous)
    }
}

/// The frame that a writer leaves when it ends in good order.
pub(crate) fn closing(first: u64, salt: u32, previous: &Digest) -> (Vec<u8>, Digest) {
    encode(KIND_CLOSE, &Bundle::default(), first, salt, previous)
}

fn encode(kind: u8, bundle: &Bundle, first: u64, salt: u32, before: &Digest) -> (Vec<u8>, Digest) {
    let mut bytes = Vec::with_capacity(OVERHEAD_BYTES + bundle.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[kind, 0, 0, 0]);
    bytes.extend_from_slice(&first.to_be_bytes());
    bytes.extend_from_slice(&bundle.count.to_be_bytes());
    // A payload beyond `PAYLOAD_BYTES_MAX` never gets here: the committer cuts batches before it.
    bytes.extend_from_slice(
        &u32::try_from(bundle.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    bytes.extend_from_slice(&crc32c::crc32c_append(salt, &bytes).to_be_bytes());
    bytes.extend_from_slice(&bundle.bytes);
    let after = chain(before, &bytes);
    bytes.extend_from_slice(after.bytes());
    bytes.extend_from_slice(&crc32c::crc32c_append(salt, &bytes).to_be_bytes());
    (bytes, after)
}

/// The head of a frame, enough to know its extent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    pub(crate) first: u64,
    pub(crate) count: u32,
    payload_bytes: usize,
}

impl Head {
    pub(crate) fn parse(bytes: &[u8], salt: u32) -> Result<Self, Fault> {
        let (mut checked, sum) = bytes
            .get(..HEAD_BYTES)
            .and_then(|head| head.split_at_checked(HEAD_CHECKED_BYTES))
            .ok_or(Fault::FrameHead)?;
        if sum != crc32c::crc32c_append(salt, checked).to_be_bytes() {
            return Err(Fault::FrameHead);
        }
        let fields = (|| {
            let magic = take::<4>(&mut checked)?;
            let kind = take::<4>(&mut checked)?;
            let first = u64::from_be_bytes(take(&mut checked)?);
            let count = u32::from_be_bytes(take(&mut checked)?);
            let payload_bytes = u32::from_be_bytes(take(&mut checked)?);
            (magic == MAGIC).then_some((kind, first, count, payload_bytes))
        })();
        let (kind, first, count, payload_bytes) = fields.ok_or(Fault::FrameHead)?;
        let kind = match kind {
            [KIND_ENTRIES, 0, 0, 0] => Kind::Entries,
            [KIND_CLOSE, 0, 0, 0] => Kind::Close,
            _ => return Err(Fault::FrameHead),
        };
        let payload_bytes = usize::try_from(payload_bytes).map_err(|_| Fault::FrameLength)?;
        if payload_bytes > PAYLOAD_BYTES_MAX {
            return Err(Fault::FrameLength);
        }
        let is_empty = count == 0 && payload_bytes == 0;
        if is_empty != (kind == Kind::Close) || first.checked_add(u64::from(count)).is_none() {
            return Err(Fault::Entries);
        }
        Ok(Self {
            kind,
            first,
            count,
            payload_bytes,
        })
    }

    pub(crate) const fn frame_bytes(&self) -> usize {
        OVERHEAD_BYTES + self.payload_bytes
    }

    /// Index behind the last entry of the frame.
    pub(crate) fn next(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }
}

/// A frame whose checksums are right and whose entries fill it exactly.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) head: Head,
    body: &'a [u8],
    payload: &'a [u8],
    pub(crate) chain: Digest,
}

impl<'a> Frame<'a> {
    pub(crate) fn parse(bytes: &'a [u8], salt: u32) -> Result<Self, Fault> {
        let head = Head::parse(bytes, salt)?;
        let (checked, sum) = bytes
            .get(..head.frame_bytes())
            .and_then(|frame| frame.split_at_checked(head.frame_bytes() - SUM_BYTES))
            .ok_or(Fault::FrameBody)?;
        if sum != crc32c::crc32c_append(salt, checked).to_be_bytes() {
            return Err(Fault::FrameBody);
        }
        let (body, chain) = checked
            .split_last_chunk::<DIGEST_BYTES>()
            .ok_or(Fault::FrameBody)?;
        let payload = body.get(HEAD_BYTES..).ok_or(Fault::FrameBody)?;
        let frame = Self {
            head,
            body,
            payload,
            chain: Digest::new(*chain),
        };
        let mut entries = frame.entries();
        let counted = entries.by_ref().count();
        if !entries.rest.is_empty() || u32::try_from(counted) != Ok(head.count) {
            return Err(Fault::Entries);
        }
        Ok(frame)
    }

    /// Whether this frame's chain hash continues `previous`.
    pub(crate) fn continues(&self, previous: &Digest) -> bool {
        chain(previous, self.body) == self.chain
    }

    pub(crate) const fn entries(&self) -> Entries<'a> {
        Entries { rest: self.payload }
    }
}

/// The entries of a frame in order; stops at the first length that does not fit.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let (prefix, rest) = self.rest.split_first_chunk::<ENTRY_PREFIX_BYTES>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*prefix)))?;
        self.rest = rest;
        Some(entry)
    }
}
