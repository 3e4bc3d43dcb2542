//! The keys that a log is verified with, and what its entries say of their successors.

use std::path::Path;

use anyhow::Context as _;
use audit::Digest;
use audit::note::{NoteKey, Succession};
use audit::publisher::own_keys;
use audit::verify::Said;
use serde::Deserialize;
use wire::Heading;

use super::limited;
use crate::command::Unreadable;

/// Every entry that has to be looked at holds one of these.
const KINDS: [&[u8]; 2] = [b"\"key-introduced\"", b"\"retention\""];

/// Every key that was given.
pub(crate) fn read_keys(given: &[String]) -> Result<Vec<NoteKey>, Unreadable> {
    let keys = given.iter().map(|given| key(given));
    keys.collect::<anyhow::Result<_>>()
        .map_err(Unreadable::from)
}

/// A key, or the file that holds one on its first line.
fn key(given: &str) -> anyhow::Result<NoteKey> {
    if let Some(key) = NoteKey::parse(given) {
        return Ok(key);
    }
    let text = std::fs::read_to_string(given)
        .with_context(|| format!("`{given}` is neither a key nor a file that can be read"))?;
    let line = text.lines().next().unwrap_or_default().trim();
    NoteKey::parse(line).with_context(|| format!("`{given}` holds no key of the form name+id+key"))
}

/// Adds the other key of a statement to the one that is believed.
pub(super) fn succeed(keys: &mut Vec<NoteKey>, file: &Path) -> anyhow::Result<()> {
    let name = file.display();
    let bytes = limited(file, audit::note::NOTE_BYTES_MAX as u64)?;
    let succession = Succession::parse(&bytes).with_context(|| format!("`{name}`"))?;
    let pair = [succession.old(), succession.new_key()];
    anyhow::ensure!(
        pair.iter().any(|key| keys.contains(key)),
        "`{name}` is about no key that is believed: {} and {}",
        succession.old(),
        succession.new_key()
    );
    let others = pair.into_iter().filter(|key| !keys.contains(key));
    let others: Vec<_> = others.cloned().collect();
    keys.extend(others);
    Ok(())
}

/// Adds the keys that those given continue by the statements of the log in `dir`: they have signed
/// its older volumes.
pub(crate) fn add_predecessors(keys: &mut Vec<NoteKey>, dir: &Path) -> anyhow::Result<()> {
    for key in keys.clone() {
        let own = own_keys(dir, &key).with_context(|| format!("`{}`", dir.display()))?;
        let new = own.into_iter().filter(|own| !keys.contains(own));
        let new: Vec<_> = new.collect();
        keys.extend(new);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Introduced<'e> {
    statement: &'e str,
}

#[derive(Deserialize)]
struct Removed {
    last: u64,
}

/// What an entry of either book says of keys, and of entries that left.
pub(super) fn said(entry: &[u8]) -> Option<Said> {
    let holds = |kind: &[u8]| entry.windows(kind.len()).any(|part| part == kind);
    if !KINDS.into_iter().any(holds) {
        return None;
    }
    match Heading::read(entry)?.kind.as_str() {
        "key-introduced" => {
            let read: Introduced<'_> = serde_json::from_slice(entry).ok()?;
            let statement = Digest::from_hex(read.statement)?;
            Some(Said::Successor { statement })
        }
        "retention" => {
            let read: Removed = serde_json::from_slice(entry).ok()?;
            let end = read.last.checked_add(1)?;
            Some(Said::Removed { end })
        }
        _ => None,
    }
}
