//! What may stand over what, what ends it, and that the log alone gives it back.

use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-26 10:00 +8);

fn target(text: &str) -> Target {
    text.parse().expect("is a target")
}

fn entry(act: &str, target: &str, stage: &str) -> OperatorAct {
    OperatorAct {
        act: act.to_owned(),
        target: target.to_owned(),
        stage: stage.to_owned(),
        reason: "drill".to_owned(),
        staff: "li".to_owned(),
        key: format!("{act}-{target}-{stage}").replace('/', "-"),
        ..OperatorAct::default()
    }
}

fn recorded(number: u64, entry: OperatorAct) -> Recorded {
    Recorded::read(number, NOW, entry).expect("is read")
}

const CLASS: &str = "class/guoguan/04";

/// What stands, and what each act then comes to.
type Stands<'a> = (&'a str, &'a [(Act, Result<(), RefusalCode>)]);

#[test]
fn one_act_stands_over_a_breaker_and_its_own_ends_it() {
    use RefusalCode as C;
    let rows: [Stands<'_>; 4] = [
        (
            "",
            &[
                (Act::Trip, Ok(())),
                (Act::Reset, Ok(())),
                (Act::HoldOpen, Ok(())),
                (Act::Release, Err(C::ActNothing)),
                (Act::Suspend, Ok(())),
                (Act::Lift, Err(C::ActNothing)),
            ],
        ),
        (
            "trip",
            &[
                (Act::Trip, Err(C::ActStands)),
                (Act::Reset, Ok(())),
                (Act::HoldOpen, Err(C::ActStands)),
                (Act::Release, Err(C::ActNothing)),
                (Act::Suspend, Ok(())),
                (Act::Lift, Err(C::ActNothing)),
            ],
        ),
        (
            "hold-open",
            &[
                (Act::Trip, Err(C::ActStands)),
                (Act::Reset, Err(C::ActHeld)),
                (Act::HoldClosed, Err(C::ActStands)),
                (Act::Release, Ok(())),
            ],
        ),
        (
            "suspend",
            &[
                (Act::Trip, Ok(())),
                (Act::Suspend, Err(C::ActStands)),
                (Act::Lift, Ok(())),
                (Act::Release, Err(C::ActNothing)),
            ],
        ),
    ];
    for (stands, may) in rows {
        let mut register = Register::default();
        if !stands.is_empty() {
            register.enter(recorded(1, entry(stands, CLASS, "done")));
        }
        for (act, expected) in may {
            let checked = register.check(*act, &target(CLASS), NOW);
            assert_eq!(checked, *expected, "{act:?} over {stands:?}");
        }
    }
    let register = Register::default();
    let node = register.check(Act::Trip, &target("node/guoguan"), NOW);
    assert_eq!(node, Err(C::ActTarget), "breakers are of classes");
}

#[test]
fn an_act_that_waits_holds_nothing_until_another_confirms_it() {
    let mut register = Register::default();
    register.enter(recorded(1, entry("suspend", "node/city", "done")));
    assert_eq!(
        register.enter(recorded(2, entry("lift", "node/city", "asked"))),
        None
    );
    assert!(register.suspensions(NOW).has_node("city"), "it only waits");
    let again = register.check_asking(Act::Lift, &target("node/city"), NOW);
    assert_eq!(again, Err(RefusalCode::ActStands));
    assert_eq!(register.check(Act::Lift, &target("node/city"), NOW), Ok(()));
    assert_eq!(register.asked(1, NOW), Err(RefusalCode::ActNothing));
    let confirmed = OperatorAct {
        of: Some(2),
        staff: "zhang".to_owned(),
        ..entry("lift", "node/city", "confirmed")
    };
    register.enter(recorded(3, confirmed));
    assert!(!register.suspensions(NOW).has_node("city"));
    assert_eq!(register.numbers(), Vec::<u64>::new());
    let zhang = register.confirmed(("zhang", "lift-node-city-confirmed"), 2, NOW);
    assert_eq!(zhang.map(|act| act.number), Some(3));
}

#[test]
fn time_ends_what_has_an_end_and_what_nobody_confirms() {
    let mut register = Register::default();
    let until = OperatorAct {
        until: "2026-11-26T11:00:00+08:00".to_owned(),
        ..entry("trip", CLASS, "done")
    };
    register.enter(recorded(1, until));
    register.enter(recorded(2, entry("suspend", "flow/F05", "done")));
    register.enter(recorded(3, entry("lift", "flow/F05", "asked")));
    let turned = |register: &mut Register, now| {
        let numbers = |acts: &[Recorded]| acts.iter().map(|act| act.number).collect::<Vec<_>>();
        let Turned { over, again } = register.turn(now, RUN);
        (numbers(&over), numbers(&again))
    };
    let holds = |register: &Register, now| {
        let both = register.standing(now).chain(register.waiting(now));
        both.map(|act| act.number).collect::<Vec<_>>()
    };
    let (before, after) = (NOW + Duration::minutes(59), NOW + Duration::HOUR);
    assert_eq!(turned(&mut register, before), (vec![], vec![]));
    assert_eq!(holds(&register, before), [1, 2, 3]);
    assert_eq!(turned(&mut register, after), (vec![1], vec![]));
    assert_eq!(turned(&mut register, after), (vec![], vec![]), "told once");
    assert_eq!(turned(&mut register, NOW + KEPT), (vec![], vec![]));
    assert_eq!(
        holds(&register, NOW + KEPT),
        [2],
        "a suspension has no end of its own"
    );
    // The clock was wrong.
    assert_eq!(turned(&mut register, before), (vec![], vec![1]));
    assert_eq!(holds(&register, before), [1, 2, 3]);
    assert_eq!(turned(&mut register, after), (vec![1], vec![]));
}

const RUN: std::time::Duration = std::time::Duration::from_secs(60);

#[test]
fn what_is_over_is_forgotten_after_days_that_the_hub_has_run_and_none_by_a_clock() {
    let mut register = Register::default();
    let ends = |target: &str| OperatorAct {
        until: "2026-11-26T11:00:00+08:00".to_owned(),
        ..entry("suspend", target, "done")
    };
    register.enter(recorded(1, ends("node/city")));
    register.enter(recorded(2, entry("lift", "node/city", "asked")));
    let far = NOW + Duration::days(4_000);
    register.turn(far, RUN);
    register.turn(far, RUN + ENDED_KEPT - RUN / 2);
    assert_eq!(register.numbers(), [1, 2]);
    assert!(register.suspensions(NOW).has_node("city"));
    assert!(!register.suspensions(far).has_node("city"));
    register.turn(far, RUN + ENDED_KEPT);
    assert_eq!(register.numbers(), Vec::<u64>::new());
    // Nor are they ever too many.
    let most = ENDED_MAX as u64;
    for number in 0..most + 3 {
        register.enter(recorded(number, ends(&format!("case/city/CT-{number}"))));
        register.turn(
            NOW + Duration::DAY,
            RUN + RUN * u32::try_from(number).expect("is small"),
        );
    }
    assert!(register.numbers().into_iter().eq(3..most + 3));
}

/// A start that reads the same entries comes to the same, whatever the clock said meanwhile.
#[test]
fn an_act_gives_way_to_a_later_one_though_its_time_is_over() {
    let mut register = Register::default();
    let until = OperatorAct {
        until: "2026-11-26T11:00:00+08:00".to_owned(),
        ..entry("hold-open", CLASS, "done")
    };
    register.enter(recorded(1, until));
    let later = NOW + Duration::DAY;
    register.turn(later, RUN);
    assert_eq!(register.check(Act::Trip, &target(CLASS), later), Ok(()));
    register.enter(recorded(2, entry("trip", CLASS, "done")));
    assert_eq!(register.turn(NOW, RUN), Turned::default());
    assert_eq!(register.numbers(), [2]);
}

#[test]
fn the_same_key_is_the_same_request_or_none() {
    let mut register = Register::default();
    let trip = entry("trip", CLASS, "done");
    register.enter(recorded(1, trip.clone()));
    let repeated = register.repeated(&trip, NOW).expect("is the same");
    assert_eq!(repeated.map(|act| act.number), Some(1));
    let other = OperatorAct {
        reason: "another".to_owned(),
        ..trip.clone()
    };
    assert_eq!(register.repeated(&other, NOW), Err(RefusalCode::ActKey));
    let somebody = OperatorAct {
        staff: "zhang".to_owned(),
        ..other
    };
    assert_eq!(register.repeated(&somebody, NOW), Ok(None));
    let later = register.repeated(&trip, NOW + KEPT);
    assert_eq!(later, Ok(None), "a day later it is new");
}

#[test]
fn memory_is_bounded() {
    let mut register = Register::default();
    for number in 0..STANDING_MAX as u64 {
        let target = format!("case/city/CT-{number}");
        register.enter(recorded(number, entry("suspend", &target, "done")));
    }
    let more = register.check(Act::Suspend, &target("node/city"), NOW);
    assert_eq!(more, Err(RefusalCode::ActMany));
    let mut register = Register::default();
    for number in 0..WAITING_MAX as u64 {
        let target = format!("case/city/CT-{number}");
        register.enter(recorded(number, entry("lift", &target, "asked")));
    }
    let more = register.check_asking(Act::HoldClosed, &target(CLASS), NOW);
    assert_eq!(more, Err(RefusalCode::ActMany));
}

#[test]
fn a_snapshot_stands_for_all_before_it() {
    let mut register = Register::default();
    let acts = [
        recorded(1, entry("suspend", "node/city", "done")),
        recorded(2, entry("lift", "node/city", "asked")),
    ];
    for act in acts.clone() {
        register.enter(act);
    }
    let mut restored = Register::default();
    restored.enter(recorded(0, entry("suspend", "node/tielu", "done")));
    restored.replace(acts);
    assert_eq!(restored.numbers(), register.numbers());
    assert_eq!(restored.suspensions(NOW), register.suspensions(NOW));
}
