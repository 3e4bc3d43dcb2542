//! Which keys may have signed a log's checkpoints: those that were given, their predecessors, and
//! their successors from the entry on that introduced them.

use std::path::Path;

use crate::note::{NoteFault, NoteKey, SignedCheckpoint};
use crate::publisher::{KEYS_NAME, LocalShelf, Successions, Unread};
use crate::verify::tree::TreeFault;
use crate::verify::writer_is_active;

/// See the module.
#[derive(Debug)]
pub(super) struct Keys {
    /// Believed up to the entry that was taken in last.
    believed: Vec<NoteKey>,
    /// Successors whose entry was not met yet.
    waiting: Vec<Waiting>,
    introduced: u64,
}

#[derive(Debug)]
struct Waiting {
    /// What the entry must hold: the statement's digest in hex.
    digest: String,
    key: NoteKey,
    /// Its number in the list, from 1.
    number: usize,
}

impl Keys {
    /// The keys that follow from those given; without any, signatures are not looked at.
    pub(super) fn read(dir: &Path, given: &[NoteKey]) -> Result<Self, TreeFault> {
        let mut keys = Self {
            believed: given.to_vec(),
            waiting: Vec::new(),
            introduced: 0,
        };
        let read = Successions::read(&LocalShelf::new(dir.to_owned()));
        let read = read.map_err(|unread| match unread {
            Unread::Disk(error) => TreeFault::unreadable(KEYS_NAME, &error),
            Unread::Record(number, fault) => TreeFault::Note {
                place: place(number),
                fault,
            },
        })?;
        if read.is_unfinished && !writer_is_active(dir) {
            return Err(TreeFault::Unfinished { file: KEYS_NAME });
        }
        if given.is_empty() {
            return Ok(keys);
        }
        // Each has signed that it continues its predecessor.
        for succession in read.all.iter().rev() {
            let (old, new) = (succession.old(), succession.new_key());
            if keys.believed.contains(new) && !keys.believed.contains(old) {
                keys.believed.push(old.clone());
            }
        }
        let mut known = keys.believed.clone();
        for (succession, number) in read.all.iter().zip(1..) {
            if known.contains(succession.old()) {
                known.push(succession.new_key().clone());
                keys.waiting.push(Waiting {
                    digest: succession.digest().to_string(),
                    key: succession.new_key().clone(),
                    number,
                });
            }
        }
        Ok(keys)
    }

    pub(super) const fn are_given(&self) -> bool {
        !self.believed.is_empty()
    }

    pub(super) const fn introduced(&self) -> u64 {
        self.introduced
    }

    /// Takes in an entry, which may introduce a successor.
    pub(super) fn entry(&mut self, entry: &[u8]) {
        while let Some(at) = self.waiting.iter().position(|next| next.is_in(entry)) {
            let Waiting { key, .. } = self.waiting.remove(at);
            self.introduced = self.introduced.saturating_add(1);
            self.believed.push(key);
        }
    }

    /// The entries of some successors may have left for the archive: what both keys have signed must
    /// be enough then.
    pub(super) fn entries_were_removed(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.believed
            .extend(waiting.into_iter().map(|next| next.key));
    }

    /// Whether one of the keys has signed.
    pub(super) fn verify(&self, read: &SignedCheckpoint) -> Result<(), NoteFault> {
        if self.are_given() {
            read.verify(&self.believed)
        } else {
            Ok(())
        }
    }

    /// No successor came without its entry.
    pub(super) fn finish(&self) -> Result<(), TreeFault> {
        match self.waiting.first() {
            None => Ok(()),
            Some(waiting) => Err(TreeFault::Unintroduced {
                place: place(waiting.number),
            }),
        }
    }
}

impl Waiting {
    fn is_in(&self, entry: &[u8]) -> bool {
        let digest = self.digest.as_bytes();
        entry.windows(digest.len()).any(|part| part == digest)
    }
}

fn place(number: usize) -> String {
    format!("record {number} of `{KEYS_NAME}`")
}
