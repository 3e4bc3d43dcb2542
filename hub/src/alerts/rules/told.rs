//! What rules say, key by key, for whoever looks at them.

use super::{AlertRules, Bound, RuleName, Times};

impl AlertRules {
    /// Every rule with its bound, also those that are off.
    pub fn bounds(&self) -> impl Iterator<Item = (RuleName, &Bound)> {
        self.bounds.iter().map(|(name, bound)| (*name, bound))
    }

    /// What else they set: key of the file, value.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let compared = &self.comparison;
        let numbers = [
            ("coincidence_minutes", self.coincidence_minutes),
            ("unanswered_hours", self.unanswered_hours),
            ("sought_days", self.sought_days),
            ("comparison.past_days", compared.past_days),
            ("comparison.peers_sample", compared.peers_sample),
            ("comparison.past_sample", compared.past_sample),
            ("comparison.deviations", compared.deviations),
            ("comparison.floor", compared.floor),
        ];
        let times = [
            ("office.from", &self.office.from),
            ("office.until", &self.office.until),
        ];
        let times = times.map(|(key, time)| (key, time.clone().unwrap_or_default()));
        let numbers = numbers.map(|(key, number)| (key, number.to_string()));
        times.into_iter().chain(numbers).collect()
    }

    /// Centers with office hours of their own.
    pub fn offices(&self) -> impl Iterator<Item = (&str, &Times)> {
        let only = self.office.only.iter();
        only.map(|(center, times)| (center.as_str(), times))
    }
}
