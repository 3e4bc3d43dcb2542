//! What the checkers go by: the run as it was seen, and the log read as plain JSON, without the
//! hub's own types.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use wire::v1;

use super::history::{Ending, Event, Said};
use super::question::Asked;
use super::world::Run;

/// One entry of the log.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) index: usize,
    pub(super) kind: String,
    pub(super) value: Value,
}

impl Entry {
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn number(&self, pointer: &str) -> u64 {
        let number = self.value.pointer(pointer).and_then(Value::as_u64);
        number.unwrap_or_default()
    }

    pub(super) fn texts(&self, pointer: &str) -> BTreeSet<String> {
        let list = self.value.pointer(pointer).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    pub(super) fn keys(&self, pointer: &str) -> BTreeSet<String> {
        let table = self.value.pointer(pointer).and_then(Value::as_object);
        table
            .into_iter()
            .flat_map(|table| table.keys().cloned())
            .collect()
    }
}

/// A run, sorted.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pub(super) run: &'a Run,
    pub(super) entries: Vec<Entry>,
    /// Questions by the nonce of their statement.
    pub(super) signed: BTreeMap<&'a str, &'a Asked>,
    /// Where decision and outcome of a query lie.
    pub(super) decisions: BTreeMap<String, usize>,
    pub(super) outcomes: BTreeMap<String, usize>,
    /// First reply of a node to a query, in one life.
    pub(super) replied: BTreeMap<(&'a str, &'a str), (Duration, &'a Said)>,
    /// When a call arrived.
    pub(super) arrived: BTreeMap<u64, Duration>,
}

/// An answer at the moment it left the hub.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) at: Duration,
    pub(super) call: u64,
    pub(super) asked: &'a Asked,
    pub(super) answer: &'a v1::Answer,
    pub(super) durable: usize,
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) check: &'static str,
    pub(super) said: String,
}

pub(super) fn violation(check: &'static str, said: impl Into<String>) -> Violation {
    Violation {
        check,
        said: said.into(),
    }
}

impl<'a> Evidence<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let mut evidence = Self {
            run,
            entries: Vec::new(),
            signed: BTreeMap::new(),
            decisions: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            replied: BTreeMap::new(),
            arrived: BTreeMap::new(),
        };
        for (index, raw) in run.log.iter().enumerate() {
            let value: Value = serde_json::from_slice(raw).unwrap_or_default();
            let kind = value["kind"].as_str().unwrap_or("unreadable").to_owned();
            let entry = Entry { index, kind, value };
            let query = entry.text("/query").to_owned();
            match entry.kind.as_str() {
                "decision" => drop(evidence.decisions.insert(query, index)),
                "outcome" => drop(evidence.outcomes.insert(query, index)),
                _ => {}
            }
            evidence.entries.push(entry);
        }
        for (at, event) in &run.events {
            match event {
                Event::Signed(asked) => drop(evidence.signed.insert(&asked.nonce, asked)),
                Event::Arrived { call, .. } => drop(evidence.arrived.insert(*call, *at)),
                Event::Replied {
                    node, query, said, ..
                } => {
                    let first = evidence.replied.entry((node, query));
                    first.or_insert((*at, said));
                }
                _ => {}
            }
        }
        evidence
    }

    pub(super) fn events(&self) -> impl Iterator<Item = (Duration, &'a Event)> {
        self.run.events.iter().map(|(at, event)| (*at, event))
    }

    /// Every answer that left the hub.
    pub(super) fn given(&self) -> impl Iterator<Item = Given<'a>> {
        self.events().filter_map(|(at, event)| match event {
            Event::Left {
                call,
                nonce,
                ending: Ending::Answer(answer),
                durable,
                ..
            } => {
                let (call, durable, asked) = (*call, *durable, *self.signed.get(nonce.as_str())?);
                Some(Given {
                    at,
                    call,
                    asked,
                    answer,
                    durable,
                })
            }
            _ => None,
        })
    }

    pub(super) fn decision(&self, query: &str) -> Option<&Entry> {
        self.entries.get(*self.decisions.get(query)?)
    }

    /// The entries of the log, life by life.
    pub(super) fn lives(&self) -> impl Iterator<Item = &[Entry]> {
        // What a start closes it writes before it says that it has started; no breaker is among it.
        self.entries
            .split_inclusive(|entry| entry.kind == "started")
    }
}
