//! Putting a log together again from its archive, to be searched and counted like any other. Its
//! entries, indexes and leaf hashes are those of the log; its frames, and so its chain hash, are
//! new, and nothing of it is published. What was restored is read back and held against the
//! manifests.

use std::path::Path;

use crate::digest::{genesis, leaf_hash};
use crate::journal::{Appending, Base, Journal, JournalConfig};
use crate::note::NoteKey;
use crate::verify::{VerifyError, visit_dir};
use crate::volume::archive::Archive;
use crate::volume::expiry::Expired;
use crate::volume::fault::VolumeError;
use crate::volume::manifest::Manifest;

/// Length of the segments that are written.
const SEGMENT_BYTES: u64 = 16 << 20;
/// Entries on their way to the disk.
const UNDER_WAY_MAX: usize = 1_024;

/// A log that was put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Name of the log.
    pub origin: String,
    /// The first entry.
    pub first: u64,
    /// Index behind the last entry.
    pub end: u64,
    /// Volumes that were read.
    pub volumes: u64,
    /// Entries that expired.
    pub expired: Vec<Stretch>,
    /// Entries that are in the archive and not in this log, as expired ones lie between.
    pub left_out: Vec<Stretch>,
}

/// Entries that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first one.
    pub first: u64,
    /// Behind the last one.
    pub end: u64,
}

/// [`restore_stretch`] of the latest stretch.
///
/// # Errors
/// As there.
pub fn restore(
    from: &Path,
    to: &Path,
    keys: &[NoteKey],
    on_progress: impl FnMut(u64),
) -> Result<Restored, VolumeError> {
    restore_stretch(from, to, keys, None, on_progress)
}

/// Restores from the archive in `from` into the folder `to`, which must not hold a log;
/// `on_progress` is told the entries done. A log has no gaps: where volumes have expired between
/// ones that a hold keeps, it is the stretch with the entry `at`, or else the latest one.
///
/// # Errors
/// A volume is missing or damaged, `to` is in use, or the disk fails.
pub fn restore_stretch(
    from: &Path,
    to: &Path,
    keys: &[NoteKey],
    at: Option<u64>,
    mut on_progress: impl FnMut(u64),
) -> Result<Restored, VolumeError> {
    let archive = Archive::new(from, keys.to_vec());
    let Stretches {
        manifests,
        expired,
        left_out,
    } = Stretches::of(&archive, at)?;
    let (Some(first), Some(last)) = (manifests.first(), manifests.last()) else {
        return Err(VolumeError::NoArchive {
            dir: from.display().to_string(),
        });
    };
    let is_used = std::fs::read_dir(to).is_ok_and(|mut files| files.next().is_some());
    if is_used {
        let used = std::io::ErrorKind::AlreadyExists.into();
        return Err(VolumeError::disk(
            "restore into",
            &to.display().to_string(),
            used,
        ));
    }
    let config = JournalConfig {
        segment_bytes: SEGMENT_BYTES,
        entry_bytes_max: u16::MAX.into(),
        queue_max: UNDER_WAY_MAX,
        ..JournalConfig::new(to, &first.origin)
    };
    if first.first() > 0 {
        let chain = genesis(&first.origin);
        let base = Base::unsigned(first.origin.clone(), chain, first.before.clone());
        Journal::make_from(&config, &base)?;
    }
    let (journal, _) = Journal::open(&config)?;
    for manifest in &manifests {
        append(&archive, manifest, &journal)?;
        on_progress(manifest.end());
    }
    journal.close()?;
    read_back(to, first, last)?;
    Ok(Restored {
        origin: first.origin.clone(),
        first: first.first(),
        end: last.end(),
        volumes: manifests.len() as u64,
        expired,
        left_out,
    })
}

/// The volumes to restore, and what is not.
#[derive(Debug, Default)]
struct Stretches {
    manifests: Vec<Manifest>,
    expired: Vec<Stretch>,
    left_out: Vec<Stretch>,
}

impl Stretches {
    fn of(archive: &Archive, at: Option<u64>) -> Result<Self, VolumeError> {
        let mut found = Self::default();
        let mut stretches: Vec<Vec<Manifest>> = vec![Vec::new()];
        for manifest in archive.manifests()? {
            let record = Expired::of(archive, &manifest)?;
            // A record beside entries takes nothing away.
            if record.is_none() || archive.has_entries(&manifest)? {
                if let Some(stretch) = stretches.last_mut() {
                    stretch.push(manifest);
                }
                continue;
            }
            found
                .expired
                .extend(extent(std::slice::from_ref(&manifest)));
            stretches.push(Vec::new());
        }
        stretches.retain(|stretch| !stretch.is_empty());
        let holds = |stretch: &Vec<Manifest>, at: u64| {
            extent(stretch).is_some_and(|all| (all.first..all.end).contains(&at))
        };
        let chosen = match at {
            Some(at) => stretches.iter().position(|stretch| holds(stretch, at)),
            None => stretches.len().checked_sub(1),
        };
        if let Some(chosen) = chosen.filter(|chosen| *chosen < stretches.len()) {
            found.manifests = stretches.remove(chosen);
        }
        found.left_out = stretches.iter().filter_map(|all| extent(all)).collect();
        Ok(found)
    }
}

fn extent(stretch: &[Manifest]) -> Option<Stretch> {
    let (first, last) = (stretch.first()?, stretch.last()?);
    Some(Stretch {
        first: first.first(),
        end: last.end(),
    })
}

fn append(archive: &Archive, manifest: &Manifest, journal: &Journal) -> Result<(), VolumeError> {
    let volume = archive.entries(manifest)?;
    let mut under_way: Vec<Appending> = Vec::with_capacity(UNDER_WAY_MAX);
    for (_, entry) in volume.entries() {
        under_way.push(journal.begin(entry.to_vec())?);
        if under_way.len() == UNDER_WAY_MAX {
            arrive(&mut under_way)?;
        }
    }
    arrive(&mut under_way)
}

fn arrive(under_way: &mut Vec<Appending>) -> Result<(), VolumeError> {
    for appending in under_way.drain(..) {
        appending.wait()?;
    }
    Ok(())
}

/// What lies in the new folder must be what the manifests say.
fn read_back(to: &Path, first: &Manifest, last: &Manifest) -> Result<(), VolumeError> {
    let mut edge = first.before.clone();
    let verified = visit_dir(to, |_, entry| edge.push(leaf_hash(entry)), |_| {});
    verified.map_err(|fault| match fault {
        VerifyError::Unreadable(error) => VolumeError::Journal(error),
        other => VolumeError::Record(other.to_string()),
    })?;
    if edge == last.after {
        Ok(())
    } else {
        Err(VolumeError::Tree { file: last.file() })
    }
}
