//! A log of two hundred days: archived, kept by a hold, let go by two officers, each on record.

mod rotated;

use std::path::Path;

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
    assert_eq!(ground.kinds(1_000), ["archived"]);
    ground.clock.advance(time::Duration::days(400));
    // One officer's hold holds nothing yet, and lifts nothing later.
    ground.order(2, &format!("{LET_GO}{HOLD}"), &[li, wang]);
    let kept = ground.look();
    assert_eq!((kept.removed, kept.held_by.as_deref()), (0, Some("H-1")));
    assert_eq!(ground.kinds(1_000), ["archived", "hold-set"]);
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
    let kinds = ["archived", "hold-set", "hold-lifted", "retention"];
    assert_eq!(ground.kinds(1_000), kinds);
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

#[test]
fn orders_that_nobody_sealed_in_the_folder_of_the_log_stop_the_keeping() {
    let ground = Ground::new(10);
    let copy: &Path = &ground.home.path().join("log/orders");
    std::fs::write(copy, "serial = 9\n").expect("is written");
    let handle = ground.runtime.handle().clone();
    assert!(ground.keeping.look(true, &handle).is_err());
}
