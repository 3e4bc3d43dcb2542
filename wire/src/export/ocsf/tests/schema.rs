//! The attributes of the published schema, and an event held against them: none unknown, none
//! missing, each of its type and among its values. The table holds facts of `ocsf/ocsf-schema` at
//! the commit that it names, for the classes and objects that our events use, and no text of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

const TABLE: &str = include_str!("ocsf-1.8.0.json");

#[derive(Deserialize)]
struct Schema {
    version: String,
    integers: Vec<String>,
    classes: BTreeMap<String, Shape>,
    objects: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(default)]
    class_uid: u64,
    #[serde(default)]
    category_uid: u64,
    any_of: Vec<String>,
    attributes: BTreeMap<String, String>,
}

/// All that is wrong with an event.
pub(super) fn faults(event: &Value) -> Vec<String> {
    let schema: Schema = serde_json::from_str(TABLE).expect("is a table");
    let mut faults = Vec::new();
    let class = schema
        .classes
        .values()
        .find(|class| event["class_uid"] == class.class_uid);
    let Some((class, object)) = class.zip(event.as_object()) else {
        return vec![format!("no class {}", event["class_uid"])];
    };
    let activity = event["activity_id"].as_u64().unwrap_or(0);
    if event["category_uid"] != class.category_uid {
        faults.push("category_uid: of another class".to_owned());
    }
    if event["type_uid"] != class.class_uid * 100 + activity {
        faults.push("type_uid: not class and activity".to_owned());
    }
    if event["metadata"]["version"] != schema.version {
        faults.push("metadata.version: of another schema".to_owned());
    }
    let profiles = event["metadata"]["profiles"].to_string();
    compare(&schema, class, object, ("", &profiles), &mut faults);
    faults
}

fn compare(
    schema: &Schema,
    shape: &Shape,
    object: &Map<String, Value>,
    (at, profiles): (&str, &str),
    faults: &mut Vec<String>,
) {
    for (name, said) in &shape.attributes {
        let is_required = said
            .split(['@', '='])
            .next()
            .is_some_and(|t| t.ends_with('!'));
        if is_required && !object.contains_key(name) {
            faults.push(format!("{at}{name}: required"));
        }
    }
    if !shape.any_of.is_empty() && !shape.any_of.iter().any(|name| object.contains_key(name)) {
        faults.push(format!("{at}: none of {:?}", shape.any_of));
    }
    for (name, value) in object {
        let Some(said) = shape.attributes.get(name) else {
            faults.push(format!("{at}{name}: unknown"));
            continue;
        };
        let (said, values) = said.split_once('=').unwrap_or((said, ""));
        let (said, profile) = said.split_once('@').unwrap_or((said, ""));
        let said = said.trim_end_matches('!');
        if !profiles.contains(profile) {
            faults.push(format!("{at}{name}: of profile {profile}"));
        }
        let each: Vec<&Value> = match (said.strip_suffix("[]"), value) {
            (Some(_), Value::Array(list)) => list.iter().collect(),
            (Some(_), _) => {
                faults.push(format!("{at}{name}: no list"));
                continue;
            }
            (None, value) => vec![value],
        };
        let said = said.trim_end_matches("[]");
        for value in each {
            let written = value.to_string();
            if !values.is_empty() && !values.split('|').any(|v| v == written) {
                faults.push(format!("{at}{name}: {value} is not one of {values}"));
            }
            one(
                schema,
                said,
                value,
                (&format!("{at}{name}."), profiles),
                faults,
            );
        }
    }
}

fn one(
    schema: &Schema,
    said: &str,
    value: &Value,
    (at, profiles): (&str, &str),
    faults: &mut Vec<String>,
) {
    if let Some(shape) = schema.objects.get(said) {
        match value.as_object() {
            Some(object) => compare(schema, shape, object, (at, profiles), faults),
            None => faults.push(format!("{at} no object")),
        }
    } else if schema.integers.iter().any(|integer| integer == said) {
        if !value.is_i64() && !value.is_u64() {
            faults.push(format!("{at} no integer"));
        }
    } else {
        let fits = match said {
            "boolean_t" => value.is_boolean(),
            "json_t" => true,
            "object" => value.is_object(),
            text if text.ends_with("_t") => value.is_string(),
            _ => false,
        };
        if !fits {
            faults.push(format!("{at} no `{said}`"));
        }
    }
}
