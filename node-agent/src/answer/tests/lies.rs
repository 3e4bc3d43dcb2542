//! A hub that lies: every change to what the asking node signed is refused, recorded and counted,
//! and never reaches the business system.

use policies::Mode;
use time::Duration;
use wire::RefusalCode::{
    GuardCase, GuardFlow, GuardItem, GuardSubject, GuardTime, GuardVeto, NotCoveredVersion,
};
use wire::{RefusalCode, convert, v1};

use super::{Asks, good, heard};
use crate::tests::center::{Center, Options, PERSON, SPOUSE, STRANGER, person};
use crate::tests::eventually;

type Lie = (&'static str, fn(&Center, &mut v1::NodeAsk), RefusalCode);

fn envelope(ask: &mut v1::NodeAsk) -> &mut v1::Envelope {
    ask.envelope.as_mut().unwrap()
}

fn case(ask: &mut v1::NodeAsk) -> &mut v1::SignedCase {
    ask.case.as_mut().unwrap()
}

fn tag(center: &Center, number: &str) -> Vec<u8> {
    let tag = center.tag_key.tag(&person(number).key());
    tag.as_bytes().to_vec()
}

fn payload(number: &str) -> Vec<u8> {
    convert::subject_to_wire(&person(number))
}

/// All tables as they are told to people.
pub(super) fn told() -> impl Iterator<Item = (&'static str, RefusalCode)> {
    let tables = [CASE_LIES, SUBJECT_LIES, QUESTION_LIES];
    let rows = tables.into_iter().flatten();
    rows.map(|(name, _, code)| (*name, *code))
}

/// Changes to the case and to who asks.
const CASE_LIES: &[Lie] = &[
    ("no case", |_, ask| ask.case = None, GuardCase),
    ("an empty case", |_, ask| case(ask).body.clear(), GuardCase),
    (
        "a bad signature",
        |_, ask| case(ask).signature[3] ^= 1,
        GuardCase,
    ),
    (
        "a changed case",
        |_, ask| case(ask).body[20] ^= 1,
        GuardCase,
    ),
    (
        "no signature",
        |_, ask| case(ask).signature.clear(),
        GuardCase,
    ),
    (
        "an unknown node",
        |_, ask| ask.asking_node = "nobody".into(),
        GuardCase,
    ),
    (
        "another node",
        |_, ask| ask.asking_node = "tielu".into(),
        GuardCase,
    ),
];

/// Changes to whom the question is about.
const SUBJECT_LIES: &[Lie] = &[
    (
        "a stranger's payload",
        |_, ask| ask.payload = payload(STRANGER),
        GuardCase,
    ),
    (
        "rubbish as payload",
        |_, ask| ask.payload = vec![0xff; 9],
        GuardCase,
    ),
    (
        "another party's tag",
        |c, ask| envelope(ask).subject_tag = tag(c, SPOUSE),
        GuardCase,
    ),
    (
        "a stranger's tag",
        |c, ask| envelope(ask).subject_tag = tag(c, STRANGER),
        GuardSubject,
    ),
    (
        "a stranger's tag and payload",
        |c, ask| {
            envelope(ask).subject_tag = tag(c, STRANGER);
            ask.payload = payload(STRANGER);
        },
        GuardSubject,
    ),
    (
        "half a tag",
        |_, ask| envelope(ask).subject_tag.truncate(16),
        GuardSubject,
    ),
];

/// Changes to what is asked.
const QUESTION_LIES: &[Lie] = &[
    (
        "a center named after signing",
        |_, ask| envelope(ask).named.push("tielu".into()),
        GuardCase,
    ),
    (
        "another version of the flow",
        |_, ask| envelope(ask).flow_digest[0] ^= 1,
        GuardCase,
    ),
    (
        "a verdict beside the details",
        |_, ask| envelope(ask).verdicts.push("live-account".into()),
        GuardFlow,
    ),
    (
        "a verdict with a limit, in a match of its own making",
        |c, ask| {
            envelope(ask).mode = v1::Mode::Match.into();
            envelope(ask).verdicts.push("live-account".into());
            let limit = convert::measure("500000", "", "").unwrap();
            let measures = [("live-account".to_owned(), limit)].into();
            ask.payload = convert::Payload {
                subject: person(PERSON),
                given: convert::Given::NONE.clone(),
                measures,
            }
            .encode()
            .to_vec();
            assert_eq!(envelope(ask).subject_tag, tag(c, PERSON));
        },
        GuardCase,
    ),
    (
        "one more item",
        |_, ask| envelope(ask).wants[1].items.push(14),
        GuardCase,
    ),
    (
        "an item less",
        |_, ask| envelope(ask).wants[1].items.truncate(1),
        GuardCase,
    ),
    (
        "an item twice",
        |_, ask| envelope(ask).wants[0].items.push(6),
        GuardFlow,
    ),
    (
        "no such item",
        |_, ask| envelope(ask).wants[0].items.push(63),
        GuardCase,
    ),
    (
        "an item of no version",
        |_, ask| envelope(ask).wants[0].items.push(300),
        NotCoveredVersion,
    ),
    (
        "a class of no version",
        |_, ask| envelope(ask).wants[0].class = 15,
        NotCoveredVersion,
    ),
    (
        "nothing wanted",
        |_, ask| envelope(ask).wants.clear(),
        GuardFlow,
    ),
    (
        "the other mode",
        |_, ask| envelope(ask).mode = v1::Mode::Match.into(),
        GuardCase,
    ),
    ("no mode", |_, ask| envelope(ask).mode = 0, GuardFlow),
    (
        "another matter",
        |_, ask| envelope(ask).matter = "03".into(),
        GuardCase,
    ),
    (
        "another flow",
        |_, ask| envelope(ask).flow = "F14".into(),
        GuardCase,
    ),
    (
        "an unregistered flow",
        |_, ask| envelope(ask).flow = "F99".into(),
        GuardFlow,
    ),
    (
        "no flow",
        |_, ask| envelope(ask).flow = "drop table".into(),
        GuardFlow,
    ),
    ("no envelope", |_, ask| ask.envelope = None, GuardFlow),
];

/// Answers, and checks that the refusal is all there is: one entry, one count.
async fn refused(center: &Center, ask: v1::NodeAsk, what: &str) -> RefusalCode {
    let sample = "agent_asks_served_total{result=\"refused\"}";
    let (before, counted) = (center.entries().len(), center.metric(sample));
    let reply = center.answerer().answer(ask.clone()).await;
    assert_eq!(reply.query_id, ask.query_id, "{what}");
    let code = heard(reply).expect_err(what);
    let entries = center.entries();
    let [entry] = &entries[before..] else {
        panic!("{what}: {} entries", entries.len() - before);
    };
    assert_eq!(entry["kind"], "refused", "{what}");
    assert_eq!(entry["by"], "guard", "{what}");
    assert_eq!(entry["code"], code.as_str(), "{what}");
    assert_eq!(entry["query"], ask.query_id, "{what}");
    assert_eq!(entry["node"], ask.asking_node, "{what}");
    assert_eq!(center.metric(sample), counted + 1, "{what}");
    code
}

#[tokio::test]
async fn a_lying_hub_gets_nothing_and_leaves_a_trace() {
    let center = Center::new("city").await;
    // The check of the mappings has let go of the database.
    eventually("the database is closed", || !center.has_asked_source()).await;
    for (what, lie, code) in [CASE_LIES, SUBJECT_LIES, QUESTION_LIES].concat() {
        let mut ask = good().signed(&center);
        lie(&center, &mut ask);
        assert_eq!(refused(&center, ask, what).await, code, "{what}");
        assert!(!center.has_asked_source(), "{what} reached the source");
    }
    let answered = "agent_asks_served_total{result=\"answered\"}";
    assert_eq!(center.metric(answered), 0);
    // The same question untouched is answered, and does reach the source.
    let reply = center.answerer().answer(good().signed(&center)).await;
    assert_eq!(heard(reply).expect("is answered").len(), 2);
    assert!(center.has_asked_source());
}

#[tokio::test]
async fn what_the_asking_node_itself_should_not_have_signed_is_refused() {
    let center = Center::new("city").await;
    eventually("the database is closed", || !center.has_asked_source()).await;
    let two = Asks {
        subject: STRANGER,
        ..good()
    };
    let unregistered = Asks {
        flow: "F99",
        ..good()
    };
    let no_consent = Asks {
        consent: false,
        ..good()
    };
    let long_lived = Asks {
        life: Duration::DAY,
        ..good()
    };
    let over_used = Asks {
        use_no: 21,
        ..good()
    };
    let cases = [
        ("payload and tag of two persons", two, GuardSubject),
        ("a balance", good().wanting(&["04-14"]), GuardItem),
        (
            "a class outside the flow",
            good().wanting(&["10-01"]),
            GuardItem,
        ),
        ("an unregistered flow", unregistered, GuardFlow),
        ("no consent", no_consent, GuardCase),
        ("no party", good().about(STRANGER), GuardSubject),
        ("a long life", long_lived, GuardTime),
        ("one question too many", over_used, GuardCase),
    ];
    for (what, asks, code) in cases {
        let ask = asks.signed(&center);
        assert_eq!(refused(&center, ask, what).await, code, "{what}");
        assert!(!center.has_asked_source(), "{what} reached the source");
    }
}

#[tokio::test]
async fn a_statement_is_worth_nothing_before_and_after_its_time() {
    let center = Center::new("city").await;
    let ask = good().signed(&center);
    center.clock.advance(Duration::seconds(59));
    assert!(heard(center.answerer().answer(ask.clone()).await).is_ok());
    center.clock.advance(Duration::SECOND);
    assert_eq!(refused(&center, ask, "expired").await, GuardTime);
    let early = good().signed(&center);
    center.clock.advance(Duration::seconds(-31));
    assert_eq!(refused(&center, early, "not yet").await, GuardTime);
}

#[tokio::test]
async fn a_veto_of_this_center_stands_against_flow_node_class_and_item() {
    let vetoes = [
        ("flow = \"F05\"", true),
        ("asking_node = \"guoguan\"", true),
        ("item = \"04.grzhzt\"", true),
        ("class = \"03\"", true),
        ("flow = \"F05\"\nasking_node = \"tielu\"", false),
        ("item = \"04.grzhye\"", false),
    ];
    for (condition, stands) in vetoes {
        let text = format!("[[deny]]\n{condition}\nreason = \"the board said so\"\n");
        let options = Options {
            vetoes: text.leak(),
            ..Options::default()
        };
        let center = Center::with("city", options).await;
        eventually("the database is closed", || !center.has_asked_source()).await;
        let ask = good().signed(&center);
        if stands {
            assert_eq!(refused(&center, ask, condition).await, GuardVeto);
            assert!(!center.has_asked_source(), "{condition}");
        } else {
            let reply = center.answerer().answer(ask).await;
            assert!(heard(reply).is_ok(), "{condition}");
        }
    }
}

/// The hub's own words are not signed by anybody: what of them is recorded is bounded and cannot
/// carry an identity number.
#[tokio::test]
async fn a_lying_hub_cannot_write_what_it_likes_into_the_log() {
    let center = Center::new("city").await;
    let long = "长".repeat(100_000);
    let lies: [fn(&mut v1::NodeAsk, &str); 3] = [
        |ask, text| ask.asking_node = text.into(),
        |ask, text| envelope(ask).flow = text.into(),
        |ask, text| ask.query_id = text.into(),
    ];
    for (n, lie) in lies.iter().enumerate() {
        let texts = [&long, "line\nfeed", PERSON];
        // A query id is the hub's own to choose, within its form.
        for text in &texts[..if n == 2 { 2 } else { 3 }] {
            let mut ask = good().signed(&center);
            lie(&mut ask, text);
            let what = format!("{n} {text:.18}");
            assert!(
                heard(center.answerer().answer(ask).await).is_err(),
                "{what}"
            );
            let entries = center.entries();
            let entry = entries.last().unwrap();
            assert_eq!(entry["kind"], "refused", "{what}");
            let entry = entry.to_string();
            assert!(
                !entry.contains(PERSON) && !entry.contains("\\n"),
                "{entry:.300}"
            );
            assert!(entry.len() < 1_000, "{what}: {} bytes", entry.len());
        }
    }
}

#[tokio::test]
async fn a_match_cannot_be_turned_into_details() {
    let center = Center::new("city").await;
    let asks = Asks {
        mode: Mode::Match,
        ..good()
    };
    let mut ask = asks.signed(&center);
    envelope(&mut ask).mode = v1::Mode::Details.into();
    assert_eq!(refused(&center, ask, "widened").await, GuardCase);
}

#[tokio::test]
async fn a_payload_holds_what_its_envelope_says_and_no_more() {
    let center = Center::new("city").await;
    for asks in [
        Asks {
            given: &[("12-02", "网签XY1"), ("12-03", "pw-never-seen")],
            ..good()
        },
        Asks {
            measured: &["rich"],
            ..good()
        },
    ] {
        let reply = center.answerer().answer(asks.signed(&center)).await;
        assert_eq!(heard(reply).unwrap_err(), GuardFlow);
    }
    let log = serde_json::to_string(&center.entries()).unwrap();
    assert!(log.contains("TS-GUARD-FLOW") && !log.contains("pw-never-seen"));
    assert!(!center.has_asked_source());
}
