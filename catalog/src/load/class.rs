//! Reading one class file: each item by itself. What items must agree on among each other and
//! with the code sets is judged in `agreement`.

use super::table::Table;
use crate::fault::Fault;
use crate::item::{Class, Domain, Item, ItemType, KeyRole, Sensitivity, TextFormat};
use crate::number::{ClassNo, ItemNo};
use crate::value::CANONICAL_SCALE;

/// The longest text or code an item may take, in characters.
const LENGTH_MAX: u16 = 1000;
/// The most digits a decimal can have and still be exact.
const PRECISION_MAX: u16 = 28;
/// The most digits a count can have and still be exact.
const DIGITS_MAX: u16 = 18;

/// A class as far as it could be read.
#[derive(Debug)]
pub(super) struct ClassDraft {
    pub(super) no: ClassNo,
    pub(super) code: String,
    zh: String,
    en: String,
    pub(super) items: Vec<ItemDraft>,
}

/// An item as far as it could be read. The number is kept even if the rest is faulty, so that
/// one bad item is not also reported as a gap.
#[derive(Debug)]
pub(super) struct ItemDraft {
    pub(super) line: usize,
    pub(super) no: Option<ItemNo>,
    pub(super) item: Option<Item>,
}

impl ClassDraft {
    pub(super) fn into_class(self) -> Class {
        let items = self
            .items
            .into_iter()
            .filter_map(|draft| draft.item)
            .collect();
        Class {
            no: self.no,
            code: self.code,
            zh: self.zh,
            en: self.en,
            items,
        }
    }
}

pub(super) fn read(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<ClassDraft> {
    let no = table.required_word("no", "a class number", |text| text.parse().ok(), faults);
    let code = table.required_text("code", faults);
    let zh = table.required_text("zh", faults);
    let en = table.required_text("en", faults);
    let items: Vec<_> = table
        .tables("item", faults)
        .into_iter()
        .map(|mut item| {
            let line = item.line();
            let no = item.required_word("no", "an item number", |text| text.parse().ok(), faults);
            let before = faults.len();
            let read = read_item(&mut item, no, faults);
            item.close(faults);
            let item = read.filter(|_| faults.len() == before);
            ItemDraft { line, no, item }
        })
        .collect();
    if items.is_empty() {
        faults.push(table.fault("a class must have at least one item"));
    }
    Some(ClassDraft {
        no: no?,
        code: code?,
        zh: zh?,
        en: en?,
        items,
    })
}

fn read_item(table: &mut Table<'_>, no: Option<ItemNo>, faults: &mut Vec<Fault>) -> Option<Item> {
    let code = table.required_text("code", faults);
    let zh = table.required_text("zh", faults);
    let en = table.required_text("en", faults);
    let kind = read_kind(table, faults);
    let unit = table.text("unit", faults);
    let format = read_format(table, faults);
    let required = table.required_flag("required", faults);
    let key = table.word("key", "a key role", KeyRole::named, faults);
    let sensitivity =
        table.required_word("sensitivity", "a sensitivity", Sensitivity::named, faults);
    let input_only = table.flag("input_only", faults).unwrap_or(false);
    let source = table.required_text("source", faults);
    let verified = table.required_flag("verified", faults);
    let domains = read_domains(table, faults);
    if input_only && required == Some(true) {
        faults.push(table.fault_at("required", "an item that is input only cannot be required"));
    }
    let (kind, length) = kind?;
    if format.is_some() && !matches!(kind, ItemType::Text { .. }) {
        faults.push(table.fault_at("format", "only a text can have a `format`"));
    }
    Some(Item {
        no: no?,
        code: code?,
        zh: zh?,
        en: en?,
        kind,
        length,
        unit,
        format,
        required: required?,
        key,
        sensitivity: sensitivity?,
        source: source?,
        verified: verified?,
        input_only,
        domains: domains?,
    })
}

/// The type, and the length of a text or code.
fn read_kind(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<(ItemType, Option<u16>)> {
    let name = table.required_text("type", faults)?;
    let kind = match name.as_str() {
        "text" => {
            let len_max = needed(table, "length", LENGTH_MAX, faults)?;
            return Some((ItemType::Text { len_max }, Some(len_max)));
        }
        "code" => {
            let length = needed(table, "length", LENGTH_MAX, faults);
            let set = table.required_text("code_set", faults);
            let multiple = table.flag("multiple", faults).unwrap_or(false);
            return Some((
                ItemType::Code {
                    set: set?,
                    multiple,
                },
                Some(length?),
            ));
        }
        "decimal" => {
            let precision = needed(table, "precision", PRECISION_MAX, faults);
            let scale = needed(table, "scale", PRECISION_MAX, faults);
            let (precision, scale) = (precision?, scale?);
            if u32::from(scale) != CANONICAL_SCALE || scale > precision {
                let reason = "`scale` must be 2: the canonical text has no other form";
                faults.push(table.fault_at("scale", reason));
                return None;
            }
            let (precision, scale) = (u8::try_from(precision).ok()?, u8::try_from(scale).ok()?);
            ItemType::Decimal { precision, scale }
        }
        "integer" => {
            let digits = needed(table, "length", DIGITS_MAX, faults)?;
            ItemType::Integer {
                digits: u8::try_from(digits).ok()?,
            }
        }
        "date" => ItemType::Date,
        "month" => ItemType::Month,
        "time" => ItemType::Time,
        "boolean" => ItemType::Boolean,
        other => {
            table.pass(&["length", "precision", "scale", "code_set", "multiple"]);
            faults.push(table.fault_at("type", format!("`{other}` is not a type")));
            return None;
        }
    };
    Some((kind, None))
}

fn needed(
    table: &mut Table<'_>,
    key: &'static str,
    max: u16,
    faults: &mut Vec<Fault>,
) -> Option<u16> {
    let before = faults.len();
    let number = table.number(key, (1, max), faults);
    if number.is_none() && faults.len() == before {
        faults.push(table.fault(format!("`{key}` is missing")));
    }
    number
}

fn read_format(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<TextFormat> {
    let name = table.text("format", faults);
    let id_type = table.word(
        "id_type",
        "an item number",
        |text| text.parse().ok(),
        faults,
    );
    match (name.as_deref()?, id_type) {
        ("id-number", Some(id_type)) => return Some(TextFormat::IdNumber { id_type }),
        ("id-number", None) => {
            faults.push(table.fault_at("format", "an id number needs the item of its `id_type`"));
            return None;
        }
        (_, Some(_)) => {
            faults.push(table.fault_at("id_type", "only an id number has an `id_type`"));
        }
        ("credit-code", None) => return Some(TextFormat::CreditCode),
        ("organization-code", None) => return Some(TextFormat::OrganizationCode),
        ("year", None) => return Some(TextFormat::Year),
        ("match-flags", None) => return Some(TextFormat::MatchFlags),
        (other, None) => {
            faults.push(table.fault_at("format", format!("`{other}` is not a format")));
        }
    }
    None
}

fn read_domains(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<Vec<Domain>> {
    let before = faults.len();
    let names = table.texts("domains", faults).unwrap_or_default();
    let mut domains = Vec::new();
    for name in &names {
        match Domain::named(name) {
            Some(domain) if !domains.contains(&domain) => domains.push(domain),
            Some(_) => {
                faults.push(table.fault_at("domains", format!("`{name}` is listed twice")));
            }
            None => {
                faults.push(table.fault_at("domains", format!("`{name}` is not a domain")));
            }
        }
    }
    if names.is_empty() && faults.len() == before {
        faults.push(table.fault("`domains` is missing"));
    }
    (faults.len() == before).then_some(domains)
}
