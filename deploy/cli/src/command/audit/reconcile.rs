//! `tianshu audit reconcile`: the hub's book against the books of the centers. Each question that
//! one side has and another lacks, or on which they disagree, is named.
//!
//! Reads each log as far as it verifies. Tolerates the newest seconds of logs that are in use, and
//! says how many questions it left out for them.

mod books;
mod judging;
mod reading;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use time::Duration;

use super::faults::Faults;
use super::filter::Wanted;
use super::found::plain;
use super::moment::Moment;
use super::opened;
use crate::command::{FOUND, Unreadable};
use judging::{GIVING_UP, Horizon, Judged, Remark, judged};
use reading::Books;

/// What belongs to a question may stand so long before and behind the time that is judged.
const MARGIN: Duration = Duration::minutes(10);
/// Most remarks of one sort in the table; JSON has them all.
const TOLD_MAX: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// The folder of the hub's log.
    #[arg(long)]
    hub: PathBuf,
    /// The folder of an agent's log; once for each center.
    #[arg(long, required = true)]
    agent: Vec<PathBuf>,
    /// Only questions from this moment on.
    #[arg(long, value_parser = Moment::from)]
    from: Option<Moment>,
    /// Only questions before this moment; a day belongs to it whole.
    #[arg(long, value_parser = Moment::to)]
    to: Option<Moment>,
    /// While a log is in use, what is newer than so many seconds before the newest entry of all
    /// logs is not judged. 0 judges everything.
    #[arg(long, default_value_t = 90)]
    settle: u32,
    /// For other programs.
    #[arg(long)]
    json: bool,
}

/// What the program says.
#[derive(Debug, Serialize)]
struct Report<'r> {
    hub: &'r str,
    agents: &'r [String],
    /// What was written later was not judged.
    judged_up_to: Option<String>,
    #[serde(flatten)]
    judged: &'r Judged,
    faults: Vec<String>,
    verdict: Verdict,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Agree,
    /// There was no question to hold against another book: that is no agreement.
    NothingCompared,
    Differ,
}

impl Verdict {
    const fn of(judged: &Judged, faults: &Faults) -> Self {
        if !judged.findings.is_empty() || !faults.is_empty() {
            Self::Differ
        } else if judged.compared == 0 {
            Self::NothingCompared
        } else {
            Self::Agree
        }
    }

    fn exit_code(self) -> ExitCode {
        match self {
            Self::Agree => ExitCode::SUCCESS,
            Self::NothingCompared => ExitCode::from(Unreadable::EXIT_CODE),
            Self::Differ => ExitCode::from(FOUND),
        }
    }
}

impl Reconcile {
    pub(super) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let mut faults = Faults::default();
        let books = self.read(&mut faults).map_err(Unreadable::from)?;
        let settled = Moment::shifted(&books.newest, -Duration::seconds(self.settle.into()));
        let horizon = Horizon {
            from: self.from,
            to: self.to,
            settled: settled.filter(|_| books.is_running && self.settle > 0),
        };
        let (hub, agents) = (books.hub.clone(), books.agents.clone());
        let judged = judged(books, &horizon);
        let report = Report {
            hub: &hub,
            agents: &agents,
            judged_up_to: horizon.settled.as_ref().map(|at| Moment::told(at.as_str())),
            judged: &judged,
            faults: faults.sentences(),
            verdict: Verdict::of(&judged, &faults),
        };
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)?;
        } else {
            report.write_table(out)?;
        }
        Ok(report.verdict.exit_code())
    }

    fn read(&self, faults: &mut Faults) -> anyhow::Result<Books> {
        let shifted = |moment: &Option<Moment>, by| {
            let moment = moment.as_ref()?;
            Moment::shifted(moment.as_str(), by)
        };
        let wanted = Wanted {
            keys: Vec::new(),
            from: shifted(&self.from, -MARGIN),
            to: shifted(&self.to, MARGIN + GIVING_UP),
        };
        let mut books = Books::default();
        // The hub's first: what the agents write meanwhile is too new to be judged.
        books.read_hub(&opened(&self.hub)?, &wanted, faults)?;
        for agent in &self.agent {
            books.read_agent(&opened(agent)?, &wanted, faults)?;
        }
        Ok(books)
    }
}

impl Report<'_> {
    fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        let judged = self.judged;
        writeln!(out, "hub        {}", plain(self.hub))?;
        writeln!(out, "agents     {}", plain(&self.agents.join(", ")))?;
        let (compared, agree) = (judged.compared, judged.agree);
        writeln!(out, "questions  {compared} compared, {agree} agree")?;
        if let Some(moment) = &self.judged_up_to {
            let newest = judged.newest;
            writeln!(
                out,
                "newest     {newest} questions after {moment} not judged: a log is in use, or was \
                 not closed"
            )?;
        }
        for (node, count) in &judged.not_given {
            writeln!(
                out,
                "not given  the book of {}, which took part in {count} questions",
                plain(node)
            )?;
        }
        remarks("explained", &judged.explained, out)?;
        remarks("FINDING", &judged.findings, out)?;
        for fault in &self.faults {
            writeln!(out, "FAULT      {}", plain(fault))?;
        }
        writeln!(out, "verdict    {}", self.words())
    }

    fn words(&self) -> &'static str {
        match self.verdict {
            Verdict::Agree => "the books agree",
            Verdict::NothingCompared if self.judged.newest > 0 => {
                "nothing was compared: every question is too new (--settle 0 judges them)"
            }
            Verdict::NothingCompared => "nothing was compared: there is no question of this time",
            Verdict::Differ => "THE BOOKS DO NOT AGREE",
        }
    }
}

fn remarks(name: &str, remarks: &[Remark], out: &mut dyn Write) -> io::Result<()> {
    for Remark { at, query, says } in remarks.iter().take(TOLD_MAX) {
        let (query, says) = (plain(query), plain(says));
        writeln!(out, "{name:<9}  {at}  {query}: {says}")?;
    }
    match remarks.len().checked_sub(TOLD_MAX) {
        Some(more @ 1..) => writeln!(out, "{name:<9}  and {more} more"),
        _ => Ok(()),
    }
}
