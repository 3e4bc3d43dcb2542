//! The payload of a question: whom it is about, what is passed on to a source, and what verdicts
//! are measured against. Only agents read it. Values that are passed on are checked by the catalog,
//! never shown in debug output, and wiped from memory when they are done with.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use catalog::{Catalog, ItemNo, Month, Subject, Value};
use prost::Message as _;
use rust_decimal::Decimal;
use zeroize::{Zeroize as _, Zeroizing};

use super::{WireError, class_from_wire, item_from_wire, value_from_wire, value_to_wire};
use super::{subject_message, subject_of};
use crate::limits::{ASK_PAYLOAD_BYTES_MAX, GIVEN_MAX, NAME_BYTES_MAX, YARDSTICKS_MAX};
use crate::v1;

/// Most characters of the limit of a sum: a sign, 29 digits and a point.
const LIMIT_CHARS_MAX: usize = 31;

/// Values that are passed on to a source, by item.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Given(BTreeMap<ItemNo, Value>);

impl Given {
    /// Nothing is passed on.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// The items whose values are given.
    #[must_use]
    pub fn items(&self) -> BTreeSet<ItemNo> {
        self.0.keys().copied().collect()
    }

    /// Adds a value; one that was given before is wiped.
    pub fn insert(&mut self, item: ItemNo, value: Value) {
        if let Some(mut old) = self.0.insert(item, value) {
            wipe(&mut old);
        }
    }
}

impl Deref for Given {
    type Target = BTreeMap<ItemNo, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    if let Value::Text(text) | Value::Code(text) | Value::Masked(text) = value {
        text.zeroize();
    }
}

/// Says which items are given and nothing of their values.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let items = self.0.keys().map(ToString::to_string);
        f.debug_set().entries(items).finish()
    }
}

/// What a verdict is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The limit of a sum.
    Limit(Decimal),
    /// First and last month of a span.
    Months(Month, Month),
}

/// What a question carries past the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Whom it is about.
    pub subject: Subject,
    /// What is passed on to a source.
    pub given: Given,
    /// What verdicts are measured against, by verdict.
    pub measures: BTreeMap<String, Measure>,
}

impl Payload {
    /// A payload that says no more than whom the question is about.
    #[must_use]
    pub fn about(subject: Subject) -> Self {
        Self {
            subject,
            given: Given::default(),
            measures: BTreeMap::new(),
        }
    }

    /// The bytes that travel.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let given = self.given.iter().map(|(item, value)| v1::Given {
            class: u32::from(item.class().get()),
            value: Some(v1::ItemValue {
                item: u32::from(item.item()),
                value: Some(value_to_wire(value)),
            }),
        });
        let yardsticks = self.measures.iter().map(|(verdict, measure)| {
            let mut sent = v1::Yardstick {
                verdict: verdict.clone(),
                ..v1::Yardstick::default()
            };
            match measure {
                Measure::Limit(limit) => sent.limit = limit.to_string(),
                Measure::Months(from, until) => {
                    (sent.from, sent.until) = (from.to_string(), until.to_string());
                }
            }
            sent
        });
        let mut message = v1::Subject {
            subject: Some(subject_message(&self.subject)),
            given: given.collect(),
            yardsticks: yardsticks.collect(),
        };
        let bytes = Zeroizing::new(message.encode_to_vec());
        wipe_message(&mut message);
        bytes
    }

    /// Reads the bytes; numbers come out normalised, every value checked by the catalog. What is
    /// given must be what the envelope says is given.
    ///
    /// # Errors
    /// Undecodable bytes, a value that is not sound, or more or other values than the envelope
    /// names.
    pub fn decode(
        catalog: &Catalog,
        payload: &[u8],
        gives: &BTreeSet<ItemNo>,
    ) -> Result<Self, WireError> {
        if payload.len() > ASK_PAYLOAD_BYTES_MAX {
            return Err(WireError::TooLarge("payload"));
        }
        let mut message = v1::Subject::decode(payload).map_err(|_| WireError::Undecodable)?;
        let read = Self::read(catalog, &message, gives);
        wipe_message(&mut message);
        read
    }

    fn read(
        catalog: &Catalog,
        message: &v1::Subject,
        gives: &BTreeSet<ItemNo>,
    ) -> Result<Self, WireError> {
        let subject = subject_of(message)?;
        let given = given(catalog, &message.given)?;
        if given.items() != *gives {
            return Err(WireError::Missing("given"));
        }
        let measures = measures(&message.yardsticks)?;
        Ok(Self {
            subject,
            given,
            measures,
        })
    }
}

fn wipe_message(message: &mut v1::Subject) {
    use v1::item_value::Value as Sent;
    for sent in message.given.iter_mut().flat_map(|given| &mut given.value) {
        if let Some(Sent::Text(text) | Sent::Code(text)) = &mut sent.value {
            text.zeroize();
        }
    }
}

fn given(catalog: &Catalog, sent: &[v1::Given]) -> Result<Given, WireError> {
    if sent.len() > GIVEN_MAX {
        return Err(WireError::TooLarge("given"));
    }
    let mut given = Given::default();
    for one in sent {
        let class = class_from_wire(catalog, one.class)?;
        let value = one.value.as_ref().ok_or(WireError::Missing("value"))?;
        let item = item_from_wire(catalog, class, value.item)?;
        let sent = value.value.clone().ok_or(WireError::Missing("value"))?;
        let value = value_from_wire(catalog, item, sent).map_err(WireError::Value)?;
        // Passed on is a value as it is: neither nothing nor its masked form.
        if matches!(value, Value::Absent(_) | Value::Masked(_)) {
            return Err(WireError::Missing("value"));
        }
        catalog
            .check_value(item, &value)
            .map_err(WireError::Value)?;
        if given.contains_key(&item) {
            return Err(WireError::Twice("given"));
        }
        given.insert(item, value);
    }
    Ok(given)
}

fn measures(sent: &[v1::Yardstick]) -> Result<BTreeMap<String, Measure>, WireError> {
    if sent.len() > YARDSTICKS_MAX {
        return Err(WireError::TooLarge("yardsticks"));
    }
    let mut measures = BTreeMap::new();
    for one in sent {
        if one.verdict.len() > NAME_BYTES_MAX || one.verdict.is_empty() {
            return Err(WireError::TooLarge("verdict"));
        }
        let measure = measure(&one.limit, &one.from, &one.until)?;
        if measures.insert(one.verdict.clone(), measure).is_some() {
            return Err(WireError::Twice("yardstick"));
        }
    }
    Ok(measures)
}

/// A limit, or a span of months whose end is not before its beginning; the other texts are empty.
///
/// # Errors
/// Neither of the two, or both.
pub fn measure(limit: &str, from: &str, until: &str) -> Result<Measure, WireError> {
    const UNREADABLE: WireError = WireError::Missing("yardstick");
    let month = |text: &str| text.parse::<Month>().map_err(|_| UNREADABLE);
    match (limit, from, until) {
        (limit, "", "") if (1..=LIMIT_CHARS_MAX).contains(&limit.len()) => {
            let limit = Decimal::from_str_exact(limit).map_err(|_| UNREADABLE)?;
            Ok(Measure::Limit(limit))
        }
        ("", from, until) => {
            let (from, until) = (month(from)?, month(until)?);
            if from <= until {
                Ok(Measure::Months(from, until))
            } else {
                Err(UNREADABLE)
            }
        }
        _ => Err(UNREADABLE),
    }
}

#[cfg(test)]
mod tests;
