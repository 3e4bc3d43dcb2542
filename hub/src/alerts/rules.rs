//! The rules of alerts: reviewed data with safe defaults, read from a sealed file of their own.
//! What the file does not name keeps its default; what is unknown or out of range is a fault.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context as _, ensure};
use catalog::Digest;
use policies::{FlowBook, TrustList};
use serde::{Deserialize, Serialize};
use time::Duration;
use wire::read_sealed_file;

use crate::tally::{KEPT_DAYS, Measure, OF_SUBJECT_MAX, SUBJECTS_MAX, flows_of};

pub use office::{OfficeTimes, Times};

mod office;
mod told;

/// Largest file.
const FILE_BYTES_MAX: usize = 256 * 1024;
/// Exceptions of one rule, and centers with office hours of their own.
const ONLY_MAX: usize = 1_024;
/// Largest bound of a rule.
const MORE_THAN_MAX: u32 = 1_000_000;

/// What a rule looks at. The names stand in the file and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleName {
    /// Questions in an hour.
    Asks,
    /// Questions in an hour that a case or a rule forbade.
    Refusals,
    /// Persons asked about on one case on a day, the most.
    Subjects,
    /// Questions of a day about somebody asked about on another case.
    Repeats,
    /// Questions of a day outside the hours of their flow or office.
    OffHours,
    /// Questions of a day right after another center's about the same person.
    Coincidence,
    /// Questions of a day that found nothing, and their share.
    Misses,
    /// Cases last used on a day of which no question was answered.
    Unanswered,
    /// Operators who asked about one person within some days, whoever they are.
    Sought,
    /// Questions of a day with one flow, against what is usual.
    Baseline,
}

impl RuleName {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Asks,
        Self::Refusals,
        Self::Subjects,
        Self::Repeats,
        Self::OffHours,
        Self::Coincidence,
        Self::Misses,
        Self::Unanswered,
        Self::Sought,
        Self::Baseline,
    ];

    /// As it stands in the file and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asks => "asks",
            Self::Refusals => "refusals",
            Self::Subjects => "subjects",
            Self::Repeats => "repeats",
            Self::OffHours => "off-hours",
            Self::Coincidence => "coincidence",
            Self::Misses => "misses",
            Self::Unanswered => "unanswered",
            Self::Sought => "sought",
            Self::Baseline => "baseline",
        }
    }

    /// Reads what [`RuleName::as_str`] writes.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// Whether it looks at an hour; the others look at a day.
    #[must_use]
    pub const fn is_hourly(self) -> bool {
        matches!(self, Self::Asks | Self::Refusals)
    }

    /// Whether it is looked at while its window is still open. A share, a case that may yet be
    /// answered and a comparison of whole days wait for the end of an hour.
    #[must_use]
    pub const fn is_at_once(self) -> bool {
        !matches!(self, Self::Misses | Self::Unanswered | Self::Baseline)
    }

    /// The largest bound: one that can be crossed by what is counted.
    fn more_than_max(self) -> u32 {
        let below = |told_apart: usize| {
            let told_apart = u32::try_from(told_apart).unwrap_or(u32::MAX);
            told_apart.saturating_sub(1)
        };
        match self {
            Self::Subjects => below(SUBJECTS_MAX),
            Self::Sought => below(OF_SUBJECT_MAX),
            _ => MORE_THAN_MAX,
        }
    }

    /// Default, in questions, cases, persons or operators.
    pub(crate) const fn more_than(self) -> u32 {
        match self {
            Self::Asks => 60,
            Self::Refusals | Self::Unanswered => 5,
            Self::Subjects => 4,
            Self::Repeats | Self::Coincidence => 3,
            Self::Sought => 8,
            Self::OffHours => 10,
            Self::Misses => 20,
            // For this rule: what is not looked at, however unusual.
            Self::Baseline => 20,
        }
    }
}

/// The bound of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// Whether it is looked at.
    pub on: bool,
    /// What is above it stands out.
    pub more_than: u32,
    /// The same for a center, `city`, or a person, `city/0231`.
    pub only: BTreeMap<String, u32>,
}

impl Bound {
    /// The bound for a person.
    #[must_use]
    pub fn of(&self, center: &str, operator: &str) -> u32 {
        let own = self.only.get(&format!("{center}/{operator}"));
        let own = own.or_else(|| self.only.get(center));
        own.copied().unwrap_or(self.more_than)
    }
}

/// How what is usual is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Comparison {
    /// Days before the one that is looked at.
    pub past_days: u32,
    /// Days of others, with questions, below which there is no saying what is usual among them.
    pub peers_sample: u32,
    /// Own days, with questions, below which there is no saying what is usual for a person.
    pub past_sample: u32,
    /// How many times the (scaled) median distance is unusual.
    pub deviations: u32,
    /// The median distance counts as at least so many questions, where all are alike.
    pub floor: u32,
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            past_days: 28,
            peers_sample: 20,
            past_sample: 10,
            deviations: 5,
            floor: 2,
        }
    }
}

/// The rules of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertRules {
    office: OfficeTimes,
    coincidence_minutes: u32,
    unanswered_hours: u32,
    sought_days: u32,
    comparison: Comparison,
    bounds: BTreeMap<RuleName, Bound>,
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    office: OfficeTimes,
    coincidence_minutes: Option<u32>,
    unanswered_hours: Option<u32>,
    sought_days: Option<u32>,
    comparison: Comparison,
    rule: BTreeMap<RuleName, FileBound>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileBound {
    on: Option<bool>,
    more_than: Option<u32>,
    only: BTreeMap<String, u32>,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self::of(File::default())
    }
}

impl AlertRules {
    /// Reads a text.
    ///
    /// # Errors
    /// The first fault, with its key.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        ensure!(
            text.len() <= FILE_BYTES_MAX,
            "larger than {FILE_BYTES_MAX} bytes"
        );
        let rules = Self::of(toml::from_str(text)?);
        rules.check()?;
        Ok(rules)
    }

    fn of(mut file: File) -> Self {
        let bound = |name: RuleName| {
            let given = file.rule.remove(&name).unwrap_or_default();
            let bound = Bound {
                on: given.on.unwrap_or(true),
                more_than: given.more_than.unwrap_or(name.more_than()),
                only: given.only,
            };
            (name, bound)
        };
        let bounds = RuleName::ALL.map(bound).into();
        Self {
            bounds,
            office: file.office,
            coincidence_minutes: file.coincidence_minutes.unwrap_or(30),
            unanswered_hours: file.unanswered_hours.unwrap_or(24),
            sought_days: file.sought_days.unwrap_or(30),
            comparison: file.comparison,
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        let compared = &self.comparison;
        for (key, number, range) in [
            ("coincidence_minutes", self.coincidence_minutes, 1..=1_440),
            ("unanswered_hours", self.unanswered_hours, 1..=168),
            ("sought_days", self.sought_days, 1..=KEPT_DAYS),
            ("comparison.past_days", compared.past_days, 7..=365),
            ("comparison.peers_sample", compared.peers_sample, 5..=10_000),
            ("comparison.past_sample", compared.past_sample, 5..=365),
            ("comparison.deviations", compared.deviations, 2..=100),
            ("comparison.floor", compared.floor, 1..=10_000),
        ] {
            within(key, number, &range)?;
        }
        for (name, bound) in &self.bounds {
            check_bound(*name, bound)?;
        }
        self.office.check()
    }

    /// Centers that the file names and that are not there.
    fn strangers(&self, trust: &TrustList) -> Vec<String> {
        let of_bounds = self.bounds.values().flat_map(|bound| bound.only.keys());
        let named = of_bounds.chain(self.office.only.keys());
        let center = |name: &String| {
            let center = name
                .split_once('/')
                .map_or(name.as_str(), |(center, _)| center);
            trust.node(center).is_none().then(|| name.clone())
        };
        named.filter_map(center).collect()
    }

    /// The bound of a rule; none where it is off.
    #[must_use]
    pub fn bound(&self, rule: RuleName) -> Option<&Bound> {
        self.bounds.get(&rule).filter(|bound| bound.on)
    }

    /// How what is usual is found.
    #[must_use]
    pub const fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    /// Within how many days operators who ask about one person are counted.
    #[must_use]
    pub const fn sought_days(&self) -> u32 {
        self.sought_days
    }

    /// How long after its last question a case without answer is told.
    #[must_use]
    pub fn unanswered_after(&self) -> Duration {
        Duration::hours(self.unanswered_hours.into())
    }

    /// By what is counted, with the flows and the calendar of the rules of questions.
    #[must_use]
    pub fn measure(&self, flows: &FlowBook) -> Measure {
        Measure {
            office: self.office.of(flows.calendar()),
            flows: flows_of(flows),
            coincidence: Duration::minutes(self.coincidence_minutes.into()),
            sought_days: self.sought_days,
        }
    }

    /// The same rules in other words have the same.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Digest::of(&bytes)
    }
}

fn check_bound(rule: RuleName, bound: &Bound) -> anyhow::Result<()> {
    let (name, range) = (rule.as_str(), 0..=rule.more_than_max());
    within(&format!("rule.{name}.more_than"), bound.more_than, &range)?;
    ensure!(
        bound.only.len() <= ONLY_MAX,
        "`rule.{name}.only` has more than {ONLY_MAX} exceptions"
    );
    ensure!(
        rule != RuleName::Sought || bound.only.is_empty(),
        "`rule.{name}.only`: this rule is about whom many ask about, and has no exceptions"
    );
    for (whose, number) in &bound.only {
        let key = format!("rule.{name}.only.\"{whose}\"");
        // People are told apart in small letters: another spelling would never be met.
        ensure!(
            !whose.bytes().any(|byte| byte.is_ascii_uppercase()),
            "`{key}`: an operator is written in small letters here"
        );
        within(&key, *number, &range)?;
    }
    Ok(())
}

fn within(key: &str, number: u32, range: &RangeInclusive<u32>) -> anyhow::Result<()> {
    let (low, high) = (range.start(), range.end());
    ensure!(
        range.contains(&number),
        "`{key}` must be a whole number from {low} to {high}"
    );
    Ok(())
}

/// The rules of a file, or those that stand in the program where none is named.
///
/// # Errors
/// The file is not sealed, has a fault, or names a center that is not there.
pub fn read(file: Option<&Path>, trust: &TrustList) -> anyhow::Result<AlertRules> {
    let Some(file) = file else {
        return Ok(AlertRules::default());
    };
    let read = read_sealed_file(file)?;
    let name = file.display();
    let rules = AlertRules::parse(read.source().text).with_context(|| format!("`{name}`"))?;
    let strangers = rules.strangers(trust);
    ensure!(
        strangers.is_empty(),
        "`{name}`: no center of that name: {}",
        strangers.join(", ")
    );
    Ok(rules)
}

#[cfg(test)]
mod tests;
