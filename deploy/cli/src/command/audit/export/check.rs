//! What a receiver has stored, held against the log: whether every entry is there, whether each
//! message says what the log says, and whether any was invented.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use audit::{Digest, LogReader, leaf_hash};
use serde_json::Value;
use wire::export::{Gap, Place, event};

use super::Faults;
use crate::command::FOUND;

/// Longest line that is read: longer than any event.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// What was received of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Received {
    leaf_hash: Digest,
    /// Digest of the event without its checkpoint; none if it was cut or mapped by another version.
    event: Option<Digest>,
}

#[derive(Debug, Default)]
struct Tally {
    received: BTreeMap<u64, Received>,
    messages: u64,
    again: u64,
    cut: u64,
    other_version: u64,
    others: u64,
    faults: Faults,
}

/// Compares, from the entry `from` up to the last one received.
pub(super) fn run(
    log: &LogReader,
    received: &Path,
    from: u64,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let named = || format!("`{}`", received.display());
    let mut lines = BufReader::new(File::open(received).with_context(named)?);
    let mut tally = Tally::default();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let mut limited = lines.by_ref().take(LINE_BYTES_MAX);
        if limited.read_until(b'\n', &mut line).with_context(named)? == 0 {
            break;
        }
        tally.take(log.origin(), number, &line);
    }
    let (begin, from) = (from, from.max(log.first()));
    let gap = Gap::before(begin, log.first());
    let before = tally.received.range(begin..from.max(begin)).count();
    let mut missing = Missing::default();
    let last = tally.received.last_key_value().map(|(index, _)| *index);
    let mut size = 0;
    let visited = log.visit(from..u64::MAX, |index, entry| {
        size = index.saturating_add(1);
        if index < from || last.is_none_or(|last| index > last) {
            return;
        }
        match tally.received.remove(&index) {
            Some(received) => {
                if let Some(fault) = differs(log.origin(), index, entry, received) {
                    tally.faults.add(fault);
                }
            }
            None => missing.add(index),
        }
    });
    let stretch = visited?;
    tally.faults.add_end(&stretch);
    for index in tally.received.keys().filter(|index| **index >= from) {
        tally
            .faults
            .add(format!("entry {index} was received and is not in the log"));
    }
    if let Some(Gap { first, last }) = gap {
        tally.faults.add(format!(
            "entries {first} to {last} were removed to the archive: {before} received ones of them \
             were not compared; restore them and check again"
        ));
    }
    tally.tell(log.origin(), (begin, last, size), &missing, out)
}

impl Tally {
    fn take(&mut self, log: &str, number: u64, line: &[u8]) {
        let json = line.iter().position(|byte| *byte == b'{');
        let json = json.and_then(|at| line.get(at..)).unwrap_or_default();
        let Ok(mut event) = serde_json::from_slice::<Value>(json) else {
            if !line.trim_ascii().is_empty() {
                self.faults
                    .add(format!("line {number} holds no whole event"));
            }
            return;
        };
        let place = event.pointer("/unmapped/log");
        let text = |name: &str| place.and_then(|place| place.get(name)?.as_str());
        let index = place.and_then(|place| place.get("index")?.as_u64());
        let leaf = text("leaf_hash").and_then(Digest::from_hex);
        let (Some(index), Some(leaf_hash)) = (index, leaf) else {
            self.faults
                .add(format!("line {number} does not say which entry it is of"));
            return;
        };
        if text("name") != Some(log) {
            self.others = self.others.saturating_add(1);
            return;
        }
        self.messages = self.messages.saturating_add(1);
        let received = Received {
            leaf_hash,
            event: self.digest(&mut event),
        };
        match self.received.insert(index, received) {
            None => {}
            Some(before) => {
                self.again = self.again.saturating_add(1);
                let same_event = before.event == received.event
                    || before.event.is_none()
                    || received.event.is_none();
                if before.leaf_hash != leaf_hash || !same_event {
                    self.faults
                        .add(format!("entry {index} was received in two versions"));
                }
            }
        }
    }

    /// Digest of an event that was mapped as it would be here.
    fn digest(&mut self, event: &mut Value) -> Option<Digest> {
        if event.pointer("/metadata/is_truncated") == Some(&Value::Bool(true)) {
            self.cut = self.cut.saturating_add(1);
            return None;
        }
        let version = event.pointer("/metadata/product/version");
        if version.and_then(Value::as_str) != Some(env!("CARGO_PKG_VERSION")) {
            self.other_version = self.other_version.saturating_add(1);
            return None;
        }
        Some(digest_of(event))
    }

    fn tell(
        &self,
        log: &str,
        (from, last, size): (u64, Option<u64>, u64),
        missing: &Missing,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let Some(last) = last else {
            writeln!(out, "{log}: nothing of this log was received")?;
            return Ok(ExitCode::from(FOUND));
        };
        let (messages, again) = (self.messages, self.again);
        writeln!(
            out,
            "{log}: {messages} messages, {again} of them again; entries {from} to {last}"
        )?;
        let (cut, other) = (self.cut, self.other_version);
        writeln!(
            out,
            "cut to length: {cut}; mapped by another version: {other}; of other logs: {}",
            self.others
        )?;
        let newer = size.saturating_sub(last.saturating_add(1));
        writeln!(out, "newer entries not received yet: {newer}")?;
        for fault in self.faults.sentences() {
            writeln!(out, "{fault}")?;
        }
        missing.tell(out)?;
        if missing.count == 0 && self.faults.is_empty() {
            writeln!(out, "complete: every entry was received, as the log has it")?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(ExitCode::from(FOUND))
    }
}

fn differs(log: &str, index: u64, entry: &[u8], received: Received) -> Option<String> {
    let leaf = leaf_hash(entry);
    if leaf != received.leaf_hash {
        return Some(format!(
            "entry {index} was received as leaf {}, the log has {leaf}",
            received.leaf_hash
        ));
    }
    let place = Place {
        log,
        index,
        leaf_hash: &leaf.to_string(),
        checkpoint: None,
    };
    let mut own = Value::Object(event(entry, &place));
    let own = received
        .event
        .is_none_or(|other| digest_of(&mut own) == other);
    (!own).then(|| format!("entry {index} was received with another text than the log has"))
}

/// Digest of an event, whatever checkpoint covered it when it was sent.
fn digest_of(event: &mut Value) -> Digest {
    let place = event.pointer_mut("/unmapped/log");
    if let Some(place) = place.and_then(Value::as_object_mut) {
        place.remove("checkpoint_size");
    }
    leaf_hash(event.to_string().as_bytes())
}

/// Runs of entries that were not received.
#[derive(Debug, Default)]
struct Missing {
    runs: Vec<(u64, u64)>,
    count: u64,
}

/// Most runs that are told.
const RUNS_MAX: usize = 20;

impl Missing {
    fn add(&mut self, index: u64) {
        self.count = self.count.saturating_add(1);
        let follows = |run: &(u64, u64)| run.1.checked_add(1) == Some(index);
        if let Some(run) = self.runs.last_mut().filter(|run| follows(run)) {
            run.1 = index;
        } else if self.runs.len() <= RUNS_MAX {
            self.runs.push((index, index));
        }
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        for (first, last) in self.runs.iter().take(RUNS_MAX) {
            writeln!(out, "missing: {first} to {last}")?;
        }
        if self.count > 0 {
            writeln!(out, "missing in all: {}", self.count)?;
        }
        Ok(())
    }
}
