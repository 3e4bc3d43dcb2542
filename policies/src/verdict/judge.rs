//! Evaluates a verdict over records. Yes, no or not known: a value that is absent, withheld or
//! masked leaves its record open, and a finding that such a record could turn is refused.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemNo, Month, Record, Value};
use rust_decimal::Decimal;

use super::netting::{Netted, Partly};
use super::{Finding, VerdictFault, VerdictRule, VerdictTest, Yardstick};

/// Separates the codes of an item that holds several.
const SEPARATOR: char = ';';

impl VerdictRule {
    /// What it finds over all the records that a center has of its class about one subject.
    /// `None` where the verdict is about other centers and this one asks.
    pub fn judge(
        &self,
        records: &[Record],
        yardstick: Option<&Yardstick>,
        asked_here: bool,
    ) -> Result<Option<Finding>, VerdictFault> {
        if self.elsewhere && asked_here {
            return Ok(None);
        }
        if records.iter().any(|record| record.class() != self.class) {
            return Err(VerdictFault::ForeignRecord);
        }
        self.check_yardstick(yardstick)?;
        let finding = match (self.test, yardstick) {
            (VerdictTest::CountBy(item), _) => self.count(records, item),
            (VerdictTest::SumWithin(item), Some(Yardstick::Limit(limit))) => {
                self.sum(records, item, *limit)
            }
            (VerdictTest::MonthsOverlap(from, until), Some(Yardstick::Months(first, last))) => self
                .any(records, |record| {
                    covers(month(record, from), month(record, until), *first, *last)
                }),
            (VerdictTest::Exists, _) => self.any(records, |_| Some(true)),
            // INVARIANT: checked above.
            (VerdictTest::SumWithin(_) | VerdictTest::MonthsOverlap(..), _) => {
                Err(VerdictFault::YardstickUnfit)
            }
        };
        finding.map(Some)
    }

    /// Whether the record counts; `None` if a value that decides it is not known.
    pub(super) fn counts(&self, record: &Record) -> Option<bool> {
        let mut counts = Some(true);
        for (item, values) in &self.only {
            // Not known so far is no end: a later condition may still say no for certain.
            counts = and(counts, is_one_of(record.get(*item), values));
        }
        counts
    }

    /// Whether any record counts and passes. One certain yes outweighs what is not known.
    fn any(
        &self,
        records: &[Record],
        passes: impl Fn(&Record) -> Option<bool>,
    ) -> Result<Finding, VerdictFault> {
        let netted = self.netted(records);
        let mut unclear = netted.open.iter().chain(&netted.pending);
        let mut is_open = unclear.any(|record| passes(record) != Some(false));
        for record in netted.counted {
            match passes(record) {
                Some(true) => return Ok(Finding::Holds(true)),
                Some(false) => {}
                None => is_open = true,
            }
        }
        for Partly { of, kept } in netted.partly {
            let passing = of.iter().filter(|record| passes(record) == Some(true));
            // More are left than do not pass.
            if passing.count() + kept > of.len() {
                return Ok(Finding::Holds(true));
            }
            is_open |= of.iter().any(|record| passes(record) != Some(false));
        }
        if is_open {
            Err(VerdictFault::Undecidable)
        } else {
            Ok(Finding::Holds(false))
        }
    }

    /// The records that count. All or nothing: a number would be wrong by one that is not known.
    fn counted<'r>(&self, records: &'r [Record]) -> Result<Netted<'r>, VerdictFault> {
        let netted = self.netted(records);
        if netted.open.is_empty() {
            Ok(netted)
        } else {
            Err(VerdictFault::Undecidable)
        }
    }

    fn count(&self, records: &[Record], item: ItemNo) -> Result<Finding, VerdictFault> {
        let netted = self.counted(records)?;
        if !netted.pending.is_empty() {
            return Err(VerdictFault::Undecidable);
        }
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for (record, times) in netted.each(item)? {
            let Some(Value::Code(code)) = record.get(item) else {
                return Err(VerdictFault::Undecidable);
            };
            let count = counts.entry(code.clone()).or_default();
            *count = count.checked_add(times).ok_or(VerdictFault::Undecidable)?;
        }
        Ok(Finding::Counts(counts))
    }

    /// What a reversal took back of no record known, and what is pending, may lower the sum or not:
    /// only what holds either way is said.
    fn sum(
        &self,
        records: &[Record],
        item: ItemNo,
        limit: Decimal,
    ) -> Result<Finding, VerdictFault> {
        let netted = self.counted(records)?;
        let mut sum = Decimal::ZERO;
        for (record, times) in netted.each(item)? {
            let Some(Value::Decimal(amount)) = record.get(item) else {
                return Err(VerdictFault::Undecidable);
            };
            let amounts = amount.checked_mul(times.into());
            let amounts = amounts.ok_or(VerdictFault::Undecidable)?;
            sum = sum.checked_add(amounts).ok_or(VerdictFault::Undecidable)?;
        }
        let mut least = sum;
        for amount in netted.unmatched {
            least = least.checked_add(amount).ok_or(VerdictFault::Undecidable)?;
        }
        match (sum <= limit, least <= limit) {
            (within, at_least) if within == at_least => Ok(Finding::Holds(within)),
            _ => Err(VerdictFault::Undecidable),
        }
    }
}

impl<'r> Netted<'r> {
    /// Every record that counts, and how often, where it does not matter which of several it is.
    fn each(&self, item: ItemNo) -> Result<Vec<(&'r Record, u32)>, VerdictFault> {
        let mut each: Vec<_> = self.counted.iter().map(|record| (*record, 1)).collect();
        for Partly { of, kept } in &self.partly {
            let [first, others @ ..] = of.as_slice() else {
                continue;
            };
            let kept = u32::try_from(*kept).map_err(|_| VerdictFault::Undecidable)?;
            if others
                .iter()
                .any(|other| other.get(item) != first.get(item))
            {
                return Err(VerdictFault::Undecidable);
            }
            each.push((*first, kept));
        }
        Ok(each)
    }
}

/// Both, where either may be not known: a certain no settles it.
pub(super) const fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

pub(super) fn is_one_of(value: Option<&Value>, values: &BTreeSet<String>) -> Option<bool> {
    match value? {
        Value::Text(text) => Some(values.contains(text)),
        Value::Code(codes) => Some(codes.split(SEPARATOR).any(|code| values.contains(code))),
        _ => None,
    }
}

fn month(record: &Record, item: ItemNo) -> Option<Month> {
    match record.get(item)? {
        Value::Month(month) => Some(*month),
        Value::Date(day) => Month::of(*day),
        _ => None,
    }
}

/// Whether a time from one month to another covers a month of the span. A time that ends before it
/// begins is a slip of the record and says nothing.
fn covers(from: Option<Month>, until: Option<Month>, first: Month, last: Month) -> Option<bool> {
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        return None;
    }
    and(
        from.map(|from| from <= last),
        until.map(|until| first <= until),
    )
}
