//! A folder of volumes, read and verified. Volumes follow each other without a gap from the first
//! entry of the log on; of an expired one only the manifest is left, and the record of its expiry.

use std::path::Path;
use std::sync::Arc;

use crate::digest::{leaf_hash, sha256};
use crate::note::{NOTE_BYTES_MAX, NoteKey};
use crate::tree::TILE_WIDTH;
use crate::volume::fault::VolumeError;
use crate::volume::manifest::{
    ENTRIES_SUFFIX, EXPIRED_SUFFIX, MANIFEST_SUFFIX, Manifest, RECEIPT_SUFFIX,
};
use crate::volume::{LocalVault, Vault};

/// Length prefix of an entry.
const PREFIX_BYTES: usize = 2;
/// Longest file of entries that is read: a volume is closed with the bundle that exceeds its bytes.
const ENTRIES_BYTES_MAX: usize = (1 << 31) - 1;
/// A file that is not yet, or no longer, part of an archive.
const UNFINISHED_SUFFIX: &str = ".tmp";

/// See the module.
#[derive(Debug, Clone)]
pub struct Archive {
    pub(crate) vault: Arc<dyn Vault>,
    keys: Vec<NoteKey>,
}

impl Archive {
    /// The archive in `dir`, which need not be there yet. With `keys`, what is read must be signed
    /// with one of them.
    #[must_use]
    pub fn new(dir: &Path, keys: Vec<NoteKey>) -> Self {
        Self::on(Arc::new(LocalVault::new(dir)), keys)
    }

    pub(crate) const fn on(vault: Arc<dyn Vault>, keys: Vec<NoteKey>) -> Self {
        Self { vault, keys }
    }

    /// The manifests in order, each believed and continuing the one before.
    ///
    /// # Errors
    /// One is damaged, missing, exchanged or renamed.
    pub fn manifests(&self) -> Result<Vec<Manifest>, VolumeError> {
        let listed = self.vault.list("");
        let names = listed.map_err(|e| VolumeError::disk("list", "archive", e))?;
        let mut manifests: Vec<Manifest> = Vec::new();
        for name in names.iter().filter(|name| name.ends_with(MANIFEST_SUFFIX)) {
            let bytes = self.read(name, NOTE_BYTES_MAX)?;
            let bytes = bytes.ok_or_else(|| VolumeError::Missing { file: name.clone() })?;
            let manifest = Manifest::read(name, &bytes, &self.keys)?;
            continues(manifests.last(), &manifest)?;
            manifests.push(manifest);
        }
        Ok(manifests)
    }

    /// The bytes of a volume's entries, each of them held against the manifest and the tree.
    ///
    /// # Errors
    /// The file is missing or another.
    pub(crate) fn entries(&self, manifest: &Manifest) -> Result<Volume, VolumeError> {
        let file = manifest.entries_file();
        let max = usize::try_from(manifest.bytes).unwrap_or(usize::MAX);
        let bytes = self.read(&file, max.min(ENTRIES_BYTES_MAX))?;
        let Some(bytes) = bytes else {
            return Err(VolumeError::Missing { file });
        };
        if bytes.len() as u64 != manifest.bytes || sha256(&[&bytes]) != manifest.sha256 {
            return Err(VolumeError::Differs { file });
        }
        let volume = Volume {
            first: manifest.first(),
            bytes,
        };
        let mut edge = manifest.before.clone();
        let mut rest = 0_usize;
        for (_, entry) in volume.entries() {
            edge.push(leaf_hash(entry));
            rest = rest.saturating_add(entry.len().saturating_add(PREFIX_BYTES));
        }
        if rest != volume.bytes.len() || edge != manifest.after {
            let file = manifest.file();
            return Err(VolumeError::Tree { file });
        }
        Ok(volume)
    }

    /// Every file belongs to one of these volumes. Gives the entries that have no manifest: of a
    /// volume that is being written, that a crash cut off, or whose manifest was taken away.
    pub(crate) fn check_names(
        &self,
        manifests: &[Manifest],
    ) -> Result<Option<String>, VolumeError> {
        let end = manifests.last().map_or(0, Manifest::end);
        let unfinished = Manifest::name(end, ENTRIES_SUFFIX);
        let mut found = None;
        let names = self.vault.list("");
        for file in names.map_err(|e| VolumeError::disk("list", "archive", e))? {
            let suffixes = [
                ENTRIES_SUFFIX,
                MANIFEST_SUFFIX,
                EXPIRED_SUFFIX,
                RECEIPT_SUFFIX,
            ];
            let first = suffixes
                .iter()
                .find_map(|suffix| Manifest::first_of(&file, suffix));
            let is_known = first.is_some_and(|first| {
                let found = manifests.binary_search_by_key(&first, Manifest::first);
                found.is_ok()
            });
            if file == unfinished {
                found = Some(file);
            } else if !is_known && !file.ends_with(UNFINISHED_SUFFIX) {
                return Err(VolumeError::Foreign { file });
            }
        }
        Ok(found)
    }

    pub(crate) fn read(&self, name: &str, max: usize) -> Result<Option<Vec<u8>>, VolumeError> {
        let read = self.vault.read(name, max);
        read.map_err(|e| VolumeError::disk("read", name, e))
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), VolumeError> {
        let put = self.vault.put(name, bytes);
        put.map_err(|e| VolumeError::disk("write", name, e))
    }
}

fn continues(last: Option<&Manifest>, next: &Manifest) -> Result<(), VolumeError> {
    let expected = last.map_or(0, Manifest::end);
    if next.first() != expected {
        return Err(VolumeError::Gap {
            file: next.file(),
            found: next.first(),
            expected,
        });
    }
    let Some(last) = last else {
        return Ok(());
    };
    if last.origin != next.origin {
        return Err(VolumeError::Origin {
            file: next.file(),
            origin: next.origin.clone(),
        });
    }
    if last.after != next.before {
        return Err(VolumeError::Tree { file: next.file() });
    }
    Ok(())
}

/// The entries of a volume in memory.
#[derive(Debug)]
pub(crate) struct Volume {
    first: u64,
    bytes: Vec<u8>,
}

impl Volume {
    /// The entries with their indexes; stops at the first length that does not fit.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.bytes.as_slice();
        let entries = std::iter::from_fn(move || {
            let (prefix, behind) = rest.split_first_chunk::<PREFIX_BYTES>()?;
            let length = usize::from(u16::from_be_bytes(*prefix));
            let (entry, behind) = behind.split_at_checked(length)?;
            rest = behind;
            Some(entry)
        });
        (self.first..).zip(entries)
    }
}

/// A bundle: where volumes may end.
pub(crate) const BUNDLE_ENTRIES: u64 = TILE_WIDTH as u64;
