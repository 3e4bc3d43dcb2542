//! Commitments: what an entry says instead of a value, so that the value can be shown later with
//! proof, one field at a time, or destroyed and leave nothing to guess by.
//!
//! The salts of a record come from one secret seed: a salt that is shown says nothing about the
//! others.

use std::fmt;

use ring::hmac;
use zeroize::Zeroizing;

use crate::digest::{Digest, leaf_hash, node_hash};
use crate::tree::{Nodes, inclusion_path, root_of};

/// Length of a salt.
pub const SALT_BYTES: usize = 32;
/// Begins no entry of a log and no tile, so that no leaf of one tree is one of the other.
const DOMAIN: &[u8] = b"tianshu/side/v1\0";
/// Most fields of one record.
pub(super) const FIELDS_MAX: usize = 1 << 20;

/// One value with the name it is found by. Debug output shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is, such as `city/04.grzhye/1`; at most 65,535 bytes.
    pub name: String,
    /// The value, in the caller's canonical text.
    pub value: Zeroizing<String>,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field(hidden)")
    }
}

/// The commitment to a value: a leaf hash, so that the fields of a record form an RFC 6962 tree.
/// The name's length stands before it and the salt has a fixed one: no two triples share bytes.
#[must_use]
pub fn commitment(name: &str, salt: &[u8; SALT_BYTES], value: &str) -> Digest {
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        DOMAIN.len() + 4 + name.len() + SALT_BYTES + value.len(),
    ));
    bytes.extend_from_slice(DOMAIN);
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(salt);
    bytes.extend_from_slice(value.as_bytes());
    leaf_hash(&bytes)
}

/// The fields of one record and what they were committed to by.
pub struct Opened {
    seed: hmac::Key,
    /// In the order of their commitments.
    pub fields: Vec<Field>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} fields)", self.fields.len())
    }
}

impl Opened {
    pub(super) fn new(seed: &[u8], fields: Vec<Field>) -> Self {
        Self {
            seed: hmac::Key::new(hmac::HMAC_SHA256, seed),
            fields,
        }
    }

    /// The salt of one field.
    #[must_use]
    pub fn salt(&self, at: usize) -> [u8; SALT_BYTES] {
        let salt = hmac::sign(&self.seed, &(at as u64).to_be_bytes());
        let mut bytes = [0; SALT_BYTES];
        for (to, from) in bytes.iter_mut().zip(salt.as_ref()) {
            *to = *from;
        }
        bytes
    }

    /// The root over all commitments.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut leaves = self.leaves();
        let size = leaves.0.len() as u64;
        root_of(&mut leaves, size).unwrap_or_else(|never| match never {})
    }

    pub(super) fn leaves(&self) -> Leaves {
        let fields = self.fields.iter().enumerate();
        let leaf =
            |(at, field): (usize, &Field)| commitment(&field.name, &self.salt(at), &field.value);
        Leaves(fields.map(leaf).collect())
    }
}

/// A tree in memory, as small as a record.
pub(super) struct Leaves(Vec<Digest>);

impl Leaves {
    /// The hashes from one commitment to the root.
    pub(super) fn path(&mut self, at: usize) -> Option<Vec<Digest>> {
        let size = self.0.len() as u64;
        inclusion_path(self, at as u64, size).unwrap_or_else(|never| match never {})
    }
}

impl Nodes for Leaves {
    type Error = std::convert::Infallible;

    fn node(&mut self, height: u32, number: u64) -> Result<Digest, Self::Error> {
        let width = 1_usize << height;
        let from = usize::try_from(number).unwrap_or(usize::MAX) << height;
        let leaves = self.0.get(from..from + width).unwrap_or_default();
        let mut row = leaves.to_vec();
        while row.len() > 1 {
            row = row
                .chunks(2)
                .filter_map(|pair| match pair {
                    [left, right] => Some(node_hash(left, right)),
                    _ => None,
                })
                .collect();
        }
        Ok(row.first().copied().unwrap_or_else(crate::empty_root))
    }
}
