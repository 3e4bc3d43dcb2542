//! Arbitrary flows, as files: for properties that must hold whatever a star registers, and not only
//! for the flows that are delivered. Behind the feature `arbitrary`, which no program has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use catalog::{Catalog, ClassNo, Item, ItemNo, ItemType, KeyRole};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::rules::{RuleFile, RuleFiles};

mod verdict;

use verdict::VerdictDraft;

/// The flow's number, so that questions of the tests fit it.
pub const FLOW: &str = "F05";
/// The nodes that take part.
pub const NODES: [&str; 4] = ["city", "guoguan", "tielu", "zhongzhi"];

const ITEMS_MAX: usize = 14;
const VERDICTS_MAX: usize = 5;
/// Classes whose sources take values to compare with.
const OUTSIDE: std::ops::RangeInclusive<u8> = 12..=14;

/// What a flow is made of. Picks are resolved when it is written, so that each shrinks by itself.
#[derive(Debug, Clone)]
pub struct FlowDraft {
    is_details: bool,
    is_batch: bool,
    targets: Vec<&'static str>,
    items: Vec<ItemNo>,
    display: Vec<Index>,
    spans: Vec<(Index, u16)>,
    gives: Vec<Index>,
    verdicts: Vec<VerdictDraft>,
    details_on: Vec<Index>,
    list_max: u16,
}

/// Any flow over some classes of the catalog.
pub fn flow_draft(catalog: &Catalog, classes: &[u8]) -> BoxedStrategy<FlowDraft> {
    let is_of = |item: &&Item| classes.contains(&item.no.class().get()) && !item.input_only;
    let pool: Vec<ItemNo> = catalog.items().filter(is_of).map(|item| item.no).collect();
    let most = pool.len().min(ITEMS_MAX);
    let picks = |most| prop::collection::vec(any::<Index>(), 0..most);
    let what = (
        prop::sample::subsequence(pool, 1..=most),
        prop::collection::vec(any::<Index>(), 2..10),
        prop::collection::vec((any::<Index>(), 1_u16..600), 0..2),
        picks(3),
        prop::collection::vec(VerdictDraft::any(), 1..VERDICTS_MAX),
        prop::collection::vec(any::<Index>(), 0..5),
    );
    let how = (
        prop::bool::weighted(0.75),
        any::<bool>(),
        prop::sample::subsequence(NODES.to_vec(), 0..=NODES.len()),
        0_u16..5_000,
    );
    (what, how)
        .prop_map(|(what, (is_details, is_batch, targets, list_max))| {
            let (items, display, spans, gives, verdicts, details_on) = what;
            FlowDraft {
                is_details,
                is_batch,
                targets,
                items,
                display,
                spans,
                gives,
                verdicts,
                details_on,
                list_max,
            }
        })
        .boxed()
}

impl FlowDraft {
    /// The set of rules with this flow alone, in which every node takes part.
    #[must_use]
    pub fn rule_files(&self, catalog: &Catalog) -> RuleFiles {
        let center = |node: &&str| RuleFile {
            name: format!("centers/{node}.toml"),
            text: format!("node = \"{node}\"\n[[flow]]\nid = \"{FLOW}\"\nfrom = 2020-01-01\n"),
        };
        RuleFiles {
            flows: vec![RuleFile {
                name: format!("flows/{FLOW}.toml"),
                text: self.text(catalog),
            }],
            centers: NODES.iter().map(center).collect(),
            ..RuleFiles::builtin()
        }
    }

    /// The flow's file.
    #[must_use]
    pub fn text(&self, catalog: &Catalog) -> String {
        let drafted: Vec<&Item> = found(catalog, &self.items).collect();
        let verdicts: Vec<_> = self
            .verdicts
            .iter()
            .enumerate()
            .filter_map(|(number, draft)| draft.written(number, &drafted, catalog))
            .collect();
        let is_dated = |item: &&&Item| matches!(item.kind, ItemType::Date | ItemType::Month);
        let dated: Vec<ItemNo> = drafted.iter().filter(is_dated).map(|i| i.no).collect();
        let spans: BTreeMap<ItemNo, u16> = self
            .spans
            .iter()
            .filter_map(|(index, months)| Some((*picked(&dated, index)?, *months)))
            .collect();
        let used: BTreeSet<ItemNo> = verdicts
            .iter()
            .flat_map(|verdict| verdict.items.iter().copied())
            .chain(spans.keys().copied())
            .collect();
        let items = if self.is_details {
            self.items.iter().copied().collect()
        } else {
            needed(catalog, &self.items, &used)
        };
        let items: Vec<ItemNo> = items.into_iter().collect();
        let mut text = self.head(&items, catalog);
        let free: Vec<&String> = verdicts
            .iter()
            .filter(|verdict| !verdict.is_measured)
            .map(|verdict| &verdict.id)
            .collect();
        if self.is_details {
            list(&mut text, "display", self.picks(&self.display, &items));
            let details_on = self.details_on.iter().filter_map(|i| picked(&free, i));
            list(&mut text, "details_on", details_on.collect());
        }
        text.push_str("[basis]\nkind = \"A\"\ncarries = [\"number\", \"consent\"]\n");
        for (item, months) in &spans {
            // Writing to a text cannot fail, here and below.
            let _ = write!(text, "[[span]]\nitem = \"{item}\"\nmonths = {months}\n");
        }
        for verdict in &verdicts {
            text.push_str(&verdict.text);
        }
        text
    }

    fn head(&self, items: &[ItemNo], catalog: &Catalog) -> String {
        let mode = if self.is_details { "details" } else { "match" };
        let pace = if self.is_batch {
            "batch"
        } else {
            "interactive"
        };
        let mut text = format!(
            "id = \"{FLOW}\"\nzh = \"任意\"\nen = \"arbitrary\"\nmatters = [\"02\"]\n\
             roles = [\"applicant\"]\nmode = \"{mode}\"\npace = \"{pace}\"\ndeadline_ms = 5000\n\
             asks_per_case = 20\ncase_valid_minutes = 30\nsecond_approver = false\n\
             list_max = {}\n",
            self.list_max
        );
        if self.targets.is_empty() {
            text.push_str("targets = \"all\"\n");
        }
        list(&mut text, "targets", self.targets.iter().collect());
        list(&mut text, "items", items.iter().collect());
        let classes: BTreeSet<ClassNo> = items.iter().map(|item| item.class()).collect();
        let is_given = |item: &&Item| {
            OUTSIDE.contains(&item.no.class().get())
                && classes.contains(&item.no.class())
                && matches!(item.kind, ItemType::Text { .. })
                && item.key != Some(KeyRole::Record)
        };
        let given: Vec<ItemNo> = catalog.items().filter(is_given).map(|i| i.no).collect();
        list(&mut text, "gives", self.picks(&self.gives, &given));
        text
    }

    fn picks<'p>(&self, picks: &[Index], among: &'p [ItemNo]) -> BTreeSet<&'p ItemNo> {
        picks
            .iter()
            .filter_map(|index| picked(among, index))
            .collect()
    }
}

/// Of a match flow: what verdicts and spans look at, and else the key of the class.
fn needed(catalog: &Catalog, items: &[ItemNo], used: &BTreeSet<ItemNo>) -> BTreeSet<ItemNo> {
    let classes: BTreeSet<ClassNo> = items.iter().map(|item| item.class()).collect();
    let mut needed = used.clone();
    for class in classes {
        if !used.iter().any(|item| item.class() == class) {
            let key = catalog.class(class).and_then(|class| class.record_key());
            needed.extend(key.map(|key| key.no));
        }
    }
    needed
}

fn found<'c>(catalog: &'c Catalog, items: &[ItemNo]) -> impl Iterator<Item = &'c Item> {
    items.iter().filter_map(|item| catalog.item(*item))
}

/// One of them, if there is any.
fn picked<'p, T>(among: &'p [T], index: &Index) -> Option<&'p T> {
    (!among.is_empty()).then(|| index.get(among))
}

/// A list under a key; left out where it is empty.
fn list<T: ToString + Ord>(text: &mut String, key: &str, values: BTreeSet<T>) {
    if values.is_empty() {
        return;
    }
    let quoted: Vec<String> = values
        .iter()
        .map(|value| format!("\"{}\"", value.to_string()))
        .collect();
    let _ = writeln!(text, "{key} = [{}]", quoted.join(", "));
}
