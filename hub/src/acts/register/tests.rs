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
            let checked = register.check(*act, &target(CLASS));
            assert_eq!(checked, *expected, "{act:?} over {stands:?}");
        }
    }
    let register = Register::default();
    let node = register.check(Act::Trip, &target("node/guoguan"));
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
    assert!(register.suspensions().has_node("city"), "it only waits");
    let again = register.check_asking(Act::Lift, &target("node/city"));
    assert_eq!(again, Err(RefusalCode::ActStands));
    assert_eq!(register.check(Act::Lift, &target("node/city")), Ok(()));
    assert_eq!(register.asked(1), Err(RefusalCode::ActNothing));
    let confirmed = OperatorAct {
        of: Some(2),
        staff: "zhang".to_owned(),
        ..entry("lift", "node/city", "confirmed")
    };
    register.enter(recorded(3, confirmed));
    assert!(!register.suspensions().has_node("city"));
    assert_eq!(register.numbers(), Vec::<u64>::new());
    let zhang = register.confirmed("zhang", "lift-node-city-confirmed", 2);
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
    assert_eq!(register.sweep(NOW + Duration::minutes(59)), []);
    assert_eq!(register.numbers(), [1, 2, 3]);
    let over = register.sweep(NOW + Duration::HOUR);
    assert_eq!(over.iter().map(|act| act.number).collect::<Vec<_>>(), [1]);
    assert_eq!(register.sweep(NOW + KEPT), []);
    assert_eq!(
        register.numbers(),
        [2],
        "a suspension has no end of its own"
    );
}

#[test]
fn the_same_key_is_the_same_request_or_none() {
    let mut register = Register::default();
    let trip = entry("trip", CLASS, "done");
    register.enter(recorded(1, trip.clone()));
    let repeated = register.repeated(&trip).expect("is the same");
    assert_eq!(repeated.map(|act| act.number), Some(1));
    let other = OperatorAct {
        reason: "another".to_owned(),
        ..trip.clone()
    };
    assert_eq!(register.repeated(&other), Err(RefusalCode::ActKey));
    let somebody = OperatorAct {
        staff: "zhang".to_owned(),
        ..other
    };
    assert_eq!(register.repeated(&somebody), Ok(None));
    register.sweep(NOW + KEPT);
    assert_eq!(register.repeated(&trip), Ok(None), "a day later it is new");
}

#[test]
fn memory_is_bounded() {
    let mut register = Register::default();
    for number in 0..STANDING_MAX as u64 {
        let target = format!("case/city/CT-{number}");
        register.enter(recorded(number, entry("suspend", &target, "done")));
    }
    let more = register.check(Act::Suspend, &target("node/city"));
    assert_eq!(more, Err(RefusalCode::ActMany));
    let mut register = Register::default();
    for number in 0..WAITING_MAX as u64 {
        let target = format!("case/city/CT-{number}");
        register.enter(recorded(number, entry("lift", &target, "asked")));
    }
    let more = register.check_asking(Act::HoldClosed, &target(CLASS));
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
    assert_eq!(restored.suspensions(), register.suspensions());
}
