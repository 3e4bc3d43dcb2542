//! What is done to a valid input: bytes changed, left out, put in, repeated, taken from another
//! input, cut, and whole lines likewise. Several of them, one after the other.

use proptest::prelude::*;

/// Mutations of one input.
const MUTATIONS_MAX: usize = 6;
/// Bytes and numbers at which parsers decide.
const TELLING: [&[u8]; 14] = [
    b"\n",
    b"\n\n",
    b"\0",
    b"\r",
    b" ",
    b"+",
    b"/",
    "— ".as_bytes(),
    b"x000",
    b".p/",
    b"18446744073709551616",
    b"00",
    b"-1",
    b"\xff\xff\xff\xff",
];

#[derive(Debug, Clone)]
pub(super) enum Mutation {
    Flip {
        at: usize,
        bit: u8,
    },
    Set {
        at: usize,
        byte: u8,
    },
    Remove {
        at: usize,
        length: usize,
    },
    Insert {
        at: usize,
        telling: usize,
    },
    /// A stretch once more, so many times.
    Repeat {
        at: usize,
        length: usize,
        times: usize,
    },
    /// A stretch of another valid input in its place.
    Graft {
        at: usize,
        length: usize,
        of: usize,
    },
    Cut {
        at: usize,
    },
    SwapLines {
        one: usize,
        other: usize,
    },
    RemoveLine {
        line: usize,
    },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || any::<usize>();
    let length = || 0_usize..80;
    prop_oneof![
        (at(), 0_u8..8).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set { at, byte }),
        (at(), length()).prop_map(|(at, length)| Mutation::Remove { at, length }),
        (at(), at()).prop_map(|(at, telling)| Mutation::Insert { at, telling }),
        (at(), length(), 1_usize..70).prop_map(|(at, length, times)| Mutation::Repeat {
            at,
            length,
            times
        }),
        (at(), length(), at()).prop_map(|(at, length, of)| Mutation::Graft { at, length, of }),
        at().prop_map(|at| Mutation::Cut { at }),
        (at(), at()).prop_map(|(one, other)| Mutation::SwapLines { one, other }),
        at().prop_map(|line| Mutation::RemoveLine { line }),
    ]
}

/// Which valid input, and what is done to it; sometimes nothing.
pub(super) fn mutated() -> impl Strategy<Value = (usize, Vec<Mutation>)> {
    (
        any::<usize>(),
        prop::collection::vec(mutation(), 0..MUTATIONS_MAX),
    )
}

/// The input that comes of it.
pub(super) fn apply(valid: &[Vec<u8>], (which, mutations): &(usize, Vec<Mutation>)) -> Vec<u8> {
    let mut bytes = valid[which % valid.len()].clone();
    for mutation in mutations {
        bytes = mutation.applied(bytes, valid);
    }
    bytes
}

impl Mutation {
    fn applied(&self, mut bytes: Vec<u8>, valid: &[Vec<u8>]) -> Vec<u8> {
        let place = |at: usize, bytes: &[u8]| at % (bytes.len() + 1);
        let stretch = |at: usize, length: usize, bytes: &[u8]| {
            let from = at % (bytes.len() + 1);
            from..bytes.len().min(from + length)
        };
        match self {
            Self::Flip { at, bit } if !bytes.is_empty() => {
                let at = at % bytes.len();
                bytes[at] ^= 1 << bit;
            }
            Self::Set { at, byte } if !bytes.is_empty() => {
                let at = at % bytes.len();
                bytes[at] = *byte;
            }
            Self::Flip { .. } | Self::Set { .. } => {}
            Self::Remove { at, length } => drop(bytes.drain(stretch(*at, *length, &bytes))),
            Self::Insert { at, telling } => {
                let at = place(*at, &bytes);
                let put_in = TELLING[telling % TELLING.len()];
                bytes.splice(at..at, put_in.iter().copied());
            }
            Self::Repeat { at, length, times } => {
                let range = stretch(*at, *length, &bytes);
                let part = bytes[range.clone()].repeat(*times);
                bytes.splice(range.end..range.end, part);
            }
            Self::Graft { at, length, of } => {
                let other = &valid[of % valid.len()];
                let part = other[stretch(*at, *length, other)].to_vec();
                bytes.splice(stretch(*at, *length, &bytes), part);
            }
            Self::Cut { at } => bytes.truncate(place(*at, &bytes)),
            Self::SwapLines { one, other } => {
                return lines(&bytes, |lines| {
                    let count = lines.len();
                    lines.swap(one % count, other % count);
                });
            }
            Self::RemoveLine { line } => {
                return lines(&bytes, |lines| {
                    let at = line % lines.len();
                    lines.remove(at);
                });
            }
        }
        bytes
    }
}

fn lines(bytes: &[u8], change: impl FnOnce(&mut Vec<&[u8]>)) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if !lines.is_empty() {
        change(&mut lines);
    }
    lines.concat()
}
