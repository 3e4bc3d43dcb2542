//! A file of orders that officers write and seal anywhere, and the copy of the last ones taken, in
//! the folder of the log. The copy is what holds: orders that are missing, unsealed, half sealed or
//! half copied change nothing.

use std::path::PathBuf;

use crate::digest::{Digest, sha256};
use crate::note::{NOTE_BYTES_MAX, Note, NoteFault, NoteKey, SealedText};
use crate::volume::fault::VolumeError;
use crate::volume::{LocalVault, Vault as _};

/// The copy, in the folder of the log.
const COPY_NAME: &str = "orders";

/// Orders that are sealed as they must be; what they say is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedOrders {
    /// What they say, and who sealed them.
    pub sealed: SealedText,
    /// SHA-256 of the text.
    pub digest: Digest,
    bytes: Vec<u8>,
}

impl SealedOrders {
    /// The orders with their seals, as they were written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The copy of the orders taken last, whoever has sealed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdersCopy {
    /// What they say.
    pub text: String,
    /// SHA-256 of the text.
    pub digest: Digest,
    /// With the seals, if enough officers of today have sealed them.
    pub sealed: Option<SealedOrders>,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct OrderBook {
    /// Folder of the log.
    pub dir: PathBuf,
    /// Where officers put orders.
    pub file: PathBuf,
    /// Keys of the officers.
    pub keys: Vec<NoteKey>,
    /// How many of them must have sealed.
    pub signers_min: usize,
}

impl OrderBook {
    /// The orders in force; `None` if there never were any.
    ///
    /// # Errors
    /// The copy cannot be read, or is not sealed: then nobody knows what must be kept.
    pub fn in_force(&self) -> Result<Option<SealedOrders>, VolumeError> {
        let copy = LocalVault::new(&self.dir).read(COPY_NAME, NOTE_BYTES_MAX);
        let copy = copy.map_err(|e| VolumeError::disk("read", COPY_NAME, e))?;
        copy.map(|bytes| self.sealed(COPY_NAME, bytes)).transpose()
    }

    /// The copy, also if its officers are none any more: whether it is the one that was taken, the
    /// log says. `None` if it is not there.
    ///
    /// # Errors
    /// It cannot be read, or is no note.
    pub fn copy(&self) -> Result<Option<OrdersCopy>, VolumeError> {
        let copy = LocalVault::new(&self.dir).read(COPY_NAME, NOTE_BYTES_MAX);
        let copy = copy.map_err(|e| VolumeError::disk("read", COPY_NAME, e))?;
        let Some(bytes) = copy else {
            return Ok(None);
        };
        let note = Note::parse(&bytes).ok_or_else(|| VolumeError::Note {
            file: COPY_NAME.to_owned(),
            fault: NoteFault::Form,
        })?;
        let text = note.text().to_owned();
        Ok(Some(OrdersCopy {
            digest: sha256(&[text.as_bytes()]),
            text,
            sealed: self.sealed(COPY_NAME, bytes).ok(),
        }))
    }

    /// The orders that are offered; `None` if the file is not there.
    ///
    /// # Errors
    /// They cannot be read, or are not sealed.
    pub fn offered(&self) -> Result<Option<SealedOrders>, VolumeError> {
        let name = self.file.display().to_string();
        let bytes = match std::fs::read(&self.file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|e| VolumeError::disk("read", &name, e))?,
        };
        self.sealed(&name, bytes).map(Some)
    }

    /// Makes orders the ones in force; durable when this returns.
    ///
    /// # Errors
    /// The disk fails.
    pub fn take(&self, orders: &SealedOrders) -> Result<(), VolumeError> {
        let put = LocalVault::new(&self.dir).put(COPY_NAME, &orders.bytes);
        put.map_err(|e| VolumeError::disk("write", COPY_NAME, e))
    }

    fn sealed(&self, file: &str, bytes: Vec<u8>) -> Result<SealedOrders, VolumeError> {
        let sealed = SealedText::read(&bytes, &self.keys, self.signers_min);
        let sealed = sealed.map_err(|fault| VolumeError::Note {
            file: file.to_owned(),
            fault,
        })?;
        Ok(SealedOrders {
            digest: sha256(&[sealed.text.as_bytes()]),
            sealed,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ring::rand::SystemRandom;
    use ring::signature::Ed25519KeyPair;

    use super::*;
    use crate::note::{Note, NoteFault, NoteSigner, SignatureKind};

    fn officer(name: &str) -> NoteSigner {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        NoteSigner::from_pkcs8(name, SignatureKind::Plain, der.as_ref()).unwrap()
    }

    #[test]
    fn orders_hold_once_two_have_sealed_them_and_until_others_take_their_place() {
        let home = tempfile::tempdir().unwrap();
        let (li, wang, stranger) = (officer("c/li"), officer("c/wang"), officer("c/who"));
        let book = OrderBook {
            dir: home.path().to_owned(),
            file: home.path().join("offered"),
            keys: vec![li.key().clone(), wang.key().clone()],
            signers_min: 2,
        };
        assert_eq!(book.offered().unwrap(), None);
        let offer = |text: &str, signers: &[&NoteSigner]| {
            let signatures = signers.iter().map(|signer| signer.sign(text, 0)).collect();
            let note = Note::new(text.to_owned(), signatures).unwrap();
            fs::write(&book.file, note.to_string()).unwrap();
        };
        for signers in [&[&li][..], &[&li, &li], &[&li, &stranger]] {
            offer("one\n", signers);
            let refused = book.offered();
            assert!(
                matches!(
                    refused,
                    Err(VolumeError::Note {
                        fault: NoteFault::TooFew,
                        ..
                    })
                ),
                "{refused:?}"
            );
        }
        offer("one\n", &[&li, &wang]);
        let orders = book.offered().unwrap().unwrap();
        assert_eq!(orders.sealed.by, ["c/li", "c/wang"]);
        assert_eq!(book.in_force().unwrap(), None, "offered is not taken");
        book.take(&orders).unwrap();
        // Whatever happens to the file, the copy holds.
        let whole = fs::read(&book.file).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&book.file, bytes).unwrap();
            assert!(book.offered().is_err(), "{at}");
        }
        for cut in 0..whole.len() {
            fs::write(&book.file, &whole[..cut]).unwrap();
            assert!(book.offered().is_err(), "{cut}");
        }
        fs::remove_file(&book.file).unwrap();
        assert_eq!(book.in_force().unwrap(), Some(orders));
        fs::remove_file(home.path().join(COPY_NAME)).unwrap();
        fs::write(home.path().join(COPY_NAME), "one\n").unwrap();
        assert!(book.in_force().is_err(), "an unsealed copy is no order");
    }
}
