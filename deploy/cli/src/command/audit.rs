//! `tianshu audit`: reading and checking a log offline. It needs no key, writes nothing and may run
//! beside a live writer.

mod faults;
mod filter;
mod found;
mod kept;
mod moment;
mod page;
mod reconcile;
mod search;
mod span;
mod stats;
mod subject;

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::verify::{verify_receipts, visit_dir};
use audit::{Digest, Receipt, Verified, leaf_hash};
use clap::{Args, Subcommand};
use wire::SystemClock;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check every byte of a log, and that it honours receipts handed out for it.
    Verify {
        /// The folder of the log.
        dir: PathBuf,
        /// Receipts, one JSON object a line.
        #[arg(long)]
        receipts: Option<PathBuf>,
    },
    /// Print entries, one a line: index, leaf hash, entry.
    Show(Show),
    /// Find entries by time, center, node, operator, subject, flow, case, code, kind or question.
    Search(Box<search::Search>),
    /// Count who asked how much, what was refused and missed, when, about whom again and again.
    Stats(Box<stats::Stats>),
    /// Hold the hub's log against the agents' logs: name each question on which they differ.
    Reconcile(reconcile::Reconcile),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The folder of the log.
    dir: PathBuf,
    /// The first entry.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many at most.
    #[arg(long)]
    limit: Option<u64>,
    /// This one entry only.
    #[arg(long, conflicts_with_all = ["from", "limit"])]
    index: Option<u64>,
}

impl Audit {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Verify { dir, receipts } => verify(&dir, receipts.as_deref(), out),
            Self::Show(show) => show.run(out),
            Self::Search(search) => search.run(&SystemClock, out),
            Self::Stats(stats) => stats.run(out),
            Self::Reconcile(reconcile) => reconcile.run(out),
        }
    }
}

fn verify(dir: &Path, receipts: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let receipts = receipts.map_or_else(|| Ok(Vec::new()), read_receipts)?;
    match verify_receipts(dir, &receipts, |_| {}) {
        Ok(verified) => {
            report(&verified, receipts.len(), out)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            writeln!(out, "verdict         DAMAGED")?;
            writeln!(out, "fault           {}", with_causes(&fault))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn report(verified: &Verified, receipts: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "log             {}", verified.origin)?;
    writeln!(
        out,
        "segments        {}, every byte accounted for",
        verified.segments
    )?;
    writeln!(
        out,
        "frames          {}, checksums and chain hold",
        verified.frames
    )?;
    writeln!(out, "entries         {}", verified.entries)?;
    writeln!(out, "chain hash      {}", verified.chain)?;
    writeln!(out, "receipts        {receipts}, all honoured")?;
    let end = match (verified.closed, verified.bytes_in_progress) {
        (true, _) => "closed in good order".to_owned(),
        (false, 0) => "not closed: in use, or ended by a crash".to_owned(),
        (false, bytes) => format!("in use, {bytes} bytes being written"),
    };
    writeln!(out, "end             {end}")?;
    writeln!(out, "verdict         whole")
}

fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn read_receipts(file: &Path) -> anyhow::Result<Vec<Receipt>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("`{name}` cannot be read"))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("`{name}`, line {}: no receipt", number.saturating_add(1)))
        })
        .collect()
}

impl Show {
    /// The indexes to print.
    fn wanted(&self) -> Range<u64> {
        match self.index {
            Some(index) => index..index.saturating_add(1),
            None => {
                self.from
                    ..self
                        .limit
                        .map_or(u64::MAX, |limit| self.from.saturating_add(limit))
            }
        }
    }

    fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let wanted = self.wanted();
        let mut printed = Ok(());
        let mut count = 0_u64;
        let visited = visit_dir(
            &self.dir,
            |index, entry| {
                if wanted.contains(&index) && printed.is_ok() {
                    printed = line(out, index, &leaf_hash(entry), entry);
                    count = count.saturating_add(1);
                }
            },
            |_| {},
        );
        printed?;
        // What stands above was verified; what comes after the fault is not shown.
        let verified = visited.map_err(|fault| anyhow::anyhow!(with_causes(&fault)))?;
        if let (Some(index), 0) = (self.index, count) {
            anyhow::bail!(
                "the log has {} entries and none with index {index}",
                verified.entries
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One entry on one line, whatever bytes it holds: what could break a line or a terminal is
/// escaped.
fn line(out: &mut dyn Write, index: u64, leaf: &Digest, entry: &[u8]) -> io::Result<()> {
    write!(out, "{index} {leaf} ")?;
    for character in String::from_utf8_lossy(entry).chars() {
        if character.is_control() {
            write!(out, "{}", character.escape_unicode())?;
        } else {
            write!(out, "{character}")?;
        }
    }
    writeln!(out)
}
