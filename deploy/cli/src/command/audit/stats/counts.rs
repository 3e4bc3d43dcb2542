//! What is counted for one operator, counter, flow, center, day or hour.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counts of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Questions that were allowed (the hub's log) or answered (an agent's).
    pub(super) asks: u64,
    /// Refused questions.
    pub(super) refused: u64,
    /// The same by code.
    pub(super) refused_by_code: BTreeMap<String, u64>,
    /// Questions to which every node said that there is nothing; an unknown answer is no miss.
    pub(super) misses: u64,
    /// Questions outside the counters' hours by the State Council's calendar.
    pub(super) off_hours: u64,
    /// Decisions that were closed without outcome.
    pub(super) abandoned: u64,
    /// Questions of others that this node answered (an agent's log).
    pub(super) served: u64,
    /// Subjects that were asked about; none in an agent's log.
    pub(super) subjects: u64,
    /// Subjects that were asked about again.
    pub(super) asked_again: u64,
    /// Most questions about one subject.
    pub(super) most_about_one: u64,
    /// Cases opened (an agent's log).
    pub(super) cases_opened: u64,
    /// Cases opened about which nobody asked.
    pub(super) cases_never_asked: u64,
}

impl Counts {
    pub(super) fn refuse(&mut self, code: &str, count: u64) {
        self.refused = self.refused.saturating_add(count);
        // One entry a code, and codes are a closed list where the hub and agents are honest; a log
        // with others in it is still counted, under the first so many of them.
        let by_code = &mut self.refused_by_code;
        if by_code.len() < CODES_MAX || by_code.contains_key(code) {
            let counted = by_code.entry(code.to_owned()).or_default();
            *counted = counted.saturating_add(count);
        }
    }
}

/// Most codes told apart in one group.
const CODES_MAX: usize = 256;
