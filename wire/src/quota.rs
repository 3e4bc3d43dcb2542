//! How often and how much at once: the limits of a hub as reviewed data with safe defaults, and the
//! meters that hold them.
//!
//! A limit is one row of [`LimitName`]: where it stands in `limits.toml`, its unit, its default and
//! its range. Reading, showing, comparing and lending are the same for every row. Nothing here
//! knows a clock: time is passed in.

mod change;
mod meter;
mod read;
mod rows;
mod show;
mod temporary;

use std::collections::BTreeMap;
use std::time::Duration;

pub use change::Change;
pub use meter::{Meter, Rate};
pub use read::LimitsError;
pub use rows::{LimitName, Unit, Whom};
pub use temporary::{TEMPORARY_LIFE_MAX, TEMPORARY_MAX, Temporary, TemporaryFault};

/// Exceptions that one file may make.
pub const EXCEPTIONS_MAX: usize = 1_024;

/// All limits of a hub: one value for everybody, and exceptions by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    each: BTreeMap<LimitName, u32>,
    only: BTreeMap<(LimitName, String), u32>,
}

impl Default for Limits {
    fn default() -> Self {
        let each = LimitName::ALL.iter().map(|name| (*name, name.default()));
        Self {
            each: each.collect(),
            only: BTreeMap::new(),
        }
    }
}

impl Limits {
    /// The value for everybody who has no exception.
    #[must_use]
    pub fn each(&self, name: LimitName) -> u32 {
        self.each.get(&name).copied().unwrap_or(name.default())
    }

    /// The value for one node, operator, flow or target.
    #[must_use]
    pub fn of(&self, name: LimitName, whom: &str) -> u32 {
        self.exception(name, whom).unwrap_or(self.each(name))
    }

    /// The value for one class at one target: its own, else the target's, else everybody's.
    #[must_use]
    pub fn of_class(&self, name: LimitName, node: &str, class: &str) -> u32 {
        self.exception(name, &format!("{node}/{class}"))
            .unwrap_or_else(|| self.of(name, node))
    }

    /// What stands for this one alone, if anything does.
    #[must_use]
    pub fn exception(&self, name: LimitName, whom: &str) -> Option<u32> {
        if self.only.is_empty() {
            return None;
        }
        self.only.get(&(name, whom.to_owned())).copied()
    }

    /// The value for everybody as a number of places.
    #[must_use]
    pub fn places(&self, name: LimitName) -> usize {
        usize::try_from(self.each(name)).unwrap_or(usize::MAX)
    }

    /// The value for everybody as a time; it stands in the file in milliseconds.
    #[must_use]
    pub fn time(&self, name: LimitName) -> Duration {
        Duration::from_millis(u64::from(self.each(name)))
    }

    /// The same limits with one value set, as tests need them. What is out of its range is drawn
    /// into it.
    #[must_use]
    pub fn with(mut self, name: LimitName, value: u32) -> Self {
        self.each.insert(name, name.drawn_in(value));
        self
    }

    /// The same limits with an exception.
    #[must_use]
    pub fn with_only(mut self, name: LimitName, whom: &str, value: u32) -> Self {
        self.only
            .insert((name, whom.to_owned()), name.drawn_in(value));
        self
    }

    /// Every exception: which limit, for whom, its value.
    pub fn exceptions(&self) -> impl Iterator<Item = (LimitName, &str, u32)> {
        let only = self.only.iter();
        only.map(|((name, whom), value)| (*name, whom.as_str(), *value))
    }

    /// Exceptions that name nobody who is there: a name misspelt would be a limit that does not
    /// hold.
    #[must_use]
    pub fn strangers(
        &self,
        is_node: impl Fn(&str) -> bool,
        is_flow: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let is_there = |name: LimitName, whom: &str| match name.whom() {
            Whom::Nobody => false,
            Whom::Flow => is_flow(whom),
            Whom::Node => is_node(whom),
            Whom::Operator | Whom::Target => is_node(whom.split('/').next().unwrap_or_default()),
        };
        let strangers = self
            .only
            .keys()
            .filter(|(name, whom)| !is_there(*name, whom));
        let mut paths: Vec<String> = strangers
            .map(|(name, whom)| format!("{}.only.{whom}", name.table()))
            .collect();
        paths.dedup();
        paths
    }
}

#[cfg(test)]
mod tests;
