//! A disclosure: an entry of a log with some of the values that it commits to, each with its salt
//! and its path. Whoever holds the entry's receipt verifies it without any key and without the log;
//! what was not chosen stays unknown. It holds its values itself: an erasure later does not reach
//! it.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::commitment::{Opened, SALT_BYTES, commitment};
use super::store::Kept;
use crate::digest::{Digest, leaf_hash};
use crate::receipt::Receipt;
use crate::tree::{PATH_MAX, verify_inclusion};

/// Longest file of a disclosure.
pub const DISCLOSURE_BYTES_MAX: u64 = 64 << 20;
const VERSION: u8 = 1;
const WHAT: &str = "tianshu-disclosure";

/// What an entry says of the values beside it, under its field `sides`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// Where the values are kept: `volume/name`.
    pub record: String,
    /// The root over the commitments.
    pub root: Digest,
    /// How many there are.
    pub count: u64,
}

impl From<Kept> for Sides {
    fn from(kept: Kept) -> Self {
        Self {
            record: kept.record,
            root: kept.root,
            count: kept.count,
        }
    }
}

/// One value, shown.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    /// What it is.
    pub field: String,
    /// Which of the commitments.
    pub at: u64,
    /// The salt, in hex.
    pub salt: String,
    /// The value.
    pub value: Zeroizing<String>,
    /// Hashes from the commitment to the root.
    pub path: Vec<Digest>,
}

impl std::fmt::Debug for Disclosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disclosed(#{})", self.at)
    }
}

/// See the module.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// `tianshu-disclosure`.
    pub what: String,
    /// 1.
    pub v: u8,
    /// Which entry of which log, as it was receipted.
    pub receipt: Receipt,
    /// The entry's bytes, as text.
    pub entry: String,
    /// The values.
    pub fields: Vec<Disclosed>,
}

/// Why a disclosure proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureFault {
    /// It is none of this version.
    #[error("it is no disclosure of this version")]
    Form,
    /// The entry is not the one of the receipt.
    #[error("the entry is not the one that its leaf hash names")]
    Entry,
    /// The entry commits to nothing.
    #[error("the entry commits to no values")]
    NoSides,
    /// A field is not what the entry commits to.
    #[error("`{field}` is not what the entry commits to: value, salt or place was changed")]
    Field {
        /// Which.
        field: String,
    },
    /// There is no such field.
    #[error("there is no field `{0}`")]
    NoField(String),
}

impl Disclosure {
    /// Shows the fields that are wanted; all of them if none is named. A name may be whole or a
    /// part between strokes: `04.grzhye` is every `…/04.grzhye/…`.
    ///
    /// # Errors
    /// A name that no field has.
    pub fn of(
        receipt: Receipt,
        entry: String,
        opened: &Opened,
        wanted: &[String],
    ) -> Result<Self, DisclosureFault> {
        let is_named =
            |name: &str, want: &String| name == want || name.split('/').any(|part| part == want);
        for want in wanted {
            if !opened.fields.iter().any(|f| is_named(&f.name, want)) {
                return Err(DisclosureFault::NoField(want.clone()));
            }
        }
        let chosen = opened.fields.iter().enumerate().filter(|(_, field)| {
            wanted.is_empty() || wanted.iter().any(|want| is_named(&field.name, want))
        });
        let mut leaves = opened.leaves();
        let fields = chosen.filter_map(|(at, field)| {
            Some(Disclosed {
                field: field.name.clone(),
                at: at as u64,
                salt: data_encoding::HEXLOWER.encode(&opened.salt(at)),
                value: field.value.clone(),
                path: leaves.path(at)?,
            })
        });
        Ok(Self {
            what: WHAT.to_owned(),
            v: VERSION,
            receipt,
            entry,
            fields: fields.collect(),
        })
    }

    /// Whether the entry is the one of the receipt, and every value is what `sides` of it commits
    /// to. Whether the receipt is the log's is for its holder to say.
    ///
    /// # Errors
    /// The first that is not so, by name.
    pub fn verify(&self, sides: &Sides) -> Result<(), DisclosureFault> {
        if self.what != WHAT || self.v != VERSION {
            return Err(DisclosureFault::Form);
        }
        if leaf_hash(self.entry.as_bytes()) != self.receipt.leaf_hash {
            return Err(DisclosureFault::Entry);
        }
        for shown in &self.fields {
            if !shown.is_in(sides) {
                let field = shown.field.clone();
                return Err(DisclosureFault::Field { field });
            }
        }
        Ok(())
    }
}

impl Disclosed {
    fn is_in(&self, sides: &Sides) -> bool {
        let salt = data_encoding::HEXLOWER.decode(self.salt.as_bytes());
        let salt = salt.ok().and_then(|s| <[u8; SALT_BYTES]>::try_from(s).ok());
        salt.is_some_and(|salt| {
            let leaf = commitment(&self.field, &salt, &self.value);
            self.path.len() <= PATH_MAX
                && verify_inclusion(self.at, sides.count, leaf, &self.path, &sides.root)
        })
    }
}
