//! What a pass has found and is not on record yet, so many of each center and rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::book::{Key, Known, key};
use super::rules::RuleName;
use crate::ledger::entry::{AlertRaised, Whose};

/// Alerts of one rule about one center in one pass; the rest is found by the next, since what is
/// on record by then takes no place.
pub const EACH_MAX: usize = 32;

/// See the module.
#[derive(Debug)]
pub struct Found {
    known: Arc<Known>,
    alerts: BTreeMap<Key, AlertRaised>,
    each: BTreeMap<(RuleName, String), usize>,
    is_cut: bool,
}

impl Found {
    /// Nothing yet, beside what is on record.
    #[must_use]
    pub fn beside(known: Arc<Known>) -> Self {
        Self {
            known,
            alerts: BTreeMap::new(),
            each: BTreeMap::new(),
            is_cut: false,
        }
    }

    /// Takes one unless it is known or there is no room; only then is it put together.
    pub fn take(
        &mut self,
        rule: RuleName,
        (who, what, window): (&Whose, &str, &str),
        alert: impl FnOnce() -> AlertRaised,
    ) {
        let key = key(rule.as_str(), who, what, window);
        if self.known.contains(&key) || self.alerts.contains_key(&key) {
            return;
        }
        let taken = self.each.entry((rule, who.node.clone())).or_default();
        if *taken >= EACH_MAX {
            self.is_cut = true;
            return;
        }
        *taken += 1;
        self.alerts.insert(key, alert());
    }

    /// Whether there was more than was taken.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What was taken.
    pub fn into_alerts(self) -> impl Iterator<Item = AlertRaised> {
        self.alerts.into_values()
    }
}
