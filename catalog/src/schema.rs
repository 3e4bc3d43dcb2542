//! The catalogue as JSON Schema 2020-12, for those who read records as JSON. It describes what
//! one value can look like; rules between items are not in it.

use serde_json::{Map, Value as Json, json};

use crate::catalog::Catalog;
use crate::code_set::{CodePattern, CodePrefix, CodeSet};
use crate::defect::Defect;
use crate::item::{Class, Item, ItemType, TextFormat};
use crate::record::Record;
use crate::value::Absence;

/// The dialect the export is written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// One schema with a definition per class, named by the class code and keyed by item code.
#[must_use]
pub fn json_schema(catalog: &Catalog) -> Json {
    let mut definitions = Map::new();
    definitions.insert("absent".to_owned(), absent());
    definitions.insert("masked".to_owned(), masked());
    for class in catalog.classes() {
        definitions.insert(class.code.clone(), class_schema(catalog, class));
    }
    json!({
        "$schema": DIALECT,
        "$id": format!("urn:tianshu:catalog:{}:{}", catalog.version(), catalog.digest()),
        "title": "Shared catalogue",
        "anyOf": catalog
            .classes()
            .iter()
            .map(|class| json!({"$ref": format!("#/$defs/{}", class.code)}))
            .collect::<Vec<_>>(),
        "$defs": definitions,
    })
}

/// A record in the form the schema describes, for display only. An item the class does not have
/// keeps its number as its name, so that nothing is lost in silence.
///
/// # Errors
/// None in practice: every value has a form in JSON.
pub fn record_json(catalog: &Catalog, record: &Record) -> Result<Json, serde_json::Error> {
    let mut named = Map::new();
    for (no, value) in record.iter() {
        let name = catalog
            .item(no)
            .map_or_else(|| no.to_string(), |item| item.code.clone());
        named.insert(name, serde_json::to_value(value)?);
    }
    Ok(Json::Object(named))
}

fn absent() -> Json {
    let defects: Vec<_> = Defect::ALL.iter().map(|defect| defect.as_str()).collect();
    let withheld = Absence::Withheld(Defect::WrongType).as_str();
    json!({
        "type": "object",
        "properties": {
            "absent": {
                "enum": [Absence::NotRecorded.as_str(), Absence::NotHeld.as_str(), withheld],
            },
            "defect": {"enum": defects},
        },
        "required": ["absent"],
        "additionalProperties": false,
    })
}

/// A value for display, its heart hidden by stars.
fn masked() -> Json {
    json!({"type": "string", "pattern": "\\*"})
}

fn class_schema(catalog: &Catalog, class: &Class) -> Json {
    let properties: Map<_, _> = class
        .items
        .iter()
        .map(|item| (item.code.clone(), item_schema(catalog, item)))
        .collect();
    json!({
        "type": "object",
        "title": class.en,
        "description": format!("{} {}", class.no, class.zh),
        "properties": properties,
        "additionalProperties": false,
    })
}

fn item_schema(catalog: &Catalog, item: &Item) -> Json {
    let mut description = format!("{} {}", item.no, item.zh);
    if let Some(unit) = &item.unit {
        description.push_str(&format!(" ({unit})"));
    }
    let mut schema = json!({
        "title": item.en,
        "description": description,
        "anyOf": [
            value_schema(catalog, item),
            {"$ref": "#/$defs/masked"},
            {"$ref": "#/$defs/absent"},
        ],
    });
    if item.input_only
        && let Some(schema) = schema.as_object_mut()
    {
        schema.insert("writeOnly".to_owned(), Json::Bool(true));
    }
    schema
}

fn value_schema(catalog: &Catalog, item: &Item) -> Json {
    match &item.kind {
        ItemType::Text { len_max } => text_schema(*len_max, item.format),
        ItemType::Code { set, multiple } => {
            let pattern = catalog.code_set(set).map(code_pattern).unwrap_or_default();
            let pattern = if *multiple {
                format!("{pattern}(;{pattern})*")
            } else {
                pattern
            };
            json!({"type": "string", "pattern": format!("^{pattern}$"), "maxLength": item.length})
        }
        ItemType::Date => json!({"type": "string", "format": "date"}),
        ItemType::Month => {
            json!({"type": "string", "pattern": "^[0-9]{4}(0[1-9]|1[0-2])$"})
        }
        ItemType::Time => {
            json!({"type": "string", "format": "date-time", "pattern": "\\+08:00$"})
        }
        ItemType::Decimal { precision, scale } => {
            let whole = precision.saturating_sub(*scale);
            let more = whole.saturating_sub(1);
            let pattern = format!("^-?(0|[1-9][0-9]{{0,{more}}})\\.[0-9]{{{scale}}}$");
            json!({"type": "string", "pattern": pattern})
        }
        ItemType::Integer { digits } => {
            let maximum = 10_i64
                .checked_pow(u32::from(*digits))
                .map_or(i64::MAX, |end| end - 1);
            json!({"type": "integer", "minimum": 0, "maximum": maximum})
        }
        ItemType::Boolean => json!({"type": "boolean"}),
    }
}

fn text_schema(len_max: u16, format: Option<TextFormat>) -> Json {
    let pattern = match format {
        None | Some(TextFormat::IdNumber { .. }) => {
            return json!({"type": "string", "minLength": 1, "maxLength": len_max});
        }
        Some(TextFormat::CreditCode) => "^[0-9A-HJ-NP-RTUW-Y]{18}$",
        Some(TextFormat::OrganizationCode) => "^[0-9A-Z]{8}[0-9X]$",
        Some(TextFormat::Year) => "^[0-9]{4}$",
        Some(TextFormat::MatchFlags) => "^[YN-]{5}$",
    };
    json!({"type": "string", "pattern": pattern})
}

/// Codes are letters and digits only, so none needs escaping.
fn code_pattern(set: &CodeSet) -> String {
    let listed: Vec<_> = set.entries().map(|(code, _)| code).collect();
    let listed = listed.join("|");
    let Some(CodePattern {
        prefix,
        digits_min,
        digits_max,
    }) = set.pattern()
    else {
        return format!("({listed})");
    };
    let prefix = match prefix {
        CodePrefix::Entry => listed.clone(),
        CodePrefix::OneOf(texts) => texts.join("|"),
    };
    format!("({listed}|({prefix})[0-9]{{{digits_min},{digits_max}}})")
}

#[cfg(test)]
mod tests;
