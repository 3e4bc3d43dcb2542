//! One entry as a row of the result.

use std::collections::BTreeSet;

use dashboards::audit::Row;
use serde_json::Value;
use wire::Heading;

/// Fields that say what else there is, where an entry has them.
const TOLD: [&str; 10] = [
    "act", "target", "stage", "room", "form", "rows", "because", "node", "count", "software",
];

/// Reads the row; of bytes that are no entry of this version only the number is known.
pub(super) fn of(number: u64, bytes: &[u8]) -> Row {
    let Some(heading) = Heading::read(bytes) else {
        return Row {
            number,
            ..Row::default()
        };
    };
    Row {
        number,
        at: heading.at.to_string(),
        kind: heading.kind.to_string(),
        center: heading.center("").to_owned(),
        operator: heading.asking_operator().to_owned(),
        counter: heading.asking_counter().to_owned(),
        flow: heading.flow_code().to_owned(),
        case: heading.case_number().to_owned(),
        staff: heading.staff.to_string(),
        codes: codes(&heading),
        more: more(&heading, bytes),
    }
}

/// Every code that an entry names, each once.
pub(super) fn codes(heading: &Heading<'_>) -> Vec<String> {
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    codes.insert(heading.code.as_str());
    codes.extend(heading.skipped.values().map(|code| code.as_str()));
    let classes = heading.nodes.iter().flat_map(|node| &node.classes);
    codes.extend(classes.map(|class| class.code.as_str()));
    let codes = codes.into_iter().filter(|code| !code.is_empty());
    codes.map(str::to_owned).collect()
}

fn more(heading: &Heading<'_>, bytes: &[u8]) -> String {
    if heading.kind.as_str() == "outcome" {
        let node = |node: &wire::heading::NodePart<'_>| {
            let outcomes: BTreeSet<&str> = node
                .classes
                .iter()
                .map(|class| class.outcome.as_str())
                .collect();
            let outcomes: Vec<&str> = outcomes.into_iter().collect();
            format!("{}: {}", node.node.as_str(), outcomes.join(" "))
        };
        return heading
            .nodes
            .iter()
            .map(node)
            .collect::<Vec<_>>()
            .join("; ");
    }
    let entry: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let told = TOLD.iter().filter_map(|name| match entry.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    told.collect::<Vec<_>>().join(" · ")
}
