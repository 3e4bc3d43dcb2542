//! The room Alerts over a real broker and its log.

use dashboards::RoleName;

use super::*;
use crate::alerts::rules::AlertRules;
use crate::broker::tests::fixture::{self, Ask, Setup, Star};
use crate::desk::usage::tests::{desk, viewer};
use crate::ledger::entry::Entry;

async fn alarmed() -> (Star, u64) {
    let star = Star::new(Setup::default());
    let nodes = star.attach_all(fixture::one_account);
    let rules = AlertRules::parse("[rule.asks]\nmore_than = 2\n").expect("is sound");
    star.broker.alerts.use_rules(rules);
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
    }
    drop(nodes);
    star.settle().await;
    crate::alerts::pass(&star.broker, &mut None).await;
    let number = {
        let book = star.broker.alerts.book().await;
        let mut asks = book.newest().filter(|alert| alert.raised.rule == "asks");
        asks.next().expect("is raised").number
    };
    (star, number)
}

fn filled(step: &str, text: &str, seen: u64) -> Filled {
    Filled {
        step: step.to_owned(),
        text: text.to_owned(),
        seen: seen.to_string(),
    }
}

#[tokio::test]
async fn an_alert_is_listed_explained_by_its_entries_and_looked_at_on_record() {
    let (star, number) = alarmed().await;
    let (desk, _folder) = desk(&star);
    let viewer = viewer("sun", RoleName::Audit);
    let open = Asked {
        standing: "open".to_owned(),
        ..Asked::default()
    };
    let listed = desk.alerts(&viewer, open).await.expect("is shown");
    assert!(listed.alerts.iter().any(|alert| alert.number == number));
    assert!(listed.counts[&Stage::Open] >= 1 && !listed.is_more);
    let before = Asked {
        before: number.to_string(),
        ..Asked::default()
    };
    let older = desk.alerts(&viewer, before).await.expect("is shown");
    assert!(older.alerts.iter().all(|alert| alert.number < number));
    let size = star.journal().size();
    let shown = desk.alert(&viewer, number).await.expect("is shown");
    let entries = star.entries(size);
    let [Entry::Looked(look)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(look.terms["alert"], number.to_string());
    assert_eq!(shown.evidence.len(), 3);
    assert!(
        shown
            .evidence
            .iter()
            .all(|row| row.kind == "decision" && !row.case.is_empty())
    );
    let [own] = shown.spread.as_slice() else {
        panic!("{:?}", shown.spread)
    };
    assert_eq!(
        (own.name.as_str(), own.count, own.is_own),
        ("guoguan/0231", 3, true)
    );
    let none = desk
        .alert(&viewer, 999_999)
        .await
        .expect_err("is not there");
    assert_eq!(none.code, "TS-PAGE-UNKNOWN");
    for wrong in [("standing", "odd"), ("before", "x")] {
        let mut asked = Asked::default();
        match wrong.0 {
            "standing" => asked.standing = wrong.1.to_owned(),
            _ => asked.before = wrong.1.to_owned(),
        }
        let turned = desk.alerts(&viewer, asked).await.expect_err("is wrong");
        assert_eq!(turned.code, "TS-PAGE-MALFORMED");
    }
}

#[tokio::test]
async fn evidence_says_about_whom_and_after_which_question_but_whole_only_to_the_auditor() {
    let star = Star::new(Setup::default());
    let nodes = star.attach_all(fixture::one_account);
    let rules = AlertRules::parse("[rule.repeats]\nmore_than = 1\n").expect("is sound");
    star.broker.alerts.use_rules(rules);
    // Each is a case of its own about the same person, but for the last, which repeats nobody.
    let mut asks: Vec<_> = (0..3).map(|_| Ask::honest(&star)).collect();
    asks.push(Ask::honest(&star).line(2));
    for ask in &asks {
        star.ask(ask).await.expect("is permitted");
    }
    drop(nodes);
    star.settle().await;
    crate::alerts::pass(&star.broker, &mut None).await;
    let number = {
        let book = star.broker.alerts.book().await;
        let mut repeats = book.newest().filter(|alert| alert.raised.rule == "repeats");
        repeats.next().expect("is raised").number
    };
    let (desk, _folder) = desk(&star);
    let shown = desk.alert(&viewer("sun", RoleName::Audit), number).await;
    let shown = shown.expect("is shown");
    assert!(shown.follows);
    assert_eq!((shown.evidence.len(), shown.persons), (2, 1));
    let mut before: Option<u64> = None;
    for (row, asked) in shown.evidence.iter().zip(&asks) {
        let after = row.after.as_ref().expect("repeats a question");
        assert!(after.entry < row.entry && before.is_none_or(|before| after.entry == before));
        assert_eq!(
            (after.center.as_str(), after.case.as_str()),
            ("guoguan", asked.case.case_no.as_str())
        );
        assert_eq!(row.subject.len(), 64);
        before = Some(row.entry);
    }
    let cut = desk
        .alert(&viewer("wang", RoleName::Security), number)
        .await;
    let cut = cut.expect("is shown");
    for (whole, cut) in shown.evidence.iter().zip(&cut.evidence) {
        assert_eq!(cut.subject, whole.subject[..12]);
    }
    assert_eq!(cut.persons, 1);
}

#[tokio::test]
async fn a_page_offers_each_what_they_can_do_now() {
    let (star, number) = alarmed().await;
    let (desk, _folder) = desk(&star);
    let wang = viewer("wang", RoleName::Security);
    let sun = viewer("sun", RoleName::Audit);
    let duty = viewer("zhao", RoleName::Duty);
    let shown = async |viewer: &Viewer| desk.alert(viewer, number).await.expect("is shown");
    assert_eq!(shown(&duty).await.can, []);
    assert_eq!(shown(&wang).await.can, [Deed::Assign]);
    let seen = shown(&wang).await.seen;
    desk.step(&wang, number, filled("assigned", "", seen))
        .await
        .expect("may");
    assert_eq!(shown(&wang).await.can, [Deed::Explain]);
    assert_eq!(shown(&sun).await.can, [Deed::Assign], "may take it over");
    let old = desk
        .step(&wang, number, filled("explained", "补录", seen))
        .await;
    assert_eq!(old.expect_err("is old").code, "TS-ALERT-STEP");
    let seen = shown(&wang).await.seen;
    desk.step(&wang, number, filled("explained", "补录", seen))
        .await
        .expect("may");
    assert_eq!(shown(&wang).await.can, [Deed::Reopen]);
    let page = shown(&sun).await;
    assert_eq!(page.can, [Deed::Confirm, Deed::Reopen]);
    assert_eq!(page.steps.len(), 2);
    desk.step(&sun, number, filled("confirmed", "", page.seen))
        .await
        .expect("may");
    let seen = shown(&sun).await.seen;
    desk.step(&sun, number, filled("closed", "已核实", seen))
        .await
        .expect("may");
    assert_eq!(shown(&sun).await.row.stage, Stage::Closed);
    assert_eq!(shown(&wang).await.can, [Deed::Reopen]);
}

/// That somebody has a bound of their own is on the page, and who looked is on record.
#[tokio::test]
async fn the_rules_in_force_are_shown_with_their_exceptions_and_last_change() {
    let star = Star::new(Setup::default());
    let text = "sought_days = 7\n[rule.repeats.only]\n\"city/0199\" = 1000000\n\
                [office.only.tielu]\nfrom = \"08:30\"\nuntil = \"17:00\"\n";
    let rules = AlertRules::parse(text).expect("is sound");
    let digest = rules.digest().to_string();
    star.broker.alerts.use_rules(rules);
    for _ in 0..2 {
        crate::alerts::pass(&star.broker, &mut None).await;
    }
    let (desk, _folder) = desk(&star);
    let before = star.journal().size();
    let shown = desk.rules(&viewer("zhao", RoleName::Duty)).await;
    let shown = shown.expect("is shown");
    let entries = star.entries(before);
    let [Entry::Looked(look)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (look.terms["rules"].as_str(), look.room.as_str()),
        (digest.as_str(), "alerts")
    );
    let repeats = shown.rules.iter().find(|rule| rule.name == "repeats");
    let repeats = repeats.expect("is there");
    assert_eq!(
        (repeats.is_on, repeats.more_than, repeats.default),
        (true, 3, 3)
    );
    assert_eq!(repeats.exceptions, [("city/0199".to_owned(), 1_000_000)]);
    assert_eq!(shown.rules.len(), RuleName::ALL.len());
    let days = shown.settings.iter().find(|one| one.key == "sought_days");
    let days = days.expect("is there");
    assert_eq!((days.value.as_str(), days.default.as_str()), ("7", "30"));
    assert!(
        shown
            .settings
            .iter()
            .all(|one| !one.what.0.is_empty() && !one.what.1.is_empty())
    );
    assert_eq!(
        shown.offices,
        [("tielu".to_owned(), "08:30–17:00".to_owned())]
    );
    let changed = shown
        .changed
        .expect("what the hub began with is on record, once");
    assert_eq!(
        (changed.to, shown.digest, shown.is_whole),
        (digest.clone(), digest, true)
    );
    let of_rules = star.entries(0).into_iter();
    let of_rules = of_rules.filter(|entry| matches!(entry, Entry::AlertRulesChanged(_)));
    assert_eq!(of_rules.count(), 1);
}
