//! An auditor at the pages of a running star: searches, opens an entry, verifies it on the page and
//! offline, takes a file away; all of it is on record, and nobody else comes in.

use std::process::Command;
use std::time::{Duration, Instant};

use audit::Receipt;
use audit::note::TlogProof;
use sandbox::evidence::LogBook;
use sandbox::star::Home;
use sandbox::world::sample;
use serde_json::Value;
use tests::pages::{Page, Visitor};

use super::ground::{Ground, assert_holds, program};

/// A checkpoint comes every second.
const COVERED_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_searches_verifies_and_takes_a_file() {
    let mut ground = Ground::start("auditing").await;
    for id in ["S1", "S6"] {
        assert_holds(&ground.show().sample(id).await);
    }
    let home = ground.star.home();
    strangers_stay_out(home).await;
    let mut auditor = Visitor::signed_in(home, "audit-1")
        .await
        .expect("is let in");
    let entries = searched(home, &mut auditor).await;
    let decision = entries.first().copied().expect("there was a decision");
    opened(&mut auditor, decision).await;
    proven(home, &mut auditor, decision).await;
    let digest = taken(&mut auditor, &entries).await;
    refused(&mut auditor).await;
    on_record(home, &digest);
    ground.check().await;
}

/// Whoever runs the programs does not read the log, and whoever is not signed in sees nothing.
async fn strangers_stay_out(home: &Home) {
    let mut unknown = Visitor::of(home, "audit-1").expect("has a certificate");
    let page = unknown
        .get("/audit?order=newest")
        .await
        .expect("the hub is heard");
    assert_eq!(page.status, 303);
    for name in ["system-1", "security-1", "duty-1"] {
        let mut visitor = Visitor::signed_in(home, name).await.expect("is let in");
        for path in [
            "/audit?order=newest",
            "/audit/1",
            "/audit/1/verify",
            "/audit/1/proof",
        ] {
            let page = visitor.get(path).await.expect("the hub is heard");
            assert_eq!(page.status, 403, "{name}: {path}");
            assert!(page.text.contains("TS-ACT-ROLE"), "{name}: {path}");
        }
        let page = visitor
            .post("/audit/export", &[("form", "csv"), ("kind", "decision")])
            .await
            .expect("the hub is heard");
        assert_eq!(page.status, 403, "{name}");
    }
}

/// Finds every decision; the log says the same.
async fn searched(home: &Home, auditor: &mut Visitor) -> Vec<u64> {
    let page = auditor
        .get("/audit?kind=decision&order=oldest&from=2000-01-01")
        .await
        .expect("the hub is heard");
    assert_eq!(page.status, 200, "{}", page.text);
    let found = numbers(&page);
    let book = LogBook::read(&home.hub_log()).expect("is read");
    let decisions: Vec<u64> = book.of_kind("decision").map(|(number, _)| number).collect();
    assert_eq!(found, decisions);
    // The statement about the time, in Chinese.
    for said in ["✓ 已逐条通读", "✓ 达到法定数"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    found
}

/// The numbers of the rows.
fn numbers(page: &Page) -> Vec<u64> {
    let rows = page
        .text
        .split("<th scope=\"row\"><a class=\"number\" href=\"/audit/");
    let rows = rows
        .skip(1)
        .map(|row| row.split('"').next().unwrap_or_default());
    rows.map(|number| number.parse().expect("is a number"))
        .collect()
}

async fn opened(auditor: &mut Visitor, number: u64) {
    let page = auditor
        .get(&format!("/audit/{number}"))
        .await
        .expect("the hub is heard");
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text.contains("outcome"),
        "its pair is shown: {}",
        page.text
    );
    assert!(page.text.contains("/audit?case="), "leads to its case");
    assert!(
        !page.text.contains("\u{2715}"),
        "nothing is amiss: {}",
        page.text
    );
}

/// The page of the proof, once a checkpoint covers the entry.
async fn covered(auditor: &mut Visitor, number: u64) -> Page {
    let begun = Instant::now();
    loop {
        let page = auditor
            .get(&format!("/audit/{number}/verify"))
            .await
            .expect("the hub is heard");
        assert_eq!(page.status, 200, "{}", page.text);
        if page.text.contains("id=\"own\"") {
            return page;
        }
        assert!(begun.elapsed() < COVERED_WITHIN, "{}", page.text);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The page, the file and the offline program agree; the key comes from elsewhere.
async fn proven(home: &Home, auditor: &mut Visitor, number: u64) {
    let page = covered(auditor, number).await;
    assert!(page.text.contains("✓ 各步均成立"), "{}", page.text);
    assert!(page.text.contains("class=\"sound\""));
    let file = auditor
        .get(&format!("/audit/{number}/proof"))
        .await
        .expect("the hub is heard");
    assert_eq!(file.status, 200);
    let proof = TlogProof::parse(file.text.as_bytes()).expect("is a proof");
    assert_eq!(proof.index, number);
    let bytes = auditor
        .post(&format!("/audit/{number}/entry"), &[])
        .await
        .expect("the hub is heard");
    let leaf = audit::leaf_hash(bytes.text.as_bytes());
    let receipt = Receipt {
        log: proof.checkpoint.checkpoint.origin.clone(),
        index: number,
        leaf_hash: leaf,
    };
    assert!(page.text.contains(&receipt.leaf_hash.to_string()));
    let kept = home.dir().join("entry.tlog-proof");
    std::fs::write(&kept, &file.text).expect("is written");
    let said = Command::new(program("tianshu"))
        .args(["audit", "verify"])
        .arg(&kept)
        .args(["--leaf", &leaf.to_string(), "--key"])
        .arg(home.log_key())
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success() && text.contains("proven"), "{text}");
    // Kept for later: the log has grown out of this checkpoint.
    let kept = page
        .text
        .split("href=\"")
        .find(|link| link.contains("old_size="));
    let kept = kept
        .and_then(|link| link.split('"').next())
        .expect("can be kept");
    let page = auditor
        .get(&kept.replace("&amp;", "&"))
        .await
        .expect("the hub is heard");
    assert!(
        page.text.contains("✓ 现在的日志以当时的日志开头"),
        "{}",
        page.text
    );
}

/// Takes all decisions away; gives the digest of the file.
async fn taken(auditor: &mut Visitor, entries: &[u64]) -> String {
    auditor
        .get("/audit?kind=decision&order=oldest")
        .await
        .expect("the hub is heard");
    let terms = [("form", "jsonl"), ("kind", "decision"), ("order", "oldest")];
    let file = auditor
        .post("/audit/export", &terms)
        .await
        .expect("the hub is heard");
    assert_eq!(file.status, 200, "{}", file.text);
    let lines = file.text.lines().map(serde_json::from_str::<Value>);
    let lines: Vec<Value> = lines.map(|line| line.expect("is JSON")).collect();
    let numbers: Vec<_> = lines.iter().map(|line| line["number"].as_u64()).collect();
    assert_eq!(
        numbers,
        entries.iter().copied().map(Some).collect::<Vec<_>>()
    );
    let digest = ring::digest::digest(&ring::digest::SHA256, file.text.as_bytes());
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A person's number is looked for nowhere; the check at the end finds it in no file either.
async fn refused(auditor: &mut Visitor) {
    let party = sample("S1").expect("is planted").cases[0].parties[0];
    for field in ["case", "operator", "subject", "query", "staff"] {
        let page = auditor
            .get(&format!("/audit?{field}={}", party.number))
            .await
            .expect("the hub is heard");
        assert_eq!(page.status, 400, "{field}: {}", page.text);
        assert!(!page.text.contains(party.number), "{field}");
    }
}

fn on_record(home: &Home, digest: &str) {
    let book = LogBook::read(&home.hub_log()).expect("is read");
    let of = |kind: &str| {
        let told = book.of_kind(kind).map(|(_, entry)| entry);
        told.filter(|entry| entry["staff"] == "audit-1")
            .collect::<Vec<_>>()
    };
    let looked = of("looked");
    assert!(
        looked
            .iter()
            .any(|look| look["terms"]["kind"] == "decision")
    );
    assert!(
        looked
            .iter()
            .any(|look| look["terms"]["verify"].is_string())
    );
    let files = of("exported");
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(
        files.iter().any(|file| file["sha256"] == digest),
        "{files:?}"
    );
}
