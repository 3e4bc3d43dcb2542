//! `tianshu officer verify`: an approval proven afterwards, from entries of logs and the trust
//! list.

use std::fs;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use catalog::Source;
use clap::Args;
use cli::officer::Proof;
use policies::TrustList;
use serde_json::Value as Json;

use crate::command::{FOUND, Unreadable};

/// Largest file of entries that is read.
const EVIDENCE_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// What `tianshu audit search --json` printed of the asking center's log (`approved`), of the
    /// hub's (`decision`) and of answering centers' (`served`), or single entries.
    #[arg(required = true)]
    entries: Vec<PathBuf>,
    /// The trust list with the officer's key, as it was at the time.
    #[arg(long)]
    trust: PathBuf,
}

impl Verify {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let listed = read(&self.trust)?;
        let source = Source {
            name: "trust list",
            text: &listed,
        };
        let trust = TrustList::parse(&source).map_err(|fault| Unreadable(fault.to_string()))?;
        let mut entries = Vec::new();
        for file in &self.entries {
            entries.extend(entries_of(file)?);
        }
        let proof = Proof::of(&entries, &trust);
        report(&proof, out)?;
        Ok(if proof.is_whole() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FOUND)
        })
    }
}

fn report(proof: &Proof, out: &mut dyn Write) -> std::io::Result<()> {
    for said in proof.statements() {
        writeln!(
            out,
            "approved  {} of {} at {} through {}: case {} in {}, {} items, {} subjects, {}",
            said.operator,
            said.node,
            said.counter,
            said.system,
            said.case_no,
            said.flow,
            said.items.len(),
            said.lines,
            said.issued_at
        )?;
    }
    for fit in &proof.fits {
        writeln!(out, "fits      {fit}")?;
    }
    for fault in &proof.faults {
        writeln!(out, "fault     {fault}")?;
    }
    if proof.is_whole() {
        writeln!(out, "verdict   proven")
    } else {
        writeln!(out, "verdict   NOT PROVEN")
    }
}

/// The entries of a page of a search, or the one entry that the file is.
fn entries_of(file: &Path) -> Result<Vec<Json>, Unreadable> {
    let found: Json = serde_json::from_str(&read(file)?)
        .map_err(|_| Unreadable(format!("{}: is no JSON", file.display())))?;
    let Some(rows) = found.get("rows").and_then(Json::as_array) else {
        return Ok(vec![found]);
    };
    let entries = rows.iter().filter_map(|row| row.get("entry"));
    Ok(entries.cloned().collect())
}

fn read(file: &Path) -> Result<String, Unreadable> {
    let name = || file.display().to_string();
    let opened = fs::File::open(file).with_context(name)?;
    let mut text = String::new();
    let mut limited = opened.take(EVIDENCE_BYTES_MAX.saturating_add(1));
    let count = limited.read_to_string(&mut text).with_context(name)?;
    if u64::try_from(count).is_ok_and(|count| count <= EVIDENCE_BYTES_MAX) {
        Ok(text)
    } else {
        Err(Unreadable(format!(
            "{}: is larger than {EVIDENCE_BYTES_MAX} bytes",
            name()
        )))
    }
}
