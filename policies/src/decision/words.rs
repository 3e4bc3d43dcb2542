//! The words of the schema: its enumerations, as catalog and flow words know them. The delivered
//! schema is generated from them, and no schema is loaded that lists one word more or less.

use std::collections::BTreeSet;
use std::fmt::Write;

use catalog::{Catalog, Item};
use cedar_policy::{Policy, SchemaFragment};
use serde_json::Value;

use super::load::report;
use crate::fault::{Faults, Page};
use crate::flow::{BasisKind, BasisPart, FlowBook, Hours, MatterNo, PartyRole};

/// Width of the schema file.
const LINE_MAX: usize = 100;

/// Name of an item in policies: `04.grzhzt`.
pub(super) fn item_name(item: &Item) -> String {
    format!("{}.{}", item.no.class(), item.code)
}

/// Every matter that can be written.
pub(super) fn matters() -> impl Iterator<Item = MatterNo> {
    (0..100_u8).filter_map(|number| format!("{number:02}").parse().ok())
}

/// Every enumeration of the schema with its words.
fn enumerations(catalog: &Catalog) -> [(&'static str, BTreeSet<String>); 6] {
    let classes = catalog.classes().iter().map(|class| class.no.to_string());
    [
        ("Class", classes.collect()),
        (
            "Matter",
            matters().map(|matter| matter.to_string()).collect(),
        ),
        ("Basis", spelt(BasisKind::ALL)),
        ("BasisPart", spelt(BasisPart::ALL)),
        ("Role", spelt(PartyRole::ALL)),
        ("Hours", spelt(Hours::ALL)),
    ]
}

fn spelt(words: &[impl ToString]) -> BTreeSet<String> {
    words.iter().map(ToString::to_string).collect()
}

/// The enumerations of the schema file, generated from what catalog and flows know.
#[must_use]
pub fn schema_words(catalog: &Catalog) -> String {
    let mut text = String::new();
    for (name, words) in enumerations(catalog) {
        let mut line = "   ".to_owned();
        let mut lines = String::new();
        let last = words.len();
        for (no, word) in words.iter().enumerate() {
            let comma = if no + 1 < last { "," } else { "" };
            let word = format!(" \"{word}\"{comma}");
            if line.len() + word.len() > LINE_MAX {
                lines.push_str(&line);
                lines.push('\n');
                line = "   ".to_owned();
            }
            line.push_str(&word);
        }
        // Writing into a text cannot fail.
        let _ = writeln!(text, "entity {name} enum [\n{lines}{line}\n];");
    }
    text
}

/// The enumerations of a schema against the words they stand for.
pub(super) fn check(
    page: Page<'_>,
    fragment: &SchemaFragment,
    catalog: &Catalog,
    faults: &mut Faults,
) {
    let json = match fragment.clone().to_json_value() {
        Ok(json) => json,
        Err(error) => {
            report(page, &error, faults);
            return;
        }
    };
    let expected = enumerations(catalog);
    // The namespace of the schema is the empty one.
    let listed_types = json
        .pointer("//entityTypes")
        .and_then(|types| types.as_object());
    for (name, kind) in listed_types.into_iter().flatten() {
        let is_known = expected.iter().any(|(expected, _)| expected == name);
        if kind.get("enum").is_some() && !is_known {
            faults.add(
                at(page, name),
                format!("`{name}`: an enumeration of nothing"),
            );
        }
    }
    for (name, words) in expected {
        let listed = json.pointer(&format!("//entityTypes/{name}/enum"));
        let listed: BTreeSet<String> = listed
            .and_then(|list| list.as_array())
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect();
        for word in listed.symmetric_difference(&words) {
            let side = if listed.contains(word) {
                "only the schema"
            } else {
                "not the schema"
            };
            faults.add(at(page, name), format!("`{name}`: {side} knows `{word}`"));
        }
    }
}

/// The names in a policy that no enumeration holds. A policy that speaks of a flow, item, verdict
/// or node which does not exist would never apply, and nobody would know.
pub(super) fn check_names(
    page: Page<'_>,
    policy: &Policy,
    catalog: &Catalog,
    flows: &FlowBook,
    faults: &mut Faults,
) {
    let mut unknown = BTreeSet::new();
    for literal in policy.entity_literals() {
        let id: &str = literal.id().as_ref();
        let flow = id.parse().ok().and_then(|id| flows.flow(&id));
        if literal.type_name().to_string() == "Flow" && flow.is_none() {
            unknown.insert((id.to_owned(), "no such flow is registered"));
        }
    }
    let mut texts = BTreeSet::new();
    match policy.to_json() {
        Ok(json) => json
            .get("conditions")
            .into_iter()
            .for_each(|conditions| gather(conditions, &mut texts)),
        Err(error) => report(page, &error, faults),
    }
    let is_known = |text: &str| {
        let is_item = catalog
            .item_named(text)
            .is_some_and(|item| item_name(item) == text);
        is_item
            || flows.flows().any(|flow| {
                flow.enabled.contains_key(text)
                    || flow.verdicts.keys().any(|verdict| verdict.as_str() == text)
            })
    };
    for text in texts.into_iter().filter(|text| !is_known(text)) {
        unknown.insert((text, "no item, verdict or node of that name is known"));
    }
    for (name, reason) in unknown {
        let start = page.text.find(&format!("\"{name}\"")).unwrap_or(0);
        faults.add(page.at(&(start..start)), format!("`{name}`: {reason}"));
    }
}

/// Every text that a policy compares with: `{"Value": "…"}` in Cedar's JSON form.
fn gather(json: &Value, texts: &mut BTreeSet<String>) {
    match json {
        Value::Array(parts) => parts.iter().for_each(|part| gather(part, texts)),
        Value::Object(parts) => {
            if let Some(text) = parts.get("Value").and_then(Value::as_str) {
                texts.insert(text.to_owned());
            }
            parts.values().for_each(|part| gather(part, texts));
        }
        _ => {}
    }
}

/// Where an entity type is declared.
fn at<'a>(page: Page<'a>, name: &str) -> crate::fault::Place<'a> {
    let start = page.text.find(&format!("entity {name} ")).unwrap_or(0);
    page.at(&(start..start))
}
