//! A center's own vetoes, from files it keeps itself: a list of plain conditions, and Cedar rules
//! where those do not suffice. A veto can only take away; the list has no word for allowing
//! anything, and a Cedar file with a `permit` is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::{Catalog, ClassNo, Digest, ItemNo, RULE_WORDS_MAX, RuleWord, Source};
use ring::digest;

use super::GuardDenial;
use crate::decision::{Engine, Facts, Judgement, center_rules};
use crate::fault::{Faults, Page, PolicyError};
use crate::flow::{FlowBook, FlowId, LookedAt, is_node_id, sha256};
use crate::question::Question;
use crate::section::{self, At, Section};

/// Most vetoes of one center.
pub const VETOES_MAX: usize = 1_000;

/// The vetoes of one center.
#[derive(Debug, Clone, Default)]
pub struct Vetoes {
    rules: Vec<Rule>,
    policies: Option<Arc<Policies>>,
    /// Over the texts of all files so far.
    digest: [u8; 32],
}

/// A center's Cedar rules, and of which flows they know the attributes.
#[derive(Debug)]
struct Policies {
    engine: Engine,
    flows: Digest,
}

/// Denies every question on which all of its conditions hold. At least one condition is set.
#[derive(Debug, Clone)]
struct Rule {
    flow: Option<FlowId>,
    asking_node: Option<String>,
    class: Option<ClassNo>,
    item: Option<ItemNo>,
    word: RuleWord,
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
            let mut ids = BTreeSet::new();
            for (no, entry) in (1..).zip(entries.into_iter().take(VETOES_MAX)) {
                let place = entry.place();
                let Some(rule) = veto(no, entry, catalog, &mut faults) else {
                    continue;
                };
                if !ids.insert(rule.word.id().to_owned()) {
                    let id = rule.word.id();
                    faults.add(place, format!("`{id}` stands for another veto too"));
                }
                rules.push(rule);
            }
        }
        let nothing_before = Self::default().digest;
        faults.or_else_refuse(Self {
            rules,
            policies: None,
            digest: after(&nothing_before, "", source.text),
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
        self.check_ids(&policies, sources)?;
        let digest = sources.iter().fold(self.digest, |before, source| {
            after(&before, source.name, source.text)
        });
        Ok(Self {
            policies: Some(Arc::new(policies)),
            digest,
            ..self
        })
    }

    /// A rule is told by its name alone, so that no two may bear one, and there are few enough to
    /// be announced.
    fn check_ids(&self, own: &Policies, sources: &[Source<'_>]) -> Result<(), PolicyError> {
        let mut faults = Faults::default();
        let page = sources.first().map_or(
            Page {
                file: "policies",
                text: "",
            },
            |source| Page {
                file: source.name,
                text: source.text,
            },
        );
        let mut count = self.rules.len();
        for word in own.engine.words() {
            count += 1;
            let id = word.id();
            if self.rules.iter().any(|rule| rule.word.id() == id) {
                faults.add(page.whole(), format!("`{id}` stands for another veto too"));
            }
        }
        if count > RULE_WORDS_MAX {
            let reason = format!("with the plain vetoes more than {RULE_WORDS_MAX} rules");
            faults.add(page.whole(), reason);
        }
        faults.or_else_refuse(())
    }

    /// What all of these rules say of themselves.
    pub fn words(&self) -> impl Iterator<Item = &RuleWord> {
        let own = self.policies.iter();
        let own = own.flat_map(|policies| policies.engine.words());
        self.rules.iter().map(|rule| &rule.word).chain(own)
    }

    /// Digest over the files of both kinds; nothing where this center vetoes nothing.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        let is_any = !self.rules.is_empty() || self.policies.is_some();
        is_any.then(|| Digest::from_bytes(self.digest))
    }

    /// Refuses with the first veto that stands against the ask.
    pub(super) fn check(&self, facts: &Facts<'_>) -> Result<(), GuardDenial> {
        let looked_at = facts.looked_at();
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.stands_against(facts.question, &looked_at));
        if let Some(rule) = rule {
            return Err(GuardDenial::Vetoed(rule.word.clone()));
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
            Judgement::Denied(forbidding) => match policies.engine.word(&forbidding) {
                Some(word) => Err(GuardDenial::Vetoed(word.clone())),
                // The policy that permits the rest did not apply: an ask of no known kind.
                None => Err(GuardDenial::PolicyError),
            },
        }
    }
}

/// The digest of files that begin with those of `before`.
fn after(before: &[u8; 32], name: &str, text: &str) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tianshu/vetoes/v1\0");
    context.update(before);
    for part in [name, text] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    sha256(context)
}

impl Rule {
    /// INVARIANT: held against all that is looked at. A verdict tells of an item that nobody wants.
    fn stands_against(&self, question: &Question, looked_at: &LookedAt) -> bool {
        self.flow.is_none_or(|flow| flow == question.flow())
            && self
                .asking_node
                .as_ref()
                .is_none_or(|node| node == question.asking_node())
            && self
                .class
                .is_none_or(|class| looked_at.contains_key(&class))
            && self.item.is_none_or(|item| {
                looked_at
                    .get(&item.class())
                    .is_some_and(|items| items.contains(&item))
            })
    }
}

/// The `no`th veto of its file.
fn veto(
    no: usize,
    mut entry: Section<'_, '_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<Rule> {
    let place = entry.place();
    let id = entry.text_if_any("id", faults);
    let flow = entry.text_if_any("flow", faults);
    let asking_node = entry.text_if_any("asking_node", faults);
    let class = entry.text_if_any("class", faults);
    let item = entry.text_if_any("item", faults);
    let reason = entry.text("reason", faults);
    let reason_en = entry.text_if_any("reason_en", faults);
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
    let reason = reason?;
    let id = id.map_or_else(|| format!("veto-{no}"), |id| id.value);
    let en = reason_en.map_or_else(String::new, |en| en.value);
    let word = RuleWord::new(&id, reason.value.trim(), en.trim());
    let word = word
        .map_err(|fault| faults.add(reason.place, fault.to_string()))
        .ok();
    Some(Rule {
        flow: flow?,
        asking_node: asking_node.map(|text| text.value),
        class: class?,
        item: item?,
        word: word?,
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
