//! Values beside the log: kept with their entry, erased on record, and a crash after every step.

use std::path::Path;

use audit::side::{SIDE_KEY_BYTES, SideKey, SideStore, Sides};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::super::values::Values;
use super::super::{Erased, Holds, Served, Target, Withheld};
use super::*;

const DAYS: u64 = 1_096;
const CANARIES: [&str; 3] = ["310101199001010012", "QIANDUODUO", "987654.32"];

pub(crate) fn key() -> SideKey {
    SideKey::new(&[5; SIDE_KEY_BYTES])
}

fn store(dir: &Path) -> SideStore {
    SideStore::reading(dir, "city", key())
}

fn keeping(dir: &Path, clock: &Arc<ManualClock>) -> Arc<Book> {
    let book = Book::open(dir, "city", 1 << 20, 64, clock.clone()).unwrap();
    Arc::new(book.keeping(dir, key()).unwrap())
}

pub(super) fn values(subject: u8) -> Values {
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

pub(crate) async fn serve(book: &Book, query: &str, subject: u8) -> u64 {
    let entry = |sides| served(query, sides);
    let written = book.write_beside(Some(values(subject)), entry).await;
    written.unwrap().index
}

pub(super) fn served(query: &str, sides: Option<Sides>) -> Entry {
    Entry::Served(Served {
        query: query.to_owned(),
        trace: String::new(),
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
}

pub(crate) fn request() -> Erased {
    Erased {
        because: "request".into(),
        basis: "PIPL-47".into(),
        asked_by: "officer-1".into(),
        approved_by: "officer-2".into(),
        ..Erased::default()
    }
}

pub(crate) fn none() -> Arc<Holds> {
    Arc::new(Holds::default())
}

async fn erase(book: &Arc<Book>, target: &Target, until: OffsetDateTime) -> u64 {
    let erased = book.erase(target, until, &request(), &none()).await;
    erased.unwrap()
}

async fn withheld(book: &Arc<Book>, target: &Target, until: OffsetDateTime) -> Withheld {
    match book.erase(target, until, &request(), &none()).await {
        Err(BookError::Withheld(withheld)) => withheld,
        other => panic!("{other:?}"),
    }
}

fn sides(book: &Book, index: u64) -> Sides {
    serde_json::from_value(entries(book)[usize::try_from(index).unwrap()]["sides"].clone()).unwrap()
}

pub(super) fn is_there(dir: &Path, book: &Book, index: u64) -> bool {
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
    assert_eq!(erase(&book, &target, NOW).await, 2);
    let erased = &entries(&book)[3];
    assert_eq!(erased["kind"], "erased");
    assert_eq!(erased["indexes"], serde_json::json!([0, 2]));
    assert_eq!(
        (&erased["basis"], &erased["records"]),
        (&"PIPL-47".into(), &2.into())
    );
    let there = [0, 1, 2].map(|index| is_there(dir.path(), &book, index));
    assert_eq!(there, [false, true, false]);
    // A second request cannot know any more who was meant, and is not told that all is done.
    assert_eq!(withheld(&book, &target, NOW).await, Withheld::Unnamed(0));
    assert_eq!(book.size(), 4);
    let verified = audit::verify::verify_dir(dir.path(), |_| {}).unwrap();
    assert_eq!(verified.entries, 4);
    // What comes later about the same person is kept again.
    let later = serve(&book, "q-4", 1).await;
    assert!(is_there(dir.path(), &book, later));
    assert_eq!(withheld(&book, &target, NOW).await, Withheld::Unnamed(0));
    assert!(is_there(dir.path(), &book, later));
    let target = Target::SubjectOf(later);
    assert_eq!(erase(&book, &target, NOW).await, 1);
    assert!(!is_there(dir.path(), &book, later));
}

/// More than one entry can list: the record by which the subject was named goes last, so that a
/// request that was cut off still names it.
#[tokio::test]
async fn a_subject_with_many_records_is_erased_to_the_last() {
    const MANY: u64 = 1_002;
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = keeping(dir.path(), &clock);
    for _ in 0..MANY {
        serve(&book, "q-1", 1).await;
    }
    let named = Target::SubjectOf(3);
    let because = Erased {
        body: "the-statement".into(),
        ..request()
    };
    assert!(!book.has_erased_by("the-statement").unwrap());
    let erased = book.erase(&named, NOW, &because, &none()).await;
    assert_eq!(erased.unwrap(), MANY);
    assert!(book.has_erased_by("the-statement").unwrap());
    let listed: Vec<u64> = [MANY, MANY + 1]
        .iter()
        .flat_map(|at| {
            let entry = &entries(&book)[usize::try_from(*at).unwrap()];
            serde_json::from_value::<Vec<u64>>(entry["indexes"].clone()).unwrap()
        })
        .collect();
    assert_eq!(listed.len() as u64, MANY);
    assert!(listed[1_000..].contains(&3), "{:?}", &listed[1_000..]);
    let live = store(dir.path()).volumes().unwrap();
    let live = live
        .iter()
        .map(|name| store(dir.path()).heads(name).unwrap().len());
    assert_eq!(live.sum::<usize>(), 0);
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
    assert_eq!(erase(&book, &query, NOW).await, 1);
    let there = [0, 1, 2].map(|index| is_there(dir.path(), &book, index));
    assert_eq!(
        there,
        [false, true, true],
        "the others of the subject stay readable"
    );
    let subject = Target::SubjectOf(1);
    assert_eq!(erase(&book, &subject, NOW).await, 1);
    assert!(
        is_there(dir.path(), &book, 2),
        "it came after the statement"
    );
    for gone in [Target::Index(0), Target::Index(999)] {
        assert_eq!(erase(&book, &gone, NOW).await, 0);
    }
    for unnamed in [0, 3, 999] {
        let target = Target::SubjectOf(unnamed);
        assert_eq!(
            withheld(&book, &target, NOW).await,
            Withheld::Unnamed(unnamed)
        );
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
    assert_eq!(book.erase_expired(DAYS, &none()).await.unwrap(), 0);
    clock.advance(Duration::days(1_070));
    assert_eq!(book.erase_expired(DAYS, &none()).await.unwrap(), 1);
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
        let meant = book.meant(&own, &Target::Index(0)).unwrap();
        let chosen = book.planned(&own, &meant, NOW, &Holds::default()).unwrap();
        let (places, indexes) = (chosen.places, chosen.indexes);
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
    let erased = book
        .erase(&Target::Index(0), NOW, &request(), &none())
        .await;
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
