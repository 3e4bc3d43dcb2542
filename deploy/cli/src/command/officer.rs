//! `tianshu officer`: the workstation of an officer who approves. It needs no network: what is to
//! be signed comes in as a file, and the signature goes out as one.

mod erasure;
mod verify;

use std::fs;
use std::io::{self, BufRead as _, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catalog::Catalog;
use clap::{Args, Subcommand};
use cli::officer::{PAPER_BYTES_MAX, Paper, account, read_key};
use cli::pki::write_officer_key;
use time::OffsetDateTime;

use self::verify::Verify;
use super::policy::folder;

/// Longest line that is read when the case number is asked for.
const TYPED_BYTES_MAX: u64 = 256;

#[derive(Debug, Subcommand)]
pub(crate) enum Officer {
    /// Make an officer's key (Ed25519, PKCS#8 in DER); prints its line for the trust list.
    New {
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Show what an agent gives to sign, and sign it.
    Sign(Sign),
    /// Say as the first of two officers which values beside a node's log are to be erased.
    Erasure(erasure::Erasure),
    /// Prove from entries of logs that an officer approved what was asked. Ends with 0 when all is
    /// proven, 1 when something does not fit, 2 when the input cannot be read.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The officer's key; nobody else may read the file.
    #[arg(long)]
    key: PathBuf,
    /// The agent's answer to `POST /v1/approvals/{id}/statement`; standard input if not given.
    #[arg(long)]
    statement: Option<PathBuf>,
    /// Where the body of `POST /v1/approvals/{id}` goes.
    #[arg(long)]
    out: PathBuf,
    /// The rules of the star, whose flows the statement is read by: a folder, or `builtin`.
    #[arg(long, default_value = folder::BUILTIN)]
    rules: String,
    /// Do not ask for the case number before signing.
    #[arg(long)]
    yes: bool,
}

impl Officer {
    pub(crate) fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<ExitCode> {
        match self {
            Self::New { out: file } => {
                writeln!(out, "key = \"{}\"", write_officer_key(&file)?)?;
            }
            Self::Sign(sign) => sign.run(out, now)?,
            Self::Erasure(erasure) => erasure.run(out, now)?,
            Self::Verify(verify) => return verify.run(out),
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Sign {
    fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<()> {
        if self.statement.is_none() && !self.yes {
            bail!("nobody can be asked while the statement comes from standard input: add --yes");
        }
        let key = read_key(&self.key).with_context(|| self.key.display().to_string())?;
        let paper = Paper::read(&read(self.statement.as_deref())?)?;
        let catalog = Catalog::builtin()?;
        let rules = folder::load(&self.rules, &catalog)?.rules;
        let told = account(&paper, &catalog, rules.flows());
        let told = told.context("the statement names items that this program does not know")?;
        out.write_all(told.as_bytes())?;
        if !self.yes {
            write!(out, "To sign, type the case number: ")?;
            out.flush()?;
            confirm(&paper.statement().case_no)?;
        }
        let signature = paper.sign(&key, now)?;
        let operator = &paper.statement().operator;
        let body = serde_json::json!({ "operator": operator, "signature": signature });
        fs::write(&self.out, format!("{body}\n"))
            .with_context(|| self.out.display().to_string())?;
        writeln!(out, "signed, into {}", self.out.display())?;
        Ok(())
    }
}

/// One byte more than is read elsewhere, so that what is too large is seen.
fn read(file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let limit = u64::try_from(PAPER_BYTES_MAX)?.saturating_add(1);
    let mut bytes = Vec::new();
    match file {
        Some(file) => {
            let opened = fs::File::open(file).with_context(|| file.display().to_string())?;
            opened.take(limit).read_to_end(&mut bytes)?;
        }
        None => {
            io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}

/// Signing is answering for this case and no other: its number is typed, not clicked away.
fn confirm(case_no: &str) -> anyhow::Result<()> {
    let mut typed = String::new();
    let stdin = io::stdin().lock();
    stdin.take(TYPED_BYTES_MAX).read_line(&mut typed)?;
    if typed.trim() == case_no {
        Ok(())
    } else {
        bail!("that is not the case number: nothing was signed")
    }
}
