//! What hub and agent must agree on: the protobuf contract, its limits, the refusals, and how TLS
//! is set up.
//!
//! It decides nothing: who may ask what is the business of `policies`.

pub mod clock;
pub mod codec;
pub mod convert;
pub mod digests;
pub mod export;
pub mod folder;
pub mod generated;
pub mod heading;
pub mod identity;
pub mod keeping;
pub mod limits;
mod naming;
pub mod quota;
pub mod random;
pub mod readers;
pub mod refusal;
pub mod registrar;
pub mod settings;
pub mod timekeeping;
pub mod tls;
pub mod traces;

pub use clock::{Clock, ManualClock, SystemClock};
pub use convert::WireError;
pub use folder::{
    FolderError, FolderFile, FolderWatch, SealedFolder, digest_beside, read_file, read_folder,
    read_matching, read_sealed_file, seal, seal_file,
};
pub use generated::v1;
pub use heading::{Heading, KeyName};
pub use keeping::{ArchiveSettings, KeepingSettings};
pub use quota::{LimitName, Limits, LimitsError, Meter, Rate, Temporary};
pub use random::{NoRandom, Random, SystemRandom};
pub use refusal::{Refusal, RefusalCode, RuleWords, Turn};
pub use registrar::Registrar;
pub use settings::{Settings, SettingsError};
pub use timekeeping::ClockState;
