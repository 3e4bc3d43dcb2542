//! Questions about a house itself, whoever has drawn on it: strangers under other spellings of its
//! numbers, two that are pending, and a house that is not of the case.

use std::collections::BTreeMap;

use sandbox::client::{Answer, CallError, Desk};
use sandbox::star::Star;
use sandbox::world::{HOUSE_CASE, HOUSE_CONTRACT, HOUSE_UNIT, Node, PENDING_CASE};
use serde_json::{Value, json};

use super::ground::Ground;

const FLOW: &str = "F10";
/// The house of S7, on which a withdrawal is pending at each of two centers.
const PENDING_UNIT: &str = "110109001001GB00007F00000007";
/// A house that others have drawn on and that stands in another case.
const FOREIGN_CONTRACT: &str = "网签XY0000000602";

/// What each center says of a class: its outcome and its verdicts.
pub(super) type Said = BTreeMap<String, (String, BTreeMap<String, Value>)>;

async fn open(star: &Star, node: Node, case_no: &str) -> (Desk, String) {
    let desk = star.desk(node, "0701").expect("has a token");
    let open = desk.open(case_no, FLOW).await.expect("the case is open");
    (desk, open.case)
}

async fn asked(star: &Star, (node, case_no): (Node, &str), what: Value) -> Answer {
    let (desk, case) = open(star, node, case_no).await;
    let mut body = json!({ "case": case, "mode": "match" });
    let body_of = body.as_object_mut().expect("is an object");
    body_of.extend(what.as_object().expect("is an object").clone());
    desk.post("/v1/asks", &body).await.expect("is answered")
}

fn said(answer: &Answer, class: &str) -> Said {
    let lamps = answer.lamps.iter();
    let of_class = lamps.filter_map(|lamp| {
        let found = lamp.classes.iter().find(|one| one.class == class)?;
        assert!(found.records.is_empty(), "a match shows no record");
        let said = (found.outcome.clone(), found.verdicts.clone());
        Some((lamp.node.clone(), said))
    });
    of_class.collect()
}

/// What the four centers say of the house of [`HOUSE_CASE`], by either of its numbers.
pub(super) async fn of_the_house(star: &Star) -> Vec<(&'static str, Said, Said)> {
    let mut all = Vec::new();
    for (key, number) in [
        ("house_contract", HOUSE_CONTRACT),
        ("house_unit", HOUSE_UNIT),
    ] {
        let subject = json!({ "subject": { key: number } });
        let answer = asked(star, (Node::City, HOUSE_CASE), subject).await;
        all.push((key, said(&answer, "06"), said(&answer, "08")));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_drew_on_the_house_is_found_under_another_spelling() {
    let ground = Ground::start("houses").await;
    let all = of_the_house(&ground.star).await;
    let [(_, drawn, lent), (_, drawn_by_unit, lent_by_unit)] = all.as_slice() else {
        panic!("two ways to ask");
    };
    for node in ["guoguan", "tielu"] {
        let (outcome, verdicts) = &drawn[node];
        assert_eq!(outcome, "answered", "{node}");
        assert_eq!(verdicts["drawn-on-house"], true, "{node}");
        assert_eq!(verdicts["drawn-by-status"], json!({ "04": 1 }), "{node}");
        // What has no unit number is not found by one: both ways are asked.
        assert_eq!(drawn_by_unit[node].1["drawn-on-house"], false, "{node}");
    }
    for node in ["city", "zhongzhi"] {
        assert_eq!(drawn[node].0, "no-record", "{node}");
        assert_eq!(drawn[node].1["drawn-on-house"], false, "{node}");
    }
    // What 中直 paid and took back, under the other contract, was not drawn.
    let (outcome, verdicts) = &drawn_by_unit["zhongzhi"];
    assert_eq!(outcome, "answered");
    assert_eq!(verdicts["drawn-on-house"], false);
    assert_eq!(verdicts["drawn-by-status"], json!({ "04": 1, "08": 1 }));
    // A loan under a second contract on the same unit.
    assert_eq!(lent["zhongzhi"].1["loan-on-house"], json!({}));
    assert_eq!(
        lent_by_unit["zhongzhi"].1["loan-on-house"],
        json!({ "04": 1 })
    );
    details_name_nobody(&ground.star).await;
    ground.check().await;
}

/// Whether what each center has paid for the house stays within a limit, where it says so.
async fn within(star: &Star, key: &str, number: &str, limit: &str) -> BTreeMap<String, Value> {
    let what = json!({
        "subject": { key: number },
        "verdicts": ["house-within-price"],
        "yardsticks": { "house-within-price": { "limit": limit } },
    });
    let answer = asked(star, (Node::City, HOUSE_CASE), what).await;
    let said = said(&answer, "06").into_iter();
    let verdict = |verdicts: BTreeMap<String, Value>| verdicts.get("house-within-price").cloned();
    said.filter_map(|(node, (_, verdicts))| Some((node, verdict(verdicts)?)))
        .collect()
}

/// The sum on one house is judged over everybody who drew on it, without what was taken back, and
/// against a few limits only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_drawn_on_a_house_is_held_against_its_price() {
    let ground = Ground::start("houses-price").await;
    let star = &ground.star;
    let by_contract = within(star, "house_contract", HOUSE_CONTRACT, "500000.00").await;
    let by_contract_less = within(star, "house_contract", HOUSE_CONTRACT, "499999.99").await;
    for node in ["guoguan", "tielu"] {
        assert_eq!(by_contract[node], true, "{node}");
        assert_eq!(by_contract_less[node], false, "{node}");
    }
    // 600,000 were drawn on the unit at 中直, and taken back.
    let by_unit = within(star, "house_unit", HOUSE_UNIT, "0.00").await;
    assert_eq!(by_unit["zhongzhi"], true);
    within(star, "house_contract", HOUSE_CONTRACT, "1.00").await;
    let (desk, case) = open(star, Node::City, HOUSE_CASE).await;
    let fourth = json!({
        "case": case,
        "mode": "match",
        "subject": { "house_contract": HOUSE_CONTRACT },
        "verdicts": ["house-within-price"],
        "yardsticks": { "house-within-price": { "limit": "2.00" } },
    });
    let refused = desk.post::<Answer>("/v1/asks", &fourth).await;
    assert_eq!(code(refused), "TS-CASE-MEASURES");
    ground.check().await;
}

/// In details a house's records are told as a clerk may name them to their center, and no more.
async fn details_name_nobody(star: &Star) {
    let by_contract = json!({ "mode": "details", "subject": { "house_contract": HOUSE_CONTRACT } });
    let answer = asked(star, (Node::City, HOUSE_CASE), by_contract.clone()).await;
    let lamp = answer.lamp("guoguan").expect("has a lamp");
    let class = lamp.classes.iter().find(|class| class.class == "06");
    let [record] = class.expect("is asked").records.as_slice() else {
        panic!("one record");
    };
    let codes: Vec<&str> = record.codes().collect();
    assert_eq!(codes, ["gxsj", "spzt", "sqrq", "tqyy", "ywlsh", "zxbh"]);
    assert_eq!(record.text("spzt").as_deref(), Some("04"));
    let mut greedy = by_contract;
    greedy["wants"] = json!({ "06": ["fse", "fwzl"] });
    let (desk, case) = open(star, Node::City, HOUSE_CASE).await;
    greedy["case"] = json!(case);
    let refused = desk.post::<Answer>("/v1/asks", &greedy).await;
    assert_eq!(code(refused), "TS-ITEM-OUTSIDE-FLOW");
}

/// S7 by house: the second of two pending withdrawals is stopped by the first, whoever's it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_pending_on_one_unit_is_stopped_by_house() {
    let ground = Ground::start("houses-pending").await;
    let by_unit = json!({
        "subject": { "house_unit": PENDING_UNIT },
        "verdicts": ["drawn-on-house", "drawn-by-status"],
    });
    let answer = asked(&ground.star, (Node::Zhongzhi, PENDING_CASE), by_unit).await;
    let drawn = said(&answer, "06");
    let pending = |node: &str| drawn[node].1["drawn-by-status"].clone();
    // The asking center's own withdrawal is the one under way; one more anywhere stops it.
    assert_eq!(pending("zhongzhi"), json!({ "02": 1 }));
    assert_eq!(pending("guoguan"), json!({ "02": 1 }));
    let elsewhere = drawn.iter().filter(|(node, _)| *node != "zhongzhi");
    let stops = elsewhere.filter(|(_, (_, verdicts))| verdicts["drawn-on-house"] == true);
    assert_eq!(stops.count(), 1);
    ground.check().await;
}

/// Numbers of houses that others have drawn on are no way to look at them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_house_that_is_not_of_the_case_reaches_no_node() {
    let ground = Ground::start("houses-foreign").await;
    let star = &ground.star;
    let before = star.asks_served().await.expect("agents answer");
    let (desk, case) = open(star, Node::City, HOUSE_CASE).await;
    for (subject, wanted) in [
        (
            json!({ "house_contract": FOREIGN_CONTRACT }),
            "TS-CASE-SUBJECT",
        ),
        (json!({ "house_unit": PENDING_UNIT }), "TS-CASE-SUBJECT"),
        // A contract number is no unit number, and two numbers are no subject.
        (
            json!({ "house_unit": HOUSE_CONTRACT }),
            "TS-SUBJECT-MALFORMED",
        ),
        (
            json!({ "house_unit": HOUSE_UNIT, "house_contract": HOUSE_CONTRACT }),
            "TS-SUBJECT-MALFORMED",
        ),
    ] {
        let body = json!({ "case": case, "mode": "match", "subject": subject });
        let refused = desk.post::<Answer>("/v1/asks", &body).await;
        assert_eq!(code(refused), wanted, "{body}");
    }
    // A verdict about persons is not said about a house, nor one about houses about a person.
    for (subject, verdict) in [
        (json!({ "house_unit": HOUSE_UNIT }), "frozen"),
        (Value::Null, "drawn-on-house"),
    ] {
        let mut body = json!({ "case": case, "mode": "match", "verdicts": [verdict] });
        if !subject.is_null() {
            body["subject"] = subject;
        }
        let refused = desk.post::<Answer>("/v1/asks", &body).await;
        assert_eq!(code(refused), "TS-VERDICT-OUTSIDE-FLOW", "{body}");
    }
    let after = star.asks_served().await.expect("agents answer");
    assert_eq!(before, after, "no node was asked");
    ground.check().await;
}

fn code(refused: Result<Answer, CallError>) -> String {
    let error = refused.map(|_| ()).expect_err("is refused");
    error.refusal().expect("says why").code.clone()
}
