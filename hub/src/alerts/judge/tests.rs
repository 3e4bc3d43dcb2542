//! Rules held against tallies of entries as the hub writes them.

use std::sync::Arc;

use time::Duration;

use super::*;
use crate::alerts::book::Book as Alerts;
use crate::alerts::found::EACH_MAX;
use crate::tally::tests::{Book, MONDAY};

fn rules(text: &str) -> AlertRules {
    AlertRules::parse(text).expect("is sound")
}

fn found(book: &Book, rules: &AlertRules, due: Due) -> Vec<AlertRaised> {
    let mut found = Found::beside(Arc::default());
    let at = (Hour::of(book.at), book.at);
    judge(&book.tally, rules, due, at, &mut found);
    found.into_alerts().collect()
}

fn of(found: &[AlertRaised], rule: RuleName) -> Vec<&AlertRaised> {
    let name = rule.as_str();
    found.iter().filter(|alert| alert.rule == name).collect()
}

#[test]
fn a_bound_is_crossed_at_once_and_not_met() {
    let mut book = Book::new();
    let rules = rules("[rule.asks]\nmore_than = 3\n");
    let mut entries = Vec::new();
    for nth in 0..4 {
        assert!(of(&found(&book, &rules, Due::AtOnce), RuleName::Asks).is_empty());
        entries.push(book.ask("city/0101", &format!("K{nth}"), nth, "answered"));
    }
    book.ask("city/0102", "L", 9, "answered");
    let all = found(&book, &rules, Due::AtOnce);
    let [alert] = of(&all, RuleName::Asks)[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (alert.who.node.as_str(), alert.who.operator.as_str()),
        ("city", "0101")
    );
    assert_eq!(alert.window, "2026-11-23T10");
    assert_eq!(alert.evidence, entries);
    assert_eq!((alert.figures["found"], alert.figures["more_than"]), (4, 3));
    assert!(alert.zh.contains('4') && alert.en.contains("bound is 3"));
    assert_eq!(alert.rules, rules.digest().to_string());
    let read = Seen::read(RuleName::Asks, &alert.window).expect("reads back");
    assert_eq!(read.hours, Hour::of(MONDAY)..=Hour::of(MONDAY));
    let figures = figures(&book.tally, &rules, RuleName::Asks, &read, book.at);
    assert_eq!(figures.len(), 2, "the others are there to compare");
    book.at += Duration::HOUR;
    assert!(of(&found(&book, &rules, Due::Ended), RuleName::Asks).is_empty());
}

/// More than one pass takes: what is on record takes no place in the next, and nobody is left out.
#[test]
fn everybody_over_the_bound_is_found_pass_by_pass() {
    let mut book = Book::new();
    let rules = rules("[rule.asks]\nmore_than = 0\n");
    for nth in 0..300 {
        book.ask(&format!("city/x{nth}"), &format!("K{nth}"), 1, "answered");
    }
    book.ask("guoguan/7", "G", 2, "answered");
    let (mut alerts, mut passes) = (Alerts::default(), 0);
    loop {
        let mut found = Found::beside(alerts.known());
        let at = (Hour::of(book.at), book.at);
        judge(&book.tally, &rules, Due::AtOnce, at, &mut found);
        let is_cut = found.is_cut();
        let found: Vec<_> = found.into_alerts().collect();
        let asks = of(&found, RuleName::Asks).len();
        if passes == 0 {
            assert_eq!(
                (asks, is_cut),
                (EACH_MAX + 1, true),
                "also the other center's"
            );
        }
        for alert in found {
            assert!(!alerts.knows(&alert), "found twice");
            let number = alerts.newest().count() as u64;
            alerts.raise(number, book.at, alert);
        }
        passes += 1;
        if !is_cut {
            break;
        }
    }
    let asks = alerts.newest().filter(|alert| alert.raised.rule == "asks");
    assert_eq!((asks.count(), passes), (301, 300_usize.div_ceil(EACH_MAX)));
}

#[test]
fn each_rule_finds_what_it_is_for() {
    let mut book = Book::new();
    let text = "[rule.repeats]\nmore_than = 1\n[rule.subjects]\nmore_than = 2\n\
                [rule.coincidence]\nmore_than = 0\n[rule.refusals]\nmore_than = 1\n\
                [rule.misses]\nmore_than = 2\n[rule.unanswered]\nmore_than = 0\n\
                [rule.off-hours]\nmore_than = 0\n";
    let rules = rules(text);
    book.ask("city/0101", "A", 1, "answered");
    book.ask("city/0101", "B", 1, "answered");
    book.ask("city/0101", "C", 1, "answered");
    book.ask("guoguan/7", "G", 1, "answered");
    for subject in 2..5 {
        book.ask("tielu/5", "T", subject, "no-record");
    }
    book.ask("zhongzhi/9", "Y", 8, "refused");
    book.refuse("zhongzhi/9", "TS-CASE-SUBJECT");
    book.refuse("zhongzhi/9", "TS-LIMIT-OPERATOR");
    book.ask("zhongzhi/9", "Z", 9, "cancelled");
    let all = found(&book, &rules, Due::AtOnce);
    let named = |all: &[AlertRaised]| {
        let named = all.iter();
        let mut named: Vec<_> = named
            .map(|alert| (alert.rule.clone(), alert.who.node.clone()))
            .collect();
        named.sort();
        named
    };
    let expected = [
        ("coincidence", "guoguan"),
        ("off-hours", "tielu"),
        ("refusals", "zhongzhi"),
        ("repeats", "city"),
        ("subjects", "tielu"),
    ];
    let expected = expected.map(|(rule, node)| (rule.to_owned(), node.to_owned()));
    assert_eq!(named(&all), expected);
    assert!(
        all.iter().all(|alert| !alert.evidence.is_empty()),
        "{all:?}"
    );
    let ended = found(&book, &rules, Due::Ended);
    assert_eq!(of(&ended, RuleName::Misses)[0].who.node, "tielu");
    assert!(of(&ended, RuleName::Unanswered).is_empty(), "too early");
    // Tomorrow the case is old; it is told under the day that it was last used on.
    book.at += Duration::hours(25);
    let ended = found(&book, &rules, Due::Ended);
    let [old] = of(&ended, RuleName::Unanswered)[..] else {
        panic!("{ended:?}")
    };
    assert_eq!(
        (old.who.node.as_str(), old.window.as_str()),
        ("zhongzhi", "2026-11-23")
    );
    book.at = MONDAY + Duration::hours(12);
    book.ask("city/0101", "A", 1, "answered");
    let ended = found(&book, &rules, Due::AtOnce);
    let late = of(&ended, RuleName::OffHours);
    assert!(
        late.iter().any(|alert| alert.who.node == "city"),
        "{late:?}"
    );
}

/// Six colleagues with about ten questions a day; one of them asks forty one day.
#[test]
fn what_is_unusual_for_the_person_and_among_others_stands_out() {
    let mut book = Book::new();
    let rules = rules("[rule.baseline]\nmore_than = 15\n");
    let mut case = 0;
    let mut ask = |book: &mut Book, who: &str, times: u32| {
        for _ in 0..times {
            case += 1;
            book.ask(who, &format!("K{case}"), (case % 200) as u8, "answered");
        }
    };
    for day in 0..12 {
        for person in 0..6 {
            ask(
                &mut book,
                &format!("city/010{person}"),
                8 + (day + person) % 5,
            );
        }
        book.at += Duration::DAY;
    }
    ask(&mut book, "city/0101", 40);
    ask(&mut book, "city/0102", 14);
    // Nobody of this center can be compared with.
    ask(&mut book, "tielu/5", 400);
    let all = found(&book, &rules, Due::Ended);
    let [alert] = of(&all, RuleName::Baseline)[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (alert.who.operator.as_str(), alert.flow.as_str()),
        ("0101", "F05")
    );
    let of: Vec<_> = alert.usual.iter().map(|usual| usual.of.as_str()).collect();
    assert_eq!(of, ["peers", "past"]);
    assert_eq!(alert.usual[0].sample, 60);
    assert_eq!(alert.usual[1].sample, 12);
    assert!(alert.en.contains("median 10.0"), "{}", alert.en);
}

/// A roster, nights of jobs, logins and payments at any hour, and an evening at the counter, under
/// the rules as delivered; and somebody who looks one person up on case after case.
#[test]
fn delivered_flows_raise_nothing_under_the_delivered_rules() {
    let mut book = Book::new();
    let rules = AlertRules::default();
    let judged = |book: &Book| {
        let mut all = found(book, &rules, Due::AtOnce);
        all.extend(found(book, &rules, Due::Ended));
        all
    };
    for day in 0..2_u32 {
        book.at = MONDAY + Duration::days(day.into()) - Duration::hours(8);
        for line in 0..600 {
            let own = (format!("E{day}-{line}"), format!("P{day}-{line}"));
            book.ask_with("F03", "city/e-window", (&own.0, line), "no-record");
            book.ask_with("F30", "city/job", ("S", line), "answered");
            book.ask_with("F31", "city/job", ("W", line), "unavailable");
            book.ask_with("F15", "guoguan/job", (&own.1, line), "");
        }
        for nth in 0..100 {
            let (pay, log_in) = (format!("V{day}-{nth}"), format!("L{day}-{nth}"));
            book.ask_with("F26", "city/pay", (&pay, nth), "no-record");
            book.ask_with("F04", "city/online", (&log_in, nth % 5), "no-record");
        }
        assert!(judged(&book).is_empty(), "a night of jobs");
        book.at = MONDAY + Duration::days(day.into());
        let roster = format!("R{day}");
        for line in 0..5_000 {
            let found = ["no-record", "answered", "no-record"][line as usize % 3];
            book.ask_with("F06", "city/0101", (&roster, line), found);
        }
        assert!(judged(&book).is_empty(), "a roster");
        book.at = MONDAY + Duration::days(day.into()) + Duration::minutes(510);
        for nth in 0..30 {
            let case = format!("K{day}-{nth}");
            let one = (case.as_str(), 10_000 + 100 * day + nth);
            book.ask_with("F05", "city/0102", one, "answered");
        }
        assert!(judged(&book).is_empty(), "an evening at the counter");
    }
    for nth in 0..6 {
        book.ask_with("F05", "city/0199", (&format!("Y{nth}"), 77), "answered");
    }
    let all = judged(&book);
    let named: Vec<_> = all
        .iter()
        .map(|a| (a.rule.as_str(), a.who.operator.as_str()))
        .collect();
    assert_eq!(
        named,
        [("repeats", "0199"), ("repeats", "0199")],
        "at once, and after the hour"
    );
}

/// One well-known person, looked up once by each of twelve operators: every other figure is zero.
#[test]
fn one_person_looked_up_by_many_is_one_alert_about_nobody_in_particular() {
    let mut book = Book::new();
    let rules = AlertRules::default();
    let mut entries = Vec::new();
    let mut alerts = Alerts::default();
    for nth in 0..12 {
        let mut pass = Found::beside(alerts.known());
        let at = (Hour::of(book.at), book.at);
        judge(&book.tally, &rules, Due::AtOnce, at, &mut pass);
        let found: Vec<_> = pass.into_alerts().collect();
        assert_eq!(
            found.len(),
            usize::from(nth == 9),
            "above eight, and once: {found:?}"
        );
        for alert in found {
            assert_eq!(
                (alert.rule.as_str(), &alert.who),
                ("sought", &Whose::default())
            );
            assert_eq!(alert.about, "00000007".repeat(8));
            assert_eq!(alert.evidence, entries);
            assert!(alert.en.contains("9 operators") && alert.zh.contains("30 日内"));
            alerts.raise(99, book.at, alert);
        }
        let who = format!("{}/{nth}", ["city", "guoguan"][nth % 2]);
        entries.push(book.ask(&who, &format!("K{nth}"), 7, "answered"));
        book.ask(&who, &format!("L{nth}"), 100 + nth as u8, "answered");
        book.at += Duration::hours(1);
    }
}
