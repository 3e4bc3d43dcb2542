//! A log of two hundred days: archived, kept by a hold, let go by two officers, each on record.

mod rotated;

use audit::note::{Note, SignatureKind};
use audit::{Journal, JournalConfig, Publisher};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use time::macros::datetime;
use tokio_util::task::TaskTracker;
use wire::ManualClock;

use super::*;
use crate::ledger::entry::{Refused, Sheet};

fn signer(name: &str) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let signer = NoteSigner::from_pkcs8(name, SignatureKind::Plain, der.as_ref());
    signer.expect("is a key")
}

/// A hub's log with one refusal an hour, and two officers.
struct Ground {
    home: tempfile::TempDir,
    keeping: Keeping,
    clock: Arc<ManualClock>,
    officers: [NoteSigner; 2],
    key: Vec<u8>,
    runtime: tokio::runtime::Runtime,
}

impl Ground {
    fn new(hours: u64) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let mut config = JournalConfig::new(home.path().join("log"), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let clock = Arc::new(ManualClock::at(datetime!(2026-01-01 00:00 +8)));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let tasks = TaskTracker::new();
        let latest = OffsetDateTime::UNIX_EPOCH;
        let ledger = Ledger::new(journal.clone(), Arc::clone(&time), &[9; 32], latest, tasks);
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let again = || NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
        let mut publisher = Publisher::open(&journal, again().expect("a key")).expect("opens");
        for hour in 0..hours {
            let refused = Refused {
                case: format!("TQ-{hour}"),
                ..Refused::default()
            };
            let noted = ledger.note(Entry::Refusal(Box::new(refused)));
            runtime.block_on(noted).expect("is written");
            clock.advance(time::Duration::HOUR);
        }
        publisher.advance().expect("is published");
        let officers = [signer("city/li"), signer("city/wang")];
        let archive_dir = home.path().join("archive");
        std::fs::create_dir(&archive_dir).expect("is made");
        let keeping = Keeping {
            archive: ArchiveSettings {
                dir: archive_dir,
                after_days: 30,
                every: Duration::from_secs(86_400),
            },
            hot_days: 190,
            dir: home.path().join("log"),
            signer: again().expect("a key"),
            ledger,
            published: publisher.published(),
            witnesses: Arc::new(Witnesses::none()),
            orders: Some(OrderBook {
                dir: home.path().join("log"),
                file: home.path().join("orders"),
                keys: officers
                    .iter()
                    .map(|officer| officer.key().clone())
                    .collect(),
                signers_min: 2,
            }),
            named: LastSaid::default(),
            metrics: Arc::new(Metrics::new().expect("the metrics")),
            clock: time,
        };
        Self {
            home,
            keeping,
            clock,
            officers,
            key: der.as_ref().to_vec(),
            runtime,
        }
    }

    fn order(&self, serial: u64, said: &str, signers: &[&NoteSigner]) {
        let text = format!("# tianshu/keeping/v1\nserial = {serial}\nlog = \"hub-1\"\n{said}");
        let signatures = signers.iter().map(|signer| signer.sign(&text, 0)).collect();
        let note = Note::new(text, signatures).expect("is a note");
        std::fs::write(self.home.path().join("orders"), note.to_string()).expect("is written");
    }

    fn look(&self) -> Kept {
        let handle = self.runtime.handle().clone();
        let kept = self.keeping.look(true, &handle).expect("is kept");
        kept.expect("a pass was due")
    }

    fn kinds(&self, from: u64) -> Vec<&'static str> {
        let entries = self.keeping.ledger.journal().scan(from);
        let entries = entries.map(|next| Sheet::decode(&next.expect("reads").1).expect("a sheet"));
        let kinds = entries.map(|sheet| match sheet.entry {
            Entry::Archived(_) => "archived",
            Entry::Retention(retention) => {
                assert_eq!(retention.approved_by, ["city/li", "city/wang"]);
                assert!(!retention.orders.is_empty() && !retention.volumes.is_empty());
                "retention"
            }
            Entry::OrdersTaken(_) => "orders-taken",
            Entry::HoldSet(_) => "hold-set",
            Entry::HoldLifted(_) => "hold-lifted",
            _ => "other",
        });
        kinds.collect()
    }
}

const HOLD: &str = "[[hold]]\nname = \"H-1\"\nreason = \"court\"\nby = \"li\"\nsecond = \"wang\"\n\
                    case_no = \"TQ-0\"\n";
const LET_GO: &str = "hot_until = \"2027-01-01\"\n";

#[test]
fn nothing_leaves_the_log_but_what_is_old_archived_unheld_and_let_go_by_two() {
    let ground = Ground::new(1_000);
    let [li, wang] = &ground.officers;
    // Forty days later some is old enough to be archived, and nothing to go.
    ground.order(1, LET_GO, &[li, wang]);
    let kept = ground.look();
    assert_eq!((kept.volumes, kept.removed), (1, 0), "{kept:?}");
    assert_eq!(ground.kinds(1_000), ["orders-taken", "archived"]);
    ground.clock.advance(time::Duration::days(400));
    // One officer's hold holds nothing yet, and lifts nothing later.
    ground.order(2, &format!("{LET_GO}{HOLD}"), &[li, wang]);
    let kept = ground.look();
    assert_eq!((kept.removed, kept.held_by.as_deref()), (0, Some("H-1")));
    let set = ["orders-taken", "archived", "hold-set", "orders-taken"];
    assert_eq!(ground.kinds(1_000), set);
    for (serial, signers) in [(3, &[li][..]), (3, &[wang, wang]), (2, &[li, wang])] {
        ground.order(serial, LET_GO, signers);
        let kept = ground.look();
        assert_eq!((kept.removed, kept.held_by.as_deref()), (0, Some("H-1")));
    }
    std::fs::remove_file(ground.home.path().join("orders")).expect("is removed");
    assert_eq!(ground.look().held_by.as_deref(), Some("H-1"));
    // Two lift it.
    ground.order(3, LET_GO, &[li, wang]);
    let kept = ground.look();
    assert!(kept.removed > 0 && kept.first <= kept.archived, "{kept:?}");
    let lifted = ["hold-lifted", "orders-taken", "retention"];
    assert_eq!(ground.kinds(1_000), [&set[..], &lifted].concat());
    let metrics = ground
        .keeping
        .metrics
        .scrape(0, (0, true), &[])
        .expect("is text");
    assert!(metrics.contains(&format!("hub_journal_first_entry {}", kept.first)));
}

#[test]
fn nothing_is_moved_of_a_log_that_was_disowned() {
    let ground = Ground::new(1_000);
    let [li, wang] = &ground.officers;
    ground.clock.advance(time::Duration::days(400));
    ground.order(1, &format!("{LET_GO}{HOLD}"), &[li, wang]);
    let keeping = &ground.keeping;
    let handle = ground.runtime.handle().clone();
    keeping
        .witnesses
        .disown(crate::witnesses::tests::disowned());
    let size = keeping.ledger.journal().size();
    assert_eq!(keeping.look(true, &handle).expect("is no fault"), None);
    // It may come in the middle of a pass: what is not on record is not done.
    let standing = Standing::read(keeping, &handle);
    assert!(standing.is_err(), "orders are not taken");
    assert_eq!(keeping.ledger.journal().size(), size);
    let archive = std::fs::read_dir(&keeping.archive.dir).expect("reads");
    assert_eq!(archive.count(), 0);
}

/// The copy of the orders in the folder of the log.
fn copy(ground: &Ground) -> std::path::PathBuf {
    ground.keeping.dir.join("orders")
}

const LOST: Option<&str> = Some("the orders in force are gone");

#[test]
fn a_deleted_or_older_copy_of_the_orders_lifts_no_hold() {
    let mut ground = Ground::new(1_000);
    let [li, wang] = &ground.officers;
    ground.clock.advance(time::Duration::days(400));
    ground.order(1, LET_GO, &[li, wang]);
    let older = std::fs::read(ground.home.path().join("orders")).expect("is read");
    ground.order(2, &format!("{LET_GO}{HOLD}"), &[li, wang]);
    assert_eq!(ground.look().held_by.as_deref(), Some("H-1"));
    let newer = std::fs::read(copy(&ground)).expect("is read");
    // Taken away or exchanged, with older orders offered, before and after a start.
    let offered = ground.home.path().join("orders");
    for exchanged in [None, Some(&older), Some(&b"junk".to_vec())] {
        std::fs::remove_file(copy(&ground)).expect("is removed");
        if let Some(bytes) = exchanged {
            std::fs::write(copy(&ground), bytes).expect("is written");
        }
        std::fs::write(&offered, &older).expect("is written");
        for _ in 0..2 {
            assert_eq!(ground.look().removed, 0);
            let handle = ground.runtime.handle().clone();
            let standing = Standing::read(&ground.keeping, &handle).expect("is read");
            assert_eq!(standing.held(0, b"").as_deref(), LOST);
            ground.keeping.named = LastSaid::default();
        }
        // The same orders, offered again, stand again, and nothing more is said of them.
        let before = ground.keeping.ledger.journal().size();
        std::fs::write(&offered, &newer).expect("is written");
        assert_eq!(ground.look().held_by.as_deref(), Some("H-1"));
        assert_eq!(ground.keeping.ledger.journal().size(), before);
    }
    // Later ones of two officers may follow all the same, and the log says what was lost.
    std::fs::remove_file(copy(&ground)).expect("is removed");
    ground.order(3, LET_GO, &[li, wang]);
    assert!(ground.look().removed > 0);
    let entries = ground.keeping.ledger.journal().scan(1_000);
    let lost = entries
        .map(|next| {
            Sheet::decode(&next.expect("reads").1)
                .expect("a sheet")
                .entry
        })
        .filter(|entry| matches!(entry, Entry::OrdersTaken(taken) if !taken.lost.is_empty()));
    assert_eq!(lost.count(), 1);
    // What is named last is in the log also when the beginning is gone.
    ground.keeping.named = LastSaid::default();
    std::fs::remove_file(copy(&ground)).expect("is removed");
    std::fs::write(&offered, &older).expect("is written");
    let handle = ground.runtime.handle().clone();
    let standing = Standing::read(&ground.keeping, &handle).expect("is read");
    assert_eq!(standing.held(0, b"").as_deref(), LOST);
}

#[test]
fn when_an_officer_leaves_the_orders_hold_on_and_later_ones_may_follow() {
    let mut ground = Ground::new(1_000);
    let ([li, wang], zhao) = (&ground.officers, &signer("city/zhao"));
    ground.clock.advance(time::Duration::days(400));
    ground.order(1, &format!("{LET_GO}{HOLD}"), &[li, wang]);
    ground.look();
    let today = vec![li.key().clone(), zhao.key().clone()];
    ground.keeping.orders.as_mut().expect("are configured").keys = today;
    let handle = ground.runtime.handle().clone();
    let standing = Standing::read(&ground.keeping, &handle).expect("is read");
    assert_eq!(standing.hot_until(), None, "nothing leaves by their order");
    let (_, entry) = ground
        .keeping
        .ledger
        .journal()
        .scan(0)
        .next()
        .expect("one")
        .expect("reads");
    assert_eq!(standing.held(0, &entry).as_deref(), Some("H-1"));
    assert_eq!(ground.look().removed, 0);
    // Officers of today lift it, and the log says so.
    ground.order(2, LET_GO, &[li, zhao]);
    let handle = ground.runtime.handle().clone();
    ground.keeping.look(false, &handle).expect("is taken");
    let kinds = ground.kinds(1_000);
    assert_eq!(kinds[kinds.len() - 2..], ["hold-lifted", "orders-taken"]);
}

#[test]
fn an_expiry_goes_on_record_only_with_the_seals_of_officers() {
    let ground = Ground::new(1_000);
    let [li, wang] = &ground.officers;
    ground.clock.advance(time::Duration::days(40));
    ground.look();
    ground.clock.advance(time::Duration::days(1_200));
    let until = "archived_until = \"2027-01-01\"\n";
    ground.order(1, until, &[li, wang]);
    ground.look();
    let archive = Archive::new(
        &ground.keeping.archive.dir,
        vec![ground.keeping.signer.key().clone()],
    );
    let expire = |text: &str, signers: &[&NoteSigner]| {
        let signatures = signers.iter().map(|signer| signer.sign(text, 0)).collect();
        let note = Note::new(text.to_owned(), signatures)
            .expect("is a note")
            .to_string();
        let order = audit::volume::ExpiryOrder::of(note, 0).expect("is a note");
        let gone = archive
            .expire(i64::MAX, &order, &|_, _| None)
            .expect("expires");
        gone.0.len()
    };
    let volume = ground
        .keeping
        .archive
        .dir
        .join("00000000000000000000.volume");
    let bytes = std::fs::read(&volume).expect("is there");
    let head = "# tianshu/keeping/v1\nserial = 1\nlog = \"hub-1\"\n";
    let sealed = format!("{head}{until}");
    let forger = signer("city/wang");
    let handle = ground.runtime.handle().clone();
    for (text, signers) in [
        (sealed.as_str(), &[li, &forger][..]),
        (sealed.as_str(), &[li]),
        // Sealed, and not about volumes.
        (head, &[li, wang]),
    ] {
        assert_eq!(expire(text, signers), 1);
        let size = ground.keeping.ledger.journal().size();
        assert!(ground.keeping.look(true, &handle).is_err());
        assert_eq!(ground.keeping.ledger.journal().size(), size);
        std::fs::write(&volume, &bytes).expect("is put back");
    }
    assert_eq!(expire(&sealed, &[li, wang]), 1);
    ground.look();
    let entries = ground.keeping.ledger.journal().scan(1_000);
    let said: Vec<_> = entries
        .filter_map(|next| {
            match Sheet::decode(&next.expect("reads").1)
                .expect("a sheet")
                .entry
            {
                Entry::VolumeExpired(said) => Some((said.approved_by, said.superseded)),
                _ => None,
            }
        })
        .collect();
    let officers = vec!["city/li".to_owned(), "city/wang".to_owned()];
    assert_eq!(said, [(officers, false)]);
}

#[test]
fn a_start_does_not_look_like_a_pass() {
    let ground = Ground::new(1_000);
    let scrape = || {
        ground
            .keeping
            .metrics
            .scrape(0, (0, true), &[])
            .expect("is text")
    };
    ground.clock.advance(time::Duration::days(40));
    ground.keeping.remember();
    let first_start = ground.clock.now().unix_timestamp();
    let passed = |at: i64| format!("hub_archive_passed_timestamp_seconds {at}\n");
    assert!(scrape().contains(&passed(first_start)));
    ground.clock.advance(time::Duration::days(3));
    ground.keeping.remember();
    assert!(scrape().contains(&passed(first_start)), "no pass since");
    let kept = ground.look();
    let at = ground.clock.now().unix_timestamp();
    ground.clock.advance(time::Duration::days(3));
    ground.keeping.metrics.archived(0, 0, 0);
    ground.keeping.remember();
    assert!(scrape().contains(&passed(at)));
    assert!(scrape().contains(&format!("hub_archive_entries {}\n", kept.archived)));
}

#[test]
fn orders_that_nobody_sealed_in_the_folder_of_the_log_let_nothing_go() {
    let ground = Ground::new(1_000);
    ground.clock.advance(time::Duration::days(400));
    std::fs::write(copy(&ground), "serial = 9\n").expect("is written");
    let kept = ground.look();
    assert_eq!((kept.volumes, kept.removed), (1, 0));
    let handle = ground.runtime.handle().clone();
    let standing = Standing::read(&ground.keeping, &handle).expect("is read");
    assert_eq!(standing.held(0, b"").as_deref(), LOST);
}
