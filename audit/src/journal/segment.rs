//! The header of a segment file: which log, where it continues, how long the file is. It refuses
//! every header that is not exactly what [`Header::encode`] writes.

use crate::digest::{DIGEST_BYTES, Digest};
use crate::error::Fault;

/// Length of the header; frames begin right behind it.
pub(crate) const HEADER_BYTES: usize = 512;
/// Longest origin of a log.
pub(crate) const ORIGIN_BYTES_MAX: usize = 255;
const MAGIC: [u8; 8] = *b"TSAUDIT\n";
const VERSION: u32 = 1;
/// Everything before the checksum, which closes the header.
const CHECKED_BYTES: usize = HEADER_BYTES - 4;
/// Digits of a file name: as many as the largest index has, so that names sort like indexes.
const NAME_DIGITS: usize = 20;
const NAME_SUFFIX: &str = ".seg";

/// What a segment says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) origin: String,
    pub(crate) segment_bytes: u64,
    pub(crate) first: u64,
    /// Chain hash after the last frame of the segment before, or the genesis of the log.
    pub(crate) previous: Digest,
}

/// A header as it lies on disk, with the checksum that every frame of the segment continues.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) bytes: Vec<u8>,
    /// INVARIANT: frames continue this checksum, so that a frame of any other segment, such as a
    /// left-over in a recycled file, never has a valid checksum here.
    pub(crate) salt: u32,
}

impl Header {
    pub(crate) fn encode(&self) -> Sealed {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.segment_bytes.to_be_bytes());
        bytes.extend_from_slice(&self.first.to_be_bytes());
        bytes.extend_from_slice(self.previous.bytes());
        let origin = self.origin.as_bytes();
        bytes.extend_from_slice(
            &u16::try_from(origin.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        bytes.extend_from_slice(origin);
        bytes.resize(CHECKED_BYTES, 0);
        let salt = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&salt.to_be_bytes());
        Sealed { bytes, salt }
    }

    /// Reads a header; also returns the checksum that frames continue.
    pub(crate) fn parse(bytes: &[u8]) -> Result<(Self, u32), Fault> {
        let (checked, sum) = bytes
            .get(..HEADER_BYTES)
            .and_then(|header| header.split_at_checked(CHECKED_BYTES))
            .ok_or(Fault::Header)?;
        let salt = crc32c::crc32c(checked);
        if sum != salt.to_be_bytes() {
            return Err(Fault::Header);
        }
        let mut rest = checked;
        let fields = (|| {
            let magic = take::<8>(&mut rest)?;
            let version = u32::from_be_bytes(take(&mut rest)?);
            let reserved = take::<4>(&mut rest)?;
            let segment_bytes = u64::from_be_bytes(take(&mut rest)?);
            let first = u64::from_be_bytes(take(&mut rest)?);
            let previous = Digest::new(take::<DIGEST_BYTES>(&mut rest)?);
            let (origin, zeros) =
                rest.split_at_checked(usize::from(u16::from_be_bytes(take(&mut rest)?)) + 2)?;
            let origin = String::from_utf8(origin.get(2..)?.to_vec()).ok()?;
            let intact = magic == MAGIC && reserved == [0; 4] && zeros.iter().all(|b| *b == 0);
            intact.then_some((
                version,
                Self {
                    origin,
                    segment_bytes,
                    first,
                    previous,
                },
            ))
        })();
        let (version, header) = fields.ok_or(Fault::Header)?;
        if version != VERSION {
            return Err(Fault::Version(version));
        }
        if !origin_is_well_formed(&header.origin) {
            return Err(Fault::Header);
        }
        Ok((header, salt))
    }
}

/// Takes a fixed number of bytes off the front.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

/// An origin becomes the name in signed notes, which allows neither blanks nor plus signs.
pub(crate) fn origin_is_well_formed(origin: &str) -> bool {
    (1..=ORIGIN_BYTES_MAX).contains(&origin.len())
        && !origin
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// File name of the segment whose first entry is `first`.
pub(crate) fn file_name(first: u64) -> String {
    format!("{first:0NAME_DIGITS$}{NAME_SUFFIX}")
}

/// First index that a file name claims; `None` if it is no segment's name.
pub(crate) fn first_index(name: &str) -> Option<u64> {
    let first = name.strip_suffix(NAME_SUFFIX)?.parse().ok()?;
    (file_name(first) == name).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::genesis;

    fn sample() -> Header {
        let previous = genesis("hub-1.tianshu.test");
        Header {
            origin: "hub-1.tianshu.test".to_owned(),
            segment_bytes: 4096,
            first: 9,
            previous,
        }
    }

    #[test]
    fn a_header_reads_back_and_any_flipped_bit_is_found() {
        let sealed = sample().encode();
        assert_eq!(sealed.bytes.len(), HEADER_BYTES);
        assert_eq!(Header::parse(&sealed.bytes), Ok((sample(), sealed.salt)));
        for bit in 0..HEADER_BYTES * 8 {
            let mut bytes = sealed.bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::parse(&bytes), Err(Fault::Header));
        }
    }

    #[test]
    fn a_later_version_is_named() {
        let mut bytes = sample().encode().bytes;
        bytes[11] = 2;
        let sum = crc32c::crc32c(&bytes[..CHECKED_BYTES]);
        bytes[CHECKED_BYTES..].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(Header::parse(&bytes), Err(Fault::Version(2)));
    }

    #[test]
    fn names_sort_like_indexes_and_others_are_no_segments() {
        assert_eq!(first_index(&file_name(u64::MAX)), Some(u64::MAX));
        assert!(file_name(9) < file_name(10));
        for name in [
            "9.seg",
            "spare.tmp",
            "0000000000000000000x.seg",
            "+0000000000000000009.seg",
        ] {
            assert_eq!(first_index(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused_or_read_back_the_same(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..600),
            resum in any::<bool>(),
        ) {
            // With a right checksum the parser's later checks are reached as well.
            if resum && bytes.len() >= HEADER_BYTES {
                bytes[..12].copy_from_slice(b"TSAUDIT\n\0\0\0\x01");
                bytes[12..16].fill(0);
                bytes[64] = 0;
                let sum = crc32c::crc32c(&bytes[..CHECKED_BYTES]);
                bytes[CHECKED_BYTES..HEADER_BYTES].copy_from_slice(&sum.to_be_bytes());
            }
            if let Ok((header, _)) = Header::parse(&bytes) {
                prop_assert_eq!(&header.encode().bytes[..], &bytes[..HEADER_BYTES]);
            }
        }

        #[test]
        fn every_header_reads_back(
            origin in "[a-z0-9./-]{1,255}", segment_bytes: u64, first: u64, previous: [u8; 32],
        ) {
            let header = Header { origin, segment_bytes, first, previous: Digest::new(previous) };
            let sealed = header.encode();
            prop_assert_eq!(Header::parse(&sealed.bytes), Ok((header, sealed.salt)));
        }
    }
}
