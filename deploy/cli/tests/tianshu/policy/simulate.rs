//! `tianshu policy simulate`, over logs in the form in which the hub writes them.

use std::path::Path;

use audit::{Journal, JournalConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{done, matching, path, run};

const EXPIRES: &str = "2026-11-23T10:05:00+08:00";
const AT: &str = "2026-11-23T10:00:00+08:00";

/// What the hub adds to an entry so that it can be decided again.
fn facts() -> Value {
    json!({
        "at": AT,
        "carries": ["number", "consent"],
        "roles": ["applicant"],
        "opened_on": "2026-11-23",
        "signed": { "issued_at": AT, "officer": false },
    })
}

fn decision(query: &str, node: &str) -> Value {
    json!({
        "v": 1, "at": "2026-11-23T10:00:00.004+08:00", "salt": "00", "kind": "decision",
        "query": query,
        "who": { "node": node, "serial": "01", "operator": "e-1", "counter": "c", "system": "s" },
        "case": {
            "number": "K-1", "flow": "F05", "matter": "02", "basis": "A", "basis_number": "A-1",
            "use_no": 1, "nonce": "00", "expires_at": EXPIRES,
        },
        "subject": "p", "mode": "details", "items": { "04": ["04-07"], "03": ["03-06"] },
        "asked": ["city"], "skipped": {}, "facts": facts(),
    })
}

/// A refusal with all its facts.
fn refusal(query: &str, node: &str, code: &str, reason: &str) -> Value {
    let facts = json!({
        "at": AT, "matter": "02", "mode": "details", "items": ["04-07"], "basis": "A", "use_no": 1,
        "carries": ["number", "consent"], "roles": ["applicant"], "opened_on": "2026-11-23",
        "signed": { "issued_at": AT, "expires_at": EXPIRES, "officer": false },
        "refused": reason,
    });
    json!({
        "v": 1, "at": AT, "salt": "00", "kind": "refusal", "query": query, "code": code,
        "turn": "policy", "who": { "node": node }, "flow": "F05", "case": "K-2", "subject": "p",
        "facts": facts,
    })
}

fn changed(mut entry: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut entry);
    entry
}

fn without(entry: Value, place: &str, name: &str) -> Value {
    changed(entry, |entry| {
        let part = entry.pointer_mut(place).unwrap();
        part.as_object_mut().unwrap().remove(name).unwrap();
    })
}

async fn log(entries: &[Value]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let (journal, _) = Journal::open(&JournalConfig::new(dir.path(), "hub-1")).unwrap();
    for entry in entries {
        journal
            .append(entry.to_string().into_bytes())
            .await
            .unwrap();
    }
    journal.close().unwrap();
    dir
}

fn other_kind(kind: &str) -> Value {
    json!({ "v": 1, "at": AT, "salt": "00", "kind": kind })
}

fn begin<'a>(log: &'a Path, against: &'a str) -> Vec<&'a str> {
    vec![
        "policy",
        "simulate",
        "--log",
        path(log),
        "--against",
        against,
    ]
}

#[tokio::test]
async fn under_the_same_rules_nothing_differs() {
    let approved = json!({ "issued_at": AT, "expires_at": EXPIRES, "officer": true });
    let legal = changed(decision("q-3", "guoguan"), |entry| {
        let case = &mut entry["case"];
        case["flow"] = "F27".into();
        case["matter"] = "00".into();
        case["basis"] = "C".into();
        case["approver"] = "e-2".into();
        let facts = &mut entry["facts"];
        facts["carries"] = json!(["number", "issuer", "date", "officers", "period"]);
        facts["document_on"] = "2026-11-20".into();
        facts["roles"] = json!(["named"]);
        facts["signed"]["officer"] = true.into();
        facts["approved"] = approved;
    });
    let entries = [
        other_kind("started"),
        decision("q-1", "city"),
        refusal("q-2", "tielu-depot", "TS-FLOW-DISABLED", "flow-not-enabled"),
        legal,
        other_kind("outcome"),
        changed(
            refusal("q-4", "city", "TS-SUSPENDED", "suspended"),
            |entry| {
                entry["facts"]["suspended"] = json!(["operator"]);
            },
        ),
    ];
    let log = log(&entries).await;
    let out = done(&[begin(log.path(), "builtin"), vec!["--strict"]].concat());
    let summary = "4 decided again, 0 differ; 0 cannot be judged; 0 refused by no rule of a set\n";
    assert!(
        out.starts_with("log      hub-1, verified\nagainst  "),
        "{out}"
    );
    assert!(out.ends_with(&format!("\n\n{summary}")), "{out}");
}

#[tokio::test]
async fn every_decision_that_would_differ_is_listed_with_its_rule() {
    let other_day = changed(decision("q-old", "city"), |entry| {
        entry["at"] = "2026-11-20T10:00:00+08:00".into();
    });
    let entries = [
        other_day,
        decision("q-1", "city"),
        changed(decision("q-2", "city"), |entry| {
            entry["mode"] = "match".into();
            entry["items"] = json!({ "04": ["04-07"] });
        }),
        refusal("q-3", "city", "TS-CASE-CONSENT", "consent-missing"),
    ];
    let log = log(&entries).await;
    let rules = matching();
    let args = [
        begin(log.path(), path(rules.path())),
        vec!["--day", "2026-11-23"],
    ]
    .concat();
    let ran = run(&args);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let listed: Vec<&str> = ran.out.lines().skip(3).collect();
    assert_eq!(
        listed,
        [
            "differs  q-1  2026-11-23T10:00:00+08:00  city F05: was allowed, now mode-mismatch \
             (mode: asked details; at most match)",
            "differs  q-3  2026-11-23T10:00:00+08:00  city F05: was consent-missing, now \
             mode-mismatch (mode: asked details; at most match)",
            "3 decided again, 2 differ; 0 cannot be judged; 0 refused by no rule of a set",
        ]
    );
    let ran = run(&[args, vec!["--json"]].concat());
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (ran.code, &told["decided"], &told["allowed"]),
        (1, &3.into(), &1.into())
    );
    assert_eq!(told["day"], "2026-11-23");
    assert_eq!(told["differ"][0]["query"], "q-1");
    assert_eq!(told["differ"][0]["now"], "mode-mismatch");
    let all = run(&begin(log.path(), path(rules.path())));
    assert!(all.out.contains("4 decided again, 3 differ"), "{}", all.out);
}

#[tokio::test]
async fn what_the_record_does_not_hold_is_never_guessed() {
    let dated = changed(decision("q-5", "city"), |entry| {
        entry["facts"]["carries"] = json!(["number", "date"]);
    });
    let entries = [
        without(decision("q-1", "city"), "", "facts"),
        without(decision("q-2", "city"), "/facts", "roles"),
        without(decision("q-3", "city"), "/facts/signed", "officer"),
        changed(decision("q-4", "city"), |entry| {
            entry["case"]["approver"] = "e-2".into()
        }),
        dated,
        without(refusal("q-6", "city", "TS-FLOW-DISABLED", ""), "", "facts"),
        refusal("q-7", "city", "TS-SUSPENDED", "suspended"),
        refusal("q-8", "city", "TS-FLOW-VERSION", "flow-version"),
        changed(decision("q-9", "city"), |entry| {
            entry["facts"]["mode"] = "match".into()
        }),
        changed(decision("q-10", "city"), |entry| {
            entry["mode"] = "browse".into()
        }),
        changed(decision("q-11", "city"), |entry| {
            entry["items"] = json!({ "04": ["04-99"] })
        }),
        changed(decision("q-12", "city"), |entry| {
            entry["facts"]["refused"] = "expired".into()
        }),
        json!({ "v": 1, "at": AT, "kind": "refusals-folded", "code": "TS-POLICY-DENIED",
            "who": "city", "count": 7 }),
    ];
    let log = log(&entries).await;
    let out = done(&begin(log.path(), "builtin"));
    let listed: Vec<&str> = out.lines().skip(3).collect();
    assert_eq!(
        listed,
        [
            "cannot be judged  q-1: the record lacks at, carries, roles, opened_on, \
             signed.issued_at, signed.officer",
            "cannot be judged  q-2: the record lacks roles",
            "cannot be judged  q-3: the record lacks signed.officer",
            "cannot be judged  q-4: the record lacks approved",
            "cannot be judged  q-5: the record lacks document_on",
            "cannot be judged  q-6: refused with TS-FLOW-DISABLED, without the facts on record",
            "cannot be judged  q-7: the record lacks suspended",
            "cannot be judged  q-8: the record does not hold the flow as the node knew it",
            "cannot be judged  q-9: the record contradicts itself: mode",
            "cannot be judged  q-10: the record's facts cannot be read",
            "cannot be judged  q-11: it is no question here: unknown-item",
            "cannot be judged  q-12: the record contradicts itself: refused",
            "cannot be judged  -: 7 refusals with TS-POLICY-DENIED are on record as a count only",
            "0 decided again, 0 differ; 19 cannot be judged; 0 refused by no rule of a set",
        ]
    );
    let ran = run(&[begin(log.path(), "builtin"), vec!["--strict"]].concat());
    assert_eq!(ran.code, 1);
}

#[tokio::test]
async fn refusals_that_no_rule_made_are_counted_apart() {
    let entries = [
        without(refusal("q-1", "city", "TS-CASE-REPLAYED", ""), "", "facts"),
        refusal("q-2", "city", "TS-CASE-QUESTION", "wrong-question"),
        refusal("q-3", "city", "TS-CASE-MATTER", "wrong-matter"),
        json!({ "v": 1, "at": AT, "kind": "refusals-folded", "code": "TS-LIMIT-CALLER",
            "who": "city", "count": 7 }),
    ];
    let log = log(&entries).await;
    let out = done(&[begin(log.path(), "builtin"), vec!["--strict"]].concat());
    let summary = "0 decided again, 0 differ; 0 cannot be judged; 10 refused by no rule of a set\n";
    assert!(out.ends_with(summary), "{out}");
}

#[tokio::test]
async fn a_log_that_is_not_whole_is_not_judged() {
    let whole = log(&[decision("q-1", "city"), json!({ "v": 2 })]).await;
    let ran = run(&begin(whole.path(), "builtin"));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("entry 1: is no entry of version 1"),
        "{}",
        ran.err
    );
    let empty = tempfile::tempdir().unwrap();
    let ran = run(&begin(empty.path(), "builtin"));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("there is no log in"), "{}", ran.err);
    let ran = run(&begin(whole.path(), "/nowhere/at/all"));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}
