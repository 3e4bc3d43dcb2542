//! The pages of policies over the rules that are delivered: each flow, a supposed question, and
//! what a candidate would change.

use dashboards::policies::{PoliciesDesk as _, Supposed};
use policies::RuleFiles;

use crate::broker::tests::fixture::{Setup, Star};
use crate::config::Candidates;
use crate::desk::bench::{desk, desk_with, viewer};
use crate::ledger::entry::{Entry, RulesChanged};
use crate::ledger::keys_of;

fn supposed(mode: &str, items: &str, at: &str) -> Supposed {
    Supposed {
        node: "city".into(),
        flow: "F05".into(),
        mode: mode.into(),
        items: items.into(),
        at: at.into(),
    }
}

#[tokio::test]
async fn every_flow_is_there_with_its_items_and_verdicts() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    let all = bench.desk.policies();
    assert_eq!((all.flows.len(), all.classes.len()), (31, 14));
    for row in &all.flows {
        assert_eq!(row.items.len(), 14, "{}", row.id);
        let flow = bench.desk.flow(&row.id).expect("is there");
        let shown: usize = flow.classes.iter().map(|class| class.items.len()).sum();
        assert!(shown >= row.items.iter().sum(), "{}", row.id);
        assert!(
            !row.name.zh.is_empty() && !row.matters.is_empty(),
            "{}",
            row.id
        );
    }
    let opening = bench.desk.flow("F05").expect("is there");
    assert_eq!(opening.row.centers.len(), 4);
    assert!(!opening.verdicts.is_empty() && !opening.details_on.is_empty());
    assert!(bench.desk.flow("F99").is_none() && bench.desk.flow("x").is_none());
    let choices = bench.desk.choices();
    assert_eq!((choices.nodes.len(), choices.flows.len()), (4, 31));
}

#[tokio::test]
async fn a_supposed_question_is_decided_as_the_rules_decide() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    let counter = "2026-11-23T10:00";
    for (asked, allowed, by) in [
        (supposed("", "", counter), true, None),
        (supposed("match", "04-08, 04.grzhzt", counter), true, None),
        (supposed("", "13-01", counter), false, Some(())),
        (supposed("", "", "2026-11-22T03:00"), false, Some(())),
    ] {
        let told = bench
            .desk
            .explained(&viewer(), &asked)
            .await
            .expect("is told");
        assert_eq!(told.fault.en, "", "{asked:?}");
        assert_eq!(told.allowed, allowed, "{asked:?}: {told:?}");
        assert_eq!(!told.by.is_empty(), by.is_some(), "{asked:?}: {told:?}");
        assert!(!told.steps.is_empty() && !told.policies.is_empty());
    }
    let mut unknown = supposed("", "", counter);
    unknown.flow = "F77".into();
    for unfit in [
        unknown,
        supposed("all", "", counter),
        supposed("", "99-99", counter),
        supposed("", "", "now"),
    ] {
        let told = bench
            .desk
            .explained(&viewer(), &unfit)
            .await
            .expect("is told");
        assert!(
            !told.fault.zh.is_empty() && !told.fault.en.is_empty(),
            "{unfit:?}"
        );
        assert!(!told.allowed);
    }
}

#[tokio::test]
async fn changes_are_told_of_the_delivered_set_a_candidate_and_the_log() {
    let star = Star::new(Setup {
        flow: Some(("asks_per_case = 20", "asks_per_case = 19")),
        ..Setup::default()
    });
    let folder = tempfile::tempdir().expect("a folder");
    for file in RuleFiles::builtin().all() {
        let path = folder.path().join(&file.name);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("is made");
        std::fs::write(path, &file.text).expect("is written");
    }
    let candidates = Candidates {
        rules: Some(folder.path().to_owned()),
        ..Candidates::default()
    };
    let bench = desk_with(&star, candidates);
    let entry = RulesChanged {
        from: "aa".into(),
        to: "bb".into(),
        flows: "cc".into(),
        changed: vec!["F05".into()],
    };
    star.broker
        .ledger
        .note(Entry::RulesChanged(entry))
        .await
        .expect("is written");
    bench
        .index
        .catch_up(star.journal(), &keys_of, |_| {})
        .expect("is indexed");
    let shown = bench.desk.changes(&viewer()).await.expect("is told");
    let [flow] = &shown.delivered.flows[..] else {
        panic!("{:?}", shown.delivered);
    };
    let [field] = &flow.fields[..] else {
        panic!("{flow:?}");
    };
    assert_eq!(
        (&*flow.flow, &*field.field, &*field.from, &*field.to),
        ("F05", "asks_per_case", "20", "19")
    );
    let candidate = shown.candidate.expect("is there").expect("is sound");
    assert_eq!(candidate.flows.len(), 1, "back to the delivered ones");
    assert_eq!(candidate.flows[0].fields[0].to, "20");
    let [logged] = &shown.log[..] else {
        panic!("{:?}", shown.log);
    };
    assert_eq!((logged.number, &*logged.to), (0, "bb"));
    std::fs::write(folder.path().join("flows/F05.toml"), "id = 5\n").expect("is written");
    let broken = bench.desk.changes(&viewer()).await.expect("is told");
    let fault = broken.candidate.expect("is there").expect_err("is broken");
    assert!(fault.contains("F05"), "{fault}");
    std::fs::remove_file(folder.path().join("flows/F05.toml")).expect("is removed");
}

#[tokio::test]
async fn a_changed_flow_hides_no_policy_and_no_hour_that_changed() {
    let star = Star::new(Setup::default());
    let folder = tempfile::tempdir().expect("a folder");
    for file in RuleFiles::builtin().all() {
        let path = folder.path().join(&file.name);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("is made");
        let text = match file.name.as_str() {
            "flows/F05.toml" => file
                .text
                .replace("asks_per_case = 20", "asks_per_case = 19"),
            "base/case.cedar" => file.text.replacen("@id(", "@spoken(\"so\")\n@id(", 1),
            "calendar.toml" => {
                let text = file.text.replacen("19:00", "20:00", 2);
                text.replacen("2026-01-04, ", "", 1)
            }
            _ => file.text.clone(),
        };
        if file.name != "base/hours.cedar" {
            std::fs::write(path, text).expect("is written");
        }
    }
    let candidates = Candidates {
        rules: Some(folder.path().to_owned()),
        ..Candidates::default()
    };
    let bench = desk_with(&star, candidates);
    let shown = bench.desk.changes(&viewer()).await.expect("is told");
    let changes = shown.candidate.expect("is there").expect("is sound");
    assert_eq!(changes.flows.len(), 1, "{changes:?}");
    let said: Vec<_> = changes
        .policies
        .iter()
        .map(|policy| (policy.id.as_str(), policy.change))
        .collect();
    assert!(said.contains(&("hours", "removed")), "{said:?}");
    let gone = changes.policies.iter().find(|policy| policy.id == "hours");
    let gone = gone.expect("is there");
    assert!(gone.from.contains("context.open_hours") && gone.to.is_empty());
    let changed = said.iter().filter(|(_, change)| *change == "changed");
    assert_eq!(changed.count(), 1, "{said:?}");
    assert_eq!(said.len(), 2);
    assert!(!changes.schema);
    let calendar: Vec<_> = changes
        .calendar
        .iter()
        .map(|part| (&*part.what.en, &*part.from.en, &*part.to.en))
        .collect();
    assert_eq!(
        calendar,
        [
            (
                "hours `counter`",
                "workdays 09:00-19:00",
                "workdays 09:00-20:00"
            ),
            ("working days on a weekend", "2026-01-04", ""),
        ]
    );
    // The rules of this star are those that are delivered, but for layout.
    let delivered = shown.delivered;
    assert!(delivered.flows.is_empty() && !delivered.schema);
    assert!(delivered.policies.is_empty() && delivered.calendar.is_empty());
}
