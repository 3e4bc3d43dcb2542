//! Verdicts: what a match flow may say about records without showing them. Each is registered with
//! its flow as data and evaluated where the records are; only the finding leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use catalog::{ClassNo, ItemNo, Month};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::flow::BadTerm;

mod bounds;
mod judge;
mod netting;
mod reversal;

pub use bounds::Bounds;
pub(crate) use bounds::{MEASURES_MAX, MONTHS_MAX};
pub use reversal::Reversal;

/// Longest name of a verdict.
const VERDICT_LEN_MAX: usize = 32;

/// Name of a verdict within its flow: small letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct VerdictId(String);

impl VerdictId {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VerdictId {
    type Err = BadTerm;

    fn from_str(text: &str) -> Result<Self, BadTerm> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=VERDICT_LEN_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadTerm::new(
                "a verdict is 1 to 32 small letters, digits and dashes",
            ))
        }
    }
}

impl TryFrom<String> for VerdictId {
    type Error = BadTerm;

    fn try_from(text: String) -> Result<Self, BadTerm> {
        text.parse()
    }
}

impl fmt::Display for VerdictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One registered verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictRule {
    /// The class whose records it looks at.
    pub class: ClassNo,
    /// Records count only where each of these items has one of these codes or texts.
    pub only: BTreeMap<ItemNo, BTreeSet<String>>,
    /// Left out at the center that asks: "an account elsewhere".
    pub elsewhere: bool,
    /// Said about a house, and about no person or employer.
    pub house: bool,
    /// What is said about the records that count.
    pub test: VerdictTest,
    /// How far it may be measured.
    pub bounds: Bounds,
    /// Which records take others back, if any may.
    pub reversed_by: Option<Reversal>,
}

impl VerdictRule {
    /// The items it looks at.
    pub fn items(&self) -> impl Iterator<Item = ItemNo> + '_ {
        let tested = match self.test {
            VerdictTest::Exists => [None, None],
            VerdictTest::CountBy(item) | VerdictTest::SumWithin(item) => [Some(item), None],
            VerdictTest::MonthsOverlap(from, until) => [Some(from), Some(until)],
        };
        self.only
            .keys()
            .copied()
            .chain(tested.into_iter().flatten())
            .chain(self.reversed_by.iter().flat_map(Reversal::items))
    }
}

/// What a verdict says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictTest {
    /// Whether there is any.
    Exists,
    /// How many there are for each code of an item.
    CountBy(ItemNo),
    /// Whether the sum of an item is at most the limit that the question gives.
    SumWithin(ItemNo),
    /// Whether any covers a month of the span that the question gives; first and last month items.
    MonthsOverlap(ItemNo, ItemNo),
}

/// What a question brings along for a verdict.
#[derive(Clone, PartialEq, Eq)]
pub enum Yardstick {
    /// The limit of a sum.
    Limit(Decimal),
    /// First and last month of a span.
    Months(Month, Month),
}

impl Yardstick {
    /// One spelling for one yardstick, for a digest.
    pub(crate) fn canonical(&self) -> String {
        match self {
            Self::Limit(limit) => format!("limit {}", limit.normalize()),
            Self::Months(first, last) => format!("months {first} {last}"),
        }
    }
}

/// What may leave a center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Yes or no.
    Holds(bool),
    /// Counts by code.
    Counts(BTreeMap<String, u32>),
}

/// Shows the kind only: a limit is the price of somebody's home.
impl fmt::Debug for Yardstick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limit(_) => "Limit(..)",
            Self::Months(..) => "Months(..)",
        })
    }
}

/// Why there is no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerdictFault {
    /// A value on which the finding hangs is absent or withheld in some record.
    #[error("a value that the verdict needs is absent, so that it can be neither yes nor no")]
    Undecidable,
    /// The question brought no limit and no span of months.
    #[error("the verdict needs a limit or a span of months, and the question gives none")]
    YardstickMissing,
    /// The question brought something that this verdict cannot be measured by.
    #[error("the question gives a limit or span that does not fit the verdict")]
    YardstickUnfit,
    /// The span has more months than the flow allows.
    #[error("the question gives a longer span than the flow allows")]
    SpanTooLong,
    /// A record of another class was put before the verdict.
    #[error("a record is of another class than the verdict")]
    ForeignRecord,
}

impl VerdictFault {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undecidable => "undecidable",
            Self::YardstickMissing => "yardstick-missing",
            Self::YardstickUnfit => "yardstick-unfit",
            Self::SpanTooLong => "span-too-long",
            Self::ForeignRecord => "foreign-record",
        }
    }
}

#[cfg(test)]
mod tests;
