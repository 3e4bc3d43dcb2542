//! The sliding window of one breaker: the latest calls, bounded by count and by time.

use std::collections::VecDeque;
use std::time::Duration;

use super::BreakerRules;

/// What became of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Well,
    Slow,
    Failed,
    /// The node said that it has too much to do: told apart, and no part of any share.
    Busy,
}

/// What a window holds, for the record and for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Calls that tell something about the health of the source.
    pub calls: usize,
    /// Of these, failures.
    pub failed: usize,
    /// Of these, slow answers.
    pub slow: usize,
    /// Calls that the node declined because it was overloaded; not among `calls`.
    pub busy: usize,
}

impl Rates {
    /// Share of failures in percent, rounded down.
    #[must_use]
    pub fn failure_percent(self) -> usize {
        percent(self.failed, self.calls)
    }

    /// Share of slow answers in percent, rounded down.
    #[must_use]
    pub fn slow_percent(self) -> usize {
        percent(self.slow, self.calls)
    }
}

fn percent(part: usize, whole: usize) -> usize {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

/// The calls. INVARIANT: never more than the rules' `window_calls`.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<(Duration, Call)>);

impl Window {
    pub(super) fn add(&mut self, rules: &BreakerRules, now: Duration, call: Call) {
        while self.0.len() >= rules.window_calls.max(1) {
            self.0.pop_front();
        }
        self.0.push_back((now, call));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What counts now.
    pub(super) fn rates(&self, rules: &BreakerRules, now: Duration) -> Rates {
        let oldest = now.saturating_sub(rules.window);
        let mut rates = Rates::default();
        for (_, call) in self.0.iter().filter(|(at, _)| *at >= oldest) {
            match call {
                Call::Well => rates.calls += 1,
                Call::Slow => {
                    rates.calls += 1;
                    rates.slow += 1;
                }
                Call::Failed => {
                    rates.calls += 1;
                    rates.failed += 1;
                }
                Call::Busy => rates.busy += 1,
            }
        }
        rates
    }

    /// Whether what counts now opens the breaker.
    pub(super) fn is_sick(&self, rules: &BreakerRules, now: Duration) -> bool {
        let oldest = now.saturating_sub(rules.window);
        let judged = self.0.iter().rev();
        let judged = judged.take_while(|(at, _)| *at >= oldest);
        let judged = judged.filter(|(_, call)| *call != Call::Busy);
        let in_row = judged.take_while(|(_, call)| *call == Call::Failed).count();
        let rates = self.rates(rules, now);
        let has_share = |part: usize, share: usize| part * 100 >= share * rates.calls;
        in_row >= rules.failures_in_row
            || (rates.calls >= rules.calls_min
                && (has_share(rates.failed, rules.failure_percent)
                    || has_share(rates.slow, rules.slow_percent)))
    }
}
