//! What was taken back does not count. A reversal is a record with a negative amount that takes
//! back one earlier record of the opposite amount; how a center marks it is data. What cannot be
//! matched for certain leaves open what it may have taken back.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemNo, Record, Value};
use rust_decimal::Decimal;
use serde::Serialize;
use time::Date;

use super::VerdictRule;
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

    fn amount(&self, record: &Record) -> Option<Decimal> {
        match record.get(self.amount)? {
            Value::Decimal(amount) => Some(*amount),
            _ => None,
        }
    }

    fn day(&self, record: &Record) -> Option<Date> {
        match record.get(self.day)? {
            Value::Date(day) => Some(*day),
            _ => None,
        }
    }

    /// Whether one takes the other back, as far as the records say.
    fn takes_back(&self, reversal: &Record, record: &Record) -> Option<bool> {
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

/// The records that are left when reversals have taken theirs back.
#[derive(Debug, Default)]
pub(super) struct Netted<'r> {
    /// These count.
    pub(super) counted: Vec<&'r Record>,
    /// These may count, or may have been taken back.
    pub(super) open: Vec<&'r Record>,
    /// What reversals say that took back no record of their amount: a part of one, or nothing.
    pub(super) unmatched: Vec<Decimal>,
}

/// What a record is to a verdict.
struct Read<'r> {
    record: &'r Record,
    counts: Option<bool>,
    is_reversal: Option<bool>,
}

impl VerdictRule {
    /// The records that count, without what was taken back.
    pub(super) fn netted<'r>(&self, records: &'r [Record]) -> Netted<'r> {
        let Some(reversal) = &self.reversed_by else {
            return self.plain(records);
        };
        let read: Vec<Read<'r>> = records
            .iter()
            .map(|record| self.read(reversal, record))
            .collect();
        let mut netted = Netted::default();
        for one in &read {
            match (one.is_reversal, one.counts) {
                (Some(true), _) | (_, Some(false)) => {}
                (Some(false), Some(true)) => netted.counted.push(one.record),
                (Some(false) | None, _) => netted.open.push(one.record),
            }
        }
        let certain = read.iter().filter(|one| one.is_reversal == Some(true));
        for one in certain {
            netted.take_back(reversal, one.record);
        }
        // What may be a reversal may have taken back whatever it could.
        for one in read.iter().filter(|one| one.is_reversal.is_none()) {
            netted.doubt(|record| reversal.takes_back(one.record, record) != Some(false));
        }
        netted
    }

    fn plain<'r>(&self, records: &'r [Record]) -> Netted<'r> {
        let mut netted = Netted::default();
        for record in records {
            match self.counts(record) {
                Some(true) => netted.counted.push(record),
                Some(false) => {}
                None => netted.open.push(record),
            }
        }
        netted
    }

    fn read<'r>(&self, reversal: &Reversal, record: &'r Record) -> Read<'r> {
        let amount = reversal.amount(record);
        let mut is_reversal = amount.map(|amount| amount < Decimal::ZERO);
        for (item, values) in &reversal.only {
            is_reversal = and(is_reversal, is_one_of(record.get(*item), values));
        }
        Read {
            record,
            counts: self.counts(record),
            is_reversal,
        }
    }
}

impl<'r> Netted<'r> {
    /// One record goes with its reversal. Of several that it may have been, the first goes if they
    /// are alike for certain; otherwise all of them are open.
    fn take_back(&mut self, reversal: &Reversal, by: &Record) {
        let takes = |record: &&'r Record| reversal.takes_back(by, record);
        if let Some(at) = self.counted.iter().position(|r| takes(r) == Some(true)) {
            self.counted.remove(at);
            return;
        }
        let may_be = |record: &'r Record| reversal.takes_back(by, record).is_none();
        if self.counted.iter().any(|record| may_be(record)) {
            self.doubt(may_be);
        } else {
            self.unmatched.extend(reversal.amount(by));
        }
    }

    /// What was certain about these records is no longer.
    fn doubt(&mut self, is_doubted: impl Fn(&'r Record) -> bool) {
        let (doubted, counted) = std::mem::take(&mut self.counted)
            .into_iter()
            .partition(|record| is_doubted(record));
        self.counted = counted;
        let mut doubted: Vec<&Record> = doubted;
        self.open.append(&mut doubted);
    }
}
