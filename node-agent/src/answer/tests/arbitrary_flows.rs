//! Property: whatever a flow says and a question asks, what leaves a center is within what was
//! asked, and that within its own copy of the flow; and details only where a verdict holds.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use catalog::{Catalog, ClassNo, ItemNo, Record, Source, Value, Window};
use policies::arbitrary::{FLOW, FlowDraft, flow_draft};
use policies::guard::{Guard, Vetoes};
use policies::{Finding, Flow, Mode, RuleSet, Span};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use tokio::time::Instant;
use wire::convert::{self, Given};
use wire::{Clock as _, RefusalCode, v1};

use super::{Asks, good, heard};
use crate::rules::{CenterRules, LiveRules};
use crate::tests::center::{Center, PERSON, PERSON_15, SPOUSE, person};
use crate::translate::About;

const CASES: u32 = 128;
/// The classes that the center on the bench holds.
const CLASSES: [u8; 2] = [3, 4];

static NUMBERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let catalog = Catalog::builtin().unwrap();
    catalog.items().map(|item| item.no.to_string()).collect()
});

/// What a question is made of.
#[derive(Debug, Clone)]
struct Asked {
    items: Vec<Index>,
    is_match: bool,
    is_spouse: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    (
        prop::collection::vec(any::<Index>(), 1..10),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(items, is_match, is_spouse)| Asked {
            items,
            is_match,
            is_spouse,
        })
}

/// The center with this flow alone.
fn takes(center: &mut Center, draft: &FlowDraft) -> Flow {
    let files = draft.rule_files(&center.catalog);
    let set = RuleSet::parse(&files, &center.catalog).unwrap_or_else(|e| panic!("{e}"));
    let vetoes = Source {
        name: "vetoes.toml",
        text: "",
    };
    let vetoes = Vetoes::parse(&vetoes, &center.catalog).unwrap();
    let flows = set.flows().clone();
    let trust = (*center.trust).clone();
    let guard = Guard::new("city".to_owned(), flows.clone(), trust, vetoes);
    center.rules = Arc::new(LiveRules::new(CenterRules::new(set, guard)));
    let flow = flows.flow(&FLOW.parse().unwrap()).unwrap().clone();
    center.flows = Arc::new(flows);
    flow
}

fn question(flow: &Flow, asked: &Asked) -> Asks {
    let listed: Vec<String> = flow
        .items
        .values()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let chosen: BTreeSet<&String> = asked.items.iter().map(|i| i.get(&listed)).collect();
    let wants = NUMBERS.iter().filter(|no| chosen.contains(no));
    let wants = wants.map(String::as_str).collect();
    let about = if asked.is_spouse { SPOUSE } else { PERSON };
    Asks {
        mode: if asked.is_match {
            Mode::Match
        } else {
            Mode::Details
        },
        wants,
        ..good().about(about)
    }
}

/// How often something was there to look at.
#[derive(Debug, Default)]
struct Seen {
    refused: Cell<u32>,
    values: Cell<u32>,
    held_back: Cell<u32>,
    hits: Cell<u32>,
}

fn more(cell: &Cell<u32>, by: usize) {
    cell.set(cell.get() + u32::try_from(by).unwrap());
}

fn check_class(center: &Center, flow: &Flow, asks: &Asks, reply: &v1::ClassReply) -> usize {
    let catalog = &center.catalog;
    let class = convert::class_from_wire(catalog, reply.class).unwrap();
    let (records, withheld) = convert::records_from_wire(catalog, class, &reply.payload).unwrap();
    let wanted = |item: ItemNo| asks.wants.contains(&item.to_string().as_str());
    assert!(withheld.iter().all(|note| note.item.is_none_or(wanted)));
    let today = center.clock.now().date();
    for (item, value) in records.iter().flat_map(Record::iter) {
        assert!(wanted(item) && flow.lists(item), "{item} leaves");
        let is_masked = matches!(value, Value::Masked(_));
        assert!(
            !is_masked || flow.display.contains(&item),
            "{item} is masked"
        );
        let is_plain = !flow.display.contains(&item) || catalog.is_masked(item, value);
        assert!(is_plain, "{item} is not masked");
        if let Some(Span::Months(months)) = flow.spans.get(&item) {
            let within = Window::months_back(today, *months).covers(value);
            assert_ne!(within, Some(false), "{item} is outside of its time");
        }
    }
    let noted = reply.notes.iter().filter(|note| note.item != 0);
    for note in noted {
        assert!(wanted(format!("{class}-{:02}", note.item).parse().unwrap()));
    }
    let shows_none = asks.mode == Mode::Match || reply.held_back;
    assert!(!shows_none || records.is_empty());
    if reply.held_back {
        assert!(flow.holds_back(asks.mode, false) && reply.notes.is_empty());
    }
    records.len()
}

/// Whether a verdict on which details hang holds over everything that the center has, as far as no
/// span takes part.
async fn has_hit(center: &Center, flow: &Flow, about: &str) -> Option<bool> {
    let mut hits = false;
    for id in &flow.details_on {
        let rule = &flow.verdicts[id];
        if flow.spans.keys().any(|item| item.class() == rule.class) {
            return None;
        }
        let records = everything(center, rule.class, about).await;
        hits |= match rule.judge(&records, None, false) {
            Ok(Some(Finding::Holds(holds))) => holds,
            Ok(Some(Finding::Counts(counts))) => counts.values().any(|n| *n > 0),
            Ok(None) | Err(_) => false,
        };
    }
    Some(hits)
}

async fn everything(center: &Center, class: ClassNo, about: &str) -> Vec<Record> {
    let items = center.catalog.class(class).unwrap().items.iter();
    let items: BTreeSet<ItemNo> = items.map(|item| item.no).collect();
    let subject = person(about);
    let about = About {
        subject: &subject,
        given: Given::NONE,
    };
    let deadline = Instant::now() + Duration::from_secs(5);
    let now = center.clock.now();
    let found = center.translator.find(class, &items, about, now, deadline);
    found.await.records
}

async fn check(center: &mut Center, draft: &FlowDraft, asked: &Asked, seen: &Seen) {
    let flow = takes(center, draft);
    let asks = question(&flow, asked);
    let reply = center.answerer().answer(asks.signed(center)).await;
    let classes = match heard(reply) {
        Ok(classes) => classes,
        Err(code) => {
            // The flow asks others, or is a match and was asked for details.
            let by_flow = [RefusalCode::GuardMode, RefusalCode::GuardTarget];
            assert!(by_flow.contains(&code), "{code}");
            return more(&seen.refused, 1);
        }
    };
    let mut by_class: BTreeMap<u32, usize> = BTreeMap::new();
    for class in &classes {
        by_class.insert(class.class, check_class(center, &flow, &asks, class));
        more(&seen.held_back, usize::from(class.held_back));
    }
    assert_eq!(by_class.len(), classes.len(), "a class twice");
    let records: usize = by_class.values().sum();
    more(&seen.values, records);
    if flow.holds_back(asks.mode, false)
        && let Some(has_hit) = has_hit(center, &flow, asks.subject).await
    {
        assert!(has_hit || records == 0, "details without a hit");
        more(&seen.hits, usize::from(has_hit));
    }
}

#[test]
fn what_leaves_a_center_is_within_what_was_asked_and_its_own_flow() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let center = runtime.block_on(Center::new("city"));
    // The second account is in a state that nobody knows, and would leave nearly all undecided.
    let clear = format!("DELETE FROM ACCOUNTS WHERE ID = '{PERSON_15}'");
    runtime.block_on(center.sql(&clear));
    let center = std::cell::RefCell::new(center);
    let catalog = Arc::clone(&center.borrow().catalog);
    let config = Config {
        cases: CASES,
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::SourceParallel(
            "proptest-regressions",
        ))),
        ..Config::default()
    };
    let seen = Seen::default();
    let strategy = (flow_draft(&catalog, &CLASSES), asked());
    let run = TestRunner::new(config).run(&strategy, |(draft, asked)| {
        runtime.block_on(check(&mut center.borrow_mut(), &draft, &asked, &seen));
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
    for (what, count) in [
        ("refused questions", &seen.refused),
        ("records", &seen.values),
        ("classes held back", &seen.held_back),
        ("hits", &seen.hits),
    ] {
        assert!(count.get() > 0, "no {what} in {seen:?}");
    }
}
