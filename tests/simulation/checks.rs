//! What must hold, whatever happened. Each check reads what was seen from outside and the log, and
//! nothing of the hub's own state; `bites` shows that each finds what it is for.

mod acts;
mod bounds;
mod disclosure;
mod lamps;
mod order;
mod record;
mod silence;
mod time;

use super::evidence::{Evidence, Violation};
use super::world::Run;

type Check = fn(&Evidence<'_>) -> Vec<Violation>;

const CHECKS: [Check; 20] = [
    record::asked_after_its_decision,
    record::answered_after_its_outcome,
    record::receipts_stay_true,
    record::the_log_says_what_was_answered,
    record::each_decision_ends_once,
    disclosure::nothing_outside_the_permit,
    disclosure::no_canary,
    lamps::every_center_is_there,
    lamps::nothing_looks_clean_by_itself,
    lamps::what_was_said_in_time_counts,
    order::no_statement_serves_twice,
    order::no_question_without_a_case,
    order::the_log_never_forks,
    order::breakers_keep_their_rules,
    silence::whoever_speaks_in_time_is_not_cut,
    bounds::bounded,
    acts::acts_are_obeyed,
    acts::limits_are_kept,
    time::answers_in_time,
    time::well_again,
];

/// Everything that does not hold.
pub(super) fn violations(run: &Run) -> Vec<Violation> {
    let evidence = Evidence::of(run);
    CHECKS.iter().flat_map(|check| check(&evidence)).collect()
}
