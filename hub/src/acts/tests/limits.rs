//! Limits set for a while: who may, what holds, what a restart and a review leave of it.

use wire::{LimitName, Limits};

use super::*;
use crate::acts::act::Act;

pub(super) const CITY: &str = "limit/node.burst/city";

/// The default values, which the fixture sets far aside.
pub(super) fn setup() -> Setup {
    Setup {
        limits: Limits::default(),
        ..Setup::default()
    }
}

pub(super) fn set(target: &str, value: u32, hours: i64) -> Wanted {
    let until = NOW + time::Duration::hours(hours);
    Wanted {
        act: "limit".to_owned(),
        value: Some(value),
        until: until.format(&Rfc3339).ok(),
        key: format!("{value}-{hours}"),
        ..wanted("limit", target)
    }
}

pub(super) fn of_city(star: &Star) -> u32 {
    star.broker
        .throttle
        .in_force()
        .of(LimitName::NodeBurst, "city")
}

pub(super) async fn done(star: &Star, role: Role, wanted: Wanted) -> Recorded {
    let who = staff(&format!("{role}-1"), role);
    let said = format!("{wanted:?}");
    let done = star.broker.act(who, wanted).await;
    done.unwrap_or_else(|code| panic!("{said}: {code}"))
        .recorded
}

#[tokio::test]
async fn a_lowered_limit_is_on_record_survives_a_restart_and_ends_by_an_act() {
    let star = Star::new(setup());
    assert_eq!(of_city(&star), 400);
    let act = done(&star, Role::Duty, set(CITY, 5, 2)).await;
    assert_eq!(
        (act.act, act.entry.stage.as_str()),
        (Act::LowerLimit, "done")
    );
    assert_eq!((act.entry.value, act.entry.reviewed), (Some(5), Some(400)));
    assert_eq!(act.entry.node, "city");
    assert_eq!(of_city(&star), 5);
    let again = done(&star, Role::Duty, set(CITY, 5, 2)).await;
    assert_eq!(again.number, act.number, "done once");
    let star = star.restarted(setup());
    star.broker.restore_acts().await;
    assert_eq!(of_city(&star), 5, "from the log alone");
    let lift = wanted("lift-limit", CITY);
    let duty = refused(&star, staff("duty-1", Role::Duty), lift.clone()).await;
    assert_eq!(duty, RefusalCode::ActRole);
    done(&star, Role::System, lift).await;
    assert_eq!(of_city(&star), 400);
    let again = refused(
        &star,
        staff("wang", Role::Security),
        wanted("lift-limit", CITY),
    )
    .await;
    assert_eq!(again, RefusalCode::ActNothing);
}

#[tokio::test]
async fn a_limit_is_raised_by_two_people_and_at_most_twofold() {
    let star = Star::new(setup());
    let system = staff("li", Role::System);
    for role in [Role::Duty, Role::Security] {
        let code = refused(&star, staff("zhao", role), set(CITY, 500, 2)).await;
        assert_eq!(code, RefusalCode::ActRole, "{role}");
    }
    let too_much = refused(&star, system.clone(), set(CITY, 801, 2)).await;
    assert_eq!(too_much, RefusalCode::ActLimit);
    let asked = done(&star, Role::System, set(CITY, 800, 2)).await;
    assert_eq!(
        (asked.act, asked.entry.stage.as_str()),
        (Act::RaiseLimit, "asked")
    );
    assert_eq!(of_city(&star), 400, "it only waits");
    let confirm = wanted("confirm", &format!("act/{}", asked.number));
    let own = refused(&star, staff("system-1", Role::System), confirm.clone()).await;
    assert_eq!(own, RefusalCode::ActSecond);
    let confirmed = done(&star, Role::Security, confirm).await;
    assert_eq!(
        (confirmed.entry.value, confirmed.entry.of),
        (Some(800), Some(asked.number))
    );
    assert_eq!(of_city(&star), 800);
    // Higher again needs the first to end; lower does not.
    let higher = refused(&star, system, set(CITY, 700, 1)).await;
    assert_eq!(higher, RefusalCode::ActStands);
    done(&star, Role::Duty, set(CITY, 300, 1)).await;
    assert_eq!(of_city(&star), 300);
    let standing = star.broker.acts.now().await.numbers();
    assert_eq!(standing.len(), 1, "one stands over a limit");
}

/// Whoever is on duty may lower what was lowered, and takes nothing back by it.
#[tokio::test]
async fn one_lowered_limit_gives_way_only_to_a_lower_one_that_lasts_as_long() {
    let star = Star::new(setup());
    done(&star, Role::Security, set(CITY, 50, 4)).await;
    let duty = || staff("duty-1", Role::Duty);
    let shorter = refused(&star, duty(), set(CITY, 5, 1)).await;
    assert_eq!(shorter, RefusalCode::ActStands);
    // Above what is in force, though below what is reviewed.
    let higher = refused(&star, duty(), set(CITY, 60, 4)).await;
    assert_eq!(higher, RefusalCode::ActRole);
    done(&star, Role::Duty, set(CITY, 5, 5)).await;
    assert_eq!(of_city(&star), 5);
}

#[tokio::test]
async fn a_limit_ends_when_its_time_is_over() {
    let star = Star::new(setup());
    done(&star, Role::Duty, set(CITY, 5, 2)).await;
    let ended = |star: &Star| {
        let broker = Arc::clone(&star.broker);
        async move {
            let mut register = broker.acts.register.lock().await;
            broker.turn(&mut register, broker.clock.now());
        }
    };
    star.clock.advance(time::Duration::minutes(119));
    ended(&star).await;
    assert_eq!(of_city(&star), 5);
    star.clock.advance(time::Duration::minutes(1));
    ended(&star).await;
    assert_eq!(of_city(&star), 400);
    assert!(
        star.broker
            .acts
            .now()
            .await
            .limits(star.broker.clock.now())
            .is_empty()
    );
}

/// What is reviewed meanwhile is exchanged under what stands; a restart comes to the same.
#[tokio::test]
async fn a_review_leaves_what_lowers_and_takes_what_raises_beyond_its_cap() {
    let star = Star::new(setup());
    done(&star, Role::Duty, set(CITY, 50, 2)).await;
    let tielu = "limit/node.burst/tielu";
    let asked = done(&star, Role::System, set(tielu, 700, 2)).await;
    let confirm = wanted("confirm", &format!("act/{}", asked.number));
    done(&star, Role::Security, confirm).await;
    let in_force = |star: &Star, value: u32| {
        let limits = Limits::default().with(LimitName::NodeBurst, value);
        star.broker.use_limits(limits);
        let limits = star.broker.throttle.in_force();
        ["city", "tielu", "guoguan"].map(|node| limits.of(LimitName::NodeBurst, node))
    };
    assert_eq!(in_force(&star, 600), [50, 700, 600]);
    assert_eq!(
        in_force(&star, 1_000),
        [50, 1_000, 1_000],
        "none is lowered by a raise"
    );
    assert_eq!(
        in_force(&star, 300),
        [50, 300, 300],
        "700 is more than twice 300"
    );
    assert_eq!(
        in_force(&star, 40),
        [40, 40, 40],
        "nor raised by what lowers"
    );
    let star = star.restarted(Setup {
        limits: Limits::default().with(LimitName::NodeBurst, 360),
        ..Setup::default()
    });
    star.broker.restore_acts().await;
    let limits = star.broker.throttle.in_force();
    assert_eq!(limits.of(LimitName::NodeBurst, "city"), 50);
    assert_eq!(limits.of(LimitName::NodeBurst, "tielu"), 700);
}

#[tokio::test]
async fn what_makes_no_sense_as_a_limit_is_refused_and_on_record() {
    use RefusalCode as C;
    let star = Star::new(setup());
    let no_end = Wanted {
        until: None,
        ..set(CITY, 5, 2)
    };
    let no_value = Wanted {
        value: None,
        ..set(CITY, 5, 2)
    };
    let named = |act: &str| Wanted {
        act: act.to_owned(),
        ..set(CITY, 5, 2)
    };
    let rows = [
        (no_end, C::ActLimit),
        (set(CITY, 5, 25), C::ActLimit),
        (set(CITY, 0, 2), C::ActLimit),
        (no_value, C::ActMalformed),
        // Which of the two it is the hub finds.
        (named("lower-limit"), C::ActMalformed),
        (named("suspend"), C::ActMalformed),
        (set("limit/node.burst/mars", 5, 2), C::ActTarget),
        (set("limit/flow.burst/F99", 5, 2), C::ActTarget),
        (set("node/city", 5, 2), C::ActTarget),
        (set("limit/node.often/city", 5, 2), C::ActMalformed),
        (wanted("suspend", CITY), C::ActTarget),
        (wanted("lift", CITY), C::ActTarget),
    ];
    let security = staff("wang", Role::Security);
    for (wanted, code) in rows {
        let said = format!("{wanted:?}");
        assert_eq!(
            refused(&star, security.clone(), wanted).await,
            code,
            "{said}"
        );
    }
    for n in 0..wire::quota::TEMPORARY_MAX {
        let target = format!("limit/operator.burst/city/{n}");
        let one = Wanted {
            key: n.to_string(),
            ..set(&target, 1, 2)
        };
        done(&star, Role::Security, one).await;
    }
    let more = refused(&star, security, set(CITY, 5, 2)).await;
    assert_eq!(more, C::ActMany);
}

/// What was asked for as a raise never becomes a lowering by a review that comes between.
#[tokio::test]
async fn a_raise_that_a_review_has_overtaken_is_not_confirmed() {
    let star = Star::new(setup());
    let asked = done(&star, Role::System, set(CITY, 700, 2)).await;
    let review = |value| {
        let limits = Limits::default().with(LimitName::NodeBurst, value);
        star.broker.use_limits(limits);
    };
    review(1_000);
    let confirm = wanted("confirm", &format!("act/{}", asked.number));
    let who = || staff("wang", Role::Security);
    let overtaken = refused(&star, who(), confirm.clone()).await;
    assert_eq!(overtaken, RefusalCode::ActLimit);
    assert_eq!(of_city(&star), 1_000);
    // It still waits, and is a raise again by another review.
    review(600);
    star.broker.act(who(), confirm.clone()).await.expect("may");
    assert_eq!(of_city(&star), 700);
    review(1_000);
    let again = star.broker.act(who(), confirm).await;
    again.expect("was done before");
}

/// One person lowers, whatever is reviewed in the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_review_in_the_middle_of_an_act_makes_no_raise_of_one_person() {
    let star = Star::new(setup());
    let broker = Arc::clone(&star.broker);
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let reviewing = std::thread::spawn(move || {
        let mut values = [400, 40].into_iter().cycle();
        while !is_over.load(std::sync::atomic::Ordering::SeqCst) {
            let value = values.next().expect("goes round");
            broker.use_limits(Limits::default().with(LimitName::NodeBurst, value));
        }
    });
    let (mut lowered, mut asked) = (0, 0);
    for n in 0..300 {
        let one = Wanted {
            key: n.to_string(),
            ..set(CITY, 60, 2)
        };
        let done = star.broker.act(staff("li", Role::System), one).await;
        let Ok(done) = done else { continue };
        let entry = &done.recorded.entry;
        if done.recorded.act == Act::LowerLimit {
            lowered += 1;
            assert!(entry.value <= entry.reviewed, "{entry:?}");
            let lift = Wanted {
                key: format!("lift-{n}"),
                ..wanted("lift-limit", CITY)
            };
            let lifted = star.broker.act(staff("li", Role::System), lift).await;
            lifted.expect("stands");
        } else {
            asked += 1;
        }
    }
    over.store(true, std::sync::atomic::Ordering::SeqCst);
    reviewing.join().expect("ends");
    assert!(lowered > 0, "{lowered} lowered, {asked} asked for");
}

/// An entry of which the value lies above the review raises nothing either.
#[tokio::test]
async fn a_lowering_on_record_never_raises() {
    let star = Star::new(setup());
    let act = done(&star, Role::Duty, set(CITY, 50, 2)).await;
    let entry = crate::ledger::entry::OperatorAct {
        value: Some(700),
        ..act.entry
    };
    let read = Recorded::read(act.number, act.at, entry).expect("is read");
    let temporary = read.temporary().expect("is a limit");
    assert!(!temporary.raises);
    let reviewed = star.broker.throttle.reviewed();
    let overlaid = reviewed.overlaid(&[temporary], NOW);
    assert_eq!(overlaid.of(LimitName::NodeBurst, "city"), 400);
}
