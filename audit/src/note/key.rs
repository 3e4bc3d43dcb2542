//! The keys of notes: Ed25519, for the log's own signature and for timestamped cosignatures. It
//! refuses to show a private key.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::digest::{base64, sha256};
use crate::note::NoteSignature;

/// Bytes of a key's id.
pub const KEY_ID_BYTES: usize = 4;
/// Tells keys of one name apart; an identifier and no protection.
pub type KeyId = [u8; KEY_ID_BYTES];

/// Bytes of an Ed25519 public key.
const PUBLIC_KEY_BYTES: usize = 32;
/// Bytes of the time in a cosignature.
const TIME_BYTES: usize = 8;

/// What a signature of a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// Ed25519 over the text (type 0x01).
    Plain,
    /// Ed25519 over a time and the text of a checkpoint (type 0x04).
    Cosignature,
}

impl SignatureKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Plain => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Plain),
            0x04 => Some(Self::Cosignature),
            _ => None,
        }
    }
}

/// Whether a key may have this name: no blank and no plus sign, and not nothing.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

/// A public key with its name and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    kind: SignatureKind,
    key: [u8; PUBLIC_KEY_BYTES],
    id: KeyId,
}

impl NoteKey {
    /// A key; `None` if no key may have this name.
    #[must_use]
    pub fn new(name: &str, kind: SignatureKind, key: [u8; PUBLIC_KEY_BYTES]) -> Option<Self> {
        let typed = [&[kind.byte()], key.as_slice()].concat();
        let digest = sha256(&[name.as_bytes(), b"\n", &typed]);
        let (id, _) = digest.bytes().split_first_chunk::<KEY_ID_BYTES>()?;
        is_key_name(name).then(|| Self {
            name: name.to_owned(),
            kind,
            key,
            id: *id,
        })
    }

    /// Reads a vkey, `name+id+base64(type ‖ key)`; `None` if it is not well formed, its id is not
    /// its own, or its type is not one of ours.
    #[must_use]
    pub fn parse(vkey: &str) -> Option<Self> {
        let mut parts = vkey.splitn(3, '+');
        let (name, id, encoded) = (parts.next()?, parts.next()?, parts.next()?);
        let typed = base64(encoded)?;
        let (kind, key) = typed.split_first()?;
        let key = Self::new(name, SignatureKind::of_byte(*kind)?, key.try_into().ok()?)?;
        (HEXLOWER.encode(&key.id) == id).then_some(key)
    }

    /// Its name; of a log's key the origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What its signatures mean.
    #[must_use]
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// Whether both wrap the same key, whatever their names are.
    #[must_use]
    pub fn same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Whether `signature` is this key's over `text`.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        match self.kind {
            SignatureKind::Plain => key.verify(text.as_bytes(), signature).is_ok(),
            SignatureKind::Cosignature => {
                signature
                    .split_first_chunk::<TIME_BYTES>()
                    .is_some_and(|(time, signature)| {
                        let message = cosigned(u64::from_be_bytes(*time), text);
                        key.verify(message.as_bytes(), signature).is_ok()
                    })
            }
        }
    }
}

/// The vkey.
impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [&[self.kind.byte()], self.key.as_slice()].concat();
        let (id, key) = (HEXLOWER.encode(&self.id), BASE64.encode(&typed));
        write!(f, "{}+{id}+{key}", self.name)
    }
}

/// What a cosigner signs.
fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// A private key with its name and kind.
pub struct NoteSigner {
    pair: Ed25519KeyPair,
    key: NoteKey,
}

// The private key is shown to nobody.
impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.key)
    }
}

impl NoteSigner {
    /// Takes an Ed25519 key as PKCS#8 in DER; `None` if it is none or no key may have this name.
    #[must_use]
    pub fn from_pkcs8(name: &str, kind: SignatureKind, der: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        let key = NoteKey::new(name, kind, public)?;
        Some(Self { pair, key })
    }

    /// The public key.
    #[must_use]
    pub const fn key(&self) -> &NoteKey {
        &self.key
    }

    /// Signs `text`; a cosigner also says the time, in seconds since 1970.
    #[must_use]
    pub fn sign(&self, text: &str, unix_seconds: u64) -> NoteSignature {
        let bytes = match self.key.kind {
            SignatureKind::Plain => self.pair.sign(text.as_bytes()).as_ref().to_vec(),
            SignatureKind::Cosignature => {
                let signature = self.pair.sign(cosigned(unix_seconds, text).as_bytes());
                [&unix_seconds.to_be_bytes(), signature.as_ref()].concat()
            }
        };
        NoteSignature {
            name: self.key.name.clone(),
            id: self.key.id,
            bytes,
        }
    }
}
