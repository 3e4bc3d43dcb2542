//! The legal flows from end to end: an officer asks, a second one reads what it means and signs
//! with a key of their own, and nothing leaves before. Every refusal reaches no node.

mod business;
mod workstation;

use std::collections::BTreeMap;
use std::process::Command;

use sandbox::evidence::LogBook;
use sandbox::star::Star;
use sandbox::world::Node;
use serde_json::Value as Json;

use super::ground::{Ground, program, words};
use business::{DIVORCE, LETTER, LISTED, NOTICE, OTHER_NOTICE};
use workstation::{Officer, code};

async fn start(name: &str) -> Ground {
    let mut star = Ground::prepare(name);
    business::map(&star);
    business::fill(&star).await;
    star.start().await.expect("the star starts");
    Ground::on(star)
}

async fn served(ground: &Ground) -> BTreeMap<Node, u64> {
    ground.star.asks_served().await.expect("the agents answer")
}

fn lamps(answer: &Json) -> BTreeMap<&str, &str> {
    let lamps = answer["lamps"].as_array().expect("has lamps");
    let lamps = lamps.iter().map(|lamp| {
        let text = |key: &str| lamp[key].as_str().expect("is text");
        (text("node"), text("lamp"))
    });
    lamps.collect()
}

/// A document, its flow, and the flow's title as the officer reads it.
const ANSWERED: [(&str, &str, &str); 2] = [
    (DIVORCE, "F17", "继承遗赠、离婚分割提取"),
    (NOTICE, "F27", "司法协助查询"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_divorce_and_a_court_are_answered_when_two_officers_have_signed() {
    let ground = start("legal").await;
    let before = served(&ground).await;
    for document in ANSWERED {
        one_document(&ground, document).await;
    }
    for (node, count) in served(&ground).await {
        assert_eq!(count, before[&node] + 2, "{}", node.id());
    }
    let log = LogBook::read(&ground.star.home().hub_log()).expect("verifies");
    let approvers: Vec<_> = log
        .of_kind("decision")
        .map(|(_, entry)| (&entry["who"]["operator"], &entry["case"]["approver"]))
        .collect();
    assert_eq!(approvers, [(&"legal-1".into(), &"legal-2".into()); 2]);
    let own = LogBook::read(&ground.star.home().agent_log(Node::Guoguan)).expect("verifies");
    for kind in ["approval-asked", "approval-shown", "approved"] {
        assert_eq!(own.of_kind(kind).count(), 2, "{kind}");
    }
    ground.check().await;
}

async fn one_document(ground: &Ground, (case_no, flow, title): (&str, &str, &str)) {
    let [first, second] = ["legal-1", "legal-2"].map(|name| Officer::of(&ground.star, name));
    let asked = served(ground).await;
    let id = first.ask(case_no, flow).await;
    let paper = second.fetch(&id).await.expect("there is something to sign");
    let (told, body) = second.sign(&paper);
    let told = words(&told);
    for word in [
        title,
        case_no,
        "court-01",
        "asked by    legal-1",
        "legal-2 at 9",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert_eq!(served(ground).await, asked, "{flow}: nothing leaves before");
    let answer = second.send(&id, &body.expect("is signed")).await;
    let answer = answer.unwrap_or_else(|error| panic!("{flow}: {error}"));
    let lamps = lamps(&answer);
    assert_eq!(lamps.len(), Node::ALL.len(), "{flow}: {lamps:?}");
    assert_eq!(lamps["city"], "answered", "{flow}: {lamps:?}");
    let is_known = |lamp: &&str| !["refused", "not-known"].contains(lamp);
    assert!(lamps.values().all(is_known), "{flow}: {lamps:?}");
    // The first operator reads it, once.
    let path = format!("/v1/approvals/{id}");
    for expected in [&answer, &Json::Null] {
        let kept: Json = first.desk().get(&path).await.expect("is known");
        assert_eq!(
            (&kept["state"], &kept["answer"]),
            (&"answered".into(), expected)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_past_the_second_officer() {
    let ground = start("legal-refused").await;
    let [first, second, third] =
        ["legal-1", "legal-2", "legal-3"].map(|name| Officer::of(&ground.star, name));
    let before = served(&ground).await;
    // The same person.
    let id = first.ask(NOTICE, "F27").await;
    assert_eq!(code(first.fetch(&id).await), "TS-CASE-APPROVER");
    // No officer, on either side.
    let clerk = Officer::of(&ground.star, "0317");
    assert_eq!(code(clerk.fetch(&id).await), "TS-CASE-OFFICER");
    let open = clerk.desk().open(NOTICE, "F27").await.expect("is open");
    let body = serde_json::json!({ "case": open.case });
    let asked = clerk.desk().post("/v1/asks", &body).await;
    assert_eq!(code(asked), "TS-CASE-OFFICER");
    // A forged signature: legal-3's key under legal-2's name.
    let paper = second.fetch(&id).await.expect("there is something to sign");
    let (_, forged) = third.sign(&paper);
    let forged = forged.expect("is signed");
    assert_eq!(forged["operator"], "legal-2");
    let heard = second.send(&id, &forged).await;
    assert_eq!(code(heard), "TS-CASE-APPROVER-SIGNATURE");
    // A statement that says something else than what is shown is not even signed.
    let mut altered = paper.clone();
    altered["lines"][0]["shown"] = "01 110101********0022".into();
    assert!(second.sign(&altered).1.is_none());
    // The person was changed after the officer had read.
    let signed = second.sign(&paper).1.expect("is signed");
    business::change(&ground.star, NOTICE, 0, "S3").await;
    assert_eq!(code(second.send(&id, &signed).await), "TS-CASE-QUESTION");
    business::change(&ground.star, NOTICE, 0, "S1").await;
    assert_eq!(served(&ground).await, before, "no node was asked");
    // What was signed still stands; used once, it is used.
    second.send(&id, &signed).await.expect("is answered");
    a_used_signature_is_used(&ground, &id, &signed).await;
    ground.check().await;
}

async fn a_used_signature_is_used(ground: &Ground, id: &str, signed: &Json) {
    let [first, second] = ["legal-1", "legal-2"].map(|name| Officer::of(&ground.star, name));
    let before = served(ground).await;
    assert_eq!(code(second.send(id, signed).await), "TS-CASE-REPLAYED");
    let other = first.ask(OTHER_NOTICE, "F27").await;
    let unasked = second.send(&other, signed).await;
    assert_eq!(code(unasked), "TS-CASE-APPROVER-STATEMENT");
    let paper = second.fetch(&other).await;
    assert!(paper.is_ok(), "there is something to sign");
    let heard = second.send(&other, signed).await;
    assert_eq!(
        code(heard),
        "TS-CASE-APPROVER-SIGNATURE",
        "of another letter"
    );
    assert_eq!(served(ground).await, before, "no node was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_who_was_removed_approves_nothing_any_more() {
    let mut ground = start("legal-removed").await;
    // From the hub's list, and not yet from the agents'.
    let rows: [(&[&str], bool); 2] = [
        (&["hub"], true),
        (&["hub", "city", "zhongzhi", "guoguan", "tielu"], false),
    ];
    for (holders, is_listed_here) in rows {
        ground
            .restart(|star| remove_officer(star, holders, "legal-2"))
            .await;
        let before = served(&ground).await;
        let [first, second, third] =
            ["legal-1", "legal-2", "legal-3"].map(|name| Officer::of(&ground.star, name));
        let id = first.ask(NOTICE, "F27").await;
        let refused = if is_listed_here {
            second.approve(&id).await.0
        } else {
            second.fetch(&id).await
        };
        assert_eq!(code(refused), "TS-CASE-OFFICER", "{holders:?}");
        assert_eq!(served(&ground).await, before, "no node was asked");
        if !is_listed_here {
            third.approve(&id).await.0.expect("another officer may");
        }
    }
    ground.check().await;
}

/// The officer goes out of the trust lists of these: the table stays, under nobody's name.
fn remove_officer(star: &Star, holders: &[&str], name: &str) {
    for holder in holders {
        let file = star.home().dir().join(holder).join("trust.toml");
        let text = std::fs::read_to_string(&file).expect("is there");
        let without = text.replace(&format!("\"{name}\""), "\"has-left\"");
        std::fs::write(&file, without).expect("is written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signature_covers_a_letter_s_list_and_its_table_is_signed() {
    let ground = start("legal-list").await;
    let [first, second] = ["legal-1", "legal-2"].map(|name| Officer::of(&ground.star, name));
    let before = served(&ground).await;
    let id = first.ask_list(LETTER, "F28").await;
    let path = format!("/v1/batches/{id}");
    assert_eq!(code(first.desk().get(&path).await), "TS-CASE-APPROVER");
    let paper = second.fetch(&id).await.expect("there is something to sign");
    let (told, _) = second.sign(&paper);
    assert!(
        words(&told).contains("纪检监察批量提取"),
        "{}",
        words(&told)
    );
    let mut fewer = paper.clone();
    fewer["lines"].as_array_mut().expect("has lines").pop();
    assert!(
        second.sign(&fewer).1.is_none(),
        "an officer sees every line"
    );
    let (ready, _) = second.approve(&id).await;
    assert_eq!(ready.expect("is approved")["state"], "approved");
    assert_eq!(
        served(&ground).await,
        before,
        "nothing leaves before it is begun"
    );
    // One line is about somebody else when the list begins.
    business::change(&ground.star, LETTER, 2, "S6").await;
    let table = first
        .desk()
        .get_text(&path)
        .await
        .expect("comes to its end");
    let objects: Vec<Json> = table
        .lines()
        .map(|line| serde_json::from_str(line).expect("is JSON"))
        .collect();
    let [lines @ .., end] = objects.as_slice() else {
        panic!("nothing was said");
    };
    assert_eq!(lines.len(), LISTED.len());
    for line in lines {
        let is_changed = line["line"] == 2;
        assert_eq!(
            line["refusal"]["code"] == "TS-CASE-QUESTION",
            is_changed,
            "{line}"
        );
        assert_eq!(line["answer"].is_object(), !is_changed, "{line}");
    }
    let summary = &end["summary"];
    let counts = ["of", "answered", "refused", "not_asked"].map(|key| summary[key].as_u64());
    assert_eq!(counts, [Some(4), Some(3), Some(1), Some(0)]);
    for (node, count) in served(&ground).await {
        assert_eq!(count, before[&node] + 3, "{}", node.id());
    }
    assert_eq!(code(first.desk().get(&path).await), "TS-CASE-REPLAYED");
    the_table_is_whole(&ground, &table);
    ground.check().await;
}

/// Whoever is handed the table can tell.
fn the_table_is_whole(ground: &Ground, table: &str) {
    let home = ground.star.home();
    let file = home.dir().join("officers/table.ndjson");
    let verify = |text: &str| {
        std::fs::write(&file, text).expect("is written");
        let mut command = Command::new(program("tianshu"));
        command.args(["list", "verify"]).arg(&file).arg("--trust");
        let said = command.arg(home.dir().join("hub/trust.toml")).output();
        said.expect("the program runs")
    };
    let whole = verify(table);
    assert_eq!(whole.status.code(), Some(0), "{}", words(&whole));
    assert!(words(&whole).contains("4: 3 answered, 1 refused, 0 not asked"));
    let (_, shorter) = table.split_once('\n').expect("has lines");
    assert_eq!(verify(shorter).status.code(), Some(1));
}
