//! `tianshu audit expire`: removes volumes from an archive whose time is over, as two officers have
//! ordered. The record stays in the archive, and the log's owner takes it into the log.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use audit::note::{NoteKey, SignatureKind};
use audit::volume::{ExpiryOrder, OrderBook};
use audit::{Archive, LogReader};
use catalog::Source;
use clap::Args;
use policies::{KeepingOrders, KeptEntry, ORDERS_SIGNERS_MIN, TrustList, day_begins};
use wire::keeping::{ARCHIVED_DAYS_MIN, NamedOrders, days_before, written_at};
use wire::{Clock, Heading};

use super::opened;
use super::verify::{add_predecessors, read_keys};
use crate::command::FOUND;

#[derive(Debug, Args)]
pub(crate) struct Expire {
    /// The folder of the archive.
    archive: PathBuf,
    /// The folder of the log, in which the orders lie that are in force.
    #[arg(long)]
    log: PathBuf,
    /// The trust list, with the keys of the officers.
    #[arg(long)]
    trust_list: PathBuf,
    /// Of an agent's log: the node whose officers may order.
    #[arg(long)]
    node: Option<String>,
    /// A public key of the log (`name+id+key`), or a file that holds it.
    #[arg(long, required = true)]
    key: Vec<String>,
    /// Days that entries stay in the archive, as configured (`retention.archived_days`).
    #[arg(
        long,
        default_value_t = ARCHIVED_DAYS_MIN,
        value_parser = clap::value_parser!(u64).range(ARCHIVED_DAYS_MIN..)
    )]
    archived_days: u64,
}

impl Expire {
    pub(super) fn run(self, clock: &dyn Clock, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys = read_keys(&self.key)?;
        let book = OrderBook {
            dir: self.log.clone(),
            file: PathBuf::new(),
            keys: officer_keys(&self.trust_list, self.node.as_deref())?,
            signers_min: ORDERS_SIGNERS_MIN,
        };
        let sealed = book.in_force()?;
        let sealed = sealed.context("no orders are in force: nothing may be removed")?;
        let orders = KeepingOrders::parse(&sealed.sealed.text)?;
        let origin = &keys.first().context("--key")?.name().to_owned();
        orders.follow(None, origin)?;
        let until = orders.archived_until;
        let until = until.context("the orders say no `archived_until`: nothing may be removed")?;
        let before = day_begins(until).min(days_before(clock.now(), self.archived_days));
        let named = named(&opened(&self.log)?)?;
        anyhow::ensure!(
            named.is_some_and(|named| named.digest == sealed.digest.to_string()),
            "the log does not name these orders as the ones in force: nothing may be removed"
        );
        let note = String::from_utf8(sealed.bytes().to_vec())?;
        let order = ExpiryOrder::of(note, clock.now().unix_timestamp());
        let order = order.context("`orders` is no note")?;
        let holds = Holds::new(&orders);
        let held = |index: u64, entry: &[u8]| holds.hold(index, entry);
        let mut keys = keys;
        add_predecessors(&mut keys, &self.log)?;
        let (gone, kept) = Archive::new(&self.archive, keys).expire(before, &order, &held)?;
        for expired in &gone {
            let (first, last) = (expired.first, expired.last());
            writeln!(out, "removed         entries {first} to {last}")?;
        }
        for fault in &kept {
            writeln!(out, "KEPT            {fault}")?;
        }
        writeln!(
            out,
            "{} volumes removed, {} kept by holds",
            gone.len(),
            kept.len()
        )?;
        Ok(if kept.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FOUND)
        })
    }
}

/// The holds of orders, over entries in the order of the log. An outcome names neither case nor
/// subject: it is held with its decision, whatever volume it lies in.
struct Holds<'o> {
    orders: &'o KeepingOrders,
    queries: Mutex<BTreeSet<String>>,
}

impl<'o> Holds<'o> {
    const fn new(orders: &'o KeepingOrders) -> Self {
        Self {
            orders,
            queries: Mutex::new(BTreeSet::new()),
        }
    }

    fn hold(&self, index: u64, entry: &[u8]) -> Option<String> {
        let (Some(heading), Some(at)) = (Heading::read(entry), written_at(entry)) else {
            return Some("unreadable".to_owned());
        };
        let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        let cases: [&str; 2] = [&heading.case.number, &heading.case_no];
        let held = cases.into_iter().find_map(|case_no| {
            let subject = &heading.subject;
            let kept = KeptEntry {
                index,
                at,
                case_no,
                subject,
            };
            self.orders.held(kept)
        });
        let query: &str = &heading.query;
        if held.is_some() && !query.is_empty() {
            queries.insert(query.to_owned());
        }
        let with_decision = || queries.contains(query).then_some("a question that is held");
        held.or_else(with_decision).map(str::to_owned)
    }
}

/// The orders that the log says are in force. A copy beside it can be exchanged for an older one.
fn named(log: &LogReader) -> anyhow::Result<Option<NamedOrders>> {
    let mut end = u64::MAX;
    for first in log.segments().iter().rev() {
        let mut last = None;
        log.visit(*first..end, |_, entry| {
            last = NamedOrders::read(entry).or(last.take());
        })?;
        if last.is_some() {
            return Ok(last);
        }
        end = *first;
    }
    Ok(None)
}

/// The keys of the officers of a trust list, or of those of one node.
pub(super) fn officer_keys(file: &Path, node: Option<&str>) -> anyhow::Result<Vec<NoteKey>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("`{name}`"))?;
    let trust = TrustList::parse(&Source {
        name: &name,
        text: &text,
    })?;
    let keys = trust.officer_keys(node);
    let keys = keys.filter_map(|(name, key)| NoteKey::new(&name, SignatureKind::Plain, key));
    Ok(keys.collect())
}
