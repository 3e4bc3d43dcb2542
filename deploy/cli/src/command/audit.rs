//! `tianshu audit`: reading and checking a log offline needs no secret, writes nothing and may run
//! beside a live writer. Archiving by hand, expiry and seals do what they say; `disclose` needs the
//! key of the values, `erase` hands a request to the agent, `rotate-key` takes a secret and makes
//! one.

mod archive;
mod expire;
mod hold;
mod restore;
mod verify;
mod verify_archive;

mod disclose;
pub(crate) mod erase;
mod export;
mod faults;
mod filter;
mod found;
mod kept;
mod moment;
mod page;
mod reconcile;
mod rotate;
mod search;
mod span;
mod stats;
mod subject;
mod terms;

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use audit::verify::{VerifyError, visit_dir};
use audit::{Digest, LogReader, leaf_hash};
use clap::{Args, Subcommand};
use verify::Verify;
use wire::SystemClock;

use super::Unreadable;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check every byte of a log and of what was published of it, and that it honours receipts
    /// handed out for it; or check a mirror, or a single proof.
    Verify(Verify),
    /// Print entries, one a line: index, leaf hash, entry.
    Show(Show),
    /// Find entries by time, center, node, operator, subject, flow, case, code, kind or question.
    Search(Box<search::Search>),
    /// Count who asked how much, what was refused and missed, when, about whom again and again.
    Stats(Box<stats::Stats>),
    /// Write entries as OCSF events or syslog messages, or prove that a receiver has them all.
    Export(Box<export::Export>),
    /// Make archive volumes of a stopped hub's or agent's log.
    Archive(archive::ArchiveLog),
    /// Put a log together again from its archive.
    Restore(restore::Restore),
    /// Remove volumes from an archive whose time is over, by the officers' orders.
    Expire(expire::Expire),
    /// Seal or check the officers' orders: what must be kept, what may go.
    #[command(subcommand)]
    Hold(hold::Hold),
    /// Show chosen values of an agent's entry with proof, or say under what they were erased.
    Disclose(disclose::Disclose),
    /// Sign as the second officer what the first wants erased, and hand it to the agent. Ends with
    /// 0 when it is done, 1 when the agent refuses, 2 when it has not answered yet.
    Erase(erase::Erase),
    /// Make the successor of a log's signing key, and the statement that introduces it.
    RotateKey(rotate::RotateKey),
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
            Self::Verify(verify) => verify.run(out),
            Self::Show(show) => show.run(out),
            Self::Search(search) => search.run(&SystemClock, out),
            Self::RotateKey(rotate) => rotate.run(out),
            Self::Stats(stats) => stats.run(out),
            Self::Export(export) => export.run(out),
            Self::Archive(archive) => archive.run(&SystemClock, out),
            Self::Restore(restore) => restore.run(out),
            Self::Expire(expire) => expire.run(&SystemClock, out),
            Self::Hold(hold) => hold.run(out),
            Self::Disclose(disclose) => disclose.run(out),
            Self::Erase(erase) => erase.run(out),
            Self::Reconcile(reconcile) => reconcile.run(out),
        }
    }
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

fn opened(dir: &Path) -> Result<LogReader, Unreadable> {
    let log = LogReader::open(dir).map_err(anyhow::Error::from);
    let log = log.map_err(|fault| fault.context(format!("`{}`", dir.display())));
    log.map_err(Unreadable::from)
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
        let verified = visited.map_err(|fault| {
            let said = anyhow::anyhow!(with_causes(&fault));
            match fault {
                VerifyError::NoLog { .. } | VerifyError::Unreadable(_) => {
                    Unreadable::from(said).into()
                }
                _ => said,
            }
        })?;
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
