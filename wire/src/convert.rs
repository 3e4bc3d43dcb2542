//! Between the catalog's values and the messages that carry them, checked in both directions.
//!
//! A value that the catalog does not allow is withheld with its reason and counted, never passed
//! on; a message whose shape is wrong is refused whole.

use std::collections::BTreeMap;

use catalog::identity::{CreditCode, PersonId};
use catalog::{Absence, Catalog, ClassNo, Defect, HouseId, ItemNo, Record, Subject, Value};
use prost::Message as _;

use crate::codec::parts::{self, Unfit};
use crate::limits::{
    NOTES_PER_CLASS_MAX, RECORDS_PER_CLASS_MAX, TEXT_BYTES_MAX, VALUES_PER_RECORD_MAX,
};
use crate::v1;

mod findings;
mod payload;
mod wants;

pub use findings::{Finding, Findings, findings_from_wire, findings_to_wire};
pub use payload::{Given, Measure, Payload, measure};
pub use wants::{
    Wants, items_of_any_version, wants_from_wire, wants_of_any_version, wants_to_wire,
};

/// Why a message could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes are no such message.
    #[error("message cannot be decoded")]
    Undecodable,
    /// A field that must be there is missing.
    #[error("field `{0}` is missing")]
    Missing(&'static str),
    /// A count or length is above its limit.
    #[error("`{0}` is above its limit")]
    TooLarge(&'static str),
    /// A class number that the catalog does not have.
    #[error("unknown class")]
    UnknownClass,
    /// An item number that the class does not have.
    #[error("unknown item")]
    UnknownItem,
    /// The same class or item twice.
    #[error("`{0}` is named twice")]
    Twice(&'static str),
    /// The subject is not well formed.
    #[error("subject is not well formed: {}", .0.as_str())]
    Subject(Defect),
    /// A value that is passed on is not what the catalog allows.
    #[error("a value that is passed on is not well formed: {}", .0.as_str())]
    Value(Defect),
}

/// How many values of an item were withheld for one reason; item `None` speaks of whole records or
/// files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The item, or none for records and files.
    pub item: Option<ItemNo>,
    /// What is wrong.
    pub defect: Defect,
    /// How often.
    pub count: u32,
}

/// A class number that the catalog has.
///
/// # Errors
/// The catalog has no such class.
pub fn class_from_wire(catalog: &Catalog, number: u32) -> Result<ClassNo, WireError> {
    let class = u8::try_from(number)
        .ok()
        .and_then(ClassNo::new)
        .ok_or(WireError::UnknownClass)?;
    catalog
        .class(class)
        .map(|_| class)
        .ok_or(WireError::UnknownClass)
}

fn item_from_wire(catalog: &Catalog, class: ClassNo, number: u32) -> Result<ItemNo, WireError> {
    let item = u8::try_from(number)
        .ok()
        .and_then(|number| ItemNo::new(class, number));
    item.filter(|item| catalog.item(*item).is_some())
        .ok_or(WireError::UnknownItem)
}

/// The payload of a question that passes nothing on and measures nothing.
#[must_use]
pub fn subject_to_wire(subject: &Subject) -> Vec<u8> {
    v1::Subject {
        subject: Some(subject_message(subject)),
        ..v1::Subject::default()
    }
    .encode_to_vec()
}

fn subject_message(subject: &Subject) -> v1::subject::Subject {
    match subject {
        Subject::Person(person) => v1::subject::Subject::Person(v1::Person {
            id_type: person.id_type().to_owned(),
            id_number: person.number().to_owned(),
        }),
        Subject::Employer(code) => v1::subject::Subject::Employer(v1::Employer {
            credit_code: code.to_string(),
        }),
        Subject::House(id) => v1::subject::Subject::House(v1::House {
            id: Some(match id {
                HouseId::Unit(number) => v1::house::Id::Unit(number.as_str().to_owned()),
                HouseId::Contract(number) => v1::house::Id::Contract(number.as_str().to_owned()),
            }),
        }),
    }
}

/// Whom a payload is about; numbers come out normalised and checked.
fn subject_of(message: &v1::Subject) -> Result<Subject, WireError> {
    match message
        .subject
        .as_ref()
        .ok_or(WireError::Missing("subject"))?
    {
        v1::subject::Subject::Person(person) => PersonId::parse(&person.id_type, &person.id_number)
            .map(Subject::Person)
            .map_err(WireError::Subject),
        v1::subject::Subject::Employer(employer) => CreditCode::parse(&employer.credit_code)
            .map(Subject::Employer)
            .map_err(WireError::Subject),
        v1::subject::Subject::House(house) => match &house.id {
            Some(v1::house::Id::Unit(number)) => HouseId::unit(number),
            Some(v1::house::Id::Contract(number)) => HouseId::contract(number),
            None => return Err(WireError::Missing("house")),
        }
        .map(Subject::House)
        .map_err(WireError::Subject),
    }
}

/// The payload of a class reply.
#[must_use]
pub fn records_to_wire(records: &[Record]) -> Vec<u8> {
    let records = records
        .iter()
        .map(|record| v1::Record {
            values: record
                .iter()
                .map(|(item, value)| v1::ItemValue {
                    item: u32::from(item.item()),
                    value: Some(value_to_wire(value)),
                })
                .collect(),
        })
        .collect();
    v1::Records { records }.encode_to_vec()
}

/// Reads the records of one class and checks every value against the catalog. A bad value comes out
/// as withheld, and is counted in the notes; numbers outside the class are dropped and counted.
///
/// # Errors
/// Undecodable bytes, or more records or values than the limits allow.
pub fn records_from_wire(
    catalog: &Catalog,
    class: ClassNo,
    payload: &[u8],
) -> Result<(Vec<Record>, Vec<Note>), WireError> {
    // Before anything is decoded: an empty record takes two bytes on the way and many afterwards.
    let unfit = |what| {
        move |unfit| match unfit {
            Unfit::TooMany => WireError::TooLarge(what),
            Unfit::Unreadable => WireError::Undecodable,
        }
    };
    parts::records(payload).map_err(unfit("records"))?;
    parts::values(payload).map_err(unfit("values"))?;
    let message = v1::Records::decode(payload).map_err(|_| WireError::Undecodable)?;
    if message.records.len() > RECORDS_PER_CLASS_MAX {
        return Err(WireError::TooLarge("records"));
    }
    let mut records = Vec::with_capacity(message.records.len());
    let mut notes = NoteBook::default();
    for sent in message.records {
        if sent.values.len() > VALUES_PER_RECORD_MAX {
            return Err(WireError::TooLarge("values"));
        }
        let mut record = Record::new(class);
        for value in sent.values {
            let Ok(item) = item_from_wire(catalog, class, value.item) else {
                notes.count(None, Defect::UnknownItem);
                continue;
            };
            let value = checked(catalog, item, value.value);
            if let Value::Absent(Absence::Withheld(defect)) = value {
                notes.count(Some(item), defect);
            }
            if record.get(item).is_some() {
                notes.count(Some(item), Defect::Duplicate);
                continue;
            }
            record.insert(item, value);
        }
        records.push(record);
    }
    Ok((records, notes.into_notes()))
}

/// The value if it is sound, else withheld with the reason.
fn checked(catalog: &Catalog, item: ItemNo, sent: Option<v1::item_value::Value>) -> Value {
    let read = sent
        .ok_or(Defect::WrongType)
        .and_then(|sent| value_from_wire(catalog, item, sent));
    match read {
        Ok(Value::Absent(absence)) => Value::Absent(absence),
        Ok(value) => match catalog.check_value(item, &value) {
            Ok(()) => value,
            Err(defect) => Value::Absent(Absence::Withheld(defect)),
        },
        Err(defect) => Value::Absent(Absence::Withheld(defect)),
    }
}

fn value_to_wire(value: &Value) -> v1::item_value::Value {
    use v1::item_value::Value as Sent;
    match value {
        Value::Text(text) => Sent::Text(text.clone()),
        Value::Code(code) => Sent::Code(code.clone()),
        Value::Date(_) => Sent::Date(value.canonical()),
        Value::Month(_) => Sent::Month(value.canonical()),
        Value::Time(_) => Sent::Time(value.canonical()),
        Value::Decimal(_) => Sent::Decimal(value.canonical()),
        Value::Integer(number) => Sent::Integer(*number),
        Value::Boolean(truth) => Sent::Boolean(*truth),
        Value::Masked(text) => Sent::Masked(text.clone()),
        Value::Absent(absence) => Sent::Absent(absence_to_wire(*absence)),
    }
}

fn value_from_wire(
    catalog: &Catalog,
    item: ItemNo,
    sent: v1::item_value::Value,
) -> Result<Value, Defect> {
    use v1::item_value::Value as Sent;
    let (text, is_kind): (String, fn(&Value) -> bool) = match sent {
        Sent::Text(text) => (text, |v| matches!(v, Value::Text(_))),
        Sent::Code(text) => (text, |v| matches!(v, Value::Code(_))),
        Sent::Date(text) => (text, |v| matches!(v, Value::Date(_))),
        Sent::Month(text) => (text, |v| matches!(v, Value::Month(_))),
        Sent::Time(text) => (text, |v| matches!(v, Value::Time(_))),
        Sent::Decimal(text) => (text, |v| matches!(v, Value::Decimal(_))),
        Sent::Integer(number) => return Ok(Value::Integer(number)),
        Sent::Boolean(truth) => return Ok(Value::Boolean(truth)),
        Sent::Absent(reason) => return absence_from_wire(&reason).map(Value::Absent),
        Sent::Masked(text) if text.len() > TEXT_BYTES_MAX => return Err(Defect::TooLong),
        Sent::Masked(text) => return Ok(Value::Masked(text)),
    };
    if text.len() > TEXT_BYTES_MAX {
        return Err(Defect::TooLong);
    }
    let value = catalog.parse_value(item, &text)?;
    if is_kind(&value) {
        Ok(value)
    } else {
        Err(Defect::WrongType)
    }
}

fn absence_to_wire(absence: Absence) -> String {
    match absence {
        Absence::NotRecorded => "not-recorded".to_owned(),
        Absence::NotHeld => "not-held".to_owned(),
        Absence::Withheld(defect) => format!("withheld:{}", defect.as_str()),
    }
}

fn absence_from_wire(reason: &str) -> Result<Absence, Defect> {
    match reason {
        "not-recorded" => Ok(Absence::NotRecorded),
        "not-held" => Ok(Absence::NotHeld),
        other => other
            .strip_prefix("withheld:")
            .and_then(|defect| defect.parse().ok())
            .map(Absence::Withheld)
            .ok_or(Defect::WrongType),
    }
}

/// The notes of a reply; unknown defects and items are refused, so that notes cannot smuggle text.
///
/// # Errors
/// Too many notes, or a note that names no known defect or item.
pub fn notes_from_wire(
    catalog: &Catalog,
    class: ClassNo,
    notes: &[v1::QualityNote],
) -> Result<Vec<Note>, WireError> {
    if notes.len() > NOTES_PER_CLASS_MAX {
        return Err(WireError::TooLarge("notes"));
    }
    notes
        .iter()
        .map(|note| {
            let item = match note.item {
                0 => None,
                number => Some(item_from_wire(catalog, class, number)?),
            };
            let defect = note.defect.parse().map_err(|_| WireError::Undecodable)?;
            Ok(Note {
                item,
                defect,
                count: note.count,
            })
        })
        .collect()
}

/// The wire form of notes, cut at the limit.
#[must_use]
pub fn notes_to_wire(notes: &[Note]) -> Vec<v1::QualityNote> {
    notes
        .iter()
        .take(NOTES_PER_CLASS_MAX)
        .map(|note| v1::QualityNote {
            item: note.item.map_or(0, |item| u32::from(item.item())),
            defect: note.defect.as_str().to_owned(),
            count: note.count,
        })
        .collect()
}

/// The outcome as written in logs, metrics and JSON.
#[must_use]
pub fn outcome_name(outcome: v1::Outcome) -> &'static str {
    match outcome {
        v1::Outcome::Unspecified => "unspecified",
        v1::Outcome::Answered => "answered",
        v1::Outcome::NoRecord => "no-record",
        v1::Outcome::Refused => "refused",
        v1::Outcome::Unavailable => "unavailable",
        v1::Outcome::Stale => "stale",
        v1::Outcome::NotCovered => "not-covered",
    }
}

/// Counts defects by item.
#[derive(Debug, Default)]
pub struct NoteBook {
    counts: BTreeMap<(Option<ItemNo>, &'static str), Note>,
}

impl NoteBook {
    /// One more value of `item` with this defect.
    pub fn count(&mut self, item: Option<ItemNo>, defect: Defect) {
        self.add(Note {
            item,
            defect,
            count: 1,
        });
    }

    /// Adds a note to those of its kind.
    pub fn add(&mut self, note: Note) {
        let key = (note.item, note.defect.as_str());
        self.counts
            .entry(key)
            .and_modify(|known| known.count = known.count.saturating_add(note.count))
            .or_insert(note);
    }

    /// One note for each item and defect.
    #[must_use]
    pub fn into_notes(self) -> Vec<Note> {
        self.counts.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
