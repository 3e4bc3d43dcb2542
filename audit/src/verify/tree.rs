//! Whether what was published goes together with the journal: every tile and bundle byte for byte,
//! every checkpoint that was ever published, the head. It is fed with the entries of a journal
//! while that is being verified.

use std::fs::File;
use std::io::{BufReader, Take};
use std::path::{Path, PathBuf};

use crate::digest::{Digest, leaf_hash};
use crate::journal::Base;
use crate::note::{NOTE_BYTES_MAX, NoteKey, SignedCheckpoint};
use crate::publisher::{
    CHECKPOINT_NAME, CHECKPOINTS_NAME, HEAD_NAME, LocalShelf, Record, Shelf as _, read_record,
};
use crate::tree::{
    BUNDLE_BYTES_MAX, FullTile, RightEdge, Row, TILE_WIDTH, Tile, encode_bundle, hashes_of,
    read_bundle,
};
use crate::verify::fault::TreeFault;
use crate::verify::folder::tile_files;
use crate::verify::keys::Keys;
use crate::verify::list::open_list;

/// Where a journal begins whose first segments were removed.
const BASE_FILE: &str = "journal/base";

/// A published part that is exactly what the journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTree {
    /// The published checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// Checkpoints ever published, each with the root that the entries give.
    pub checkpoints: u64,
    /// Full tiles of hashes.
    pub tiles: u64,
    /// Full bundles of entries.
    pub bundles: u64,
    /// Every signature was checked with a key that was given, or with one that follows from it.
    pub signed: bool,
    /// Successors of the signing key that entries introduced.
    pub successors: u64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct TreeCheck {
    dir: PathBuf,
    shelf: LocalShelf,
    keys: Keys,
    checkpoint: Option<SignedCheckpoint>,
    head: Option<SignedCheckpoint>,
    list: Option<BufReader<Take<File>>>,
    /// The next record to be compared, and its number from 1.
    due: Option<SignedCheckpoint>,
    records: u64,
    last_listed: Option<SignedCheckpoint>,
    checkpoint_is_listed: bool,
    list_is_unfinished: bool,
    edge: RightEdge,
    bundle: Vec<u8>,
    /// Entries that the journal does not have any more: only their hashes are there.
    removed: u64,
    tiles: u64,
    bundles: u64,
    fault: Option<TreeFault>,
}

impl TreeCheck {
    /// Reads what is published, before the journal is read: whatever a writer does meanwhile, the
    /// journal holds at least what was signed.
    pub(crate) fn begin(dir: &Path, keys: &[NoteKey]) -> Result<Self, TreeFault> {
        let mut check = Self {
            dir: dir.to_owned(),
            shelf: LocalShelf::new(dir.to_owned()),
            keys: Keys::read(dir, keys)?,
            checkpoint: None,
            head: None,
            list: None,
            due: None,
            records: 0,
            last_listed: None,
            checkpoint_is_listed: false,
            list_is_unfinished: false,
            edge: RightEdge::default(),
            bundle: Vec::new(),
            removed: 0,
            tiles: 0,
            bundles: 0,
            fault: None,
        };
        // In the order in which a writer's later steps can only add.
        check.checkpoint = check.read(CHECKPOINT_NAME)?;
        check.list = open_list(&dir.join(CHECKPOINTS_NAME))?;
        check.head = check.read(HEAD_NAME)?;
        check.next_record()?;
        Ok(check)
    }

    fn read(&self, file: &'static str) -> Result<Option<SignedCheckpoint>, TreeFault> {
        let bytes = self.shelf.read(file, NOTE_BYTES_MAX);
        let bytes = bytes.map_err(|e| TreeFault::unreadable(file, &e))?;
        let place = format!("`{file}`");
        bytes.map(|bytes| parsed(&place, &bytes)).transpose()
    }

    fn record_place(&self) -> String {
        format!("record {} of `{CHECKPOINTS_NAME}`", self.records)
    }

    fn next_record(&mut self) -> Result<(), TreeFault> {
        self.due = None;
        let Some(list) = &mut self.list else {
            return Ok(());
        };
        let record = read_record(list);
        let record = record.map_err(|e| TreeFault::unreadable(CHECKPOINTS_NAME, &e))?;
        match record {
            Record::End => {}
            Record::Unfinished => self.list_is_unfinished = true,
            Record::Whole(note) => {
                self.records = self.records.saturating_add(1);
                let place = self.record_place();
                let listed = parsed(&place, &note)?;
                let follows = self.last_listed.as_ref().is_none_or(|last| {
                    listed.checkpoint.size > last.checkpoint.size
                        || (listed.extends(last) && listed != *last)
                });
                if !follows || listed.checkpoint.size == 0 {
                    return Err(TreeFault::Order { place });
                }
                self.last_listed = Some(listed.clone());
                self.checkpoint_is_listed |= self.checkpoint.as_ref() == Some(&listed);
                self.due = Some(listed);
            }
        }
        Ok(())
    }

    /// Takes in, from the tiles, the leaves whose entries were removed. If nothing was ever
    /// published there are no tiles, and nothing to compare.
    pub(crate) fn begin_at(&mut self, base: &Base) {
        self.removed = base.index();
        self.keys.begin_at(base.index());
        if self.head.is_some()
            && let Err(fault) = self.pass_removed(base)
        {
            self.fault = Some(fault);
        }
    }

    fn pass_removed(&mut self, base: &Base) -> Result<(), TreeFault> {
        let width = u64::from(TILE_WIDTH);
        while self.edge.size() < self.removed {
            let tile = Tile::full(Row::Hashes(0), self.edge.size() / width);
            let leaves = self.hashes(tile)?;
            let wanted = self.removed.saturating_sub(self.edge.size()).min(width);
            for leaf in leaves
                .into_iter()
                .take(usize::try_from(wanted).unwrap_or(usize::MAX))
            {
                self.take_leaf(leaf)?;
            }
        }
        if self.edge.root() == base.edge.root() {
            return Ok(());
        }
        let place = format!("`{BASE_FILE}`");
        Err(TreeFault::Root {
            place,
            size: self.removed,
        })
    }

    /// The hashes of a full tile that must be there.
    fn hashes(&self, tile: Tile) -> Result<Vec<Digest>, TreeFault> {
        let file = tile.to_string();
        let bytes = self.shelf.read(&file, usize::from(TILE_WIDTH) * 32);
        let bytes = bytes.map_err(|e| TreeFault::unreadable(&file, &e))?;
        let Some(bytes) = bytes else {
            return Err(TreeFault::Missing { file });
        };
        let hashes = hashes_of(&bytes).filter(|hashes| hashes.len() == usize::from(TILE_WIDTH));
        hashes.ok_or(TreeFault::Differs { file })
    }

    /// Takes in that an entry introduces the successor of this statement.
    pub(crate) fn introduced(&mut self, index: u64, statement: Digest) {
        self.keys.introduced_by(index, statement);
    }

    /// Entries under the published checkpoint; `None` if nothing was ever published.
    pub(crate) fn published(&self) -> Option<u64> {
        let read = self.checkpoint.as_ref().or(self.head.as_ref());
        read.map(|read| read.checkpoint.size)
    }

    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Takes in the next entry. The first fault stays; what comes later is passed over.
    pub(crate) fn entry(&mut self, entry: &[u8]) {
        if self.fault.is_none()
            && let Err(fault) = self.take(entry)
        {
            self.fault = Some(fault);
        }
    }

    fn take(&mut self, entry: &[u8]) -> Result<(), TreeFault> {
        if self.removed > 0 && self.head.is_none() {
            return Ok(());
        }
        // No entry of a journal is longer than a bundle can hold.
        let _ = encode_bundle(&mut self.bundle, entry);
        self.take_leaf(leaf_hash(entry))
    }

    fn take_leaf(&mut self, leaf: Digest) -> Result<(), TreeFault> {
        let filled = self.edge.push(leaf);
        if let Some(first) = filled.first() {
            let there = self.compare_bundle(first)?;
            self.bundles += u64::from(there);
            self.bundle.clear();
        }
        for full in &filled {
            self.tiles += u64::from(self.compare(full.tile, &full.bytes)?);
        }
        let size = self.edge.size();
        // One of this size may be followed by the same with further signatures.
        while let Some(due) = self.due.take_if(|due| due.checkpoint.size == size) {
            self.compare_root(self.record_place(), &due)?;
            self.next_record()?;
        }
        let ends_here = |read: &Option<SignedCheckpoint>| {
            let read = read.as_ref().filter(|read| read.checkpoint.size == size);
            read.cloned()
        };
        let shown = (ends_here(&self.checkpoint), ends_here(&self.head));
        for (file, read) in [(CHECKPOINT_NAME, shown.0), (HEAD_NAME, shown.1)] {
            if let Some(read) = read {
                self.compare_root(format!("`{file}`"), &read)?;
            }
        }
        Ok(())
    }

    fn compare_root(&mut self, place: String, read: &SignedCheckpoint) -> Result<(), TreeFault> {
        self.keys.verify(&place, read)?;
        if read.checkpoint.root == self.edge.root() {
            return Ok(());
        }
        Err(TreeFault::Root {
            place,
            size: read.checkpoint.size,
        })
    }

    /// As [`Self::compare`], of the bundle of a tile of leaf hashes. Where the journal does not
    /// have all its entries any more, their hashes are compared; where it has none, it may be gone.
    fn compare_bundle(&self, leaves: &FullTile) -> Result<bool, TreeFault> {
        let bundle = Tile::full(Row::Entries, leaves.tile.number);
        let begin = bundle.leaves_end().saturating_sub(u64::from(bundle.width));
        if begin >= self.removed {
            return self.compare(bundle, &self.bundle);
        }
        let file = bundle.to_string();
        let there = self.shelf.read(&file, BUNDLE_BYTES_MAX);
        let there = there.map_err(|e| TreeFault::unreadable(&file, &e))?;
        let Some(there) = there else {
            let is_removed = bundle.leaves_end() <= self.removed;
            return if is_removed {
                Ok(false)
            } else {
                Err(TreeFault::Missing { file })
            };
        };
        let hashes = read_bundle(&there, bundle.width).map(|entries| {
            let hashes = entries
                .into_iter()
                .flat_map(|entry| *leaf_hash(entry).bytes());
            hashes.collect::<Vec<u8>>()
        });
        if hashes.as_ref() == Some(&leaves.bytes) {
            Ok(true)
        } else {
            Err(TreeFault::Differs { file })
        }
    }

    /// Whether a full tile is there and as it must be. Under the head it must be there.
    fn compare(&self, tile: Tile, bytes: &[u8]) -> Result<bool, TreeFault> {
        let file = tile.to_string();
        let there = self.shelf.read(&file, bytes.len());
        let there = there.map_err(|e| TreeFault::unreadable(&file, &e))?;
        let signed = self.head.as_ref().map_or(0, |head| head.checkpoint.size);
        match there {
            Some(there) if there == bytes => Ok(true),
            Some(_) => Err(TreeFault::Differs { file }),
            None if tile.leaves_end() <= signed => Err(TreeFault::Missing { file }),
            None => Ok(false),
        }
    }

    /// Says what was checked once the journal has no more entries; `None` if nothing was published,
    /// which a key is content with only where that is expected.
    pub(crate) fn finish(
        mut self,
        writer_is_active: bool,
        may_be_unpublished: bool,
    ) -> Result<Option<VerifiedTree>, TreeFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let entries = self.edge.size();
        let due = self.due.as_ref().map(|due| (self.record_place(), due));
        let checkpoint = self.checkpoint.as_ref();
        let checkpoint = checkpoint.map(|read| (format!("`{CHECKPOINT_NAME}`"), read));
        let head = self
            .head
            .as_ref()
            .map(|read| (format!("`{HEAD_NAME}`"), read));
        for (place, read) in [head, checkpoint, due].into_iter().flatten() {
            let size = read.checkpoint.size;
            if size > entries {
                return Err(TreeFault::Shrunk {
                    place,
                    size,
                    entries,
                });
            }
        }
        self.go_together(writer_is_active)?;
        self.keys.finish(self.checkpoint.as_ref())?;
        for file in tile_files(&self.dir)? {
            let tile = Tile::parse(&file).filter(Tile::is_full);
            if !tile.is_some_and(|tile| tile.is_in(entries)) && !writer_is_active {
                return Err(TreeFault::Foreign { file });
            }
        }
        let signed = self.keys.are_given();
        match self.checkpoint {
            None if signed && !may_be_unpublished => Err(TreeFault::NoCheckpoint),
            None => Ok(None),
            Some(checkpoint) => Ok(Some(VerifiedTree {
                checkpoint,
                checkpoints: self.records,
                tiles: self.tiles,
                bundles: self.bundles,
                signed,
                successors: self.keys.introduced(),
            })),
        }
    }

    /// The three files are ones that a run, cut off anywhere, leaves behind.
    fn go_together(&self, writer_is_active: bool) -> Result<(), TreeFault> {
        let torn = |file, with| Err(TreeFault::Torn { file, with });
        if self.list_is_unfinished && !writer_is_active {
            return Err(TreeFault::Unfinished {
                file: CHECKPOINTS_NAME,
            });
        }
        let size =
            |read: &Option<SignedCheckpoint>| read.as_ref().map_or(0, |read| read.checkpoint.size);
        let (published, head) = (size(&self.checkpoint), size(&self.head));
        let listed = size(&self.last_listed);
        if self.head.is_some() && self.removed > published {
            return torn(BASE_FILE, CHECKPOINT_NAME);
        }
        if head < published || head < listed {
            return torn(HEAD_NAME, CHECKPOINTS_NAME);
        }
        if self.checkpoint.is_some() && !self.checkpoint_is_listed {
            return torn(CHECKPOINT_NAME, CHECKPOINTS_NAME);
        }
        // One record may be ahead: that of the head, when a crash came before the checkpoint.
        let ahead = self.last_listed != self.checkpoint;
        if ahead && self.last_listed != self.head && !writer_is_active {
            return torn(CHECKPOINT_NAME, CHECKPOINTS_NAME);
        }
        let extends = self
            .head
            .as_ref()
            .zip(self.checkpoint.as_ref())
            .is_some_and(|(head, read)| head.extends(read));
        if head == published && self.head.is_some() && !extends {
            return torn(HEAD_NAME, CHECKPOINT_NAME);
        }
        Ok(())
    }
}

pub(super) fn parsed(place: &str, bytes: &[u8]) -> Result<SignedCheckpoint, TreeFault> {
    SignedCheckpoint::parse(bytes).map_err(|fault| TreeFault::Note {
        place: place.to_owned(),
        fault,
    })
}
