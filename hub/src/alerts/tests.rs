//! Alerts on a real broker over a real log.

use std::fs;

use policies::Role;
use wire::RefusalCode;

use super::book::{Standing, Step};
use super::*;
use crate::broker::tests::fixture::{self, Ask, Setup, Star};
use crate::staff::Staff;

fn staff(name: &str, role: Role) -> Staff {
    Staff {
        name: name.to_owned(),
        serial: "0b".to_owned(),
        roles: [role].into(),
    }
}

fn eager(star: &Star) {
    let rules = AlertRules::parse("[rule.asks]\nmore_than = 2\n").expect("is sound");
    star.broker.alerts.use_rules(rules);
}

fn raised(star: &Star) -> Vec<AlertRaised> {
    let entries = star.entries(0).into_iter();
    entries
        .filter_map(|entry| match entry {
            Entry::AlertRaised(raised) if raised.rule == "asks" => Some(*raised),
            _ => None,
        })
        .collect()
}

async fn wanted(star: &Star, number: u64, step: Step, text: &str) -> StepWanted {
    let book = star.broker.alerts.book().await;
    StepWanted {
        alert: number,
        step: step.as_str().to_owned(),
        text: text.to_owned(),
        seen: book
            .alert(number)
            .map(book::Alert::last)
            .unwrap_or_default(),
    }
}

async fn number(star: &Star) -> u64 {
    let book = star.broker.alerts.book().await;
    let mut alerts = book.newest().filter(|alert| alert.raised.rule == "asks");
    alerts.next().expect("is there").number
}

#[tokio::test]
async fn an_alert_is_raised_once_and_survives_a_restart_with_its_steps() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    eager(&star);
    let mut judged = None;
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
        pass(&star.broker, &mut judged).await;
    }
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    pass(&star.broker, &mut judged).await;
    let all = raised(&star);
    let [alert] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(
        (alert.who.node.as_str(), alert.who.operator.as_str()),
        ("guoguan", "0231")
    );
    for entry in &alert.evidence {
        let sheet = Sheet::decode(&star.journal().read(*entry).expect("is there"));
        assert!(matches!(sheet.expect("reads").entry, Entry::Decision(_)));
    }
    let number = number(&star).await;
    let assign = wanted(&star, number, Step::Assign, "").await;
    let wang = staff("wang", Role::Security);
    star.broker
        .step_alert(wang.clone(), assign.clone())
        .await
        .expect("may");
    let twice = star.broker.step_alert(wang, assign).await;
    assert_eq!(twice, Err(RefusalCode::AlertStep), "a page from before");
    star.settle().await;
    let star = star.restarted(Setup::default());
    eager(&star);
    let early = wanted(&star, number, Step::Explain, "日终补录").await;
    let early = star
        .broker
        .step_alert(staff("wang", Role::Security), early)
        .await;
    assert_eq!(early, Err(RefusalCode::AlertCounting));
    pass(&star.broker, &mut None).await;
    assert_eq!(raised(&star).len(), 1, "the log knows it");
    let book = star.broker.alerts.book().await;
    let alert = book.alert(number).expect("is back");
    assert_eq!(
        (alert.standing, alert.by(Step::Assign)),
        (Standing::Assigned, Some("wang"))
    );
}

/// What was read before a fault is in the book, and what was counted and not entered is read again.
#[tokio::test]
async fn no_alert_is_lost_to_a_fault() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    eager(&star);
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
    }
    pass(&star.broker, &mut None).await;
    let number = number(&star).await;
    let rules = star.broker.rules.current();
    let fresh = || Alerts::new(AlertRules::default(), rules.flows());
    let alerts = fresh();
    let read = star.journal().scan(0).chain([Err(AuditError::Closed)]);
    let (fed, end) = alerts.count_each(0, read);
    assert!(end.is_err() && fed.upto == star.journal().size());
    alerts.enter(fed).await;
    assert!(alerts.book().await.alert(number).is_some());
    let alerts = fresh();
    drop(alerts.count(star.journal(), rules.flows()));
    assert!(
        alerts.book().await.alert(number).is_none(),
        "was never entered"
    );
    let (fed, end) = alerts.count(star.journal(), rules.flows());
    end.expect("is read");
    alerts.enter(fed).await;
    assert!(alerts.book().await.alert(number).is_some());
}

#[tokio::test]
async fn while_all_is_counted_anew_the_counts_are_not_whole() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let alerts = &star.broker.alerts;
    assert!(!alerts.is_counted());
    pass(&star.broker, &mut None).await;
    assert!(alerts.is_counted() && alerts.is_whole());
    let other = AlertRules::parse("coincidence_minutes = 31\n").expect("is sound");
    alerts.use_rules(other);
    let rules = star.broker.rules.current();
    let (_, end) = alerts.count(star.journal(), rules.flows());
    end.expect("is read");
    assert!(!alerts.is_counted(), "until the pass is through");
    assert!(alerts.is_whole(), "steps can be taken meanwhile");
    pass(&star.broker, &mut None).await;
    assert!(alerts.is_counted());
}

#[tokio::test]
async fn who_may_not_is_refused_on_record() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    eager(&star);
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
    }
    pass(&star.broker, &mut None).await;
    let number = number(&star).await;
    let personal = format!("{} 的查询", fixture::ID_NUMBER);
    for (who, step, text, code) in [
        (Role::Duty, Step::Assign, "", RefusalCode::ActRole),
        (Role::Security, Step::Confirm, "", RefusalCode::ActRole),
        (Role::Audit, Step::Explain, "x", RefusalCode::AlertStep),
        (
            Role::Audit,
            Step::Assign,
            personal.as_str(),
            RefusalCode::ActPersonal,
        ),
        (Role::Audit, Step::Explain, " ", RefusalCode::ActMalformed),
    ] {
        let before = star.journal().size();
        let wanted = wanted(&star, number, step, text).await;
        let refused = star.broker.step_alert(staff("x", who), wanted).await;
        assert_eq!(refused, Err(code), "{who} {step:?}");
        let entries = star.entries(before);
        let [Entry::ActRefused(refused)] = entries.as_slice() else {
            panic!("{entries:?}")
        };
        assert_eq!(refused.target, format!("alert/{number}"));
    }
    let steps = [
        ("wang", Role::Security, Step::Assign, ""),
        ("wang", Role::Security, Step::Explain, "集中补录"),
        ("sun", Role::Audit, Step::Confirm, ""),
        ("sun", Role::Audit, Step::Close, "无需处理"),
    ];
    for (name, role, step, text) in steps {
        let wanted = wanted(&star, number, step, text).await;
        star.broker
            .step_alert(staff(name, role), wanted)
            .await
            .expect("may");
    }
    let book = star.broker.alerts.book().await;
    assert_eq!(book.counts()[&Standing::Closed], 1);
}

#[tokio::test]
async fn changed_rules_are_taken_whole_and_on_record_or_the_old_ones_stay() {
    let star = Star::new(Setup::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("alerts.toml");
    let write = |text: &str| {
        fs::write(&file, text).expect("is written");
        wire::seal_file(&file).expect("is sealed");
    };
    write("");
    let mut watch = AlertRulesWatch::new(&file);
    for (text, is_taken) in [
        ("[rule.asks]\nmore_than = 7\n", true),
        ("[rule.asks.only]\nnowhere = 1\n", false),
        ("[rule.asks]\nmore_than = \"many\"\n", false),
    ] {
        let before = star.journal().size();
        write(text);
        for _ in 0..3 {
            watch.look(&star.broker).await;
        }
        match star.entries(before).as_slice() {
            [Entry::AlertRulesChanged(changed)] if is_taken => {
                assert_eq!(changed.to, star.broker.alerts.rules().digest().to_string());
            }
            [Entry::AlertRulesKept(kept)] if !is_taken => {
                assert!(kept.because.contains("alerts.toml"), "{kept:?}");
            }
            other => panic!("{text}: {other:?}"),
        }
        let rules = star.broker.alerts.rules();
        let bound = rules.bound(rules::RuleName::Asks).expect("is on");
        assert_eq!(bound.more_than, 7);
        let kept = star.broker.metrics.lately().kept();
        assert_eq!(kept.is_empty(), is_taken, "the overview tells of it");
    }
    write("[rule.asks]\nmore_than = 7\n");
    for _ in 0..3 {
        watch.look(&star.broker).await;
    }
    assert!(star.broker.metrics.lately().kept().is_empty(), "as it was");
}
