//! Lists through the API, with a real socket to a hub: every line signed for itself, on record
//! before it is given out, refused alone; and nothing asked for a reader who is gone.

mod endings;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;
use policies::{PartyRole, SignedCase};
use serde_json::{Value as Json, json};
use wire::limits::LINES_PER_LIST_AT_ONCE;
use wire::{RefusalCode, v1};

use super::{honest, number};
use crate::tests::center::{Center, Options, PERSON};
use crate::tests::eventually;
use crate::tests::http::{COUNTER, Counter, Heard, KIOSK, case};
use crate::tests::hub::FakeHub;

const ROSTER: usize = 500;

/// The identity number of line `n`.
fn listed(n: usize) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (day, serial) = (1 + n / 900, 1 + n % 900);
    let digits = format!("110105198502{day:02}{serial:03}");
    let sum: usize = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    let check = b"10X98765432"[sum % 11];
    format!("{digits}{}", char::from(check))
}

/// A center with a roster of so many lines, whose applicant is party 0.
pub(crate) async fn roster(lines: usize) -> (FakeHub, Center, Counter) {
    let hub = FakeHub::new().await;
    hub.answers(|request| Ok(honest(request)));
    let options = Options {
        is_list: true,
        ..Options::default()
    };
    roster_of(hub, options, lines).await
}

pub(crate) async fn roster_of(
    hub: FakeHub,
    options: Options,
    lines: usize,
) -> (FakeHub, Center, Counter) {
    let center = Center::with("guoguan", options).await;
    let row = |n: usize| {
        let (role, id) = match n {
            0 => ("0", PERSON.to_owned()),
            n => ("8", listed(n)),
        };
        format!("({n}, 'R-1', '02', 'APP-9', '1', '1', '2026-11-20', '{role}', '1', '{id}', '某')")
    };
    let rows: Vec<_> = (0..=lines).map(row).collect();
    let insert = format!("INSERT INTO CASES VALUES {};", rows.join(","));
    center.sql(&insert).await;
    let counter = Counter::of(&center, hub.channel());
    (hub, center, counter)
}

pub(crate) async fn opened(counter: &Counter) -> String {
    let opened = counter.post("/v1/cases", &case("R-1", "F05")).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    opened.json()["case"].as_str().unwrap().to_owned()
}

/// A whole list: its lines and its summary.
fn read(heard: &Heard) -> (Vec<Json>, Json) {
    assert_eq!(heard.status, 200, "{}", heard.body);
    let objects = heard.body.lines();
    let mut objects: Vec<Json> = objects
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let summary = objects.pop().unwrap()["summary"].take();
    assert!(summary.is_object(), "the last word is the summary");
    (objects, summary)
}

async fn list(counter: &Counter, more: Json) -> (Vec<Json>, Json) {
    let mut body = json!({ "case": opened(counter).await });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    read(&counter.post("/v1/batches", &body).await)
}

fn kinds(center: &Center, kind: &str) -> Vec<Json> {
    let entries = center.entries().into_iter();
    entries.filter(|entry| entry["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_roster_is_a_question_of_its_own() {
    let (hub, center, counter) = roster(ROSTER).await;
    let begun = std::time::Instant::now();
    let (lines, summary) = list(&counter, json!({})).await;
    println!("{ROSTER} lines in {:?}", begun.elapsed());
    let done: Vec<_> = lines
        .iter()
        .map(|line| line["done"].as_u64().unwrap())
        .collect();
    assert_eq!(done, (1..=500).collect::<Vec<u64>>());
    let numbers: BTreeSet<_> = lines
        .iter()
        .map(|line| line["line"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=500).collect());
    for line in &lines {
        assert_eq!((&line["of"], &line["refusal"]), (&json!(500), &Json::Null));
        assert_eq!(line["answer"]["lamps"].as_array().map(Vec::len), Some(4));
        assert!(line["answer"]["receipts"]["own"]["index"].is_u64());
    }
    let counts = ["of", "answered", "refused", "not_known", "not_asked"];
    let counts = counts.map(|count| summary[count].as_u64().unwrap());
    assert_eq!(counts, [500, 500, 0, 0, 0]);
    assert_eq!(summary["ended"], Json::Null);
    assert!(
        hub.lines_at_once() <= LINES_PER_LIST_AT_ONCE,
        "{}",
        hub.lines_at_once()
    );
    assert_eq!(kinds(&center, "answered").len(), 500);
    let [ended] = &kinds(&center, "list-ended")[..] else {
        panic!("the list has one entry");
    };
    assert_eq!(
        (&ended["lines"], &ended["answered"]),
        (&json!(500), &json!(500))
    );
    check_statements(&center, &hub.asked());
}

/// Each statement is for one line alone, and names nobody else of the list.
fn check_statements(center: &Center, asked: &[v1::AskRequest]) {
    let (mut subjects, mut uses, mut nonces) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for request in asked {
        let case = request.case.clone().unwrap();
        let case = SignedCase {
            body: case.body,
            signature: case.signature,
        };
        let case = center.trust.verify("guoguan", &case).unwrap();
        let said = case.assertion();
        let roles: Vec<_> = said.parties.iter().map(|party| party.role).collect();
        assert_eq!(roles, [PartyRole::Listed, PartyRole::Applicant]);
        let subject = &request.envelope.as_ref().unwrap().subject_tag;
        assert_eq!(said.parties[0].tag.as_bytes().as_slice(), subject);
        subjects.insert(number(request));
        uses.insert(said.use_no);
        nonces.insert(said.nonce);
    }
    let expected: BTreeSet<_> = (1..=ROSTER).map(listed).collect();
    assert_eq!(subjects, expected);
    assert_eq!((uses.len(), nonces.len()), (ROSTER, ROSTER));
    assert_eq!(uses.last(), Some(&500));
}

/// The statement of a line is what the answering guards ask for.
#[tokio::test]
async fn what_is_signed_for_a_line_passes_the_guard() {
    let (hub, center, counter) = roster(3).await;
    list(&counter, json!({"mode": "match", "lines": [2]})).await;
    let request = hub.asked().pop().unwrap();
    let ask = v1::NodeAsk {
        query_id: "q-1".into(),
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
    let heard = crate::answer::tests::heard(reply).expect("passes");
    assert_eq!(heard.len(), 2);
}

/// Whoever is not on the list is refused before anything is signed, and so is one question about
/// them alone; the other lines are answered.
#[tokio::test]
async fn a_foreign_line_is_refused_before_it_is_signed() {
    let (hub, center, counter) = roster(20).await;
    let (lines, summary) = list(&counter, json!({"lines": [3, 0, 21, 4_000_000_000_u64, 5]})).await;
    for line in &lines {
        let is_listed = [3, 5].map(|n| json!(n)).contains(&line["line"]);
        assert_eq!(line["answer"].is_object(), is_listed, "{line}");
        if !is_listed {
            assert_eq!(line["refusal"]["code"], "TS-CASE-SUBJECT");
            assert!(line["refusal"]["own_receipt"]["index"].is_u64());
        }
    }
    assert_eq!(
        (&summary["answered"], &summary["refused"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(hub.asked().len(), 2);
    assert_eq!(kinds(&center, "refused").len(), 3);
    // The use of the case is only counted for what was signed.
    let handle = opened(&counter).await;
    let one = counter.ask(&handle, json!({"party": 7})).await;
    assert_eq!(
        one.status, 200,
        "a case with a long list is asked one by one: {}",
        one.body
    );
    let said: Json = serde_json::from_slice(&hub.asked()[2].case.as_ref().unwrap().body).unwrap();
    assert_eq!(said["parties"].as_array().map(Vec::len), Some(2));
    assert_eq!(said["use_no"], 1);
}

#[tokio::test]
async fn a_line_that_the_hub_refuses_is_refused_alone() {
    let (hub, center, counter) = roster(6).await;
    let third = listed(3);
    hub.answers(move |request| {
        if number(request) == third {
            let refusal = RefusalCode::PolicyDenied.to_wire("q-7");
            return Err(wire::refusal::status(&refusal));
        }
        let mut answer = honest(request);
        if number(request) == listed(4) {
            let silent = &mut answer.nodes[1].classes[0];
            silent.outcome = v1::Outcome::Unavailable.into();
            silent.code = "TS-NODE-DOWN".into();
        }
        Ok(answer)
    });
    let (lines, summary) = list(&counter, json!({})).await;
    let refused: Vec<_> = lines
        .iter()
        .filter(|line| line["refusal"].is_object())
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (&refused[0]["line"], &refused[0]["refusal"]["query"]),
        (&json!(3), &json!("q-7"))
    );
    let counts = ["answered", "refused", "not_known", "not_asked"];
    let counts = counts.map(|count| summary[count].as_u64().unwrap());
    assert_eq!(
        counts,
        [5, 1, 1, 0],
        "a center that cannot say is not clean"
    );
    assert_eq!(kinds(&center, "refused")[0]["by"], "hub");
}

#[tokio::test]
async fn a_list_is_refused_whole_before_anything_is_asked() {
    let (hub, _center, counter) = roster(2).await;
    let handle = opened(&counter).await;
    for (body, status, code) in [
        (json!({"case": "no"}), 409, "TS-CASE-NOT-OPEN"),
        (
            json!({"case": handle, "lines": []}),
            400,
            "TS-ASK-MALFORMED",
        ),
        (
            json!({"case": handle, "lines": [1, 1]}),
            400,
            "TS-ASK-MALFORMED",
        ),
        (
            json!({"case": handle, "lines": [-1]}),
            400,
            "TS-ASK-MALFORMED",
        ),
        (json!({"case": handle, "party": 1}), 400, "TS-ASK-MALFORMED"),
        (json!({"lines": [1]}), 409, "TS-CASE-MISSING"),
        (json!({"case": "x".repeat(70_000)}), 400, "TS-ASK-TOO-LARGE"),
    ] {
        let heard = counter.post("/v1/batches", &body).await;
        assert_eq!(heard.refusal(), (status, code.to_owned()), "{body:.60}");
    }
    let many: Vec<usize> = (1..=5_001).collect();
    let long = counter
        .post("/v1/batches", &json!({"case": handle, "lines": many}))
        .await;
    assert_eq!(long.refusal(), (403, "TS-LIST-TOO-LONG".into()));
    let kiosk = counter
        .post_as(KIOSK, "/v1/batches", &json!({ "case": handle }))
        .await;
    assert_eq!(kiosk.refusal(), (409, "TS-CASE-NOT-OPEN".into()));
    // A case without a list has no lines.
    let single = counter.handle().await;
    let none = counter
        .post("/v1/batches", &json!({ "case": single }))
        .await;
    assert_eq!(none.refusal(), (409, "TS-CASE-SUBJECT".into()));
    assert!(hub.asked().is_empty());
}

#[tokio::test]
async fn a_flow_that_is_asked_one_by_one_has_no_lists() {
    let (hub, _center, counter) = super::star().await;
    let handle = counter.handle().await;
    let heard = counter
        .post("/v1/batches", &json!({ "case": handle }))
        .await;
    assert_eq!(heard.refusal(), (403, "TS-FLOW-NOT-A-LIST".into()));
    assert!(hub.asked().is_empty());
}

#[tokio::test]
async fn a_system_has_two_lists_under_way_and_no_more() {
    let (hub, _center, counter) = roster(3).await;
    hub.waits(Duration::from_millis(800));
    let handle = opened(&counter).await;
    let body = json!({ "case": handle });
    let third = async {
        eventually("two are under way", || hub.asked().len() == 6).await;
        counter.post("/v1/batches", &body).await
    };
    let (one, two) = (
        counter.post("/v1/batches", &body),
        counter.post("/v1/batches", &body),
    );
    let (one, two, third) = tokio::join!(one, two, third);
    assert_eq!(third.refusal(), (429, "TS-LIMIT-LISTS".into()));
    assert_eq!((read(&one).0.len(), read(&two).0.len()), (3, 3));
    let again = counter.post("/v1/batches", &body).await;
    assert_eq!(read(&again).0.len(), 3, "there is room again");
}

/// More than any other request may hold: the numbers of five thousand parties.
#[tokio::test]
async fn a_list_of_many_numbers_is_read() {
    let (_hub, _center, counter) = roster(3).await;
    let handle = opened(&counter).await;
    let token = format!("Bearer {COUNTER}");
    let body = format!(
        "{{\"case\": \"{handle}\", {}\"lines\": [2]}}",
        " ".repeat(40_000)
    );
    let heard = counter
        .call(Method::POST, "/v1/batches", Some(&token), body)
        .await;
    assert_eq!(read(&heard).0.len(), 1);
}
