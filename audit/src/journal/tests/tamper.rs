//! Whoever changes a closed log is found out, by name and place.

use super::*;
use crate::error::{Damage, Fault};
use segment::file_name;

fn damage(error: VerifyError) -> Damage {
    match error {
        VerifyError::Damaged(damage) | VerifyError::UnfinishedTail { damage, .. } => damage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_flipped_bit_in_any_byte_is_found_and_named() {
    let image = closed_with(9);
    assert!(image.len() >= 2);
    assert!(verify(&image).unwrap().closed);
    for (name, bytes) in &image {
        for at in 0..bytes.len() {
            for flip in [0x01, 0xff] {
                let mut changed = image.clone();
                changed.get_mut(name).unwrap()[at] ^= flip;
                let found = damage(verify(&changed).expect_err("a change that is not found"));
                assert_eq!(found.file, *name, "byte {at}");
                assert!(found.offset <= at as u64, "byte {at}: {found}");
                // Opening refuses as well, unless what was changed lies behind the last entry.
                if let Ok((journal, _)) = open(&FakeDisk::holding(&changed)) {
                    assert_eq!(journal.size(), 9, "`{name}` byte {at}");
                }
            }
        }
    }
}

/// Nobody closed it, so that damage to the very last frame looks like a write cut short; it is
/// found all the same, only not told from a crash.
#[test]
fn a_flipped_bit_in_an_unclosed_log_is_found_and_named_as_well() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    for number in 0..9 {
        append(&journal, entry(number)).unwrap();
    }
    let image = disk.image();
    let segments = || image.iter().filter(|(name, _)| name.ends_with(".seg"));
    assert!(segments().count() >= 2);
    assert!(!verify(&image).unwrap().closed);
    for (name, bytes) in segments() {
        for at in 0..bytes.len() {
            let mut changed = image.clone();
            changed.get_mut(name).unwrap()[at] ^= 0x01;
            let found = damage(verify(&changed).expect_err("a change that is not found"));
            assert_eq!(found.file, *name, "byte {at}");
            assert!(found.offset <= at as u64, "byte {at}: {found}");
        }
    }
}

#[test]
fn damage_in_front_of_whole_frames_is_never_repaired() {
    let image = closed_with(9);
    let last = image.keys().last().unwrap().clone();
    for name in image.keys() {
        let mut changed = image.clone();
        // Within the first frame of the segment.
        changed.get_mut(name).unwrap()[512 + 30] ^= 1;
        let disk = FakeDisk::holding(&changed);
        match open(&disk) {
            Err(AuditError::Damaged(Damage {
                file, offset: 512, ..
            })) => assert_eq!(file, *name),
            other => panic!("{name}, last is {last}: {other:?}"),
        }
        assert_eq!(disk.image(), changed);
    }
}

#[test]
fn files_that_are_cut_grown_missing_swapped_or_foreign_are_found() {
    let image = closed_with(14);
    let names: Vec<_> = image.keys().cloned().collect();
    assert!(names.len() >= 3);
    let refused = |changed: &Image, what: &str| {
        assert!(verify(changed).is_err(), "{what}");
        assert!(open(&FakeDisk::holding(changed)).is_err(), "{what}");
    };
    for name in &names {
        for length in [0, 100, 512, 700, 1023, 1025] {
            let mut changed = image.clone();
            changed.get_mut(name).unwrap().resize(length, 0);
            refused(&changed, &format!("{name} is {length} bytes long"));
        }
    }
    for name in &names[..names.len() - 1] {
        let mut changed = image.clone();
        changed.remove(name);
        refused(&changed, &format!("{name} is missing"));
    }
    let mut swapped = image.clone();
    swapped.insert(names[0].clone(), image[&names[1]].clone());
    swapped.insert(names[1].clone(), image[&names[0]].clone());
    refused(&swapped, "two segments are swapped");

    let foreign = JournalConfig {
        origin: "other.tianshu.test".to_owned(),
        ..small()
    };
    let result = Journal::open_on(Arc::new(FakeDisk::holding(&image)), &foreign, None);
    let Err(AuditError::Damaged(found)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(found.fault, Fault::Origin(ORIGIN.to_owned()));
}

/// A header and frames with right checksums, for a log that somebody makes up.
fn segment_with(header: &segment::Header, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = header.encode().bytes;
    bytes.extend(frames.iter().flatten());
    bytes.resize(usize::try_from(header.segment_bytes).unwrap(), 0);
    bytes
}

fn first_header() -> segment::Header {
    let previous = Cursor::start(ORIGIN).chain;
    segment::Header {
        origin: ORIGIN.to_owned(),
        segment_bytes: 1024,
        first: 0,
        previous,
    }
}

fn frame_of(first: u64, entry: &[u8], salt: u32, previous: &Digest) -> (Vec<u8>, Digest) {
    let mut bundle = frame::Bundle::default();
    assert!(bundle.push(entry));
    bundle.seal(first, salt, previous)
}

#[test]
fn frames_with_right_checksums_that_do_not_continue_the_log_are_damage() {
    let header = first_header();
    let salt = header.encode().salt;
    let (first, after) = frame_of(0, b"one", salt, &header.previous);
    let (wrong_chain, _) = frame_of(1, b"two", salt, &header.previous);
    let (wrong_index, _) = frame_of(2, b"two", salt, &after);
    for (second, expected) in [
        (wrong_chain, Fault::Chain),
        (
            wrong_index,
            Fault::Index {
                found: 2,
                expected: 1,
            },
        ),
        (
            first.clone(),
            Fault::Index {
                found: 0,
                expected: 1,
            },
        ),
    ] {
        let bytes = segment_with(&header, &[first.clone(), second]);
        let image = Image::from([(file_name(0), bytes)]);
        assert_eq!(damage(verify(&image).unwrap_err()).fault, expected);
        let opened = open(&FakeDisk::holding(&image));
        assert!(matches!(opened, Err(AuditError::Damaged(found)) if found.fault == expected));
    }
}

#[test]
fn left_overs_of_a_recycled_segment_never_pass_as_frames() {
    let image = closed_with(9);
    let names: Vec<_> = image.keys().collect();
    // The second segment begins in a file that still holds the frames of the first.
    let mut recycled = image.clone();
    let mut bytes = image[names[1]][..512].to_vec();
    bytes.extend(&image[names[0]][512..]);
    recycled.retain(|name, _| name <= names[1]);
    recycled.insert(names[1].clone(), bytes);
    let disk = FakeDisk::holding(&recycled);
    let (journal, recovery) = open(&disk).unwrap();
    let begins_at = first_index_of(names[1]);
    assert_eq!(journal.size(), begins_at);
    assert!(recovery.bytes_dropped > 0);
    assert_eq!(append(&journal, entry(1)).unwrap().index, begins_at);
    journal.close().unwrap();
    assert_eq!(verify(&disk.image()).unwrap().entries, begins_at + 1);
}

fn first_index_of(name: &str) -> u64 {
    segment::first_index(name).unwrap()
}

#[test]
fn an_entry_that_quotes_a_frame_does_not_turn_a_torn_write_into_damage() {
    let header = first_header();
    let salt = header.encode().salt;
    let (quoted, _) = frame_of(1, b"quoted", salt, &header.previous);
    let (mut torn, _) = frame_of(0, &quoted, salt, &header.previous);
    torn.truncate(torn.len() - 3);
    let image = Image::from([(file_name(0), segment_with(&header, &[torn]))]);
    let (journal, recovery) = open(&FakeDisk::holding(&image)).unwrap();
    assert_eq!(journal.size(), 0);
    assert!(recovery.bytes_dropped > 0);
}

#[test]
fn an_entry_damaged_while_the_journal_is_open_is_not_handed_out() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    for number in 0..3 {
        append(&journal, entry(number)).unwrap();
    }
    let file = Disk::open(&disk, &file_name(0), disk::Access::Write).unwrap();
    file.write_at(b"?", 512 + 31).unwrap();
    assert!(matches!(journal.read(0), Err(AuditError::Damaged(found)) if found.offset == 512));
    assert_eq!(journal.read(1).unwrap(), entry(1));
    let read: Vec<_> = journal.scan(0).collect();
    assert!(matches!(read[..], [Err(AuditError::Damaged(_))]));
}
