//! Offline verification of a log's folder: every byte of every segment is accounted for, every
//! frame continues the one before, receipts are compared with what stands at their index, and what
//! was published of the log is held against its entries. It
//! needs neither the writer nor a lock, may run beside a live writer, and writes nothing.

mod begin;
mod demands;
mod fault;
pub(crate) mod folder;
mod keys;
mod list;
mod mirror;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;

use crate::digest::{Digest, leaf_hash};
use crate::error::{AuditError, Damage};
use crate::journal::{Base, Disk, JOURNAL_FOLDER, LOCK_NAME, LocalDisk, Tail, read_base, walk};
use crate::note::{NoteFault, NoteKey};
use crate::receipt::Receipt;
use begin::begin;
use tree::TreeCheck;

pub use demands::{Demands, Said, Says};
pub use fault::TreeFault;
pub use list::last_listed;
pub use mirror::{VerifiedMirror, verify_mirror};
pub use tree::VerifiedTree;

/// Progress is told once for so many frames.
const PROGRESS_EVERY_FRAMES: u64 = 1024;

/// A log that is exactly as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Name of the log.
    pub origin: String,
    /// Index of the first entry that is there; those before it lie in an archive.
    pub first: u64,
    /// Entries in it, with those that were removed.
    pub entries: u64,
    /// Frames that carry them.
    pub frames: u64,
    /// Segment files.
    pub segments: u64,
    /// Chain hash after the last frame.
    pub chain: Digest,
    /// The writer ended in good order; only then is a damaged last frame told from a crash.
    pub closed: bool,
    /// Bytes of a write in progress, which a live writer was just making; not part of the log.
    pub bytes_in_progress: u64,
}

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Segments that are verified.
    pub segments_done: u64,
    /// Segments in all.
    pub segments: u64,
    /// Entries seen so far.
    pub entries: u64,
}

/// Why a log, or a receipt, does not verify.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VerifyError {
    /// There is no log.
    #[error("there is no log in `{dir}`")]
    NoLog {
        /// The folder.
        dir: String,
    },
    /// The log is not as it was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// Something stands behind the last whole frame and no writer is at work: a crash cut a write
    /// short, which the next opening drops, or the last frame was altered.
    #[error("{damage}; {bytes} bytes were never finished or were altered")]
    UnfinishedTail {
        /// Where and what.
        damage: Damage,
        /// Bytes up to the last one that is not zero.
        bytes: u64,
    },
    /// A receipt of another log.
    #[error("the receipt is for the log `{receipt}`, this is `{log}`")]
    OtherLog {
        /// Name of the verified log.
        log: String,
        /// Name in the receipt.
        receipt: String,
    },
    /// The log ends before the entry of a receipt.
    #[error("the log ends at {entries} entries, the receipt is for entry {index}")]
    EntryMissing {
        /// Index in the receipt.
        index: u64,
        /// Entries in the log.
        entries: u64,
    },
    /// The entry of a receipt was removed to the archive, which alone can honour it.
    #[error("entry {index} was removed to the archive, the journal begins at entry {first}")]
    EntryRemoved {
        /// Index in the receipt.
        index: u64,
        /// The first entry that is there.
        first: u64,
    },
    /// The base, from which on entries are there, is not believed.
    #[error("the base of the journal is not believed: {0}")]
    Base(NoteFault),
    /// Entries are missing at the beginning, and no entry says that they were removed.
    #[error("no entry says that the entries before entry {first} were removed to the archive")]
    Unrecorded {
        /// The first entry that is there.
        first: u64,
    },
    /// The entry is not the one that the receipt was given for.
    #[error("entry {index} is not the one that the receipt was given for")]
    OtherEntry {
        /// Index in the receipt.
        index: u64,
    },
    /// What was published does not go together with the journal.
    #[error(transparent)]
    Tree(#[from] TreeFault),
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Unreadable(#[source] AuditError),
}

impl From<AuditError> for VerifyError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Damaged(damage) => Self::Damaged(damage),
            other => Self::Unreadable(other),
        }
    }
}

/// Verifies the log in `dir`.
///
/// # Errors
/// Names the file, offset and entry of the first damage.
pub fn verify_dir(dir: &Path, on_progress: impl FnMut(Progress)) -> Result<Verified, VerifyError> {
    visit_dir(dir, |_, _| {}, on_progress)
}

/// Verifies the log in `dir` and shows every entry of it. What is shown before an error is
/// returned was verified frame by frame.
///
/// # Errors
/// As [`verify_dir`].
pub fn visit_dir(
    dir: &Path,
    mut on_entry: impl FnMut(u64, &[u8]),
    mut on_progress: impl FnMut(Progress),
) -> Result<Verified, VerifyError> {
    let folder = dir.join(JOURNAL_FOLDER);
    if !folder.is_dir() {
        return Err(VerifyError::NoLog {
            dir: dir.display().to_string(),
        });
    }
    let disk = LocalDisk::new(folder);
    let found = verify_disk(&disk, &mut on_entry, &mut on_progress)?;
    let (verified, tail) = found.ok_or_else(|| VerifyError::NoLog {
        dir: dir.display().to_string(),
    })?;
    conclude(verified, tail, writer_is_active(dir))
}

/// A log whose journal and published part are exactly as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLog {
    /// The journal.
    pub journal: Verified,
    /// Where it begins, if its first segments were removed to an archive.
    pub base: Option<Base>,
    /// What was published; `None` if nothing was.
    pub tree: Option<VerifiedTree>,
}

/// Verifies the whole log in `dir`: the journal, that the entry of every receipt stands in it, and
/// that tiles, bundles, head, checkpoint and the list of checkpoints are what its entries say. With
/// `keys`, one of them must have signed every checkpoint. What entries say is not looked at, so
/// that no successor of a key is believed: [`verify_log_with`] does.
///
/// # Errors
/// As [`verify_dir`], the first receipt that the log does not honour, or the first published file
/// that is not as it must be.
pub fn verify_log(
    dir: &Path,
    receipts: &[Receipt],
    keys: &[NoteKey],
    on_progress: impl FnMut(Progress),
) -> Result<VerifiedLog, VerifyError> {
    let demands = Demands {
        receipts,
        keys,
        ..Demands::default()
    };
    verify_log_with(dir, &demands, on_progress)
}

/// Verifies the whole log in `dir` as [`verify_log`] does, by all that is demanded of it.
///
/// # Errors
/// As [`verify_log`]; or what is missing at the beginning was not removed by the log itself.
pub fn verify_log_with(
    dir: &Path,
    demands: &Demands<'_>,
    on_progress: impl FnMut(Progress),
) -> Result<VerifiedLog, VerifyError> {
    // What was published is read first: whatever a writer does meanwhile only adds.
    let mut tree = TreeCheck::begin(dir, demands.keys);
    let base = read_base(&LocalDisk::new(dir.join(JOURNAL_FOLDER)))?;
    if let (Some(base), Ok(tree)) = (&base, &mut tree) {
        tree.begin_at(base);
    }
    let begins = base.as_ref().map(Base::index);
    let mut wanted = Wanted::of(demands.receipts);
    let mut removed_by = None;
    let note = |index: u64, entry: &[u8]| {
        wanted.note(index, entry);
        let said = demands.says.and_then(|says| says(entry));
        if let Some(Said::Removed { end }) = said
            && begins == Some(end)
        {
            removed_by = Some(index);
        }
        if let Ok(tree) = &mut tree {
            if let Some(Said::Successor { statement }) = said {
                tree.introduced(index, statement);
            }
            tree.entry(entry);
        }
    };
    let journal = visit_dir(dir, note, on_progress)?;
    wanted.check(demands.receipts, &journal)?;
    let tree = tree?;
    if let Some(base) = &base {
        demands.check_base(base, &tree, removed_by)?;
    }
    let base_is_enough = !demands.is_published && base.as_ref().is_some_and(Base::is_signed);
    let tree = tree.finish(writer_is_active(dir), base_is_enough)?;
    Ok(VerifiedLog {
        journal,
        base,
        tree,
    })
}

/// Verifies the journal in `dir` and that the entry of every receipt stands in it.
///
/// # Errors
/// As [`verify_dir`], or the first receipt that the log does not honour.
pub fn verify_receipts(
    dir: &Path,
    receipts: &[Receipt],
    on_progress: impl FnMut(Progress),
) -> Result<Verified, VerifyError> {
    let mut wanted = Wanted::of(receipts);
    let verified = visit_dir(dir, |index, entry| wanted.note(index, entry), on_progress)?;
    wanted.check(receipts, &verified)?;
    Ok(verified)
}

/// The leaf hashes that stand at the indexes of receipts.
struct Wanted(BTreeMap<u64, Option<Digest>>);

impl Wanted {
    fn of(receipts: &[Receipt]) -> Self {
        Self(
            receipts
                .iter()
                .map(|receipt| (receipt.index, None))
                .collect(),
        )
    }

    fn note(&mut self, index: u64, entry: &[u8]) {
        if let Some(found) = self.0.get_mut(&index) {
            *found = Some(leaf_hash(entry));
        }
    }

    fn check(&self, receipts: &[Receipt], verified: &Verified) -> Result<(), VerifyError> {
        for Receipt {
            log,
            index,
            leaf_hash,
        } in receipts
        {
            if *log != verified.origin {
                let (log, receipt) = (verified.origin.clone(), log.clone());
                return Err(VerifyError::OtherLog { log, receipt });
            }
            match self.0.get(index).copied().flatten() {
                None if *index < verified.first => {
                    let (index, first) = (*index, verified.first);
                    return Err(VerifyError::EntryRemoved { index, first });
                }
                None => {
                    let entries = verified.entries;
                    return Err(VerifyError::EntryMissing {
                        index: *index,
                        entries,
                    });
                }
                Some(found) if found != *leaf_hash => {
                    return Err(VerifyError::OtherEntry { index: *index });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// Verifies the log in `dir` and that the entry of `receipt` stands in it.
///
/// # Errors
/// As [`verify_receipts`].
pub fn verify_receipt(dir: &Path, receipt: &Receipt) -> Result<Verified, VerifyError> {
    verify_receipts(dir, std::slice::from_ref(receipt), |_| {})
}

/// A tail that is not whole is a write in progress while a writer is at work, and a finding
/// otherwise.
pub(crate) fn conclude(
    mut verified: Verified,
    tail: Tail,
    writer_is_active: bool,
) -> Result<Verified, VerifyError> {
    if let Tail::Unfinished { damage, bytes } = tail {
        if !writer_is_active {
            return Err(VerifyError::UnfinishedTail { damage, bytes });
        }
        verified.bytes_in_progress = bytes;
    }
    Ok(verified)
}

/// Walks all segments; `None` if there is none.
pub(crate) fn verify_disk(
    disk: &dyn Disk,
    on_entry: &mut dyn FnMut(u64, &[u8]),
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Option<(Verified, Tail)>, VerifyError> {
    let Some((origin, mut cursor, firsts)) = begin(disk)? else {
        return Ok(None);
    };
    let first = cursor.index;
    let (mut frames, mut closed, mut tail) = (0, false, Tail::Zero);
    let total = firsts.len() as u64;
    for (segments_done, first) in (0..).zip(&firsts) {
        if let Tail::Unfinished { damage, .. } = tail {
            return Err(damage.into());
        }
        let mut seen = 0_u64;
        let walked = walk(disk, *first, &origin, cursor, &mut |_, frame| {
            for (index, entry) in (frame.head.first..).zip(frame.entries()) {
                on_entry(index, entry);
            }
            seen += 1;
            if seen.is_multiple_of(PROGRESS_EVERY_FRAMES) {
                let entries = frame.head.next();
                on_progress(Progress {
                    segments_done,
                    segments: total,
                    entries,
                });
            }
        })?;
        frames += walked.frames;
        (cursor, closed, tail) = (walked.next, walked.closed, walked.tail);
        let segments_done = segments_done + 1;
        on_progress(Progress {
            segments_done,
            segments: total,
            entries: cursor.index,
        });
    }
    let verified = Verified {
        origin,
        first,
        entries: cursor.index,
        frames,
        segments: total,
        chain: cursor.chain,
        closed: closed && tail == Tail::Zero,
        bytes_in_progress: 0,
    };
    Ok(Some((verified, tail)))
}

/// Whether somebody holds the writer's lock right now.
pub(crate) fn writer_is_active(dir: &Path) -> bool {
    let Ok(lock) = File::open(dir.join(LOCK_NAME)) else {
        return false;
    };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}
