//! The codes of faults, as a table where two faults must not be mixed up.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_case_fault_has_a_code_about_cases_or_the_caller() {
    for fault in CaseFault::ALL {
        let code = case_refusal(*fault);
        let text = code.as_str();
        assert!(
            text.starts_with("TS-CASE-") || text == "TS-CALLER-UNKNOWN",
            "{fault}: {code}"
        );
    }
    let codes: BTreeSet<RefusalCode> = CaseFault::ALL.iter().map(|f| case_refusal(*f)).collect();
    assert_eq!(codes.len(), 19, "{codes:?}");
}

#[test]
fn a_case_fault_keeps_its_code_through_a_denial() {
    for fault in CaseFault::ALL {
        assert_eq!(denial_refusal(&Denial::Case(*fault)), case_refusal(*fault));
    }
}

/// Whose turn it is follows from the reason.
#[test]
fn turns_follow_from_the_reason() {
    use wire::Turn;
    let denied = Denial::Denied {
        policies: BTreeSet::new(),
        rule: None,
    };
    for (code, turn) in [
        (denial_refusal(&Denial::FlowNotEnabled), Turn::Policy),
        (denial_refusal(&denied), Turn::Policy),
        (denial_refusal(&Denial::PolicyError), Turn::Hub),
        (denial_refusal(&Denial::WrongCaller), Turn::Caller),
        (replay_refusal(ReplayFault::Replayed), Turn::Caller),
        (replay_refusal(ReplayFault::Forgotten), Turn::Caller),
        (replay_refusal(ReplayFault::OverUsed), Turn::Policy),
        (replay_refusal(ReplayFault::Full), Turn::Capacity),
    ] {
        assert_eq!(code.turn(), turn, "{code}");
    }
}
