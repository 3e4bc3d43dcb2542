//! Removing volumes from the archive whose time is over. The record stays where the entries were,
//! beside the manifest, and is there before they go; the log takes it in at the next pass.

use std::fmt;

use crate::digest::{Digest, sha256};
use crate::note::{NOTE_BYTES_MAX, Note, NoteKey, SealedText, decimal};
use crate::receipt::Receipt;
use crate::volume::archive::Archive;
use crate::volume::fault::VolumeError;
use crate::volume::manifest::{EXPIRED_SUFFIX, Manifest, RECEIPT_SUFFIX};
use crate::volume::removal::Held;

const VERSION_LINE: &str = "tianshu/audit/expired/v2";
/// Longest record: the orders word for word, and the lines before them.
const RECORD_BYTES_MAX: usize = NOTE_BYTES_MAX + 1_024;

/// By whose order volumes are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryOrder {
    /// The orders word for word, with their seals.
    pub note: String,
    /// SHA-256 of their text.
    pub orders: Digest,
    /// When it is carried out, in seconds since 1970.
    pub at: i64,
}

impl ExpiryOrder {
    /// By these sealed orders; `None` if they are no note.
    #[must_use]
    pub fn of(note: String, at: i64) -> Option<Self> {
        let orders = sha256(&[Note::parse(note.as_bytes())?.text().as_bytes()]);
        Some(Self { note, orders, at })
    }
}

/// The record of an expiry. It is in the archive, where whoever has its disk can write: it proves
/// nothing before the log has taken it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The first entry.
    pub first: u64,
    /// Number of entries.
    pub count: u64,
    /// SHA-256 of the entries' file.
    pub sha256: Digest,
    /// When the last of them was written, in seconds since 1970.
    pub until: i64,
    /// By whose order.
    pub order: ExpiryOrder,
}

impl Expired {
    fn new(manifest: &Manifest, order: &ExpiryOrder) -> Self {
        Self {
            first: manifest.first(),
            count: manifest.count,
            sha256: manifest.sha256,
            until: manifest.until,
            order: order.clone(),
        }
    }

    /// The last entry.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.first.saturating_add(self.count).saturating_sub(1)
    }

    /// The orders, if so many of these officers have sealed them. Nobody else's name is believed.
    ///
    /// # Errors
    /// They have not.
    pub fn sealed(&self, keys: &[NoteKey], signers_min: usize) -> Result<SealedText, VolumeError> {
        let sealed = SealedText::read(self.order.note.as_bytes(), keys, signers_min);
        sealed.map_err(|fault| VolumeError::Note {
            file: Manifest::name(self.first, EXPIRED_SUFFIX),
            fault,
        })
    }

    fn head(&self) -> String {
        let Self {
            first,
            count,
            sha256,
            until,
            order,
        } = self;
        let (at, orders) = (order.at, order.orders);
        format!(
            "{VERSION_LINE}\nfirst {first}\ncount {count}\nsha256 {sha256}\nuntil {until}\n\
             at {at}\norders {orders}\n"
        )
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        if lines.next()? != VERSION_LINE {
            return None;
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let expired = Self {
            first: decimal(field("first")?)?,
            count: decimal(field("count")?)?,
            sha256: Digest::from_hex(field("sha256")?)?,
            until: field("until")?.parse().ok()?,
            order: ExpiryOrder {
                at: field("at")?.parse().ok()?,
                orders: Digest::from_hex(field("orders")?)?,
                note: note.to_owned(),
            },
        };
        let sealed = Note::parse(note.as_bytes())?;
        let names = sha256(&[sealed.text().as_bytes()]) == expired.order.orders;
        (names && expired.to_string() == text).then_some(expired)
    }

    /// Reads the record of a volume; `None` if it has not expired.
    pub(crate) fn of(archive: &Archive, manifest: &Manifest) -> Result<Option<Self>, VolumeError> {
        let file = Manifest::name(manifest.first(), EXPIRED_SUFFIX);
        let Some(bytes) = archive.read(&file, RECORD_BYTES_MAX)? else {
            return Ok(None);
        };
        let fits = |expired: &Self| *expired == Self::new(manifest, &expired.order);
        let expired = Self::parse(&bytes).filter(fits);
        expired.map(Some).ok_or(VolumeError::Damaged { file })
    }
}

/// The file; its line `check` finds accidents.
impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, note) = (self.head(), &self.order.note);
        let check = sha256(&[head.as_bytes(), note.as_bytes()]);
        write!(f, "{head}check {check}\n\n{note}")
    }
}

impl Archive {
    /// Removes the entries of every volume whose last entry is from before `before` and of which no
    /// entry is held. Each is verified first, so that what goes is what the log says it is. Tells
    /// what was removed, and why what is as old was kept.
    ///
    /// # Errors
    /// The archive is damaged, or the disk fails.
    pub fn expire(
        &self,
        before: i64,
        order: &ExpiryOrder,
        held: &Held<'_>,
    ) -> Result<(Vec<Expired>, Vec<VolumeError>), VolumeError> {
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for manifest in self.manifests()? {
            if manifest.until >= before {
                continue;
            }
            let before_us = Expired::of(self, &manifest)?;
            if before_us.is_some() && !self.has_entries(&manifest)? {
                continue;
            }
            // A record beside entries is one that a crash cut off, or that anybody put there: what
            // it says removes nothing.
            let volume = self.entries(&manifest)?;
            // All are looked at: who decides may know an entry by an earlier one.
            let holds = volume
                .entries()
                .filter_map(|(index, entry)| held(index, entry));
            if let Some(because) = holds.last() {
                kept.push(VolumeError::Kept {
                    first: manifest.first(),
                    last: manifest.end().saturating_sub(1),
                    because,
                });
                continue;
            }
            let expired = Expired::new(&manifest, order);
            let file = Manifest::name(manifest.first(), EXPIRED_SUFFIX);
            self.put(&file, expired.to_string().as_bytes())?;
            // A crash from here on leaves a volume that is on record as expired; it goes next time.
            self.remove_entries(&manifest)?;
            gone.push(expired);
        }
        Ok((gone, kept))
    }

    /// Whether the file of the entries is there, whatever it holds.
    pub(crate) fn has_entries(&self, manifest: &Manifest) -> Result<bool, VolumeError> {
        Ok(self.read(&manifest.entries_file(), 0)?.is_some())
    }

    fn remove_entries(&self, manifest: &Manifest) -> Result<(), VolumeError> {
        let file = manifest.entries_file();
        match self.vault.remove(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|e| VolumeError::disk("remove", &file, e)),
        }
    }
}

/// Records that the log has not taken in yet.
pub(crate) fn unrecorded(archive: &Archive) -> Result<Vec<Expired>, VolumeError> {
    let mut found = Vec::new();
    for manifest in archive.manifests()? {
        let receipt = Manifest::name(manifest.first(), RECEIPT_SUFFIX);
        if let Some(expired) = Expired::of(archive, &manifest)?
            && archive.read(&receipt, NOTE_BYTES_MAX)?.is_none()
        {
            found.push(expired);
        }
    }
    Ok(found)
}

/// Notes where the log has taken in a record. A crash before it lets the log say it twice.
pub(crate) fn recorded(
    archive: &Archive,
    expired: &Expired,
    receipt: &Receipt,
) -> Result<(), VolumeError> {
    let file = Manifest::name(expired.first, RECEIPT_SUFFIX);
    let Receipt {
        log,
        index,
        leaf_hash,
    } = receipt;
    let line = format!("{{\"log\":\"{log}\",\"index\":{index},\"leaf_hash\":\"{leaf_hash}\"}}\n");
    archive.put(&file, line.as_bytes())
}

/// Where the log is said to have taken a record in; the file is as believable as the archive.
pub(crate) fn told(
    archive: &Archive,
    expired: &Expired,
) -> Result<Option<(u64, Digest)>, VolumeError> {
    let file = Manifest::name(expired.first, RECEIPT_SUFFIX);
    let Some(bytes) = archive.read(&file, NOTE_BYTES_MAX)? else {
        return Ok(None);
    };
    let parsed = || {
        let text = std::str::from_utf8(&bytes).ok()?;
        let (_, rest) = text.split_once("\"index\":")?;
        let (index, rest) = rest.split_once(',')?;
        let leaf = rest.strip_prefix("\"leaf_hash\":\"")?;
        Some((
            decimal(index)?,
            Digest::from_hex(leaf.strip_suffix("\"}\n")?)?,
        ))
    };
    parsed().map(Some).ok_or(VolumeError::Damaged { file })
}
