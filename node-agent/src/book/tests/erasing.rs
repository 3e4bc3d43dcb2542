//! Values beside the log: kept with their entry, erased on record, and a crash after every step.

use std::path::Path;

use audit::side::{SIDE_KEY_BYTES, SideKey, SideStore, Sides};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::super::values::Values;
use super::super::{Erased, Served, Target};
use super::*;

const DAYS: u64 = 1_096;
const CANARIES: [&str; 3] = ["310101199001010012", "QIANDUODUO", "987654.32"];

fn key() -> SideKey {
    SideKey::new(&[5; SIDE_KEY_BYTES])
}

fn store(dir: &Path) -> SideStore {
    SideStore::reading(dir, "city", key())
}

fn keeping(dir: &Path, clock: &Arc<ManualClock>) -> Arc<Book> {
    let book = Book::open(dir, "city", 1 << 20, 64, clock.clone()).unwrap();
    Arc::new(book.keeping(dir, key()).unwrap())
}

fn values(subject: u8) -> Values {
    let field = |name: &str, value: &str| audit::side::Field {
        name: name.to_owned(),
        value: Zeroizing::new(value.to_owned()),
    };
    Values {
        group: [subject; 32],
        fields: vec![
            field("subject", CANARIES[0]),
            field("city/01.xingming/1", CANARIES[1]),
            field("city/04.grzhye/1", CANARIES[2]),
        ],
    }
}

async fn serve(book: &Book, query: &str, subject: u8) -> u64 {
    let entry = |sides| {
        Entry::Served(Served {
            query: query.to_owned(),
            question: String::new(),
            node: "guoguan".into(),
            case_no: "GG-1".into(),
            flow: "F05".into(),
            operator: "0231".into(),
            approver: String::new(),
            approval_statement: String::new(),
            approval_signature: String::new(),
            verdicts: Vec::new(),
            subject: String::new(),
            measures: Default::default(),
            classes: Default::default(),
            cancelled: false,
            sides,
        })
    };
    let written = book.write_beside(Some(values(subject)), entry).await;
    written.unwrap().index
}

fn request() -> Erased {
    Erased {
        because: "request".into(),
        basis: "PIPL-47".into(),
        asked_by: "officer-1".into(),
        approved_by: "officer-2".into(),
        ..Erased::default()
    }
}

fn sides(book: &Book, index: u64) -> Sides {
    serde_json::from_value(entries(book)[usize::try_from(index).unwrap()]["sides"].clone()).unwrap()
}

fn is_there(dir: &Path, book: &Book, index: u64) -> bool {
    let sides = sides(book, index);
    let found = store(dir).find(&sides.record);
    found.is_ok_and(|opened| opened.root() == sides.root)
}

#[tokio::test]
async fn a_subject_is_erased_on_record_and_the_log_verifies_as_before() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = keeping(dir.path(), &clock);
    for (query, subject) in [("q-1", 1), ("q-2", 2), ("q-3", 1)] {
        serve(&book, query, subject).await;
    }
    let target = Target::SubjectOf(0);
    assert_eq!(book.erase(&target, NOW, &request()).await.unwrap(), 2);
    let erased = &entries(&book)[3];
    assert_eq!(erased["kind"], "erased");
    assert_eq!(erased["indexes"], serde_json::json!([0, 2]));
    assert_eq!(
        (&erased["basis"], &erased["records"]),
        (&"PIPL-47".into(), &2.into())
    );
    let there = [0, 1, 2].map(|index| is_there(dir.path(), &book, index));
    assert_eq!(there, [false, true, false]);
    // A second request finds nothing, and says nothing.
    assert_eq!(book.erase(&target, NOW, &request()).await.unwrap(), 0);
    assert_eq!(book.size(), 4);
    let verified = audit::verify::verify_dir(dir.path(), |_| {}).unwrap();
    assert_eq!(verified.entries, 4);
    // What comes later about the same person is kept again.
    let later = serve(&book, "q-4", 1).await;
    assert!(is_there(dir.path(), &book, later));
}

#[tokio::test]
async fn a_question_or_an_entry_is_erased_alone_and_nothing_that_came_after_the_statement() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = keeping(dir.path(), &clock);
    serve(&book, "q-1", 1).await;
    serve(&book, "q-2", 1).await;
    clock.advance(Duration::seconds(60));
    serve(&book, "q-3", 1).await;
    let query = Target::Query("q-1".into());
    assert_eq!(book.erase(&query, NOW, &request()).await.unwrap(), 1);
    let there = [0, 1, 2].map(|index| is_there(dir.path(), &book, index));
    assert_eq!(
        there,
        [false, true, true],
        "the others of the subject stay readable"
    );
    let subject = Target::SubjectOf(1);
    assert_eq!(book.erase(&subject, NOW, &request()).await.unwrap(), 1);
    assert!(
        is_there(dir.path(), &book, 2),
        "it came after the statement"
    );
    for none in [Target::Index(0), Target::Index(999), Target::SubjectOf(3)] {
        assert_eq!(book.erase(&none, NOW, &request()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn values_go_when_their_time_is_over_and_the_log_says_so() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = keeping(dir.path(), &clock);
    serve(&book, "q-1", 1).await;
    clock.advance(Duration::days(40));
    serve(&book, "q-2", 1).await;
    assert_eq!(book.erase_expired(DAYS).await.unwrap(), 0);
    clock.advance(Duration::days(1_070));
    assert_eq!(book.erase_expired(DAYS).await.unwrap(), 1);
    assert_eq!(entries(&book)[2]["because"], "retention");
    assert_eq!(
        entries(&book)[2]["volumes"],
        serde_json::json!(["202611-000001"])
    );
    let there = [0, 1].map(|index| is_there(dir.path(), &book, index));
    assert_eq!(there, [false, true]);
}

/// Each step of an erasure, and then the process is gone.
#[tokio::test]
async fn a_crash_leaves_nothing_erased_and_nothing_on_record_or_both_at_the_next_start() {
    for step in 0..4 {
        let dir = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let book = keeping(dir.path(), &clock);
        serve(&book, "q-1", 1).await;
        serve(&book, "q-2", 2).await;
        let own = book.sides.clone().unwrap();
        let (places, indexes) = book.planned(&own, &Target::Index(0), NOW).unwrap();
        assert_eq!(indexes, [0]);
        let plan = audit::side::Plan {
            id: "a-plan".into(),
            after: book.size(),
            places,
        };
        if step >= 1 {
            own.intend(&plan).unwrap();
        }
        if step >= 2 {
            let said = Erased {
                plan: plan.id.clone(),
                indexes,
                ..request()
            };
            book.write(Entry::Erased(Box::new(said))).await.unwrap();
        }
        if step >= 3 {
            let mut half = plan.clone();
            half.places.truncate(1);
            own.carry_out(&half).unwrap();
            own.intend(&plan).unwrap();
        }
        drop((own, book));
        let book = keeping(dir.path(), &clock);
        let is_on_record = entries(&book).iter().any(|entry| entry["kind"] == "erased");
        assert_eq!(is_on_record, step >= 2, "step {step}");
        assert_eq!(is_there(dir.path(), &book, 0), !is_on_record, "step {step}");
        assert!(is_there(dir.path(), &book, 1), "step {step}");
        assert!(!dir.path().join("private/erasing").exists());
    }
}

#[tokio::test]
async fn values_whose_entry_was_never_written_are_destroyed_at_the_next_start() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = keeping(dir.path(), &clock);
    serve(&book, "q-1", 1).await;
    let own = book.sides.clone().unwrap();
    let Values { group, fields } = values(1);
    let random = SystemRandom::new();
    let orphan = own.keep((202_611, 1), &group, fields, &random).unwrap();
    drop((own, book));
    assert!(store(dir.path()).find(&orphan.record).is_ok());
    let book = keeping(dir.path(), &clock);
    assert!(store(dir.path()).find(&orphan.record).is_err());
    assert!(is_there(dir.path(), &book, 0));
}

/// Every file beside and in the log: journal, index, volumes, plan.
#[tokio::test]
async fn no_value_is_in_any_file_in_the_clear() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = keeping(dir.path(), &clock);
    serve(&book, "q-1", 1).await;
    book.evidence("q-1").unwrap();
    let erased = book.erase(&Target::Index(0), NOW, &request()).await;
    assert_eq!(erased.unwrap(), 1);
    serve(&book, "q-2", 1).await;
    let mut files = 0;
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for canary in CANARIES {
                let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
                assert!(!found, "{canary} in {}", path.display());
            }
        }
    }
    assert!(files >= 4, "{files}");
}
