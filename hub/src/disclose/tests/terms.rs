//! Verdicts, masks and spans: what a match may say, what is for display, and what is too old.

use catalog::{ItemNo, Record, Value, Window};
use policies::{Basis, BasisKind, Bounds, Span, VerdictRule, VerdictTest};
use time::macros::date;
use wire::convert::{Finding, Findings};

use super::*;

fn no(text: &str) -> ItemNo {
    text.parse().expect("an item number")
}

fn rule(elsewhere: bool, test: VerdictTest) -> VerdictRule {
    VerdictRule {
        class: no("04-01").class(),
        only: BTreeMap::new(),
        elsewhere,
        house: false,
        test,
        bounds: Bounds::default(),
        reversed_by: None,
    }
}

fn id(text: &str) -> VerdictId {
    text.parse().expect("a verdict")
}

/// F05 with two verdicts on accounts that are asked for, and one that is not.
fn judging() -> (Flow, BTreeSet<VerdictId>) {
    let mut flow = flow();
    flow.verdicts = BTreeMap::from([
        (id("elsewhere"), rule(true, VerdictTest::Exists)),
        (
            id("by-status"),
            rule(false, VerdictTest::CountBy(no("04-08"))),
        ),
        (id("unasked"), rule(false, VerdictTest::Exists)),
    ]);
    (flow, BTreeSet::from([id("elsewhere"), id("by-status")]))
}

/// What a match of these findings about class 04 becomes, and whether the node is blamed.
fn matched(node: &str, outcome: v1::Outcome, findings: &[(&str, Finding)]) -> (Findings, bool) {
    let (flow, verdicts) = judging();
    let permit = permit(Mode::Match, &["04-08"]);
    let terms = Terms {
        verdicts: &verdicts,
        ..plain(&flow, &permit)
    };
    let findings = findings
        .iter()
        .map(|(name, finding)| ((*name).to_owned(), finding.clone()))
        .collect();
    let code = if outcome == v1::Outcome::Unavailable {
        "TS-NODE-SOURCE"
    } else {
        ""
    };
    let reply = v1::ClassReply {
        as_of: "2026-11-23T09:00:00+08:00".to_owned(),
        verdicts: convert::findings_to_wire(&findings),
        ..nothing(4, outcome, code)
    };
    let found = Found {
        node: node.to_owned(),
        center: "C11003".to_owned(),
        classes: vec![no("04-08").class()],
        left_out: BTreeMap::new(),
        reply: found(vec![reply]),
        announced: Announced::default(),
        elapsed: Duration::from_millis(7),
        tries: Default::default(),
        passes: Default::default(),
    };
    let mut disclosed = disclose(&terms, vec![found]);
    let class = disclosed.draft.nodes.remove(0).classes.remove(0);
    assert_eq!(class.outcome(), outcome, "the outcome stays");
    let kept = convert::findings_from_wire(&class.verdicts).expect("is sound");
    let counted = class.notes.iter().map(|note| note.count).sum::<u32>();
    assert_eq!(
        counted as usize,
        findings.len() - kept.len(),
        "what was dropped is counted"
    );
    (kept, !disclosed.liars.is_empty())
}

fn counts(pairs: &[(&str, u32)]) -> Finding {
    let pairs = pairs.iter().map(|(code, n)| ((*code).to_owned(), *n));
    Finding::Counts(pairs.collect())
}

#[test]
fn findings_of_verdicts_asked_for_go_on() {
    use v1::Outcome as O;
    let both = [
        ("by-status", counts(&[("01", 2)])),
        ("elsewhere", Finding::Holds(true)),
    ];
    let none = [
        ("by-status", counts(&[])),
        ("elsewhere", Finding::Holds(false)),
    ];
    for (node, outcome, findings) in [
        ("tielu", O::Answered, &both[..]),
        ("tielu", O::Stale, &both),
        ("tielu", O::NoRecord, &none),
        ("guoguan", O::Answered, &both[..1]),
        ("tielu", O::Unavailable, &[]),
    ] {
        let (kept, is_blamed) = matched(node, outcome, findings);
        assert_eq!((kept.len(), is_blamed), (findings.len(), false), "{node}");
    }
}

#[test]
fn whatever_else_comes_as_a_finding_is_dropped_and_blamed() {
    use v1::Outcome as O;
    for (node, outcome, name, finding) in [
        ("tielu", O::Answered, "unasked", Finding::Holds(true)),
        ("tielu", O::Answered, "unheard-of", Finding::Holds(true)),
        ("tielu", O::Answered, "elsewhere", counts(&[("01", 1)])),
        ("tielu", O::Answered, "by-status", Finding::Holds(true)),
        ("tielu", O::Answered, "by-status", counts(&[("77", 1)])),
        // A number or a name smuggled out as a code.
        (
            "tielu",
            O::Answered,
            "by-status",
            counts(&[("11010519491231002X", 1)]),
        ),
        // The asking center is not elsewhere.
        ("guoguan", O::Answered, "elsewhere", Finding::Holds(true)),
        ("tielu", O::NoRecord, "elsewhere", Finding::Holds(true)),
        ("tielu", O::NoRecord, "by-status", counts(&[("01", 1)])),
        ("tielu", O::Unavailable, "elsewhere", Finding::Holds(false)),
    ] {
        let (kept, is_blamed) = matched(node, outcome, &[(name, finding)]);
        assert_eq!((kept, is_blamed), (Findings::new(), true), "{node} {name}");
    }
}

#[test]
fn details_carry_no_findings() {
    let (flow, _) = judging();
    let permit = permit(Mode::Details, &WANTS);
    let reply = changed(|reply| {
        let findings = Findings::from([("elsewhere".to_owned(), Finding::Holds(true))]);
        reply.verdicts = convert::findings_to_wire(&findings);
    });
    let found = Found {
        node: "tielu".to_owned(),
        center: "C11003".to_owned(),
        classes: permit.granted().keys().copied().collect(),
        left_out: BTreeMap::new(),
        reply: found(vec![no_former(), reply]),
        announced: Announced::default(),
        elapsed: Duration::from_millis(7),
        tries: Default::default(),
        passes: Default::default(),
    };
    let disclosed = disclose(&plain(&flow, &permit), vec![found]);
    assert!(disclosed.draft.nodes[0].classes[1].verdicts.is_empty());
    assert_eq!(disclosed.liars, ["tielu"]);
}

/// What becomes of records of class 04 under a changed flow: their items and the notes.
fn released_under(terms: &Terms<'_>, records: &[Record]) -> (Vec<Vec<String>>, u32) {
    let found = Found {
        node: "tielu".to_owned(),
        center: "C11003".to_owned(),
        classes: vec![no("04-08").class()],
        left_out: BTreeMap::new(),
        reply: found(vec![answered(4, records)]),
        announced: Announced::default(),
        elapsed: Duration::from_millis(7),
        tries: Default::default(),
        passes: Default::default(),
    };
    let mut disclosed = disclose(terms, vec![found]);
    let class = disclosed.draft.nodes.remove(0).classes.remove(0);
    let (records, _) =
        convert::records_from_wire(&CATALOG, no("04-08").class(), &class.payload).expect("sound");
    let texts = records.iter().map(|record| {
        let text = |(item, value): (ItemNo, &Value)| format!("{item} {}", value.canonical());
        record.iter().map(text).collect()
    });
    let dropped = class.notes.iter().map(|note| note.count).sum();
    (texts.collect(), dropped)
}

#[test]
fn what_is_for_display_passes_masked_only() {
    let mut flow = flow();
    flow.display = BTreeSet::from([no("04-02"), no("04-09")]);
    let permit = permit(Mode::Details, &["04-02", "04-08", "04-09"]);
    let terms = plain(&flow, &permit);
    // Center code and day hide nothing, so they are shown as they are.
    let (records, dropped) = released_under(&terms, &[account()]);
    assert_eq!(
        records,
        [["04-02 C11003", "04-08 01", "04-09 2015-07-01"].map(str::to_owned)]
    );
    assert_eq!(dropped, 1, "the balance");
    let mut record = Record::new(no("04-04").class());
    let id = CATALOG.parse_value(no("04-04"), "11010519491231002X");
    record.insert(no("04-04"), id.expect("is sound"));
    flow.display = BTreeSet::from([no("04-04")]);
    let terms = plain(&flow, &permit);
    let items = BTreeSet::from([no("04-04")]);
    let trimmed = |record: &Record| {
        let (mut records, mut notes) = (vec![record.clone()], NoteBook::default());
        terms.trim(&mut records, &items, &mut notes);
        (records[0].len(), notes.into_notes().len())
    };
    assert_eq!(trimmed(&record), (0, 1), "unmasked");
    let shown = Value::Masked("110105********002X".to_owned());
    record.insert(no("04-04"), shown);
    assert_eq!(trimmed(&record), (1, 0), "masked");
    let data = self::flow();
    let terms = plain(&data, &permit);
    let (mut records, mut notes) = (vec![record], NoteBook::default());
    terms.trim(&mut records, &items, &mut notes);
    assert_eq!(records[0].len(), 0, "masked where data is expected");
}

#[test]
fn a_record_outside_the_span_goes_no_further() {
    let mut flow = flow();
    flow.spans = BTreeMap::from([(no("04-09"), Span::Months(12 * 10))]);
    let permit = permit(Mode::Details, &["04-08", "04-09"]);
    let basis = Basis::plain(BasisKind::A, "A-1".to_owned(), true);
    let dated = |day: &str| {
        let mut record = account();
        let value = CATALOG.parse_value(no("04-09"), day).expect("a day");
        record.insert(no("04-09"), value);
        record.remove(no("04-02"));
        record.remove(no("04-14"));
        record
    };
    let terms = Terms {
        windows: windows(&flow, &basis, NOW),
        ..plain(&flow, &permit)
    };
    let records = [dated("2016-11-22"), dated("2016-11-23")];
    let (kept, dropped) = released_under(&terms, &records);
    assert_eq!(kept, [["04-08 01", "04-09 2016-11-23"].map(str::to_owned)]);
    assert_eq!(dropped, 1);
}

#[test]
fn the_period_of_the_basis_is_the_span_and_without_one_nothing_passes() {
    let mut flow = flow();
    flow.spans = BTreeMap::from([(no("04-09"), Span::Basis)]);
    let mut basis = Basis::plain(BasisKind::C, "D-1".to_owned(), false);
    let of = |basis: &Basis| windows(&flow, basis, NOW)[&no("04-09")];
    assert_eq!(of(&basis), None);
    basis.from = Some(date!(2015 - 01 - 01));
    assert_eq!(of(&basis), None, "a period has two ends");
    basis.until = Some(date!(2015 - 06 - 30));
    let window = Window {
        from: basis.from,
        until: basis.until,
    };
    assert_eq!(of(&basis), Some(window));
    let permit = permit(Mode::Details, &["04-08", "04-09"]);
    let terms = Terms {
        windows: BTreeMap::from([(no("04-09"), None)]),
        ..plain(&flow, &permit)
    };
    let (kept, _) = released_under(&terms, &[account()]);
    assert!(kept.is_empty());
}
