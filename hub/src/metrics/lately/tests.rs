//! What is remembered of questions, nodes and refusals.

use super::*;

fn class(class: &str, outcome: &str, code: &str, as_of: &str) -> ClassOutcome {
    ClassOutcome {
        class: class.to_owned(),
        outcome: outcome.to_owned(),
        code: code.to_owned(),
        rule: String::new(),
        records: 0,
        withheld: 0,
        as_of: as_of.to_owned(),
        held_back: false,
        digest: String::new(),
    }
}

fn node(node: &str, elapsed_ms: u64, classes: Vec<ClassOutcome>) -> NodeOutcome {
    NodeOutcome {
        node: node.to_owned(),
        elapsed_ms,
        tries: 0,
        classes,
    }
}

const AS_OF: &str = "2026-11-23T09:00:00+08:00";

#[tokio::test(start_paused = true)]
async fn a_node_that_was_left_out_was_not_asked_and_is_not_fast() {
    let lately = Lately::default();
    let took = Duration::from_millis(40);
    lately.answered(
        took,
        &[
            node("city", 30, vec![class("04", "answered", "", AS_OF)]),
            node(
                "tielu",
                0,
                vec![class("04", "unavailable", "TS-NODE-BREAKER", "")],
            ),
            node(
                "guoguan",
                2_000,
                vec![
                    class("03", "no-record", "", ""),
                    class("04", "unavailable", "TS-NODE-TIMEOUT", ""),
                ],
            ),
        ],
    );
    let all = lately.now();
    assert_eq!((all.tally.asks, all.tally.refused), (1, 0));
    assert!((35.0..=50.0).contains(&all.tally.latency.quantile_ms(0.99).expect("one")));
    let tielu = lately.node("tielu").now.tally;
    assert_eq!((tielu.asks, tielu.left_out), (0, 1));
    assert_eq!(tielu.latency.quantile_ms(0.99), None);
    let guoguan = lately.node("guoguan");
    assert_eq!((guoguan.now.tally.asks, guoguan.now.tally.failed), (1, 1));
    let failed: Vec<_> = guoguan.classes.iter().map(|c| (c.asks, c.failed)).collect();
    assert_eq!(failed, [(1, 0), (1, 1)]);
    assert_eq!(lately.node("city").classes[0].as_of, AS_OF);
    let nobody = lately.node("nobody");
    assert_eq!((nobody.minutes.len(), nobody.classes.len()), (MINUTES, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_over_fades_and_what_is_old_is_gone() {
    let lately = Lately::default();
    for _ in 0..60 {
        lately.answered(Duration::from_millis(5), &[]);
    }
    lately.refused(RefusalCode::LimitHub);
    assert!((lately.now().per_minute - 60.0).abs() < 1e-9);
    tokio::time::advance(Duration::from_secs(90)).await;
    let faded = lately.now();
    assert!((faded.per_minute - 30.0).abs() < 1e-6, "{faded:?}");
    assert_eq!(lately.minutes().iter().map(|t| t.asks).sum::<u32>(), 60);
    let refused = lately.refusals();
    assert_eq!((refused[0].hour, refused[0].five_minutes), (1, 1));
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(lately.refusals()[0].five_minutes, 0);
    tokio::time::advance(Duration::from_secs(3_600)).await;
    assert!(lately.refusals().is_empty());
    assert_eq!(lately.minutes().iter().map(|t| t.asks).sum::<u32>(), 0);
}

#[tokio::test]
async fn withheld_values_stand_with_their_node() {
    let lately = Lately::default();
    let note = v1::QualityNote {
        item: 3,
        defect: "bad-date".to_owned(),
        count: 2,
    };
    let reply = v1::ClassReply {
        class: 4,
        notes: vec![note],
        ..v1::ClassReply::default()
    };
    let answer = v1::NodeAnswer {
        node: "city".to_owned(),
        classes: vec![reply],
        ..v1::NodeAnswer::default()
    };
    lately.withheld(&[answer]);
    assert_eq!(lately.node("city").withheld[0].count, 2);
    assert!(lately.node("tielu").withheld.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_class_goes_as_the_answers_that_had_it() {
    let lately = Lately::default();
    let ask = |elapsed_ms, outcome| {
        let classes = vec![class("12", outcome, "TS-NODE-TIMEOUT", "")];
        lately.answered(Duration::ZERO, &[node("city", elapsed_ms, classes)]);
    };
    ask(40, "answered");
    let pace = || lately.node("city").classes[0].now;
    assert_eq!((pace().tally.asks, pace().tally.failed), (1, 0));
    tokio::time::advance(Duration::from_secs(60)).await;
    ask(2_000, "unavailable");
    let both = pace();
    assert_eq!(both.tally.failed_percent(), Some(50.0));
    assert!((both.per_minute - 2.0).abs() < 1e-6, "{both:?}");
    let p99 = both.tally.latency.quantile_ms(0.99).expect("two");
    assert!(p99 > 1_000.0, "{p99}");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(pace().tally.asks, 1, "the minute before is over");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(pace(), Pace::default());
    assert_eq!(lately.node("city").classes[0].asks, 2, "the hour has both");
}
