//! When a breaker opens and for how long: usual rules, and others for single classes.

use std::collections::BTreeMap;
use std::time::Duration;

use catalog::ClassNo;

/// The rules of one breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerRules {
    /// How far back calls count.
    pub window: Duration,
    /// How many calls count at most; older ones leave the window first.
    pub window_calls: usize,
    /// So many failures in a row open it, whatever went well before.
    pub failures_in_row: usize,
    /// Fewer calls than this never open it by a share.
    pub calls_min: usize,
    /// Share of failures, in percent, from which it opens.
    pub failure_percent: usize,
    /// An answer that took so long is a slow one.
    pub slow_call: Duration,
    /// Share of slow answers, in percent, from which it opens.
    pub slow_percent: usize,
    /// So many calls at a time pass while it is half open, and so many must go well to close it.
    pub probes: usize,
    /// How long it stays open the first time.
    pub open_first: Duration,
    /// How long it stays open at most; each opening in a row doubles the time.
    pub open_max: Duration,
}

impl Default for BreakerRules {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            window_calls: 128,
            failures_in_row: 3,
            calls_min: 10,
            failure_percent: 50,
            slow_call: Duration::from_secs(4),
            slow_percent: 80,
            probes: 1,
            open_first: Duration::from_secs(1),
            open_max: Duration::from_secs(30),
        }
    }
}

/// The rules of every breaker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BreakerRulebook {
    /// Of every class that has no rules of its own.
    pub usual: BreakerRules,
    /// Of single classes.
    pub of_class: BTreeMap<ClassNo, BreakerRules>,
}

impl BreakerRulebook {
    /// The rules of a class.
    #[must_use]
    pub fn of(&self, class: ClassNo) -> BreakerRules {
        self.of_class.get(&class).copied().unwrap_or(self.usual)
    }
}

impl From<BreakerRules> for BreakerRulebook {
    fn from(usual: BreakerRules) -> Self {
        Self {
            usual,
            of_class: BTreeMap::new(),
        }
    }
}
