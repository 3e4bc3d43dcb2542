//! An auditor's afternoon under the rules as delivered: somebody of the sample world looks one
//! person up on case after case, the alert appears, its page says why and names the entries, the
//! auditor takes the proof of each through the page's links, it holds offline, and what was done is
//! on record.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use audit::leaf_hash;
use audit::verify::visit_dir;
use sandbox::client::{Ask, Desk};
use sandbox::evidence::LogBook;
use sandbox::star::{Home, until};
use sandbox::world::{CURIOUS_CASES, CURIOUS_OPERATOR, Node};
use tests::pages::{Page, Visitor};

use super::ground::{Ground, folder, program, words};
use super::published::foreign::trusting;

/// Questions of a day about somebody asked about on another case that the delivered rule passes
/// over.
const BOUND: usize = 3;
/// How long counting, raising and publishing may take.
const WAIT: Duration = Duration::from_secs(20);
const TITLE: &str = "以不同办件反复查询同一人";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_people_up_beyond_their_cases_is_noticed_and_it_is_proven() {
    let mut star = Ground::prepare("auditor");
    as_delivered(star.home());
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let honest = ground.star.desk(Node::City, "0101").expect("has a desk");
    asked(&honest, &["CT-S02"]).await;
    let curious = ground.star.desk(Node::City, CURIOUS_OPERATOR);
    asked(&curious.expect("has a desk"), &CURIOUS_CASES).await;
    let home = ground.star.home();
    let mut auditor = Visitor::signed_in(home, "audit-1")
        .await
        .expect("is let in");
    let number = alert(&mut auditor).await;
    let page = seen(&mut auditor, &format!("/alerts/{number}")).await;
    let entries = evidence(&page, number);
    assert!(entries.len() > BOUND, "{entries:?}");
    proven(home, &mut auditor, &entries).await;
    in_the_room_use(&mut auditor).await;
    worked_on(home, &mut auditor, number).await;
    on_record(home, number);
    ground.check().await;
}

/// Where the hub's configuration names rules of alerts they are those of the example: it lists what
/// holds where none are named.
fn as_delivered(home: &Home) {
    let config = std::fs::read_to_string(home.hub_config()).expect("is there");
    let named = config.lines().find(|line| line.starts_with("alerts = "));
    assert_eq!(named, None, "the sandbox has no rules of its own");
}

async fn asked(desk: &Desk, cases: &[&str]) {
    for case in cases {
        let open = desk.open(case, "F05").await.expect("is open");
        let ask = Ask {
            case: open.case,
            ..Ask::default()
        };
        desk.ask(&ask).await.expect("is answered");
    }
}

async fn seen(visitor: &mut Visitor, path: &str) -> Page {
    let page = visitor.get(path).await.expect("the hub is heard");
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    page
}

/// The number of the alert about the planted operator, once it is there; about nobody else.
async fn alert(auditor: &mut Visitor) -> u64 {
    let found = until(WAIT, async || {
        let page = seen(auditor, "/alerts?standing=open").await;
        let rows = page.text.split("<tr>");
        let mut rows = rows.filter(|row| row.contains(TITLE));
        let row = rows.next()?.to_owned();
        assert_eq!(rows.count(), 0, "nobody else did so: {}", page.text);
        Some(row)
    });
    let row = found.await.expect("the alert appears");
    assert!(row.contains(&format!("city/{CURIOUS_OPERATOR}")), "{row}");
    let number = row.split("href=\"/alerts/").nth(1).expect("leads on");
    let number = number.split('"').next().expect("ends");
    number.parse().expect("is a number")
}

/// The entries that the page names, by their links to proofs.
fn evidence(page: &Page, alert: u64) -> Vec<u64> {
    for part in [
        TITLE,
        "超过规则上限 3 次",
        "▶ city/0199",
        "所列记录涉及人数：<strong>1</strong>",
        "href=\"/subject/",
        "> · city · <a",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let links = page.text.split("href=\"/audit/").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next()?.strip_suffix("/verify"));
    let entries = links.filter_map(|number| number.parse().ok());
    entries.filter(|entry| *entry != alert).collect()
}

/// Each entry is a question of the planted operator. Its proof is taken as the auditor, by the
/// links
/// of the pages, and holds with nothing but the log's key.
async fn proven(home: &Home, auditor: &mut Visitor, entries: &[u64]) {
    let kept = folder("auditor-kept");
    std::fs::create_dir_all(&kept).expect("is made");
    let mut leaves = Vec::new();
    visit_dir(
        &home.hub_log(),
        |index, bytes| {
            if entries.contains(&index) {
                let text = String::from_utf8_lossy(bytes);
                let is_theirs = text.contains(&format!("\"{CURIOUS_OPERATOR}\""));
                assert!(text.contains("\"kind\":\"decision\"") && is_theirs);
                leaves.push((index, leaf_hash(bytes).to_string()));
            }
        },
        |_| {},
    )
    .expect("the log verifies");
    assert_eq!(leaves.len(), entries.len());
    for (entry, leaf) in leaves {
        let proof = proof(auditor, entry, &leaf).await;
        let file = kept.join(format!("{entry}.tlog-proof"));
        std::fs::write(&file, proof).expect("is kept");
        verify(&file, &home.log_key(), &leaf, true);
        verify(
            &file,
            &home.log_key(),
            &leaf_hash(b"another").to_string(),
            false,
        );
    }
}

/// The proof file that the page about an entry's proof leads to, once a checkpoint covers it.
async fn proof(auditor: &mut Visitor, entry: u64, leaf: &str) -> String {
    let found = until(WAIT, async || {
        let page = seen(auditor, &format!("/audit/{entry}/verify")).await;
        let link = page.text.split("href=\"").find_map(|rest| {
            let to = rest.split('"').next()?;
            to.ends_with("/proof").then(|| to.to_owned())
        });
        let link = link.filter(|_| page.text.contains(leaf))?;
        let file = auditor.get(&link).await.expect("the hub is heard");
        (file.status == 200).then_some(file.text)
    });
    found.await.expect("a checkpoint covers it")
}

fn verify(proof: &Path, key: &Path, leaf: &str, holds: bool) {
    let said = Command::new(program("tianshu"))
        .args(["audit", "verify"])
        .arg(proof)
        .arg(trusting(key))
        .arg(key)
        .args(["--leaf", leaf])
        .output()
        .expect("tianshu runs");
    assert_eq!(said.status.success(), holds, "{}", words(&said));
}

async fn in_the_room_use(auditor: &mut Visitor) {
    let page = seen(auditor, "/use?sort=repeats").await;
    let first = page.text.split("<tbody>").nth(1).expect("has a ranking");
    let first = first.split("</tr>").next().expect("has a row");
    assert!(
        first.contains(&format!("/use/city/{CURIOUS_OPERATOR}?")),
        "{first}"
    );
    let page = seen(auditor, &format!("/use/city/{CURIOUS_OPERATOR}")).await;
    let cases = page.text.matches("/audit?case=CT").count();
    assert!(cases > BOUND, "{cases} cases");
    let none = auditor.get("/use/city/nobody").await.expect("is heard");
    assert_eq!(none.status, 404);
}

/// A page's form for a step, sent by somebody.
async fn step(visitor: &mut Visitor, number: u64, step: &str, text: &str) -> Page {
    let page = seen(visitor, &format!("/alerts/{number}")).await;
    let seen = page.text.split("name=\"seen\" value=\"").nth(1);
    let seen = seen.and_then(|rest| rest.split('"').next());
    let fields = [
        ("step", step),
        ("text", text),
        ("seen", seen.unwrap_or("0")),
    ];
    let path = format!("/alerts/{number}/step");
    let sent = visitor.post(&path, &fields).await;
    sent.expect("the hub is heard")
}

async fn worked_on(home: &Home, auditor: &mut Visitor, number: u64) {
    let mut security = Visitor::signed_in(home, "security-1")
        .await
        .expect("is let in");
    let mut duty = Visitor::signed_in(home, "duty-1").await.expect("is let in");
    let refused = step(&mut duty, number, "assigned", "").await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    for (what, text) in [
        ("assigned", ""),
        ("explained", "以多个办件反复查询同一人，已约谈"),
    ] {
        let done = step(&mut security, number, what, text).await;
        assert_eq!(done.status, 303, "{what}: {}", done.text);
    }
    let own = step(&mut security, number, "confirmed", "").await;
    assert_eq!(own.status, 403, "nobody confirms their own word");
    for (what, text) in [("confirmed", ""), ("closed", "已按规定处理")] {
        let done = step(auditor, number, what, text).await;
        assert_eq!(done.status, 303, "{what}: {}", done.text);
    }
    let page = seen(auditor, &format!("/alerts/{number}")).await;
    assert!(page.text.contains("■ 已关闭") && page.text.contains("已约谈"));
}

fn on_record(home: &Home, number: u64) {
    let log = LogBook::read(&home.hub_log()).expect("the log verifies");
    let alert = &log.entries[usize::try_from(number).expect("is small")];
    assert_eq!(alert["kind"], "alert-raised");
    assert_eq!(alert["who"]["operator"], CURIOUS_OPERATOR);
    let steps = log.of_kind("alert-step");
    let steps: Vec<_> = steps
        .map(|(_, e)| (e["step"].as_str(), e["staff"].as_str()))
        .collect();
    let expected = [
        ("assigned", "security-1"),
        ("explained", "security-1"),
        ("confirmed", "audit-1"),
        ("closed", "audit-1"),
    ];
    assert_eq!(
        steps,
        expected.map(|(step, staff)| (Some(step), Some(staff)))
    );
    let refused = log.of_kind("act-refused");
    let refused = refused.filter(|(_, e)| e["target"] == format!("alert/{number}"));
    assert_eq!(refused.count(), 2);
    let looks = log.of_kind("looked");
    let rooms: Vec<_> = looks.filter_map(|(_, e)| e["room"].as_str()).collect();
    assert!(
        rooms.contains(&"alerts") && rooms.contains(&"use"),
        "{rooms:?}"
    );
}
