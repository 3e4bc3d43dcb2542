//! The test vector of `docs/audit-log.md` is what this code writes, to the byte.

use super::*;
use crate::error::Fault;
use segment::{Header, file_name};

const DOCUMENT: &str = include_str!("../../../../docs/audit-log.md");
const VECTOR_ORIGIN: &str = "vector.tianshu.test";
const SEGMENT: usize = 1024;

/// The one segment of a log with the entries `one` and `two` in one frame, an empty entry in the
/// next, and a closing frame; also the chain hash after each.
fn written() -> (Vec<u8>, Vec<Digest>) {
    let previous = Cursor::start(VECTOR_ORIGIN).chain;
    let origin = VECTOR_ORIGIN.to_owned();
    let header = Header {
        origin,
        segment_bytes: SEGMENT as u64,
        first: 0,
        previous,
    }
    .encode();
    let mut bytes = header.bytes;
    let mut chains = vec![previous];
    let mut add = |(frame, chain): (Vec<u8>, Digest)| {
        bytes.extend(frame);
        chains.push(chain);
        chain
    };
    let mut both = frame::Bundle::default();
    assert!(both.push(b"one") && both.push(b"two"));
    let chain = add(both.seal(0, header.salt, &previous));
    let mut empty = frame::Bundle::default();
    assert!(empty.push(b""));
    let chain = add(empty.seal(2, header.salt, &chain));
    add(frame::closing(3, header.salt, &chain));
    bytes.resize(SEGMENT, 0);
    (bytes, chains)
}

/// The document's lines of an offset and hex digits; what has no line is zero.
fn documented() -> Vec<u8> {
    let block = DOCUMENT
        .split("```vector\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let mut bytes = vec![0; SEGMENT];
    for line in block.lines() {
        let (offset, hex) = line.split_once(' ').unwrap();
        let offset: usize = offset.parse().unwrap();
        let part = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        bytes[offset..offset + part.len()].copy_from_slice(&part);
    }
    bytes
}

fn as_lines(bytes: &[u8]) -> String {
    let chunks = bytes
        .chunks(32)
        .enumerate()
        .filter(|(_, chunk)| chunk.iter().any(|b| *b != 0));
    chunks
        .map(|(at, chunk)| format!("{} {}\n", at * 32, data_encoding::HEXLOWER.encode(chunk)))
        .collect()
}

#[test]
fn the_document_shows_the_bytes_that_the_code_writes() {
    let (bytes, chains) = written();
    assert!(
        documented() == bytes,
        "the vector should be:\n{}",
        as_lines(&bytes)
    );
    for hash in chains
        .into_iter()
        .chain([b"one".as_slice(), b"two", b""].map(leaf_hash))
    {
        assert!(
            DOCUMENT.contains(&hash.to_string()),
            "{hash} is not in the document"
        );
    }
}

#[test]
fn the_document_shows_the_root_of_the_tree() {
    let mut edge = crate::tree::RightEdge::default();
    for entry in [b"one".as_slice(), b"two", b""] {
        edge.push(leaf_hash(entry));
    }
    let root = edge.root();
    for shown in [root.to_string(), root.to_base64()] {
        assert!(DOCUMENT.contains(&shown), "{shown} is not in the document");
    }
}

#[test]
fn the_documented_bytes_are_a_log() {
    let image = Image::from([(file_name(0), documented())]);
    let verified = verify(&image).unwrap();
    assert_eq!(
        (verified.entries, verified.frames, verified.closed),
        (3, 3, true)
    );
    let config = JournalConfig {
        origin: VECTOR_ORIGIN.to_owned(),
        ..small()
    };
    let disk = FakeDisk::holding(&image);
    let (journal, recovery) = Journal::open_on(Arc::new(disk), &config, None).unwrap();
    assert!(!recovery.tail_copied);
    assert_eq!(entries(&journal), [b"one".as_slice(), b"two", b""]);
}

#[test]
fn the_document_names_every_fault() {
    let faults = [
        Fault::Header,
        Fault::Version(2),
        Fault::Length {
            found: 1,
            declared: 2,
        },
        Fault::Index {
            found: 1,
            expected: 2,
        },
        Fault::Origin("x".to_owned()),
        Fault::Chain,
        Fault::FrameHead,
        Fault::FrameBody,
        Fault::FrameLength,
        Fault::Entries,
        Fault::Padding,
    ];
    for fault in faults {
        // Up to the first figure or name, which differ from case to case.
        let message = fault.to_string();
        let fixed = message
            .split(|c: char| c.is_ascii_digit() || c == '`')
            .next()
            .unwrap();
        assert!(
            DOCUMENT.contains(fixed.trim_end()),
            "`{fixed}` is not in the document"
        );
    }
}
