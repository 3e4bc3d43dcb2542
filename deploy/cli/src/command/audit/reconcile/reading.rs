//! Reading the books of both sides, each as far as it verifies, into one list by question.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use anyhow::Context as _;
use audit::{LogReader, leaf_hash};
use serde::de::DeserializeOwned;
use wire::Heading;
use wire::limits::LINES_PER_LIST_AT_ONCE;

use super::books::{Exchange, Folded, ListEnded, Refused, Written};
use crate::command::audit::faults::Faults;
use crate::command::audit::filter::Wanted;
use crate::command::audit::moment::Moment;
use crate::command::audit::span::{Span, located};

/// Questions held in memory at once; a longer time is reconciled in parts (`--from`, `--to`).
const EXCHANGES_MAX: usize = 2_000_000;

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// By question.
    pub(super) exchanges: BTreeMap<String, Exchange>,
    /// Name of the hub's log.
    pub(super) hub: String,
    /// Names of the agents' logs, which are those of their nodes.
    pub(super) agents: Vec<String>,
    /// Refusals that the hub has only counted, by node and code.
    pub(super) folded: BTreeMap<(String, String), u64>,
    /// Refusals that name no question, by node: what an asker said when the hub's answer did not
    /// come, or could not be used.
    pub(super) unnamed: BTreeMap<String, Vec<Written<Refused>>>,
    /// Lists that ended, by node.
    pub(super) lists: BTreeMap<String, Vec<Written<ListEnded>>>,
    /// When a program was cut off without an orderly stop, by log: between the last entry before it
    /// and the next start.
    pub(super) cut_off: BTreeMap<String, Vec<(String, String)>>,
    /// Time of the newest entry of any book.
    pub(super) newest: String,
    /// Whether some log may have more to say: its writer has not closed it.
    pub(super) is_running: bool,
}

/// Whose book is read.
#[derive(Debug, Clone, Copy)]
enum Side<'n> {
    Hub,
    Agent(&'n str),
}

impl Books {
    pub(super) fn read_hub(
        &mut self,
        log: &LogReader,
        wanted: &Wanted,
        faults: &mut Faults,
    ) -> anyhow::Result<()> {
        self.hub = log.origin().to_owned();
        self.read(log, Side::Hub, wanted, faults)
    }

    pub(super) fn read_agent(
        &mut self,
        log: &LogReader,
        wanted: &Wanted,
        faults: &mut Faults,
    ) -> anyhow::Result<()> {
        let node = log.origin().to_owned();
        anyhow::ensure!(
            !self.agents.contains(&node),
            "two of the logs are those of `{node}`"
        );
        self.agents.push(node.clone());
        self.read(log, Side::Agent(&node), wanted, faults)
    }

    fn read(
        &mut self,
        log: &LogReader,
        side: Side<'_>,
        wanted: &Wanted,
        faults: &mut Faults,
    ) -> anyhow::Result<()> {
        let name = log.origin();
        let mut own = Faults::default();
        let range = located(log, wanted, &mut own)?;
        let mut span = Span::default();
        let mut read = Ok(());
        let mut before: Option<(String, String)> = None;
        let visited = log.visit(range, |index, entry| {
            let Some(heading) = Heading::read(entry) else {
                own.add(format!(
                    "entry {index} is none of this version and was not compared"
                ));
                return;
            };
            if let Some((kind, at)) = before.take()
                && heading.kind.as_str() == "started"
                && kind != "stopped"
            {
                let started = Moment::of_entry(&heading.at).unwrap_or_default();
                let times = self.cut_off.entry(name.to_owned()).or_default();
                times.push((at, started.to_owned()));
            }
            let at = Moment::of_entry(&heading.at).unwrap_or_default();
            before = Some((heading.kind.as_str().to_owned(), at.to_owned()));
            if span.see(index, &heading.at, wanted, &mut own) && read.is_ok() {
                read = self.take(side, index, &heading, entry).with_context(|| {
                    format!("entry {index} of `{name}` is not readable as what it says it is")
                });
            }
        });
        own.add_begin(log.first(), span.is_bounded());
        match &visited {
            Ok(read) => {
                own.add_end(read);
                self.is_running |= read.reaches_end && !read.is_closed;
            }
            Err(fault) => own.add(fault.to_string()),
        }
        let last = span.last.as_ref();
        let last = last.and_then(|edge| Moment::of_entry(&edge.at));
        if let Some(last) = last.filter(|last| *last > self.newest.as_str()) {
            last.clone_into(&mut self.newest);
        }
        for fault in own.sentences() {
            faults.add(format!("log `{name}`: {fault}"));
        }
        read
    }

    fn take(
        &mut self,
        side: Side<'_>,
        index: u64,
        heading: &Heading<'_>,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        let line = Line {
            index,
            at: Moment::of_entry(&heading.at).unwrap_or_default(),
            bytes,
        };
        match (side, heading.kind.as_str()) {
            (Side::Hub, "refusals-folded") => {
                let Folded { code, who, count } = line.says()?;
                let counted = self.folded.entry((who, code)).or_default();
                *counted = counted.saturating_add(count);
            }
            // A refused stream is no question.
            (Side::Hub, kind @ ("decision" | "outcome" | "abandoned" | "refusal"))
                if !heading.query.is_empty() =>
            {
                self.take_of_hub(kind, &heading.query, &line)?;
            }
            (Side::Agent(node), kind @ ("answered" | "refused" | "served" | "list-ended")) => {
                self.take_of_agent(kind, node, &heading.query, &line)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn take_of_hub(&mut self, kind: &str, query: &str, line: &Line<'_>) -> anyhow::Result<()> {
        let exchange = self.exchange(query)?;
        let is_twice = match kind {
            "decision" => exchange.decision.replace(line.written()?).is_some(),
            "refusal" => exchange.refusal.replace(line.written()?).is_some(),
            ended => {
                exchange.abandoned |= ended == "abandoned";
                exchange.outcome.replace(line.written()?).is_some()
            }
        };
        if is_twice {
            let twice = format!("the hub's book has a second `{kind}` at {}", line.index);
            exchange.twice.push(twice);
        }
        Ok(())
    }

    fn take_of_agent(
        &mut self,
        kind: &str,
        node: &str,
        query: &str,
        line: &Line<'_>,
    ) -> anyhow::Result<()> {
        match kind {
            "list-ended" => {
                let mut ended: Written<ListEnded> = line.written()?;
                // The others of them had not left.
                ended.says.not_asked = ended.says.not_asked.min(LINES_PER_LIST_AT_ONCE as u64);
                self.lists.entry(node.to_owned()).or_default().push(ended);
            }
            "refused" if query.is_empty() => {
                let refused = line.written()?;
                self.unnamed
                    .entry(node.to_owned())
                    .or_default()
                    .push(refused);
            }
            "refused" => {
                let refused: Written<Refused> = line.written()?;
                let exchange = self.exchange(query)?;
                let by_guard = refused.says.by == "guard";
                let book = if by_guard {
                    &mut exchange.guarded
                } else {
                    &mut exchange.refused
                };
                note(book, node, refused, &mut exchange.twice);
            }
            "served" => {
                let exchange = self.exchange(query)?;
                note(
                    &mut exchange.served,
                    node,
                    line.written()?,
                    &mut exchange.twice,
                );
            }
            _ => {
                let exchange = self.exchange(query)?;
                note(
                    &mut exchange.answered,
                    node,
                    line.written()?,
                    &mut exchange.twice,
                );
            }
        }
        Ok(())
    }

    fn exchange(&mut self, query: &str) -> anyhow::Result<&mut Exchange> {
        let count = self.exchanges.len();
        match self.exchanges.entry(query.to_owned()) {
            Slot::Occupied(there) => Ok(there.into_mut()),
            Slot::Vacant(free) => {
                anyhow::ensure!(
                    count < EXCHANGES_MAX,
                    "more than {EXCHANGES_MAX} questions: reconcile a shorter time (--from, --to)"
                );
                Ok(free.insert(Exchange::default()))
            }
        }
    }
}

fn note<T>(
    book: &mut BTreeMap<String, Written<T>>,
    node: &str,
    written: Written<T>,
    twice: &mut Vec<String>,
) {
    let index = written.index;
    if book.insert(node.to_owned(), written).is_some() {
        twice.push(format!(
            "the book of {node} has a second entry of it at {index}"
        ));
    }
}

/// One entry on its way.
struct Line<'l> {
    index: u64,
    at: &'l str,
    bytes: &'l [u8],
}

impl Line<'_> {
    fn says<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        // The reader's own words might quote the entry.
        serde_json::from_slice(self.bytes)
            .ok()
            .context("a field is missing or of another type")
    }

    fn written<T: DeserializeOwned>(&self) -> anyhow::Result<Written<T>> {
        Ok(Written {
            index: self.index,
            at: self.at.to_owned(),
            leaf_hash: leaf_hash(self.bytes),
            says: self.says()?,
        })
    }
}
