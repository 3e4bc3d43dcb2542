//! Searches and files.

use audit::Keys;
use dashboards::RoleName;
use dashboards::audit::{FileForm, Heartbeats, Total, Whole};
use wire::KeyName;

use super::super::*;
use super::ground::{ENTRIES, Ground, QUESTIONS, RARE, auditor, query, sought, subject, viewer};
use crate::ledger::keys_of;

/// Questions of the rare operator.
fn rare() -> u64 {
    (0..QUESTIONS).filter(|n| n % 7 == 0 && n % 2 == 0).count() as u64
}

/// Goes through all pages and gives every number.
async fn leafed(ground: &Ground, order: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut next = sought(&[("center", "city"), ("order", order)]);
    loop {
        let searched = ground.search(next).await;
        let found = searched.found.expect("was searched");
        numbers.extend(found.rows.iter().map(|row| row.number));
        if !found.has_more {
            return numbers;
        }
        assert_eq!(found.rows.len(), 50);
        let last = numbers.last().expect("has rows");
        next = searched.sought.behind(*last);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fits_is_found_whatever_the_index_has() {
    for keys in [Some(keys_of as super::ground::KeysOf), None] {
        let ground = Ground::indexed(keys).await;
        let terms = [("center", "city"), ("operator", RARE)];
        let searched = ground.search(sought(&terms)).await;
        assert_eq!((searched.size, searched.complete_upto), (ENTRIES, ENTRIES));
        assert_eq!(searched.indexed, if keys.is_some() { ENTRIES } else { 0 });
        let found = searched.found.expect("was searched");
        assert_eq!(found.total, Total::Exactly(rare()));
        assert_eq!(found.rows.len() as u64, rare());
        assert!(
            found
                .rows
                .iter()
                .all(|row| row.operator == RARE && row.center == "city")
        );
        assert!(
            found.rows.is_sorted_by(|a, b| a.number > b.number),
            "newest first"
        );
        let one = ground.search(sought(&[("query", &query(9))])).await;
        assert_eq!(one.found.expect("was searched").rows.len(), 2);
        let codes = ground.search(sought(&[
            ("code", "TS-NODE-TIMEOUT"),
            ("subject", &subject(1)),
        ]));
        let none = codes.await.found.expect("was searched");
        assert_eq!(none.total, Total::Exactly(0), "no entry has both");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_a_gap_in_both_orders() {
    let ground = Ground::new().await;
    let oldest = leafed(&ground, "oldest").await;
    let mut newest = leafed(&ground, "newest").await;
    newest.reverse();
    assert_eq!(oldest, newest);
    assert_eq!(oldest.len() as u64, QUESTIONS / 2);
    assert!(oldest.is_sorted_by(|a, b| a < b));
}

/// Before anything is shown the look at it is on record, and it says what was looked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_on_record_before_it_is_shown() {
    let ground = Ground::new().await;
    let blank = ground.search(sought(&[])).await;
    assert!(blank.found.is_none());
    assert_eq!(ground.star.journal().size(), ENTRIES, "nothing was shown");
    let terms = [
        ("center", "city"),
        ("case", "C-1"),
        ("subject", &subject(1)),
    ];
    ground.search(sought(&terms)).await;
    let told = ground.told(ENTRIES);
    let [look] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(look["kind"], "looked");
    assert_eq!(
        (&look["staff"], &look["room"]),
        (&"qian".into(), &"audit".into())
    );
    assert_eq!(look["terms"], serde_json::json!({ "center": "city" }));
    assert_eq!(
        (&look["case_no"], &look["subject"]),
        (&"C-1".into(), &subject(1).into())
    );
    // Where the log cannot write, nothing is shown.
    ground.star.journal().close().expect("closes");
    let refused = ground
        .desk
        .search(&auditor(), sought(&[("center", "city")]))
        .await;
    assert_eq!(
        refused.expect_err("is refused").code,
        "TS-AUDIT-UNAVAILABLE"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_number_is_looked_for_nowhere_and_kept_nowhere() {
    let ground = Ground::new().await;
    let number = crate::broker::tests::fixture::ID_NUMBER;
    let fields = sought(&[]);
    for (field, _) in fields.fields() {
        let searched = ground.search(sought(&[(field, number)])).await;
        assert!(searched.found.is_none(), "{field}");
        let faults: Vec<_> = searched.faults.iter().map(|fault| fault.field).collect();
        assert_eq!(faults, [field]);
        assert_eq!(searched.sought.address(), "/audit", "is not shown again");
    }
    assert_eq!(ground.star.journal().size(), ENTRIES, "no look, no trace");
}

/// Centers number their cases as they like; whatever case the broker takes is found.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_number_may_be_as_long_as_a_persons() {
    let ground = Ground::new().await;
    for case in ["2026112700001234", "CT/202611270000123456"] {
        let searched = ground.search(sought(&[("case", case)])).await;
        assert!(searched.faults.is_empty(), "{case}: {:?}", searched.faults);
        assert!(searched.found.is_some(), "{case}");
        let address = searched.sought.address();
        assert!(!crate::api::staff::may_name_somebody(&address), "{address}");
        let told = ground.told(ENTRIES);
        assert_eq!(told.last().expect("a look")["case_no"], case);
    }
    for field in ["operator", "counter", "staff", "query", "subject"] {
        let number = "2026112700001234";
        let searched = ground.search(sought(&[(field, number), ("center", "city")]));
        let searched = searched.await;
        let faults: Vec<_> = searched.faults.iter().map(|fault| fault.field).collect();
        assert_eq!(faults, [field], "what else is that long may be a person's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_the_pen_is_no_empty_result() {
    let ground = Ground::new().await;
    for (field, value) in [
        ("flow", "F5"),
        ("code", "TS-NOTHING"),
        ("kind", "nonsense"),
        ("from", "yesterday"),
        ("to", "2026-02-30"),
        ("operator", "0231"),
        ("counter", "/3"),
        ("center", "city/0231"),
        ("query", "q-1"),
        ("subject", "pseudonym"),
        ("before", "x"),
    ] {
        let searched = ground.search(sought(&[(field, value)])).await;
        let faults: Vec<_> = searched.faults.iter().map(|fault| fault.field).collect();
        assert_eq!(faults, [field], "{value}");
    }
    let turned = ground.search(sought(&[
        ("from", "2026-11-24"),
        ("to", "2026-11-23T10:00"),
    ]));
    assert_eq!(turned.await.faults[0].field, "to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_says_that_it_is_whole() {
    let ground = Ground::new().await;
    let terms = [
        ("from", "2026-11-23T08:30"),
        ("to", "2026-11-23T09:00"),
        ("center", "city"),
    ];
    let found = ground
        .search(sought(&terms))
        .await
        .found
        .expect("was searched");
    let span = found.span.expect("says what it went through");
    let (first, last) = span.entries.expect("has entries");
    assert!(first.at.as_str() >= "2026-11-23T08:30" && last.at.as_str() < "2026-11-23T09:00");
    let before = span.before.expect("begins later");
    assert!(before.at.as_str() < "2026-11-23T08:30");
    assert_eq!(before.number + 1, first.number);
    let after = span.after.expect("ends before");
    assert_eq!(last.number + 1, after.number);
    assert!(after.at.as_str() >= "2026-11-23T09:00");
    assert_eq!(span.whole, Whole::Read);
    assert_eq!(
        span.heartbeats,
        Heartbeats::Seen(0, Vec::new()),
        "half an hour needs none"
    );
    let cover = span.cover.expect("is published");
    assert!(last.number < cover.size);
    assert_eq!(
        (cover.known, cover.quorum),
        (0, false),
        "has no policy of witnesses"
    );
    assert_eq!(
        found.total,
        Total::Exactly(50),
        "every second of a hundred questions"
    );
    // A whole day: after the last sign of life at nine there is none until the clock's ten.
    let found = ground
        .search(sought(&[("from", "2026-11-23"), ("to", "2026-11-23")]))
        .await;
    let span = found.found.and_then(|found| found.span).expect("is told");
    assert_eq!(span.before, None);
    let Heartbeats::Seen(2, gaps) = span.heartbeats else {
        panic!("{:?}", span.heartbeats);
    };
    assert!(gaps.is_empty(), "{gaps:?}");
    ground.star.clock.advance(time::Duration::hours(2));
    let found = ground.search(sought(&[("from", "2026-11-23")])).await;
    let span = found.found.and_then(|found| found.span).expect("is told");
    let Heartbeats::Seen(2, gaps) = span.heartbeats else {
        panic!("{:?}", span.heartbeats);
    };
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].minutes, 179, "since 09:00:00.9");
}

/// An index that hides an entry, or invents one, is found out.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_lies_is_found_out() {
    fn hides(bytes: &[u8], keys: &mut Keys<'_>) {
        let is_it = Heading::read(bytes).is_some_and(|heading| *heading.query == query(14));
        if !is_it {
            keys_of(bytes, keys);
        }
    }
    fn invents(bytes: &[u8], keys: &mut Keys<'_>) {
        keys_of(bytes, keys);
        let is_it = Heading::read(bytes).is_some_and(|heading| *heading.query == query(15));
        if is_it {
            keys.add(&[KeyName::Operator.as_str(), ":city/", RARE]);
        }
    }
    let terms = [
        ("from", "2026-11-23"),
        ("center", "city"),
        ("operator", RARE),
    ];
    let ground = Ground::indexed(Some(hides)).await;
    let found = ground.search(sought(&terms)).await.found.expect("is shown");
    assert_eq!(found.total, Total::Exactly(rare()), "as the log says it");
    assert_eq!(found.span.expect("is told").whole, Whole::Differs);
    let ground = Ground::indexed(Some(invents)).await;
    let terms = [("operator", "city/0700")];
    let refused = ground.desk.search(&auditor(), sought(&terms)).await;
    assert_eq!(refused.expect_err("shows nothing").code, "TS-HUB-INTERNAL");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_on_record_with_its_digest() {
    let ground = Ground::new().await;
    let terms = || sought(&[("center", "city"), ("operator", RARE), ("before", "9")]);
    for (form, word) in [(FileForm::Csv, "csv"), (FileForm::Jsonl, "jsonl")] {
        let begin = ground.star.journal().size();
        let file = ground
            .desk
            .export(&auditor(), terms(), form)
            .await
            .expect("is made");
        let told = ground.told(begin);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (&told[0]["kind"], &told[0]["form"]),
            (&"exported".into(), &word.into())
        );
        assert_eq!(
            told[0]["rows"],
            rare(),
            "all of it, whichever page was open"
        );
        assert_eq!(told[0]["is_cut"], false);
        let digest = ring::digest::digest(&ring::digest::SHA256, &file.bytes);
        assert_eq!(
            told[0]["sha256"],
            data_encoding::HEXLOWER.encode(digest.as_ref())
        );
        let text = String::from_utf8(file.bytes).expect("is text");
        let head = usize::from(form == FileForm::Csv);
        assert_eq!(text.lines().count() as u64, rare() + head as u64);
        if form == FileForm::Jsonl {
            let line: serde_json::Value =
                serde_json::from_str(text.lines().next().expect("has one")).expect("is JSON");
            let number = line["number"].as_u64().expect("has a number");
            let bytes = ground.star.journal().read(number).expect("is there");
            assert!(
                text.contains(std::str::from_utf8(&bytes).expect("is text")),
                "as it is"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_not_the_role_takes_no_file() {
    let ground = Ground::new().await;
    for role in [RoleName::System, RoleName::Security, RoleName::Duty] {
        let begin = ground.star.journal().size();
        let viewer = viewer(role);
        let refused = ground
            .desk
            .export(&viewer, sought(&[("center", "city")]), FileForm::Csv);
        assert_eq!(refused.await.expect_err("is refused").code, "TS-ACT-ROLE");
        let refused = ground.desk.entry_file(&viewer, 3).await;
        assert_eq!(refused.expect_err("is refused").code, "TS-ACT-ROLE");
        let told = ground.told(begin);
        assert!(!told.is_empty() && told.iter().all(|entry| entry["kind"] == "act-refused"));
    }
}

/// The choice of kinds follows the table of the hub's entries.
#[test]
fn every_kind_of_the_hub_has_a_word() {
    let page = include_str!("../../../../../docs/audit-entries.md");
    let hub = page
        .split("\n## An agent")
        .next()
        .expect("has the hub's table");
    let rows = hub.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|line| line.split('|').nth(1));
    let names = cells.flat_map(|cell| cell.split(','));
    let names: Vec<_> = names.map(|name| name.trim().trim_matches('`')).collect();
    assert!(names.len() > 30);
    let rare = ["export-lagging", "export-caught-up"];
    for name in names.into_iter().filter(|name| !rare.contains(name)) {
        assert!(
            dashboards::audit::KINDS
                .iter()
                .any(|(known, _)| *known == name),
            "{name}"
        );
    }
}
