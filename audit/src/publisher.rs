//! The publisher: makes tiles, bundles and signed checkpoints out of the journal, which stays the
//! only truth. START HERE: `prepare` and `publish` are the story, one checkpoint a round; between
//! the two, witnesses may be asked. It runs beside the requests, never on their path, and after the
//! first failure it publishes nothing more.
//!
//! It refuses to sign a size twice with different roots, to overwrite a tile, and to repair
//! anything: what is not as the journal says stops it.

mod fault;
mod head;
mod nodes;
mod offer;
mod published;
mod records;
mod recovery;
mod shelf;
mod succession;
#[cfg(test)]
mod tests;
mod unfinished;

use std::sync::Arc;

use crate::digest::leaf_hash;
use crate::journal::Journal;
use crate::note::{Checkpoint, NoteKey, NoteSignature, NoteSigner, SignedCheckpoint};
use crate::tree::{FullTile, RightEdge, Row, Tile, encode_bundle};
use head::Heads;
use published::View;

pub use fault::PublishError;
pub use head::{CHECKPOINT_NAME, CHECKPOINTS_NAME, HEAD_NAME};
pub use offer::{Offer, Standing};
pub use published::{Growth, PublishedLog};
pub(crate) use records::{Record, read_record};
pub(crate) use shelf::{LocalShelf, Shelf};
pub use succession::{KEYS_NAME, SUCCESSIONS_MAX, own_keys, successions};
pub(crate) use succession::{Successions, Unread};

/// Entries that one checkpoint takes in at the most, so that catching up shows progress.
pub const ADVANCE_ENTRIES_MAX: u64 = 65_536;

/// See the module.
#[derive(Debug)]
pub struct Publisher {
    journal: Journal,
    shelf: Arc<dyn Shelf>,
    signer: NoteSigner,
    /// Signs beside it while the key is being replaced.
    successor: Option<NoteSigner>,
    edge: RightEdge,
    /// Entries of the bundle that is not full yet, encoded.
    bundle: Vec<u8>,
    /// Tiles below this size were durable before a head said so.
    trusted: u64,
    heads: Heads,
    view: PublishedLog,
    failure: Option<PublishError>,
    /// The last try ended for want of room on the disk; the next one goes on.
    lacks_room: bool,
}

impl Publisher {
    /// Opens what was published of a journal, compares it with the journal, and finishes what a
    /// crash left unfinished. Blocks; usually it reads some hundred tiles.
    ///
    /// # Errors
    /// The disk fails, or what was signed or published is not what the journal says.
    pub fn open(journal: &Journal, signer: NoteSigner) -> Result<Self, PublishError> {
        let shelf = LocalShelf::new(journal.dir().to_owned());
        Self::open_on(journal, Arc::new(shelf), signer)
    }

    pub(crate) fn open_on(
        journal: &Journal,
        shelf: Arc<dyn Shelf>,
        signer: NoteSigner,
    ) -> Result<Self, PublishError> {
        if signer.key().name() != journal.origin() {
            return Err(PublishError::Key {
                name: signer.key().name().to_owned(),
                origin: journal.origin().to_owned(),
            });
        }
        let view = PublishedLog::new(journal.clone(), Arc::clone(&shelf));
        let heads = Heads::read(shelf.as_ref(), signer.key())?;
        let mut publisher = Self {
            journal: journal.clone(),
            shelf,
            signer,
            successor: None,
            edge: RightEdge::default(),
            bundle: Vec::new(),
            trusted: heads.head_size(),
            heads,
            view,
            failure: None,
            lacks_room: false,
        };
        publisher.recover()?;
        Ok(publisher)
    }

    /// The public key by which the log is verified.
    #[must_use]
    pub const fn key(&self) -> &NoteKey {
        self.signer.key()
    }

    /// What readers may see; goes on showing what was published when the publisher is gone.
    #[must_use]
    pub fn published(&self) -> PublishedLog {
        self.view.clone()
    }

    /// Whether the last call published nothing because the disk was full.
    #[must_use]
    pub const fn lacks_room(&self) -> bool {
        self.lacks_room
    }

    /// Publishes a checkpoint over what is durable now, if there is anything new, and says which;
    /// none as well while the disk is full ([`Publisher::lacks_room`]). No witness is asked.
    /// Blocks.
    ///
    /// # Errors
    /// The disk or the journal fails, or something is not as the journal says. Every later call
    /// says the same.
    pub fn advance(&mut self) -> Result<Option<Arc<SignedCheckpoint>>, PublishError> {
        match self.prepare()? {
            Some(_) => self.publish(&[]),
            None => Ok(None),
        }
    }

    /// Signs a checkpoint over what is durable now, if there is anything new, and keeps it as the
    /// head. Readers do not see it before [`Publisher::publish`]. Blocks.
    ///
    /// # Errors
    /// As [`Publisher::advance`].
    pub fn prepare(&mut self) -> Result<Option<Offer>, PublishError> {
        self.guarded(Self::try_prepare)
    }

    /// Shows readers the head, with these cosignatures on it; where it is shown already, with these
    /// further ones. `None` if there is nothing new to show. Blocks.
    ///
    /// # Errors
    /// As [`Publisher::advance`].
    pub fn publish(
        &mut self,
        cosignatures: &[NoteSignature],
    ) -> Result<Option<Arc<SignedCheckpoint>>, PublishError> {
        self.guarded(|publisher| publisher.try_publish(cosignatures))
    }

    /// The head once more, for witnesses that have not cosigned it; `None` before the first one.
    #[must_use]
    pub fn offer(&self) -> Option<Offer> {
        let head = self.heads.head()?;
        Some(Offer {
            checkpoint: Arc::new(head.clone()),
            edge: self.edge.clone(),
            shelf: Arc::clone(&self.shelf),
        })
    }

    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<Option<T>, PublishError>,
    ) -> Result<Option<T>, PublishError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let done = match work(self) {
            Err(error) if error.is_no_room() => self.wait_for_room(&error).map(|()| None),
            done => {
                // A head that was kept waits for its place: that is still the same full disk.
                self.lacks_room &= self.heads.unpublished().is_some();
                done
            }
        };
        if let Err(error) = &done {
            tracing::error!(%error, "the log publishes no checkpoint any more");
            self.failure = Some(error.clone());
        }
        done
    }

    fn try_prepare(&mut self) -> Result<Option<Offer>, PublishError> {
        if self.heads.unpublished().is_some() {
            // The disk was full after the head was kept: exactly it comes first.
            return Ok(self.offer());
        }
        let limit = self.edge.size().saturating_add(ADVANCE_ENTRIES_MAX);
        // INVARIANT: only what the journal has acknowledged, which is durable, is ever signed.
        let size = self.journal.size().min(limit);
        if size == self.heads.published_size() {
            return Ok(None);
        }
        self.build(size)?;
        // A crash up to here leaves tiles that nobody was told of; the next run compares them.
        self.shelf.sync_folders().map_err(PublishError::folders)?;
        let head = self.sign()?;
        self.heads.keep(self.shelf.as_ref(), &head)?;
        // A crash from here on leaves the head: the next run publishes exactly it.
        Ok(self.offer())
    }

    fn try_publish(
        &mut self,
        cosignatures: &[NoteSignature],
    ) -> Result<Option<Arc<SignedCheckpoint>>, PublishError> {
        let Some(head) = self.heads.head().cloned() else {
            return Ok(None);
        };
        // More signatures than a note can hold are of no use to anybody.
        let cosigned = head.with(cosignatures).unwrap_or_else(|| head.clone());
        if cosigned != head {
            // The list's next record is always the head: a crash leaves a part of this very one.
            self.heads.keep(self.shelf.as_ref(), &cosigned)?;
        }
        if self.heads.published() == Some(&cosigned) {
            return Ok(None);
        }
        self.show(cosigned).map(Some)
    }

    /// Takes in the entries up to `size` and stores every tile and bundle that they fill.
    fn build(&mut self, size: u64) -> Result<(), PublishError> {
        let entries = self.journal.scan(self.edge.size());
        let wanted = size.saturating_sub(self.edge.size());
        for next in entries.take(usize::try_from(wanted).unwrap_or(usize::MAX)) {
            let (_, entry) = next?;
            if !encode_bundle(&mut self.bundle, &entry) {
                return Err(PublishError::Entry);
            }
            let filled = self.edge.push(leaf_hash(&entry));
            if let Some(first) = filled.first() {
                let bundle = Tile::full(Row::Entries, first.tile.number);
                self.store(bundle, &self.bundle)?;
                self.bundle.clear();
            }
            for FullTile { tile, bytes } in &filled {
                self.store(*tile, bytes)?;
            }
        }
        if self.edge.size() == size {
            Ok(())
        } else {
            Err(PublishError::Entry)
        }
    }

    /// Creates a full tile or bundle, or compares it with the one that is there.
    fn store(&self, tile: Tile, bytes: &[u8]) -> Result<(), PublishError> {
        let name = tile.to_string();
        let failed = |e| PublishError::disk("store", &name, e);
        let there = self.shelf.read(&name, bytes.len()).map_err(failed)?;
        match there {
            Some(there) if there != bytes => Err(PublishError::Differs { file: name }),
            // A run that ended in a failed sync may have left it in memory only: the same bytes
            // once more, in a file that is synced now.
            None => self.shelf.put(&name, bytes, true).map_err(failed),
            Some(_) if tile.leaves_end() > self.trusted => {
                self.shelf.put(&name, bytes, true).map_err(failed)
            }
            Some(_) => Ok(()),
        }
    }

    fn sign(&self) -> Result<SignedCheckpoint, PublishError> {
        let checkpoint = Checkpoint {
            origin: self.journal.origin().to_owned(),
            size: self.edge.size(),
            root: self.edge.root(),
            extensions: Vec::new(),
        };
        let text = checkpoint.to_string();
        let signers = std::iter::once(&self.signer).chain(&self.successor);
        let signatures = signers.map(|signer| signer.sign(&text, 0)).collect();
        SignedCheckpoint::new(checkpoint, signatures).ok_or(PublishError::Unsignable)
    }

    /// Puts the kept head where readers find it.
    fn show(&mut self, head: SignedCheckpoint) -> Result<Arc<SignedCheckpoint>, PublishError> {
        self.heads.publish(self.shelf.as_ref(), &head)?;
        let head = Arc::new(head);
        self.view.show(View {
            checkpoint: Arc::clone(&head),
            edge: self.edge.clone(),
            list_bytes: self.heads.list_bytes(),
        });
        Ok(head)
    }
}
