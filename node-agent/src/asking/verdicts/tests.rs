//! Which verdicts are asked for, and which findings are shown.

use super::*;
use crate::tests::center::items;
use policies::{Bounds, FlowBook, FlowId, QuestionDraft, SubjectTag};

fn rule(class: &str, elsewhere: bool, test: VerdictTest) -> VerdictRule {
    VerdictRule {
        class: class.parse().unwrap(),
        only: BTreeMap::new(),
        elsewhere,
        house: false,
        test,
        bounds: Bounds::default(),
        reversed_by: None,
    }
}

/// F05 with verdicts of every kind.
fn flow(catalog: &Catalog) -> Flow {
    let id: FlowId = "F05".parse().unwrap();
    let mut flow = FlowBook::builtin(catalog)
        .unwrap()
        .flow(&id)
        .unwrap()
        .clone();
    let item = |text: &str| text.parse().unwrap();
    let verdicts = [
        ("live-account", rule("04", true, VerdictTest::Exists)),
        (
            "by-status",
            rule("04", false, VerdictTest::CountBy(item("04-08"))),
        ),
        (
            "sum",
            rule("06", false, VerdictTest::SumWithin(item("06-10"))),
        ),
        (
            "lease",
            rule(
                "06",
                false,
                VerdictTest::MonthsOverlap(item("06-18"), item("06-19")),
            ),
        ),
    ];
    flow.verdicts = verdicts
        .into_iter()
        .map(|(id, rule)| (id.parse().unwrap(), rule))
        .collect();
    flow
}

fn choose(
    mode: Mode,
    classes: &[&str],
    named: Option<&[&str]>,
    yardsticks: &[(&str, [&str; 3])],
) -> Result<Vec<String>, RefusalCode> {
    let flow = flow(&Catalog::builtin().unwrap());
    let wanted = classes.iter().map(|class| class.parse().unwrap()).collect();
    let named: Option<Vec<String>> =
        named.map(|named| named.iter().map(|name| (*name).to_owned()).collect());
    let body = |[limit, from, until]: &[&str; 3]| YardstickBody {
        limit: (*limit).to_owned(),
        from: (*from).to_owned(),
        until: (*until).to_owned(),
    };
    let yardsticks = yardsticks
        .iter()
        .map(|(name, texts)| ((*name).to_owned(), body(texts)))
        .collect();
    let chosen = chosen(&flow, mode, &wanted, named.as_deref(), Some(&yardsticks))?;
    assert!(
        chosen
            .measures
            .keys()
            .all(|name| chosen.verdicts.contains(name))
    );
    Ok(chosen.verdicts)
}

const SUM: (&str, [&str; 3]) = ("sum", ["1000000.00", "", ""]);
const LEASE: (&str, [&str; 3]) = ("lease", ["", "202601", "202612"]);

#[test]
fn left_out_everything_that_can_be_judged_is_asked() {
    let of = |classes: &[&str], yardsticks| choose(Mode::Match, classes, None, yardsticks);
    let names = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(
        of(&["04", "06"], &[]),
        names(&["by-status", "live-account"])
    );
    assert_eq!(of(&["06"], &[SUM, LEASE]), names(&["lease", "sum"]));
    assert_eq!(of(&["03"], &[]), names(&[]));
    assert_eq!(choose(Mode::Details, &["04"], None, &[]), names(&[]));
}

#[test]
fn what_is_named_must_be_registered_and_measured_as_it_needs() {
    let named = |named: &[&str], yardsticks: &[(&str, [&str; 3])]| {
        choose(Mode::Match, &["04", "06"], Some(named), yardsticks)
    };
    assert!(named(&["live-account", "sum"], &[SUM]).is_ok());
    assert_eq!(named(&[], &[]), Ok(vec![]));
    for (verdicts, yardsticks, code) in [
        (&["rich"][..], &[][..], RefusalCode::VerdictOutsideFlow),
        (&["Live Account"], &[], RefusalCode::VerdictOutsideFlow),
        (&["sum"], &[], RefusalCode::AskMalformed),
        (&["sum"], &[LEASE], RefusalCode::AskMalformed),
        (&["live-account"], &[SUM], RefusalCode::AskMalformed),
        (
            &["live-account"],
            &[("live-account", ["1", "", ""])],
            RefusalCode::AskMalformed,
        ),
        (
            &["sum"],
            &[("sum", ["1", "2", "3"])],
            RefusalCode::AskMalformed,
        ),
        (
            &["lease"],
            &[("lease", ["1", "", ""])],
            RefusalCode::AskMalformed,
        ),
    ] {
        assert_eq!(named(verdicts, yardsticks), Err(code), "{verdicts:?}");
    }
    let details = choose(Mode::Details, &["04"], Some(&["live-account"]), &[]);
    assert_eq!(details, Err(RefusalCode::VerdictOutsideFlow));
}

fn question(catalog: &Catalog, verdicts: &[&str]) -> Question {
    let draft = QuestionDraft {
        named: Vec::new(),
        asking_node: "guoguan".into(),
        flow: "F05".into(),
        matter: "02".into(),
        mode: Mode::Match,
        wants: items(&["04-08", "06-10"]),
        subject_tag: SubjectTag::from_bytes([0; 32]),
        payload_digest: [0; 32],
        gives: Vec::new(),
        verdicts: verdicts.iter().map(|name| (*name).to_owned()).collect(),
        flow_digest: [0; 32],
    };
    Question::parse(draft, catalog).unwrap()
}

fn said(
    node: &str,
    outcome: v1::Outcome,
    findings: &[(&str, Finding)],
) -> Result<BTreeMap<String, Json>, RefusalCode> {
    let catalog = Catalog::builtin().unwrap();
    let question = question(&catalog, &["by-status", "live-account"]);
    let findings = findings
        .iter()
        .map(|(name, finding)| ((*name).to_owned(), finding.clone()))
        .collect();
    let reply = v1::ClassReply {
        class: 4,
        outcome: outcome.into(),
        verdicts: convert::findings_to_wire(&findings),
        ..v1::ClassReply::default()
    };
    let class = "04".parse().unwrap();
    shown(
        &catalog,
        (&flow(&catalog), &question),
        (node, class),
        &reply,
    )
}

fn counts(pairs: &[(&str, u32)]) -> Finding {
    Finding::Counts(
        pairs
            .iter()
            .map(|(code, n)| ((*code).to_owned(), *n))
            .collect(),
    )
}

#[test]
fn findings_are_shown_and_what_could_not_be_judged_is_null() {
    let answered = v1::Outcome::Answered;
    let findings = [
        ("live-account", Finding::Holds(true)),
        ("by-status", counts(&[("01", 2)])),
    ];
    let shown = said("city", answered, &findings).unwrap();
    let expected = serde_json::json!({"by-status": {"01": 2}, "live-account": true});
    assert_eq!(serde_json::to_value(shown).unwrap(), expected);
    let shown = said("city", v1::Outcome::Unavailable, &[]).unwrap();
    let expected = serde_json::json!({"by-status": null, "live-account": null});
    assert_eq!(serde_json::to_value(shown).unwrap(), expected);
    // "Elsewhere" says nothing of the center that asks.
    let shown = said("guoguan", answered, &findings[1..]).unwrap();
    let expected = serde_json::json!({"by-status": {"01": 2}});
    assert_eq!(serde_json::to_value(shown).unwrap(), expected);
}

#[test]
fn what_is_no_finding_of_a_verdict_asked_for_is_refused() {
    let answered = v1::Outcome::Answered;
    for (node, outcome, name, finding) in [
        ("city", answered, "sum", Finding::Holds(true)),
        ("city", answered, "rich", Finding::Holds(true)),
        ("city", answered, "live-account", counts(&[("01", 1)])),
        ("city", answered, "by-status", Finding::Holds(true)),
        ("city", answered, "by-status", counts(&[("ZZ", 1)])),
        ("city", answered, "by-status", counts(&[("沈砚秋", 1)])),
        ("guoguan", answered, "live-account", Finding::Holds(true)),
        (
            "city",
            v1::Outcome::Unavailable,
            "live-account",
            Finding::Holds(true),
        ),
    ] {
        let refused = said(node, outcome, &[(name, finding)]);
        assert_eq!(refused, Err(RefusalCode::HubReply), "{node} {name}");
    }
}
