//! Orders about what is kept of a log: up to which day entries may leave its folder, up to which
//! day its archive, and what must stay whatever its age (holds). Orders are whole: each set takes
//! the place of the one before, and only a later one does. Whether two officers have signed is for
//! the caller to check, who holds the file and the keys.

use std::collections::BTreeSet;

use catalog::identity::may_hold_id_number;
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use crate::case::is_staff_name;
use crate::flow::BEIJING;

/// First line of a file of orders, so that no signature under it means anything else.
pub const ORDERS_FIRST_LINE: &str = "# tianshu/keeping/v1";
/// Officers who must have signed.
pub const ORDERS_SIGNERS_MIN: usize = 2;
/// Longest file of orders.
pub const ORDERS_BYTES_MAX: usize = 128 << 10;
/// Most holds at once.
const HOLDS_MAX: usize = 1_000;
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 500;

/// Why orders are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrdersFault {
    /// Not a file of orders.
    #[error("the first line is not `{ORDERS_FIRST_LINE}`")]
    FirstLine,
    /// Longer than any.
    #[error("longer than {ORDERS_BYTES_MAX} bytes")]
    TooLong,
    /// Not readable.
    #[error("line {line}: {reason}")]
    Unreadable {
        /// Where.
        line: usize,
        /// Why.
        reason: String,
    },
    /// A hold is not sound.
    #[error("hold `{hold}`: {reason}")]
    Hold {
        /// Its name.
        hold: String,
        /// Why.
        reason: &'static str,
    },
    /// More holds than can be looked through.
    #[error("more than {HOLDS_MAX} holds")]
    TooMany,
    /// For another log.
    #[error("the orders are for the log `{found}`, this is `{log}`")]
    OtherLog {
        /// The log they are for.
        found: String,
        /// This log.
        log: String,
    },
    /// Not later than those in force.
    #[error("serial {found} is not later than {current}, which is in force")]
    NotLater {
        /// Their serial.
        found: u64,
        /// The one in force.
        current: u64,
    },
    /// Not signed as they must be.
    #[error("{0}")]
    Seal(String),
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepingOrders {
    /// Grows with every set of orders.
    pub serial: u64,
    /// Name of the log that they are for.
    pub log: String,
    /// Entries of days before this one may leave the log's folder for the archive.
    #[serde(default, with = "day")]
    pub hot_until: Option<Date>,
    /// Volumes whose last entry is of a day before this one may leave the archive.
    #[serde(default, with = "day")]
    pub archived_until: Option<Date>,
    /// What stays.
    #[serde(default, rename = "hold")]
    pub holds: Vec<Hold>,
}

/// What must stay, and why. It names a case, a subject, a range of indexes or a range of days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// By which it is called on record.
    pub name: String,
    /// Why, without naming a person.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// Who agreed.
    pub second: String,
    /// Case number.
    #[serde(default)]
    pub case_no: Option<String>,
    /// Pseudonym of a subject, as it stands in this log.
    #[serde(default)]
    pub subject: Option<String>,
    /// First index, with `last`.
    #[serde(default)]
    pub first: Option<u64>,
    /// Last index.
    #[serde(default)]
    pub last: Option<u64>,
    /// First day, with `until`.
    #[serde(default, with = "day")]
    pub from: Option<Date>,
    /// Last day.
    #[serde(default, with = "day")]
    pub until: Option<Date>,
}

/// What is looked at of an entry.
#[derive(Debug, Clone, Copy)]
pub struct KeptEntry<'a> {
    /// Its index.
    pub index: u64,
    /// When it was written.
    pub at: OffsetDateTime,
    /// Its case number, if it has one.
    pub case_no: &'a str,
    /// Pseudonym of its subject, if it has one.
    pub subject: &'a str,
}

impl Hold {
    /// Whether the entry must stay.
    #[must_use]
    pub fn touches(&self, entry: KeptEntry<'_>) -> bool {
        let within_indexes = match (self.first, self.last) {
            (Some(first), Some(last)) => (first..=last).contains(&entry.index),
            _ => false,
        };
        let day = entry.at.to_offset(BEIJING).date();
        let within_days = match (self.from, self.until) {
            (Some(from), Some(until)) => (from..=until).contains(&day),
            _ => false,
        };
        let of_case = self.case_no.as_deref() == Some(entry.case_no);
        let of_subject = self.subject.as_deref() == Some(entry.subject);
        within_indexes || within_days || of_case || of_subject
    }

    fn check(&self) -> Result<(), OrdersFault> {
        let wrong = |reason| {
            let hold = self.name.clone();
            Err(OrdersFault::Hold { hold, reason })
        };
        if !is_staff_name(&self.name) {
            return wrong("the name must be of letters, digits and `-_./@`");
        }
        let reason = self.reason.trim();
        if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
            return wrong("needs a reason of at most 500 bytes");
        }
        if may_hold_id_number(&self.name) || may_hold_id_number(reason) {
            return wrong("an identity number must not stand in the name or the reason");
        }
        if ![&self.by, &self.second]
            .into_iter()
            .all(|name| is_staff_name(name))
        {
            return wrong("`by` and `second` are names of staff");
        }
        if self.by.eq_ignore_ascii_case(&self.second) {
            return wrong("`by` and `second` are one person");
        }
        let ranged = self.first.is_some() || self.last.is_some();
        let dated = self.from.is_some() || self.until.is_some();
        let kinds = [
            self.case_no.is_some(),
            self.subject.is_some(),
            ranged,
            dated,
        ];
        if kinds.into_iter().filter(|is_given| *is_given).count() != 1 {
            return wrong("needs one of case_no, subject, first and last, from and until");
        }
        if [&self.case_no, &self.subject]
            .into_iter()
            .flatten()
            .any(String::is_empty)
        {
            return wrong("`case_no` and `subject` must not be empty");
        }
        if ranged && !matches!((self.first, self.last), (Some(f), Some(l)) if f <= l) {
            return wrong("needs first and last, in this order");
        }
        if dated && !matches!((self.from, self.until), (Some(f), Some(u)) if f <= u) {
            return wrong("needs from and until, in this order");
        }
        Ok(())
    }
}

impl KeepingOrders {
    /// Reads orders.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn parse(text: &str) -> Result<Self, OrdersFault> {
        if text.len() > ORDERS_BYTES_MAX {
            return Err(OrdersFault::TooLong);
        }
        if text.lines().next() != Some(ORDERS_FIRST_LINE) {
            return Err(OrdersFault::FirstLine);
        }
        let orders: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            OrdersFault::Unreadable {
                line: before.map_or(1, |before| before.matches('\n').count().saturating_add(1)),
                reason: error.message().to_owned(),
            }
        })?;
        if orders.holds.len() > HOLDS_MAX {
            return Err(OrdersFault::TooMany);
        }
        let mut names = BTreeSet::new();
        for hold in &orders.holds {
            hold.check()?;
            if !names.insert(&hold.name) {
                return Err(OrdersFault::Hold {
                    hold: hold.name.clone(),
                    reason: "is listed twice",
                });
            }
        }
        Ok(orders)
    }

    /// Whether these may take the place of `current` for `log`; false if they are the same.
    ///
    /// # Errors
    /// They are another log's, or not later.
    pub fn follow(&self, current: Option<&Self>, log: &str) -> Result<bool, OrdersFault> {
        if self.log != log {
            return Err(OrdersFault::OtherLog {
                found: self.log.clone(),
                log: log.to_owned(),
            });
        }
        match current {
            Some(current) if current == self => Ok(false),
            Some(current) if self.serial <= current.serial => Err(OrdersFault::NotLater {
                found: self.serial,
                current: current.serial,
            }),
            _ => Ok(true),
        }
    }

    /// Whether a volume of `log` may leave the archive whose last entry was written at `until`, in
    /// seconds since 1970.
    #[must_use]
    pub fn lets_go(&self, log: &str, until: i64) -> bool {
        let is_over = |day| until < day_begins(day);
        self.log == log && self.archived_until.is_some_and(is_over)
    }

    /// Holds that are not in `others`, or say something else there.
    #[must_use]
    pub fn holds_beyond(&self, others: Option<&Self>) -> Vec<&Hold> {
        let others = others
            .map(|others| others.holds.as_slice())
            .unwrap_or_default();
        let holds = self.holds.iter();
        holds.filter(|hold| !others.contains(hold)).collect()
    }

    /// The hold by which an entry must stay.
    #[must_use]
    pub fn held(&self, entry: KeptEntry<'_>) -> Option<&str> {
        let hold = self.holds.iter().find(|hold| hold.touches(entry))?;
        Some(&hold.name)
    }
}

/// When a day begins, in seconds since 1970.
#[must_use]
pub fn day_begins(day: Date) -> i64 {
    day.midnight().assume_offset(BEIJING).unix_timestamp()
}

/// Days as text, `2026-11-26`.
mod day {
    use serde::{Deserialize, Deserializer, de::Error as _};
    use time::Date;
    use time::format_description::well_known::Iso8601;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Date>, D::Error> {
        let text = String::deserialize(d)?;
        let read = Date::parse(&text, &Iso8601::DATE);
        read.map(Some)
            .map_err(|_| D::Error::custom("a day is written \"2026-11-26\""))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    const ORDERS: &str = r#"# tianshu/keeping/v1
serial = 4
log = "hub-1"
hot_until = "2026-05-01"

[[hold]]
name = "H-1"
reason = "court"
by = "li"
second = "wang"
case_no = "TQ-1"

[[hold]]
name = "H-2"
reason = "inspection"
by = "li"
second = "wang"
from = "2026-01-01"
until = "2026-01-31"

[[hold]]
name = "H-3"
reason = "inspection"
by = "li"
second = "wang"
first = 10
last = 20
"#;

    fn entry(index: u64, case_no: &str, at: OffsetDateTime) -> KeptEntry<'_> {
        KeptEntry {
            index,
            at,
            case_no,
            subject: "",
        }
    }

    #[test]
    fn orders_say_what_stays() {
        let orders = KeepingOrders::parse(ORDERS).expect("is read");
        assert_eq!(orders.hot_until, Some(date!(2026 - 05 - 01)));
        let noon = datetime!(2026-03-01 12:00 +8);
        assert_eq!(orders.held(entry(1, "TQ-1", noon)), Some("H-1"));
        assert_eq!(orders.held(entry(20, "", noon)), Some("H-3"));
        assert_eq!(orders.held(entry(21, "", noon)), None);
        // The day is Beijing's: 31 January there ends at 16:00 UTC.
        let last = datetime!(2026-01-31 15:59 UTC);
        assert_eq!(orders.held(entry(1, "", last)), Some("H-2"));
        let behind = datetime!(2026-01-31 16:00 UTC);
        assert_eq!(orders.held(entry(1, "", behind)), None);
        assert_eq!(day_begins(date!(1970 - 01 - 02)), 16 * 3600);
    }

    #[test]
    fn only_later_orders_of_this_log_follow() {
        let orders = KeepingOrders::parse(ORDERS).expect("is read");
        assert_eq!(orders.follow(None, "hub-1"), Ok(true));
        assert_eq!(orders.follow(Some(&orders), "hub-1"), Ok(false));
        assert!(orders.follow(None, "hub-2").is_err());
        assert!(
            !orders.lets_go("hub-1", 0),
            "no volume without `archived_until`"
        );
        let mut over = orders.clone();
        over.archived_until = Some(date!(2023 - 05 - 01));
        let begins = day_begins(date!(2023 - 05 - 01));
        assert!(over.lets_go("hub-1", begins - 1) && !over.lets_go("hub-1", begins));
        assert!(!over.lets_go("hub-2", begins - 1));
        let mut without = orders.clone();
        without.holds.pop();
        let refused = without.follow(Some(&orders), "hub-1");
        let (found, current) = (4, 4);
        assert_eq!(refused, Err(OrdersFault::NotLater { found, current }));
        without.serial = 5;
        assert_eq!(without.follow(Some(&orders), "hub-1"), Ok(true));
        let lifted = orders.holds_beyond(Some(&without));
        assert_eq!(lifted.len(), 1);
        assert_eq!(lifted[0].name, "H-3");
        assert_eq!(without.holds_beyond(None).len(), 2);
    }

    #[test]
    fn unsound_orders_are_refused_with_their_place() {
        for (wrong, right, said) in [
            ("# tianshu", "# other", "first line"),
            ("serial = 4", "serial = \"4\"", "line 2"),
            ("\"2026-05-01\"", "\"1 May\"", "2026-11-26"),
            ("case_no", "case", "unknown field"),
            ("second = \"wang\"", "second = \"LI\"", "one person"),
            ("case_no = \"TQ-1\"", "", "needs one of"),
            ("case_no = \"TQ-1\"", "case_no = \"\"", "not be empty"),
            ("last = 20", "last = 9", "in this order"),
            ("last = 20", "", "in this order"),
            ("until = \"2026-01-31\"", "", "in this order"),
            ("name = \"H-2\"", "name = \"H-1\"", "listed twice"),
            ("reason = \"court\"", "reason = \" \"", "needs a reason"),
            ("court", "about 11010119900307761X", "identity number"),
        ] {
            let text = ORDERS.replacen(wrong, right, 1);
            let fault = KeepingOrders::parse(&text).expect_err(said);
            assert!(fault.to_string().contains(said), "{fault}");
        }
    }
}
