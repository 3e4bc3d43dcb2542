//! What differs between two sets of rules, and when the log says that rules changed. Compares what
//! flows and calendar mean, field by field, so that a comment is no change; policies are compared
//! by id as they are written, since their words are what was reviewed.

mod calendar;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ::catalog::Catalog;
use audit::{Index, IndexKey, Journal, Order};
use dashboards::policies::{FieldChange, FlowChange, LoggedChange, PolicyChange, RuleChanges};
use policies::{Flow, FlowId, RuleFile, RuleFiles, RuleSet};
use serde_json::Value;

use crate::ledger::entry::{Entry, Sheet};

/// Longest value of a field that is shown.
const VALUE_CHARS_MAX: usize = 300;
/// Of what is the same in front of the first difference, as much is shown.
const SAME_CHARS: usize = 40;
/// Longest text of a policy that is shown.
const POLICY_CHARS_MAX: usize = 4_000;
/// Changes of the log that are shown.
const LOGGED_MAX: usize = 20;

/// What a candidate would change, or its faults. It need not be sealed: nobody decides by it.
/// Blocks.
pub(super) fn candidate(
    rules: &RuleSet,
    folder: &Path,
    catalog: &Catalog,
) -> Result<RuleChanges, String> {
    let files = RuleFiles::gather(|pattern| -> Result<_, wire::FolderError> {
        let files = wire::read_matching(folder, pattern)?.into_iter();
        Ok(files
            .map(|file| RuleFile::from(file.into_parts()))
            .collect())
    });
    let files = files.map_err(|fault| fault.to_string())?;
    let candidate = RuleSet::parse(&files, catalog).map_err(|faults| faults.to_string())?;
    Ok(between(rules, &candidate))
}

/// What changed from one set to another.
pub(super) fn between(a: &RuleSet, b: &RuleSet) -> RuleChanges {
    let (old, new) = (by_id(a), by_id(b));
    let ids: BTreeSet<FlowId> = old.keys().chain(new.keys()).copied().collect();
    let flows = ids.into_iter().filter_map(|id| {
        let (one, other) = (old.get(&id), new.get(&id));
        let (change, fields) = match (one, other) {
            (None, Some(_)) => ("added", Vec::new()),
            (Some(_), None) => ("removed", Vec::new()),
            (Some(one), Some(other)) if one != other => ("changed", fields(one, other)),
            _ => return None,
        };
        Some(FlowChange {
            flow: id.to_string(),
            change,
            fields,
        })
    });
    RuleChanges {
        from: a.digest().to_string(),
        to: b.digest().to_string(),
        flows: flows.collect(),
        calendar: calendar::between(a.calendar(), b.calendar()),
        policies: of_policies(a, b),
        schema: a.policies().schema() != b.policies().schema(),
    }
}

/// Every policy that came, went, or is written otherwise.
fn of_policies(a: &RuleSet, b: &RuleSet) -> Vec<PolicyChange> {
    let (old, new) = (a.policies().texts(), b.policies().texts());
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = ids.into_iter().filter_map(|id| {
        let (one, other) = (old.get(id), new.get(id));
        let change = match (one, other) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(one), Some(other)) if one == other => return None,
            _ => "changed",
        };
        let text = |text: Option<&String>| {
            let text = text.map_or("", String::as_str);
            shown(text, 0, POLICY_CHARS_MAX)
        };
        Some(PolicyChange {
            id: id.clone(),
            change,
            from: text(one),
            to: text(other),
        })
    });
    changed.collect()
}

/// A text from a place on, as much as is shown; what is left out on either side is marked.
fn shown(text: &str, from: usize, chars_max: usize) -> String {
    let before = if from > 0 { "… " } else { "" };
    let part: String = text.chars().skip(from).take(chars_max).collect();
    let is_whole = text.chars().nth(from + chars_max).is_none();
    format!("{before}{part}{}", if is_whole { "" } else { " …" })
}

/// Two values, long ones around the place at which they begin to differ.
fn apart(from: &str, to: &str) -> (String, String) {
    let is_long = |text: &str| text.chars().nth(VALUE_CHARS_MAX).is_some();
    let same = from.chars().zip(to.chars());
    let same = same.take_while(|(one, other)| one == other).count();
    let start = if is_long(from) || is_long(to) {
        same.saturating_sub(SAME_CHARS)
    } else {
        0
    };
    let [from, to] = [from, to].map(|text| shown(text, start, VALUE_CHARS_MAX));
    (from, to)
}

fn by_id(rules: &RuleSet) -> BTreeMap<FlowId, &Flow> {
    rules.flows().flows().map(|flow| (flow.id, flow)).collect()
}

/// Every field that differs, whatever a later version adds to a flow.
fn fields(a: &Flow, b: &Flow) -> Vec<FieldChange> {
    let fields = |flow: &Flow| match serde_json::to_value(flow) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (fields(a), fields(b));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name));
    let text = |value: Option<&Value>| {
        let text = value.map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        text.unwrap_or_default()
    };
    let change = changed.map(|name| {
        let (from, to) = apart(&text(old.get(name)), &text(new.get(name)));
        FieldChange {
            field: name.clone(),
            from,
            to,
        }
    });
    change.collect()
}

/// The latest changes that the log has. Blocks.
pub(super) fn logged(journal: &Journal, index: &Index) -> anyhow::Result<Vec<LoggedChange>> {
    let key = IndexKey::new("kind:rules-changed");
    let key = key.ok_or_else(|| anyhow::anyhow!("a key is too long"))?;
    let there = journal.first()..journal.size();
    let mut changes = Vec::new();
    for number in index.lookup(&key, there, Order::NewestFirst, LOGGED_MAX)? {
        let sheet = Sheet::decode(&journal.read(number)?)?;
        if let Entry::RulesChanged(changed) = sheet.entry {
            changes.push(LoggedChange {
                number,
                at: sheet.at,
                from: changed.from,
                to: changed.to,
                flows: changed.changed,
            });
        }
    }
    Ok(changes)
}
