//! The evidence that both sides of the star keep: an append-only journal whose entries are durable
//! before they are acknowledged, receipts for them, the Merkle tree over them with signed
//! checkpoints and proofs, offline verification and a disposable index.
//!
//! It refuses to know what an entry means: entries are opaque bytes made by the caller. It reads
//! no clock, draws no random bytes but from a generator it is handed, and never repairs a log whose
//! acknowledged part is damaged.
//!
//! Start reading at [`Journal`]; the bytes on disk are described in `docs/audit-log.md`.

pub mod digest;
pub mod error;
pub mod index;
pub mod journal;
pub mod note;
pub mod publisher;
pub mod receipt;
pub mod search;
pub mod side;
pub mod tree;
pub mod verify;
pub mod volume;
pub mod witness;

pub use digest::{Digest, empty_root, leaf_hash, node_hash};
pub use error::{AuditError, Damage, Fault};

pub use index::{CaughtUp, Hit, Index, IndexError, IndexKey, IndexedEntry, Keys, Order};
pub use journal::{Appending, Base, Health, Journal, JournalConfig, Recovery, Room, Scan};
pub use publisher::{Offer, PublishError, PublishedLog, Publisher, Standing};
pub use receipt::Receipt;
pub use search::{LogReader, Stretch};
pub use verify::{Verified, VerifyError};
pub use volume::{Archive, Archiver, Keeper, Manifest, VolumeError};
