//! `tianshu limits`: the limits of a hub before they are put in force: shown, checked, sealed,
//! compared. Decides nothing by itself: what it reads is read as the hub reads it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use wire::{Limits, LimitsError};

use super::{FOUND, Unreadable};

/// The limits that stand in the program.
const BUILTIN: &str = "builtin";

#[derive(Debug, Subcommand)]
pub(crate) enum LimitsCommand {
    /// Every limit with its unit, its range and the value that would be in force, as a file that
    /// can be used. Ends with 0, or 2 when the file cannot be read or has faults.
    Show {
        /// A file of limits, or `builtin` for those that stand in the program.
        #[arg(default_value = BUILTIN)]
        limits: String,
    },
    /// Every fault of a file of limits, each with its line. Ends with 0 when there is none, 1 when
    /// there are some, 2 when the file cannot be read. Whether the nodes and flows that it names
    /// are there, only a hub can say.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Validate a file of limits and write its digest beside it (`FILE.sha256`): a hub takes no
    /// file without one. Ends with 0 when it is sealed, 1 when it has faults, 2 when it cannot be
    /// read.
    Seal {
        /// The file.
        file: PathBuf,
    },
    /// What changed from one set of limits to another. Ends with 0 when nothing did, 1 when
    /// something did, 2 when a side cannot be read or has faults.
    Diff {
        /// The earlier set: a file, or `builtin`.
        a: String,
        /// The later set.
        b: String,
    },
}

impl LimitsCommand {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show { limits } => {
                let limits = sound(&limits)?;
                write!(out, "# digest {}\n{limits}", limits.digest())?;
                Ok(ExitCode::SUCCESS)
            }
            Self::Check { file } => match read(&file)? {
                Ok(limits) => {
                    writeln!(out, "no fault, digest {}", limits.digest())?;
                    Ok(ExitCode::SUCCESS)
                }
                Err(faults) => list(&faults, out),
            },
            Self::Seal { file } => seal(&file, out),
            Self::Diff { a, b } => {
                let changes = sound(&a)?.changes(&sound(&b)?);
                for change in &changes {
                    writeln!(out, "{change}")?;
                }
                Ok(if changes.is_empty() {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::from(FOUND)
                })
            }
        }
    }
}

/// What is sealed is read once more: a file that changed meanwhile would be sealed unchecked.
fn seal(file: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let limits = match read(file)? {
        Ok(limits) => limits,
        Err(faults) => return list(&faults, out),
    };
    wire::seal_file(file).map_err(anyhow::Error::from)?;
    let beside = wire::digest_beside(file);
    let after = wire::read_sealed_file(file).map_err(anyhow::Error::from)?;
    if Limits::parse(&after.source()).as_ref() != Ok(&limits) {
        std::fs::remove_file(&beside)?;
        bail!("the file changed meanwhile; nothing is sealed");
    }
    writeln!(out, "sealed: `{}`, {}", beside.display(), limits.digest())?;
    Ok(ExitCode::SUCCESS)
}

fn list(faults: &LimitsError, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    for fault in faults.faults() {
        writeln!(out, "{fault}")?;
    }
    Ok(ExitCode::from(FOUND))
}

fn read(file: &Path) -> Result<Result<Limits, LimitsError>, Unreadable> {
    let text = wire::read_file(file).map_err(anyhow::Error::from)?;
    Ok(Limits::parse(&text.source()))
}

/// Limits that can be used.
fn sound(name: &str) -> anyhow::Result<Limits> {
    if name == BUILTIN {
        return Ok(Limits::default());
    }
    let limits = read(Path::new(name))?;
    Ok(limits.map_err(|faults| Unreadable::from(anyhow::Error::from(faults)))?)
}
