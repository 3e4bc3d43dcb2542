//! What a decision rested on, for its entry: enough to decide it again by other rules, and nobody's
//! number or name.

use std::sync::PoisonError;

use policies::{Caller, Question, RecordedAsk, VerifiedCase};
use wire::{RefusalCode, Turn};

use super::{Arrival, Broker};
use crate::call::Call;
use crate::ledger::entry::Facts;
use crate::record;
use crate::refusal::denial_refusal;

impl Broker {
    pub(super) fn recorded(
        &self,
        query: &str,
        case: &VerifiedCase,
        question: &Question,
        refused: Option<String>,
    ) -> RecordedAsk {
        let state = self
            .suspensions
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        RecordedAsk::of(query, self.clock.now(), case, question, &state, refused)
    }

    /// Of a refusal that the rules made; nothing where the question never came that far. The rules
    /// are asked once more, so that a refusal of another kind is not taken for theirs.
    pub(super) fn facts_of_refusal(
        &self,
        arrival: &Arrival,
        call: Option<&Call>,
        code: RefusalCode,
    ) -> Facts {
        let by_rules = [Turn::Policy, Turn::Caller].contains(&code.turn());
        let found = || {
            let call = call.filter(|_| by_rules)?;
            let caller = Caller::proven(&arrival.peer.name).ok()?;
            let question = call.question(&self.catalog, &caller).ok()?;
            let case = self.verified(&caller, call, &question).ok()?;
            let state = self
                .suspensions
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            let rules = self.rules.current();
            let now = self.clock.now();
            let decided = rules
                .policies()
                .authorize(&caller, &case, &question, &state, now);
            let denial = decided
                .err()
                .filter(|denial| denial_refusal(denial) == code)?;
            drop(state);
            let reason = Some(denial.reason().to_owned());
            let recorded = self.recorded(&arrival.id, &case, &question, reason);
            Some(record::facts_of_refusal(&recorded))
        };
        found().unwrap_or_default()
    }
}
