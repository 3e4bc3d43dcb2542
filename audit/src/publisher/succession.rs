//! The successor of the signing key: its statement is kept beside the list of checkpoints, and from
//! then on every checkpoint carries both signatures, so that whoever holds either key believes it.

use std::io;
use std::path::Path;

use crate::note::{NoteFault, NoteKey, NoteSigner, Succession};
use crate::publisher::Publisher;
use crate::publisher::fault::PublishError;
use crate::publisher::records::{Record, read_record};
use crate::publisher::shelf::{LocalShelf, Shelf};

/// Every statement that introduced a successor, with the format of the list of checkpoints.
pub const KEYS_NAME: &str = "proofs/keys.log";
/// Most successors that one log may have had.
pub const SUCCESSIONS_MAX: usize = 64;
/// Longest list: two keys and two signatures of names as long as names can be.
const KEYS_BYTES_MAX: usize = SUCCESSIONS_MAX * 4096;

/// The statements of a log, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Successions {
    pub(crate) all: Vec<Succession>,
    /// Where the last whole record ends.
    end: u64,
    /// Something stands behind it: an append was cut off.
    pub(crate) is_unfinished: bool,
}

/// Why a list of successions is not read.
#[derive(Debug)]
pub(crate) enum Unread {
    Disk(io::Error),
    /// The number of the record, from 1, and what is wrong with it.
    Record(usize, NoteFault),
}

impl Successions {
    pub(crate) fn read(shelf: &dyn Shelf) -> Result<Self, Unread> {
        let bytes = shelf
            .read(KEYS_NAME, KEYS_BYTES_MAX)
            .map_err(Unread::Disk)?;
        let bytes = bytes.unwrap_or_default();
        if bytes.len() > KEYS_BYTES_MAX {
            return Err(Unread::Record(SUCCESSIONS_MAX, NoteFault::Form));
        }
        let mut read = Self::default();
        let mut list = bytes.as_slice();
        loop {
            match read_record(&mut list).map_err(Unread::Disk)? {
                Record::End => return Ok(read),
                Record::Unfinished => {
                    read.is_unfinished = true;
                    return Ok(read);
                }
                Record::Whole(note) => {
                    if list.is_empty() && note.contains(&0) {
                        // Blocks that were given to the file and not written.
                        read.is_unfinished = true;
                        return Ok(read);
                    }
                    let number = read.all.len().saturating_add(1);
                    let succession = Succession::parse(&note);
                    let succession = succession.map_err(|fault| Unread::Record(number, fault))?;
                    read.all.push(succession);
                    read.end = bytes.len().saturating_sub(list.len()) as u64;
                }
            }
        }
    }
}

impl From<Unread> for PublishError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Disk(error) => Self::disk("read", KEYS_NAME, error),
            Unread::Record(_, fault) => Self::Note {
                file: KEYS_NAME,
                fault,
            },
        }
    }
}

/// The statements that stand beside the log in `dir`, oldest first. Blocks.
///
/// # Errors
/// The list cannot be read, or a statement in it is not believed.
pub fn successions(dir: &Path) -> Result<Vec<Succession>, PublishError> {
    let shelf = LocalShelf::new(dir.to_owned());
    Ok(Successions::read(&shelf)?.all)
}

/// The key of the log in `dir` and those that it continues, of which each has signed that it does.
/// Blocks.
///
/// # Errors
/// As [`successions`].
pub fn own_keys(dir: &Path, key: &NoteKey) -> Result<Vec<NoteKey>, PublishError> {
    keys_on(&LocalShelf::new(dir.to_owned()), key)
}

pub(crate) fn keys_on(shelf: &dyn Shelf, key: &NoteKey) -> Result<Vec<NoteKey>, PublishError> {
    let mut keys = vec![key.clone()];
    for next in Successions::read(shelf)?.all.iter().rev() {
        if keys.contains(next.new_key()) && !keys.contains(next.old()) {
            keys.push(next.old().clone());
        }
    }
    Ok(keys)
}

impl Publisher {
    /// Signs with the successor as well from the next checkpoint on. The entry that introduces it
    /// must be on record before, unless the statement stands in the list already. Blocks.
    ///
    /// # Errors
    /// The statement is not about this log's key and this successor, or the disk fails.
    pub fn succeed(
        &mut self,
        succession: &Succession,
        successor: NoteSigner,
    ) -> Result<(), PublishError> {
        let is_ours = succession.old() == self.signer.key();
        if !is_ours || succession.new_key() != successor.key() {
            return Err(PublishError::Succession);
        }
        let there = Successions::read(self.shelf.as_ref())?;
        if !there.all.contains(succession) {
            if there.all.len() >= SUCCESSIONS_MAX {
                return Err(PublishError::Succession);
            }
            let record = format!("{}\n", succession.note());
            let appended = self.shelf.append(KEYS_NAME, there.end, record.as_bytes());
            appended.map_err(|e| PublishError::disk("append to", KEYS_NAME, e))?;
        }
        self.successor = Some(successor);
        Ok(())
    }
}
