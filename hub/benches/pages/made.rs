//! The questions of a made-up star: four centers, 400 operators of very different diligence, all
//! flows, cases of a few questions each, people who are asked about more than once. The same number
//! makes the same question.

use time::macros::datetime;
use time::{Duration, OffsetDateTime, Weekday};

/// The first day, a Monday.
const BEGIN: OffsetDateTime = datetime!(2026-01-05 0:00 +8);
/// Questions of a day: two hundred thousand people a year at four centers.
const PER_DAY: u64 = 10_000;
/// Counters are open for so long.
const OPEN_SECONDS: u64 = 9 * 3600;
/// Entries of a question.
pub(crate) const ENTRIES_EACH: u64 = 2;
const NODES: [&str; 4] = ["city", "guoguan", "tielu", "zhongzhi"];
/// A code that few outcomes have.
pub(crate) const RARE_CODE: &str = "TS-NODE-BREAKER";

/// One question.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    n: u64,
    /// About the entry of its decision.
    pub(crate) entry: u64,
}

impl Question {
    pub(crate) const fn new(n: u64) -> Self {
        Self {
            n,
            entry: n * ENTRIES_EACH,
        }
    }

    /// The one whose decision stands about there; entries that are no question shift it a little.
    pub(crate) const fn near(entry: u64) -> Self {
        Self::new(entry / ENTRIES_EACH)
    }

    /// Spread as if by chance.
    fn chance(self, what: u64, of: u64) -> u64 {
        let mut x = (self.n.wrapping_mul(31) + what).wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % of
    }

    /// The city asks half of everything.
    pub(crate) fn center(self) -> &'static str {
        let part = self.chance(1, 100);
        NODES[match part {
            0..50 => 0,
            50..75 => 1,
            75..90 => 2,
            _ => 3,
        }]
    }

    /// Of a hundred at each center, a few ask much and most ask little.
    pub(crate) fn operator(self) -> String {
        let (a, b) = (self.chance(2, 100), self.chance(3, 100));
        format!("{:04}", 100 + a * b / 100)
    }

    pub(crate) fn counter(self) -> String {
        (self.chance(4, 20) + 1).to_string()
    }

    /// Three flows make up most of it.
    pub(crate) fn flow(self) -> String {
        let number = match self.chance(5, 100) {
            0..35 => 5,
            35..55 => 1,
            55..70 => 12,
            _ => self.chance(6, 31) + 1,
        };
        format!("F{number:02}")
    }

    /// Three questions to a case.
    pub(crate) fn case_number(self) -> String {
        format!("C-2026-{}", self.n / 3)
    }

    pub(crate) fn query(self) -> String {
        format!("{:012x}{:020x}", self.n, self.chance(7, u64::MAX))
    }

    /// Some hundred thousand people.
    pub(crate) fn subject(self) -> String {
        let person = self.chance(8, 150_000);
        format!("{person:016x}").repeat(4)
    }

    pub(crate) fn asked(self) -> Vec<String> {
        let others = NODES.iter().filter(|node| **node != self.center());
        others.map(|node| (*node).to_owned()).collect()
    }

    /// One in forty is refused.
    pub(crate) fn is_refused(self) -> bool {
        self.chance(9, 40) == 0
    }

    /// Code of what a node did not answer; most answer.
    pub(crate) fn silence(self, nth: u64) -> Option<&'static str> {
        match self.chance(10 + nth, 10_000) {
            0 => Some(RARE_CODE),
            1..100 => Some("TS-NODE-TIMEOUT"),
            _ => None,
        }
    }

    pub(crate) fn has_record(self, nth: u64) -> bool {
        self.chance(20 + nth, 3) > 0
    }

    /// Within the hours of a workday, in order.
    pub(crate) fn at(self) -> OffsetDateTime {
        let (day, of_day) = (self.n / PER_DAY, self.n % PER_DAY);
        let (week, weekday) = (day / 5, day % 5);
        let days = i64::try_from(week * 7 + weekday).unwrap();
        let millis = of_day * OPEN_SECONDS * 1000 / PER_DAY;
        let opening = BEGIN + Duration::days(days) + Duration::minutes(8 * 60 + 30);
        debug_assert!(!matches!(
            opening.weekday(),
            Weekday::Saturday | Weekday::Sunday
        ));
        opening + Duration::milliseconds(i64::try_from(millis).unwrap())
    }

    pub(crate) fn day(self) -> String {
        self.at().date().to_string()
    }
}
