//! Which keys may have signed a log's checkpoints, and when it was whose turn: the keys that were
//! given, those that they continue, and those that continue them from the entry on that introduced
//! each. A key that was replaced counts for nothing that came after.
//!
//! Where the journal begins with a base, an introduction may lie before it. Whether it does is
//! known once all entries were met, so that turns are judged at the end.

use std::collections::BTreeMap;
use std::path::Path;

use crate::digest::Digest;
use crate::note::{NoteFault, NoteKey, SignatureKind, SignedCheckpoint, Succession};
use crate::publisher::{KEYS_NAME, LocalShelf, Successions, Unread};
use crate::verify::fault::TreeFault;
use crate::verify::writer_is_active;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The newest of the keys that were given.
    tips: Vec<NoteKey>,
    /// Those that continue them.
    later: Vec<NoteKey>,
    /// All that may have signed, with the predecessors of those that were given.
    family: Vec<NoteKey>,
    links: Vec<Link>,
    /// The first entry that is there.
    base: u64,
    /// By the signers: the smallest and the largest checkpoint behind the base that they signed.
    signed: BTreeMap<Vec<usize>, Span>,
}

/// A succession of the list.
#[derive(Debug)]
struct Link {
    statement: Digest,
    old: NoteKey,
    new: NoteKey,
    /// Its number in the list, from 1.
    number: usize,
    /// The first and the last entry that introduces it.
    met: Option<(u64, u64)>,
}

#[derive(Debug)]
struct Span {
    least: (u64, String),
    most: (u64, String),
}

impl Keys {
    /// The keys that follow from those given; without any, signatures are not looked at.
    pub(super) fn read(dir: &Path, given: &[NoteKey]) -> Result<Self, TreeFault> {
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
            return Ok(Self::default());
        }
        Ok(Self::of(&read.all, given))
    }

    fn of(all: &[Succession], given: &[NoteKey]) -> Self {
        // Each has signed that it continues its predecessor.
        let before = |key: &NoteKey| {
            let mut found: Vec<NoteKey> = Vec::new();
            for next in all.iter().rev() {
                let continues = |of: &NoteKey| of == next.new_key();
                if continues(key) || found.iter().any(continues) {
                    found.push(next.old().clone());
                }
            }
            found
        };
        let mut family: Vec<NoteKey> = given.iter().flat_map(&before).collect();
        let tips = given.iter().filter(|key| !family.contains(key));
        let tips: Vec<NoteKey> = tips.cloned().collect();
        family.extend(tips.iter().cloned());
        let mut later: Vec<NoteKey> = Vec::new();
        let mut links = Vec::new();
        let mut known = family.clone();
        for (next, number) in all.iter().zip(1..) {
            let (old, new) = (next.old(), next.new_key());
            if !known.contains(old) {
                continue;
            }
            if (tips.contains(old) || later.contains(old)) && !family.contains(new) {
                later.push(new.clone());
            }
            known.push(new.clone());
            links.push(Link {
                statement: next.digest(),
                old: old.clone(),
                new: new.clone(),
                number,
                met: None,
            });
        }
        family.extend(later.iter().cloned());
        Self {
            tips,
            later,
            family,
            links,
            ..Self::default()
        }
    }

    pub(super) const fn are_given(&self) -> bool {
        !self.tips.is_empty()
    }

    /// Every key that may have signed something in this log.
    pub(super) fn family(&self) -> &[NoteKey] {
        &self.family
    }

    /// The newest keys that were given and those that continue them.
    pub(super) fn current(&self) -> Vec<NoteKey> {
        [self.tips.as_slice(), &self.later].concat()
    }

    /// Successors that an entry introduced.
    pub(super) fn introduced(&self) -> u64 {
        self.links.iter().filter(|link| link.met.is_some()).count() as u64
    }

    /// Takes in that this entry introduces the successor of a statement.
    pub(super) fn introduced_by(&mut self, index: u64, statement: Digest) {
        for link in &mut self.links {
            if link.statement == statement {
                let (first, _) = link.met.unwrap_or((index, index));
                link.met = Some((first, index));
            }
        }
    }

    /// The entries before this one are not there.
    pub(super) const fn begin_at(&mut self, base: u64) {
        self.base = base;
    }

    /// One of the keys must have signed; whether it was its turn is said at the end.
    pub(super) fn verify(&mut self, place: &str, read: &SignedCheckpoint) -> Result<(), TreeFault> {
        if !self.are_given() {
            return Ok(());
        }
        let note = |fault| TreeFault::Note {
            place: place.to_owned(),
            fault,
        };
        let signers = self.signers(read).map_err(note)?;
        let size = read.checkpoint.size;
        // The tree of a later checkpoint, of which the base is a part, holds what came before it.
        if size > self.base {
            let here = || (size, place.to_owned());
            let span = self.signed.entry(signers).or_insert_with(|| Span {
                least: here(),
                most: here(),
            });
            if size < span.least.0 {
                span.least = here();
            }
            if size > span.most.0 {
                span.most = here();
            }
        }
        Ok(())
    }

    fn signers(&self, read: &SignedCheckpoint) -> Result<Vec<usize>, NoteFault> {
        let signers = read.note.signed_by(&self.family)?;
        let is_own = |key: &NoteKey| {
            key.kind() == SignatureKind::Plain && key.name() == read.checkpoint.origin
        };
        let own = self.family.iter().enumerate();
        let own = own.filter(|(_, key)| is_own(key) && signers.contains(key));
        let own: Vec<usize> = own.map(|(at, _)| at).collect();
        if own.is_empty() {
            return Err(NoteFault::Origin);
        }
        Ok(own)
    }

    /// No successor came without its entry, every checkpoint was signed by a key whose turn it was,
    /// and the published one by the newest key that was given or one that continues it.
    pub(super) fn finish(&self, published: Option<&SignedCheckpoint>) -> Result<(), TreeFault> {
        let unmet = self.links.iter().find(|link| link.met.is_none());
        if let Some(link) = unmet.filter(|_| self.base == 0) {
            let place = place(link.number);
            return Err(TreeFault::Unintroduced { place });
        }
        for (signers, span) in &self.signed {
            let turns: Vec<_> = signers.iter().filter_map(|at| self.turn(*at)).collect();
            for (size, place) in [&span.least, &span.most] {
                if !turns
                    .iter()
                    .any(|(from, until)| from < size && size <= until)
                {
                    let place = place.clone();
                    return Err(TreeFault::OutOfTurn { place });
                }
            }
        }
        let current = self.current();
        match published.filter(|_| self.are_given()) {
            Some(read) if read.verify(&current).is_err() => Err(TreeFault::OutOfTurn {
                place: "the published checkpoint".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The sizes of checkpoints that a key alone may sign: above the first, up to the second.
    fn turn(&self, at: usize) -> Option<(u64, u64)> {
        let key = self.family.get(at)?;
        let within =
            |link: &&Link| self.family.contains(&link.old) && self.family.contains(&link.new);
        let links = || self.links.iter().filter(within);
        let begins = links().filter(|link| link.new == *key);
        let begins = begins.map(|link| link.met.map_or(self.base, |(first, _)| first));
        let ends = links().filter(|link| link.old == *key);
        let ends = ends.map(|link| link.met.map_or(self.base, |(_, last)| last));
        let from = if self.tips.contains(key) {
            None
        } else {
            begins.min()
        };
        Some((from.unwrap_or(0), ends.min().unwrap_or(u64::MAX)))
    }
}

fn place(number: usize) -> String {
    format!("record {number} of `{KEYS_NAME}`")
}
