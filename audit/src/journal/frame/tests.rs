//! The frame parser holds against everything and accepts only what the encoder writes.

use proptest::prelude::*;

use super::*;
use crate::digest::genesis;

const SALT: u32 = 0x5eed_5a17;

fn bundle(entries: &[Vec<u8>]) -> Bundle {
    let mut bundle = Bundle::default();
    assert!(entries.iter().all(|entry| bundle.push(entry)));
    bundle
}

#[test]
fn any_flipped_bit_and_any_cut_is_found() {
    let previous = genesis("log");
    let (bytes, after) = bundle(&[b"a".to_vec(), vec![], b"bcd".to_vec()]).seal(5, SALT, &previous);
    let frame = Frame::parse(&bytes, SALT).unwrap();
    assert_eq!(
        (frame.head.first, frame.head.next(), frame.chain),
        (5, 8, after)
    );
    assert!(frame.continues(&previous));
    assert!(!frame.continues(&after));
    assert_eq!(
        frame.entries().collect::<Vec<_>>(),
        [&b"a"[..], b"", b"bcd"]
    );
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Frame::parse(&flipped, SALT).is_err(), "bit {bit}");
    }
    for end in 0..bytes.len() {
        assert!(Frame::parse(&bytes[..end], SALT).is_err(), "cut at {end}");
    }
}

#[test]
fn a_frame_of_another_segment_never_passes() {
    let (bytes, _) = bundle(&[b"left over".to_vec()]).seal(0, SALT, &genesis("log"));
    assert!(Frame::parse(&bytes, SALT).is_ok());
    assert_eq!(
        Frame::parse(&bytes, SALT + 1).unwrap_err(),
        Fault::FrameHead
    );
}

#[test]
fn an_entry_beyond_the_length_prefix_is_not_cut() {
    let mut bundle = Bundle::default();
    assert!(!bundle.push(&vec![0; ENTRY_BYTES_MAX + 1]));
    assert!(bundle.push(&vec![0; ENTRY_BYTES_MAX]));
    assert_eq!(bundle.len(), ENTRY_BYTES_MAX + 2);
}

/// Gives arbitrary bytes right checksums, so that the checks behind them are reached.
fn resum(bytes: &mut [u8]) {
    if bytes.len() < OVERHEAD_BYTES {
        return;
    }
    bytes[..8].copy_from_slice(b"TSFR\x01\0\0\0");
    let payload = u32::try_from(bytes.len() - OVERHEAD_BYTES).unwrap();
    bytes[20..24].copy_from_slice(&payload.to_be_bytes());
    let sum = crc32c::crc32c_append(SALT, &bytes[..24]);
    bytes[24..28].copy_from_slice(&sum.to_be_bytes());
    let end = bytes.len() - 4;
    let sum = crc32c::crc32c_append(SALT, &bytes[..end]);
    bytes[end..].copy_from_slice(&sum.to_be_bytes());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_break_the_parser(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300), right_sums: bool,
    ) {
        if right_sums {
            resum(&mut bytes);
        }
        if let Ok(frame) = Frame::parse(&bytes, SALT) {
            prop_assert_eq!(frame.entries().count(), frame.head.count as usize);
            prop_assert!(frame.head.frame_bytes() <= bytes.len());
        }
    }

    #[test]
    fn every_bundle_reads_back(
        entries in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..40), 1..20,
        ),
        first in 0..u64::MAX / 2, salt: u32, previous: [u8; 32],
    ) {
        let previous = Digest::new(previous);
        let (bytes, after) = bundle(&entries).seal(first, salt, &previous);
        let frame = Frame::parse(&bytes, salt).unwrap();
        prop_assert!(frame.continues(&previous));
        prop_assert_eq!(frame.chain, after);
        prop_assert_eq!(frame.entries().map(<[u8]>::to_vec).collect::<Vec<_>>(), entries);
    }
}
