//! `tianshu audit search`: the entries of a log that fit, each hashed from the bytes shown, with
//! what proves that none is missing. The log itself decides; an index only proposes.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use audit::{LogReader, Order, Stretch};
use clap::{Args, ValueEnum};
use wire::{Clock, Heading};

use super::faults::Faults;
use super::filter::{Filter, Wanted};
use super::found::Found;
use super::kept::{Comparison, Kept};
use super::moment::Moment;
use super::opened;
use super::page::Page;
use super::span::{Span, located};
use crate::command::{FOUND, Unreadable};

/// Entries that are fetched together when the index is trusted.
const FETCHED: usize = 256;

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The folder of the log: of a stopped hub or agent, a copy, or beside a running one.
    dir: PathBuf,
    #[command(flatten)]
    filter: Filter,
    /// Which entries come first.
    #[arg(long, value_enum, default_value_t = First::Newest)]
    first: First,
    /// How many at most on a page.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// The cursor under the page before: the index of its last entry.
    #[arg(long)]
    after: Option<u64>,
    /// A folder of your own for an index, which is made and kept up there. Without it the log is
    /// read alone.
    #[arg(long)]
    index: Option<PathBuf>,
    /// Do not read the log again to prove the index: fast on a long log, but entries that the index
    /// hides stay hidden, and the page says so.
    /// Needs a filter besides --from and --to.
    #[arg(long, requires = "index")]
    trust_index: bool,
    /// For other programs.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum First {
    Newest,
    Oldest,
}

impl Search {
    pub(super) fn run(self, clock: &dyn Clock, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let wanted = self.filter.wanted().map_err(Unreadable::from)?;
        if self.trust_index && wanted.keys.is_empty() {
            let needs = "--trust-index needs a filter besides --from and --to: an index finds no \
                         entry by its time alone";
            return Err(Unreadable::from(anyhow::anyhow!(needs)).into());
        }
        let log = opened(&self.dir)?;
        let order = match self.first {
            First::Newest => Order::NewestFirst,
            First::Oldest => Order::OldestFirst,
        };
        let page = Page::new(order, self.limit, self.after);
        let mut faults = Faults::default();
        let kept = self.index.as_deref();
        let kept = kept.map(|dir| Kept::open(dir, &log, &wanted.keys, clock));
        let kept = kept.transpose().context("index")?;
        let mut found = match &kept {
            Some(kept) if self.trust_index => {
                proposed(&log, &wanted, kept, page, (order, self.after), faults)?
            }
            _ => {
                let range = located(&log, &wanted, &mut faults)?;
                let mut pass = Pass {
                    own: log.origin(),
                    wanted: &wanted,
                    span: Span::default(),
                    page,
                    compared: kept
                        .as_ref()
                        .filter(|_| !wanted.keys.is_empty())
                        .map(|kept| {
                            let begin = log.segments().iter().rfind(|first| **first <= range.start);
                            Comparison::new(kept, begin.copied().unwrap_or(0))
                        }),
                    faults,
                };
                let visited = log.visit(range, |index, entry| pass.see(index, entry));
                let stretch = visited.map_err(anyhow::Error::from);
                pass.faults.add_begin(log.first(), pass.span.is_bounded());
                pass.concluded(stretch)
            }
        };
        found.log = log.origin().to_owned();
        found.rebuilt = kept.is_some_and(|kept| kept.caught_up.rebuilt);
        if self.json {
            found.write_json(out)?;
        } else {
            found.write_table(out)?;
        }
        Ok(if found.faults.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FOUND)
        })
    }
}

/// One way through a stretch of the log.
struct Pass<'p> {
    own: &'p str,
    wanted: &'p Wanted,
    span: Span,
    page: Page,
    compared: Option<Comparison<'p>>,
    faults: Faults,
}

impl Pass<'_> {
    fn see(&mut self, index: u64, entry: &[u8]) {
        let Some(heading) = Heading::read(entry) else {
            let fault = format!("entry {index} is none of this version and was not searched");
            self.faults.add(fault);
            return;
        };
        let fits = self.wanted.fits(&heading, self.own);
        if let Some(compared) = &mut self.compared {
            compared.see(index, fits, &mut self.faults);
        }
        let is_within = self
            .span
            .see(index, &heading.at, self.wanted, &mut self.faults);
        if fits && is_within {
            self.page.take(index, entry);
        }
    }

    fn concluded(mut self, stretch: anyhow::Result<Stretch>) -> Found {
        let stretch = match stretch {
            Ok(stretch) => {
                self.faults.add_end(&stretch);
                if let Some(compared) = self.compared.take() {
                    compared.end(stretch.end, &mut self.faults);
                }
                Some(stretch)
            }
            // What was shown up to here is sound; what stands behind is not searched.
            Err(fault) => {
                self.faults.add(format!("{fault:#}"));
                None
            }
        };
        Found::new(self.page, Some(self.span), stretch, self.faults)
    }
}

/// What the index proposes, each entry read from the log and held against the search.
fn proposed(
    log: &LogReader,
    wanted: &Wanted,
    kept: &Kept,
    mut page: Page,
    (order, after): (Order, Option<u64>),
    mut faults: Faults,
) -> anyhow::Result<Found> {
    let mut range = located(log, wanted, &mut faults)?;
    faults.add_begin(log.first(), range.start > log.first());
    if range.end != u64::MAX {
        // The segment that holds the end of the time belongs to it.
        let next = log.segments().iter().find(|first| **first >= range.end);
        range.end = next.copied().unwrap_or(u64::MAX);
    }
    match (order, after) {
        (Order::OldestFirst, Some(after)) => range.start = range.start.max(after.saturating_add(1)),
        (Order::NewestFirst, Some(after)) => range.end = range.end.min(after),
        (_, None) => {}
    }
    let mut rows = Vec::new();
    while !page.is_full(rows.len()) {
        let proposals = kept.proposed(range.clone(), order, FETCHED)?;
        let Some(last) = proposals.last() else { break };
        match order {
            Order::OldestFirst => range.start = last.saturating_add(1),
            Order::NewestFirst => range.end = *last,
        }
        for index in proposals {
            if page.is_full(rows.len()) {
                break;
            }
            let entry = log.read(index)?;
            let heading = entry.as_deref().and_then(Heading::read);
            match (&entry, heading) {
                (Some(entry), Some(heading)) if wanted.fits(&heading, log.origin()) => {
                    if Moment::of_entry(&heading.at).is_some_and(|moment| wanted.holds(moment)) {
                        rows.push((index, entry.clone()));
                    }
                }
                _ => faults.add(format!("the index invents entry {index}")),
            }
        }
    }
    if order == Order::NewestFirst {
        rows.reverse();
    }
    for (index, entry) in rows {
        page.take(index, &entry);
    }
    Ok(Found::new(page, None, None, faults))
}
