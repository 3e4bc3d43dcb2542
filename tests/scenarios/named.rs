//! Questions that name the centers they are for: the lending one (F24), that of the sealed account
//! (F08), the lending one beside an office that any center may wrap (F23). Who is not named hears
//! nothing, and a question that names wrongly reaches nobody.

use std::collections::BTreeMap;

use sandbox::client::{Answer, Ask, ClassAnswer, Desk, RecordView};
use sandbox::evidence::{LogBook, text};
use sandbox::world::{LOAN_CHANGE_CASE, MOVE_CASE, Node, PAYOFF_CASE};
use serde_json::{Value, json};

use super::ground::Ground;

const CLERK: &str = "0824";

async fn open(ground: &Ground, node: Node, case_no: &str, flow: &str) -> (Desk, String) {
    let desk = ground.star.desk(node, CLERK).expect("has a token");
    let open = desk.open(case_no, flow).await.expect("the case is open");
    (desk, open.case)
}

fn naming(case: &str, at: &[&str]) -> Ask {
    Ask {
        case: case.to_owned(),
        at: Some(at.iter().map(|node| (*node).to_owned()).collect()),
        ..Ask::default()
    }
}

/// What each center's own log says that it served of a question: the classes, by center.
fn served(ground: &Ground, query: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut served = BTreeMap::new();
    for node in Node::ALL {
        let log = LogBook::read(&ground.star.home().agent_log(node)).expect("the log verifies");
        let mut of_query = log
            .of_kind("served")
            .filter(|(_, entry)| text(entry, "query") == query);
        if let Some((_, entry)) = of_query.next() {
            let classes = entry["classes"].as_object().expect("has classes");
            served.insert(node.id(), classes.keys().cloned().collect());
        }
        assert!(of_query.next().is_none(), "{} served twice", node.id());
    }
    served
}

/// The named centers are on record at the hub and at the asking agent.
fn named_is_on_record(ground: &Ground, asker: Node, query: &str, named: &[&str]) {
    let home = ground.star.home();
    let books = [
        (home.hub_log(), "decision"),
        (home.agent_log(asker), "answered"),
    ];
    for (folder, kind) in books {
        let log = LogBook::read(&folder).expect("the log verifies");
        let at = log.last(kind, "query", query).expect("is on record");
        let entry = &log.entries[usize::try_from(at).expect("is an index")];
        assert_eq!(entry["named"], json!(named), "{kind}");
    }
}

fn nodes(answer: &Answer) -> Vec<&str> {
    answer.lamps.iter().map(|lamp| lamp.node.as_str()).collect()
}

/// What a center said of a class.
fn said<'a>(answer: &'a Answer, node: Node, class: &str) -> &'a ClassAnswer {
    let lamp = answer.lamp(node.id()).expect("has a lamp");
    let found = lamp.class(class);
    found.unwrap_or_else(|| panic!("{} class {class}", node.id()))
}

fn values(record: &RecordView, codes: &[&str]) -> Vec<String> {
    let values = codes.iter().map(|code| record.text(code));
    values.map(Option::unwrap_or_default).collect()
}

/// The loan of 中直 is not told: it was not named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_is_asked_of_the_lending_center_alone() {
    let ground = Ground::start("named-payoff").await;
    let (desk, case) = open(&ground, Node::Guoguan, PAYOFF_CASE, "F24").await;
    let answer = desk.ask(&naming(&case, &["tielu"])).await;
    let answer = answer.expect("is answered");
    assert_eq!(nodes(&answer), ["tielu"]);
    let lamp = answer.lamp("tielu").expect("has a lamp");
    assert_eq!(lamp.lamp, "answered");
    assert!(lamp.as_of.is_some(), "the proof says as of when");
    let class = said(&answer, Node::Tielu, "10");
    let [owed, settled] = class.records.as_slice() else {
        panic!("two loans: {class:?}");
    };
    let codes: Vec<&str> = owed.codes().collect();
    assert_eq!(codes, ["dkjqrq", "dkye", "dkzt", "gxsj", "jkhtbh", "zxbh"]);
    let state = ["zxbh", "dkzt", "dkye"];
    assert_eq!(values(owed, &state), ["C11003", "04", "968000.00"]);
    assert_eq!(owed.text("dkjqrq"), None);
    assert_eq!(values(settled, &state), ["C11003", "06", "0.00"]);
    assert!(settled.text("dkjqrq").is_some(), "settled since when");
    let only = BTreeMap::from([("tielu", vec!["10".to_owned()])]);
    assert_eq!(served(&ground, &answer.query), only);
    named_is_on_record(&ground, Node::Guoguan, &answer.query, &["tielu"]);
    // Another center that lent says so when it is named, and is not mixed up with the first.
    let answer = desk.ask(&naming(&case, &["tielu", "zhongzhi"])).await;
    let answer = answer.expect("is answered");
    let lent = said(&answer, Node::Zhongzhi, "10");
    assert_eq!(
        values(&lent.records[0], &["zxbh", "dkzt"]),
        ["C11001", "04"]
    );
    let both: Vec<&str> = served(&ground, &answer.query).into_keys().collect();
    assert_eq!(both, ["tielu", "zhongzhi"]);
    ground.check().await;
}

/// A loan, a restriction and a letter under way at that center: such a transfer is not automatic.
/// The other sealed account, at 中直, is none of this question's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_asks_the_center_of_the_sealed_account() {
    let ground = Ground::start("named-transfer").await;
    let (desk, case) = open(&ground, Node::City, MOVE_CASE, "F08").await;
    let answer = desk.ask(&naming(&case, &["guoguan"])).await;
    let answer = answer.expect("is answered");
    assert_eq!(nodes(&answer), ["guoguan"]);
    let expected: [(&str, &[&str], &[&str]); 4] = [
        (
            "04",
            &["zxbh", "grzhzt", "djbz", "ywzl"],
            &["C11002", "02", "0", "01"],
        ),
        ("07", &["zyfw", "jylx", "lxhzt"], &["02", "2", "01"]),
        ("10", &["dkzt"], &["04"]),
        ("11", &["blxxlx", "blxxzt"], &["01", "1"]),
    ];
    for (class, codes, wanted) in expected {
        let said = said(&answer, Node::Guoguan, class);
        assert_eq!(said.outcome, "answered", "{class}");
        let [record] = said.records.as_slice() else {
            panic!("one record of class {class}: {said:?}");
        };
        assert_eq!(values(record, codes), wanted, "{class}");
    }
    let account = &said(&answer, Node::Guoguan, "04").records[0];
    for code in ["grzh", "grzhye", "jzny", "lxzcjcys"] {
        assert!(account.text(code).is_some(), "{code} survives the move");
    }
    let classes = ["04", "07", "10", "11"].map(str::to_owned).to_vec();
    let only = BTreeMap::from([("guoguan", classes)]);
    assert_eq!(served(&ground, &answer.query), only);
    named_is_on_record(&ground, Node::City, &answer.query, &["guoguan"]);
    ground.check().await;
}

/// The lending center still has the former wife as a co-borrower; the register knows better.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loan_change_asks_every_center_for_the_office_and_the_lender_for_the_loan() {
    let ground = Ground::start("named-change").await;
    let (desk, case) = open(&ground, Node::Zhongzhi, LOAN_CHANGE_CASE, "F23").await;
    for (party, role) in [(0, "0"), (1, "1")] {
        let ask = Ask {
            party,
            ..naming(&case, &["guoguan"])
        };
        let answer = desk.ask(&ask).await.expect("is answered");
        let mut asked = nodes(&answer);
        asked.sort_unstable();
        assert_eq!(asked, ["city", "guoguan", "tielu", "zhongzhi"]);
        let marriage = said(&answer, Node::City, "13");
        let [latest] = marriage.records.as_slice() else {
            panic!("the latest registration alone: {marriage:?}");
        };
        assert_eq!(
            values(latest, &["hyzk", "djlx", "hyjg"]),
            ["40", "02", "01"]
        );
        for node in [Node::Zhongzhi, Node::Guoguan, Node::Tielu] {
            let said = said(&answer, node, "13");
            assert_eq!(said.outcome, "not-covered", "{}", node.id());
        }
        let parties = &said(&answer, Node::Guoguan, "09").records;
        assert_eq!(values(&parties[0], &["cdjs"]), [role]);
        let loans = &said(&answer, Node::Guoguan, "10").records;
        assert_eq!(values(&loans[0], &["zxbh", "dkzt"]), ["C11002", "04"]);
        assert_eq!(said(&answer, Node::Guoguan, "11").outcome, "no-record");
        let office = || vec!["13".to_owned()];
        let expected = BTreeMap::from([
            ("city", office()),
            (
                "guoguan",
                ["09", "10", "11", "13"].map(str::to_owned).into(),
            ),
            ("tielu", office()),
            ("zhongzhi", office()),
        ]);
        assert_eq!(served(&ground, &answer.query), expected);
        named_is_on_record(&ground, Node::Zhongzhi, &answer.query, &["guoguan"]);
    }
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_names_wrongly_reaches_no_node() {
    let ground = Ground::start("named-refused").await;
    let before = ground.star.asks_served().await.expect("agents answer");
    let (desk, payoff) = open(&ground, Node::Guoguan, PAYOFF_CASE, "F24").await;
    let (_, moved) = open(&ground, Node::Guoguan, "GG-S01", "F05").await;
    let unnamed = Ask {
        case: payoff.clone(),
        ..Ask::default()
    };
    let five = ["tielu", "city", "zhongzhi", "guoguan", "tielu"];
    let wrong = [
        (unnamed, "TS-CENTER-NOT-NAMED"),
        (naming(&payoff, &[]), "TS-CENTER-NOT-NAMED"),
        (naming(&payoff, &["depot"]), "TS-CENTER-UNKNOWN"),
        (naming(&payoff, &["tielu", "depot"]), "TS-CENTER-UNKNOWN"),
        (naming(&payoff, &five), "TS-ASK-TOO-LARGE"),
        (naming(&moved, &["city"]), "TS-CENTER-NOT-ASKED"),
    ];
    let mut codes = wrong.iter().map(|(_, code)| *code).collect::<Vec<_>>();
    codes.push("TS-FLOW-NOT-A-LIST");
    for (ask, code) in wrong {
        let refused = desk.ask(&ask).await.expect_err("is refused");
        let refusal = refused.refusal().expect("says why");
        assert_eq!(
            (refusal.code.as_str(), refusal.turn.as_str()),
            (code, "caller")
        );
    }
    let list: Value = json!({ "case": payoff });
    let refused = desk.list(&list).await.expect_err("is refused");
    let code = &refused.refusal().expect("says why").code;
    assert_eq!(code, "TS-FLOW-NOT-A-LIST");
    let after = ground.star.asks_served().await.expect("agents answer");
    assert_eq!(before, after, "no node was asked");
    let own = LogBook::read(&ground.star.home().agent_log(Node::Guoguan));
    let own = own.expect("the log verifies");
    let refused = own.of_kind("refused");
    let on_record: Vec<&str> = refused.map(|(_, entry)| text(entry, "code")).collect();
    assert_eq!(on_record, codes, "each is on record at home");
    ground.check().await;
}
