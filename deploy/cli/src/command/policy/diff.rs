//! `tianshu policy diff`: what changed from one set of rules to another, for reviewers and for
//! dashboards. Compares what the files mean, so that a comment is no change; policies and schema
//! are compared as text, since their words are what was reviewed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;

use catalog::Catalog;
use policies::{Enablement, Flow, FlowId, RuleSet};
use serde::Serialize;
use serde_json::{Value, json};

use super::folder::{self, Loaded};
use crate::command::FOUND;

mod fields;

use fields::{FieldChange, changes};

/// Kept apart from the other fields of a flow: each center's own decision.
const CENTERS_FIELD: &str = "enabled";

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Change {
    Added,
    Removed,
    Changed,
}

impl Change {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    /// None if there is nothing on either side, or the same on both.
    fn of<T: PartialEq>(a: Option<T>, b: Option<T>) -> Option<Self> {
        match (a, b) {
            (None, Some(_)) => Some(Self::Added),
            (Some(_), None) => Some(Self::Removed),
            (Some(a), Some(b)) if a != b => Some(Self::Changed),
            _ => None,
        }
    }
}

/// A flow that changed.
#[derive(Debug, Serialize)]
struct FlowChange {
    flow: FlowId,
    change: Change,
    fields: Vec<FieldChange>,
}

/// A center that takes part from another day on, or no longer, or only now.
#[derive(Debug, Serialize)]
struct CenterChange {
    node: String,
    flow: FlowId,
    change: Change,
    from: Option<Enablement>,
    to: Option<Enablement>,
}

/// A file whose text changed.
#[derive(Debug, Serialize)]
struct FileChange {
    file: String,
    change: Change,
}

/// Everything that changed.
#[derive(Debug, Serialize)]
struct RuleDiff {
    flows: Vec<FlowChange>,
    centers: Vec<CenterChange>,
    calendar: Vec<FieldChange>,
    policies: Vec<FileChange>,
}

/// Compares two sets; ends with 0 when nothing changed.
pub(super) fn compare(
    a: &str,
    b: &str,
    catalog: &Catalog,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let (a, b) = (folder::load(a, catalog)?, folder::load(b, catalog)?);
    let (from, to) = (a.rules.digest(), b.rules.digest());
    let diff = RuleDiff::of(&a, &b, catalog)?;
    if as_json {
        let whole = json!({ "from": from, "to": to, "diff": diff });
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)?;
    } else {
        writeln!(out, "from {from}")?;
        writeln!(out, "to   {to}")?;
        writeln!(out)?;
        diff.list(out)?;
    }
    if diff.count() == 0 {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(FOUND))
    }
}

impl RuleDiff {
    fn of(a: &Loaded, b: &Loaded, catalog: &Catalog) -> anyhow::Result<Self> {
        let (flows_a, flows_b) = (by_id(&a.rules), by_id(&b.rules));
        let ids: BTreeSet<FlowId> = flows_a.keys().chain(flows_b.keys()).copied().collect();
        let mut flows = Vec::new();
        let mut centers = Vec::new();
        for flow in ids {
            let (one, other) = (flows_a.get(&flow).copied(), flows_b.get(&flow).copied());
            flows.extend(of_flow(flow, one, other, catalog)?);
            centers.extend(of_centers(flow, one, other));
        }
        // By center, since each of them looks for its own.
        centers.sort_by(|one, other| (&one.node, one.flow).cmp(&(&other.node, other.flow)));
        let calendar = |loaded: &Loaded| serde_json::to_value(loaded.rules.calendar());
        Ok(Self {
            flows,
            centers,
            calendar: changes(&calendar(a)?, &calendar(b)?, catalog),
            policies: of_files(a, b),
        })
    }

    fn count(&self) -> usize {
        self.flows.len() + self.centers.len() + self.calendar.len() + self.policies.len()
    }

    fn list(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        for FlowChange {
            flow,
            change,
            fields,
        } in &self.flows
        {
            writeln!(out, "flow      {flow}  {}", change.as_str())?;
            for field in fields {
                writeln!(out, "          {flow}  {field}")?;
            }
        }
        for change in &self.centers {
            let (node, flow, what) = (&change.node, change.flow, change.change.as_str());
            let (from, to) = (said(change.from), said(change.to));
            writeln!(out, "center    {node} {flow}  {what}  {from} -> {to}")?;
        }
        for field in &self.calendar {
            writeln!(out, "calendar  {field}")?;
        }
        for FileChange { file, change } in &self.policies {
            writeln!(out, "file      {file}  {}", change.as_str())?;
        }
        writeln!(out, "{} changes", self.count())?;
        Ok(())
    }
}

fn by_id(rules: &RuleSet) -> BTreeMap<FlowId, &Flow> {
    rules.flows().flows().map(|flow| (flow.id, flow)).collect()
}

fn of_flow(
    id: FlowId,
    a: Option<&Flow>,
    b: Option<&Flow>,
    catalog: &Catalog,
) -> anyhow::Result<Option<FlowChange>> {
    let (one, other) = (a.map(fields_of).transpose()?, b.map(fields_of).transpose()?);
    let fields = match (&one, &other) {
        (Some(one), Some(other)) => changes(one, other, catalog),
        _ => Vec::new(),
    };
    let change = Change::of(one, other);
    Ok(change.map(|change| FlowChange {
        flow: id,
        change,
        fields,
    }))
}

/// Every field of a flow, whatever a later version adds to it.
fn fields_of(flow: &Flow) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(flow)?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove(CENTERS_FIELD);
    }
    Ok(value)
}

fn of_centers(flow: FlowId, a: Option<&Flow>, b: Option<&Flow>) -> Vec<CenterChange> {
    let nodes = [a, b].into_iter().flatten().flat_map(|f| f.enabled.keys());
    let nodes: BTreeSet<&String> = nodes.collect();
    let taking_part = |flow: Option<&Flow>, node| flow?.enabled.get(node).copied();
    let changes = nodes.into_iter().filter_map(|node| {
        let (from, to) = (taking_part(a, node), taking_part(b, node));
        Some(CenterChange {
            node: node.clone(),
            flow,
            change: Change::of(from, to)?,
            from,
            to,
        })
    });
    changes.collect()
}

fn said(taking_part: Option<Enablement>) -> String {
    match taking_part {
        None => "never".to_owned(),
        Some(Enablement { from, until: None }) => format!("from {from}"),
        Some(Enablement {
            from,
            until: Some(until),
        }) => format!("from {from} until {until}"),
    }
}

fn of_files(a: &Loaded, b: &Loaded) -> Vec<FileChange> {
    let (a, b) = (texts(a), texts(b));
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    let changes = names.into_iter().filter_map(|name| {
        Some(FileChange {
            file: name.to_owned(),
            change: Change::of(a.get(name), b.get(name))?,
        })
    });
    changes.collect()
}

fn texts(loaded: &Loaded) -> BTreeMap<&str, &str> {
    let files = loaded.files.base.iter().chain([&loaded.files.schema]);
    files
        .map(|file| (file.name.as_str(), file.text.as_str()))
        .collect()
}
