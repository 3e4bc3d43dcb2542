//! Every trouble says what to do, and every alert about the hub is one.

use super::*;

/// One of each.
pub(in super::super) fn all() -> Vec<Trouble> {
    let node = || Named {
        id: "guoguan".to_owned(),
        zh: "国管分中心".to_owned(),
        en: "State Organs".to_owned(),
    };
    let classes = || vec!["04".to_owned(), "10".to_owned()];
    vec![
        Trouble::JournalFailing,
        Trouble::JournalFull,
        Trouble::JournalLow,
        Trouble::Disowned,
        Trouble::Unchecked,
        Trouble::WitnessesLacking(90),
        Trouble::WitnessesMissing,
        Trouble::CheckpointOld(120),
        Trouble::ExportDown("siem".to_owned()),
        Trouble::ExportLagging("siem".to_owned(), 7),
        Trouble::Overdue(2),
        Trouble::PaperEnding(PaperKind::Hub, 1),
        Trouble::PaperEnding(PaperKind::Revocations, -1),
        Trouble::PaperEnding(PaperKind::Node(node()), 20),
        Trouble::ClockUnkept,
        Trouble::Detached(node()),
        Trouble::BreakersOpen(node(), classes()),
        Trouble::BreakersProbing(node(), classes()),
        Trouble::BreakersHeld(node(), classes()),
        Trouble::Shedding(5),
        Trouble::Throttled(node(), 6),
        Trouble::Suspended(1),
        Trouble::Lent,
        Trouble::AlertsOpen(3),
        Trouble::Waiting(1),
        Trouble::Stopping,
        Trouble::CasesForged("TS-CASE-SIGNATURE", 4),
        Trouble::HubFault("TS-HUB-INTERNAL", 1),
        Trouble::AnswersSlow(6),
        Trouble::RefusalsMany(45),
        Trouble::NodeOverloaded(node(), 31),
        Trouble::RepliesBroken(node(), 1),
        Trouble::HandshakesRefused("TS-TLS-EXPIRED", 61),
        Trouble::ChangeKept(Kept::Rules),
        Trouble::ChangeKept(Kept::Limits),
        Trouble::ChangeKept(Kept::AlertRules),
        Trouble::JournalSlow(150),
        Trouble::IndexBehind(10_001),
        Trouble::ArchiveBehind(49),
        Trouble::DecisionAbandoned(2),
        Trouble::CheckpointListLarge(4_100),
    ]
}

#[test]
fn every_trouble_says_what_it_is_and_what_to_do_in_both_languages() {
    let guide = include_str!("../../../../docs/operating.md");
    for trouble in all() {
        let (zh, en) = (
            trouble.told(Language::Chinese),
            trouble.told(Language::English),
        );
        for told in [&zh, &en] {
            assert!(
                !told.what.is_empty() && !told.todo.is_empty(),
                "{trouble:?}"
            );
        }
        // One thing has one word.
        assert!(!format!("{zh:?}").contains("预警"), "{zh:?}");
        assert!(en.what.is_ascii() && en.todo.is_ascii(), "{en:?}");
        assert!(!zh.what.is_ascii() && !zh.todo.is_ascii(), "{zh:?}");
        if let Some(runbook) = zh.runbook {
            let is_there = guide
                .lines()
                .any(|line| line.trim_start_matches('#').trim() == runbook);
            assert!(is_there, "docs/operating.md has no heading {runbook}");
        }
    }
}

/// Alerts about the hub that the overview leaves out, and why.
const ABSENT: [(&str, &str); 2] = [
    ("TianshuHubDown", "a hub that is down shows no page"),
    (
        "TianshuTracesDropped",
        "neither a question nor the record lacks anything; who misses spans looks at the collector",
    ),
];

/// An alert of `dashboards/alerts/`.
struct Alert {
    name: String,
    is_critical: bool,
    is_of_the_hub: bool,
}

/// All of them.
fn alerts() -> Vec<Alert> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/alerts");
    let files = std::fs::read_dir(folder).expect("is a folder");
    let texts = files.map(|file| {
        let file = file.expect("is a file").path();
        std::fs::read_to_string(file).expect("is text")
    });
    let text: String = texts.collect();
    let alerts = text.split("- alert: ").skip(1).map(|rule| {
        let (name, rest) = rule.split_once('\n').expect("has a name");
        let (expr, _) = rest.split_once("labels:").expect("has labels");
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut words = expr.split(|c| !is_word(c));
        Alert {
            name: name.to_owned(),
            is_critical: rest.contains("severity: critical"),
            is_of_the_hub: words.any(|word| word.starts_with("hub_"))
                || expr.contains("\"tianshu-hub\""),
        }
    });
    alerts.collect()
}

#[test]
fn every_alert_about_the_hub_is_a_trouble_or_left_out_for_a_reason() {
    let alerts = alerts();
    let of_the_hub = || alerts.iter().filter(|alert| alert.is_of_the_hub);
    assert!(of_the_hub().count() > 25, "the rules are read");
    let troubles = all();
    for alert in of_the_hub() {
        let mut told = troubles
            .iter()
            .filter(|trouble| trouble.runbook() == Some(alert.name.as_str()))
            .peekable();
        let is_absent = ABSENT.iter().any(|(name, _)| *name == alert.name);
        assert_eq!(told.peek().is_none(), is_absent, "{}", alert.name);
        let is_bad = told.any(|trouble| trouble.weight() == Weight::Bad);
        assert!(
            is_bad || is_absent || !alert.is_critical,
            "{} is critical",
            alert.name
        );
    }
    let is_an_alert = |name: &str| of_the_hub().any(|alert| alert.name == name);
    for (name, reason) in ABSENT {
        assert!(is_an_alert(name) && !reason.is_empty(), "{name}");
    }
    for trouble in &troubles {
        let named = trouble.runbook().filter(|name| name.starts_with("Tianshu"));
        assert!(named.is_none_or(is_an_alert), "{trouble:?}");
    }
}
