//! Statistics as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::counts::Counts;
use super::tally::Counted;
use crate::command::audit::found::plain;
use crate::command::audit::span::Span;

#[derive(Debug, Serialize)]
pub(super) struct Statistics<'s> {
    pub(super) log: &'s str,
    /// Whether nothing of the time counted can be missing.
    pub(super) complete: bool,
    pub(super) faults: Vec<String>,
    pub(super) time: &'s Span,
    pub(super) repeated_from: u32,
    #[serde(flatten)]
    pub(super) counted: &'s Counted,
    /// Whether the log is an agent's; says which columns a table has.
    #[serde(skip)]
    pub(super) is_agents: bool,
}

/// One count in a table.
struct Column {
    name: &'static str,
    width: usize,
    of: fn(&Counts) -> u64,
    in_book: InBook,
}

/// In whose log a count can be other than 0.
#[derive(Clone, Copy)]
enum InBook {
    Both,
    Hub,
    Agent,
    /// An agent's log names subjects only where something was measured.
    Subjects,
}

const fn column(
    name: &'static str,
    width: usize,
    in_book: InBook,
    of: fn(&Counts) -> u64,
) -> Column {
    Column {
        name,
        width,
        of,
        in_book,
    }
}

const COLUMNS: [Column; 9] = [
    column("asks", 7, InBook::Both, |counts| counts.asks),
    column("refused", 7, InBook::Both, |counts| counts.refused),
    column("misses", 6, InBook::Both, |counts| counts.misses),
    column("off-hours", 9, InBook::Both, |counts| counts.off_hours),
    column("abandoned", 9, InBook::Hub, |counts| counts.abandoned),
    column("served", 6, InBook::Agent, |counts| counts.served),
    column("subjects", 8, InBook::Subjects, |counts| counts.subjects),
    column("again", 5, InBook::Subjects, |counts| counts.asked_again),
    column("most", 4, InBook::Subjects, |counts| counts.most_about_one),
];

impl Statistics<'_> {
    pub(super) fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "log       {}", plain(self.log))?;
        let at = |edge: &Option<crate::command::audit::span::Edge>| {
            edge.as_ref()
                .map_or_else(|| "-".to_owned(), |edge| plain(&edge.at))
        };
        let time = self.time;
        writeln!(
            out,
            "time      {} entries, {} to {}",
            time.entries,
            at(&time.first),
            at(&time.last)
        )?;
        let verdict = if self.complete { "yes" } else { "NO" };
        writeln!(out, "complete  {verdict}")?;
        for fault in &self.faults {
            writeln!(out, "FAULT     {}", plain(fault))?;
        }
        let counted = self.counted;
        let columns: Vec<_> = COLUMNS
            .iter()
            .filter(|column| match column.in_book {
                InBook::Both => true,
                InBook::Hub => !self.is_agents,
                InBook::Agent => self.is_agents,
                InBook::Subjects => !self.is_agents || counted.total.subjects > 0,
            })
            .collect();
        let all = BTreeMap::from([("all".to_owned(), counted.total.clone())]);
        for (name, groups) in [
            ("", &all),
            ("center", &counted.centers),
            ("operator", &counted.operators),
            ("counter", &counted.counters),
            ("flow", &counted.flows),
            ("day", &counted.days),
            ("hour", &counted.hours),
        ] {
            section(name, groups, &columns, out)?;
        }
        if !counted.repeated.is_empty() {
            let from = self.repeated_from;
            writeln!(out, "\none subject, {from} times or more, by one operator")?;
            for repeated in &counted.repeated {
                let (operator, subject) = (plain(&repeated.operator), plain(&repeated.subject));
                writeln!(out, "  {:>5}  {operator}  {subject}", repeated.asks)?;
            }
        }
        if !counted.never_asked.is_empty() {
            writeln!(out, "\ncases opened about which nobody asked")?;
            for case in &counted.never_asked {
                let words = [&case.case, &case.flow, &case.operator, &case.opened];
                let words: Vec<_> = words.iter().map(|word| plain(word)).collect();
                writeln!(out, "  {}", words.join("  "))?;
            }
        }
        Ok(())
    }
}

fn section(
    name: &str,
    groups: &BTreeMap<String, Counts>,
    columns: &[&Column],
    out: &mut dyn Write,
) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let width = groups
        .keys()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max(name.len());
    write!(out, "\n{name:width$} ")?;
    for Column { name, width, .. } in columns {
        write!(out, " {name:>width$}")?;
    }
    writeln!(out)?;
    for (name, counts) in groups {
        write!(out, "{:width$} ", plain(name))?;
        for column in columns {
            write!(out, " {:>1$}", (column.of)(counts), column.width)?;
        }
        writeln!(out)?;
        if counts.cases_opened > 0 {
            let (opened, never) = (counts.cases_opened, counts.cases_never_asked);
            writeln!(
                out,
                "{:width$}    cases opened {opened}, never asked {never}",
                ""
            )?;
        }
        for (code, count) in &counts.refused_by_code {
            writeln!(out, "{:width$}    {count} x {}", "", plain(code))?;
        }
    }
    Ok(())
}
