//! The log on its way to others: an entry of either book as an OCSF event, as a syslog message, and
//! the task that forwards both to a receiver that has to be believed nothing (docs/export.md).
//!
//! It decides nothing and waits for nobody: whoever writes a log never waits for an export. What an
//! event says stands in the entry, so that no event holds more than its entry does.

mod act;
mod cursor;
mod forwarder;
pub mod ocsf;
mod ready;
mod receivers;
mod setup;
pub mod syslog;

pub use act::{Act, ExportBegan, ExportCaughtUp, ExportEnded, ExportLagging, Gap};
pub use cursor::{Cursor, CursorError};
pub use forwarder::{
    CursorFound, Entries, ExportedLog, Forwarder, Jitter, Keeper, Numbered, Surroundings,
};
pub use ocsf::{OCSF_VERSION, Place, event};
pub use ready::{Ready, prepared};
pub use receivers::{RECEIVERS_MAX, Receiver, receivers};
pub use setup::{EXPORT_FOLDER, ExportError, start};
