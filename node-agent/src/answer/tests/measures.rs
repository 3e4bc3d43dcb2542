//! A case may measure a person by a few yardsticks and no more: counted where the records are, on
//! record as keyed digests, and not forgotten over a restart.

use std::sync::Arc;

use policies::Mode;
use time::Duration;
use wire::{Clock as _, RefusalCode, v1};

use super::{Asks, good, heard};
use crate::measures::Measures;
use crate::tests::center::{Center, Options, PERSON, SPOUSE};

type Span = &'static [(&'static str, [&'static str; 2])];

const SPANS: [Span; 4] = [
    &[("same-kind", ["202601", "202601"])],
    &[("same-kind", ["202602", "202602"])],
    &[("same-kind", ["202603", "202604"])],
    &[("same-kind", ["202603", "202605"])],
];

/// A center whose F05 measures its accounts by months.
async fn center() -> Center {
    let flow = (
        "test = \"count-by\"\nitem = \"04.ywzl\"",
        "test = \"months-overlap\"\nfrom = \"04.khrq\"\nuntil = \"04.jzny\"",
    );
    let options = Options {
        flow: Some(flow),
        ..Options::default()
    };
    Center::with("city", options).await
}

fn asking(spans: Span) -> Asks {
    Asks {
        mode: Mode::Match,
        spans,
        ..good().wanting(&["04-08"])
    }
}

async fn ask(center: &Center, asks: &Asks) -> Result<Vec<v1::ClassReply>, RefusalCode> {
    let asked = asks.signed(center);
    heard(center.answerer().answer(asked).await)
}

#[tokio::test]
async fn the_fourth_span_is_refused_and_one_used_before_is_not() {
    let center = center().await;
    for spans in [SPANS[0], SPANS[1], SPANS[2], SPANS[0]] {
        let classes = ask(&center, &asking(spans)).await.unwrap();
        assert_eq!(classes[0].verdicts.len(), 1, "is judged");
    }
    let fourth = asking(SPANS[3]);
    assert_eq!(ask(&center, &fourth).await, Err(RefusalCode::GuardMeasures));
    let refused = center.entries().pop().unwrap();
    assert_eq!(refused["kind"], "refused");
    assert_eq!(refused["code"], "TS-GUARD-MEASURES");
    // Another party of the same case has its own.
    assert!(ask(&center, &fourth.about(SPOUSE)).await.is_ok());
    // Whose limits are equal is in no log.
    let first = asking(SPANS[0]).about(SPOUSE);
    assert!(ask(&center, &first).await.is_ok());
    let entries = center.entries();
    let (of_one, of_other) = (
        &entries[0]["measures"],
        &entries.last().unwrap()["measures"],
    );
    assert!(of_one["same-kind"].is_string() && of_other["same-kind"].is_string());
    assert_ne!(of_one, of_other);
}

#[tokio::test]
async fn yardsticks_are_on_record_as_keyed_digests_and_outlive_the_process() {
    let mut center = center().await;
    for spans in &SPANS[..3] {
        ask(&center, &asking(spans)).await.unwrap();
    }
    let entries = center.entries();
    let digests: Vec<&str> = entries
        .iter()
        .map(|entry| entry["measures"]["same-kind"].as_str().unwrap())
        .collect();
    assert!(digests.iter().all(|digest| digest.len() == 64));
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
    let text = serde_json::to_string(&entries).unwrap();
    let tag = center.tag_key.tag(PERSON).to_string();
    assert!(!text.contains("202603") && !text.contains(PERSON) && !text.contains(&tag));
    // What a new process knows is what its log says.
    center.measures = Arc::default();
    assert!(ask(&center, &asking(SPANS[3])).await.is_ok(), "it forgot");
    let restored = Measures::restored(&center.book, center.clock.now());
    center.measures = Arc::new(restored.unwrap());
    let fifth: Span = &[("same-kind", ["202605", "202605"])];
    assert_eq!(
        ask(&center, &asking(fifth)).await,
        Err(RefusalCode::GuardMeasures)
    );
    let later = center.clock.now() + Duration::days(8);
    let rested = Measures::restored(&center.book, later).unwrap();
    center.measures = Arc::new(rested);
    assert!(ask(&center, &asking(fifth)).await.is_ok(), "a week is over");
}

/// One yardstick of a Monday, one of the Friday: on the Wednesday of the week after, the first is
/// over and the second is not, whether or not the process was started anew meanwhile.
#[tokio::test]
async fn a_start_remembers_no_less_and_no_more_than_a_process_that_ran_on() {
    for is_started_anew in [false, true] {
        let mut center = center().await;
        for (spans, days) in [(SPANS[0], 4), (SPANS[1], 5)] {
            ask(&center, &asking(spans)).await.unwrap();
            center.clock.advance(Duration::days(days));
        }
        if is_started_anew {
            let restored = Measures::restored(&center.book, center.clock.now());
            center.measures = Arc::new(restored.unwrap());
        }
        for spans in [SPANS[1], SPANS[2], SPANS[3]] {
            ask(&center, &asking(spans)).await.unwrap();
        }
        let refused = ask(&center, &asking(SPANS[0])).await;
        assert_eq!(
            refused,
            Err(RefusalCode::GuardMeasures),
            "{is_started_anew}"
        );
    }
}

#[tokio::test]
async fn a_span_longer_than_the_flow_allows_is_refused_and_counts_for_nothing() {
    let center = center().await;
    let long: [Span; 4] = [
        &[("same-kind", ["202001", "202501"])],
        &[("same-kind", ["202001", "202502"])],
        &[("same-kind", ["202001", "202503"])],
        &[("same-kind", ["000101", "999912"])],
    ];
    for spans in long {
        let refused = ask(&center, &asking(spans)).await;
        assert_eq!(refused, Err(RefusalCode::GuardFlow));
    }
    assert!(ask(&center, &asking(SPANS[0])).await.is_ok());
    let sixty: Span = &[("same-kind", ["202001", "202412"])];
    assert!(ask(&center, &asking(sixty)).await.is_ok());
}

#[tokio::test]
async fn a_question_that_measures_nothing_names_no_subject() {
    let center = center().await;
    ask(&center, &good()).await.unwrap();
    let entry = center.entries().pop().unwrap();
    assert_eq!(entry["measures"], serde_json::json!({}));
    assert_eq!(entry["subject"], "");
}
