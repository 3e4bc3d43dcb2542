//! The limits as a question meets them: in which order, what a refusal uses up, and how limits are
//! exchanged while questions are under way.

use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);

/// Few at the doors, so that a test meets them.
pub(super) fn limits() -> Limits {
    Limits::default()
        .with(LimitName::NodePerSecond, 1)
        .with(LimitName::NodeBurst, 3)
        .with(LimitName::OperatorPerMinute, 1)
        .with(LimitName::OperatorBurst, 2)
        .with(LimitName::InFlightMax, 2)
        .with(LimitName::QueueMax, 1)
}

pub(super) fn throttle_of(limits: Limits) -> Throttle {
    Throttle::new(limits)
}

fn waits(throttle: &Throttle) -> Waits<'static> {
    Waits {
        urgency: Urgency::Counter,
        flow: "F05",
        deadline: throttle.now_at() + Duration::from_secs(5),
    }
}

async fn slot(throttle: &Throttle, node: &str) -> Result<Slot, Refusal> {
    throttle.place(throttle.admit(node)?, waits(throttle)).await
}

fn who<'a>(node: &'a str, operator: &'a str, case_no: &'a str) -> Proven<'a> {
    Proven {
        node,
        operator,
        flow: "F05",
        case_no,
    }
}

#[tokio::test(start_paused = true)]
async fn one_nodes_quota_is_not_anothers_and_it_is_told_when_to_come_back() {
    let throttle = throttle_of(limits());
    for _ in 0..3 {
        slot(&throttle, "city").await.expect("within the burst");
    }
    let refused = slot(&throttle, "city").await.expect_err("is refused");
    let told = Refusal::until(RefusalCode::LimitCaller, Duration::from_secs(1));
    assert_eq!(refused, told);
    assert!(slot(&throttle, "guoguan").await.is_ok());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(slot(&throttle, "city").await.is_ok(), "as it was told");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_limited_waited_for_and_given_back() {
    let throttle = throttle_of(limits().with(LimitName::NodeBurst, 100));
    let first = slot(&throttle, "city").await.expect("has room");
    let _second = slot(&throttle, "guoguan").await.expect("has room");
    assert_eq!(throttle.in_flight(), 2);
    let waiting = slot(&throttle, "tielu");
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert_eq!(throttle.waiting(), 1);
    let full = slot(&throttle, "zhongzhi").await.expect_err("is full");
    assert_eq!(full.code, RefusalCode::LimitHub);
    assert!(full.retry_after >= Some(Duration::from_millis(100)));
    drop(first);
    waiting.await.expect("had its turn");
    assert_eq!(throttle.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_may_be_waited() {
    let throttle = throttle_of(limits().with(LimitName::InFlightMax, 1));
    let _held = slot(&throttle, "city").await.expect("has room");
    let begun = throttle.now_at();
    let late = slot(&throttle, "tielu").await.expect_err("waited in vain");
    assert_eq!(late.code, RefusalCode::LimitWait);
    assert_eq!(begun.elapsed(), Duration::from_millis(500));
    // Its quota is as it was: three at once are left, and no fourth.
    let throttle = &throttle;
    let charges: Vec<_> = (0..4).map(|_| throttle.admit("tielu").is_ok()).collect();
    assert_eq!(charges, [true, true, true, false]);
}

/// A question with little time left does not wait for a place until none is left: what the recent
/// ones of its flow took is kept for the work.
#[tokio::test(start_paused = true)]
async fn the_wait_leaves_time_for_the_work() {
    let throttle = throttle_of(limits().with(LimitName::InFlightMax, 1));
    let held = slot(&throttle, "city").await.expect("has room");
    tokio::time::advance(Duration::from_millis(150)).await;
    held.answered();
    let hurried = Waits {
        deadline: throttle.now_at() + Duration::from_millis(400),
        ..waits(&throttle)
    };
    let begun = throttle.now_at();
    let admitted = throttle.admit("tielu").expect("is within its quota");
    let late = throttle.place(admitted, hurried).await;
    assert_eq!(late.expect_err("is late").code, RefusalCode::LimitWait);
    assert_eq!(begun.elapsed(), Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn what_a_later_limit_refuses_uses_up_no_quota() {
    let throttle = throttle_of(limits().with(LimitName::NodeBurst, 3));
    let slot_of = || async { slot(&throttle, "city").await };
    for _ in 0..2 {
        let slot = slot_of().await.expect("has room");
        let asked = throttle.admit_proven(&slot, who("city", "0231", "K1"));
        asked.expect("within the burst");
    }
    // The operator asks on and on: the center's third question stays for a colleague.
    for _ in 0..5 {
        let slot = slot_of().await.expect("the center has one left");
        let refused = throttle.admit_proven(&slot, who("city", "0231", "K1"));
        let refused = refused.expect_err("the operator asks too often");
        assert_eq!(refused.code, RefusalCode::LimitOperator);
        assert_eq!(refused.retry_after, Some(Duration::from_mins(1)));
    }
    let slot = slot_of().await.expect("the center has one left");
    let asked = throttle.admit_proven(&slot, who("city", "0500", "K1"));
    asked.expect("a colleague is another person");
    drop(slot);
    // Of which the center's own is used up now.
    let refused = slot_of().await.expect_err("is used up");
    assert_eq!(refused.code, RefusalCode::LimitCaller);
}

/// Checks of signatures are work: who makes the hub do it in vain comes to an end too.
#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_though_quotas_are_given_back() {
    let throttle = throttle_of(limits().with(LimitName::OperatorBurst, 1));
    let (mut checked, mut refused) = (0, 0);
    for _ in 0..100 {
        match slot(&throttle, "city").await {
            Ok(slot) => {
                checked += 1;
                let _ = throttle.admit_proven(&slot, who("city", "0231", "K1"));
            }
            Err(because) => {
                assert_eq!(because.code, RefusalCode::LimitCaller);
                refused += 1;
            }
        }
    }
    assert_eq!((checked, refused), (12, 88), "four times the burst");
    assert!(slot(&throttle, "tielu").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_exception_counts_for_the_one_it_names() {
    let limits = limits()
        .with(LimitName::InFlightMax, 100)
        .with_only(LimitName::NodeBurst, "tielu", 1)
        .with_only(LimitName::OperatorBurst, "city/0231", 1);
    let throttle = throttle_of(limits);
    let _one = slot(&throttle, "tielu").await.expect("is the one");
    assert!(slot(&throttle, "tielu").await.is_err());
    let slot = slot(&throttle, "city").await.expect("has room");
    let ask = |operator| throttle.admit_proven(&slot, who("city", operator, "K1"));
    assert!(ask("0231").is_ok() && ask("0231").is_err());
    assert!(ask("0500").is_ok() && ask("0500").is_ok());
}

#[tokio::test(start_paused = true)]
async fn exchanged_limits_hold_at_once_and_forgive_nothing() {
    let throttle = throttle_of(limits());
    let mut held = vec![slot(&throttle, "city").await.expect("has room")];
    held.push(slot(&throttle, "city").await.expect("has room"));
    let narrow = limits().with(LimitName::InFlightMax, 1);
    throttle.replace(narrow.clone(), NOW, drop);
    held.pop();
    let waiting = throttle.place(throttle.admit("tielu").expect("in"), waits(&throttle));
    tokio::pin!(waiting);
    assert!(
        futures_util::poll!(&mut waiting).is_pending(),
        "one place only"
    );
    throttle.replace(limits(), NOW, drop);
    waiting.await.expect("a place more");
    // Two of three were used up before, and still are.
    throttle.admit("city").expect("the third");
    assert!(throttle.admit("city").is_err());
}

/// So many of an operator's questions in a row pass.
async fn pass(throttle: &Throttle, most: usize) -> usize {
    let slot = slot(throttle, "city").await.expect("the center has room");
    let ask = |_: &usize| {
        let asked = throttle.admit_proven(&slot, who("city", "0231", "K1"));
        asked.is_ok()
    };
    (0..most).take_while(ask).count()
}

/// An operator who has used all up has it used up under any other rate too, and no more than that.
#[tokio::test(start_paused = true)]
async fn a_changed_rate_keeps_so_many_used_up_as_were() {
    let roomy = Limits::default().with(LimitName::CaseBurst, 1_000);
    let paced = |often| {
        let limits = roomy.clone().with(LimitName::OperatorBurst, 30);
        limits.with(LimitName::OperatorPerMinute, often)
    };
    let throttle = throttle_of(paced(60));
    assert_eq!(pass(&throttle, 50).await, 30);
    throttle.replace(paced(1), NOW, drop);
    assert_eq!(pass(&throttle, 50).await, 0, "the duty slows them down");
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(pass(&throttle, 50).await, 1, "one a minute");
    throttle.replace(paced(120), NOW, drop);
    assert_eq!(pass(&throttle, 50).await, 0);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(pass(&throttle, 50).await, 4, "two a second");
    let burst = |most| paced(120).with(LimitName::OperatorBurst, most);
    throttle.replace(burst(35), NOW, drop);
    assert_eq!(pass(&throttle, 50).await, 5, "room for five more");
    throttle.replace(burst(25), NOW, drop);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(pass(&throttle, 50).await, 0, "35 were used up");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(pass(&throttle, 50).await, 2);
}

#[tokio::test(start_paused = true)]
async fn limits_that_were_laid_stay_through_a_review_and_go_as_a_whole() {
    let throttle = throttle_of(limits());
    let one = Temporary {
        name: LimitName::NodeBurst,
        whom: Some("city".to_owned()),
        value: 1,
        until: NOW + time::Duration::HOUR,
        raises: false,
    };
    let told = std::cell::Cell::new(0);
    let tell = |_| told.set(told.get() + 1);
    throttle.lay(vec![one.clone()], NOW, tell);
    let burst = |node| throttle.in_force().of(LimitName::NodeBurst, node);
    assert_eq!((burst("city"), burst("tielu")), (1, 3));
    throttle.lay(vec![one], NOW, tell);
    assert_eq!(told.get(), 1, "the same again changes nothing");
    // A review does not end it.
    throttle.replace(limits(), NOW, tell);
    assert_eq!(burst("city"), 1);
    throttle.lay(Vec::new(), NOW, tell);
    assert_eq!((burst("city"), told.get()), (3, 3));
}
