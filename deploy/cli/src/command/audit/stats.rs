//! `tianshu audit stats`: who asked how much, what was refused and missed, when, and about whom
//! again and again. One verified way through the log, the hub's or an agent's; the same log always
//! gives the same words.

mod counts;
mod shown;
mod tally;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use policies::Calendar;
use wire::Heading;

use super::faults::Faults;
use super::filter::{Filter, Wanted};
use super::opened;
use super::span::{Span, located};
use crate::command::{FOUND, Unreadable};
use shown::Statistics;
use tally::Tally;

/// Kinds that count something and that only an agent writes.
const AGENTS_KINDS: [&str; 4] = ["answered", "refused", "served", "case-opened"];

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// The folder of the log.
    dir: PathBuf,
    #[command(flatten)]
    filter: Filter,
    /// From how many look-ups of one subject by one operator on the subject is listed.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..))]
    repeated: u32,
    /// For other programs.
    #[arg(long)]
    json: bool,
}

/// One way through the log.
struct Pass<'p> {
    own: &'p str,
    wanted: &'p Wanted,
    span: Span,
    tally: Tally,
    /// Whether the log is an agent's, as its entries show.
    is_agents: bool,
    faults: Faults,
}

impl Pass<'_> {
    fn see(&mut self, index: u64, entry: &[u8]) {
        let Some(heading) = Heading::read(entry) else {
            let fault = format!("entry {index} is none of this version and was not counted");
            self.faults.add(fault);
            return;
        };
        self.is_agents |= AGENTS_KINDS.contains(&heading.kind.as_str());
        if self
            .span
            .see(index, &heading.at, self.wanted, &mut self.faults)
        {
            // An outcome has no key of its asker; it is counted with its decision or not at all.
            let fits = self.wanted.fits(&heading, self.own);
            self.tally.take(index, &heading, entry, self.own, fits);
        }
    }
}

impl Stats {
    pub(super) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let wanted = self.filter.wanted().map_err(Unreadable::from)?;
        let log = opened(&self.dir)?;
        let mut faults = Faults::default();
        let range = located(&log, &wanted, &mut faults)?;
        let mut pass = Pass {
            own: log.origin(),
            wanted: &wanted,
            span: Span::default(),
            tally: Tally::new(Calendar::builtin()?),
            is_agents: false,
            faults,
        };
        let visited = log.visit(range, |index, entry| pass.see(index, entry));
        let Pass {
            span,
            tally,
            is_agents,
            mut faults,
            ..
        } = pass;
        faults.add_begin(log.first(), span.is_bounded());
        match &visited {
            Ok(read) => faults.add_end(read),
            Err(fault) => faults.add(fault.to_string()),
        }
        let counted = tally.concluded(self.repeated, &mut faults);
        let statistics = Statistics {
            log: log.origin(),
            complete: faults.is_empty(),
            faults: faults.sentences(),
            time: &span,
            repeated_from: self.repeated,
            counted: &counted,
            is_agents,
        };
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &statistics)?;
            writeln!(out)?;
        } else {
            statistics.write_table(out)?;
        }
        Ok(if faults.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FOUND)
        })
    }
}
