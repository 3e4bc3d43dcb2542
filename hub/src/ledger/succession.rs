//! The entry that introduces the successor of the log's signing key.

use serde::{Deserialize, Serialize};

/// See [`super::entry::Entry::KeyIntroduced`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyIntroduced {
    /// The key until now, as `name+id+key`.
    pub predecessor: String,
    /// The key that signs as well from here on.
    pub successor: String,
    /// SHA-256 of the statement that both have signed, in hex.
    pub statement: String,
    /// The statement itself, a signed note.
    pub note: String,
}
