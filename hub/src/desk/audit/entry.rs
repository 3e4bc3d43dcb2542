//! One entry with what belongs to it.

use audit::leaf_hash;
use dashboards::audit::{EntryShown, Field, Links, Related};
use serde_json::Value;
use wire::{Heading, KeyName};

use super::search::Search;
use super::terms::Terms;
use super::{Shelf, row};

/// Entries of one question that are shown; there are two.
const RELATED_MAX: usize = 16;
/// Fields that are shown one by one; the bytes stand below them whole.
const FIELDS_MAX: usize = 2_000;

pub(super) fn shown(shelf: &Shelf, number: u64, bytes: &[u8]) -> anyhow::Result<EntryShown> {
    let heading = Heading::read(bytes).unwrap_or_default();
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let mut fields = Vec::new();
    flatten(&value, &mut String::new(), &mut fields);
    Ok(EntryShown {
        number,
        log: shelf.journal.origin().to_owned(),
        size: shelf.size,
        at: heading.at.to_string(),
        kind: heading.kind.to_string(),
        leaf_hash: leaf_hash(bytes).to_string(),
        raw: String::from_utf8_lossy(bytes).into_owned(),
        fields,
        related: related(shelf, number, &heading)?,
        links: links(&heading),
        cover: shelf.cover(),
    })
}

/// The other entries of the same question.
fn related(shelf: &Shelf, own: u64, heading: &Heading<'_>) -> anyhow::Result<Vec<Related>> {
    if heading.query.is_empty() {
        return Ok(Vec::new());
    }
    let terms = Terms::of_key(KeyName::Query, &heading.query);
    let search = Search::begin(shelf, &terms)?;
    let numbers = search.numbers(0..u64::MAX, RELATED_MAX)?;
    let numbers = numbers.into_iter().filter(|number| *number != own);
    let related = numbers.map(|number| {
        let bytes = search.bytes(number)?;
        let heading = Heading::read(&bytes).unwrap_or_default();
        Ok(Related {
            number,
            at: heading.at.to_string(),
            kind: heading.kind.to_string(),
            codes: row::codes(&heading),
            leaf_hash: leaf_hash(&bytes).to_string(),
        })
    });
    related.collect()
}

fn links(heading: &Heading<'_>) -> Links {
    let mut nodes = Vec::new();
    let mut add = |node: &str| {
        let is_new = !node.is_empty() && nodes.iter().all(|known| known != node);
        if is_new {
            nodes.push(node.to_owned());
        }
    };
    add(&heading.node);
    heading.asked.iter().for_each(|node| add(node));
    heading.skipped.keys().for_each(|node| add(node));
    heading.nodes.iter().for_each(|part| add(&part.node));
    Links {
        center: heading.center("").to_owned(),
        operator: heading.asking_operator().to_owned(),
        counter: heading.asking_counter().to_owned(),
        case: heading.case_number().to_owned(),
        flow: heading.flow_code().to_owned(),
        query: heading.query.to_string(),
        subject: heading.subject.to_string(),
        staff: heading.staff.to_string(),
        nodes,
    }
}

/// Every field by the way to it; a list of plain values is one field.
fn flatten(value: &Value, path: &mut String, fields: &mut Vec<Field>) {
    if fields.len() >= FIELDS_MAX {
        return;
    }
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                below(path, name, |path| flatten(value, path, fields));
            }
        }
        Value::Array(values) if values.iter().all(is_plain) => {
            let texts: Vec<String> = values.iter().map(plain).collect();
            push(path, texts.join(", "), fields);
        }
        Value::Array(values) => {
            for (nth, value) in values.iter().enumerate() {
                below(path, &nth.to_string(), |path| flatten(value, path, fields));
            }
        }
        other => push(path, plain(other), fields),
    }
}

fn below(path: &mut String, name: &str, work: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    work(path);
    path.truncate(length);
}

fn push(path: &str, value: String, fields: &mut Vec<Field>) {
    let path = path.to_owned();
    fields.push(Field { path, value });
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
