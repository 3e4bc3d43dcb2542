//! Values beside a log: what an entry only commits to, encrypted, and erasable without touching the
//! log. START HERE: [`SideStore::keep`] stores the fields of one entry and gives what goes into the
//! entry: a root over salted commitments, one a field.
//!
//! The order is the whole protocol. **Keeping**: the record is durable before the entry that
//! commits to it is appended, so that no entry ever lacks its record for any other reason than an
//! erasure; a crash in between leaves a record that no entry names, and the next opening blots it
//! out. **Erasing**: a plan is durable, then the entry that says so, then the bytes are blotted
//! out, then the plan goes; so that a crash leaves either nothing erased and nothing on record, or
//! it on record and the plan to finish it by ([`Plan`]).
//!
//! It refuses to know what a field means, reads no clock, and draws randomness only from what it
//! is handed.

mod cipher;
mod commitment;
mod disclosure;
mod erasure;
mod fault;
mod row;
mod store;
#[cfg(test)]
mod tests;
mod volume;

pub use cipher::{SIDE_KEY_BYTES, SideKey};
pub use commitment::{Field, Opened, SALT_BYTES, commitment};
pub use disclosure::{DISCLOSURE_BYTES_MAX, Disclosed, Disclosure, DisclosureFault, Sides};
pub use erasure::{PLAN_PLACES_MAX, Place, Plan};
pub use fault::SideFault;
pub use row::RowKind;
pub use store::{Head, Kept, SideStore};
pub use volume::VOLUME_BYTES_MAX;

/// Folder of the store within the folder of its log.
pub const PRIVATE_FOLDER: &str = "private";
