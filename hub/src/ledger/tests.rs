//! The book itself: entries by their keys, folding, and decisions whose holder goes away.

use std::collections::BTreeSet;

use audit::JournalConfig;
use time::macros::datetime;
use wire::ManualClock;

use super::*;
use entry::{CaseFacts, ConnectionRefused, Rules, Who};

fn who() -> Who {
    let text = str::to_owned;
    Who {
        node: text("guoguan"),
        serial: text("0a"),
        operator: text("0231"),
        counter: text("3"),
        system: text("counter"),
    }
}

fn decision(query: &str) -> Decision {
    let text = str::to_owned;
    Decision {
        named: Vec::new(),
        query: text(query),
        trace: String::new(),
        question: String::new(),
        who: who(),
        case: CaseFacts {
            number: text("GG-1"),
            flow: text("F05"),
            matter: text("02"),
            basis: text("A"),
            basis_number: text("A-1"),
            approver: text("0232"),
            approval_nonce: "01".repeat(16),
            approval_expires_at: text("2026-11-23T10:06:00+08:00"),
            approval_statement: "02".repeat(32),
            approval_signature: "03".repeat(64),
            use_no: 1,
            nonce: "00".repeat(16),
            expires_at: text("2026-11-23T10:05:00+08:00"),
        },
        subject: text("pseudonym"),
        mode: text("details"),
        items: Default::default(),
        gives: vec![text("12-02")],
        verdicts: vec![text("live-account")],
        asked: Vec::new(),
        skipped: Default::default(),
        facts: Default::default(),
        rules: Rules {
            catalog: text("c"),
            flows: text("f"),
            policies: text("p"),
        },
        left_out: std::collections::BTreeMap::new(),
    }
}

struct Book {
    ledger: Arc<Ledger>,
    tasks: TaskTracker,
    clock: Arc<ManualClock>,
    _home: tempfile::TempDir,
}

fn book() -> Book {
    let home = tempfile::tempdir().expect("a folder");
    let mut config = JournalConfig::new(home.path(), "hub-1");
    config.segment_bytes = 64 << 10;
    let (journal, _) = Journal::open(&config).expect("opens");
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-23 10:00 +8)));
    let tasks = TaskTracker::new();
    let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    let ledger = Ledger::new(
        journal,
        time,
        &[9; 32],
        OffsetDateTime::UNIX_EPOCH,
        tasks.clone(),
    );
    Book {
        ledger,
        tasks,
        clock,
        _home: home,
    }
}

impl Book {
    fn sheets(&self) -> Vec<Sheet> {
        let bytes = self
            .ledger
            .journal()
            .scan(0)
            .map(|read| read.expect("reads").1);
        bytes
            .map(|bytes| Sheet::decode(&bytes).expect("is an entry"))
            .collect()
    }
}

#[tokio::test]
async fn a_dropped_decision_is_closed_as_abandoned() {
    let book = book();
    let open = book.ledger.open(decision("q-1")).await.expect("opens");
    drop(open);
    book.tasks.close();
    book.tasks.wait().await;
    let sheets = book.sheets();
    let [
        Sheet {
            entry: Entry::Decision(_),
            ..
        },
        Sheet {
            entry: Entry::Abandoned(abandoned),
            ..
        },
    ] = sheets.as_slice()
    else {
        panic!("{sheets:?}");
    };
    assert_eq!((abandoned.query.as_str(), abandoned.decision), ("q-1", 0));
    assert_eq!(book.ledger.owed(), (0, 1), "it is counted, to be alarmed");
    assert_eq!(book.ledger.owed(), (0, 0), "once");
    assert!(
        restore(book.ledger.journal(), 0)
            .expect("reads")
            .open
            .is_empty()
    );
}

#[tokio::test]
async fn a_crash_leaves_the_decision_to_be_found() {
    let book = book();
    let sealed = book.ledger.open(decision("q-1")).await.expect("opens");
    let draft = Draft {
        nodes: Vec::new(),
        outcomes: Vec::new(),
        cancelled: false,
    };
    let answer = sealed.seal(draft).await.expect("seals").into_wire();
    assert_eq!(answer.decision.map(|r| r.index), Some(0));
    assert_eq!(answer.outcome.map(|r| r.index), Some(1));
    // As a crash does: what was opened is never closed.
    std::mem::forget(book.ledger.open(decision("q-2")).await.expect("opens"));
    let restored = restore(book.ledger.journal(), 0).expect("reads");
    assert_eq!(
        restored.open.into_iter().collect::<Vec<_>>(),
        [("q-2".to_owned(), 2)]
    );
    assert_eq!(restored.uses.len(), 2, "both statements are used");
    assert_eq!(restored.latest, datetime!(2026-11-23 10:00 +8));
}

/// What a peer can cause without end: by running into a limit, or before any limit is asked.
fn folds(code: RefusalCode) -> bool {
    code.turn() == wire::Turn::Capacity
        || code.as_str().starts_with("TS-CALLER-")
        || ["TS-ATTACH-CATALOG", "TS-ATTACH-MALFORMED"].contains(&code.as_str())
        // Before any quota too: while the log's witnesses stand in the way.
        || ["TS-AUDIT-FORKED", "TS-AUDIT-UNCHECKED"].contains(&code.as_str())
}

#[tokio::test]
async fn only_floods_are_folded() {
    let book = book();
    let refused = |code: RefusalCode| Refused {
        facts: Default::default(),
        query: "q".to_owned(),
        code: code.to_string(),
        turn: code.turn().as_str().to_owned(),
        who: who(),
        flow: String::new(),
        case: String::new(),
        subject: String::new(),
        rule: String::new(),
        detail: String::new(),
    };
    for code in RefusalCode::ALL {
        let (first, second) = (
            book.ledger
                .refuse(*code, refused(*code))
                .await
                .expect("writes"),
            book.ledger
                .refuse(*code, refused(*code))
                .await
                .expect("writes"),
        );
        assert!(
            first.is_some(),
            "{code}: the first of its kind is on record"
        );
        assert_eq!(second.is_none(), folds(*code), "{code}");
    }
    book.ledger.close_folds(true).await.expect("writes");
    let folded = book
        .sheets()
        .into_iter()
        .filter_map(|sheet| match sheet.entry {
            Entry::RefusalsFolded(folded) => Some((folded.code, folded.count)),
            _ => None,
        });
    let folding = RefusalCode::ALL.iter().filter(|code| folds(**code));
    let expected: BTreeSet<_> = folding.map(|code| (code.to_string(), 1)).collect();
    assert_eq!(folded.collect::<BTreeSet<_>>(), expected);
}

/// Peers that prove nothing are folded by code and certificate.
#[tokio::test]
async fn refused_connections_are_folded() {
    let book = book();
    for (serial, count) in [("0a", 5), ("0b", 1)] {
        for _ in 0..count {
            let refused = ConnectionRefused {
                code: RefusalCode::TlsRevoked.to_string(),
                peer: "127.0.0.1:1".to_owned(),
                serial: serial.to_owned(),
                claimed: String::new(),
            };
            let code = RefusalCode::TlsRevoked;
            book.ledger
                .refuse_connection(code, refused)
                .await
                .expect("writes");
        }
    }
    assert_eq!(book.sheets().len(), 2);
    book.ledger.close_folds(true).await.expect("writes");
    let sheets = book.sheets();
    let Some(Sheet {
        entry: Entry::RefusalsFolded(folded),
        ..
    }) = sheets.last()
    else {
        panic!("{sheets:?}");
    };
    assert_eq!((sheets.len(), folded.count), (3, 4));
}

/// A start must know all uses of statements, so it does not skip what it cannot read.
#[tokio::test]
async fn a_log_that_cannot_be_read_whole_is_no_start() {
    for (bytes, reason) in [
        (
            "no entry".to_owned(),
            "entry 1 of the log cannot be read by this version",
        ),
        (
            r#"{"v":2,"at":"","salt":"","kind":"stopped","entries":0}"#.to_owned(),
            "entry 1 of the log has format 2, this version knows 1",
        ),
    ] {
        let book = book();
        std::mem::forget(book.ledger.open(decision("q-1")).await.expect("opens"));
        let journal = book.ledger.journal();
        assert!(restore(journal, 0).is_ok());
        journal.append(bytes.into_bytes()).await.expect("writes");
        let error = restore(journal, 0).expect_err("is not ours");
        assert_eq!(error.to_string(), reason);
    }
}

#[tokio::test]
async fn times_never_go_back_and_salts_never_repeat() {
    let book = book();
    let mut salts = BTreeSet::new();
    for (n, by) in [60, -3_600, 0, 7_200].into_iter().enumerate() {
        book.clock.advance(time::Duration::seconds(by));
        let query = format!("q-{n}");
        std::mem::forget(book.ledger.open(decision(&query)).await.expect("opens"));
    }
    let sheets = book.sheets();
    let times: Vec<&str> = sheets.iter().map(|sheet| &sheet.at[11..16]).collect();
    assert_eq!(times, ["10:01", "10:01", "10:01", "10:01", "11:01"]);
    let Entry::ClockWentBack(back) = &sheets[1].entry else {
        panic!("{sheets:?}");
    };
    assert_eq!((&back.clock[11..16], back.behind_ms), ("09:01", 3_600_000));
    for sheet in &sheets {
        assert!(salts.insert(&sheet.salt), "salt `{}` twice", sheet.salt);
    }
}

/// A clock that is later at every look.
#[derive(Debug, Default)]
struct Ticking(std::sync::atomic::AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> OffsetDateTime {
        let ticks = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        datetime!(2026-11-23 10:00 +8) + time::Duration::microseconds(ticks)
    }
}

/// Entries that are made side by side lie in the log in the order of their times, however their
/// makers are scheduled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn entries_made_side_by_side_lie_in_the_order_of_their_times() {
    let mut book = book();
    let journal = book.ledger.journal().clone();
    let clock = Arc::new(Ticking::default());
    let latest = OffsetDateTime::UNIX_EPOCH;
    book.ledger = Ledger::new(journal, clock, &[9; 32], latest, book.tasks.clone());
    for n in 0..400 {
        let ledger = Arc::clone(&book.ledger);
        let outcome = Abandoned {
            query: format!("q-{n}"),
            decision: 0,
            because: "dropped".to_owned(),
        };
        book.tasks
            .spawn(async move { ledger.note(Entry::Abandoned(outcome)).await });
    }
    book.tasks.close();
    book.tasks.wait().await;
    let times: Vec<_> = book.sheets().into_iter().map(|sheet| sheet.at).collect();
    assert_eq!(times.len(), 400);
    let moment =
        |at: &String| OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339);
    assert!(times.iter().map(moment).map(Result::unwrap).is_sorted());
}

/// The keys that an index of this log would have for one entry.
fn indexed(entry: &[u8]) -> BTreeSet<String> {
    let home = tempfile::tempdir().expect("a folder");
    let (journal, _) = Journal::open(&JournalConfig::new(home.path(), "hub-1")).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let append = journal.append(entry.to_vec());
    runtime.expect("runs").block_on(append).expect("writes");
    let index = audit::Index::open(&home.path().join("index")).expect("opens");
    index.catch_up(&journal, &keys_of, |_| {}).expect("fills");
    let hits = index.lookup_prefix(b"", audit::Order::OldestFirst, 100);
    let keys = hits.expect("answers").into_iter();
    keys.map(|hit| String::from_utf8(hit.key.bytes().to_vec()).expect("is text"))
        .collect()
}

#[test]
fn a_question_is_found_by_each_of_its_keys() {
    let sheet = |entry| Sheet {
        v: VERSION,
        at: "2026-11-23T10:00:00+08:00".to_owned(),
        salt: String::new(),
        entry,
    };
    let keys = |entry| indexed(&sheet(entry).encode().expect("encodes"));
    let expected = [
        "time:2026-11-23T10",
        "kind:decision",
        "query:q-1",
        "subject:pseudonym",
        "case:GG-1",
        "flow:F05",
        "center:guoguan",
        "node:guoguan",
        "operator:guoguan/0231",
        "operator:guoguan/0232",
        "counter:guoguan/3",
    ];
    assert_eq!(
        keys(Entry::Decision(Box::new(decision("q-1")))),
        expected.map(str::to_owned).into()
    );
    let abandoned = Abandoned {
        query: "q-1".to_owned(),
        decision: 0,
        because: "crash".to_owned(),
    };
    assert!(keys(Entry::Abandoned(abandoned)).contains("query:q-1"));
    assert!(
        indexed(b"{\"v\":9}").is_empty(),
        "another version stays in the log, unindexed"
    );
}
