//! The head guard and what was published: the head is on disk before anybody sees the checkpoint,
//! every published checkpoint is in a list that only grows, and no size gets a second root.

use crate::note::{NOTE_BYTES_MAX, NoteKey, SignedCheckpoint};
use crate::publisher::fault::PublishError;
use crate::publisher::records::last_record;
use crate::publisher::shelf::Shelf;

/// The checkpoint that is about to be published, or was published last.
pub const HEAD_NAME: &str = "head";
/// The published checkpoint.
pub const CHECKPOINT_NAME: &str = "checkpoint";
/// Every checkpoint that was ever published.
pub const CHECKPOINTS_NAME: &str = "proofs/checkpoints.log";
/// Enough of the list's end to hold its last record and an unfinished one.
const TAIL_BYTES: u64 = 2 * NOTE_BYTES_MAX as u64 + 2;

/// What was signed and published so far.
#[derive(Debug)]
pub(crate) struct Heads {
    head: Option<SignedCheckpoint>,
    published: Option<SignedCheckpoint>,
    /// Length of the list up to the end of its last whole record.
    list_end: u64,
    /// The last whole record.
    listed: Option<SignedCheckpoint>,
}

impl Heads {
    /// Reads and verifies what is on disk; whether the three files go together is for
    /// [`Heads::check`].
    pub(crate) fn read(shelf: &dyn Shelf, key: &NoteKey) -> Result<Self, PublishError> {
        let read = |file: &'static str| {
            let bytes = shelf.read(file, NOTE_BYTES_MAX);
            let bytes = bytes.map_err(|e| PublishError::disk("read", file, e))?;
            bytes.map(|bytes| believed(file, &bytes, key)).transpose()
        };
        let (head, published) = (read(HEAD_NAME)?, read(CHECKPOINT_NAME)?);
        let tail = shelf.tail(CHECKPOINTS_NAME, TAIL_BYTES);
        let tail = tail.map_err(|e| PublishError::disk("read", CHECKPOINTS_NAME, e))?;
        let (begin, tail) = tail.unwrap_or_default();
        let due = head.as_ref().map(record_of).unwrap_or_default();
        let due = due.as_bytes();
        let cut_off = |part: &[u8]| part != due && could_become(part, due);
        let record = last_record(&tail);
        // An append that was cut off may have left the shape of a record.
        let record = match record {
            Some(last) if tail.get(last.begin..last.end).is_some_and(cut_off) => {
                last_record(tail.get(..last.begin).unwrap_or_default())
            }
            other => other,
        };
        let end = record.map_or(0, |record| record.end);
        let unfinished = tail.get(end..).unwrap_or_default();
        if !could_become(unfinished, due) || (record.is_none() && begin > 0) {
            return Err(PublishError::Torn {
                file: CHECKPOINTS_NAME,
                with: HEAD_NAME,
            });
        }
        let listed = record.map(|record| believed(CHECKPOINTS_NAME, record.note, key));
        Ok(Self {
            head,
            published,
            list_end: begin.saturating_add(end as u64),
            listed: listed.transpose()?,
        })
    }

    pub(crate) fn head_size(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.checkpoint.size)
    }

    pub(crate) fn published_size(&self) -> u64 {
        let published = self.published.as_ref();
        published.map_or(0, |published| published.checkpoint.size)
    }

    pub(crate) const fn head(&self) -> Option<&SignedCheckpoint> {
        self.head.as_ref()
    }

    pub(crate) const fn published(&self) -> Option<&SignedCheckpoint> {
        self.published.as_ref()
    }

    /// Length of the list.
    pub(crate) const fn list_bytes(&self) -> u64 {
        self.list_end
    }

    /// The head, if it was kept and not shown yet.
    pub(crate) fn unpublished(&self) -> Option<SignedCheckpoint> {
        let is_ahead = self.head_size() > self.published_size();
        self.head.clone().filter(|_| is_ahead)
    }

    /// Whether the three files are ones that a run, cut off anywhere, leaves behind.
    pub(crate) fn check(&self) -> Result<(), PublishError> {
        let torn = |file, with| Err(PublishError::Torn { file, with });
        let Self {
            head,
            published,
            listed,
            ..
        } = self;
        if self.published_size() > self.head_size() {
            return torn(HEAD_NAME, CHECKPOINT_NAME);
        }
        let same_size = head.is_some() && self.published_size() == self.head_size();
        // The head may have got further cosignatures that were not shown yet.
        let extends = head
            .as_ref()
            .zip(published.as_ref())
            .is_some_and(|(head, published)| head.extends(published));
        if same_size && !extends {
            return torn(HEAD_NAME, CHECKPOINT_NAME);
        }
        // The list is written before the checkpoint: it ends with it, or with the head already.
        let may_be_ahead = listed == head;
        if listed != published && !may_be_ahead {
            return torn(CHECKPOINTS_NAME, CHECKPOINT_NAME);
        }
        Ok(())
    }

    /// Makes a signed checkpoint the head. After this it survives a crash and may be shown.
    ///
    /// # Errors
    /// A larger one, or another one of this size, was signed before.
    pub(crate) fn keep(
        &mut self,
        shelf: &dyn Shelf,
        head: &SignedCheckpoint,
    ) -> Result<(), PublishError> {
        let size = head.checkpoint.size;
        if let Some(before) = &self.head {
            let signed = before.checkpoint.size;
            if signed > size {
                return Err(PublishError::Shrunk {
                    file: HEAD_NAME,
                    signed,
                    entries: size,
                });
            }
            if signed == size && before.checkpoint.root != head.checkpoint.root {
                return Err(PublishError::Forked {
                    file: HEAD_NAME,
                    size,
                });
            }
        }
        put(shelf, HEAD_NAME, head)?;
        self.head = Some(head.clone());
        Ok(())
    }

    /// Puts the head on the list and in the place where readers look.
    pub(crate) fn publish(
        &mut self,
        shelf: &dyn Shelf,
        head: &SignedCheckpoint,
    ) -> Result<(), PublishError> {
        if self.listed.as_ref() != Some(head) {
            let record = record_of(head);
            let appended = shelf.append(CHECKPOINTS_NAME, self.list_end, record.as_bytes());
            appended.map_err(|e| PublishError::disk("append to", CHECKPOINTS_NAME, e))?;
            self.list_end = self.list_end.saturating_add(record.len() as u64);
            self.listed = Some(head.clone());
        }
        put(shelf, CHECKPOINT_NAME, head)?;
        self.published = Some(head.clone());
        Ok(())
    }
}

/// A record of the list: the note and an empty line.
fn record_of(checkpoint: &SignedCheckpoint) -> String {
    format!("{}\n", checkpoint.note)
}

/// Whether an append of `whole` that was cut off may have left `bytes`: its beginning, with zeros
/// where blocks were given to the file and not written.
fn could_become(bytes: &[u8], whole: &[u8]) -> bool {
    let pairs = bytes.iter().zip(whole);
    bytes.len() <= whole.len() && pairs.clone().all(|(left, due)| left == due || *left == 0)
}

fn believed(
    file: &'static str,
    bytes: &[u8],
    key: &NoteKey,
) -> Result<SignedCheckpoint, PublishError> {
    let read = SignedCheckpoint::parse(bytes).and_then(|read| {
        read.verify(std::slice::from_ref(key))?;
        Ok(read)
    });
    read.map_err(|fault| PublishError::Note { file, fault })
}

fn put(shelf: &dyn Shelf, name: &str, checkpoint: &SignedCheckpoint) -> Result<(), PublishError> {
    let note = checkpoint.note.to_string();
    shelf
        .put(name, note.as_bytes(), false)
        .map_err(|e| PublishError::disk("write", name, e))?;
    shelf.sync_folders().map_err(PublishError::folders)
}
