//! How many parts a message has, counted without decoding it. It reads no value and refuses what it
//! cannot walk through.

use catalog::RULE_WORDS_MAX;

use crate::limits::{
    CLASSES_PER_ASK_MAX, COUNTS_PER_VERDICT_MAX, NODES_PER_ANSWER_MAX, NOTES_PER_CLASS_MAX,
    RECORDS_PER_CLASS_MAX, VALUES_PER_RECORD_MAX, YARDSTICKS_MAX,
};
use crate::v1;

mod asked;

/// Fields of a message that repeats none of them, with room for those of newer contracts.
const FIELDS_MAX: usize = 32;
/// Fields of one class: notes and verdicts are repeated.
const CLASS_FIELDS_MAX: usize = FIELDS_MAX + NOTES_PER_CLASS_MAX + 2 * YARDSTICKS_MAX;
/// What prost marks a field with.
const VARINT_BYTES_MAX: usize = 10;

/// Why a message is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has more parts than the contract allows.
    #[error("a message of too many parts")]
    TooMany,
    /// It cannot be walked through.
    #[error("the message cannot be read")]
    Unreadable,
}

/// A message whose parts can be counted before it is decoded.
pub trait Bounded {
    /// Whether it has no more parts than the contract allows.
    ///
    /// # Errors
    /// It has more, or cannot be walked through.
    fn check(bytes: &[u8]) -> Result<(), Unfit>;
}

impl Bounded for v1::AgentFrame {
    fn check(bytes: &[u8]) -> Result<(), Unfit> {
        let reply = |field, part: &[u8]| match field {
            2 => classes(1, part),
            _ => Ok(()),
        };
        each(bytes, FIELDS_MAX, |field, part| match field {
            // Of the introduction, the classes and how much of each is mapped.
            1 => each(part, FIELDS_MAX + 2 * CLASSES_PER_ASK_MAX, any),
            2 => each(part, FIELDS_MAX, reply),
            4 => each(part, RULE_WORDS_MAX, any),
            _ => Ok(()),
        })
    }
}

impl Bounded for v1::Answer {
    fn check(bytes: &[u8]) -> Result<(), Unfit> {
        each(
            bytes,
            FIELDS_MAX + NODES_PER_ANSWER_MAX,
            |field, part| match field {
                2 => classes(3, part),
                _ => Ok(()),
            },
        )
    }
}

impl Bounded for v1::LineAnswer {
    fn check(bytes: &[u8]) -> Result<(), Unfit> {
        each(bytes, FIELDS_MAX, |field, part| match field {
            2 => v1::Answer::check(part),
            _ => Ok(()),
        })
    }
}

/// Whether a payload of records has more of them than a reply may.
///
/// # Errors
/// It has, or cannot be walked through.
pub fn records(payload: &[u8]) -> Result<(), Unfit> {
    each(payload, RECORDS_PER_CLASS_MAX, any)
}

/// Whether one record of such a payload has more values than it may.
///
/// # Errors
/// It has, or cannot be walked through.
pub fn values(payload: &[u8]) -> Result<(), Unfit> {
    each(payload, RECORDS_PER_CLASS_MAX, |_, record| {
        each(record, VALUES_PER_RECORD_MAX, any)
    })
}

/// A message with classes in this field.
fn classes(of: u32, bytes: &[u8]) -> Result<(), Unfit> {
    each(bytes, FIELDS_MAX + CLASSES_PER_ASK_MAX, |field, part| {
        if field == of { class(part) } else { Ok(()) }
    })
}

fn class(bytes: &[u8]) -> Result<(), Unfit> {
    let verdict = |field, part: &[u8]| match field {
        3 => each(part, COUNTS_PER_VERDICT_MAX, any),
        _ => Ok(()),
    };
    each(bytes, CLASS_FIELDS_MAX, |field, part| match field {
        9 => each(part, FIELDS_MAX, verdict),
        _ => Ok(()),
    })
}

fn any(_: u32, _: &[u8]) -> Result<(), Unfit> {
    Ok(())
}

/// Whether a message has at most so many fields and each is as it should be. What is no text, bytes
/// or message is shown as empty.
fn each(
    mut bytes: &[u8],
    most: usize,
    check: impl Fn(u32, &[u8]) -> Result<(), Unfit>,
) -> Result<(), Unfit> {
    for _ in 0..most {
        if bytes.is_empty() {
            return Ok(());
        }
        let (field, part, rest) = first(bytes).ok_or(Unfit::Unreadable)?;
        check(field, part)?;
        bytes = rest;
    }
    if bytes.is_empty() {
        Ok(())
    } else {
        Err(Unfit::TooMany)
    }
}

/// The first field: its number, what it holds, and what follows.
fn first(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (key, rest) = varint(bytes)?;
    let field = u32::try_from(key >> 3).ok()?;
    let nothing: &[u8] = &[];
    match key & 7 {
        0 => Some((field, nothing, varint(rest)?.1)),
        1 => Some((field, nothing, rest.get(8..)?)),
        2 => {
            let (length, rest) = varint(rest)?;
            let (part, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some((field, part, rest))
        }
        5 => Some((field, nothing, rest.get(4..)?)),
        // Groups, which the contract does not have.
        _ => None,
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (nth, byte) in bytes.iter().take(VARINT_BYTES_MAX).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(u32::try_from(7 * nth).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(nth + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests;
