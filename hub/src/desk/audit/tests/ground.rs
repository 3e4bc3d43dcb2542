//! A desk over a log of 300 questions of two operators, an hour and a half long, with its
//! heartbeats.

use std::collections::BTreeSet;

use audit::note::{NoteSigner, SignatureKind};
use audit::{Keys, Publisher};
use dashboards::audit::Sought;
use dashboards::{Act, Language, RoleName, Viewer};
use ring::signature::Ed25519KeyPair;
use serde_json::Value;

use super::super::*;
use crate::api::staff::StaffDoor;
use crate::broker::tests::fixture::{Setup, Star};
use crate::config::Candidates;
use crate::ledger::keys_of;

/// Questions in the log; each is two entries.
pub(super) const QUESTIONS: u64 = 300;
/// Entries before the first look.
pub(super) const ENTRIES: u64 = QUESTIONS * 2 + 2;
/// The operator of every seventh question.
pub(super) const RARE: &str = "0700";

pub(super) struct Ground {
    pub(super) star: Star,
    pub(super) desk: Arc<Desk>,
    pub(super) publisher: Publisher,
    _index: tempfile::TempDir,
}

/// Which keys the index is told of an entry.
pub(super) type KeysOf = fn(&[u8], &mut Keys<'_>);

impl Ground {
    /// A desk whose index is current.
    pub(super) async fn new() -> Self {
        Self::indexed(Some(keys_of)).await
    }

    /// A desk whose index was told this; or nothing, so that it is behind by all of it.
    pub(super) async fn indexed(keys: Option<KeysOf>) -> Self {
        let star = Star::new(Setup::default());
        let journal = star.journal().clone();
        append(&journal).await;
        let der = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        let der = der.expect("a key");
        let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
        let mut publisher =
            Publisher::open(&journal, signer.expect("is a key")).expect("publishes");
        publisher.advance().expect("publishes");
        let home = tempfile::tempdir().expect("a folder");
        let index = Index::open(&home.path().join("index")).expect("opens");
        if let Some(keys) = keys {
            index.catch_up(&journal, &keys, |_| {}).expect("catches up");
        }
        let (broker, index) = (Arc::clone(&star.broker), Arc::new(index));
        let door = StaffDoor::new(Arc::clone(&broker), Arc::clone(&index));
        let desk = Desk::new(
            door,
            broker,
            index,
            Record::of(&publisher),
            Candidates::default(),
        );
        Self {
            star,
            desk,
            publisher,
            _index: home,
        }
    }

    /// The page of a search.
    pub(super) async fn search(&self, sought: Sought) -> Searched {
        let searched = self.desk.search(&auditor(), sought).await;
        searched.expect("is shown")
    }

    /// What the log says from an entry on.
    pub(super) fn told(&self, from: u64) -> Vec<Value> {
        let read = self.star.journal().scan(from);
        let read = read.map(|read| serde_json::from_slice(&read.expect("is sound").1));
        read.map(|entry| entry.expect("is JSON")).collect()
    }
}

pub(super) fn auditor() -> Viewer {
    viewer(RoleName::Audit)
}

pub(super) fn viewer(role: RoleName) -> Viewer {
    Viewer {
        name: "qian".into(),
        serial: "0d".into(),
        zh: "钱".into(),
        en: "Qian".into(),
        roles: vec![role],
        may: BTreeSet::from([Act::See(Room::Audit)]),
        language: Language::English,
        here: "/audit".into(),
        token: "t".into(),
    }
}

/// What is looked for, by field and value.
pub(super) fn sought(fields: &[(&str, &str)]) -> Sought {
    let fields = fields
        .iter()
        .map(|(name, value)| (*name, Value::from(*value)));
    let fields: serde_json::Map<_, _> = fields.map(|(n, v)| (n.to_owned(), v)).collect();
    serde_json::from_value(fields.into()).expect("are fields")
}

/// The moment of question `n`: 18 seconds apart from 08:00 on.
fn at(n: u64, millis: u64) -> String {
    let second = n * 18;
    format!(
        "2026-11-23T{:02}:{:02}:{:02}.{millis:03}+08:00",
        8 + second / 3600,
        second / 60 % 60,
        second % 60
    )
}

pub(super) fn query(n: u64) -> String {
    format!("{n:032x}")
}

pub(super) fn subject(n: u64) -> String {
    format!("{:064x}", n % 50)
}

async fn append(journal: &Journal) {
    let beat = |n| {
        let at = at(n, 900);
        format!(r#"{{"v":1,"at":"{at}","salt":"00","kind":"clock","state":"synchronised"}}"#)
    };
    for n in 0..QUESTIONS {
        let operator = if n % 7 == 0 { RARE } else { "0231" };
        let center = if n % 2 == 0 { "city" } else { "guoguan" };
        let (query, subject) = (query(n), subject(n));
        let decision = format!(
            r#"{{"v":1,"at":"{}","salt":"{n:032x}","kind":"decision","query":"{query}",
            "who":{{"node":"{center}","serial":"0a","operator":"{operator}","counter":"3"}},
            "case":{{"number":"C-{}","flow":"F05"}},"subject":"{subject}",
            "items":{{"04":["04-01","04-02"]}},"asked":["tielu"],"skipped":{{}}}}"#,
            at(n, 0),
            n / 3
        );
        let outcome = format!(
            r#"{{"v":1,"at":"{}","salt":"{n:032x}","kind":"outcome","query":"{query}","decision":0,
            "nodes":[{{"node":"tielu","elapsed_ms":3,"classes":[{{"class":"04",
            "outcome":"unavailable","code":"TS-NODE-TIMEOUT","records":0}}]}}],"elapsed_ms":5}}"#,
            at(n, 500)
        );
        let mut entries = vec![decision, outcome];
        if n == 0 || n == 200 {
            entries.push(beat(n));
        }
        for entry in entries {
            journal
                .append(entry.replace('\n', "").into_bytes())
                .await
                .expect("is written");
        }
    }
}
