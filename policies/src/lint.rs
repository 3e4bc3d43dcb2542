//! Looks over a set of rules that loads: what is allowed and still deserves a second look. Refuses
//! nothing; what must not be is refused where the set is read.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use catalog::Catalog;
use serde::Serialize;

use crate::fault::{Faults, Page, PolicyError};
use crate::flow::{Flow, FlowBook, Mode, Pace};
use crate::rules::{RuleFile, RuleFiles, RuleSet};
use crate::section::{self, Section};

/// Longest life of a case at a counter that passes without a remark.
const COUNTER_VALID: Duration = Duration::from_secs(60 * 60);
/// The same for a list or night job: a working day, or a night.
const BATCH_VALID: Duration = Duration::from_secs(8 * 60 * 60);
/// Most questions of one case about single subjects that pass without a remark.
const ASKS_MANY: u32 = 100;
/// How often a list's lines may each be asked without a remark.
const LINE_ASKS: u32 = 2;

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkKind {
    /// A line of items that no comment gives a reason for.
    ItemWithoutReason,
    /// A flow in which no center takes part.
    EnabledNowhere,
    /// A center that does not take part in a flow in which others do.
    NotEnabledHere,
    /// A class of a match flow about which it can say no more than found or not.
    MatchWithoutVerdict,
    /// A case lives very long.
    LongValidity,
    /// A case may ask very often, or too seldom for its list.
    AsksAndList,
}

impl RemarkKind {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ItemWithoutReason => "item-without-reason",
            Self::EnabledNowhere => "enabled-nowhere",
            Self::NotEnabledHere => "not-enabled-here",
            Self::MatchWithoutVerdict => "match-without-verdict",
            Self::LongValidity => "long-validity",
            Self::AsksAndList => "asks-and-list",
        }
    }
}

/// One thing that deserves a look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// In which file.
    pub file: String,
    /// In which line.
    pub line: usize,
    /// What it is about.
    pub kind: RemarkKind,
    /// The remark itself.
    pub text: String,
}

/// `flows/F05.toml:1: enabled-nowhere: no center takes part in F05`
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_str();
        write!(f, "{}:{}: {kind}: {}", self.file, self.line, self.text)
    }
}

/// Every remark on a set of rules, in the order of file and line. A set that does not load is
/// refused as by [`RuleSet::parse`].
pub fn lint(files: &RuleFiles, catalog: &Catalog) -> Result<Vec<Remark>, PolicyError> {
    let rules = RuleSet::parse(files, catalog)?;
    let mut remarks = BTreeSet::new();
    for file in &files.flows {
        let found = flow_of(file, files, catalog)?;
        // The file alone has no centers; the book knows who takes part.
        if let Some(flow) = found.flows().next().and_then(|f| rules.flows().flow(&f.id)) {
            on_flow(file, flow, &mut remarks);
        }
        on_reasons(file, &mut remarks);
    }
    for file in &files.centers {
        on_center(file, rules.flows(), &mut remarks);
    }
    Ok(remarks.into_iter().collect())
}

/// The flow of one file.
fn flow_of(file: &RuleFile, files: &RuleFiles, catalog: &Catalog) -> Result<FlowBook, PolicyError> {
    let alone = RuleFiles {
        flows: vec![file.clone()],
        centers: Vec::new(),
        ..files.clone()
    };
    alone.flow_book(catalog)
}

fn on_flow(file: &RuleFile, flow: &Flow, remarks: &mut BTreeSet<Remark>) {
    let mut add = |key: &str, kind, text| {
        remarks.insert(Remark {
            file: file.name.clone(),
            line: line_of(&file.text, key),
            kind,
            text,
        });
    };
    let id = flow.id;
    if flow.enabled.is_empty() {
        let text = format!("no center takes part in {id}");
        add("id", RemarkKind::EnabledNowhere, text);
    }
    if flow.mode == Mode::Match {
        let judged: BTreeSet<_> = flow.verdicts.values().map(|rule| rule.class).collect();
        for class in flow.items.keys().filter(|class| !judged.contains(class)) {
            let text = format!("of class {class} a match says no more than found or not");
            add("mode", RemarkKind::MatchWithoutVerdict, text);
        }
    }
    let usual = match flow.pace {
        Pace::Interactive => COUNTER_VALID,
        Pace::Batch => BATCH_VALID,
    };
    if flow.case_valid > usual {
        let minutes = flow.case_valid.as_secs() / 60;
        let text = format!("a case may ask for {minutes} minutes");
        add("case_valid_minutes", RemarkKind::LongValidity, text);
    }
    let (asks, lines) = (flow.asks_per_case, flow.list_max);
    if lines > asks {
        let text = format!("a list of {lines} lines cannot be finished in {asks} questions");
        add("asks_per_case", RemarkKind::AsksAndList, text);
    } else if asks > ASKS_MANY.max(lines.saturating_mul(LINE_ASKS)) {
        let text = format!("a case may ask {asks} times, with lists of {lines} lines");
        add("asks_per_case", RemarkKind::AsksAndList, text);
    }
}

/// The first line that sets `key`.
fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    1 + text.lines().position(sets).unwrap_or(0)
}

/// Every line of `items` carries its reason behind itself, or stands under a comment together with
/// the lines between.
fn on_reasons(file: &RuleFile, remarks: &mut BTreeSet<Remark>) {
    let page = Page {
        file: &file.name,
        text: &file.text,
    };
    // The set has been read: this reads the same once more for the lines.
    let mut faults = Faults::default();
    let Some(table) = section::parse(page, &mut faults) else {
        return;
    };
    let mut root = Section::new(page, table.span(), table.get_ref());
    let lines: Vec<&str> = file.text.lines().collect();
    for item in root.texts("items", &mut faults) {
        if !has_reason(&lines, item.place.line) {
            remarks.insert(Remark {
                file: file.name.clone(),
                line: item.place.line,
                kind: RemarkKind::ItemWithoutReason,
                text: format!("no comment says what `{}` is needed for", item.value),
            });
        }
    }
}

fn has_reason(lines: &[&str], line: usize) -> bool {
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    let Some((last, above)) = lines.get(..line).and_then(<[&str]>::split_last) else {
        return false;
    };
    if last.contains('#') {
        return true;
    }
    let above = above.iter().rev();
    // A line with a comment of its own ends the group: that comment is about it alone.
    let group = above.take_while(|line| is_comment(line) || !line.contains('#'));
    let mut group = group.take_while(|line| line.trim_start().starts_with(['"', '#']));
    group.any(|line| is_comment(line))
}

fn on_center(file: &RuleFile, book: &FlowBook, remarks: &mut BTreeSet<Remark>) {
    let page = Page {
        file: &file.name,
        text: &file.text,
    };
    let mut faults = Faults::default();
    let Some(table) = section::parse(page, &mut faults) else {
        return;
    };
    let mut root = Section::new(page, table.span(), table.get_ref());
    let Some(node) = root.text("node", &mut faults) else {
        return;
    };
    let others = book.flows().filter(|flow| !flow.enabled.is_empty());
    for flow in others.filter(|flow| !flow.enabled.contains_key(&node.value)) {
        remarks.insert(Remark {
            file: file.name.clone(),
            line: node.place.line,
            kind: RemarkKind::NotEnabledHere,
            text: format!(
                "`{}` does not take part in {}, {} others do",
                node.value,
                flow.id,
                flow.enabled.len()
            ),
        });
    }
}
