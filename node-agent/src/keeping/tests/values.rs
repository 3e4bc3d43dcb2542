//! Values beside a book whose first entries have left for the archive: still found by their
//! entries, erased, held, and in nobody's way at a start.

use super::*;
use crate::book::tests::erasing::{key, none, request, serve};
use crate::book::{BookError, Holds, Target, Withheld};

const HOLD: &str = "[[hold]]\nname = \"H-1\"\nreason = \"court\"\nby = \"li\"\nsecond = \"wang\"\n\
                    case_no = \"GG-1\"\n";
const LET_GO: &str = "hot_until = \"2027-01-01\"\n";

/// A book that keeps values, its first thousand entries gone: two of subject 1 and one of 2 among
/// them, and one of subject 1 that is there.
struct Shortened {
    ground: Ground,
    removed: [u64; 3],
    live: u64,
    records: Vec<String>,
}

fn reopen(ground: &mut Ground) {
    ground.keeping.book.close().unwrap();
    let open = |dir: &std::path::Path| {
        let clock = Arc::clone(&ground.clock) as Arc<dyn Clock>;
        Book::open(dir, "guoguan", 64 << 10, 1_024, clock).unwrap()
    };
    // Its index goes with it.
    let other = open(&ground.home.path().join("other"));
    drop(std::mem::replace(&mut ground.keeping.book, Arc::new(other)));
    let dir = &ground.keeping.dir;
    let book = open(dir);
    ground.keeping.book = Arc::new(book.keeping(dir, key()).unwrap());
}

impl Shortened {
    fn new() -> Self {
        let mut ground = Ground::new(4);
        reopen(&mut ground);
        let book = Arc::clone(&ground.keeping.book);
        let serve = |query: &str, subject| ground.runtime.block_on(serve(&book, query, subject));
        let removed = [serve("q-1", 1), serve("q-2", 1), serve("q-3", 2)];
        for number in 100..1_100 {
            ground.runtime.block_on(book.write(opened(number))).unwrap();
        }
        ground.clock.advance(time::Duration::days(200));
        let live = serve("q-4", 1);
        let record = |index: &u64| {
            let bytes = book.journal().read(*index).unwrap();
            let sheet: Sheet = serde_json::from_slice(&bytes).unwrap();
            sheet.sides().unwrap().record.clone()
        };
        let records = removed.iter().chain([&live]).map(record).collect();
        ground.order(1, LET_GO);
        let kept = ground.look();
        assert!(kept.first > removed[2], "{kept:?}");
        // A traced entry is traced again when the removal was cut off: that changes nothing.
        drop(book);
        reopen(&mut ground);
        Self {
            ground,
            removed,
            live,
            records,
        }
    }

    fn there(&self) -> Vec<bool> {
        let dir = &self.ground.keeping.dir;
        let own = audit::side::SideStore::reading(dir, "guoguan", key());
        self.records
            .iter()
            .map(|record| own.find(record).is_ok())
            .collect()
    }

    fn erase(&self, target: &Target, holds: &Arc<Holds>) -> Result<u64, BookError> {
        let (book, now) = (&self.ground.keeping.book, self.ground.clock.now());
        let because = request();
        let erased = book.erase(target, now, &because, holds);
        self.ground.runtime.block_on(erased)
    }

    fn held(&self) -> Arc<Holds> {
        Arc::new(Holds::read(self.ground.keeping.orders.as_ref()).unwrap())
    }

    fn last(&self) -> serde_json::Value {
        let journal = self.ground.keeping.book.journal();
        serde_json::from_slice(&journal.read(journal.size() - 1).unwrap()).unwrap()
    }
}

#[test]
fn values_of_removed_entries_stay_and_are_erased_by_them() {
    let shortened = Shortened::new();
    assert_eq!(
        shortened.there(),
        [true; 4],
        "a start destroys none of them"
    );
    let [first, second, other] = shortened.removed;
    let query = Target::Query("q-2".to_owned());
    assert_eq!(shortened.erase(&query, &none()).unwrap(), 1);
    assert_eq!(shortened.last()["indexes"], serde_json::json!([second]));
    assert_eq!(shortened.there(), [true, false, true, true]);
    let subject = Target::SubjectOf(first);
    assert_eq!(shortened.erase(&subject, &none()).unwrap(), 2);
    let both = serde_json::json!([first, shortened.live]);
    assert_eq!(shortened.last()["indexes"], both);
    assert_eq!(shortened.there(), [false, false, true, false]);
    let again = shortened.erase(&subject, &none());
    assert!(matches!(again, Err(BookError::Withheld(Withheld::Unnamed(at))) if at == first));
    assert_eq!(shortened.erase(&Target::Index(other), &none()).unwrap(), 1);
    assert_eq!(shortened.there(), [false; 4]);
}

/// A shortened log of before there were traces: what nobody knows is erased with its subject, and
/// named by its record.
#[test]
fn values_without_a_trace_are_named_by_their_records() {
    let shortened = Shortened::new();
    let private = shortened.ground.keeping.dir.join("private");
    std::fs::remove_file(private.join("202601-000001.removed")).unwrap();
    let subject = Target::SubjectOf(shortened.live);
    assert_eq!(shortened.erase(&subject, &none()).unwrap(), 3);
    let said = shortened.last();
    assert_eq!(said["indexes"], serde_json::json!([shortened.live]));
    assert_eq!(said["unplaced"], serde_json::json!(shortened.records[..2]));
    assert_eq!(shortened.there(), [false, false, true, false]);
}

#[test]
fn a_hold_keeps_values_from_requests_and_from_the_end_of_their_time() {
    let shortened = Shortened::new();
    let ground = &shortened.ground;
    let [first, ..] = shortened.removed;
    // Already what is offered and not yet taken counts.
    ground.order(2, &format!("{LET_GO}{HOLD}"));
    for taken in [false, true] {
        if taken {
            ground.look();
        }
        for target in [
            Target::SubjectOf(first),
            Target::Index(first),
            Target::Index(shortened.live),
            Target::Query("q-4".to_owned()),
        ] {
            let held = shortened.erase(&target, &shortened.held());
            let by_name =
                matches!(&held, Err(BookError::Withheld(Withheld::Held(hold))) if hold == "H-1");
            assert!(by_name, "{target:?} {held:?}");
        }
    }
    let expire = || {
        let held = shortened.held();
        let expired = ground.keeping.book.erase_expired(1_096, &held);
        ground.runtime.block_on(expired).unwrap()
    };
    ground.clock.advance(time::Duration::days(2_000));
    assert_eq!(expire(), 0);
    assert_eq!(shortened.there(), [true; 4]);
    ground.order(3, LET_GO);
    ground.look();
    assert_eq!(expire(), 4);
    assert_eq!(shortened.there(), [false; 4]);
    let private = std::fs::read_dir(ground.keeping.dir.join("private")).unwrap();
    assert_eq!(
        private.count(),
        0,
        "no trace is left of values that are gone"
    );
}
