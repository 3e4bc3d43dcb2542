//! `tianshu policy explain`.

use std::fs;
use std::path::Path;

use super::{Ran, json, path, run};

/// In the morning of a working day.
fn explain(more: &[&str]) -> Ran {
    let begin = ["policy", "explain", "--at", "2026-11-23T10:00"];
    run(&[&begin[..], more].concat())
}

#[test]
fn a_question_for_named_centers_is_explained() {
    let ask = |named: &str| {
        let args = [
            "policy",
            "explain",
            "--flow",
            "F24",
            "--node",
            "tielu",
            "--named",
            named,
            "--at",
            "2026-11-23T10:00",
        ];
        let ran = run(&args);
        (ran.code, ran.out)
    };
    let (code, out) = ask("guoguan");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("named    guoguan"), "{out}");
    for (named, reason) in [("none", "center-not-named"), ("depot", "center-unknown")] {
        let (code, out) = ask(named);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(&format!("refused: {reason}")), "{out}");
    }
}

#[test]
fn an_ask_in_order_is_explained_as_allowed() {
    let ran = explain(&["--node", "city", "--flow", "F05"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.ends_with("\n\nallowed\n"), "{}", ran.out);
    assert!(!ran.out.contains("REFUSES") && !ran.out.contains("FORBIDS"));
    for said in [
        "asks     city in F05 at 2026-11-23T10:00:00+08:00\n",
        "case     matter 02, basis A with number consent, subject as applicant, question 1, signed \
         by 1\n",
        "mode     details\n",
        "permits           policy use-flow\n",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
    // The same with every flow of every center, at its hours.
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/flows");
    for flow in fs::read_dir(golden).unwrap() {
        let flow = flow.unwrap().path();
        let id = flow.file_stem().unwrap().to_str().unwrap();
        let night = fs::read_to_string(&flow)
            .unwrap()
            .contains("hours = \"night\"");
        let at = if night {
            "2026-11-23T01:00"
        } else {
            "2026-11-23T10:00"
        };
        let ran = run(&[
            "policy", "explain", "--node", "tielu", "--flow", id, "--at", at,
        ]);
        assert_eq!(ran.code, 0, "{id}: {}{}", ran.out, ran.err);
    }
}

/// What differs from an ask in order, and by which rule it is refused.
const DEPARTURES: &[(&str, &str)] = &[
    ("city F05 --items 10.dkye", "class-outside-flow, by classes"),
    ("city F05 --items 04-03", "item-outside-flow, by items"),
    ("city F05 --gives 12.wqhth", "item-outside-flow, by given"),
    ("city F05 --role none", "wrong-subject, by subject"),
    ("city F05 --role spouse", "role-not-admitted, by role"),
    (
        "city F05 --carries number",
        "consent-missing, by basis-parts",
    ),
    ("city F05 --carries none", "basis-missing, by basis-parts"),
    ("city F05 --basis B", "wrong-basis, by basis"),
    ("city F05 --matter 03", "matter-outside-flow, by matter"),
    ("city F05 --use-no 21", "over-used, by uses"),
    (
        "city F05 --suspended operator",
        "suspended, by operator-in-service",
    ),
    (
        "city F05 --suspended flow,node",
        "suspended, by node-in-service",
    ),
    (
        "city F05 --expires 2026-11-23T10:31",
        "lifetime-too-long, by case-life",
    ),
    (
        "city F05 --issued 2026-11-23T09:40:00+08:00",
        "expired, by case-expiry",
    ),
    (
        "city F05 --opened-on 2026-11-24",
        "not-yet-valid, by case-dates",
    ),
    ("city F26 --mode details", "mode-mismatch, by mode"),
    ("city F27 --approved false", "approver-missing, by approver"),
    ("city F27 --officer false", "not-an-officer, by officer"),
    (
        "city F27 --document-on 2026-11-25",
        "not-yet-valid, by case-dates",
    ),
    ("city F77 --items 04.grzhzt", "flow-unknown, by flow-known"),
    ("tielu-depot F05", "flow-not-enabled, by enabled"),
];

#[test]
fn each_departure_is_refused_by_its_rule() {
    for (ask, refused) in DEPARTURES {
        let words: Vec<&str> = ask.split(' ').collect();
        let (who, departure) = words.split_at(2);
        let ran = explain(&[&["--node", who[0], "--flow", who[1]], departure].concat());
        let last = ran.out.lines().last().unwrap();
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{ask}: {}", ran.out);
        assert_eq!(last, format!("refused: {refused}"), "{ask}");
    }
    let sunday = [
        "--at",
        "2026-11-22T10:00",
        "--node",
        "city",
        "--flow",
        "F05",
    ];
    let ran = run(&[&["policy", "explain"], &sunday[..]].concat());
    let last = ran.out.lines().last();
    assert_eq!(last, Some("refused: outside-hours, by hours"));
}

#[test]
fn an_explanation_reads_its_own_facts_back() {
    let args = [
        "policy",
        "explain",
        "--at",
        "2026-11-23T10:00",
        "--node",
        "city",
    ];
    let told = json(
        &[&args[..], &["--flow", "F27", "--carries", "number"]].concat(),
        1,
    );
    assert_eq!(told["explanation"]["code"], "basis-missing");
    assert_eq!(told["explanation"]["allowed"], false);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facts.json");
    let mut facts = told["ask"].clone();
    facts.as_object_mut().unwrap().remove("query");
    fs::write(&file, facts.to_string()).unwrap();
    assert_eq!(json(&["policy", "explain", "--from", path(&file)], 1), told);
    facts["carries"] = serde_json::json!(["number", "issuer", "date", "period", "officers"]);
    facts["document_on"] = "2026-11-20".into();
    fs::write(&file, facts.to_string()).unwrap();
    let allowed = json(&["policy", "explain", "--from", path(&file)], 0);
    assert_eq!(allowed["explanation"]["code"], "allowed");
    facts["browse"] = true.into();
    fs::write(&file, facts.to_string()).unwrap();
    let ran = run(&["policy", "explain", "--from", path(&file)]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("unknown field `browse`"), "{}", ran.err);
}

#[test]
fn facts_that_are_no_ask_are_named() {
    let ask = ["--node", "city", "--flow", "F05"];
    let cases: &[(&[&str], &str)] = &[
        (
            &["--items", "04.nosuch"],
            "the catalogue has no item `04.nosuch`",
        ),
        (&["--role", "king"], "`king`: a role is "),
        (
            &["--suspended", "hub"],
            "suspended is `node`, `flow`, `operator` or `case`",
        ),
        (&["--items", "12.wqcxmm"], "is never answered"),
    ];
    for (more, said) in cases {
        let ran = explain(&[&ask, *more].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{more:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let ran = explain(&["--node", "city", "--flow", "F77"]);
    assert!(
        ran.code == 2 && ran.err.contains("no such flow"),
        "{}",
        ran.err
    );
    let ran = explain(&["--node", "city"]);
    assert!(ran.code == 2 && ran.err.contains("--flow"), "{}", ran.err);
    let both = explain(&["--from", "facts.json"]);
    assert!(
        both.code == 2 && both.err.contains("cannot be used with"),
        "{}",
        both.err
    );
}
