//! Acts on a real broker over a real log: who may, what holds when, and what a restart gives back.

use policies::Role;
use wire::RefusalCode;

use super::*;
use crate::broker::tests::fixture::{self, Ask, NOW, Setup, Star};
use crate::ledger::restore;
use crate::nodes::breaker::State;

mod clocks;
mod limits;

fn staff(name: &str, role: Role) -> Staff {
    Staff {
        name: name.to_owned(),
        serial: "0b".to_owned(),
        roles: [role].into(),
    }
}

fn wanted(act: &str, target: &str) -> Wanted {
    let key = format!("{act}-{target}").replace(['/', '.'], "-");
    Wanted {
        act: act.to_owned(),
        target: target.to_owned(),
        until: None,
        value: None,
        reason: "演练 drill".to_owned(),
        key,
    }
}

async fn refused(star: &Star, who: Staff, wanted: Wanted) -> RefusalCode {
    let entries = star.journal().size();
    let code = star
        .broker
        .act(who.clone(), wanted)
        .await
        .expect_err("is refused");
    let mut last = star.entries(entries);
    // Changes of breakers come on record when they do, and a clock's when the next entry does.
    last.retain(|entry| !matches!(entry, Entry::Breaker(_) | Entry::ClockWentBack(_)));
    let [Entry::ActRefused(refused)] = last.as_slice() else {
        panic!("a refused act is one entry: {last:?}");
    };
    assert_eq!(
        (refused.code.as_str(), refused.staff.as_str()),
        (code.as_str(), &*who.name)
    );
    code
}

fn state(star: &Star) -> State {
    let states = star.broker.nodes.states();
    let tielu = states.iter().find(|state| state.id == "tielu");
    tielu.expect("is registered").breaker
}

const CLASS: &str = "class/tielu/04";

#[tokio::test]
async fn a_trip_holds_survives_a_restart_and_ends_by_a_reset() {
    let star = Star::new(Setup::default());
    let security = staff("wang", Role::Security);
    let done = star
        .broker
        .act(security.clone(), wanted("trip", CLASS))
        .await
        .expect("may");
    let receipt = done.receipt.expect("is new");
    assert_eq!(receipt.index, done.recorded.number);
    assert_eq!(state(&star), State::Open);
    let again = star
        .broker
        .act(security.clone(), wanted("trip", CLASS))
        .await
        .expect("is it");
    assert_eq!(again.recorded.number, receipt.index);
    assert!(again.receipt.is_none(), "done once");
    star.settle().await;
    let star = star.restarted(Setup::default());
    star.broker.restore_acts().await;
    assert_eq!(state(&star), State::Open);
    star.broker
        .act(security, wanted("reset", CLASS))
        .await
        .expect("may");
    assert_eq!(state(&star), State::Closed);
    star.settle().await;
    let star = star.restarted(Setup::default());
    star.broker.restore_acts().await;
    assert_eq!(state(&star), State::Closed);
    assert_eq!(star.broker.acts.now().await.numbers(), Vec::<u64>::new());
}

#[tokio::test]
async fn a_suspended_operator_is_refused_by_the_next_question_until_two_people_lift_it() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    let security = staff("wang", Role::Security);
    let target = "operator/guoguan/0231";
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    star.broker
        .act(staff("zhao", Role::Duty), wanted("suspend", target))
        .await
        .expect("may");
    let refusal = star
        .ask(&Ask::honest(&star))
        .await
        .expect_err("is suspended");
    assert_eq!(refusal.code, RefusalCode::SuspendedOperator.as_str());
    let Entry::Refusal(entry) = star.entry_of(refusal.receipt.as_ref()) else {
        panic!("the receipt is not for a refusal");
    };
    assert_eq!(entry.facts["suspended"], serde_json::json!(["operator"]));
    let lift = wanted("lift", target);
    assert_eq!(
        refused(&star, staff("zhao", Role::Duty), lift.clone()).await,
        RefusalCode::ActRole
    );
    let asked = star
        .broker
        .act(security.clone(), lift)
        .await
        .expect("may ask");
    assert_eq!(asked.recorded.entry.stage, "asked");
    star.ask(&Ask::honest(&star))
        .await
        .expect_err("it only waits");
    let confirm = Wanted {
        key: "confirm-1".to_owned(),
        ..wanted("confirm", &format!("act/{}", asked.recorded.number))
    };
    let own = refused(&star, security, confirm.clone()).await;
    assert_eq!(own, RefusalCode::ActSecond);
    let audit = refused(&star, staff("sun", Role::Audit), confirm.clone()).await;
    assert_eq!(audit, RefusalCode::ActRole);
    let system = staff("li", Role::System);
    for _ in 0..2 {
        let done = star
            .broker
            .act(system.clone(), confirm.clone())
            .await
            .expect("is another");
        assert_eq!(done.recorded.entry.of, Some(asked.recorded.number));
    }
    star.ask(&Ask::honest(&star)).await.expect("is lifted");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_on_record() {
    use RefusalCode as C;
    let star = Star::new(Setup::default());
    let security = || staff("wang", Role::Security);
    let with = |change: fn(&mut Wanted)| {
        let mut wanted = wanted("suspend", "node/city");
        change(&mut wanted);
        wanted
    };
    type Spoil = fn(&mut Wanted);
    let rows: [(Spoil, RefusalCode); 12] = [
        (|w| w.act = "explode".into(), C::ActMalformed),
        (|w| w.target = "planet/mars".into(), C::ActMalformed),
        (|w| w.target = "node/mars".into(), C::ActTarget),
        (|w| w.target = "flow/F77".into(), C::ActMalformed),
        (|w| w.reason = "  ".into(), C::ActMalformed),
        (
            |w| w.reason = "字".repeat(REASON_CHARS_MAX + 1),
            C::ActMalformed,
        ),
        (|w| w.reason = fixture::ID_NUMBER.into(), C::ActPersonal),
        (
            |w| w.target = format!("case/city/{}", fixture::ID_NUMBER),
            C::ActPersonal,
        ),
        (|w| w.key = "a b".into(), C::ActMalformed),
        (|w| w.until = Some("tomorrow".into()), C::ActMalformed),
        (
            |w| w.until = Some("2020-01-01T00:00:00Z".into()),
            C::ActMalformed,
        ),
        (|w| w.act = "trip".into(), C::ActTarget),
    ];
    for (change, code) in rows {
        let wanted = with(change);
        let said = format!("{wanted:?}");
        let heard = refused(&star, security(), wanted).await;
        assert!(
            heard == code || (code, heard) == (C::ActMalformed, C::ActTarget),
            "{said}: {heard}"
        );
    }
    for text in star.texts() {
        assert!(!text.contains(fixture::ID_NUMBER), "{text}");
    }
    assert_eq!(star.broker.acts.now().await.numbers(), Vec::<u64>::new());
}

#[tokio::test]
async fn without_a_log_nothing_holds() {
    let star = Star::new(Setup::default());
    star.journal().close().expect("closes");
    let done = star
        .broker
        .act(staff("li", Role::System), wanted("trip", CLASS))
        .await;
    assert_eq!(done.expect_err("is refused"), RefusalCode::AuditUnavailable);
    assert_eq!(state(&star), State::Closed);
    assert_eq!(star.broker.acts.now().await.numbers(), Vec::<u64>::new());
}

#[tokio::test]
async fn an_act_ends_when_its_time_is_over() {
    let star = Star::new(Setup::default());
    let until = NOW + time::Duration::minutes(10);
    let trip = Wanted {
        until: until.format(&Rfc3339).ok(),
        ..wanted("trip", CLASS)
    };
    star.broker
        .act(staff("li", Role::System), trip)
        .await
        .expect("may");
    star.clock.advance(time::Duration::minutes(9));
    let mut register = star.broker.acts.register.lock().await;
    star.broker.turn(&mut register, star.broker.clock.now());
    assert_eq!(state(&star), State::Open);
    star.clock.advance(time::Duration::minutes(1));
    star.broker.turn(&mut register, star.broker.clock.now());
    assert_eq!(
        state(&star),
        State::HalfOpen,
        "it is tried before it is trusted"
    );
}

/// A start reads back some days only: what was written down as a whole stands for all before it,
/// and where nothing was, it is known that more has to be read.
#[tokio::test]
async fn acts_from_long_ago_are_found_by_what_was_written_down() {
    let star = Star::new(Setup::default());
    let security = staff("wang", Role::Security);
    for target in ["node/city", "flow/F05"] {
        star.broker
            .act(security.clone(), wanted("suspend", target))
            .await
            .expect("may");
    }
    let lift = star
        .broker
        .act(security.clone(), wanted("lift", "flow/F05"));
    lift.await.expect("may ask");
    let (without, register) = (star.journal().size(), star.broker.acts.now().await);
    let standing = register.numbers();
    assert_eq!(standing.len(), 3);
    let snapshot = Entry::ActsStanding(ActsStanding { standing });
    star.broker.ledger.note(snapshot).await.expect("is written");
    let later = star.broker.act(security, wanted("suspend", "node/tielu"));
    later.await.expect("may");
    let whole = restore(star.journal(), 0).expect("reads");
    let recent = restore(star.journal(), without).expect("reads");
    assert!(whole.acts_are_whole && recent.acts_are_whole);
    assert_eq!(recent.acts.numbers(), whole.acts.numbers());
    assert_eq!(recent.acts.suspensions(NOW), whole.acts.suspensions(NOW));
    assert!(recent.acts.suspensions(NOW).has_node("city"));
    let nothing = restore(star.journal(), without + 1).expect("reads");
    assert!(!nothing.acts_are_whole, "more has to be read");
}

/// The log may lose its oldest entries; what stands by them is on record again before.
#[tokio::test]
async fn an_act_that_stands_for_long_goes_on_record_again() {
    assert!(RENEWED_AFTER.whole_days().unsigned_abs() * 2 < wire::keeping::HOT_DAYS_MIN);
    let star = Star::new(Setup::default());
    let security = staff("wang", Role::Security);
    for (act, target) in [("suspend", "node/city"), ("trip", CLASS)] {
        let act = star.broker.act(security.clone(), wanted(act, target));
        act.await.expect("may");
    }
    let before = star.broker.acts.now().await;
    star.clock.advance(RENEWED_AFTER - time::Duration::SECOND);
    star.broker.renew_acts().await;
    assert_eq!(star.broker.acts.now().await, before, "it is not time yet");
    let first = before.numbers();
    for _ in 0..2 {
        let entries = star.journal().size();
        star.clock.advance(RENEWED_AFTER);
        star.broker.renew_acts().await;
        star.broker.renew_acts().await;
        let again = star.entries(entries);
        // The breaker's own change may come on record only now.
        let of = again.iter().filter_map(|entry| match entry {
            Entry::OperatorAct(act) => Some((act.stage.as_str(), act.of)),
            Entry::Breaker(_) => None,
            other => panic!("{other:?}"),
        });
        let expected = first.iter().map(|number| ("renewed", Some(*number)));
        assert!(of.eq(expected), "{again:?}");
        let now = star.broker.acts.now().await;
        assert_eq!(now.numbers().len(), 2);
        assert!(now.numbers().iter().all(|number| *number >= entries));
        assert_eq!(now.suspensions(NOW), before.suspensions(NOW));
        let restored = restore(star.journal(), entries).expect("reads");
        assert_eq!(restored.acts.numbers(), now.numbers());
        assert_eq!(state(&star), State::Open);
    }
}
