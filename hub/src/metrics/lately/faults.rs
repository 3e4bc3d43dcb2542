//! What went wrong lately beside questions and nodes that did not answer: by the minute, as the
//! counters of the metrics count it since the start. The overview tells of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wire::RefusalCode;

use super::ring::{Latency, MINUTES, Ring, Tally};
use super::{Inner, Lately};

/// A file or folder that is read again when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changing {
    /// The folder of rules.
    Rules,
    /// The file of limits.
    Limits,
    /// The file of the rules of alerts.
    AlertRules,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Replies that broke the contract, by node.
    broken: BTreeMap<String, Ring<u32>>,
    /// Questions that a node declined because it had too much to do.
    overloaded: BTreeMap<String, Ring<u32>>,
    /// Refused connections, by code.
    handshakes: BTreeMap<&'static str, (RefusalCode, Ring<u32>)>,
    /// Decisions that were closed without an outcome.
    abandoned: Ring<u32>,
    /// How long the journal took until an entry of a question was durable.
    writing: Ring<Latency>,
    /// What was changed, read and not taken, and not mended since.
    kept: BTreeSet<Changing>,
}

impl Lately {
    pub(in super::super) fn reply_broken(&self, node: &str) {
        let now = self.minute();
        count(&mut self.inner().faults.broken, node, now);
    }

    pub(in super::super) fn overloaded(&self, node: &str) {
        let now = self.minute();
        count(&mut self.inner().faults.overloaded, node, now);
    }

    pub(in super::super) fn handshake_refused(&self, code: RefusalCode) {
        let now = self.minute();
        let mut inner = self.inner();
        let row = inner.faults.handshakes.entry(code.as_str());
        let (_, ring) = row.or_insert_with(|| (code, Ring::default()));
        *ring.at(now) += 1;
    }

    pub(in super::super) fn abandoned(&self, decisions: u64) {
        let now = self.minute();
        let mut inner = self.inner();
        let count = inner.faults.abandoned.at(now);
        *count = count.saturating_add(u32::try_from(decisions).unwrap_or(u32::MAX));
    }

    pub(in super::super) fn recorded(&self, elapsed: Duration) {
        let now = self.minute();
        self.inner().faults.writing.at(now).note(elapsed);
    }

    /// Something that had changed was read: it is in force, or the old one stays.
    pub fn read(&self, what: Changing, is_in_force: bool) {
        let kept = &mut self.inner().faults.kept;
        if is_in_force {
            kept.remove(&what);
        } else {
            kept.insert(what);
        }
    }

    /// What was changed and is not in force.
    #[must_use]
    pub fn kept(&self) -> Vec<Changing> {
        self.inner().faults.kept.iter().copied().collect()
    }

    /// Replies of a node that broke the contract, in the last hour.
    #[must_use]
    pub fn broken(&self, node: &str) -> u64 {
        self.of_node(node, MINUTES, |faults| &faults.broken)
    }

    /// Questions that a node declined in these last minutes because it had too much to do.
    #[must_use]
    pub fn overloads(&self, node: &str, minutes: usize) -> u64 {
        self.of_node(node, minutes, |faults| &faults.overloaded)
    }

    /// Connections refused in these last minutes, by code.
    #[must_use]
    pub fn handshakes(&self, minutes: usize) -> Vec<(RefusalCode, u64)> {
        let now = self.minute();
        let inner = self.inner();
        let codes = inner.faults.handshakes.values();
        let counts = codes.map(|(code, ring)| (*code, sum(ring, now, minutes)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Questions refused in these last minutes, by code.
    #[must_use]
    pub fn refused_within(&self, minutes: usize) -> Vec<(RefusalCode, u64)> {
        let now = self.minute();
        let inner = self.inner();
        let codes = inner.refusals.values();
        let counts = codes.map(|(code, ring)| (*code, sum(ring, now, minutes)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Decisions of the last hour that were closed without an outcome.
    #[must_use]
    pub fn closed_without(&self) -> u64 {
        let now = self.minute();
        sum(&self.inner().faults.abandoned, now, MINUTES)
    }

    /// How long entries of these last minutes took until they were durable.
    #[must_use]
    pub fn writing(&self, minutes: usize) -> Latency {
        let now = self.minute();
        let inner = self.inner();
        let all = inner.faults.writing.back(now, minutes);
        all.fold(Latency::default(), |all, minute| all.and(&minute))
    }

    /// What questions of these last minutes came to.
    #[must_use]
    pub fn within(&self, minutes: usize) -> Tally {
        let now = self.minute();
        let inner: &Inner = &self.inner();
        let all = inner.all.back(now, minutes);
        all.fold(Tally::default(), |all, minute| all.and(&minute))
    }

    fn of_node(
        &self,
        node: &str,
        minutes: usize,
        which: fn(&Faults) -> &BTreeMap<String, Ring<u32>>,
    ) -> u64 {
        let now = self.minute();
        let inner = self.inner();
        let ring = which(&inner.faults).get(node);
        ring.map_or(0, |ring| sum(ring, now, minutes))
    }
}

/// INVARIANT: nodes are those of the trust list.
fn count(by_node: &mut BTreeMap<String, Ring<u32>>, node: &str, now: u64) {
    *by_node.entry(node.to_owned()).or_default().at(now) += 1;
}

fn sum(ring: &Ring<u32>, now: u64, minutes: usize) -> u64 {
    ring.back(now, minutes).map(u64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn faults_are_counted_where_they_belong_and_pass_with_their_window() {
        let lately = Lately::default();
        lately.reply_broken("city");
        lately.overloaded("tielu");
        lately.handshake_refused(RefusalCode::TlsExpired);
        lately.refused(RefusalCode::HubInternal);
        lately.abandoned(2);
        lately.recorded(Duration::from_millis(200));
        assert_eq!((lately.broken("city"), lately.broken("tielu")), (1, 0));
        assert_eq!(lately.overloads("tielu", 5), 1);
        assert_eq!(lately.handshakes(5), [(RefusalCode::TlsExpired, 1)]);
        assert_eq!(lately.refused_within(10), [(RefusalCode::HubInternal, 1)]);
        assert_eq!((lately.closed_without(), lately.within(5).refused), (2, 1));
        assert!(lately.writing(5).quantile_ms(0.99) > Some(100.0));
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(lately.overloads("tielu", 5), 0);
        assert!(lately.handshakes(5).is_empty() && lately.refused_within(10).is_empty());
        assert_eq!(lately.writing(5).quantile_ms(0.99), None);
        assert_eq!((lately.broken("city"), lately.closed_without()), (1, 2));
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!((lately.broken("city"), lately.closed_without()), (0, 0));
    }

    #[test]
    fn what_is_not_in_force_stands_until_it_is_mended() {
        let lately = Lately::default();
        lately.read(Changing::Rules, false);
        lately.read(Changing::Limits, false);
        lately.read(Changing::Limits, true);
        assert_eq!(lately.kept(), [Changing::Rules]);
        lately.read(Changing::Rules, true);
        assert!(lately.kept().is_empty());
    }
}
