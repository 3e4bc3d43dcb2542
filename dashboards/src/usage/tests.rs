//! What the pages say, to whom, and with hostile names.

use super::*;
use crate::chart::tests::viewer;
use crate::language::Language;
use crate::room::Room;
use crate::viewer::Act;

const HOSTILE: &str = "a/<script>\"'&";

fn shown() -> UseShown {
    let figures = Figures {
        asks: 41,
        repeats: 7,
        ..Figures::default()
    };
    let part = |name: &str| Part {
        name: name.to_owned(),
        figures,
    };
    UseShown {
        asked: Asked {
            center: "city".to_owned(),
            from: "2026-11-01".to_owned(),
            to: "2026-11-02".to_owned(),
            sort: "repeats".to_owned(),
            ..Asked::default()
        },
        centers: vec![("city".to_owned(), "市中心".to_owned(), "City".to_owned())],
        flows: vec!["F05".to_owned()],
        counted: Counted {
            is_whole: true,
            upto: 99,
            ..Counted::default()
        },
        all: figures,
        days: vec![part("2026-11-01"), part("2026-11-02")],
        by_flow: vec![part("F05")],
        by_counter: vec![part(&format!("city/{HOSTILE}")), part("city/")],
        people: vec![
            PersonRow {
                center: "city".to_owned(),
                operator: HOSTILE.to_owned(),
                figures,
            },
            PersonRow {
                center: "city".to_owned(),
                operator: String::new(),
                figures,
            },
        ],
        people_in_all: 2,
        ..UseShown::default()
    }
}

#[test]
fn the_ranking_leads_to_each_person_and_sorts_by_links() {
    for language in [Language::Chinese, Language::English] {
        let viewer = viewer(language, &[Act::See(Room::Use)]);
        let page = page::render(&viewer, &shown()).into_string();
        assert!(!page.contains("<script>\""), "hostile names stay text");
        let to = "/use/city/a%2F%3Cscript%3E%22%27%26?from=2026-11-01&amp;to=2026-11-02";
        assert!(page.contains(to), "{page}");
        assert!(page.contains("sort=misses\""));
        assert_eq!(page.matches("aria-sort=\"descending\"").count(), 1);
        for (_, said) in words::FIGURES {
            assert!(page.contains(language.say(said)));
        }
        assert!(!page.contains(language.say(words::COUNTING)));
    }
}

#[test]
fn bars_lead_to_their_counter_and_flow_over_time() {
    let viewer = viewer(Language::English, &[]);
    let mut shown = shown();
    let page = page::render(&viewer, &shown).into_string();
    let counter = "/use?center=city&amp;counter=a/%3Cscript%3E%22%27%26&amp;flow=&amp;\
                   from=2026-11-01&amp;to=2026-11-02&amp;sort=repeats";
    assert_eq!(page.matches(counter).count(), 2, "{page}");
    assert!(page.contains("/use?center=city&amp;flow=F05&amp;from="));
    shown.asked.counter = HOSTILE.to_owned();
    let person = PersonShown {
        center: "city".to_owned(),
        operator: "0101".to_owned(),
        shown,
        ..PersonShown::default()
    };
    let page = person::render(&viewer, &person).into_string();
    let counter = "/use/city/0101?counter=a/%3Cscript%3E%22%27%26&amp;flow=&amp;from=2026-11-01";
    assert!(page.contains(counter), "{page}");
    assert!(page.contains("name=\"counter\"") && page.contains("value=\"a/&lt;script&gt;"));
}

#[test]
fn whom_many_asked_about_leads_to_their_ledger() {
    let mut shown = shown();
    let subject = "0f".repeat(32);
    shown.sought = Some(SoughtShown {
        days: 30,
        people: vec![SoughtRow {
            subject: subject.clone(),
            operators: 12,
            centers: 3,
            cases: 13,
        }],
    });
    let viewer = viewer(Language::English, &[]);
    let page = page::render(&viewer, &shown).into_string();
    assert!(page.contains(&format!("href=\"/subject/{subject}\"")));
    assert!(page.contains("<td class=\"number\">12</td>"));
}

#[test]
fn the_day_that_runs_is_drawn_as_such() {
    let viewer = viewer(Language::English, &[]);
    for (today, runs) in [("2026-11-02", 1), ("2026-11-03", 0), ("", 0)] {
        let mut shown = shown();
        shown.counted.today = today.to_owned();
        let page = page::render(&viewer, &shown).into_string();
        assert_eq!(page.matches("(not over yet)").count(), runs, "{today}");
    }
}

#[test]
fn what_is_not_whole_or_empty_says_so() {
    let viewer = viewer(Language::English, &[]);
    let empty = UseShown::default();
    let page = page::render(&viewer, &empty).into_string();
    assert!(page.contains(words::COUNTING.1) && page.contains(words::NOBODY.1));
}

#[test]
fn days_that_are_gone_are_said_and_only_then() {
    for (kept_from, is_said) in [("2026-11-01", false), ("2026-11-02", true)] {
        let mut shown = shown();
        shown.counted.days_from = Some(kept_from.to_owned());
        for language in [Language::Chinese, Language::English] {
            let page = page::render(&viewer(language, &[]), &shown).into_string();
            assert_eq!(page.contains(language.say(words::DAYS_GONE)), is_said);
            assert!(page.contains(language.say(words::DAYS_SINCE)));
        }
    }
}

#[test]
fn a_persons_page_leads_into_the_log_only_for_those_who_may() {
    let person = PersonShown {
        center: "city".to_owned(),
        operator: HOSTILE.to_owned(),
        shown: shown(),
        cases: vec![CaseRow {
            number: "CT-1<b>".to_owned(),
            flow: "F05".to_owned(),
            first: "2026-11-01T09:00:00+08:00".to_owned(),
            last: "2026-11-01T09:00:00+08:00".to_owned(),
            asks: 1,
            subjects: 1,
            is_answered: false,
            entry: 4,
        }],
        alerts: vec![AlertRow {
            number: 17,
            rule: ("规则", "rule"),
            window: "2026-11-01T04".to_owned(),
        }],
    };
    let security = viewer(Language::English, &[Act::See(Room::Use)]);
    let page = person::render(&security, &person).into_string();
    assert!(!page.contains("/audit?") && !page.contains("/alerts/17"));
    assert!(page.contains("CT-1&lt;b&gt;") && page.contains(words::UNANSWERED_CASE.1));
    let all = [
        Act::See(Room::Use),
        Act::See(Room::Audit),
        Act::See(Room::Alerts),
    ];
    let audit = viewer(Language::Chinese, &all);
    let page = person::render(&audit, &person).into_string();
    assert!(page.contains("/audit?case=CT-1%3Cb%3E") && page.contains("/alerts/17"));
    assert!(page.contains("规则") && page.contains(">2026-11-01 04:00<"));
}
