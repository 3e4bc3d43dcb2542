//! What may leave the journal: whole segments from the beginning, of which every entry is old
//! enough, is held by nobody, and stands with the same leaf hash in a volume whose files were read
//! and verified just now. A volume is under a checkpoint, so that its entries are in full bundles.

use crate::digest::{Digest, leaf_hash};
use crate::journal::{Base, Journal};
use crate::note::NoteSigner;
use crate::tree::{Frontier, Row, Tile};
use crate::volume::Vault;
use crate::volume::archive::Archive;
use crate::volume::archiver::TimeOf;
use crate::volume::fault::VolumeError;
use crate::volume::manifest::Manifest;

/// Says by which hold an entry is kept, if by any.
pub type Held<'h> = dyn Fn(u64, &[u8]) -> Option<String> + Send + Sync + 'h;

/// Segments that may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The first entry that goes.
    pub first: u64,
    /// The first entry that stays.
    pub end: u64,
    /// Files of the volumes in which they lie, each with its SHA-256.
    pub volumes: Vec<(String, Digest)>,
    base: Base,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) removal: Option<Removal>,
    /// The hold at which it ended.
    pub(crate) held_by: Option<String>,
}

/// Looks for segments that may go.
pub(crate) struct Look<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) archive: &'a Archive,
    pub(crate) time_of: &'a TimeOf<'a>,
    pub(crate) held: &'a Held<'a>,
    /// Entries of this time and later stay.
    pub(crate) hot_from: i64,
}

impl Look<'_> {
    pub(crate) fn find(&self) -> Result<Found, VolumeError> {
        let mut volumes = Volumes::new(self.archive)?;
        let base = self.journal.base();
        let mut edge = base.map_or_else(Frontier::default, |base| base.edge.clone());
        let first = edge.size();
        let mut found = Found::default();
        let firsts = self.journal.segment_firsts();
        for next in firsts.into_iter().filter(|next| *next > first) {
            if next > volumes.end() {
                break;
            }
            match self.pass(edge.clone(), next, &mut volumes)? {
                Passed::All(after) => edge = after,
                Passed::TooYoung => break,
                Passed::Held(by) => {
                    found.held_by = Some(by);
                    break;
                }
            }
        }
        if edge.size() > first {
            let chain = self.journal.chain_before(edge.size())?;
            let end = edge.size();
            found.removal = Some(Removal {
                first,
                end,
                volumes: volumes.upto(first, end),
                base: Base::unsigned(self.journal.origin().to_owned(), chain, edge),
            });
        }
        Ok(found)
    }

    fn pass(
        &self,
        mut edge: Frontier,
        end: u64,
        volumes: &mut Volumes<'_>,
    ) -> Result<Passed, VolumeError> {
        let wanted = usize::try_from(end.saturating_sub(edge.size())).unwrap_or(usize::MAX);
        for next in self.journal.scan(edge.size()).take(wanted) {
            let (index, entry) = next?;
            let at = (self.time_of)(&entry).ok_or(VolumeError::Undated { index })?;
            if at >= self.hot_from {
                return Ok(Passed::TooYoung);
            }
            if let Some(by) = (self.held)(index, &entry) {
                return Ok(Passed::Held(by));
            }
            let leaf = leaf_hash(&entry);
            volumes.holds(index, leaf)?;
            edge.push(leaf);
        }
        Ok(Passed::All(edge))
    }
}

enum Passed {
    All(Frontier),
    TooYoung,
    Held(String),
}

/// The volumes in order, the one that is being looked into verified.
struct Volumes<'a> {
    archive: &'a Archive,
    manifests: Vec<Manifest>,
    open: Option<(Manifest, Vec<Digest>)>,
}

impl<'a> Volumes<'a> {
    fn new(archive: &'a Archive) -> Result<Self, VolumeError> {
        Ok(Self {
            archive,
            manifests: archive.manifests()?,
            open: None,
        })
    }

    fn end(&self) -> u64 {
        self.manifests.last().map_or(0, Manifest::end)
    }

    /// The entry with this index must lie in a volume with this leaf hash.
    fn holds(&mut self, index: u64, leaf: Digest) -> Result<(), VolumeError> {
        let is_open =
            |(manifest, _): &(Manifest, _)| (manifest.first()..manifest.end()).contains(&index);
        if !self.open.as_ref().is_some_and(is_open) {
            let at = self
                .manifests
                .partition_point(|manifest| manifest.end() <= index);
            let manifest = self.manifests.get(at).cloned();
            let manifest = manifest.ok_or_else(|| VolumeError::Short {
                end: self.end(),
                first: index,
            })?;
            let volume = self.archive.entries(&manifest)?;
            let leaves = volume.entries().map(|(_, entry)| leaf_hash(entry));
            let leaves = leaves.collect();
            self.open = Some((manifest, leaves));
        }
        let Some((manifest, leaves)) = &self.open else {
            return Ok(());
        };
        let at = usize::try_from(index.saturating_sub(manifest.first())).ok();
        if at.and_then(|at| leaves.get(at)) == Some(&leaf) {
            return Ok(());
        }
        Err(VolumeError::Forked {
            file: manifest.file(),
            with: "the journal".to_owned(),
        })
    }

    fn upto(&self, first: u64, end: u64) -> Vec<(String, Digest)> {
        let within = |manifest: &&Manifest| manifest.end() > first && manifest.first() < end;
        let volumes = self.manifests.iter().filter(within);
        volumes
            .map(|manifest| (manifest.entries_file(), manifest.sha256))
            .collect()
    }
}

impl Removal {
    /// Removes the segments; what stands on record of it must be durable before. Tells how many.
    pub(crate) fn apply(self, journal: &Journal, signer: &NoteSigner) -> Result<u64, VolumeError> {
        let unsignable = || VolumeError::Unsignable {
            file: "journal/base".to_owned(),
        };
        let base = self.base.signed(signer).ok_or_else(unsignable)?;
        Ok(journal.begin_at(base)?)
    }
}

/// Removes the bundles of which no entry is in the journal any more; tells how many.
pub(crate) fn remove_bundles(log: &dyn Vault, first: u64) -> Result<u64, VolumeError> {
    let listed = log.list("tile/entries");
    let mut removed = 0_u64;
    for name in listed.map_err(|e| VolumeError::disk("list", "tile/entries", e))? {
        let bundle = Tile::parse(&name).filter(|tile| tile.row == Row::Entries && tile.is_full());
        if bundle.is_some_and(|tile| tile.leaves_end() <= first) {
            let gone = log.remove(&name);
            gone.map_err(|e| VolumeError::disk("remove", &name, e))?;
            removed = removed.saturating_add(1);
        }
    }
    Ok(removed)
}
