//! Troubles of what callers notice and of what lies behind it: the same counts as in
//! `dashboards/alerts/service.yaml`, from the memory of the last hour.

use dashboards::overview::{Kept, Trouble};
use wire::RefusalCode;

use super::super::Desk;
use crate::metrics::lately::Changing;
use crate::nodes::MemberState;

/// Statements of cases that did not hold, in so many minutes, with one code.
pub(super) const FORGED_MINUTES: usize = 15;
/// See [`FORGED_MINUTES`].
pub(super) const FORGED: u64 = 3;
/// Minutes for which a fault of the hub is told of.
pub(super) const FAULT_MINUTES: usize = 10;
/// Minutes over which latencies and rates are taken.
pub(super) const RATE_MINUTES: usize = 5;
/// Answers are slow from here, in milliseconds.
pub(super) const SLOW_MS: f64 = 5_000.0;
/// Writing is slow from here, in milliseconds.
pub(super) const WRITING_MS: f64 = 100.0;
/// Many are refused: so many in a hundred, and so many at least, in so many minutes.
pub(super) const MANY_MINUTES: usize = 10;
/// See [`MANY_MINUTES`].
pub(super) const MANY_PERCENT: u64 = 30;
/// See [`MANY_MINUTES`].
pub(super) const MANY: u64 = 30;
/// Questions that a node declined, in [`RATE_MINUTES`].
pub(super) const OVERLOADS: u64 = 30;
/// Refused connections with one code, in [`RATE_MINUTES`].
pub(super) const HANDSHAKES: u64 = 60;
/// What is slower is not told apart by the latencies' steps.
const TOLD_MS_MAX: f64 = 30_000.0;

const FORGERIES: [RefusalCode; 4] = [
    RefusalCode::CaseSignature,
    RefusalCode::CaseWrongNode,
    RefusalCode::CaseReplayed,
    RefusalCode::CaseApproverSignature,
];
const FAULTS: [RefusalCode; 3] = [
    RefusalCode::HubInternal,
    RefusalCode::PolicyError,
    RefusalCode::AuditUnavailable,
];

impl Desk {
    pub(super) fn of_the_service(&self) -> Vec<Trouble> {
        let lately = self.broker.metrics.lately();
        let mut all = Vec::new();
        for (code, count) in lately.refused_within(FORGED_MINUTES) {
            if FORGERIES.contains(&code) && count > FORGED {
                all.push(Trouble::CasesForged(code.as_str(), count));
            }
        }
        for (code, count) in lately.refused_within(FAULT_MINUTES) {
            if FAULTS.contains(&code) {
                all.push(Trouble::HubFault(code.as_str(), count));
            }
        }
        let answers = lately.within(RATE_MINUTES).latency.quantile_ms(0.99);
        if let Some(ms) = answers.filter(|ms| *ms > SLOW_MS) {
            all.push(Trouble::AnswersSlow(whole(ms) / 1_000));
        }
        let writing = lately.writing(RATE_MINUTES).quantile_ms(0.99);
        if let Some(ms) = writing.filter(|ms| *ms > WRITING_MS) {
            all.push(Trouble::JournalSlow(whole(ms)));
        }
        // Those whose callers hung up are not in it: it tells no later than the alert.
        let ended = lately.within(MANY_MINUTES);
        let refused = u64::from(ended.refused);
        let percent = (refused * 100).checked_div(refused + u64::from(ended.asks));
        let is_many = |percent: &u64| *percent >= MANY_PERCENT && refused >= MANY;
        all.extend(percent.filter(is_many).map(Trouble::RefusalsMany));
        for (code, count) in lately.handshakes(RATE_MINUTES) {
            if count >= HANDSHAKES {
                all.push(Trouble::HandshakesRefused(code.as_str(), count));
            }
        }
        let kept = lately.kept().into_iter();
        all.extend(kept.map(|what| {
            Trouble::ChangeKept(match what {
                Changing::Rules => Kept::Rules,
                Changing::Limits => Kept::Limits,
                Changing::AlertRules => Kept::AlertRules,
            })
        }));
        all
    }

    /// What a node sends and declines, whether it is attached now or not.
    pub(super) fn of_replies(&self, node: &MemberState) -> Vec<Trouble> {
        let lately = self.broker.metrics.lately();
        let mut all = Vec::new();
        let overloads = lately.overloads(&node.id, RATE_MINUTES);
        if overloads >= OVERLOADS {
            all.push(Trouble::NodeOverloaded(self.named(&node.id), overloads));
        }
        let broken = lately.broken(&node.id);
        if broken > 0 {
            all.push(Trouble::RepliesBroken(self.named(&node.id), broken));
        }
        all
    }
}

/// As much as can be said for sure.
fn whole(ms: f64) -> u64 {
    ms.min(TOLD_MS_MAX) as u64
}
