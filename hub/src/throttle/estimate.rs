//! How long a question of each flow takes at least, as the recent ones took: whether somebody who
//! has waited still can be answered in time.
//!
//! The quickest quarter counts and not the mean: while a center hangs, questions take as long as
//! they may, and would do with less.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use policies::FLOWS_MAX;

/// Questions of a flow that are remembered.
const RECENT: usize = 32;

#[derive(Debug, Default)]
struct Recent {
    times: VecDeque<Duration>,
    quarter: Duration,
}

/// The estimates, by flow.
#[derive(Debug, Default)]
pub(super) struct Estimates(Mutex<BTreeMap<String, Recent>>);

impl Estimates {
    /// An answered question took so long.
    pub(super) fn note(&self, flow: &str, took: Duration) {
        let mut flows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if flows.len() >= FLOWS_MAX && !flows.contains_key(flow) {
            return;
        }
        let recent = flows.entry(flow.to_owned()).or_default();
        if recent.times.len() == RECENT {
            recent.times.pop_front();
        }
        recent.times.push_back(took);
        let mut sorted: Vec<Duration> = recent.times.iter().copied().collect();
        sorted.sort_unstable();
        recent.quarter = sorted.get(sorted.len() / 4).copied().unwrap_or_default();
    }

    /// What a question of this flow needs, of the time that it has: never more than half, so that
    /// no estimate shuts a flow out.
    pub(super) fn needs(&self, flow: &str, left: Duration) -> Duration {
        let flows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let quarter = flows.get(flow).map_or(Duration::ZERO, |r| r.quarter);
        quarter.min(left / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_quarter_of_the_recent_ones_counts() {
        let estimates = Estimates::default();
        let (ms, long) = (Duration::from_millis, Duration::from_secs(60));
        assert_eq!(estimates.needs("F05", long), ms(0), "nothing is known");
        for n in 0..1_000 {
            estimates.note("F05", ms(10_000 - n));
        }
        for n in 1..=RECENT as u64 {
            estimates.note("F05", ms(n * 10));
        }
        assert_eq!(estimates.needs("F05", long), ms(90));
        assert_eq!(
            estimates.needs("F05", ms(100)),
            ms(50),
            "never more than half"
        );
        assert_eq!(estimates.needs("F06", long), ms(0));
    }

    #[test]
    fn memory_is_bounded() {
        let estimates = Estimates::default();
        for n in 0..1_000 {
            estimates.note(&format!("F{n}"), Duration::from_secs(1));
        }
        assert_eq!(estimates.0.lock().unwrap().len(), FLOWS_MAX);
    }
}
