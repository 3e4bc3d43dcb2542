//! What the page says of rules, exceptions and their last change.

use super::*;
use crate::chart::tests::viewer;
use crate::language::Language;

fn shown() -> RulesShown {
    RulesShown {
        digest: "bb".to_owned(),
        rules: vec![RuleRow {
            name: "repeats".to_owned(),
            what: ("规则".to_owned(), "rule".to_owned()),
            is_hourly: false,
            is_on: false,
            more_than: 4,
            default: 3,
            exceptions: vec![
                ("city/<0199>".to_owned(), 1_000_000),
                ("tielu".to_owned(), 2),
            ],
        }],
        settings: vec![SettingRow {
            key: "sought_days".to_owned(),
            what: ("日数".to_owned(), "days".to_owned()),
            value: "7".to_owned(),
            default: "30".to_owned(),
        }],
        offices: vec![("tielu".to_owned(), "08:30–17:00".to_owned())],
        changed: Some(Change {
            entry: 17,
            at: "2026-11-23T10:00:00+08:00".to_owned(),
            from: "aa".to_owned(),
            to: "bb".to_owned(),
        }),
        fault: None,
        is_whole: true,
    }
}

#[test]
fn bounds_defaults_exceptions_and_the_last_change_are_there() {
    for language in [Language::Chinese, Language::English] {
        let auditor = viewer(language, &[Act::See(Room::Audit)]);
        let page = render(&auditor, &shown()).into_string();
        for part in [
            "city/&lt;0199&gt;",
            "1000000",
            "08:30–17:00",
            "href=\"/audit/17\"",
            language.say(OFF),
            language.say(LOOSER),
            language.say(OTHER),
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(
            page.matches(language.say(LOOSER)).count(),
            1,
            "two is stricter"
        );
        assert!(!page.contains(language.say(DIFFERENT)));
    }
}

#[test]
fn what_the_log_does_not_have_is_said() {
    let duty = viewer(Language::English, &[]);
    let mut shown = shown();
    shown.digest = "cc".to_owned();
    shown.fault = Some(Fault {
        entry: 18,
        at: "2026-11-23T11:00:00+08:00".to_owned(),
        because: "`rule.<b>`".to_owned(),
    });
    let page = render(&duty, &shown).into_string();
    assert!(page.contains(DIFFERENT.1) && page.contains("`rule.&lt;b&gt;`"));
    assert!(!page.contains("/audit/"));
    (shown.changed, shown.is_whole) = (None, false);
    let page = render(&duty, &shown).into_string();
    assert!(page.contains(NEVER.1) && page.contains(COUNTING.1));
}
