//! The replay guard: one use per assertion, so many per case, bounded, the same after a restart.

use policies::{COUNT_KEPT, CaseUse, ReplayFault, ReplayGuard};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::star::{LEGAL_F27, NOW, STAR, assertion, book, f05, f27_of};

fn a_use(node: &str, nonce: u8, case_no: &str, expires_at: OffsetDateTime) -> CaseUse {
    let flow = "F05".parse().expect("a flow");
    CaseUse {
        node: node.into(),
        nonce: [nonce; 16],
        approval: None,
        case_no: case_no.into(),
        flow,
        expires_at,
        valid_until: expires_at,
    }
}

const SOON: Duration = Duration::minutes(5);

#[test]
fn an_assertion_is_used_once() {
    let mut guard = ReplayGuard::new(10);
    let case = STAR.verified("guoguan", &assertion(&f05()));
    assert_eq!(guard.check_and_record(CaseUse::of(&case), 20, NOW), Ok(()));
    assert_eq!(
        guard.check_and_record(CaseUse::of(&case), 20, NOW),
        Err(ReplayFault::Replayed)
    );
    // Another node may draw the same nonce.
    let other = CaseUse {
        node: "city".into(),
        ..CaseUse::of(&case)
    };
    assert_eq!(guard.check_and_record(other, 20, NOW), Ok(()));
    assert_eq!(guard.len(), 2);
}

/// A clock that runs ahead makes the guard forget, and goes back: what was used is not new again,
/// whether the hub went on or was started anew meanwhile, and a fresh assertion is as good as ever.
#[test]
fn a_clock_that_ran_ahead_makes_no_used_assertion_new() {
    let used = a_use("city", 1, "C-1", NOW + SOON);
    let ahead = NOW + Duration::hours(1);
    let mut went_on = ReplayGuard::new(10);
    let other = a_use("city", 2, "C-2", ahead + SOON);
    assert_eq!(went_on.check_and_record(used.clone(), 20, NOW), Ok(()));
    assert_eq!(went_on.check_and_record(other, 20, ahead), Ok(()));
    for read_at in [ahead, NOW + Duration::days(3)] {
        let mut anew = ReplayGuard::new(10);
        anew.restore([used.clone()], read_at).expect("has room");
        assert!(anew.is_empty(), "by that clock it has expired");
        for guard in [&mut anew, &mut went_on] {
            let again = guard.check_and_record(used.clone(), 20, NOW);
            assert_eq!(again, Err(ReplayFault::Forgotten));
        }
        let fresh = a_use("city", 3, "C-3", NOW + SOON + Duration::SECOND);
        assert_eq!(anew.check_and_record(fresh, 20, NOW), Ok(()));
        let of_another = a_use("guoguan", 1, "C-1", NOW + SOON);
        assert_eq!(anew.check_and_record(of_another, 20, NOW), Ok(()));
    }
}

#[test]
fn a_line_of_an_approval_is_used_once() {
    let (asked, first, second) = f27_of(&book(&[LEGAL_F27]));
    let late = policies::CaseAssertion {
        expires_at: second.expires_at + Duration::minutes(5),
        ..second.clone()
    };
    let case = |first: &policies::CaseAssertion, second: &policies::CaseAssertion| {
        let case = STAR.approved(STAR.verified("guoguan", first), second, &asked);
        CaseUse::of(&case.expect("approved"))
    };
    let mut guard = ReplayGuard::new(10);
    let used = case(&first, &late);
    let mark = used.approval.expect("takes of the approval");
    assert_ne!(mark, late.nonce, "one line of it, and not all of it");
    assert_eq!(
        used.expires_at, late.expires_at,
        "both are remembered as long"
    );
    assert_eq!(guard.check_and_record(used.clone(), 9, NOW), Ok(()));
    assert_eq!(guard.len(), 2);
    let fresh = |nonce| policies::CaseAssertion {
        nonce: [nonce; 16],
        ..first.clone()
    };
    let rows = [
        ("the same again", used),
        ("an old approval of a new assertion", case(&fresh(7), &late)),
        ("an old assertion with a new approval", {
            let another = policies::CaseAssertion {
                nonce: [8; 16],
                ..late.clone()
            };
            case(&first, &another)
        }),
    ];
    let after_the_first = first.expires_at;
    for now in [NOW, after_the_first] {
        for (what, again) in &rows {
            let answer = guard.check_and_record(again.clone(), 9, now);
            assert_eq!(answer, Err(ReplayFault::Replayed), "{what}");
        }
    }
    let mut small = ReplayGuard::new(1);
    let two = case(&first, &late);
    assert_eq!(small.check_and_record(two, 9, NOW), Err(ReplayFault::Full));
}

/// What never reached the log was never asked, so nothing of it is used up.
#[test]
fn a_use_that_came_to_nothing_is_given_back_whole() {
    let mut guard = ReplayGuard::new(4);
    let mut approved = a_use("city", 1, "a", NOW + SOON);
    approved.approval = Some([9; 16]);
    let before = a_use("city", 2, "a", NOW + SOON);
    assert_eq!(guard.check_and_record(before.clone(), 2, NOW), Ok(()));
    for _ in 0..3 {
        assert_eq!(guard.check_and_record(approved.clone(), 2, NOW), Ok(()));
        assert_eq!(guard.len(), 3);
        guard.give_back(&approved);
        assert_eq!(guard.len(), 1);
    }
    // The same officer's signature with another assertion of the node.
    let mut again = a_use("city", 3, "a", NOW + SOON);
    again.approval = approved.approval;
    assert_eq!(guard.check_and_record(again, 2, NOW), Ok(()));
    let replayed = guard.check_and_record(before, 9, NOW);
    assert_eq!(replayed, Err(ReplayFault::Replayed), "the other use stays");
    let third = a_use("city", 4, "a", NOW + SOON);
    let over = guard.check_and_record(third, 2, NOW);
    assert_eq!(over, Err(ReplayFault::OverUsed), "and so does its count");
    guard.give_back(&a_use("tielu", 1, "a", NOW + SOON));
    assert_eq!(guard.len(), 3, "what was never used gives nothing back");
}

#[test]
fn a_case_asks_so_often_and_no_oftener() {
    let mut guard = ReplayGuard::new(10);
    let mut ask = |nonce, case: &str, now| {
        guard.check_and_record(a_use("city", nonce, case, now + SOON), 2, now)
    };
    assert_eq!(ask(1, "a", NOW), Ok(()));
    assert_eq!(ask(2, "a", NOW), Ok(()));
    assert_eq!(ask(3, "a", NOW), Err(ReplayFault::OverUsed));
    assert_eq!(
        ask(3, "b", NOW),
        Ok(()),
        "a refused use leaves no trace, another case counts apart"
    );
    // The count outlives the assertions behind it.
    assert_eq!(ask(4, "a", NOW + SOON), Err(ReplayFault::OverUsed));
    assert_eq!(ask(5, "a", NOW + SOON + COUNT_KEPT), Ok(()));
}

#[test]
fn a_full_guard_refuses_until_something_expires() {
    let mut guard = ReplayGuard::new(2);
    let long = NOW + SOON;
    assert_eq!(
        guard.check_and_record(a_use("city", 1, "a", NOW + Duration::SECOND), 9, NOW),
        Ok(())
    );
    assert_eq!(
        guard.check_and_record(a_use("city", 2, "a", long), 9, NOW),
        Ok(())
    );
    let third = a_use("city", 3, "a", long);
    assert_eq!(
        guard.check_and_record(third.clone(), 9, NOW),
        Err(ReplayFault::Full)
    );
    assert_eq!(
        guard.check_and_record(third, 9, NOW + Duration::SECOND),
        Ok(())
    );
    assert_eq!(guard.len(), 2);
}

#[test]
fn the_number_of_cases_is_bounded_too() {
    let mut guard = ReplayGuard::new(2);
    let later = NOW + Duration::SECOND * 2;
    for (nonce, case) in [(1, "a"), (2, "b")] {
        let short = a_use("city", nonce, case, NOW + Duration::SECOND);
        assert_eq!(guard.check_and_record(short, 9, NOW), Ok(()));
    }
    // Both assertions are forgotten, both counts are not.
    let new_case = a_use("city", 3, "c", later + SOON);
    assert_eq!(
        guard.check_and_record(new_case, 9, later),
        Err(ReplayFault::Full)
    );
    assert_eq!(
        guard.check_and_record(a_use("city", 4, "a", later + SOON), 9, later),
        Ok(())
    );
}

#[test]
fn a_restart_forgets_nothing_that_still_counts() {
    let uses = [
        a_use("city", 1, "a", NOW + SOON),
        a_use("city", 1, "a", NOW + SOON),
        a_use("city", 2, "a", NOW - Duration::SECOND),
        a_use("city", 3, "old", NOW - COUNT_KEPT),
    ];
    let mut guard = ReplayGuard::new(3);
    assert_eq!(guard.restore(uses.clone(), NOW), Ok(()));
    assert_eq!(guard.len(), 1, "only what is in force can be replayed");
    let again = guard.check_and_record(uses[0].clone(), 9, NOW);
    assert_eq!(again, Err(ReplayFault::Replayed));
    let third = guard.check_and_record(a_use("city", 4, "a", NOW + SOON), 2, NOW);
    assert_eq!(third, Err(ReplayFault::OverUsed), "both earlier uses count");
    assert!(
        ReplayGuard::new(1)
            .restore([uses[0].clone(), a_use("city", 9, "b", NOW + SOON)], NOW)
            .is_err_and(|fault| fault == ReplayFault::Full)
    );
}

proptest! {
    #![proptest_config(super::star::cases(200))]

    /// Against a model that never forgets: within its life no assertion is used twice, no case too
    /// often, and the memory stays bounded.
    #[test]
    fn no_sequence_of_uses_defeats_it(
        steps in prop::collection::vec((0..12_u8, 0..3_u8, 1..400_i64, 0..200_i64), 1..80),
    ) {
        let mut guard = ReplayGuard::new(8);
        let mut now = NOW;
        let mut used: Vec<(u8, OffsetDateTime)> = Vec::new();
        let mut counts = [0_u32; 3];
        for (nonce, case, life, wait) in steps {
            now += Duration::seconds(wait);
            let expires_at = now + Duration::seconds(life);
            let case_use = a_use("city", nonce, &case.to_string(), expires_at);
            let answer = guard.check_and_record(case_use, 5, now);
            let alive = used.iter().filter(|(_, end)| *end > now).count();
            let replay = used.iter().any(|(seen, end)| *seen == nonce && *end > now);
            let count = &mut counts[usize::from(case)];
            let expected = if replay {
                Err(ReplayFault::Replayed)
            } else if *count >= 5 {
                Err(ReplayFault::OverUsed)
            } else if alive >= 8 {
                Err(ReplayFault::Full)
            } else {
                Ok(())
            };
            prop_assert_eq!(answer, expected);
            if expected.is_ok() {
                used.push((nonce, expires_at));
                *count += 1;
            }
            prop_assert!(guard.len() <= 8);
        }
    }
}
