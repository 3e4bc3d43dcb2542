//! How long a page of the ledger takes in a log of a million entries, for somebody who was asked
//! about thousands of times.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use audit::{Index, Journal, JournalConfig};

use super::{reading, rows};
use crate::broker::tests::fixture::{Setup, Star};
use crate::ledger::entry::{
    CaseFacts, ClassOutcome, Decision, Entry, NodeOutcome, Outcome, Rules, Sheet, VERSION, Who,
};
use crate::ledger::keys_of;

const QUESTIONS: u64 = 500_000;
/// One in so many is about the person.
const ABOUT_EVERY: u64 = 100;
const SUBJECTS: u64 = 20_000;
const SEGMENT_BYTES: u64 = 64 << 20;
const AT_ONCE: u64 = 1_000;
const WANTED: Duration = Duration::from_millis(300);

fn subject(question: u64) -> String {
    let number = if question.is_multiple_of(ABOUT_EVERY) {
        0
    } else {
        1 + question % SUBJECTS
    };
    format!("{number:064x}")
}

fn decision(question: u64) -> Entry {
    let items = |class: &str| {
        let items = (1..=8).map(|item| format!("{class}-{item:02}"));
        (class.to_owned(), items.collect())
    };
    Entry::Decision(Box::new(Decision {
        query: format!("{question:032x}"),
        trace: String::new(),
        question: "00".repeat(32),
        who: Who {
            node: "guoguan".into(),
            serial: "0a".into(),
            operator: format!("{:04}", question % 300),
            counter: "3".into(),
            system: "counter".into(),
        },
        case: CaseFacts {
            number: format!("GG-2026-{question}"),
            flow: "F05".into(),
            matter: "02".into(),
            basis: "A".into(),
            basis_number: format!("A-{question}"),
            approver: String::new(),
            approval_nonce: String::new(),
            approval_expires_at: String::new(),
            approval_statement: String::new(),
            approval_signature: String::new(),
            use_no: 1,
            nonce: "00".repeat(16),
            expires_at: "2026-11-23T09:05:00+08:00".into(),
        },
        subject: subject(question),
        mode: "details".into(),
        items: ["03", "04"].map(items).into(),
        gives: Vec::new(),
        verdicts: vec!["live-account".into()],
        named: Vec::new(),
        asked: ["city", "guoguan", "tielu", "zhongzhi"]
            .map(str::to_owned)
            .into(),
        skipped: BTreeMap::new(),
        left_out: BTreeMap::new(),
        rules: Rules {
            catalog: "00".repeat(32),
            flows: "00".repeat(32),
            policies: "00".repeat(32),
        },
        facts: crate::ledger::entry::Facts::default(),
    }))
}

fn outcome(question: u64, decision: u64) -> Entry {
    let class = |class: &str| ClassOutcome {
        class: class.to_owned(),
        outcome: "answered".into(),
        code: String::new(),
        rule: String::new(),
        records: 1,
        withheld: 0,
        as_of: "2026-11-23T08:00:00+08:00".into(),
        held_back: false,
        digest: "00".repeat(16),
    };
    let node = |node: &str| NodeOutcome {
        node: node.to_owned(),
        elapsed_ms: 12,
        tries: 0,
        classes: ["03", "04"].map(class).into(),
    };
    Entry::Outcome(Outcome {
        query: format!("{question:032x}"),
        trace: String::new(),
        decision,
        nodes: ["city", "guoguan", "tielu", "zhongzhi"].map(node).into(),
        cancelled: false,
        elapsed_ms: 30,
    })
}

async fn filled(journal: &Journal) {
    for first in (0..QUESTIONS).step_by(AT_ONCE as usize) {
        let mut appending = Vec::new();
        for question in first..first + AT_ONCE {
            let place = question * 2;
            for entry in [decision(question), outcome(question, place)] {
                let sheet = Sheet {
                    v: VERSION,
                    at: "2026-11-23T09:00:00+08:00".into(),
                    salt: "00".repeat(16),
                    entry,
                };
                let bytes = sheet.encode().expect("is written");
                appending.push(journal.begin(bytes).expect("has room"));
            }
        }
        for entry in appending {
            entry.durable().await.expect("is durable");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: run it alone on a quiet machine"]
async fn a_page_in_a_million_entries() {
    let home = tempfile::tempdir().expect("a folder");
    let mut config = JournalConfig::new(home.path(), "hub-1");
    config.segment_bytes = SEGMENT_BYTES;
    config.queue_max = 4 * AT_ONCE as usize;
    let (journal, _) = Journal::open(&config).expect("opens");
    let begun = Instant::now();
    filled(&journal).await;
    println!(
        "{} entries written in {:?}",
        journal.size(),
        begun.elapsed()
    );
    let index = Index::open(&home.path().join("index")).expect("opens");
    let begun = Instant::now();
    index
        .catch_up(&journal, &keys_of, |_| {})
        .expect("is indexed");
    println!("indexed in {:?}", begun.elapsed());
    let star = Star::new(Setup::default());
    let person = subject(0);
    let mut before = None;
    for page in 0..5 {
        let begun = Instant::now();
        let found = reading::about(&journal, &index, &person, before).expect("is read");
        let shown = rows::ledger(&star.broker, &person, &found);
        let elapsed = begun.elapsed();
        println!("page {page}: {} rows in {elapsed:?}", shown.rows.len());
        assert_eq!(shown.rows.len(), super::ROWS_MAX);
        assert!(elapsed < WANTED, "{elapsed:?}");
        before = shown.before;
    }
}
