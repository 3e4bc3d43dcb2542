//! What a search found, as a table for people and as JSON for programs.

use std::io::{self, Write};

use audit::Stretch;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use wire::Heading;

use super::faults::Faults;
use super::page::{Page, Row};
use super::span::Span;

/// Digits of a pseudonym and a leaf hash that a table has room for.
const SHORT_DIGITS: usize = 12;

#[derive(Debug)]
pub(super) struct Found {
    pub(super) log: String,
    /// The reader's index did not fit the log and was made anew.
    pub(super) rebuilt: bool,
    pub(super) faults: Faults,
    rows: Vec<Row>,
    found: u64,
    next: Option<u64>,
    /// `None` where the index was trusted.
    span: Option<Span>,
    /// `None` where the log is damaged, or the index was trusted.
    stretch: Option<Stretch>,
}

impl Found {
    pub(super) fn new(
        page: Page,
        span: Option<Span>,
        stretch: Option<Stretch>,
        faults: Faults,
    ) -> Self {
        let (found, has_more) = (page.found, page.has_more);
        let rows = page.into_rows();
        let next = rows.last().filter(|_| has_more).map(|row| row.index);
        Self {
            log: String::new(),
            rebuilt: false,
            faults,
            rows,
            found,
            next,
            span,
            stretch,
        }
    }

    /// Whether nothing that fits can be missing from what was searched.
    fn is_complete(&self) -> bool {
        self.stretch.is_some() && self.faults.is_empty()
    }

    pub(super) fn write_json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let rows = self.rows.iter().map(|row| {
            let entry = String::from_utf8(row.bytes.clone())?;
            let entry = RawValue::from_string(entry)?;
            Ok(json!({
                "index": row.index,
                "leaf_hash": row.leaf_hash,
                "entry": entry,
            }))
        });
        let rows: Vec<Value> = rows.collect::<anyhow::Result<_>>()?;
        let read = self.stretch.as_ref().map(|read| {
            json!({
                "begin": read.begin,
                "end": read.end,
                "chain_before": read.chain_before,
                "chain": read.chain,
                "reaches_end": read.reaches_end,
                "in_use": read.in_use,
            })
        });
        let whole = json!({
            "log": self.log,
            "complete": self.is_complete(),
            "faults": self.faults.sentences(),
            "read": read,
            "time": self.span,
            "index_rebuilt": self.rebuilt,
            "found": self.stretch.as_ref().map(|_| self.found),
            "rows": rows,
            "next": self.next,
        });
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)?;
        Ok(())
    }

    pub(super) fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        for row in &self.rows {
            writeln!(out, "{}", line(row, &self.log))?;
        }
        if !self.rows.is_empty() {
            writeln!(out)?;
        }
        writeln!(out, "log       {}", plain(&self.log))?;
        if self.rebuilt {
            writeln!(out, "index     did not fit this log and was made anew")?;
        }
        let shown = self.rows.len();
        match &self.stretch {
            Some(read) => {
                writeln!(
                    out,
                    "found     {}, {shown} shown, each hashed anew",
                    self.found
                )?;
                self.write_proof(read, out)?;
            }
            None if self.span.is_none() => {
                writeln!(out, "found     {shown} shown, each hashed anew")?;
                writeln!(out, "complete  not shown: the index was trusted")?;
            }
            None => writeln!(out, "found     {shown} shown, up to the damage")?,
        }
        for fault in self.faults.sentences() {
            writeln!(out, "FAULT     {}", plain(&fault))?;
        }
        if let Some(next) = self.next {
            writeln!(out, "next      --after {next}")?;
        }
        Ok(())
    }

    fn write_proof(&self, read: &Stretch, out: &mut dyn Write) -> io::Result<()> {
        let (begin, end) = (read.begin, read.end);
        writeln!(
            out,
            "read      entries {begin} up to {end}, {} frames, checksums and chain hold",
            read.frames
        )?;
        writeln!(out, "chain     {} to {}", read.chain_before, read.chain)?;
        let Some(span) = &self.span else {
            return Ok(());
        };
        let edge = |edge: &Option<super::span::Edge>, none: &str| match edge {
            Some(edge) => format!("entry {} ({})", edge.index, plain(&edge.at)),
            None => none.to_owned(),
        };
        let end = if read.in_use {
            "the end of the log, which is in use"
        } else {
            "the end of the log"
        };
        let none = "nothing";
        writeln!(
            out,
            "time      {} entries, from {} to {}; before them {}, behind them {}",
            span.entries,
            edge(&span.first, none),
            edge(&span.last, none),
            edge(&span.before, "the beginning of the log"),
            edge(&span.after, end),
        )?;
        let verdict = if self.is_complete() {
            "yes: no gap, and times never go back"
        } else {
            "NO"
        };
        writeln!(out, "complete  {verdict}")
    }
}

/// One row of the table.
fn line(row: &Row, own: &str) -> String {
    let Some(heading) = Heading::read(&row.bytes) else {
        return format!("{:>8}  (no entry of this version)", row.index);
    };
    let mut words = vec![heading.kind.to_string()];
    let mut say = |name: &str, value: &str| {
        if !value.is_empty() {
            words.push(format!("{name}{value}"));
        }
    };
    let (center, operator) = (heading.center(own), heading.asking_operator());
    if operator.is_empty() {
        say("", center);
        if heading.node.as_str() != center {
            say("", &heading.node);
        }
    } else {
        say("", &format!("{center}/{operator}"));
    }
    say("approved by ", heading.approved_by());
    say("", heading.flow_code());
    say("", heading.case_number());
    say(
        "subject ",
        heading
            .subject
            .get(..SHORT_DIGITS)
            .unwrap_or(&heading.subject),
    );
    say("", &heading.code);
    if heading.count > 0 {
        say("", &format!("{} times", heading.count));
    }
    let asked: Vec<&str> = heading.asked.iter().map(|node| node.as_str()).collect();
    say("asks ", &asked.join(","));
    for (node, code) in &heading.skipped {
        say("without ", &format!("{}: {}", node.as_str(), code.as_str()));
    }
    for node in &heading.nodes {
        for class in &node.classes {
            let (node, class_no) = (node.node.as_str(), class.class.as_str());
            let why = [class.outcome.as_str(), class.code.as_str()].join(" ");
            say(
                "",
                &format!("{node}:{class_no} {} {}", why.trim(), class.records),
            );
        }
    }
    say("query ", &heading.query);
    let leaf = row.leaf_hash.to_string();
    let leaf = leaf.get(..SHORT_DIGITS).unwrap_or_default();
    let said = plain(&words.join("  "));
    format!(
        "{:>8}  {}  {said}  leaf {leaf}",
        row.index,
        plain(&heading.at)
    )
}

/// Text from a log as it may stand on a terminal: what could break a line is escaped.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            plain.extend(character.escape_unicode());
        } else {
            plain.push(character);
        }
    }
    plain
}
