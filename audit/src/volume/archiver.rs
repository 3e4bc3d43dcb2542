//! Making volumes: beside the requests, never on their path, one at a time, from what a checkpoint
//! covers. A volume is full when it reaches the next multiple of its size, or holds so many bytes;
//! one whose oldest entry is old enough is closed short. It always ends with a whole bundle.

use crate::digest::{Digest, leaf_hash, sha256};
use crate::journal::Journal;
use crate::note::{Checkpoint, NoteSigner, SignedCheckpoint};
use crate::publisher::PublishedLog;
use crate::tree::{Frontier, encode_bundle};
use crate::volume::VolumeSize;
use crate::volume::archive::{Archive, BUNDLE_ENTRIES};
use crate::volume::fault::VolumeError;
use crate::volume::manifest::Manifest;

/// Tells when an entry was written, in seconds since 1970.
pub type TimeOf<'t> = dyn Fn(&[u8]) -> Option<i64> + Send + Sync + 't;

/// Where the checkpoint comes from that covers a volume.
pub trait Covering {
    /// Entries that are covered.
    fn size(&self) -> u64;
    /// A checkpoint over at least `end` entries, and the path from the tree of `end` entries,
    /// which has this root, to it.
    ///
    /// # Errors
    /// It cannot be made.
    fn cover(
        &self,
        end: u64,
        root: Digest,
    ) -> Result<Option<(SignedCheckpoint, Vec<Digest>)>, VolumeError>;
}

impl Covering for PublishedLog {
    fn size(&self) -> u64 {
        Self::size(self)
    }

    fn cover(
        &self,
        end: u64,
        _: Digest,
    ) -> Result<Option<(SignedCheckpoint, Vec<Digest>)>, VolumeError> {
        let growth = self.consistency(end)?;
        Ok(growth.map(|growth| (growth.checkpoint.as_ref().clone(), growth.path)))
    }
}

/// Of a log that publishes nothing: it signs a checkpoint for each volume, over exactly its end.
#[derive(Debug)]
pub struct OwnCheckpoints<'a> {
    /// The log.
    pub journal: &'a Journal,
    /// Its key.
    pub signer: &'a NoteSigner,
}

impl Covering for OwnCheckpoints<'_> {
    fn size(&self) -> u64 {
        self.journal.size()
    }

    fn cover(
        &self,
        end: u64,
        root: Digest,
    ) -> Result<Option<(SignedCheckpoint, Vec<Digest>)>, VolumeError> {
        let checkpoint = Checkpoint {
            origin: self.journal.origin().to_owned(),
            size: end,
            root,
            extensions: Vec::new(),
        };
        let signature = self.signer.sign(&checkpoint.to_string(), 0);
        let signed = SignedCheckpoint::new(checkpoint, vec![signature]);
        let unsignable = || VolumeError::Unsignable {
            file: "checkpoint".to_owned(),
        };
        Ok(Some((signed.ok_or_else(unsignable)?, Vec::new())))
    }
}

/// See the module.
pub struct Archiver<'a> {
    /// The log.
    pub journal: &'a Journal,
    /// Where its volumes go.
    pub archive: &'a Archive,
    /// The log's key.
    pub signer: &'a NoteSigner,
    /// What covers the entries.
    pub covering: &'a dyn Covering,
    /// When entries were written.
    pub time_of: &'a TimeOf<'a>,
    /// How large volumes are.
    pub size: VolumeSize,
}

impl std::fmt::Debug for Archiver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archiver").finish_non_exhaustive()
    }
}

impl Archiver<'_> {
    /// Makes the next volume, if it is full or its oldest entry is from before `close_before`, and
    /// verifies what was written by reading it back. Blocks.
    ///
    /// # Errors
    /// The archive is damaged or the disk fails; an entry has no time; the journal begins behind
    /// the archive's end.
    pub fn next(&self, close_before: i64) -> Result<Option<Manifest>, VolumeError> {
        let before = match self.archive.manifests()?.pop() {
            None => Frontier::default(),
            Some(last) if last.origin == self.journal.origin() => last.after,
            Some(last) => {
                return Err(VolumeError::Origin {
                    file: last.file(),
                    origin: last.origin,
                });
            }
        };
        let (end, first) = (before.size(), self.journal.first());
        if end < first {
            return Err(VolumeError::Short { end, first });
        }
        let Some(draft) = self.draft(before, close_before)? else {
            return Ok(None);
        };
        self.write(draft).map(Some)
    }

    /// Gathers the entries of the next volume; `None` if it is not time for one.
    fn draft(&self, before: Frontier, close_before: i64) -> Result<Option<Draft>, VolumeError> {
        let begin = before.size();
        let step = self.size.entries.max(BUNDLE_ENTRIES);
        let limit = (begin / step).saturating_add(1).saturating_mul(step);
        let covered = self.covering.size().min(limit);
        let end = covered / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        let wanted = usize::try_from(end.saturating_sub(begin)).unwrap_or(usize::MAX);
        let mut draft = Draft::new(before);
        let mut is_full = end == limit;
        for next in self.journal.scan(begin).take(wanted) {
            let (index, entry) = next?;
            let at = (self.time_of)(&entry).ok_or(VolumeError::Undated { index })?;
            if index == begin && !is_full && at >= close_before && self.is_short(begin, end) {
                return Ok(None);
            }
            draft.take(index, &entry, at)?;
            let ends_bundle = draft.after.size().is_multiple_of(BUNDLE_ENTRIES);
            if ends_bundle && draft.bytes.len() as u64 >= self.size.bytes {
                is_full = true;
                break;
            }
        }
        let is_due = is_full || draft.from < close_before;
        Ok((draft.after.size() > begin && is_due).then_some(draft))
    }

    /// Whether so few entries cannot hold the bytes of a whole volume either.
    fn is_short(&self, begin: u64, end: u64) -> bool {
        let longest = u64::from(u16::MAX).saturating_add(2);
        end.saturating_sub(begin).saturating_mul(longest) < self.size.bytes
    }

    fn write(&self, draft: Draft) -> Result<Manifest, VolumeError> {
        let Draft {
            before,
            after,
            bytes,
            from,
            until,
        } = draft;
        let covered = self.covering.cover(after.size(), after.root())?;
        let (checkpoint, path) = covered.ok_or_else(|| VolumeError::Tree {
            file: "checkpoint".to_owned(),
        })?;
        let manifest = Manifest {
            origin: self.journal.origin().to_owned(),
            count: after.size().saturating_sub(before.size()),
            from,
            until,
            bytes: bytes.len() as u64,
            sha256: sha256(&[&bytes]),
            before,
            after,
            path,
            checkpoint,
        };
        let note = manifest.sign(self.signer)?;
        // The same journal gives the same bytes. What a crash left of this volume has no manifest
        // and is nobody's, so that it may be written anew.
        self.archive.put(&manifest.entries_file(), &bytes)?;
        self.archive.entries(&manifest)?;
        // A crash up to here leaves entries without a manifest; from here on there is a volume.
        self.archive
            .put(&manifest.file(), note.to_string().as_bytes())?;
        let read = self.archive.manifests()?.pop();
        if read.as_ref() != Some(&manifest) {
            return Err(VolumeError::Differs {
                file: manifest.file(),
            });
        }
        Ok(manifest)
    }
}

/// A volume before it is written.
struct Draft {
    before: Frontier,
    after: Frontier,
    bytes: Vec<u8>,
    from: i64,
    until: i64,
}

impl Draft {
    fn new(before: Frontier) -> Self {
        Self {
            after: before.clone(),
            before,
            bytes: Vec::new(),
            from: i64::MAX,
            until: i64::MIN,
        }
    }

    fn take(&mut self, index: u64, entry: &[u8], at: i64) -> Result<(), VolumeError> {
        if !encode_bundle(&mut self.bytes, entry) {
            return Err(VolumeError::Undated { index });
        }
        self.after.push(leaf_hash(entry));
        self.from = self.from.min(at);
        self.until = self.until.max(at);
        Ok(())
    }
}
