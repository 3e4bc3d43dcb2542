//! What was taken back does not count. A reversal is a record with a negative amount that takes
//! back one earlier record of the opposite amount; how a center marks it is data.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemNo, Record, Value};
use rust_decimal::Decimal;
use serde::Serialize;
use time::Date;

use super::judge::{and, is_one_of};

/// By what a reversal is known, and which record it takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reversal {
    /// A negative record with these codes is a reversal.
    pub only: BTreeMap<ItemNo, BTreeSet<String>>,
    /// The amount: the opposite of what is taken back.
    pub amount: ItemNo,
    /// The day: what is taken back is no later.
    pub day: ItemNo,
    /// Items that both have alike.
    pub same: BTreeSet<ItemNo>,
}

impl Reversal {
    /// The items it looks at.
    pub fn items(&self) -> impl Iterator<Item = ItemNo> + '_ {
        let own = [self.amount, self.day];
        let same = self.same.iter().copied();
        self.only.keys().copied().chain(own).chain(same)
    }

    pub(super) fn amount(&self, record: &Record) -> Option<Decimal> {
        match record.get(self.amount)? {
            Value::Decimal(amount) => Some(*amount),
            _ => None,
        }
    }

    pub(super) fn day(&self, record: &Record) -> Option<Date> {
        match record.get(self.day)? {
            Value::Date(day) => Some(*day),
            _ => None,
        }
    }

    /// Whether the record has the codes of a reversal.
    pub(super) fn marks(&self, record: &Record) -> Option<bool> {
        let mut marks = Some(true);
        for (item, values) in &self.only {
            marks = and(marks, is_one_of(record.get(*item), values));
        }
        marks
    }

    /// Whether one takes the other back, as far as the records say.
    pub(super) fn takes_back(&self, reversal: &Record, record: &Record) -> Option<bool> {
        let opposite = self.amount(reversal).zip(self.amount(record));
        let earlier = self.day(record).zip(self.day(reversal));
        let mut takes = and(
            opposite.map(|(one, other)| one == -other),
            earlier.map(|(first, then)| first <= then),
        );
        for item in &self.same {
            takes = and(takes, is_equal(reversal.get(*item), record.get(*item)));
        }
        takes
    }
}

fn is_equal(one: Option<&Value>, other: Option<&Value>) -> Option<bool> {
    match (one?, other?) {
        (Value::Absent(_) | Value::Masked(_), _) | (_, Value::Absent(_) | Value::Masked(_)) => None,
        (one, other) => Some(one == other),
    }
}
