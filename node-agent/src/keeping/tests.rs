//! An agent's book of two hundred days: archived, held, let go, and opened again.

mod values;

use audit::note::{Note, SignatureKind};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use time::macros::datetime;
use wire::ManualClock;

use super::*;
use crate::book::{CaseOpened, Sheet};

fn signer(name: &str) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    NoteSigner::from_pkcs8(name, SignatureKind::Plain, der.as_ref()).unwrap()
}

fn opened(number: u64) -> Entry {
    Entry::CaseOpened(CaseOpened {
        case_no: format!("GG-{number}"),
        flow: "F05".to_owned(),
        matter: "02".to_owned(),
        operator: "0231".to_owned(),
        counter: "3".to_owned(),
        system: "counter".to_owned(),
        parties: 1,
    })
}

struct Ground {
    home: tempfile::TempDir,
    keeping: Keeping,
    clock: Arc<ManualClock>,
    officers: [NoteSigner; 2],
    runtime: tokio::runtime::Runtime,
}

impl Ground {
    fn new(entries: u64) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("book");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let clock = Arc::new(ManualClock::at(datetime!(2026-01-01 00:00 +8)));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let book = Book::open(&dir, "guoguan", 64 << 10, 1_024, Arc::clone(&time)).unwrap();
        for number in 0..entries {
            runtime.block_on(book.write(opened(number))).unwrap();
        }
        let officers = [signer("guoguan/li"), signer("guoguan/wang")];
        std::fs::create_dir(home.path().join("archive")).unwrap();
        let keeping = Keeping {
            archive: ArchiveSettings {
                dir: home.path().join("archive"),
                after_days: 30,
                every: Duration::from_secs(86_400),
            },
            hot_days: 190,
            dir: dir.clone(),
            signer: signer("guoguan"),
            book: Arc::new(book),
            orders: Some(OrderBook {
                dir,
                file: home.path().join("orders"),
                keys: officers
                    .iter()
                    .map(|officer| officer.key().clone())
                    .collect(),
                signers_min: 2,
            }),
            metrics: Arc::new(Metrics::new().unwrap()),
            clock: time,
        };
        Self {
            home,
            keeping,
            clock,
            officers,
            runtime,
        }
    }

    fn order(&self, serial: u64, said: &str) {
        let text = format!("# tianshu/keeping/v1\nserial = {serial}\nlog = \"guoguan\"\n{said}");
        let signatures = self.officers.iter().map(|officer| officer.sign(&text, 0));
        let note = Note::new(text.clone(), signatures.collect()).unwrap();
        std::fs::write(self.home.path().join("orders"), note.to_string()).unwrap();
    }

    fn look(&self) -> Kept {
        let handle = self.runtime.handle().clone();
        self.keeping.look(true, &handle).unwrap().unwrap()
    }
}

#[test]
fn a_book_is_archived_held_let_go_and_opened_again() {
    let ground = Ground::new(1_000);
    ground.clock.advance(time::Duration::days(200));
    let kept = ground.look();
    assert_eq!((kept.volumes, kept.archived, kept.removed), (1, 768, 0));
    let hold = "[[hold]]\nname = \"H-1\"\nreason = \"court\"\nby = \"li\"\nsecond = \"wang\"\n\
                case_no = \"GG-0\"\n";
    let let_go = "hot_until = \"2027-01-01\"\n";
    ground.order(1, &format!("{let_go}{hold}"));
    let kept = ground.look();
    assert_eq!((kept.removed, kept.held_by.as_deref()), (0, Some("H-1")));
    ground.order(2, let_go);
    let kept = ground.look();
    assert!(kept.removed > 0 && kept.first <= 768, "{kept:?}");
    let book = &ground.keeping.book;
    let kinds = book.journal().scan(1_000).map(|next| {
        let sheet: Sheet = serde_json::from_slice(&next.unwrap().1).unwrap();
        match sheet.entry {
            Entry::Archived(_) => "archived",
            Entry::HoldSet(_) => "hold-set",
            Entry::HoldLifted(_) => "hold-lifted",
            Entry::Retention(_) => "retention",
            _ => "other",
        }
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["archived", "hold-set", "hold-lifted", "retention"]);
    book.close().unwrap();
    // The index has an owner of its own.
    drop(ground.keeping.book);
    // The index knows entries that are in the archive alone; the book is opened all the same.
    let clock = Arc::clone(&ground.clock) as Arc<dyn Clock>;
    let again = Book::open(&ground.keeping.dir, "guoguan", 64 << 10, 1_024, clock).unwrap();
    let base = again.journal().base().unwrap();
    assert_eq!(base.index(), kept.first);
    base.verify(&[ground.keeping.signer.key().clone()]).unwrap();
    assert!(again.evidence("no such question").unwrap().is_empty());
}
