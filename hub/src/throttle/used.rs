//! How much of each quota is used up now, for the staff's pages. Reads meters and charges nothing.

use wire::{LimitName, Limits, Rate, Temporary};

use super::Throttle;
use super::meters::Kind;

/// A quota of which something is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaUse {
    /// The asking center.
    pub node: String,
    /// The limit in the long run; its table says of whom.
    pub rate: LimitName,
    /// The limit at once.
    pub burst: LimitName,
    /// The operator, flow or case; empty for the center as a whole.
    pub name: String,
    /// So many are used up of those at once.
    pub used: u32,
    /// So many may come at once.
    pub most: u32,
    /// So many come back in the unit of `rate`.
    pub often: u32,
}

impl Throttle {
    /// The quotas that are wanted, those used up most first, `most` of them.
    #[must_use]
    pub fn used(&self, wanted: impl Fn(LimitName) -> bool, most: usize) -> Vec<QuotaUse> {
        let (limits, now) = (self.in_force(), self.now());
        let mut uses = Vec::new();
        self.meters.each(now, |node, kind, name, meter| {
            let Some((rate, burst)) = limits_of(kind).filter(|(rate, _)| wanted(*rate)) else {
                return;
            };
            let [often, at_once] = [rate, burst].map(|limit| value(&limits, limit, node, name));
            let pace = match rate.unit() {
                wire::quota::Unit::PerMinute => Rate::per_minute(often, at_once),
                _ => Rate::per_second(often, at_once),
            };
            uses.push(QuotaUse {
                node: node.to_owned(),
                rate,
                burst,
                name: name.to_owned(),
                used: meter.used(pace, now),
                most: at_once,
                often,
            });
        });
        // Largest share first: a/b > c/d where a·d > c·b.
        uses.sort_by(|one, other| {
            let [ours, theirs] = [(one, other), (other, one)]
                .map(|(use_of, by)| u64::from(use_of.used) * u64::from(by.most.max(1)));
            theirs.cmp(&ours)
        });
        uses.truncate(most);
        uses
    }

    /// The limits that operators have set for a while.
    #[must_use]
    pub fn temporary(&self) -> Vec<Temporary> {
        self.said().temporary.clone()
    }
}

/// The rows of a kind of quota; none of those that are no data.
const fn limits_of(kind: Kind) -> Option<(LimitName, LimitName)> {
    match kind {
        Kind::Attempts | Kind::Attaches => None,
        Kind::Asks => Some((LimitName::NodePerSecond, LimitName::NodeBurst)),
        Kind::Lines => Some((LimitName::NodeLinesPerSecond, LimitName::NodeLinesBurst)),
        Kind::Operator => Some((LimitName::OperatorPerMinute, LimitName::OperatorBurst)),
        Kind::OperatorLines => Some((
            LimitName::OperatorLinesPerMinute,
            LimitName::OperatorLinesBurst,
        )),
        Kind::Flow => Some((LimitName::FlowPerSecond, LimitName::FlowBurst)),
        Kind::Case => Some((LimitName::CasePerMinute, LimitName::CaseBurst)),
    }
}

/// As the question met it.
fn value(limits: &Limits, limit: LimitName, node: &str, name: &str) -> u32 {
    match limit.whom() {
        wire::quota::Whom::Operator => limits.of(limit, &format!("{node}/{name}")),
        wire::quota::Whom::Flow => limits.of(limit, name),
        wire::quota::Whom::Node => limits.of(limit, node),
        wire::quota::Whom::Nobody | wire::quota::Whom::Target => limits.each(limit),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::throttle::{Proven, Urgency, Waits};

    #[tokio::test(start_paused = true)]
    async fn what_a_question_used_up_is_told_and_comes_back() {
        let limits = Limits::default().with_only(LimitName::OperatorBurst, "city/0101", 2);
        let throttle = Throttle::new(limits);
        let admitted = throttle.admit("city").expect("is let in");
        let waits = Waits {
            urgency: Urgency::Counter,
            flow: "F05",
            deadline: Instant::now() + std::time::Duration::from_secs(5),
        };
        let slot = throttle.place(admitted, waits).await.expect("has a place");
        let who = Proven {
            node: "city",
            operator: "0101",
            flow: "F05",
            case_no: "CT-1",
        };
        throttle.admit_proven(&slot, who).expect("is let in");
        let all = throttle.used(|_| true, 10);
        let told = all
            .iter()
            .map(|one| (one.rate.table(), &*one.name, one.used, one.most));
        let told: Vec<_> = told.collect();
        assert_eq!(
            told[0],
            ("operator", "0101", 1, 2),
            "half of it is the largest share"
        );
        let mut tables: Vec<_> = told.iter().map(|(table, ..)| *table).collect();
        tables.sort_unstable();
        assert_eq!(tables, ["case", "flow", "node", "operator"]);
        assert_eq!(throttle.used(|_| true, 1).len(), 1);
        let flows = throttle.used(|limit| limit.table() == "flow", 10);
        assert_eq!(flows[0].name, "F05");
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        assert!(throttle.used(|_| true, 10).iter().all(|one| one.used <= 1));
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        assert!(throttle.used(|_| true, 10).is_empty(), "all came back");
        assert!(throttle.temporary().is_empty());
    }
}
