//! The limits over a real broker: what is in force, what a question uses up, and whose look is on
//! record.

use dashboards::limits::LimitsDesk as _;
use time::Duration;
use wire::{LimitName, Limits, Temporary};

use crate::broker::tests::fixture::{Ask, NOW, Setup, Star, one_account};
use crate::desk::bench::{desk, viewer};
use crate::ledger::entry::Entry;

fn star() -> Star {
    let limits = Limits::default()
        .with(LimitName::NodePerSecond, 100)
        .with_only(LimitName::OperatorBurst, "guoguan/0231", 7);
    Star::new(Setup {
        limits,
        ..Setup::default()
    })
}

#[tokio::test]
async fn the_page_says_what_is_in_force_and_what_was_reviewed() {
    let star = star();
    let one = Temporary {
        name: LimitName::NodePerSecond,
        whom: None,
        value: 50,
        until: NOW + Duration::hours(1),
        raises: false,
    };
    star.broker.throttle.lay(vec![one], NOW, |_| ());
    let bench = desk(&star);
    let shown = bench.desk.limits(&viewer()).await.expect("is shown");
    assert_eq!(shown.limits.len(), LimitName::ALL.len());
    let node = &shown.limits[4];
    assert_eq!((&*node.table, &*node.key), ("node", "per_second"));
    assert_eq!((node.value, node.reviewed, node.default), (50, 100, 200));
    let code = node.refusal.as_ref().map(|(code, _)| code.as_str());
    assert_eq!(code, Some("TS-LIMIT-CALLER"));
    let excepted: Vec<_> = shown
        .limits
        .iter()
        .filter(|l| !l.exceptions.is_empty())
        .collect();
    assert_eq!(excepted.len(), 1);
    assert_eq!(excepted[0].exceptions, [("guoguan/0231".to_owned(), 7)]);
    let [temporary] = &shown.temporary[..] else {
        panic!("one is set for a while");
    };
    assert_eq!(
        (&*temporary.path, temporary.value, temporary.reviewed),
        ("node.per_second", 50, 100)
    );
    assert!(temporary.until.starts_with("2026-11-23T11:00:00"));
    assert_eq!(shown.targets.len(), 4);
    assert!(
        shown
            .targets
            .iter()
            .all(|target| target.cap == 128 && target.floor == 4)
    );
}

#[tokio::test]
async fn a_question_shows_in_the_quotas_and_people_only_where_the_look_is_on_record() {
    let star = star();
    let _node = star.attach("tielu", one_account);
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let bench = desk(&star);
    let before = star.journal().size();
    let shown = bench.desk.limits(&viewer()).await.expect("is shown");
    let tables: Vec<_> = shown.uses.iter().map(|one| one.table.as_str()).collect();
    assert!(
        !tables.contains(&"operator") && !tables.contains(&"case"),
        "{tables:?}"
    );
    assert_eq!(star.journal().size(), before, "nobody was looked at");
    let people = bench.desk.people(&viewer()).await.expect("is shown");
    let operator = people.iter().find(|one| one.table == "operator");
    let operator = operator.expect("has used something up");
    assert_eq!(
        (&*operator.name, operator.used, operator.most),
        ("0231", 1, 7)
    );
    assert!(people.iter().any(|one| one.name.starts_with("GG-2026-")));
    let Some(Entry::Looked(look)) = star.entries(before).pop() else {
        panic!("the look is on record");
    };
    assert_eq!((&*look.room, &*look.staff), ("limits", "audit-1"));
}
