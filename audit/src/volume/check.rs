//! Offline verification of an archive: every byte of every volume, that none is missing, exchanged
//! or renamed, and, with a checkpoint or the log at hand, that it is the archive of that log.

use std::path::Path;

use crate::digest::{Digest, leaf_hash};
use crate::note::{NoteKey, SignedCheckpoint};
use crate::publisher::{LocalShelf, Shelf as _};
use crate::search::LogReader;
use crate::tree::{Row, TILE_WIDTH, Tile, hashes_of};
use crate::volume::archive::{Archive, BUNDLE_ENTRIES, Volume};
use crate::volume::expiry::{Expired, told};
use crate::volume::fault::VolumeError;
use crate::volume::manifest::Manifest;

/// Bytes of a full tile of hashes.
const TILE_BYTES: usize = TILE_WIDTH as usize * 32;

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveProgress {
    /// Entries seen so far.
    pub entries: u64,
    /// Entries in all.
    pub of: u64,
}

/// What a log could be compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckedLog {
    /// First entry of its journal.
    pub first: u64,
    /// Entries whose leaf hashes were compared with those of the log's tiles.
    pub tiled: u64,
    /// Entries compared with those of the journal.
    pub entries: u64,
}

/// A volume whose entries are gone, and what shows by whose order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredVolume {
    /// What the archive says of it. Whoever has its disk can write that.
    pub record: Expired,
    /// The log's own entry about it with its index, as it stands in a volume or in the journal. It
    /// has the leaf hash of the receipt; what it says is for the caller to read. `None` if there is
    /// no such entry where we looked.
    pub entry: Option<(u64, Vec<u8>)>,
}

/// An archive that is exactly as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedArchive {
    /// Name of the log.
    pub origin: String,
    /// Volumes with their entries.
    pub volumes: u64,
    /// Volumes whose entries were removed.
    pub expired: Vec<ExpiredVolume>,
    /// Index behind the last entry.
    pub end: u64,
    /// Entries that have no manifest and are no volume.
    pub unfinished: Option<String>,
    /// The checkpoint that covers the last volume.
    pub checkpoint: SignedCheckpoint,
    /// Entries under the checkpoint that was given and not in the archive.
    pub beyond: Option<u64>,
    /// The log that was given.
    pub log: Option<CheckedLog>,
    /// The signatures were checked with a key that was given.
    pub signed: bool,
}

/// Verifies the archive in `dir`, against a checkpoint that somebody else kept and against the
/// folder of the log, where they are given.
///
/// # Errors
/// Names the first file that is missing, differs, is foreign or not in the tree.
pub fn verify_archive(
    dir: &Path,
    keys: &[NoteKey],
    kept: Option<&SignedCheckpoint>,
    log: Option<&Path>,
    mut on_progress: impl FnMut(ArchiveProgress),
) -> Result<VerifiedArchive, VolumeError> {
    let archive = Archive::new(dir, keys.to_vec());
    let manifests = archive.manifests()?;
    let last = manifests.last().ok_or_else(|| VolumeError::NoArchive {
        dir: dir.display().to_string(),
    })?;
    let unfinished = archive.check_names(&manifests)?;
    let mut beside = log.map(|dir| Beside::open(dir, last)).transpose()?;
    let mut expired = Vec::new();
    for manifest in &manifests {
        same_head(manifest, kept)?;
        let record = Expired::of(&archive, manifest)?;
        if let Some(record) = record.filter(|_| !matches!(archive.has_entries(manifest), Ok(true)))
        {
            expired.push(record);
        } else {
            let volume = archive.entries(manifest)?;
            in_checkpoint(manifest, &volume, kept)?;
            if let Some(beside) = &mut beside {
                beside.compare(manifest, &volume)?;
            }
        }
        on_progress(ArchiveProgress {
            entries: manifest.end(),
            of: last.end(),
        });
    }
    let shown = expired.into_iter().map(|record| {
        let entry = on_record(&archive, &manifests, &record, beside.as_ref())?;
        Ok(ExpiredVolume { record, entry })
    });
    let expired = shown.collect::<Result<Vec<_>, VolumeError>>()?;
    Ok(VerifiedArchive {
        origin: last.origin.clone(),
        volumes: (manifests.len() as u64).saturating_sub(expired.len() as u64),
        expired,
        end: last.end(),
        unfinished,
        checkpoint: last.checkpoint.clone(),
        beyond: kept.map(|kept| kept.checkpoint.size.saturating_sub(last.end())),
        log: beside.map(|beside| beside.checked),
        signed: !keys.is_empty(),
    })
}

/// The entry that the receipt of an expiry names, if it is in a volume or in the journal.
fn on_record(
    archive: &Archive,
    manifests: &[Manifest],
    record: &Expired,
    beside: Option<&Beside>,
) -> Result<Option<(u64, Vec<u8>)>, VolumeError> {
    let Some((index, leaf)) = told(archive, record)? else {
        return Ok(None);
    };
    let within = |manifest: &&Manifest| (manifest.first()..manifest.end()).contains(&index);
    let mut found = None;
    if let Some(manifest) = manifests.iter().find(within)
        && archive.has_entries(manifest)?
    {
        let volume = archive.entries(manifest)?;
        let named = volume.entries().find(|(at, _)| *at == index);
        found = named.map(|(_, entry)| entry.to_vec());
    }
    if let (None, Some(beside)) = (&found, beside) {
        let read = beside.journal.read(index);
        found = read.map_err(|e| VolumeError::Record(e.to_string()))?;
    }
    let entry = found.filter(|entry| leaf_hash(entry) == leaf);
    Ok(entry.map(|entry| (index, entry)))
}

fn forked(manifest: &Manifest, with: &str) -> VolumeError {
    VolumeError::Forked {
        file: manifest.file(),
        with: with.to_owned(),
    }
}

/// Two checkpoints over as many entries must have one root.
fn same_head(manifest: &Manifest, kept: Option<&SignedCheckpoint>) -> Result<(), VolumeError> {
    let Some(kept) = kept.map(|kept| &kept.checkpoint) else {
        return Ok(());
    };
    let own = &manifest.checkpoint.checkpoint;
    let differs = own.size == kept.size && own.root != kept.root;
    let ends = manifest.end() == kept.size && manifest.after.root() != kept.root;
    if kept.origin != manifest.origin || differs || ends {
        return Err(forked(manifest, "the checkpoint"));
    }
    Ok(())
}

/// Where the checkpoint ends within a volume, the entries before must have its root.
fn in_checkpoint(
    manifest: &Manifest,
    volume: &Volume,
    kept: Option<&SignedCheckpoint>,
) -> Result<(), VolumeError> {
    let kept = kept.map(|kept| &kept.checkpoint);
    let within = |size: u64| (manifest.first()..manifest.end()).contains(&size);
    let Some(kept) = kept.filter(|kept| within(kept.size)) else {
        return Ok(());
    };
    let mut edge = manifest.before.clone();
    for (_, entry) in volume.entries().take_while(|(index, _)| *index < kept.size) {
        edge.push(leaf_hash(entry));
    }
    if edge.root() == kept.root {
        Ok(())
    } else {
        Err(forked(manifest, "the checkpoint"))
    }
}

/// The folder of the log beside its archive.
struct Beside {
    shelf: LocalShelf,
    journal: LogReader,
    name: String,
    checked: CheckedLog,
}

impl Beside {
    fn open(dir: &Path, last: &Manifest) -> Result<Self, VolumeError> {
        let name = format!("`{}`", dir.display());
        let journal = LogReader::open(dir).map_err(|e| VolumeError::Record(e.to_string()))?;
        if journal.origin() != last.origin {
            return Err(forked(last, &name));
        }
        let first = journal.first();
        if first > last.end() {
            return Err(VolumeError::Short {
                end: last.end(),
                first,
            });
        }
        Ok(Self {
            shelf: LocalShelf::new(dir.to_owned()),
            journal,
            name,
            checked: CheckedLog {
                first,
                ..CheckedLog::default()
            },
        })
    }

    fn compare(&mut self, manifest: &Manifest, volume: &Volume) -> Result<(), VolumeError> {
        let leaves: Vec<Digest> = volume
            .entries()
            .map(|(_, entry)| leaf_hash(entry))
            .collect();
        let tiles = (manifest.first() / BUNDLE_ENTRIES..).zip(leaves.chunks(TILE_WIDTH.into()));
        for (number, leaves) in tiles {
            let name = Tile::full(Row::Hashes(0), number).to_string();
            let bytes = self.shelf.read(&name, TILE_BYTES);
            let bytes = bytes.map_err(|e| VolumeError::disk("read", &name, e))?;
            // Of a log that publishes nothing there are no tiles; its journal is compared below.
            let Some(bytes) = bytes else { continue };
            if hashes_of(&bytes).as_deref() != Some(leaves) {
                return Err(forked(manifest, &self.name));
            }
            self.checked.tiled = self.checked.tiled.saturating_add(leaves.len() as u64);
        }
        let range = manifest.first().max(self.checked.first)..manifest.end();
        let mut differs = false;
        let mut seen = 0_u64;
        if !range.is_empty() {
            let visited = self.journal.visit(range.clone(), |index, entry| {
                let at = index.checked_sub(manifest.first());
                let at = at.and_then(|at| usize::try_from(at).ok());
                if range.contains(&index) {
                    seen = seen.saturating_add(1);
                    differs |= at.and_then(|at| leaves.get(at)) != Some(&leaf_hash(entry));
                }
            });
            visited.map_err(|e| VolumeError::Record(e.to_string()))?;
            differs |= seen != range.end.saturating_sub(range.start);
        }
        self.checked.entries = self.checked.entries.saturating_add(seen);
        if differs {
            return Err(forked(manifest, &self.name));
        }
        Ok(())
    }
}
