//! A center's own vetoes, from files it keeps itself: a list of plain conditions, and Cedar rules
//! where those do not suffice. A veto can only take away; the list has no word for allowing
//! anything, and a Cedar file with a `permit` is refused.

use std::sync::Arc;

use catalog::{Catalog, ClassNo, Digest, ItemNo, Source};

use super::GuardDenial;
use crate::decision::{Engine, Facts, Judgement, center_rules};
use crate::fault::{Faults, Page, PolicyError};
use crate::flow::{FlowBook, FlowId, is_node_id};
use crate::question::Question;
use crate::section::{self, At, Section};

/// Most vetoes of one center.
pub const VETOES_MAX: usize = 1_000;

/// The vetoes of one center.
#[derive(Debug, Clone, Default)]
pub struct Vetoes {
    rules: Vec<Rule>,
    policies: Option<Arc<Policies>>,
}

/// A center's Cedar rules, and of which flows they know the attributes.
#[derive(Debug)]
struct Policies {
    engine: Engine,
    flows: Digest,
}

/// A veto that stands against a question, as it is told to the asking side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Veto {
    /// The policy, if it is one; a plain condition has no id.
    pub policy: Option<String>,
    /// The reason that the center gives: `reason`, `@reason_zh`, or else the policy's id.
    pub reason: String,
    /// The same in English: `@reason_en`.
    pub reason_en: Option<String>,
}

/// Denies every question on which all of its conditions hold. At least one condition is set.
#[derive(Debug, Clone)]
struct Rule {
    flow: Option<FlowId>,
    asking_node: Option<String>,
    class: Option<ClassNo>,
    item: Option<ItemNo>,
    reason: String,
}

impl Vetoes {
    /// Reads a list of `[[deny]]` tables; reports every fault.
    pub fn parse(source: &Source<'_>, catalog: &Catalog) -> Result<Self, PolicyError> {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        let mut faults = Faults::default();
        let mut rules = Vec::new();
        if let Some(table) = section::parse(page, &mut faults) {
            let mut root = Section::new(page, table.span(), table.get_ref());
            let entries = root.each("deny", &mut faults);
            root.finish(&mut faults);
            if entries.len() > VETOES_MAX {
                faults.add(page.whole(), format!("more than {VETOES_MAX} vetoes"));
            }
            for entry in entries.into_iter().take(VETOES_MAX) {
                rules.extend(veto(entry, catalog, &mut faults));
            }
        }
        faults.or_else_refuse(Self {
            rules,
            policies: None,
        })
    }

    /// The same vetoes and, beside them, files of `forbid` policies over the delivered schema. They
    /// know the attributes of these flows: other flows need the files read anew.
    pub fn cedar(
        self,
        sources: &[Source<'_>],
        catalog: &Catalog,
        flows: &FlowBook,
    ) -> Result<Self, PolicyError> {
        let policies = Policies {
            engine: center_rules(sources, catalog, flows)?,
            flows: *flows.digest(),
        };
        Ok(Self {
            policies: Some(Arc::new(policies)),
            ..self
        })
    }

    /// Refuses with the first veto that stands against the ask.
    pub(super) fn check(&self, facts: &Facts<'_>) -> Result<(), GuardDenial> {
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.stands_against(facts.question));
        if let Some(rule) = rule {
            return Err(GuardDenial::Vetoed(Veto {
                policy: None,
                reason: rule.reason.clone(),
                reason_en: None,
            }));
        }
        let Some(policies) = &self.policies else {
            return Ok(());
        };
        // INVARIANT: rules that know other flows than the guard decide nothing.
        if policies.flows != *facts.flows.digest() {
            return Err(GuardDenial::PolicyError);
        }
        match policies.engine.judge(facts) {
            Judgement::Allowed => Ok(()),
            Judgement::Failed => Err(GuardDenial::PolicyError),
            Judgement::Denied(forbidding) => match forbidding.first() {
                Some(id) => Err(GuardDenial::Vetoed(policies.veto(id))),
                // The policy that permits the rest did not apply: an ask of no known kind.
                None => Err(GuardDenial::PolicyError),
            },
        }
    }
}

impl Policies {
    fn veto(&self, id: &str) -> Veto {
        let said = |key| self.engine.annotation(id, key).map(str::to_owned);
        let reason_en = said("reason_en");
        Veto {
            policy: Some(id.to_owned()),
            reason: said("reason_zh")
                .or_else(|| reason_en.clone())
                .unwrap_or_else(|| id.to_owned()),
            reason_en,
        }
    }
}

impl Rule {
    fn stands_against(&self, question: &Question) -> bool {
        let wants = question.wants();
        self.flow.is_none_or(|flow| flow == question.flow())
            && self
                .asking_node
                .as_ref()
                .is_none_or(|node| node == question.asking_node())
            && self.class.is_none_or(|class| wants.contains_key(&class))
            && self.item.is_none_or(|item| {
                wants
                    .get(&item.class())
                    .is_some_and(|items| items.contains(&item))
            })
    }
}

fn veto(mut entry: Section<'_, '_>, catalog: &Catalog, faults: &mut Faults) -> Option<Rule> {
    let place = entry.place();
    let flow = entry.text_if_any("flow", faults);
    let asking_node = entry.text_if_any("asking_node", faults);
    let class = entry.text_if_any("class", faults);
    let item = entry.text_if_any("item", faults);
    let reason = entry.text("reason", faults);
    let none = [&flow, &asking_node, &class, &item]
        .iter()
        .all(|condition| condition.is_none());
    entry.finish(faults);
    if none {
        faults.add(
            place,
            "a veto names a `flow`, an `asking_node`, a `class` or an `item`",
        );
        return None;
    }
    // INVARIANT: a condition that cannot be read refuses the file; it never widens its rule.
    let flow = read(flow, "is not a flow", faults, |text| {
        text.parse::<FlowId>().ok()
    });
    let class = read(class, "is not a class of the catalog", faults, |text| {
        text.parse()
            .ok()
            .filter(|class| catalog.class(*class).is_some())
    });
    let item = read(item, "is not an item of the catalog", faults, |text| {
        let numbered = text.parse().ok().and_then(|no| catalog.item(no));
        numbered
            .or_else(|| catalog.item_named(text))
            .map(|item| item.no)
    });
    if let Some(node) = asking_node.as_ref().filter(|node| !is_node_id(&node.value)) {
        faults.add(node.place, format!("`{}` is not a node id", node.value));
    }
    Some(Rule {
        flow: flow?,
        asking_node: asking_node.map(|text| text.value),
        class: class?,
        item: item?,
        reason: reason?.value,
    })
}

/// The condition that was given, if one was; `None` if it could not be read.
fn read<T>(
    text: Option<At<'_, String>>,
    complaint: &str,
    faults: &mut Faults,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<Option<T>> {
    let Some(text) = text else { return Some(None) };
    let read = parse(&text.value);
    if read.is_none() {
        faults.add(text.place, format!("`{}` {complaint}", text.value));
    }
    read.map(Some)
}
