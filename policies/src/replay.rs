//! Remembers which assertions were used and how often a case has asked. A pure value: time comes
//! in as an argument.
//! Refuses a second use, a use too many, and everything new when it is full; it never forgets an
//! assertion that is still in force to make room.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;

use crate::case::{NONCE_BYTES, VerifiedCase};
use crate::flow::FlowId;

/// Assertions remembered of each node by default: a busy hour of a center.
pub const USES_REMEMBERED: usize = 200_000;

/// How long the count of a case outlives its last assertion. A case that rests longer starts anew.
pub const COUNT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// One use of one assertion: what the log keeps of it and gives back at the next start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseUse {
    /// The node that signed.
    pub node: String,
    /// Its nonce.
    pub nonce: [u8; NONCE_BYTES],
    /// What the use takes of the second approver's statement, if there is one
    /// ([`crate::Approval::mark`]): used up by the same use.
    pub approval: Option<[u8; NONCE_BYTES]>,
    /// The case.
    pub case_no: String,
    /// The flow.
    pub flow: FlowId,
    /// From when on neither assertion is worth anything.
    pub expires_at: OffsetDateTime,
    /// From when on they are worth nothing together: the first of them has expired.
    pub valid_until: OffsetDateTime,
}

impl CaseUse {
    /// The use that a verified case makes.
    #[must_use]
    pub fn of(case: &VerifiedCase) -> Self {
        let first = case.assertion();
        // An approval that outlives the assertion it came with must be remembered as long.
        let ends = || case.signatures().map(|signed| signed.expires_at);
        Self {
            node: first.node.clone(),
            nonce: first.nonce,
            approval: case.approval().map(|approval| approval.mark),
            case_no: first.case_no.clone(),
            flow: first.flow,
            expires_at: ends().fold(first.expires_at, OffsetDateTime::max),
            valid_until: ends().fold(first.expires_at, OffsetDateTime::min),
        }
    }

    /// Every nonce that this use makes unusable.
    fn nonces(&self) -> impl Iterator<Item = Nonce> {
        std::iter::once(self.nonce).chain(self.approval)
    }
}

/// Why a use is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum ReplayFault {
    /// The same assertion was used before.
    #[error("the case assertion has been used before")]
    Replayed,
    /// The case has asked as often as its flow allows.
    #[error("the case has used up its questions")]
    OverUsed,
    /// It had expired when the clock stood later than now, and whether it was used before that
    /// nobody remembers.
    #[error("the case assertion had expired by a clock that has gone back since")]
    Forgotten,
    /// No room to remember another use.
    #[error("no more uses can be remembered")]
    Full,
}

impl ReplayFault {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replayed => "replayed",
            Self::OverUsed => "over-used",
            Self::Forgotten => "forgotten",
            Self::Full => "full",
        }
    }
}

type Nonce = [u8; NONCE_BYTES];
type Case = (String, FlowId);

#[derive(Debug, Clone, Copy)]
struct Count {
    uses: u32,
    kept_until: OffsetDateTime,
}

/// The uses remembered, each node's apart: a node that invents cases fills its own memory and
/// nobody else's.
#[derive(Debug, Clone)]
pub struct ReplayGuard {
    entries_max: usize,
    nodes: BTreeMap<String, Memory>,
}

/// The uses of one node. INVARIANT: `seen` and `seen_ends` hold the same assertions, `counts` and
/// `count_ends` the same cases; neither pair is larger than `entries_max`.
#[derive(Debug, Clone, Default)]
struct Memory {
    seen: BTreeSet<Nonce>,
    seen_ends: BTreeSet<(OffsetDateTime, Nonce)>,
    counts: BTreeMap<Case, Count>,
    count_ends: BTreeSet<(OffsetDateTime, Case)>,
    /// The latest end of a use that is forgotten. INVARIANT: what ends later is remembered, so that
    /// a clock that ran ahead and goes back makes no used assertion new.
    forgotten: Option<OffsetDateTime>,
}

impl ReplayGuard {
    /// An empty guard that remembers at most `entries_max` uses of each node.
    #[must_use]
    pub const fn new(entries_max: usize) -> Self {
        Self {
            entries_max,
            nodes: BTreeMap::new(),
        }
    }

    /// Feeds the uses that the log holds, oldest first. On an error the guard must not be used:
    /// it would have forgotten something.
    pub fn restore(
        &mut self,
        uses: impl IntoIterator<Item = CaseUse>,
        now: OffsetDateTime,
    ) -> Result<(), ReplayFault> {
        for case_use in uses {
            if case_use.expires_at + COUNT_KEPT <= now {
                let memory = self.nodes.entry(case_use.node).or_default();
                memory.forgot(case_use.expires_at);
                continue;
            }
            match self.record(case_use, u32::MAX, now) {
                // The log may hold an entry twice, as opened and as sealed.
                Ok(())
                | Err(ReplayFault::Replayed | ReplayFault::OverUsed | ReplayFault::Forgotten) => {}
                Err(ReplayFault::Full) => return Err(ReplayFault::Full),
            }
        }
        Ok(())
    }

    /// Records a use, or says why it may not be made. A refused use leaves no trace.
    pub fn check_and_record(
        &mut self,
        case_use: CaseUse,
        asks_per_case: u32,
        now: OffsetDateTime,
    ) -> Result<(), ReplayFault> {
        let memory = self.nodes.entry(case_use.node.clone()).or_default();
        memory.forget(now);
        let is_seen = case_use.nonces().any(|nonce| memory.seen.contains(&nonce));
        let may_be_forgotten = memory
            .forgotten
            .is_some_and(|end| case_use.valid_until <= end);
        if may_be_forgotten && !is_seen {
            return Err(ReplayFault::Forgotten);
        }
        self.record(case_use, asks_per_case, now)
    }

    fn record(
        &mut self,
        case_use: CaseUse,
        asks_per_case: u32,
        now: OffsetDateTime,
    ) -> Result<(), ReplayFault> {
        let nonces: BTreeSet<Nonce> = case_use.nonces().collect();
        let CaseUse {
            node,
            case_no,
            flow,
            expires_at,
            ..
        } = case_use;
        let entries_max = self.entries_max;
        let memory = self.nodes.entry(node).or_default();
        memory.forget(now);
        let case: Case = (case_no, flow);
        if !memory.seen.is_disjoint(&nonces) {
            return Err(ReplayFault::Replayed);
        }
        let before = memory.counts.get(&case).copied();
        let uses = before.map_or(0, |count| count.uses);
        if uses >= asks_per_case {
            return Err(ReplayFault::OverUsed);
        }
        let new_case_fits = before.is_some() || memory.counts.len() < entries_max;
        if memory.seen.len() + nonces.len() > entries_max || !new_case_fits {
            return Err(ReplayFault::Full);
        }
        // An expired assertion (from the log) needs no memory of its nonce, only its count.
        if expires_at > now {
            for nonce in nonces {
                memory.seen.insert(nonce);
                memory.seen_ends.insert((expires_at, nonce));
            }
        } else {
            memory.forgot(expires_at);
        }
        memory.count(case, before, expires_at + COUNT_KEPT);
        Ok(())
    }

    /// Takes a use back that came to nothing: what it rested on was never put on record, so no
    /// node was asked. Only for a use that [`Self::check_and_record`] has just recorded.
    pub fn give_back(&mut self, case_use: &CaseUse) {
        let Some(memory) = self.nodes.get_mut(&case_use.node) else {
            return;
        };
        let mut was_recorded = false;
        for nonce in case_use.nonces() {
            was_recorded |= memory.seen.remove(&nonce);
            memory.seen_ends.remove(&(case_use.expires_at, nonce));
        }
        // One that expired meanwhile has left its count alone, and that stays.
        if was_recorded {
            memory.uncount(&(case_use.case_no.clone(), case_use.flow));
        }
    }

    /// How many assertions are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.values().map(|memory| memory.seen.len()).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Memory {
    fn count(&mut self, case: Case, before: Option<Count>, kept_until: OffsetDateTime) {
        let mut count = Count {
            uses: 1,
            kept_until,
        };
        if let Some(before) = before {
            self.count_ends.remove(&(before.kept_until, case.clone()));
            count.uses = before.uses.saturating_add(1);
            count.kept_until = before.kept_until.max(kept_until);
        }
        self.count_ends.insert((count.kept_until, case.clone()));
        self.counts.insert(case, count);
    }

    /// One use less; a count is kept as long as it was to be.
    fn uncount(&mut self, case: &Case) {
        let Some(count) = self.counts.get_mut(case) else {
            return;
        };
        count.uses = count.uses.saturating_sub(1);
        if count.uses == 0 {
            let end = (count.kept_until, case.clone());
            self.count_ends.remove(&end);
            self.counts.remove(case);
        }
    }

    fn forgot(&mut self, end: OffsetDateTime) {
        self.forgotten = self.forgotten.max(Some(end));
    }

    fn forget(&mut self, now: OffsetDateTime) {
        while self.seen_ends.first().is_some_and(|(end, _)| *end <= now) {
            if let Some((end, seen)) = self.seen_ends.pop_first() {
                self.seen.remove(&seen);
                self.forgot(end);
            }
        }
        while self.count_ends.first().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, case)) = self.count_ends.pop_first() {
                self.counts.remove(&case);
            }
        }
    }
}
