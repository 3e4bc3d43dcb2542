//! `tianshu audit disclose`, and what `verify` says of a disclosure: nothing is proven by what it
//! brings itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use audit::side::{Field, SIDE_KEY_BYTES, SideKey, SideStore, Sides};
use audit::{Journal, JournalConfig, Receipt, leaf_hash};
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::run;

struct Ground {
    home: TempDir,
    receipt: Receipt,
}

impl Ground {
    /// An agent's log whose second entry commits to two values.
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        let log = home.path().join("book");
        let (journal, _) = Journal::open(&JournalConfig::new(&log, "city")).unwrap();
        let put = |entry: String| journal.begin(entry.into_bytes()).unwrap().wait().unwrap();
        put(json!({"kind": "started"}).to_string());
        let store = SideStore::open(&log, "city", SideKey::new(&[5; SIDE_KEY_BYTES])).unwrap();
        let field = |name: &str, value: &str| Field {
            name: name.to_owned(),
            value: Zeroizing::new(value.to_owned()),
        };
        let fields = vec![
            field("subject", "somebody"),
            field("city/04.grzhye/1", "12"),
        ];
        let kept = store.keep((202_611, 1), b"somebody", fields, &SystemRandom::new());
        let sides = Sides::from(kept.unwrap());
        let at = "2026-11-23T10:00:00+08:00";
        let receipt = put(json!({"kind": "served", "at": at, "sides": sides}).to_string());
        put(json!({"kind": "answered", "at": at, "values_lost": true}).to_string());
        journal.close().unwrap();
        let key = home.path().join("side.key");
        fs::write(&key, [5; SIDE_KEY_BYTES]).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        Self { home, receipt }
    }

    fn at(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    fn disclose(&self, index: &str) -> (i32, String) {
        let (log, key, out) = (self.at("book"), self.at("side.key"), self.at("shown.json"));
        let ran = run(&[
            "audit", "disclose", &log, "--index", index, "--key", &key, "--out", &out,
        ]);
        (ran.code, ran.out + &ran.err)
    }

    fn verify(&self, file: &str, more: &[&str]) -> (i32, String) {
        let file = self.at(file);
        let ran = run(&[&["audit", "verify", &file], more].concat());
        (ran.code, ran.out + &ran.err)
    }

    fn receipts(&self, receipt: &Receipt) -> String {
        let file = self.at("receipts");
        fs::write(&file, serde_json::to_string(receipt).unwrap() + "\n").unwrap();
        file
    }
}

/// An entry that nobody wrote, about a value that nobody gave, with a leaf hash that fits.
fn invented(shown: &Value) -> Value {
    let mut lie = shown.clone();
    let entry = shown["entry"]
        .as_str()
        .unwrap()
        .replace("10:00:00", "11:00:00");
    lie["receipt"]["leaf_hash"] = json!(leaf_hash(entry.as_bytes()).to_string());
    lie["entry"] = json!(entry);
    lie
}

#[test]
fn a_disclosure_is_proven_by_a_kept_receipt_or_the_log_and_not_by_itself() {
    let ground = Ground::new();
    let (code, said) = ground.disclose("1");
    assert_eq!(code, 0, "{said}");
    let shown = fs::read(ground.at("shown.json")).unwrap();
    let lie = invented(&serde_json::from_slice(&shown).unwrap());
    fs::write(ground.at("lie.json"), lie.to_string()).unwrap();
    for alone in ["shown.json", "lie.json"] {
        let (code, said) = ground.verify(alone, &[]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("NOT SHOWN to be in a log"), "{said}");
        assert!(!said.contains("proven\n"), "{said}");
    }
    let receipts = ground.receipts(&ground.receipt);
    let log = ground.at("book");
    for known in [["--receipts", &receipts], ["--log", &log]] {
        let (code, said) = ground.verify("shown.json", &known);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("verdict         proven"), "{said}");
        let (code, said) = ground.verify("lie.json", &known);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("NOT PROVEN"), "{said}");
    }
    // A receipt for another entry is none for this one.
    let mut other = ground.receipt.clone();
    other.index = 0;
    let receipts = ground.receipts(&other);
    let (code, said) = ground.verify("shown.json", &["--receipts", &receipts]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("NOT SHOWN"), "{said}");
}

#[test]
fn an_entry_that_lost_its_values_says_so() {
    let (code, said) = Ground::new().disclose("2");
    assert_ne!(code, 0);
    assert!(said.contains("there was no room for them"), "{said}");
}
