//! Removing volumes from the archive whose time is over. The record stays where the entries were,
//! beside the manifest, and is there before they go; the log takes it in at the next pass.

use std::fmt;

use crate::digest::{Digest, sha256};
use crate::note::{NOTE_BYTES_MAX, decimal};
use crate::receipt::Receipt;
use crate::volume::archive::Archive;
use crate::volume::fault::VolumeError;
use crate::volume::manifest::{EXPIRED_SUFFIX, Manifest, RECEIPT_SUFFIX};
use crate::volume::removal::Held;

const VERSION_LINE: &str = "tianshu/audit/expired/v1";

/// By whose order volumes are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryOrder {
    /// The officers who sealed the orders.
    pub by: Vec<String>,
    /// SHA-256 of the orders.
    pub orders: Digest,
    /// When it is carried out, in seconds since 1970.
    pub at: i64,
}

/// The record of an expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The first entry.
    pub first: u64,
    /// Number of entries.
    pub count: u64,
    /// SHA-256 of the entries' file.
    pub sha256: Digest,
    /// By whose order.
    pub order: ExpiryOrder,
}

impl Expired {
    fn text(&self) -> String {
        let Self {
            first,
            count,
            sha256,
            order,
        } = self;
        let by: String = order.by.iter().map(|name| format!("by {name}\n")).collect();
        let (at, orders) = (order.at, order.orders);
        format!(
            "{VERSION_LINE}\nfirst {first}\ncount {count}\nsha256 {sha256}\nat {at}\n\
             orders {orders}\n{by}"
        )
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.split('\n');
        if lines.next()? != VERSION_LINE {
            return None;
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let first = decimal(field("first")?)?;
        let count = decimal(field("count")?)?;
        let digest = Digest::from_hex(field("sha256")?)?;
        let at = field("at")?.parse().ok()?;
        let orders = Digest::from_hex(field("orders")?)?;
        let by = lines.map_while(|line| line.strip_prefix("by ").map(str::to_owned));
        let expired = Self {
            first,
            count,
            sha256: digest,
            order: ExpiryOrder {
                by: by.collect(),
                orders,
                at,
            },
        };
        (expired.to_string() == text).then_some(expired)
    }

    /// Reads the record of a volume; `None` if it has not expired.
    pub(crate) fn of(archive: &Archive, manifest: &Manifest) -> Result<Option<Self>, VolumeError> {
        let file = Manifest::name(manifest.first(), EXPIRED_SUFFIX);
        let Some(bytes) = archive.read(&file, NOTE_BYTES_MAX)? else {
            return Ok(None);
        };
        let fits = |expired: &Self| {
            expired.first == manifest.first()
                && expired.count == manifest.count
                && expired.sha256 == manifest.sha256
        };
        let expired = Self::parse(&bytes).filter(fits);
        expired.map(Some).ok_or(VolumeError::Damaged { file })
    }
}

/// The file; its last line finds accidents.
impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        writeln!(f, "{text}check {}", sha256(&[text.as_bytes()]))
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
            if Expired::of(self, &manifest)?.is_some() {
                self.remove_entries(&manifest)?;
                continue;
            }
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
            let expired = Expired {
                first: manifest.first(),
                count: manifest.count,
                sha256: manifest.sha256,
                order: order.clone(),
            };
            let file = Manifest::name(manifest.first(), EXPIRED_SUFFIX);
            self.put(&file, expired.to_string().as_bytes())?;
            // A crash from here on leaves a volume that is on record as expired; it goes next time.
            self.remove_entries(&manifest)?;
            gone.push(expired);
        }
        Ok((gone, kept))
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
