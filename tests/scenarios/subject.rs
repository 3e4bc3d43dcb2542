//! An auditor's look at everything that was asked about one person: the number is named by a
//! center's agent, the ledger says all of it, the proofs verify elsewhere, and the number is
//! nowhere. The other rooms open to whoever may see them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sandbox::client::Ask;
use sandbox::evidence::LogBook;
use sandbox::star::{Home, until};
use sandbox::world::{Node, samples};
use tests::pages::Visitor;

use super::ground::{Ground, folder, program, words};

const CASE: &str = "CT-S02";
const REASON: &str = "纪检函〔2026〕114号";
/// How long a checkpoint may take to cover what was written.
const COVERED_WAIT: Duration = Duration::from_secs(15);

/// The applicant of the case.
fn number() -> &'static str {
    let cases = samples().iter().flat_map(|sample| sample.cases);
    let mut of_it = cases.filter(|case| case.case_no == CASE);
    of_it.next().expect("is a sample").parties[0].number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_sees_everything_asked_about_a_person_with_proof() {
    let ground = Ground::start("subject").await;
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    let open = desk.open(CASE, "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await.expect("is answered");
    let home = ground.star.home();
    let subject = named(home).await;
    ledger(home, &subject).await;
    proofs(home, &subject).await;
    others(home).await;
    rooms(home).await;
    ground.check().await;
}

/// The number becomes a pseudonym, on record at the city's agent and at the hub.
async fn named(home: &Home) -> String {
    let mut auditor = Visitor::signed_in(home, "audit-1")
        .await
        .expect("is let in");
    let form = auditor.get("/subject").await.expect("the hub is heard");
    assert!(form.text.contains("autocomplete=\"off\""), "{}", form.text);
    let typed = |number, reason| [("cert_type", "01"), ("number", number), ("reason", reason)];
    let nothing = auditor
        .post("/subject", &typed(number(), ""))
        .await
        .expect("the hub is heard");
    assert!(
        nothing.text.contains("TS-NAMING-REASON"),
        "{}",
        nothing.text
    );
    auditor.get("/subject").await.expect("the hub is heard");
    let wrong = auditor
        .post("/subject", &typed("110101190001010015", REASON))
        .await
        .expect("the hub is heard");
    assert!(
        wrong.text.contains("TS-SUBJECT-MALFORMED"),
        "{}",
        wrong.text
    );
    auditor.get("/subject").await.expect("the hub is heard");
    let found = auditor
        .post("/subject", &typed(number(), REASON))
        .await
        .expect("the hub is heard");
    assert_eq!(found.status, 303, "{}", found.text);
    let subject = found
        .location()
        .strip_prefix("/subject/")
        .expect("leads on");
    assert_eq!(subject.len(), 64);
    for page in [&nothing, &wrong, &found] {
        assert!(!page.text.contains(number()), "is echoed nowhere");
    }
    let hub = LogBook::read(&home.hub_log()).expect("verifies");
    let looks: Vec<_> = hub.of_kind("looked").collect();
    let [(_, look)] = &looks[..] else {
        panic!("{looks:?}");
    };
    assert_eq!(look["subject"], subject);
    assert_eq!(
        (&look["reason"], &look["staff"]),
        (&REASON.into(), &"audit-1".into())
    );
    let own = LogBook::read(&home.agent_log(Node::City)).expect("verifies");
    let named: Vec<_> = own.of_kind("subject-named").collect();
    assert_eq!(named.len(), 1, "the city's agent has it on record");
    assert_eq!(named[0].1["staff"], "audit-1");
    subject.to_owned()
}

async fn ledger(home: &Home, subject: &str) {
    let mut auditor = Visitor::signed_in(home, "audit-1")
        .await
        .expect("is let in");
    let page = auditor
        .get(&format!("/subject/{subject}"))
        .await
        .expect("the hub is heard");
    assert_eq!(page.status, 200, "{}", page.text);
    for text in [CASE, "F05", "0101", REASON, "audit-1", "个人账户"] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    for absent in ["style=", "http://", "https://", number()] {
        assert!(!page.text.contains(absent), "{absent}");
    }
}

/// What is taken away verifies with the log's key and nothing else.
async fn proofs(home: &Home, subject: &str) {
    let mut auditor = Visitor::signed_in(home, "audit-1")
        .await
        .expect("is let in");
    let all = home.hub_log();
    let size = LogBook::read(&all).expect("verifies").verified.entries;
    let covered = until(COVERED_WAIT, async || {
        let paper = auditor
            .get(&format!("/subject/{subject}/print?before={size}"))
            .await
            .expect("the hub is heard");
        let is_covered =
            paper.text.contains("已在此检查点下核验") && !paper.text.contains("写入晚于检查点");
        is_covered.then_some(paper)
    });
    let paper = covered.await.expect("a checkpoint covers it");
    assert!(paper.text.contains("/log/proof/"), "{}", paper.text);
    let file = auditor
        .get(&format!("/subject/{subject}/proofs?before={size}"))
        .await
        .expect("the hub is heard");
    assert_eq!(file.status, 200, "{}", file.text);
    let kept = folder("subject-kept");
    std::fs::create_dir_all(&kept).expect("is made");
    let path = kept.join("subject.proofs");
    std::fs::write(&path, &file.text).expect("is kept");
    let said = verified(&path, &home.log_key());
    assert!(
        said.contains("each proven") && said.contains("(decision of "),
        "{said}"
    );
    assert!(said.contains("(outcome of "), "{said}");
}

fn verified(file: &Path, key: &Path) -> String {
    let said = Command::new(program("tianshu"))
        .args(["audit", "verify"])
        .arg(file)
        .arg("--key")
        .arg(key)
        .output()
        .expect("tianshu runs");
    assert!(said.status.success(), "{}", words(&said));
    words(&said)
}

/// No other role comes near it, not even to name a number.
async fn others(home: &Home) {
    for name in ["system-1", "security-1", "duty-1"] {
        let mut visitor = Visitor::signed_in(home, name).await.expect("is let in");
        let page = visitor.get("/subject").await.expect("the hub is heard");
        assert_eq!(page.status, 403, "{name}");
        let typed = [
            ("cert_type", "01"),
            ("number", number()),
            ("reason", REASON),
        ];
        let page = visitor
            .post("/subject", &typed)
            .await
            .expect("the hub is heard");
        assert_eq!(page.status, 403, "{name}");
    }
    let own = LogBook::read(&home.agent_log(Node::City)).expect("verifies");
    assert_eq!(own.of_kind("subject-named").count(), 1);
}

/// Catalog, policies and limits over a star that has answered.
async fn rooms(home: &Home) {
    let mut duty = Visitor::signed_in(home, "duty-1").await.expect("is let in");
    for (path, says) in [
        ("/catalog", "个人账户"),
        ("/catalog?q=grzhzt", "04-08"),
        ("/catalog/04-08", "F05"),
        ("/catalog/versions", "2026.1"),
        ("/policies", "F31"),
        ("/policies/F05", "live-account"),
        (
            "/policies/explain?node=city&flow=F05&at=2026-11-23T10:00",
            "允许",
        ),
        ("/policies/changes", "随程序交付"),
        ("/limits", "target.in_flight_max"),
        ("/limits/people", "已记入审计日志"),
    ] {
        let page = duty.get(path).await.expect("the hub is heard");
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(page.text.contains(says), "{path}: {says}: {}", page.text);
    }
    let log = LogBook::read(&home.hub_log()).expect("verifies");
    let looks = log
        .of_kind("looked")
        .filter(|(_, look)| look["staff"] == "duty-1");
    let rooms: Vec<_> = looks.map(|(_, look)| look["room"].clone()).collect();
    assert_eq!(rooms, ["limits"], "operators and cases are people");
}
