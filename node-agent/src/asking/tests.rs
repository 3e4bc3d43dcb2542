//! The asking side through its HTTP API, with a real socket to a hub that says what a test wants.

pub(crate) mod approving;
mod calls;
mod cases;
mod hanging_up;
pub(crate) mod lists;
mod named;
mod replies;

use std::collections::BTreeMap;

use catalog::{Record, Value};
use prost::Message as _;
use serde_json::json;
use wire::{convert, v1};

use crate::tests::center::{Center, NODES, PERSON, SPOUSE, STRANGER, items};
use crate::tests::http::Counter;
use crate::tests::hub::FakeHub;

/// A receipt of the hub's log.
pub(crate) fn receipt(index: u64) -> v1::Receipt {
    v1::Receipt {
        log: "hub-1".into(),
        index,
        leaf_hash: vec![index as u8; 32],
    }
}

/// What an honest hub says when `city` has one account and the others nothing.
pub(crate) fn honest(request: &v1::AskRequest) -> v1::Answer {
    let envelope = request.envelope.as_ref().unwrap();
    let node = |(node, center): (&str, &str)| v1::NodeAnswer {
        node: node.into(),
        center: center.into(),
        classes: envelope
            .wants
            .iter()
            .map(|want| class(node, want, envelope.mode()))
            .collect(),
        elapsed_ms: 7,
    };
    v1::Answer {
        query_id: "0199abcdef01".into(),
        nodes: NODES.map(node).to_vec(),
        decision: Some(receipt(4)),
        outcome: Some(receipt(5)),
    }
}

fn class(node: &str, want: &v1::ClassItems, mode: v1::Mode) -> v1::ClassReply {
    let silent = v1::ClassReply {
        class: want.class,
        outcome: v1::Outcome::NoRecord.into(),
        as_of: "2026-11-23T10:00:00+08:00".into(),
        ..v1::ClassReply::default()
    };
    if node != "city" || want.class != 4 {
        return silent;
    }
    let status = items(&["04-08"])[0];
    let mut record = Record::new(status.class());
    record.insert(status, Value::Code("01".into()));
    let is_match = mode == v1::Mode::Match;
    v1::ClassReply {
        outcome: v1::Outcome::Answered.into(),
        record_count: u32::from(!is_match),
        payload: if is_match {
            Vec::new()
        } else {
            convert::records_to_wire(&[record])
        },
        ..silent
    }
}

/// A counter of `guoguan`, and an honest hub.
pub(crate) async fn star() -> (FakeHub, Center, Counter) {
    let hub = FakeHub::new().await;
    hub.answers(|request| Ok(honest(request)));
    let center = Center::new("guoguan").await;
    let counter = Counter::of(&center, hub.channel());
    (hub, center, counter)
}

/// A sheet of so many lines, all about the same party.
pub(crate) async fn sheet(asker: &super::Asker, lines: usize) -> super::Sheet {
    let open = super::OpenCase {
        handle: "h".into(),
        case_no: "BJ-1".into(),
        flow: "F05".parse().unwrap(),
        matter: "02".parse().unwrap(),
        operator: "0231".into(),
        counter: "3".into(),
        system: "counter".into(),
        expires_at: crate::tests::center::NOW + time::Duration::HOUR,
        asks_max: 2,
        uses: std::sync::Arc::default(),
    };
    let case = asker.look_up(&open.case_no).await.unwrap();
    let rules = asker.rules.current();
    let flow = rules.flows().flow(&open.flow).unwrap();
    let body = serde_json::from_str(r#"{"case": "h"}"#).unwrap();
    let asked = super::question::compose(asker, &open, &case, flow, &body).unwrap();
    let mut sheet = super::sheet::Drafting::new(asker).unwrap();
    for line in 0..lines {
        sheet
            .add(asker, &open, flow, &case, (line, &asked))
            .unwrap();
    }
    sheet.finish().unwrap()
}

/// The number behind a question, as the answering agents read it.
fn number(request: &v1::AskRequest) -> String {
    match v1::Subject::decode(request.payload.as_slice())
        .unwrap()
        .subject
    {
        Some(v1::subject::Subject::Person(person)) => person.id_number,
        other => panic!("no person: {other:?}"),
    }
}

#[tokio::test]
async fn a_question_is_asked_signed_answered_and_on_record() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let answer = heard.json();
    let lamps: BTreeMap<_, _> = answer["lamps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lamp| {
            (
                lamp["node"].as_str().unwrap(),
                lamp["lamp"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("city", "answered"),
        ("guoguan", "nothing"),
        ("tielu", "nothing"),
        ("zhongzhi", "nothing"),
    ];
    assert_eq!(lamps, BTreeMap::from(expected));
    assert_eq!(
        answer["lamps"][0]["classes"][1]["records"][0]["grzhzt"],
        "01"
    );
    assert_eq!(answer["lamps"][0]["center"], "C11000");
    assert_eq!(answer["asked_at"], "2026-11-23T10:00:00+08:00");
    // Left out, everything that the flow lists is asked.
    let asked = &hub.asked()[0];
    let wants = &asked.envelope.as_ref().unwrap().wants;
    let wanted: Vec<_> = wants
        .iter()
        .map(|want| (want.class, &want.items[..]))
        .collect();
    assert_eq!(wanted, [(3, &[6][..]), (4, &[2, 7, 8, 9, 10, 17][..])]);
    assert_eq!(number(asked), PERSON);
    // The evidence was there before the answer, under the hub's number and with its receipts.
    let evidence = counter.get("/v1/evidence/0199abcdef01").await.json();
    let [entry] = &evidence["entries"].as_array().unwrap()[..] else {
        panic!("{evidence}");
    };
    assert_eq!(entry["entry"]["kind"], "answered");
    assert_eq!(entry["entry"]["decision"], answer["receipts"]["decision"]);
    assert_eq!(entry["leaf_hash"], answer["receipts"]["own"]["leaf_hash"]);
    assert_eq!(entry["entry"]["lamps"]["city"], "answered");
    assert_eq!(entry["entry"]["records"], 1);
    assert_eq!(
        center.metric("agent_asks_sent_total{result=\"answered\"}"),
        1
    );
}

#[tokio::test]
async fn what_is_signed_passes_the_guard_of_the_answering_node() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    for more in [json!({}), json!({"mode": "match"}), json!({"party": 1})] {
        assert_eq!(counter.ask(&handle, more).await.status, 200);
    }
    for (n, request) in hub.asked().into_iter().enumerate() {
        let ask = v1::NodeAsk {
            query_id: format!("q-{n}"),
            asking_node: "guoguan".into(),
            envelope: request.envelope,
            case: request.case,
            payload: request.payload,
            deadline_ms: request.deadline_ms,
            approval: request.approval,
            left_out: Vec::new(),
            traceparent: String::new(),
        };
        let reply = center.answerer().answer(ask).await;
        let heard = crate::answer::tests::heard(reply);
        // F05 asks about applicants, so that a spouse is refused there and not guessed at here.
        let expected = [Ok(2), Ok(2), Err(wire::RefusalCode::GuardCase)];
        assert_eq!(
            heard.map(|classes| classes.len()),
            expected[n],
            "question {n}"
        );
    }
}

#[tokio::test]
async fn a_subject_is_a_party_in_any_usual_spelling_and_nobody_else() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    let subject = |number: &str| json!({"subject": {"id_type": "01", "id_number": number}});
    let spellings = [
        (PERSON, PERSON),
        ("110101000101001", PERSON),
        (" 110101190001010014", PERSON),
        (SPOUSE, SPOUSE),
        ("11010119000101009x", SPOUSE),
        ("１１０１０１１９０００１０１００１４", PERSON),
    ];
    for (n, (spelling, meant)) in spellings.into_iter().enumerate() {
        let heard = counter.ask(&handle, subject(spelling)).await;
        assert_eq!(heard.status, 200, "{spelling}: {}", heard.body);
        assert_eq!(number(&hub.asked()[n]), meant, "{spelling}");
    }
    let asked = hub.asked().len();
    let stranger = counter.ask(&handle, subject(STRANGER)).await;
    assert_eq!(stranger.refusal(), (409, "TS-CASE-SUBJECT".into()));
    for wrong in ["110101190001010015", "1", "", "abc"] {
        let heard = counter.ask(&handle, subject(wrong)).await;
        assert_eq!(
            heard.refusal(),
            (400, "TS-SUBJECT-MALFORMED".into()),
            "{wrong}"
        );
    }
    let third = counter.ask(&handle, json!({"party": 2})).await;
    assert_eq!(third.refusal(), (409, "TS-CASE-SUBJECT".into()));
    assert_eq!(hub.asked().len(), asked, "nobody else was asked about");
}

#[tokio::test]
async fn an_unknown_item_is_refused_here_and_one_outside_the_flow_by_the_hub() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    let wants = |wants: serde_json::Value| json!({ "wants": wants });
    let unknown = [
        json!({"04": ["grzhzt", "nothing"]}),
        json!({"04": ["03-06"]}),
        json!({"4": ["grzhzt"]}),
        json!({"99": ["grzhzt"]}),
        json!({"04": ["04-99"]}),
        json!({"12": ["12-03"]}),
    ];
    for wrong in unknown {
        let heard = counter.ask(&handle, wants(wrong.clone())).await;
        assert_eq!(heard.refusal(), (400, "TS-ITEM-UNKNOWN".into()), "{wrong}");
    }
    let empty = counter.ask(&handle, wants(json!({}))).await;
    assert_eq!(empty.refusal(), (400, "TS-ASK-MALFORMED".into()));
    assert!(hub.asked().is_empty());
    // The hub has the last word on its flows; this agent does not guess at it.
    hub.answers(|_| {
        let refusal = wire::RefusalCode::ItemOutsideFlow.to_wire("q-9");
        Err(wire::refusal::status(&refusal))
    });
    let outside = counter.ask(&handle, wants(json!({"04": ["grzhye"]}))).await;
    assert_eq!(outside.refusal(), (403, "TS-ITEM-OUTSIDE-FLOW".into()));
    let asked = hub.asked();
    let want = &asked[0].envelope.as_ref().unwrap().wants;
    assert_eq!((want[0].class, &want[0].items[..]), (4, &[14][..]));
}
