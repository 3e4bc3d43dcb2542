//! What differs between two sets of rules, and when the log says that rules changed. Compares what
//! flows mean, field by field; a comment is no change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ::catalog::Catalog;
use audit::{Index, IndexKey, Journal, Order};
use dashboards::policies::{FieldChange, FlowChange, LoggedChange, RuleChanges};
use policies::{Flow, FlowId, RuleFile, RuleFiles, RuleSet};
use serde_json::Value;

use crate::ledger::entry::{Entry, Sheet};

/// Longest value of a field that is shown.
const VALUE_CHARS_MAX: usize = 300;
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
    let calendar = |rules: &RuleSet| serde_json::to_value(rules.calendar()).ok();
    RuleChanges {
        from: a.digest().to_string(),
        to: b.digest().to_string(),
        flows: flows.collect(),
        calendar: calendar(a) != calendar(b),
    }
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
        let text = text.unwrap_or_default();
        text.chars().take(VALUE_CHARS_MAX).collect()
    };
    let change = changed.map(|name| FieldChange {
        field: name.clone(),
        from: text(old.get(name)),
        to: text(new.get(name)),
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
