//! `tianshu list`: the result table of a list that an officer approved, checked by whoever is
//! handed it: whole, counted, and signed by the center that asked.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use catalog::Source;
use clap::Subcommand;
use data_encoding::BASE64;
use policies::{ResultTable, SignedTable, TrustList};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{FOUND, Unreadable};

#[derive(Debug, Subcommand)]
pub(crate) enum List {
    /// Check a result table. Ends with 0 when it is whole, 1 when it is not, 2 when it cannot be
    /// read.
    Verify {
        /// The table as the agent gave it: one object of JSON a line, the summary last.
        file: PathBuf,
        /// The trust list.
        #[arg(long)]
        trust: PathBuf,
    },
}

#[derive(Deserialize)]
struct End {
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    table: Option<Table>,
}

#[derive(Deserialize)]
struct Table {
    node: String,
    body: String,
    signature: String,
}

/// A line of the table, as far as it is counted.
#[derive(Deserialize)]
struct Line {
    answer: Option<IgnoredAny>,
    refusal: Option<IgnoredAny>,
}

impl List {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let Self::Verify { file, trust } = self;
        let text = read(&file)?;
        let listed = read(&trust)?;
        let source = Source {
            name: "trust list",
            text: &listed,
        };
        let trust = TrustList::parse(&source).map_err(|fault| Unreadable(fault.to_string()))?;
        let (lines, signed, node) = apart(&text)?;
        let found = match trust.table(&node, &signed) {
            Ok(table) => fault(&table, lines).map_or(Ok(table), Err),
            Err(fault) => Err(fault.to_string()),
        };
        match found {
            Ok(table) => {
                report(out, &table)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(fault) => {
                writeln!(out, "verdict   NOT WHOLE")?;
                writeln!(out, "fault     {fault}")?;
                Ok(ExitCode::from(FOUND))
            }
        }
    }
}

fn report(out: &mut dyn Write, table: &ResultTable) -> std::io::Result<()> {
    writeln!(out, "node      {}", table.node)?;
    writeln!(out, "case      {} in {}", table.case_no, table.flow)?;
    writeln!(
        out,
        "lines     {}: {} answered, {} refused, {} not asked",
        table.lines, table.answered, table.refused, table.not_asked
    )?;
    writeln!(out, "signed    {}", table.at)?;
    writeln!(out, "verdict   whole")
}

fn read(file: &Path) -> Result<String, Unreadable> {
    let read = fs::read_to_string(file).with_context(|| file.display().to_string());
    Ok(read?)
}

/// The lines, and what the summary says of them.
fn apart(text: &str) -> Result<(&str, SignedTable, String), Unreadable> {
    let trimmed = text.strip_suffix('\n').unwrap_or(text);
    let end = trimmed.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let (lines, last) = trimmed.split_at(end);
    let no_table = || Unreadable("there is no signed summary at the end".to_owned());
    let end: End = serde_json::from_str(last).map_err(|_| no_table())?;
    let table = end.summary.table.ok_or_else(no_table)?;
    let bytes = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| no_table());
    let signed = SignedTable {
        body: bytes(&table.body)?,
        signature: bytes(&table.signature)?,
    };
    Ok((lines, signed, table.node))
}

/// What is not as it was signed, if anything is.
fn fault(table: &ResultTable, lines: &str) -> Option<String> {
    if digest(&SHA256, lines.as_bytes()).as_ref() != table.sha256 {
        return Some("the lines are not those that were signed".to_owned());
    }
    let (mut answered, mut refused) = (0_usize, 0_usize);
    for line in lines.lines() {
        match serde_json::from_str::<Line>(line) {
            Ok(line) if line.answer.is_some() != line.refusal.is_some() => {
                answered = answered.saturating_add(usize::from(line.answer.is_some()));
                refused = refused.saturating_add(usize::from(line.refusal.is_some()));
            }
            _ => return Some("a line is neither an answer nor a refusal".to_owned()),
        }
    }
    let is_counted = (answered, refused) == (table.answered, table.refused);
    (!is_counted).then(|| "the counts are not those of the lines".to_owned())
}
