//! Property: whatever the nodes send, nothing leaves the hub that was not permitted, sound and on
//! record.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use catalog::{Defect, ItemNo, RuleWord};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use prost::Message as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::v1::item_value::Value as Sent;
use wire::{RefusalCode, RuleWords, v1};

use super::fixture::{self, Ask, CATALOG, NODES, Setup, Star};

const CASES: u32 = 576;
/// The items of F05, of which each question asks some.
const ASKABLE: [&str; 7] = [
    "04-02", "04-07", "04-08", "04-09", "04-10", "04-17", "03-06",
];
/// How much of a counterexample is shown.
const SHOWN_CHARS_MAX: usize = 4_000;
/// Longest RFC 3339 text that the hub writes.
const MOMENT_LEN_MAX: usize = 35;

fn text() -> impl Strategy<Value = String> {
    let good = [
        "01",
        "02",
        "C11000",
        "2015-07-01",
        "202601",
        "10.00",
        fixture::ID_NUMBER,
    ];
    prop_oneof![
        4 => prop::sample::select(good.to_vec()).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => (100_usize..6_000).prop_map(|n| "长".repeat(n)),
    ]
}

fn value() -> impl Strategy<Value = Option<Sent>> {
    let absent = prop_oneof![
        Just("not-held".to_owned()),
        Just("withheld:unknown-code".to_owned()),
        Just("withheld:张三".to_owned()),
        any::<String>(),
    ];
    prop_oneof![
        3 => text().prop_map(|t| Some(Sent::Text(t))),
        4 => text().prop_map(|t| Some(Sent::Code(t))),
        3 => text().prop_map(|t| Some(Sent::Date(t))),
        2 => text().prop_map(|t| Some(Sent::Month(t))),
        1 => text().prop_map(|t| Some(Sent::Time(t))),
        1 => text().prop_map(|t| Some(Sent::Decimal(t))),
        1 => any::<i64>().prop_map(|n| Some(Sent::Integer(n))),
        1 => any::<bool>().prop_map(|b| Some(Sent::Boolean(b))),
        1 => absent.prop_map(|a| Some(Sent::Absent(a))),
        1 => Just(None),
    ]
}

/// Values that are sound in class 04, and text 03-06.
fn sound_value() -> impl Strategy<Value = v1::ItemValue> {
    let code = |code: &str| Sent::Code(code.to_owned());
    let values = [
        (2, code("C11003")),
        (6, Sent::Text("E110101".to_owned())),
        (7, code("01")),
        (8, code("02")),
        (9, Sent::Date("2015-07-01".to_owned())),
        (10, Sent::Month("202610".to_owned())),
        (14, Sent::Decimal("10.00".to_owned())),
        (17, Sent::Absent("not-recorded".to_owned())),
    ];
    let value = prop::sample::select(values.to_vec());
    value.prop_map(|(item, value)| v1::ItemValue {
        item,
        value: Some(value),
    })
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let item = prop_oneof![6 => 1_u32..21, 1 => any::<u32>()];
    let wild = (item, value()).prop_map(|(item, value)| v1::ItemValue { item, value });
    let value = prop_oneof![2 => wild, 3 => sound_value()];
    let record = prop::collection::vec(value, 0..12).prop_map(|values| v1::Record { values });
    let records = |record, size| {
        prop::collection::vec(record, size)
            .prop_map(|records: Vec<v1::Record>| v1::Records { records }.encode_to_vec())
    };
    prop_oneof![
        20 => records(record.boxed(), 1..4),
        1 => records(Just(v1::Record::default()).boxed(), 990..1_010),
        2 => Just(Vec::new()),
        2 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn code() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        2 => prop::sample::select(RefusalCode::ALL.to_vec()).prop_map(|code| code.to_string()),
        1 => any::<String>(),
    ]
}

fn moment() -> impl Strategy<Value = String> {
    prop_oneof![
        24 => Just("2026-11-23T09:00:00+08:00".to_owned()),
        1 => Just(format!("2026-11-23T09:00:00.{}+08:00", "0".repeat(20_000))),
        1 => Just("x".repeat(20_000)),
        1 => any::<String>(),
    ]
}

fn notes() -> impl Strategy<Value = Vec<v1::QualityNote>> {
    let defect = prop_oneof![
        15 => prop::sample::select(Defect::ALL.to_vec()).prop_map(|d| d.as_str().to_owned()),
        1 => any::<String>(),
    ];
    let item = prop_oneof![20 => 0_u32..10, 1 => any::<u32>()];
    let note = (item, defect, any::<u32>()).prop_map(|(item, defect, count)| v1::QualityNote {
        item,
        defect,
        count,
    });
    prop_oneof![
        6 => Just(Vec::new()),
        3 => prop::collection::vec(note.clone(), 1..4),
        1 => prop::collection::vec(note, 50..70),
    ]
}

fn wild_reply() -> impl Strategy<Value = v1::ClassReply> {
    let outcome = prop_oneof![8 => Just(1), 4 => 0..8_i32, 1 => any::<i32>()];
    let code = prop_oneof![6 => Just(String::new()), 1 => code()];
    (
        outcome,
        code,
        any::<u32>(),
        moment(),
        notes(),
        payload(),
        any::<bool>(),
        prop::bool::weighted(0.2),
        rule(),
    )
        .prop_map(
            |(outcome, code, record_count, as_of, notes, payload, found, held_back, rule)| {
                v1::ClassReply {
                    class: 0,
                    outcome,
                    code,
                    record_count,
                    as_of,
                    notes,
                    payload,
                    found,
                    verdicts: Vec::new(),
                    held_back,
                    rule,
                    retry_after_ms: 77,
                    elapsed_ms: 0,
                }
            },
        )
}

/// The rules that every node has announced.
fn announced() -> Vec<RuleWord> {
    [("own-rule", "须当面核实", "in person"), ("mute", "", "")]
        .map(|(id, zh, en)| RuleWord::new(id, zh, en).expect("is fit"))
        .into()
}

/// A rule as a reply names it: announced or not, with words or without, of anybody's number.
fn rule() -> impl Strategy<Value = Option<v1::Rule>> {
    let number = || Just(fixture::ID_NUMBER.to_owned());
    let own = || prop::sample::select(vec!["own-rule".to_owned(), "mute".to_owned()]);
    let id = prop_oneof![
        6 => own(), 1 => Just("zhangsan-50000".to_owned()), 1 => number(), 1 => any::<String>(),
    ];
    let words = || {
        prop_oneof![
            24 => Just(String::new()),
            1 => Just("须当面核实".to_owned()),
            1 => number(), 1 => Just("张三余额五万".to_owned()), 1 => any::<String>(),
        ]
    };
    let named = (id, words(), words()).prop_map(|(id, zh, en)| v1::Rule { id, zh, en });
    prop::option::weighted(0.8, named)
}

/// A class that a center's own rule declines.
fn vetoed_reply() -> impl Strategy<Value = v1::ClassReply> {
    rule().prop_map(|rule| v1::ClassReply {
        outcome: v1::Outcome::Refused.into(),
        code: RefusalCode::GuardVeto.to_string(),
        rule,
        ..v1::ClassReply::default()
    })
}

/// A reply of a center without a hit, mostly sound.
fn no_hit_reply() -> impl Strategy<Value = v1::ClassReply> {
    let outcome = prop_oneof![4 => Just(1), 1 => Just(5), 1 => any::<i32>()];
    let payload = prop_oneof![8 => Just(Vec::new()), 1 => payload()];
    (outcome, moment(), payload, prop::bool::weighted(0.9)).prop_map(
        |(outcome, as_of, payload, found)| v1::ClassReply {
            outcome,
            as_of,
            payload,
            found,
            held_back: true,
            ..v1::ClassReply::default()
        },
    )
}

fn class_reply() -> impl Strategy<Value = v1::ClassReply> {
    prop_oneof![10 => wild_reply(), 4 => no_hit_reply(), 5 => vetoed_reply()]
}

/// Which class a part says that it is of: mostly the one asked at its place.
fn class() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![12 => Just(None), 1 => (0_u32..16).prop_map(Some), 1 => any::<u32>().prop_map(Some)]
}

#[derive(Debug, Clone)]
enum Says {
    Parts(Vec<(Option<u32>, v1::ClassReply)>),
    Refusal(String, Option<v1::Rule>),
    Nothing,
}

fn refusing() -> impl Strategy<Value = String> {
    prop_oneof![code(), Just(RefusalCode::GuardVeto.to_string())]
}

fn says() -> impl Strategy<Value = Says> {
    let parts = |size| prop::collection::vec((class(), class_reply()), size);
    prop_oneof![
        12 => parts(2..3).prop_map(Says::Parts),
        2 => parts(0..5).prop_map(Says::Parts),
        2 => (refusing(), rule()).prop_map(|(code, rule)| Says::Refusal(code, rule)),
        1 => Just(Says::Nothing),
    ]
}

fn replied(ask: &v1::NodeAsk, says: Says) -> v1::NodeReply {
    let wants = ask
        .envelope
        .as_ref()
        .map(|e| e.wants.as_slice())
        .unwrap_or_default();
    let outcome = match says {
        Says::Parts(parts) => {
            let mut classes: Vec<_> = parts
                .into_iter()
                .enumerate()
                .map(|(at, (class, part))| {
                    let asked = wants.get(at).map_or(4, |want| want.class);
                    v1::ClassReply {
                        class: class.unwrap_or(asked),
                        ..part
                    }
                })
                .collect();
            if wants.len() == 1 && classes.len() == 2 {
                classes.truncate(1);
            }
            Some(v1::node_reply::Outcome::Classes(v1::ClassReplies {
                classes,
            }))
        }
        Says::Refusal(code, rule) => {
            let zh = fixture::ID_NUMBER.to_owned();
            Some(v1::node_reply::Outcome::Refusal(v1::Refusal {
                code,
                zh,
                rule,
                ..v1::Refusal::default()
            }))
        }
        Says::Nothing => None,
    };
    v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome,
    }
}

/// The value stands where its type says and is one that the catalog allows.
fn is_sound(item: ItemNo, sent: &Sent) -> bool {
    let (text, kind) = match sent {
        Sent::Text(text) => (text, "text"),
        Sent::Code(text) => (text, "code"),
        Sent::Date(text) => (text, "date"),
        Sent::Month(text) => (text, "month"),
        Sent::Time(text) => (text, "time"),
        Sent::Decimal(text) => (text, "decimal"),
        Sent::Integer(n) => {
            return CATALOG
                .check_value(item, &catalog::Value::Integer(*n))
                .is_ok();
        }
        Sent::Boolean(b) => {
            return CATALOG
                .check_value(item, &catalog::Value::Boolean(*b))
                .is_ok();
        }
        Sent::Masked(_) => return false,
        Sent::Absent(reason) => {
            let withheld = reason.strip_prefix("withheld:").map(str::parse::<Defect>);
            return matches!(withheld, Some(Ok(_)))
                || ["not-held", "not-recorded"].contains(&reason.as_str());
        }
    };
    CATALOG
        .parse_value(item, text)
        .is_ok_and(|value| value.type_name() == kind && CATALOG.check_value(item, &value).is_ok())
}

/// How often something worth looking at was looked at.
#[derive(Debug, Default)]
struct Seen {
    values: Cell<usize>,
    withheld: Cell<usize>,
    broken: Cell<usize>,
    notes: Cell<usize>,
    held_back: Cell<usize>,
    rules: Cell<usize>,
    untold: Cell<usize>,
}

fn one_more(of: &Cell<usize>) {
    of.set(of.get() + 1);
}

fn check_class(permitted: &BTreeSet<ItemNo>, class: &v1::ClassReply, seen: &Seen) {
    let number = |item: u32| {
        let text = format!("{:02}-{item:02}", class.class);
        text.parse::<ItemNo>().expect("is an item number")
    };
    let records = v1::Records::decode(class.payload.as_slice())
        .expect("is sound")
        .records;
    for record in &records {
        let mut once = BTreeSet::new();
        for value in &record.values {
            let item = number(value.item);
            let sent = value.value.as_ref().expect("has a value");
            assert!(permitted.contains(&item), "{item} was not permitted");
            assert!(once.insert(item), "{item} twice in one record");
            assert!(is_sound(item, sent), "{item}: {sent:?}");
            one_more(if matches!(sent, Sent::Absent(_)) {
                &seen.withheld
            } else {
                &seen.values
            });
        }
    }
    for note in &class.notes {
        assert!(
            note.item == 0 || permitted.contains(&number(note.item)),
            "{note:?}"
        );
        note.defect.parse::<Defect>().expect("is a defect");
        one_more(&seen.notes);
    }
    assert!(class.notes.len() <= wire::limits::NOTES_PER_CLASS_MAX);
    assert_eq!(class.record_count as usize, records.len());
    let code = (!class.code.is_empty()).then(|| class.code.parse::<RefusalCode>());
    let code = code.transpose().expect("is a known code");
    if code == Some(RefusalCode::NodeReply) {
        one_more(&seen.broken);
    }
    let has_moment = OffsetDateTime::parse(&class.as_of, &Rfc3339).is_ok();
    assert!(
        has_moment || class.as_of.is_empty(),
        "as of `{}`",
        class.as_of
    );
    assert!(
        class.as_of.len() <= MOMENT_LEN_MAX,
        "as of {} bytes",
        class.as_of.len()
    );
    check_rule(class, code, seen);
    check_outcome(class, records.len(), code, has_moment, seen);
}

/// A rule is told in the words announced for it, and in no others.
fn check_rule(class: &v1::ClassReply, code: Option<RefusalCode>, seen: &Seen) {
    let is_by_a_rule = code.is_some_and(RefusalCode::is_by_a_rule);
    match &class.rule {
        Some(rule) => {
            let known = announced().iter().any(|word| v1::Rule::from(word) == *rule);
            assert!(known && is_by_a_rule, "{rule:?}");
            one_more(&seen.rules);
        }
        None if is_by_a_rule => one_more(&seen.untold),
        None => {}
    }
}

/// The outcome agrees with what came along.
fn check_outcome(
    class: &v1::ClassReply,
    records: usize,
    code: Option<RefusalCode>,
    has_moment: bool,
    seen: &Seen,
) {
    let is_empty = records == 0;
    let agrees = match v1::Outcome::try_from(class.outcome).expect("is an outcome") {
        v1::Outcome::Unspecified => false,
        v1::Outcome::Answered => is_empty == class.held_back && code.is_none() && has_moment,
        v1::Outcome::NoRecord => is_empty && code.is_none() && !class.held_back,
        v1::Outcome::Stale => code.is_none() && has_moment,
        v1::Outcome::Refused | v1::Outcome::Unavailable | v1::Outcome::NotCovered => {
            is_empty && code.is_some() && !class.held_back
        }
    };
    assert!(agrees, "{class:?}");
    let millis = class.retry_after_ms % 1_000;
    assert_eq!(millis, 0, "nothing is told in it: {class:?}");
    if class.held_back {
        let unknown = Defect::UnknownItem.as_str();
        let says_nothing_else = class.notes.iter().all(|note| note.defect == unknown);
        assert!(is_empty && class.found && says_nothing_else, "{class:?}");
        one_more(&seen.held_back);
    }
}

fn check(star: &Star, permitted: &BTreeSet<ItemNo>, answer: &v1::Answer, seen: &Seen) {
    let asked: BTreeSet<u32> = permitted
        .iter()
        .map(|i| u32::from(i.class().get()))
        .collect();
    let nodes: Vec<_> = answer.nodes.iter().map(|node| node.node.as_str()).collect();
    assert_eq!(nodes, NODES);
    for node in &answer.nodes {
        let classes: Vec<u32> = node.classes.iter().map(|class| class.class).collect();
        assert!(classes.iter().eq(&asked), "{classes:?} for {asked:?}");
        for class in &node.classes {
            check_class(permitted, class, seen);
        }
    }
    star.check_receipts(answer);
}

#[test]
fn nothing_leaves_the_hub_but_what_is_permitted_sound_and_on_record() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let _inside = runtime.enter();
    let mut setup = Setup::default();
    // Lies open breakers, and a closed door would leave nothing to look at.
    setup.breaker.calls_min = usize::MAX;
    setup.breaker.failures_in_row = usize::MAX;
    let star = Star::new(setup);
    let script: Arc<Mutex<Vec<Says>>> = Arc::default();
    let attach = |(at, node): (usize, &&str)| {
        let script = Arc::clone(&script);
        let attached = star.attach(node, move |ask| {
            let says = script.lock().expect("is whole")[at].clone();
            Some(replied(ask, says))
        });
        attached.link.announce(RuleWords::of(&announced()));
        attached
    };
    let _nodes: Vec<_> = NODES.iter().enumerate().map(attach).collect();
    let seen = Seen::default();
    let strategy = (
        prop::sample::subsequence(ASKABLE.to_vec(), 1..=ASKABLE.len()),
        prop::collection::vec(says(), NODES.len()),
    );
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(&strategy, |(wanted, says)| {
        *script.lock().expect("is whole") = says;
        let mut ask = Ask::honest(&star);
        ask.draft.wants = fixture::items(&wanted);
        let permitted: BTreeSet<ItemNo> = ask.draft.wants.iter().copied().collect();
        let answer = runtime.block_on(star.ask(&ask));
        let answer = answer.map_err(|r| TestCaseError::fail(format!("refused: {}", r.code)))?;
        check(&star, &permitted, &answer, &seen);
        Ok(())
    });
    if let Err(TestError::Fail(reason, (wanted, says))) = &run {
        let says: String = format!("{says:?}").chars().take(SHOWN_CHARS_MAX).collect();
        panic!("{reason}\nasked: {wanted:?}\nsaid: {says}");
    }
    run.expect("holds");
    for (what, count) in [
        ("values", &seen.values),
        ("withheld values", &seen.withheld),
        ("broken replies", &seen.broken),
        ("notes", &seen.notes),
        ("classes held back", &seen.held_back),
        ("rules", &seen.rules),
        ("rules that were not told", &seen.untold),
    ] {
        assert!(
            count.get() > 100,
            "only {} {what} were looked at",
            count.get()
        );
    }
}
