//! Yes and no through the local API: a limit that is tried often tells nothing more, and details
//! leave a center only after a hit.

use sandbox::client::{Answer, Ask, CallError, Desk};
use sandbox::evidence::LogBook;
use sandbox::world::Node;
use serde_json::{Value, json};

use super::ground::Ground;

const CLERK: &str = "0101";

async fn open(desk: &Desk, case_no: &str, flow: &str) -> String {
    desk.open(case_no, flow).await.expect("the case opens").case
}

/// Whether the purchases on record stay within a limit.
fn within(case: &str, limit: &str) -> Ask {
    Ask {
        case: case.to_owned(),
        mode: Some("match".to_owned()),
        wants: Some([("06".to_owned(), vec!["fse".to_owned()])].into()),
        verdicts: Some(vec!["within-price".to_owned()]),
        yardsticks: Some([("within-price".to_owned(), json!({ "limit": limit }))].into()),
        ..Ask::default()
    }
}

fn code(refused: Result<Answer, CallError>) -> String {
    let refused = refused.expect_err("is refused");
    refused.refusal().expect("says why").code.clone()
}

fn lamps(answer: &Answer) -> Vec<(&str, &str)> {
    let mut lamps: Vec<_> = answer
        .lamps
        .iter()
        .map(|lamp| (lamp.node.as_str(), lamp.lamp.as_str()))
        .collect();
    lamps.sort_unstable();
    lamps
}

/// The entries of a kind in an agent's own log.
fn entries(ground: &Ground, node: Node, kind: &str) -> Vec<Value> {
    let log = LogBook::read(&ground.star.home().agent_log(node)).expect("the log verifies");
    log.of_kind(kind).map(|(_, entry)| entry.clone()).collect()
}

/// Four questions with three limits, by keyed digests alone, at both ends.
fn digests_are_on_record(ground: &Ground) {
    for (node, kind) in [(Node::City, "answered"), (Node::Guoguan, "served")] {
        let told = entries(ground, node, kind);
        assert_eq!(told.len(), 4);
        for entry in &told {
            let digest = entry["measures"]["within-price"]
                .as_str()
                .unwrap_or_default();
            assert_eq!(digest.len(), 64, "{entry}");
            assert!(!entry.to_string().contains("900000"));
        }
        assert_eq!(told[1]["measures"], told[3]["measures"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_has_three_limits_and_no_restart_gives_a_fourth() {
    let mut ground = Ground::start("verdicts-limits").await;
    let desk = ground.star.desk(Node::City, CLERK).expect("has a desk");
    let case = open(&desk, "CT-S06", "F10").await;
    for (limit, holds) in [("100.00", false), ("900000", true), ("799999.99", false)] {
        let answer = desk.ask(&within(&case, limit)).await.expect("is answered");
        let city = answer.lamp("city").expect("has a lamp");
        let found = &city.class("06").expect("was asked").verdicts["within-price"];
        assert_eq!(found, &json!(holds), "{limit}");
    }
    let again = desk.ask(&within(&case, "900000.00")).await;
    assert!(again.is_ok(), "the same limit is no further one");
    assert_eq!(
        code(desk.ask(&within(&case, "850000")).await),
        "TS-CASE-MEASURES"
    );
    digests_are_on_record(&ground);

    ground.restart(|_| {}).await;
    let desk = ground.star.desk(Node::City, CLERK).expect("has a desk");
    let case = open(&desk, "CT-S06", "F10").await;
    assert_eq!(
        code(desk.ask(&within(&case, "850000")).await),
        "TS-CASE-MEASURES"
    );

    // A center that has lost its own memory learns no more from the others.
    ground
        .restart(|star| {
            let book = star.home().agent_log(Node::City);
            std::fs::rename(&book, book.with_extension("lost")).expect("is moved away");
        })
        .await;
    let desk = ground.star.desk(Node::City, CLERK).expect("has a desk");
    let case = open(&desk, "CT-S06", "F10").await;
    let answer = desk
        .ask(&within(&case, "850000"))
        .await
        .expect("is answered");
    let expected = [
        ("city", "answered"),
        ("guoguan", "refused"),
        ("tielu", "refused"),
        ("zhongzhi", "refused"),
    ];
    assert_eq!(lamps(&answer), expected);
    let guoguan = answer.lamp("guoguan").expect("has a lamp");
    assert!(
        guoguan.say.en.contains("limits or spans"),
        "{}",
        guoguan.say.en
    );
    for class in &guoguan.classes {
        assert_eq!(class.code.as_deref(), Some("TS-GUARD-MEASURES"));
        assert!(class.verdicts.values().all(Value::is_null));
    }
    ground.check().await;
}

/// S14: sealed at two centers, closed at a third, which therefore gives no details.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_leave_a_center_only_after_a_hit() {
    let ground = Ground::start("verdicts-hits").await;
    let desk = ground.star.desk(Node::City, CLERK).expect("has a desk");
    let case = open(&desk, "CT-S14", "F05").await;
    let ask = Ask {
        case,
        ..Ask::default()
    };
    let answer = desk.ask(&ask).await.expect("is answered");
    let expected = [
        ("city", "answered"),
        ("guoguan", "answered"),
        ("tielu", "no-hit"),
        ("zhongzhi", "answered"),
    ];
    assert_eq!(lamps(&answer), expected);
    let tielu = answer.lamp("tielu").expect("has a lamp");
    for class in &tielu.classes {
        assert!(class.held_back && class.records.is_empty() && class.notes.is_empty());
        assert_eq!((class.outcome.as_str(), &class.code), ("answered", &None));
    }
    assert!(tielu.say.en.contains("no details") && !tielu.say.zh.is_ascii());
    // Told apart from no record in all three books.
    let own = entries(&ground, Node::City, "answered");
    assert_eq!(own[0]["lamps"]["tielu"], "no-hit");
    let served = entries(&ground, Node::Tielu, "served");
    let class = &served[0]["classes"]["04"];
    let digest = class["digest"]
        .as_str()
        .expect("what was said has a digest");
    assert_eq!(digest.len(), 32);
    let no_hit = json!({
        "outcome": "answered", "records": 0, "held_back": true, "digest": digest
    });
    assert_eq!(*class, no_hit);
    let log = LogBook::read(&ground.star.home().hub_log()).expect("the hub's log verifies");
    let outcomes: Vec<_> = log.of_kind("outcome").collect();
    let nodes = outcomes[0].1["nodes"].as_array().expect("has nodes");
    let tielu = nodes.iter().find(|node| node["node"] == "tielu");
    let classes = tielu.expect("is told")["classes"]
        .as_array()
        .expect("has classes");
    assert!(classes.iter().all(|class| class["held_back"] == true));
    ground.check().await;
}

/// S8: a purchase at 国管 was paid and taken back: by yes and no it does not count either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_back_counts_for_no_verdict() {
    let ground = Ground::start("verdicts-reversed").await;
    let desk = ground.star.desk(Node::City, CLERK).expect("has a desk");
    let found = |answer: &Answer, verdict: &str| {
        let guoguan = answer.lamp("guoguan").expect("has a lamp");
        assert_eq!(guoguan.lamp, "answered", "it has the records");
        guoguan.class("06").expect("was asked").verdicts[verdict].clone()
    };
    let case = open(&desk, "CT-S08", "F10").await;
    let answer = desk.ask(&within(&case, "0.00")).await.expect("is answered");
    assert_eq!(found(&answer, "within-price"), json!(true), "net zero");

    let case = open(&desk, "CT-S08-2", "F14").await;
    let mut ask = Ask {
        case,
        mode: Some("match".to_owned()),
        wants: Some([("06".to_owned(), vec!["spzt".to_owned()])].into()),
        verdicts: Some(vec!["purchase-in-city".to_owned()]),
        ..Ask::default()
    };
    let answer = desk.ask(&ask).await.expect("is answered");
    assert_eq!(found(&answer, "purchase-in-city"), json!(false));
    // The amounts that tell it are judged there and given to nobody.
    (ask.mode, ask.verdicts, ask.wants) = (None, None, None);
    let answer = desk.ask(&ask).await.expect("is answered");
    let guoguan = answer.lamp("guoguan").expect("has a lamp");
    let records = &guoguan.class("06").expect("was asked").records;
    assert_eq!(records.len(), 2);
    for record in records {
        assert!(record.codes().all(|code| code != "fse"), "{record:?}");
    }
    let amount = Ask {
        wants: Some([("06".to_owned(), vec!["fse".to_owned()])].into()),
        ..ask
    };
    assert_eq!(code(desk.ask(&amount).await), "TS-ITEM-OUTSIDE-FLOW");
    ground.check().await;
}
