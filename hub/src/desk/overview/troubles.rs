//! What is wrong now, the worst first. The thresholds are those of `dashboards/alerts/`, without
//! their waits: whoever looks wants to know at once.

mod service;
#[cfg(test)]
mod tests;

use audit::Room;
use dashboards::overview::{Paper, PaperKind, RecordShown, Trouble};
use tokio::time::Instant;
use wire::{ClockState, RefusalCode};

use super::{Desk, Lamp, unwell};
use crate::acts::act::Act;
use crate::alerts::book::Standing;
use crate::nodes::MemberState;

/// A checkpoint is old after this.
const CHECKPOINT_OLD_S: u64 = 60;
/// Witnesses lack after this.
const LACKING_S: u64 = 60;
/// A receiver that is so many entries behind is late.
const LAG_ENTRIES: u64 = 10_000;
/// A certificate that is good for fewer days is told of.
const PAPER_DAYS: i64 = 14;
/// A revocation list is made anew every few days; one that is good for less is told of.
const LIST_DAYS: i64 = 1;
/// Questions turned away in five minutes, from which the hub is shedding.
const SHED: u64 = 30;
/// An index that is so many entries behind is late.
const INDEX_ENTRIES: u64 = 10_000;
/// For so long nothing that was due went into the archive.
const ARCHIVE_S: i64 = 172_800;
/// A list of checkpoints that is longer is large.
const LIST_BYTES: u64 = 4_000_000_000;
/// A clock that nobody keeps.
const UNKEPT: &str = "unsynchronised";

impl Desk {
    pub(super) async fn troubles(
        &self,
        nodes: &[MemberState],
        papers: &[Paper],
        record: &RecordShown,
        clock: &ClockState,
    ) -> Vec<Trouble> {
        let mut all = self.of_the_record(record);
        all.extend(self.of_the_ledger());
        all.extend(self.of_the_hub(papers, clock));
        all.extend(self.of_the_service());
        for node in nodes {
            all.extend(self.of_a_node(node));
            all.extend(self.of_replies(node));
        }
        all.extend(self.of_the_staff().await);
        all.sort_by_key(Trouble::weight);
        all
    }

    fn of_the_record(&self, record: &RecordShown) -> Vec<Trouble> {
        let broker = &self.broker;
        let mut all = Vec::new();
        if !broker.is_recording() {
            all.push(Trouble::JournalFailing);
        } else {
            match broker.ledger.journal().room() {
                Room::Full => all.push(Trouble::JournalFull),
                Room::Low => all.push(Trouble::JournalLow),
                Room::Enough => {}
            }
        }
        match broker.witnesses.admit() {
            Err(RefusalCode::AuditUnchecked) => all.push(Trouble::Unchecked),
            Err(_) => all.push(Trouble::Disowned),
            Ok(()) => {}
        }
        let lacking = broker.witnesses.lacking(Instant::now()).as_secs();
        if !broker.witnesses.are_asked() {
            all.push(Trouble::WitnessesMissing);
        } else if lacking > LACKING_S {
            all.push(Trouble::WitnessesLacking(lacking));
        }
        if let Some(old) = record.checkpoint_s.filter(|old| *old > CHECKPOINT_OLD_S) {
            all.push(Trouble::CheckpointOld(old));
        }
        let seen = broker.metrics.seen();
        if seen.overdue > 0 {
            all.push(Trouble::Overdue(seen.overdue));
        }
        for receiver in seen.receivers {
            if !receiver.is_connected {
                all.push(Trouble::ExportDown(receiver.receiver.clone()));
            }
            if receiver.lag > LAG_ENTRIES {
                all.push(Trouble::ExportLagging(receiver.receiver, receiver.lag));
            }
        }
        all
    }

    /// What became of the record besides: its index, its archive, what owes nothing any more.
    fn of_the_ledger(&self) -> Vec<Trouble> {
        let broker = &self.broker;
        let (seen, now) = (broker.metrics.seen(), broker.clock.now());
        let mut all = Vec::new();
        let size = broker.ledger.journal().size();
        let behind = size.saturating_sub(broker.ledger.indexed());
        if behind > INDEX_ENTRIES {
            all.push(Trouble::IndexBehind(behind));
        }
        let unarchived = now.unix_timestamp() - seen.archived_at;
        if seen.archived_at > 0 && unarchived > ARCHIVE_S {
            let hours = u64::try_from(unarchived / 3_600).unwrap_or(0);
            all.push(Trouble::ArchiveBehind(hours));
        }
        let abandoned = broker.metrics.lately().closed_without();
        if abandoned > 0 {
            all.push(Trouble::DecisionAbandoned(abandoned));
        }
        let list = seen.checkpoint_list_bytes;
        if list > LIST_BYTES {
            all.push(Trouble::CheckpointListLarge(list / 1_000_000));
        }
        all
    }

    fn of_the_hub(&self, papers: &[Paper], clock: &ClockState) -> Vec<Trouble> {
        let broker = &self.broker;
        let mut all = Vec::new();
        if broker.stopping.is_cancelled() {
            all.push(Trouble::Stopping);
        }
        let low = |paper: &&Paper| match paper.kind {
            PaperKind::Revocations => paper.days < LIST_DAYS,
            PaperKind::Hub | PaperKind::Node(_) => paper.days < PAPER_DAYS,
        };
        let ending = papers.iter().filter(low);
        all.extend(ending.map(|paper| Trouble::PaperEnding(paper.kind.clone(), paper.days)));
        if clock.state == UNKEPT {
            all.push(Trouble::ClockUnkept);
        }
        let is_shed = |code| matches!(code, RefusalCode::LimitHub | RefusalCode::LimitWait);
        if *broker.throttle.in_force() != broker.throttle.reviewed() {
            all.push(Trouble::Lent);
        }
        let refusals = broker.metrics.lately().refusals().into_iter();
        let shed = refusals.filter(|refusal| is_shed(refusal.code));
        let shed: u64 = shed.map(|refusal| refusal.five_minutes).sum();
        if shed >= SHED {
            all.push(Trouble::Shedding(shed));
        }
        all
    }

    fn of_a_node(&self, node: &MemberState) -> Vec<Trouble> {
        let named = || self.named(&node.id);
        if node.links == 0 {
            return vec![Trouble::Detached(named())];
        }
        let unwell = unwell(node);
        let of = |wanted: &[Lamp]| {
            let some = unwell.iter().filter(|(_, lamp)| wanted.contains(lamp));
            let classes: Vec<_> = some.map(|(class, _)| class.clone()).collect();
            (!classes.is_empty()).then_some(classes)
        };
        let mut all = Vec::new();
        all.extend(of(&[Lamp::Open]).map(|classes| Trouble::BreakersOpen(named(), classes)));
        let probing = of(&[Lamp::Probing]);
        all.extend(probing.map(|classes| Trouble::BreakersProbing(named(), classes)));
        let held = of(&[Lamp::HeldOpen, Lamp::HeldClosed]);
        all.extend(held.map(|classes| Trouble::BreakersHeld(named(), classes)));
        let throttled = self.broker.metrics.lately().node(&node.id).throttled;
        if throttled > 0 {
            all.push(Trouble::Throttled(named(), throttled));
        }
        all
    }

    async fn of_the_staff(&self) -> Vec<Trouble> {
        let register = self.broker.acts.now().await;
        let now = self.broker.clock.now();
        let suspended = register.standing(now).filter(|act| act.act == Act::Suspend);
        let (suspended, waiting) = (suspended.count(), register.waiting(now).count());
        let alerts = self.broker.alerts.book().await.counts();
        let open = alerts.get(&Standing::Open).copied().unwrap_or(0);
        let mut all = Vec::new();
        if open > 0 {
            all.push(Trouble::AlertsOpen(open));
        }
        if waiting > 0 {
            all.push(Trouble::Waiting(waiting));
        }
        if suspended > 0 {
            all.push(Trouble::Suspended(suspended));
        }
        all
    }
}
