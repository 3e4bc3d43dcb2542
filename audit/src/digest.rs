//! SHA-256 digests and the hashes of the log: the leaf hash of an entry, the node hash of its tree
//! and the chain hash over frames. It offers no other algorithm, so that no verifier ever has to
//! choose one.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Length of every digest.
pub const DIGEST_BYTES: usize = 32;
/// Domain prefix of a leaf hash (RFC 6962 section 2.1), which keeps leaves and nodes apart.
const LEAF_PREFIX: u8 = 0x00;
/// Domain prefix of an inner node of the tree.
const NODE_PREFIX: u8 = 0x01;
/// Domain of the hash that a log's chain begins with.
const GENESIS_DOMAIN: &[u8] = b"tianshu/audit/chain/v1\0";

/// A SHA-256 digest; shown and serialized as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; DIGEST_BYTES]);

impl Digest {
    /// Takes the bytes of a digest computed elsewhere.
    #[must_use]
    pub const fn new(bytes: [u8; DIGEST_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; DIGEST_BYTES] {
        &self.0
    }

    /// Reads 64 hex digits of either case.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Takes exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Reads standard base64 with padding, as checkpoints and proofs write it.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_slice(&base64(text)?)
    }

    /// Standard base64 with padding.
    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64.encode(&self.0)
    }
}

/// Decodes standard base64 in its one spelling. The library's decoder also takes padded pieces one
/// after the other, which other implementations refuse: one log would be two files.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    (BASE64.encode(&bytes) == text).then_some(bytes)
}

/// SHA-256 over the parts put together.
pub(crate) fn sha256(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; DIGEST_BYTES];
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    Digest(bytes)
}

/// The RFC 6962 leaf hash of an entry: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Digest {
    sha256(&[&[LEAF_PREFIX], entry])
}

/// The RFC 6962 hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[NODE_PREFIX], &left.0, &right.0])
}

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Digest {
    sha256(&[])
}

/// What the chain of the log named `origin` begins with, so that two logs never share a chain.
#[must_use]
pub fn genesis(origin: &str) -> Digest {
    sha256(&[GENESIS_DOMAIN, origin.as_bytes()])
}

/// The chain hash after a frame whose checked part is `body`.
pub(crate) fn chain(previous: &Digest, body: &[u8]) -> Digest {
    sha256(&[&previous.0, body])
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| de::Error::custom("a digest is 64 hex digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leaf_hash_of_nothing_is_the_one_of_rfc_6962() {
        let known = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(leaf_hash(b"").to_string(), known);
    }

    #[test]
    fn a_digest_survives_json_and_wrong_text_is_refused() {
        let digest = leaf_hash(b"entry");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"00ff\"").is_err());
        assert_eq!(Digest::from_hex("zz"), None);
    }
}
