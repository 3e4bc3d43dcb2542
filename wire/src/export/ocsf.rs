//! An entry of either book as an event of the Open Cybersecurity Schema Framework.
//!
//! Pure functions: the same entry always gives the same event. Every field of an entry is either
//! taken into the attribute that the schema has for it, or stands under `unmapped.entry` as it is;
//! nothing is dropped but the salt, which keeps leaf hashes from telling anything. A kind that this
//! module does not know still becomes an event, and says so.

mod event;
mod fields;
mod kinds;

use serde_json::{Map, Value, json};

use crate::heading::ENTRY_VERSION;
use event::Event;
use fields::Fields;
use kinds::kind;

/// The newest published version of the schema; the events are held against its attributes.
pub const OCSF_VERSION: &str = "1.8.0";

/// Where an entry stands in its log: by this a receiver recognises it and proves that it has all.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Name of the log.
    pub log: &'a str,
    /// Index of the entry.
    pub index: u64,
    /// Its leaf hash, in hex.
    pub leaf_hash: &'a str,
    /// Size of a published checkpoint that covers it, where one does.
    pub checkpoint: Option<u64>,
}

impl Place<'_> {
    /// As it stands in every event, whatever else is cut.
    fn told(&self) -> Value {
        let mut told = json!({
            "name": self.log,
            "index": self.index,
            "leaf_hash": self.leaf_hash,
        });
        if let (Some(size), Some(told)) = (self.checkpoint, told.as_object_mut()) {
            told.insert("checkpoint_size".to_owned(), size.into());
        }
        told
    }
}

/// The event of an entry.
#[must_use]
pub fn event(entry: &[u8], place: &Place<'_>) -> Map<String, Value> {
    let read: Option<Map<String, Value>> = serde_json::from_slice(entry).ok();
    let of_version = |read: &Map<String, Value>| {
        read.get("v").and_then(Value::as_u64) == Some(u64::from(ENTRY_VERSION))
    };
    let Some(read) = read.filter(of_version) else {
        return kinds::unreadable().finish(place, Fields::default());
    };
    let mut fields = Fields::new(read);
    fields.drop("v");
    fields.drop("salt");
    let name = fields.text("kind");
    let at = fields.text("at");
    let kind = kind(&name);
    let mut event = Event::new(kind, &name, &at);
    (kind.fill)(&mut fields, &mut event);
    event.finish(place, fields)
}

/// What is left when nothing else fits: that there is such an entry, and where.
#[must_use]
pub(in crate::export) fn bare(of: &Map<String, Value>, place: &Place<'_>) -> Map<String, Value> {
    Event::bare(of, place)
}

#[cfg(test)]
mod tests;
