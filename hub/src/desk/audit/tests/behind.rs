//! An index that is far behind: nobody takes what it lacks for what there is not.

use dashboards::Language;
use dashboards::audit::{FileForm, Heartbeats, Whole};

use super::super::*;
use super::ground::{ENTRIES, Ground, sought};

/// So many entries behind the index are read; the log has 602, and their index has none.
const TAIL: u64 = 100;

fn terms(fields: &[(&str, &str)]) -> Terms {
    terms::read(&mut sought(fields)).expect("are terms")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_from_an_index_that_is_behind_says_what_it_lacks() {
    let ground = Ground::indexed(None).await;
    let mut shelf = ground.desk.shelf();
    let by_center = terms(&[("center", "city")]);
    let file = |shelf: &Shelf, terms: &Terms| {
        let search = Search::begin(shelf, terms).expect("is read");
        file::made(&search, FileForm::Jsonl, Language::English).expect("is made")
    };
    let whole = file(&shelf, &by_center);
    assert!(!whole.is_cut && whole.rows == 150);
    shelf.tail_max = TAIL;
    let lacks = file(&shelf, &by_center);
    assert!(lacks.is_cut && lacks.rows < whole.rows);
    let text = String::from_utf8(lacks.bytes).expect("is text");
    let last = text.lines().last().expect("has lines");
    assert!(
        last.contains("entries from 100 on were not searched"),
        "{last}"
    );
    // Its own time ends before the index does; or no index is needed.
    let early = terms(&[("center", "city"), ("to", "2026-11-23T08:05")]);
    assert!(!file(&shelf, &early).is_cut);
    let any = file(&shelf, &terms(&[("from", "2026-11-23")]));
    assert!(!any.is_cut && any.rows == ENTRIES);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_log_under_an_index_that_is_behind_is_no_fault() {
    let ground = Ground::indexed(None).await;
    ground.star.clock.advance(time::Duration::hours(3));
    let span = |shelf: &Shelf, fields: &[(&str, &str)]| {
        let terms = terms(fields);
        let page = Search::begin(shelf, &terms).expect("is read").page();
        page.expect("is read").found.span.expect("is told")
    };
    let mut shelf = ground.desk.shelf();
    let fields = [("center", "city"), ("from", "2026-11-23")];
    let told = span(&shelf, &fields);
    assert_eq!((told.whole, told.behind), (Whole::Read, None));
    let Heartbeats::Seen(2, gaps) = told.heartbeats else {
        panic!("{:?}", told.heartbeats);
    };
    assert_eq!(gaps.len(), 1, "after the last one");
    shelf.tail_max = TAIL;
    let told = span(&shelf, &fields);
    assert_eq!((told.whole, told.behind), (Whole::Behind(TAIL), Some(TAIL)));
    assert_eq!(told.heartbeats, Heartbeats::Seen(1, Vec::new()));
    // What has no key needs no index, but the signs of life do.
    let told = span(&shelf, &[("from", "2026-11-23")]);
    assert_eq!((told.whole, told.behind), (Whole::Read, Some(TAIL)));
    let early = [
        ("center", "city"),
        ("from", "2026-11-23"),
        ("to", "2026-11-23T08:05"),
    ];
    assert_eq!(span(&shelf, &early).behind, None);
}
