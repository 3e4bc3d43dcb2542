//! The room Use over a real broker and its log.

use std::collections::BTreeSet;

use dashboards::{Language, RoleName};

use super::*;
use crate::broker::tests::fixture::{self, Ask, Setup, Star};
use crate::desk::bench::{self, Bench};
use crate::ledger::entry::Entry;

/// A desk over a star, with its index in a folder that lasts as long as the test.
pub(in crate::desk) fn desk(star: &Star) -> (Arc<Desk>, Bench) {
    let bench = bench::desk(star);
    (Arc::clone(&bench.desk), bench)
}

pub(in crate::desk) fn viewer(name: &str, role: RoleName) -> Viewer {
    Viewer {
        name: name.to_owned(),
        serial: "0b".to_owned(),
        zh: name.to_owned(),
        en: name.to_owned(),
        roles: vec![role],
        may: BTreeSet::new(),
        language: Language::English,
        here: "/use".to_owned(),
        token: "t".to_owned(),
    }
}

async fn counted_star() -> Star {
    let star = Star::new(Setup::default());
    let nodes = star.attach_all(fixture::one_account);
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
    }
    drop(nodes);
    star.settle().await;
    crate::alerts::pass(&star.broker, &mut None).await;
    star
}

#[tokio::test]
async fn what_was_asked_is_shown_and_the_look_is_on_record() {
    let star = counted_star().await;
    let (desk, _folder) = desk(&star);
    let viewer = viewer("sun", RoleName::Audit);
    let before = star.journal().size();
    let asked = Asked {
        center: "guoguan".to_owned(),
        sort: "nonsense".to_owned(),
        ..Asked::default()
    };
    let shown = desk.usage(&viewer, asked).await.expect("is shown");
    let entries = star.entries(before);
    let [Entry::Looked(look)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!((look.room.as_str(), look.role.as_str()), ("use", "audit"));
    assert_eq!(look.terms["center"], "guoguan");
    assert_eq!((shown.all.asks, shown.all.answered), (3, 3));
    assert_eq!(
        (shown.asked.from.as_str(), shown.asked.to.as_str()),
        ("2026-10-25", "2026-11-23")
    );
    assert_eq!((shown.days.len(), shown.asked.sort.as_str()), (30, ""));
    assert_eq!(shown.days.last().map(|day| day.figures.asks), Some(3));
    assert_eq!(shown.week[0][10], 3);
    assert_eq!((shown.people.len(), shown.people_in_all), (1, 1));
    assert_eq!(shown.people[0].operator, "0231");
    assert_eq!(shown.by_flow[0].name, "F05");
    assert!(shown.counted.is_whole);
    let nobody = Asked {
        center: "tielu".to_owned(),
        ..Asked::default()
    };
    let shown = desk.usage(&viewer, nobody).await.expect("is shown");
    assert!(shown.people.is_empty());
}

/// Day by day, also one counter alone, and the look says which.
#[tokio::test]
async fn one_counter_is_shown_over_time() {
    let star = counted_star().await;
    let (desk, _folder) = desk(&star);
    let viewer = viewer("sun", RoleName::Security);
    let whole = desk.usage(&viewer, Asked::default()).await;
    let [part] = &whole.expect("is shown").by_counter[..] else {
        panic!("one counter")
    };
    let (_, counter) = part.name.split_once('/').expect("with its center");
    for (name, asks) in [(counter, 3), ("elsewhere", 0)] {
        let before = star.journal().size();
        let asked = Asked {
            counter: name.to_owned(),
            ..Asked::default()
        };
        let shown = desk.usage(&viewer, asked).await.expect("is shown");
        let last = shown.days.last().map(|day| day.figures.asks);
        assert_eq!((shown.all.asks, last), (asks, Some(asks)), "{name}");
        assert_eq!(shown.week.iter().flatten().sum::<u64>(), asks);
        let entries = star.entries(before);
        let [Entry::Looked(look)] = entries.as_slice() else {
            panic!("{entries:?}")
        };
        assert_eq!(look.terms["counter"], name);
    }
}

/// Only who may see a person's ledger is shown whom many asked about, and that is on record.
#[tokio::test]
async fn whom_many_asked_about_is_shown_to_auditors_on_record() {
    let star = counted_star().await;
    let mut other = Ask::honest(&star);
    other.case.operator = "0177".into();
    let nodes = star.attach_all(fixture::one_account);
    star.ask(&other).await.expect("is permitted");
    drop(nodes);
    star.settle().await;
    crate::alerts::pass(&star.broker, &mut None).await;
    let (desk, _folder) = desk(&star);
    let mut viewer = viewer("sun", RoleName::Audit);
    let shown = desk.usage(&viewer, Asked::default()).await;
    assert!(shown.expect("is shown").sought.is_none());
    viewer.may.insert(Act::See(Room::Subject));
    let before = star.journal().size();
    let shown = desk.usage(&viewer, Asked::default()).await;
    let sought = shown.expect("is shown").sought.expect("may be seen");
    let [person] = sought.people.as_slice() else {
        panic!("{sought:?}")
    };
    assert_eq!((person.operators, person.centers, person.cases), (2, 1, 4));
    let decisions = star.entries(0).into_iter();
    let mut about = decisions.filter_map(|entry| match entry {
        Entry::Decision(decision) => Some(decision.subject),
        _ => None,
    });
    assert_eq!(about.next(), Some(person.subject.clone()));
    let entries = star.entries(before);
    let [Entry::Looked(look)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(look.terms["sought"], "30");
}

/// What is no longer kept is no zero: 400 days back from the question that was counted.
#[tokio::test]
async fn days_that_are_gone_are_not_drawn() {
    let star = counted_star().await;
    let (desk, _folder) = desk(&star);
    let viewer = viewer("sun", RoleName::Audit);
    let asked = Asked {
        from: "2025-10-01".to_owned(),
        to: "2025-10-31".to_owned(),
        ..Asked::default()
    };
    let shown = desk.usage(&viewer, asked).await.expect("is shown");
    assert_eq!(shown.counted.days_from.as_deref(), Some("2025-10-20"));
    let first = shown.days.first().map(|day| day.name.as_str());
    assert_eq!((shown.days.len(), first), (12, Some("2025-10-20")));
}

#[tokio::test]
async fn one_person_has_a_page_and_who_is_not_there_has_none() {
    let star = counted_star().await;
    let (desk, _folder) = desk(&star);
    let viewer = viewer("wang", RoleName::Security);
    let whose = ("guoguan".to_owned(), "0231".to_owned());
    let shown = desk.usage_of(&viewer, whose, Asked::default()).await;
    let shown = shown.expect("is shown");
    assert_eq!(shown.shown.all.asks, 3);
    let [case, .., first] = shown.cases.as_slice() else {
        panic!("{:?}", shown.cases)
    };
    assert!(case.entry > first.entry, "the newest first");
    assert_eq!(shown.shown.all.repeats, 2, "one person on three cases");
    assert_eq!((case.asks, case.subjects, case.is_answered), (1, 1, true));
    for (center, operator) in [
        ("guoguan", "9999"),
        ("nowhere", "0231"),
        ("guoguan", fixture::ID_NUMBER),
        ("guoguan", ""),
    ] {
        let whose = (center.to_owned(), operator.to_owned());
        let turned = desk.usage_of(&viewer, whose, Asked::default()).await;
        assert_eq!(turned.expect_err("is not there").code, "TS-PAGE-UNKNOWN");
    }
    let texts = star.texts();
    assert!(texts.iter().all(|text| !text.contains(fixture::ID_NUMBER)));
}

#[tokio::test]
async fn what_is_no_day_center_or_flow_is_not_guessed() {
    let star = Star::new(Setup::default());
    let (desk, _folder) = desk(&star);
    let viewer = viewer("sun", RoleName::Audit);
    let asked = |field: fn(&mut Asked, String), value: &str| {
        let mut asked = Asked::default();
        field(&mut asked, value.to_owned());
        asked
    };
    for wrong in [
        asked(|asked, value| asked.center = value, "nowhere"),
        asked(|asked, value| asked.flow = value, "05"),
        asked(|asked, value| asked.counter = value, fixture::ID_NUMBER),
        asked(|asked, value| asked.counter = value, "3\u{7}"),
        asked(|asked, value| asked.from = value, "2026-02-30"),
        asked(|asked, value| asked.from = value, "2026-11-24"),
        asked(|asked, value| asked.from = value, "2024-01-01"),
    ] {
        let before = star.journal().size();
        let turned = desk.usage(&viewer, wrong).await.expect_err("is wrong");
        assert_eq!(turned.code, "TS-PAGE-MALFORMED");
        assert_eq!(star.journal().size(), before, "nothing was looked at");
    }
}
