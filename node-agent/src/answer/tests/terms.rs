//! Verdicts, spans and masks as they leave a center: judged over its own records, within the time
//! of the flow, masked where the flow gives for display only.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemNo, Value};
use policies::{Bounds, Flow, Mode, Question, QuestionDraft, Span, VerdictRule, VerdictTest};
use tokio_util::sync::CancellationToken;
use wire::convert::{self, Finding, Findings};
use wire::traces::TraceSpan;
use wire::v1;

use super::super::Admitted;
use super::{Asks, good, heard};
use crate::answer::Answerer;
use crate::tests::center::{Center, PERSON, SPOUSE, items};

fn no(text: &str) -> ItemNo {
    text.parse().unwrap()
}

/// A question of a flow that is changed after the guard let it through.
fn admitted(
    center: &Center,
    asks: &Asks,
    change: impl FnOnce(&mut Flow),
) -> (Answerer, v1::NodeAsk, Admitted) {
    let (answerer, ask) = (center.answerer(), asks.signed(center));
    let mut admitted = answerer.admit(&ask).unwrap();
    change(&mut admitted.flow);
    (answerer, ask, admitted)
}

async fn replies(
    center: &Center,
    asks: &Asks,
    change: impl FnOnce(&mut Flow),
) -> Vec<v1::ClassReply> {
    let (answerer, ask, admitted) = admitted(center, asks, change);
    let outcome = Some(
        answerer
            .serve(
                &ask,
                &admitted,
                &CancellationToken::new(),
                &TraceSpan::none(),
            )
            .await,
    );
    let query_id = ask.query_id;
    heard(v1::NodeReply { query_id, outcome }).unwrap()
}

fn values(center: &Center, reply: &v1::ClassReply, item: &str) -> Vec<Value> {
    let class = no(item).class();
    let (records, notes) =
        convert::records_from_wire(&center.catalog, class, &reply.payload).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    let value = |record: &catalog::Record| record.get(no(item)).cloned();
    records.iter().filter_map(value).collect()
}

/// F05 with verdicts on accounts: alive elsewhere, counted by center, open in certain months.
fn judging(flow: &mut Flow) {
    let rule = |only: &[&str], elsewhere, test| {
        let codes: BTreeSet<String> = only.iter().map(|code| (*code).to_owned()).collect();
        VerdictRule {
            class: no("04-08").class(),
            only: if codes.is_empty() {
                BTreeMap::new()
            } else {
                BTreeMap::from([(no("04-08"), codes)])
            },
            elsewhere,
            house: false,
            test,
            bounds: Bounds::default(),
            reversed_by: None,
        }
    };
    let open = VerdictTest::MonthsOverlap(no("04-09"), no("04-10"));
    flow.verdicts = [
        ("live-account", rule(&["01"], true, VerdictTest::Exists)),
        (
            "by-center",
            rule(&[], false, VerdictTest::CountBy(no("04-02"))),
        ),
        ("open-then", rule(&["01"], false, open)),
    ]
    .into_iter()
    .map(|(id, rule)| (id.parse().unwrap(), rule))
    .collect();
}

/// What a match of these verdicts says about class 04, of which only the center code is asked.
async fn judged(
    center: &Center,
    node: &str,
    about: &'static str,
    (verdicts, span): (&[&str], Option<[&str; 2]>),
) -> (Findings, v1::ClassReply) {
    let asks = Asks {
        mode: Mode::Match,
        ..good().about(about).wanting(&["04-02"])
    };
    let (mut answerer, ask, mut admitted) = admitted(center, &asks, judging);
    answerer.node = node.to_owned();
    let draft = QuestionDraft {
        named: Vec::new(),
        asking_node: "guoguan".into(),
        flow: "F05".into(),
        matter: "02".into(),
        mode: Mode::Match,
        wants: items(&["04-02"]),
        subject_tag: *admitted.question.subject_tag(),
        payload_digest: *admitted.question.payload_digest(),
        gives: Vec::new(),
        verdicts: verdicts.iter().map(|id| (*id).to_owned()).collect(),
        flow_digest: *admitted.question.flow_digest(),
    };
    admitted.question = Question::parse(draft, &center.catalog).unwrap();
    if let Some([from, until]) = span {
        let measure = convert::measure("", from, until).unwrap();
        let measures = BTreeMap::from([("open-then".to_owned(), measure)]);
        admitted.payload.measures = measures;
    }
    let outcome = Some(
        answerer
            .serve(
                &ask,
                &admitted,
                &CancellationToken::new(),
                &TraceSpan::none(),
            )
            .await,
    );
    let query_id = ask.query_id;
    let mut replies = heard(v1::NodeReply { query_id, outcome }).unwrap();
    let reply = replies.remove(0);
    assert!(reply.payload.is_empty() && reply.notes.is_empty());
    let findings = convert::findings_from_wire(&reply.verdicts).unwrap();
    (findings, reply)
}

#[tokio::test]
async fn a_match_says_its_verdicts_and_no_record() {
    let center = Center::new("city").await;
    let all = ["live-account", "by-center", "open-then"];
    let (found, reply) = judged(&center, "city", PERSON, (&all, Some(["202601", "202612"]))).await;
    assert_eq!(reply.outcome(), v1::Outcome::Answered);
    assert!(reply.found);
    let holds = |findings: &Findings, id: &str| findings.get(id).cloned();
    assert_eq!(holds(&found, "live-account"), Some(Finding::Holds(true)));
    let counts = BTreeMap::from([("C11000".to_owned(), 2)]);
    assert_eq!(holds(&found, "by-center"), Some(Finding::Counts(counts)));
    // The second account has a status that nobody knows; the first alone makes it certain.
    assert_eq!(holds(&found, "open-then"), Some(Finding::Holds(true)));
    let served = center.entries();
    let served = served.last().unwrap();
    let asked = serde_json::json!(["by-center", "live-account", "open-then"]);
    assert_eq!(served["verdicts"], asked);
    let text = served.to_string();
    assert!(!text.contains("true") && !text.contains("C11000"), "{text}");
}

#[tokio::test]
async fn nothing_there_is_a_finding_and_the_asking_center_is_not_elsewhere() {
    let center = Center::new("city").await;
    let verdicts = ["live-account", "by-center"];
    let (found, reply) = judged(&center, "city", SPOUSE, (&verdicts, None)).await;
    assert_eq!(reply.outcome(), v1::Outcome::NoRecord);
    let expected = [
        ("by-center".to_owned(), Finding::Counts(BTreeMap::new())),
        ("live-account".to_owned(), Finding::Holds(false)),
    ];
    assert_eq!(found, Findings::from(expected));
    let (found, _) = judged(&center, "guoguan", PERSON, (&verdicts, None)).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["by-center"]);
}

#[tokio::test]
async fn a_source_that_is_out_finds_nothing() {
    let center = Center::new("city").await;
    center.sql("DROP TABLE ACCOUNTS").await;
    let (found, reply) = judged(&center, "city", PERSON, (&["live-account"], None)).await;
    assert_eq!(reply.outcome(), v1::Outcome::Unavailable);
    assert_eq!(found, Findings::new());
}

#[tokio::test]
async fn records_outside_the_span_do_not_leave() {
    let center = Center::new("city").await;
    // Opened in 2019 and in 2001; today is November 2026.
    let asks = good().wanting(&["04-09", "04-10"]);
    let within = |months| {
        move |flow: &mut Flow| {
            flow.spans = BTreeMap::from([(no("04-09"), Span::Months(months))]);
        }
    };
    let all = replies(&center, &asks, within(12 * 30)).await;
    assert_eq!(values(&center, &all[0], "04-09").len(), 2);
    let some = replies(&center, &asks, within(12 * 10)).await;
    let days = values(&center, &some[0], "04-09");
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].canonical(), "2019-07-01");
    assert_eq!(some[0].record_count, 1);
    let none = replies(&center, &asks, within(12)).await;
    assert_eq!(none[0].outcome(), v1::Outcome::NoRecord);
    assert!(!none[0].found && none[0].payload.is_empty());
    // The item that places a record in time is looked up for that alone.
    let asks = good().wanting(&["04-02"]);
    let some = replies(&center, &asks, within(12 * 10)).await;
    assert_eq!(values(&center, &some[0], "04-02").len(), 1);
    assert!(values(&center, &some[0], "04-09").is_empty());
}

#[tokio::test]
async fn without_the_period_that_limits_it_a_class_is_declined() {
    let center = Center::new("city").await;
    let asks = good().wanting(&["04-08", "03-06"]);
    let replies = replies(&center, &asks, |flow| {
        flow.details_on.clear();
        flow.spans = BTreeMap::from([(no("04-09"), Span::Basis)]);
    })
    .await;
    assert_eq!(replies[0].outcome(), v1::Outcome::Answered);
    assert_eq!(replies[1].outcome(), v1::Outcome::Refused);
    assert_eq!(replies[1].code, "TS-CASE-BASIS");
}

#[tokio::test]
async fn display_items_leave_masked() {
    let center = Center::new("city").await;
    let asks = good().wanting(&["03-06"]);
    let plain = replies(&center, &asks, |_| {}).await;
    let shown = replies(&center, &asks, |flow| {
        flow.display = BTreeSet::from([no("03-06")]);
    })
    .await;
    let text = |reply: &v1::ClassReply| values(&center, reply, "03-06")[0].clone();
    assert_eq!(text(&plain[0]).canonical(), "110101000101001");
    assert_eq!(text(&shown[0]), Value::Masked("*".repeat(15)));
}
