//! What the pages say, what they offer, and with hostile texts.

use super::*;
use crate::chart::tests::viewer;
use crate::language::Language;
use crate::room::Room;
use crate::viewer::Act;

const HOSTILE: &str = "<img src=x>\"'";

fn row(stage: Stage) -> AlertRow {
    AlertRow {
        number: 41,
        at: "2026-11-23T10:00:00+08:00".to_owned(),
        rule: ("规则".to_owned(), "rule".to_owned()),
        center: "city".to_owned(),
        operator: HOSTILE.to_owned(),
        window: "2026-11-23T10".to_owned(),
        flow: String::new(),
        said: ("说明".to_owned(), "sentence".to_owned()),
        stage,
        by: HOSTILE.to_owned(),
    }
}

fn shown(stage: Stage, can: &[Deed]) -> AlertShown {
    AlertShown {
        row: row(stage),
        rules: "aa".to_owned(),
        usual: vec![UsualRow {
            is_peers: true,
            sample: 60,
            median: "9.0".to_owned(),
            mad: "2.0".to_owned(),
            bound: "23.8".to_owned(),
        }],
        spread: vec![Beside {
            name: format!("city/{HOSTILE}"),
            count: 61,
            is_own: true,
        }],
        evidence: vec![
            EvidenceRow {
                entry: 7,
                at: "2026-11-23T10:00:00+08:00".to_owned(),
                kind: "decision".to_owned(),
                case: HOSTILE.to_owned(),
                subject: "ab".repeat(32),
                after: Some(Earlier {
                    entry: 5,
                    at: "2026-11-23T09:58:00+08:00".to_owned(),
                    center: "tielu".to_owned(),
                    case: "TL-9".to_owned(),
                }),
                ..EvidenceRow::default()
            },
            EvidenceRow {
                entry: 6,
                at: "2026-11-23T09:59:00+08:00".to_owned(),
                kind: "decision".to_owned(),
                subject: "cd".repeat(6),
                ..EvidenceRow::default()
            },
            EvidenceRow {
                entry: 2,
                ..EvidenceRow::default()
            },
        ],
        persons: 2,
        follows: true,
        steps: vec![StepRow {
            entry: 44,
            at: "2026-11-23T11:00:00+08:00".to_owned(),
            deed: Deed::Explain,
            staff: "wang".to_owned(),
            text: HOSTILE.to_owned(),
        }],
        can: can.to_vec(),
        seen: 44,
        is_whole: true,
        is_counted: true,
    }
}

#[test]
fn an_alert_is_explained_with_its_evidence_and_offers_what_can_be_done() {
    for language in [Language::Chinese, Language::English] {
        let all = [
            Act::See(Room::Alerts),
            Act::See(Room::Audit),
            Act::See(Room::Use),
        ];
        let viewer = viewer(language, &all);
        let page = evidence::render(&viewer, &shown(Stage::Explained, &[Deed::Confirm]));
        let page = page.into_string();
        assert!(!page.contains("<img"), "hostile texts stay text");
        for part in [
            "href=\"/audit/7\"",
            "href=\"/audit/7/verify\"",
            "href=\"/audit/41/verify\"",
            "href=\"/use/city/%3Cimg",
            "name=\"step\" value=\"confirmed\"",
            "name=\"seen\" value=\"44\"",
            "name=\"token\" value=\"token-of-the-session\"",
            language.say(words::GONE),
            "▶ city/",
            "23.8",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains(language.say(words::SECOND)));
        assert!(!page.contains("value=\"closed\""));
    }
}

#[test]
fn evidence_says_about_whom_how_many_and_after_which_question() {
    let all = [
        Act::See(Room::Alerts),
        Act::See(Room::Audit),
        Act::See(Room::Subject),
    ];
    let ledger = format!("href=\"/subject/{}\"", "ab".repeat(32));
    let shown = shown(Stage::Open, &[]);
    let page =
        |acts: &[Act], language| evidence::render(&viewer(language, acts), &shown).into_string();
    let audit = page(&all, Language::Chinese);
    for part in [
        ledger.as_str(),
        "<code>abababababab</code>",
        "所列记录涉及人数：<strong>2</strong>",
        "准予查询",
        "href=\"/audit/5\"",
        "tielu",
        "href=\"/audit?case=TL-9\"",
        "2026-11-23 09:58:00",
        words::FORGOTTEN.0,
        "colspan=\"7\"",
    ] {
        assert!(audit.contains(part), "{part}");
    }
    let security = page(&[Act::See(Room::Alerts)], Language::English);
    assert!(!security.contains("/subject/") && !security.contains("/audit"));
    assert!(security.contains("<code>abababababab</code>") && security.contains("TL-9"));
    assert!(security.contains("question allowed"));
    let mut plain = super::tests::shown(Stage::Open, &[]);
    (plain.follows, plain.persons) = (false, 0);
    let plain = evidence::render(&viewer(Language::English, &all), &plain).into_string();
    assert!(!plain.contains(words::AFTER.1) && !plain.contains(words::PERSONS.1));
}

#[test]
fn who_may_not_search_the_log_gets_no_link_and_who_can_do_nothing_is_told() {
    let viewer = viewer(Language::English, &[Act::See(Room::Alerts)]);
    let page = evidence::render(&viewer, &shown(Stage::Explained, &[])).into_string();
    assert!(!page.contains("/audit/") && !page.contains("/use/"));
    assert!(page.contains(words::SECOND.1) && page.contains(words::NOTHING.1));
    assert!(!page.contains("/step"));
}

/// Whom many ask about: the alert is about nobody's use in particular.
#[test]
fn an_alert_about_several_operators_says_so() {
    let viewer = viewer(Language::English, &[Act::See(Room::Use)]);
    let mut alert = row(Stage::Open);
    (alert.center, alert.operator) = (String::new(), String::new());
    let said = list::person(&viewer, &alert).into_string();
    assert_eq!(said, words::SEVERAL.1);
}

#[test]
fn a_recount_is_said_on_both_pages() {
    let viewer = viewer(Language::English, &[Act::See(Room::Alerts)]);
    let listed = AlertsShown {
        is_whole: true,
        ..AlertsShown::default()
    };
    let mut one = shown(Stage::Open, &[]);
    one.is_counted = false;
    for page in [
        list::render(&viewer, &listed).into_string(),
        evidence::render(&viewer, &one).into_string(),
    ] {
        assert!(page.contains(words::RECOUNT.1) && !page.contains(words::COUNTING.1));
    }
}

#[test]
fn the_list_counts_filters_and_leads_on() {
    let viewer = viewer(Language::English, &[Act::See(Room::Alerts)]);
    let shown = AlertsShown {
        asked: Asked {
            standing: "open".to_owned(),
            before: String::new(),
        },
        counts: BTreeMap::from([(Stage::Open, 3), (Stage::Closed, 4)]),
        alerts: vec![row(Stage::Open)],
        is_more: true,
        is_whole: false,
        is_counted: false,
    };
    let page = list::render(&viewer, &shown).into_string();
    for part in [
        "href=\"/alerts/41\"",
        "href=\"/alerts/rules\"",
        "/alerts?standing=open&amp;before=41",
        "class=\"attention\"",
        words::COUNTING.1,
        "<dd>7</dd>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<img"));
    let empty = list::render(&viewer, &AlertsShown::default()).into_string();
    assert!(empty.contains(words::EMPTY.1) && !empty.contains("rel=\"next\""));
}
