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
}

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
            section(name, groups, out)?;
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

fn section(name: &str, groups: &BTreeMap<String, Counts>, out: &mut dyn Write) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let width = groups
        .keys()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max(name.len());
    writeln!(
        out,
        "\n{name:width$}  {:>7} {:>7} {:>6} {:>9} {:>9} {:>6} {:>8} {:>5} {:>4}",
        "asks",
        "refused",
        "misses",
        "off-hours",
        "abandoned",
        "served",
        "subjects",
        "again",
        "most"
    )?;
    for (name, counts) in groups {
        writeln!(
            out,
            "{:width$}  {:>7} {:>7} {:>6} {:>9} {:>9} {:>6} {:>8} {:>5} {:>4}",
            plain(name),
            counts.asks,
            counts.refused,
            counts.misses,
            counts.off_hours,
            counts.abandoned,
            counts.served,
            counts.subjects,
            counts.asked_again,
            counts.most_about_one,
        )?;
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
