//! An approval is proven afterwards from the words in the asker's log; whoever changes a word, a
//! name or what rests on it is found out.

use std::fs;

use data_encoding::{BASE64, HEXLOWER};
use policies::{ApprovalStatement, SignedApproval};
use serde_json::{Value as Json, json};

use super::{Desk, statement};
use crate::tianshu::{Ran, run};

/// A trust list with this officer at `guoguan`, and one of the same name at `city`.
fn trust(public: &[u8; 32]) -> String {
    let nodes = ["guoguan", "city"].map(|id| {
        let random = ring::rand::SystemRandom::new();
        let key = || {
            let made = policies::OfficerKey::generate_pkcs8(&random).unwrap();
            policies::OfficerKey::from_pkcs8(&made)
                .unwrap()
                .public_key_hex()
        };
        let officer = match id {
            "guoguan" => HEXLOWER.encode(public),
            _ => key(),
        };
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"C11001\"\nzh = \"中心\"\nen = \"center\"\n\
             case_key = \"{}\"\nphone = \"1\"\n\
             [[node.officers]]\nname = \"legal-2\"\nkey = \"{officer}\"\n",
            key()
        )
    });
    nodes.concat()
}

/// What the three logs hold of one question: the asker's, the hub's, an answering center's.
struct Books {
    desk: Desk,
    entries: [Json; 3],
}

fn books() -> Books {
    let desk = Desk::new();
    let answer = statement(|_| {});
    let signature = desk.sign(&answer).1.unwrap()["signature"].clone();
    let bytes = |text: &Json| BASE64.decode(text.as_str().unwrap().as_bytes()).unwrap();
    let (body, signature) = (bytes(&answer["statement"]), bytes(&signature));
    let said = ApprovalStatement::decode(&body).unwrap();
    let signature = HEXLOWER.encode(&signature);
    let signed = SignedApproval {
        body: body.clone(),
        ..SignedApproval::default()
    };
    let digest = HEXLOWER.encode(&signed.statement_digest());
    let approved = json!({
        "v": 1, "kind": "approved", "approval": "a", "case_no": "GG-L27", "flow": "F27",
        "operator": "legal-1", "approver": "legal-2", "counter": "9", "system": "business",
        "statement": digest, "signature": signature, "body": String::from_utf8(body).unwrap(),
    });
    let decision = json!({
        "v": 1, "kind": "decision", "query": "q", "mode": "details",
        "who": {"node": "guoguan", "operator": "legal-1"}, "items": {"04": ["04-14"]},
        "case": {"number": "GG-L27", "flow": "F27", "matter": "00", "approver": "legal-2",
            "approval_nonce": HEXLOWER.encode(&said.root[..16]),
            "approval_statement": digest, "approval_signature": signature},
    });
    let served = json!({
        "v": 1, "kind": "served", "query": "q", "node": "guoguan", "case_no": "GG-L27",
        "flow": "F27", "operator": "legal-1", "approver": "legal-2", "verdicts": [],
        "approval_statement": digest, "approval_signature": signature,
    });
    Books {
        desk,
        entries: [approved, decision, served],
    }
}

impl Books {
    fn verify(&self, entries: &[Json; 3]) -> Ran {
        let list = self.desk.file("trust.toml");
        fs::write(&list, trust(&self.desk.public)).unwrap();
        // The asker's as one entry, the others as a search prints them.
        let own = self.desk.file("approved.json");
        fs::write(&own, entries[0].to_string()).unwrap();
        let others = self.desk.file("others.json");
        let rows = json!({"rows": [{"entry": entries[1]}, {"entry": entries[2]}]});
        fs::write(&others, rows.to_string()).unwrap();
        let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
        run(&[
            "officer",
            "verify",
            "--trust",
            &text(&list),
            &text(&own),
            &text(&others),
        ])
    }
}

#[test]
fn an_approval_is_proven_from_the_logs_and_the_trust_list() {
    let books = books();
    let ran = books.verify(&books.entries);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for said in [
        "legal-2 of guoguan at 9 through business: case GG-L27 in F27, 1 items, 1 subjects",
        "decision q: rests on it",
        "served q: rests on it",
        "verdict   proven",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
}

#[test]
fn whatever_was_changed_afterwards_is_found() {
    /// Which book, what is changed in it, and what is said then.
    type Change = (usize, &'static str, &'static str, &'static str);
    const CHANGES: [Change; 16] = [
        (0, "/body", "{}", "has signed these words"),
        (0, "/signature", "00", "has signed these words"),
        (0, "/signature", "no hex", "cannot be read"),
        (0, "/approver", "legal-1", "has signed these words"),
        (0, "/operator", "legal-9", "the asker is not that"),
        (0, "/case_no", "GG-1", "the case is not that"),
        (0, "/statement", "00", "the digest is not that"),
        (1, "/who/node", "city", "the center is not the one"),
        (1, "/case/number", "GG-1", "the case is not the one"),
        (1, "/case/approval_statement", "00", "that was proven"),
        (1, "/case/approval_signature", "00", "another signature"),
        (
            1,
            "/case/approval_nonce",
            "00",
            "not the one that was signed",
        ),
        (1, "/items/04/0", "04-15", "an item was granted"),
        (1, "/mode", "match", "the mode is not the one"),
        (2, "/operator", "legal-9", "the asker is not the one"),
        (2, "/approval_statement", "", "that was proven"),
    ];
    let books = books();
    for (book, place, word, told) in CHANGES {
        let mut entries = books.entries.clone();
        *entries[book].pointer_mut(place).unwrap() = word.into();
        let ran = books.verify(&entries);
        assert_eq!(ran.code, 1, "{place} {word}: {}", ran.out);
        assert!(ran.out.contains(told), "{place} {word}: {}", ran.out);
        assert!(ran.out.contains("NOT PROVEN"), "{place}: {}", ran.out);
    }
    let mut more = books.entries.clone();
    more[2]["verdicts"] = json!(["live-account"]);
    let ran = books.verify(&more);
    assert!(ran.out.contains("the verdicts are not"), "{}", ran.out);
}

#[test]
fn nothing_is_proven_where_no_words_are() {
    let books = books();
    let mut entries = books.entries.clone();
    entries[0] = json!({"v": 1, "kind": "started"});
    entries[1] = json!({"v": 1, "kind": "outcome"});
    entries[2] = json!({"v": 1, "kind": "started"});
    let ran = books.verify(&entries);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
    assert!(ran.out.contains("NOT PROVEN"), "{}", ran.out);
}
