//! Property: whatever a flow says, a question asks and a node sends, what is released is within
//! what was permitted, and that within flow and catalog.

use std::cell::Cell;
use std::sync::Arc;

use catalog::{Absence, Item, ItemNo, ItemType, Record, RuleWord, Value};
use policies::arbitrary::{FLOW, FlowDraft, NODES, flow_draft};
use policies::{
    BEIJING, Caller, Question, QuestionDraft, RuleSet, SignedCase, Suspensions, VerdictTest,
};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use wire::RuleWords;
use wire::convert::{Finding, Findings};

use super::*;
use crate::broker::tests::fixture::{Ask, TRUST};

const CASES: u32 = 192;
const CLASSES: [u8; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
/// Most classes that a node's reply speaks of, asked or not.
const REPLIES_MAX: usize = 5;

/// A question by picks among what the flow has, and sometimes beyond.
#[derive(Debug, Clone)]
struct Asked {
    items: Vec<Index>,
    beyond: Option<Index>,
    is_match: bool,
    verdicts: Vec<Index>,
    gives: Vec<Index>,
}

fn asked() -> impl Strategy<Value = Asked> {
    (
        prop::collection::vec(any::<Index>(), 1..10),
        prop::option::weighted(0.1, any::<Index>()),
        prop::bool::weighted(0.5),
        prop::collection::vec(any::<Index>(), 2..6),
        prop::collection::vec(any::<Index>(), 0..2),
    )
        .prop_map(|(items, beyond, is_match, verdicts, gives)| Asked {
            items,
            beyond,
            is_match,
            verdicts,
            gives,
        })
}

/// One class as a node tells it; which class and items come of picks among the whole catalog.
#[derive(Debug, Clone)]
struct Told {
    class: Option<Index>,
    outcome: i32,
    code: bool,
    records: Vec<Vec<(Index, u8)>>,
    notes: Vec<(Index, Index)>,
    verdicts: Vec<(Index, u8)>,
    found: bool,
    held_back: bool,
    rule: Option<Named>,
}

/// A rule as a node names it: one it announced before, too late or never, with words or without.
#[derive(Debug, Clone, Copy)]
struct Named {
    id: &'static str,
    words: &'static str,
}

fn named() -> impl Strategy<Value = Named> {
    let ids = ["before", "late", "never", "110101190001010014", ""];
    let words = ["", "", "张三余额五万"];
    (
        prop::sample::select(ids.to_vec()),
        prop::sample::select(words.to_vec()),
    )
        .prop_map(|(id, words)| Named { id, words })
}

/// The rules of every node around the question.
fn announced() -> Announced {
    let words = |ids: &[&str]| {
        let word = |id: &&str| RuleWord::new(id, "须当面核实", "in person").expect("is fit");
        Arc::new(RuleWords::of(&ids.iter().map(word).collect::<Vec<_>>()))
    };
    Announced {
        before: words(&["before"]),
        now: words(&["before", "late"]),
    }
}

/// Mostly wild, sometimes as a center says that it has no hit.
fn told() -> impl Strategy<Value = Told> {
    let no_hit = any::<bool>().prop_map(|is_stale| Told {
        class: None,
        outcome: if is_stale { 5 } else { 1 },
        code: false,
        records: Vec::new(),
        notes: Vec::new(),
        verdicts: Vec::new(),
        found: true,
        held_back: true,
        rule: None,
    });
    let vetoed = named().prop_map(|rule| Told {
        class: None,
        outcome: v1::Outcome::Refused.into(),
        code: true,
        records: Vec::new(),
        notes: Vec::new(),
        verdicts: Vec::new(),
        found: false,
        held_back: false,
        rule: Some(rule),
    });
    prop_oneof![6 => wild(), 2 => no_hit, 1 => vetoed]
}

fn wild() -> impl Strategy<Value = Told> {
    let outcome = prop_oneof![6 => Just(1), 2 => 0..8_i32];
    let form = prop_oneof![3 => Just(0), 4 => 1_u8..8];
    let value = (any::<Index>(), form);
    let record = prop::collection::vec(value, 0..8);
    let records = prop_oneof![
        1 => Just(Vec::new()),
        4 => prop::collection::vec(record, 1..3),
    ];
    (
        prop::option::weighted(0.1, any::<Index>()),
        outcome,
        prop::bool::weighted(0.15),
        records,
        prop::collection::vec(any::<(Index, Index)>(), 0..2),
        prop::collection::vec((any::<Index>(), 0_u8..5), 1..6),
        any::<bool>(),
        prop::bool::weighted(0.05),
        prop::option::weighted(0.3, named()),
    )
        .prop_map(
            |(class, outcome, code, records, notes, verdicts, found, held_back, rule)| Told {
                class,
                outcome,
                code,
                records,
                notes,
                verdicts,
                found,
                held_back,
                rule,
            },
        )
}

fn picked<'p, T>(among: &'p [T], index: &Index) -> Option<&'p T> {
    (!among.is_empty()).then(|| index.get(among))
}

/// A value of the item, in a form that may or may not be what the flow lets through.
fn value(item: &Item, form: u8) -> Value {
    let sound = match &item.kind {
        ItemType::Code { set, .. } => {
            let set = CATALOG.code_set(set).expect("is there");
            Value::Code(set.entries().next().expect("has codes").0.to_owned())
        }
        ItemType::Date => CATALOG.parse_value(item.no, "2015-07-01").expect("a day"),
        ItemType::Month => CATALOG.parse_value(item.no, "202607").expect("a month"),
        ItemType::Decimal { .. } => Value::Decimal("10.00".parse().expect("a number")),
        ItemType::Integer { .. } => Value::Integer(3),
        ItemType::Boolean => Value::Boolean(true),
        ItemType::Time => Value::Absent(Absence::NotRecorded),
        ItemType::Text { .. } => Value::Text("A1".to_owned()),
    };
    match form {
        0 => CATALOG.masked(item.no, &sound),
        1 => Value::Absent(Absence::NotHeld),
        2 => Value::Text("张三".to_owned()),
        3 => Value::Code("ZZ".to_owned()),
        _ => sound,
    }
}

/// The rules of an arbitrary flow. A draft that makes no sound file would prove nothing.
fn rules(draft: &FlowDraft) -> RuleSet {
    let files = draft.rule_files(&CATALOG);
    RuleSet::parse(&files, &CATALOG)
        .unwrap_or_else(|error| panic!("{error}\n{}", draft.text(&CATALOG)))
}

fn question(flow: &Flow, asked: &Asked) -> (QuestionDraft, Question, SignedCase) {
    let listed: Vec<ItemNo> = flow.items.values().flatten().copied().collect();
    let all: Vec<ItemNo> = CATALOG.items().map(|item| item.no).collect();
    let verdicts: Vec<&VerdictId> = flow.verdicts.keys().collect();
    let gives: Vec<ItemNo> = flow.gives.iter().copied().collect();
    let mut wants: BTreeSet<ItemNo> = asked
        .items
        .iter()
        .filter_map(|index| picked(&listed, index).copied())
        .collect();
    wants.extend(asked.beyond.and_then(|index| {
        let item = picked(&all, &index).copied()?;
        CATALOG.item(item).filter(|item| !item.input_only)?;
        Some(item)
    }));
    let mut ask = Ask::at_now();
    ask.draft.wants = wants.into_iter().collect();
    ask.draft.flow_digest = flow.digest;
    ask.draft.mode = if asked.is_match {
        Mode::Match
    } else {
        Mode::Details
    };
    if asked.is_match {
        let chosen = asked.verdicts.iter().filter_map(|i| picked(&verdicts, i));
        let chosen: BTreeSet<String> = chosen.map(ToString::to_string).collect();
        ask.draft.verdicts = chosen.into_iter().collect();
    }
    let given = asked
        .gives
        .iter()
        .filter_map(|i| picked(&gives, i).copied());
    ask.draft.gives = given.collect::<BTreeSet<_>>().into_iter().collect();
    let case = ask.request().case.expect("is signed");
    let signed = SignedCase {
        body: case.body,
        signature: case.signature,
    };
    let question = Question::parse(ask.draft.clone(), &CATALOG).expect("a question");
    (ask.draft, question, signed)
}

fn reply(flow: &Flow, granted: &[ClassNo], told: &[Told]) -> v1::NodeReply {
    let classes = CATALOG.classes();
    let verdicts: Vec<&VerdictId> = flow.verdicts.keys().collect();
    let of = |(at, told): (usize, &Told)| {
        let asked = granted.get(at).or(granted.first()).expect("is asked");
        let other = told.class.map(|index| index.get(classes).no);
        let class = CATALOG.class(other.unwrap_or(*asked)).expect("is there");
        let record = |values: &Vec<(Index, u8)>| {
            let mut record = Record::new(class.no);
            for (index, form) in values {
                let listed = flow.items.get(&class.no).into_iter().flatten();
                let listed: Vec<&Item> = listed.filter_map(|no| class.item(*no)).collect();
                // Mostly what the flow lists, or nearly nothing would be left to look at.
                let any = index.get(&class.items);
                let item = picked(&listed, index).filter(|_| *form != 6);
                let item = item.copied().unwrap_or(any);
                record.insert(item.no, value(item, *form));
            }
            record
        };
        let records: Vec<Record> = told.records.iter().map(record).collect();
        let finding = |(index, kind): &(Index, u8)| {
            let finding = match kind {
                0 => Finding::Counts(BTreeMap::from([("01".to_owned(), 2)])),
                1 => Finding::Counts(BTreeMap::from([("张三".to_owned(), 2)])),
                n => Finding::Holds(n % 2 == 0),
            };
            let id = picked(&verdicts, index).map_or("born-1900".to_owned(), ToString::to_string);
            (id, finding)
        };
        let findings: Findings = told.verdicts.iter().map(finding).collect();
        let note = |(item, defect): &(Index, Index)| v1::QualityNote {
            item: u32::from(item.get(&class.items).no.item()),
            defect: defect.get(Defect::ALL).as_str().to_owned(),
            count: 1,
        };
        v1::ClassReply {
            class: u32::from(class.no.get()),
            outcome: told.outcome,
            code: match (told.code, told.rule) {
                (true, Some(_)) => "TS-GUARD-VETO".to_owned(),
                (true, None) => "TS-NODE-SOURCE".to_owned(),
                (false, _) => String::new(),
            },
            record_count: 7,
            as_of: "2026-11-23T09:00:00+08:00".to_owned(),
            notes: told.notes.iter().map(note).collect(),
            payload: convert::records_to_wire(&records),
            found: told.found,
            verdicts: convert::findings_to_wire(&findings),
            held_back: told.held_back,
            rule: told.rule.map(|rule| v1::Rule {
                id: rule.id.to_owned(),
                zh: rule.words.to_owned(),
                en: String::new(),
            }),
            retry_after_ms: 77,
            elapsed_ms: 0,
        }
    };
    found(told.iter().enumerate().map(of).collect()).expect("is a reply")
}

/// How often something was there to look at.
#[derive(Debug, Default)]
struct Seen {
    permitted: Cell<u32>,
    denied: Cell<u32>,
    values: Cell<u32>,
    masked: Cell<u32>,
    findings: Cell<u32>,
    held_back: Cell<u32>,
    rules: Cell<u32>,
}

fn more(cell: &Cell<u32>, by: usize) {
    cell.set(cell.get() + u32::try_from(by).expect("is small"));
}

fn check_class(terms: &Terms<'_>, node: &str, class: &v1::ClassReply, seen: &Seen) {
    let (flow, permit) = (terms.flow, terms.permit);
    let no = convert::class_from_wire(&CATALOG, class.class).expect("is a class");
    let granted = &permit.granted()[&no];
    let (records, unsound) =
        convert::records_from_wire(&CATALOG, no, &class.payload).expect("is sound");
    assert!(
        unsound
            .iter()
            .all(|note| note.item.is_none_or(|i| granted.contains(&i)))
    );
    for (item, value) in records.iter().flat_map(Record::iter) {
        assert!(
            granted.contains(&item) && flow.lists(item),
            "{item} is released"
        );
        assert!(!CATALOG.item(item).expect("is in the catalog").input_only);
        match value {
            Value::Masked(_) => {
                assert!(flow.display.contains(&item), "{item} is masked");
                more(&seen.masked, 1);
            }
            Value::Absent(_) => {}
            other => {
                let hides_nothing = CATALOG.is_masked(item, other);
                assert!(
                    hides_nothing || !flow.display.contains(&item),
                    "{item} is plain"
                );
                assert!(
                    CATALOG.check_value(item, other).is_ok(),
                    "{item}: {other:?}"
                );
                more(&seen.values, 1);
            }
        }
        let window = terms.windows.get(&item).cloned().flatten();
        let is_within = window.and_then(|window| window.covers(value));
        assert_ne!(is_within, Some(false), "{item} is outside of its time");
    }
    if permit.mode() == Mode::Match {
        assert!(records.is_empty(), "a match shows no record");
    }
    check_rule(class, seen);
    let findings = convert::findings_from_wire(&class.verdicts).expect("is sound");
    for (id, finding) in &findings {
        let rule = &flow.verdicts[&id.parse::<VerdictId>().expect("is a verdict")];
        assert!(
            terms.verdicts.iter().any(|asked| asked.as_str() == id),
            "{id}"
        );
        assert!(rule.class == no && !(rule.elsewhere && node == permit.asking_node()));
        let is_count = matches!(rule.test, VerdictTest::CountBy(_));
        assert_eq!(is_count, matches!(finding, Finding::Counts(_)), "{id}");
    }
    more(&seen.findings, findings.len());
    check_held_back(terms, node, class, (records.len(), findings.len()), seen);
}

/// A rule is told in the words that stood when the question was sent.
fn check_rule(class: &v1::ClassReply, seen: &Seen) {
    if let Some(rule) = &class.rule {
        let before = announced().before;
        let word = before.get(&rule.id).expect("was announced before");
        assert_eq!(*rule, v1::Rule::from(word));
        more(&seen.rules, 1);
    }
}

/// What is held back comes with nothing, and so does a silence.
fn check_held_back(
    terms: &Terms<'_>,
    node: &str,
    class: &v1::ClassReply,
    (records, findings): (usize, usize),
    seen: &Seen,
) {
    let (flow, permit) = (terms.flow, terms.permit);
    if class.held_back {
        assert!(flow.holds_back(permit.mode(), node == permit.asking_node()));
        assert!(records == 0 && findings == 0 && class.found);
        more(&seen.held_back, 1);
    }
    let is_silent = class.outcome() == v1::Outcome::NoRecord || !class.code.is_empty();
    assert!(!(is_silent && (class.found || class.held_back || records > 0)));
}

fn check(draft: &FlowDraft, asked: &Asked, told: &[Vec<Told>], seen: &Seen) {
    let rules = rules(draft);
    let id = FLOW.parse().expect("a flow");
    let flow = rules.flows().flow(&id).expect("is there");
    let (_, question, signed) = question(flow, asked);
    let case = TRUST.verify("guoguan", &signed).expect("is signed");
    let caller = Caller::proven("guoguan").expect("a node");
    let state = Suspensions::default();
    let permit = match rules
        .policies()
        .authorize(&caller, &case, &question, &state, NOW)
    {
        Ok(permit) => permit,
        Err(_) => return more(&seen.denied, 1),
    };
    more(&seen.permitted, 1);
    assert!(permit.mode() <= flow.mode);
    for (class, granted) in permit.granted() {
        assert!(granted.is_subset(&question.wants()[class]));
        assert!(granted.is_subset(&flow.items[class]));
    }
    let classes: Vec<ClassNo> = permit.granted().keys().copied().collect();
    let terms = Terms {
        catalog: &CATALOG,
        permit: &permit,
        flow,
        verdicts: question.verdicts(),
        windows: windows(flow, &case.assertion().basis, NOW.to_offset(BEIJING)),
    };
    let found: Vec<Found> = NODES
        .iter()
        .zip(told)
        .map(|(node, told)| Found {
            node: (*node).to_owned(),
            center: "C11000".to_owned(),
            classes: classes.clone(),
            left_out: std::collections::BTreeMap::new(),
            reply: Ok(reply(flow, &classes, told)),
            announced: announced(),
            elapsed: Duration::from_millis(7),
            tries: Default::default(),
            passes: Default::default(),
        })
        .collect();
    for node in disclose(&terms, found).draft.nodes {
        let told: Vec<u32> = node.classes.iter().map(|class| class.class).collect();
        assert!(
            told.iter()
                .copied()
                .eq(classes.iter().map(|c| u32::from(c.get())))
        );
        for class in &node.classes {
            check_class(&terms, &node.node, class, seen);
        }
    }
}

#[test]
fn released_is_within_permitted_is_within_flow_and_catalog() {
    let config = Config {
        cases: CASES,
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::SourceParallel(
            "proptest-regressions",
        ))),
        ..Config::default()
    };
    let strategy = (
        flow_draft(&CATALOG, &CLASSES),
        asked(),
        prop::collection::vec(
            prop::collection::vec(told(), 1..REPLIES_MAX),
            NODES.len()..=NODES.len(),
        ),
    );
    let seen = Seen::default();
    let run = TestRunner::new(config).run(&strategy, |(draft, asked, told)| {
        check(&draft, &asked, &told, &seen);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
    for (what, count) in [
        ("permitted questions", &seen.permitted),
        ("denied questions", &seen.denied),
        ("values", &seen.values),
        ("masked values", &seen.masked),
        ("findings", &seen.findings),
        ("classes held back", &seen.held_back),
        ("rules", &seen.rules),
    ] {
        assert!(count.get() > 0, "no {what} in {seen:?}");
    }
}
