//! Reading a log from outside, in part: the owner's files are never locked or written, the owner
//! may be at work. What is shown was verified frame by frame and continues without a gap.
//!
//! It refuses to show anything of a segment whose header does not fit, or behind a damaged frame.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::error::{AuditError, Damage, Fault};
use crate::journal::{
    Base, Cursor, JOURNAL_FOLDER, LocalDisk, Tail, file_name, find_entry, header, read_base,
    segments, walk,
};
use crate::verify::{VerifyError, writer_is_active};

/// A log seen from outside, as far as its segments were there when it was opened.
#[derive(Debug)]
pub struct LogReader {
    dir: PathBuf,
    disk: LocalDisk,
    origin: String,
    firsts: Vec<u64>,
    base: Option<Base>,
}

/// The part of a log that was read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Index of the first entry of the first segment that was read.
    pub begin: u64,
    /// Index behind the last entry that was read.
    pub end: u64,
    /// Chain hash before the first frame, as its segment's header says; before the first entry of
    /// a log this is its genesis and proves itself.
    pub chain_before: Digest,
    /// Chain hash after the last frame.
    pub chain: Digest,
    /// Frames that were read.
    pub frames: u64,
    /// Whether the log ends here.
    pub reaches_end: bool,
    /// Whether its writer has closed it here, in good order.
    pub is_closed: bool,
    /// Where and how the log ends unfinished: a write under way, one that a crash cut short, or an
    /// alteration of the last frame. No entry of it was shown.
    pub unfinished: Option<Damage>,
    /// Whether a writer is at work, for whom an unfinished end is nothing unusual.
    pub in_use: bool,
}

impl LogReader {
    /// Opens the log in `dir`.
    ///
    /// # Errors
    /// There is none, or its first header is damaged.
    pub fn open(dir: &Path) -> Result<Self, VerifyError> {
        let no_log = || VerifyError::NoLog {
            dir: dir.display().to_string(),
        };
        let folder = dir.join(JOURNAL_FOLDER);
        if !folder.is_dir() {
            return Err(no_log());
        }
        let disk = LocalDisk::new(folder);
        let base = read_base(&disk)?;
        let begin = base.as_ref().map_or(0, Base::index);
        let mut firsts = segments(&disk)?;
        // What a removal that was cut off left before the base is no part of the log.
        firsts.retain(|first| *first >= begin);
        let first = firsts.first().ok_or_else(no_log)?;
        let origin = match &base {
            Some(base) => base.origin.clone(),
            None => header(&disk, *first)?.0.origin,
        };
        Ok(Self {
            dir: dir.to_owned(),
            disk,
            origin,
            firsts,
            base,
        })
    }

    /// Name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Index of the first entry that is there; those before it lie in an archive.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.base.as_ref().map_or(0, Base::index)
    }

    /// Index of the first entry of every segment.
    #[must_use]
    pub fn segments(&self) -> &[u64] {
        &self.firsts
    }

    /// The entry at `index`, its frame checked; `None` if the log has no such entry.
    ///
    /// # Errors
    /// The segment is damaged before the end of that frame, or the disk fails.
    pub fn read(&self, index: u64) -> Result<Option<Vec<u8>>, VerifyError> {
        let behind = self.firsts.partition_point(|first| *first <= index);
        let Some(first) = behind.checked_sub(1).and_then(|at| self.firsts.get(at)) else {
            return Ok(None);
        };
        let salt = header(&self.disk, *first)?.1;
        Ok(find_entry(&self.disk, *first, salt, index)?)
    }

    /// Verifies the segments that hold `range` from their first frame to their last and shows
    /// every entry of them, also those around the range: they show that it is whole.
    ///
    /// # Errors
    /// Names the file, offset and entry of the first damage. What was shown before is sound.
    pub fn visit(
        &self,
        range: Range<u64>,
        mut on_entry: impl FnMut(u64, &[u8]),
    ) -> Result<Stretch, VerifyError> {
        let behind = self.firsts.partition_point(|first| *first <= range.start);
        let from = behind.saturating_sub(1);
        let upto = self.firsts.partition_point(|first| *first < range.end);
        let wanted = self
            .firsts
            .get(from..upto.max(from + 1))
            .unwrap_or_default();
        let in_use = writer_is_active(&self.dir);
        let mut stretch: Option<Stretch> = None;
        for first in wanted {
            let begin = match &stretch {
                Some(Stretch {
                    unfinished: Some(damage),
                    ..
                }) => {
                    return Err(damage.clone().into());
                }
                Some(read) => Cursor {
                    index: read.end,
                    chain: read.chain,
                },
                None => self.cursor_at(*first)?,
            };
            let walked = walk(&self.disk, *first, &self.origin, begin, &mut |_, frame| {
                for (index, entry) in (frame.head.first..).zip(frame.entries()) {
                    on_entry(index, entry);
                }
            })?;
            let read = stretch.get_or_insert(Stretch {
                begin: begin.index,
                end: begin.index,
                chain_before: begin.chain,
                chain: begin.chain,
                frames: 0,
                reaches_end: self.firsts.last() == wanted.last(),
                is_closed: false,
                unfinished: None,
                in_use,
            });
            (read.end, read.chain) = (walked.next.index, walked.next.chain);
            read.frames += walked.frames;
            read.is_closed = walked.closed && walked.tail == Tail::Zero;
            if let Tail::Unfinished { damage, .. } = walked.tail {
                read.unfinished = Some(damage);
            }
        }
        let stretch = stretch.ok_or_else(|| VerifyError::NoLog {
            dir: self.dir.display().to_string(),
        })?;
        match (&stretch.unfinished, self.firsts.get(from + wanted.len())) {
            // Only the last segment may end in an unfinished write.
            (Some(damage), Some(_)) => Err(damage.clone().into()),
            (_, Some(next)) => self.continues(&stretch, *next).map(|()| stretch),
            _ => Ok(stretch),
        }
    }

    /// The segment that follows what was read must say that it does.
    fn continues(&self, read: &Stretch, next: u64) -> Result<(), VerifyError> {
        let cursor = self.cursor_at(next)?;
        let fault = if next != read.end {
            let (found, expected) = (next, read.end);
            Fault::Index { found, expected }
        } else if cursor.chain != read.chain {
            Fault::Chain
        } else {
            return Ok(());
        };
        let damage = Damage {
            file: file_name(next),
            offset: 0,
            index: read.end,
            fault,
        };
        Err(damage.into())
    }

    /// Where the log stands before a segment: the genesis before the first entry or the base, and
    /// what the segment says of itself before any other.
    fn cursor_at(&self, first: u64) -> Result<Cursor, AuditError> {
        if self.firsts.first() == Some(&first) {
            let genesis = || Cursor::start(&self.origin);
            return Ok(self.base.as_ref().map_or_else(genesis, Base::cursor));
        }
        let (header, _) = header(&self.disk, first)?;
        Ok(Cursor {
            index: first,
            chain: header.previous,
        })
    }
}

#[cfg(test)]
mod tests;
