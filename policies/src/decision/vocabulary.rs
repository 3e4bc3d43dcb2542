//! Flows, nodes, classes and items in Cedar's terms, built once when a policy set is loaded.
//! Holds every entity a request may name, so that an ask builds as little as possible.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use catalog::{Catalog, ClassNo, ItemNo};
use cedar_policy::{
    Entity, EntityAttrEvaluationError, EntityId, EntityTypeName, EntityUid, ParseErrors,
    RestrictedExpression,
};
use data_encoding::HEXLOWER;
use time::Date;

use super::words::{item_name, matters};
use crate::flow::{
    BasisKind, BasisPart, Flow, FlowBook, FlowId, Hours, MatterNo, Mode, PartyRole, Targets,
    is_sensitive,
};

/// 9999-12-31, the day that stands for "no last day".
const NO_LAST_DAY: i64 = 99_991_231;

/// The names a request is made of.
#[derive(Debug)]
pub(super) struct Vocabulary {
    node_type: EntityTypeName,
    flow_type: EntityTypeName,
    actions: BTreeMap<Mode, EntityUid>,
    flows: BTreeMap<FlowId, EntityUid>,
    classes: Names<ClassNo>,
    /// As texts, which Cedar compares faster than entities, each with its rank by name: a set that
    /// is handed over in order is built without sorting.
    items: BTreeMap<ItemNo, (usize, RestrictedExpression)>,
    sensitive: BTreeSet<ItemNo>,
    matters: Names<MatterNo>,
    roles: Names<PartyRole>,
    bases: Names<BasisKind>,
    parts: Names<BasisPart>,
    hours: Names<Hours>,
}

/// The words of one enumeration.
type Names<W> = BTreeMap<W, RestrictedExpression>;

fn names<W: Ord>(
    kind: &str,
    words: impl Iterator<Item = (W, String)>,
) -> Result<Names<W>, Box<ParseErrors>> {
    let kind: EntityTypeName = kind.parse()?;
    let named = words.map(|(word, id)| (word, named(uid(&kind, &id))));
    Ok(named.collect())
}

fn spelt<W: Ord + Copy + ToString>(words: &[W]) -> impl Iterator<Item = (W, String)> {
    words.iter().map(|word| (*word, word.to_string()))
}

impl Vocabulary {
    pub(super) fn new(catalog: &Catalog, flows: &FlowBook) -> Result<Self, Box<ParseErrors>> {
        let action_type: EntityTypeName = "Action".parse()?;
        let flow_type: EntityTypeName = "Flow".parse()?;
        let classes = catalog.classes().iter().map(|class| class.no);
        let by_name: BTreeMap<String, ItemNo> = catalog
            .items()
            .map(|item| (item_name(item), item.no))
            .collect();
        let items = by_name.iter().enumerate();
        let items = items.map(|(rank, (name, no))| (*no, (rank, text(name))));
        let sensitive = catalog.items().filter(|item| is_sensitive(item));
        Ok(Self {
            actions: Mode::ALL
                .iter()
                .map(|mode| (*mode, uid(&action_type, mode.as_str())))
                .collect(),
            flows: flows
                .flows()
                .map(|f| (f.id, uid(&flow_type, &f.id.to_string())))
                .collect(),
            classes: names("Class", classes.map(|no| (no, no.to_string())))?,
            items: items.collect(),
            sensitive: sensitive.map(|item| item.no).collect(),
            matters: names("Matter", matters().map(|no| (no, no.to_string())))?,
            roles: names("Role", spelt(PartyRole::ALL))?,
            bases: names("Basis", spelt(BasisKind::ALL))?,
            parts: names("BasisPart", spelt(BasisPart::ALL))?,
            hours: names("Hours", spelt(Hours::ALL))?,
            node_type: "Node".parse()?,
            flow_type,
        })
    }

    pub(super) fn node(&self, id: &str) -> EntityUid {
        uid(&self.node_type, id)
    }

    /// A flow that no book holds has a name too; no policy permits anything about it.
    pub(super) fn flow(&self, id: FlowId) -> EntityUid {
        let known = self.flows.get(&id).cloned();
        known.unwrap_or_else(|| uid(&self.flow_type, &id.to_string()))
    }

    pub(super) fn action(&self, mode: Mode) -> Option<EntityUid> {
        self.actions.get(&mode).cloned()
    }

    pub(super) fn basis(&self, kind: BasisKind) -> Option<RestrictedExpression> {
        self.bases.get(&kind).cloned()
    }

    pub(super) fn matter(&self, matter: MatterNo) -> Option<RestrictedExpression> {
        self.matters.get(&matter).cloned()
    }

    /// `None` if the catalog of this set lacks one of them.
    pub(super) fn classes<'a>(
        &self,
        classes: impl Iterator<Item = &'a ClassNo>,
    ) -> Option<RestrictedExpression> {
        set(classes.map(|class| self.classes.get(class).cloned()))
    }

    /// `None` if the catalog of this set lacks one of them.
    pub(super) fn items<'a>(
        &self,
        items: impl Iterator<Item = &'a ItemNo>,
    ) -> Option<RestrictedExpression> {
        let found: Option<Vec<_>> = items.map(|item| self.items.get(item)).collect();
        let mut found = found?;
        found.sort_unstable_by_key(|(rank, _)| *rank);
        let texts = found.into_iter().map(|(_, name)| name.clone());
        Some(RestrictedExpression::new_set(texts))
    }

    pub(super) fn roles<'a>(
        &self,
        roles: impl Iterator<Item = &'a PartyRole>,
    ) -> Option<RestrictedExpression> {
        set(roles.map(|role| self.roles.get(role).cloned()))
    }

    pub(super) fn parts<'a>(
        &self,
        parts: impl Iterator<Item = &'a BasisPart>,
    ) -> Option<RestrictedExpression> {
        set(parts.map(|part| self.parts.get(part).cloned()))
    }

    pub(super) fn hours(
        &self,
        hours: impl Iterator<Item = &'static Hours>,
    ) -> Option<RestrictedExpression> {
        set(hours.map(|hours| self.hours.get(hours).cloned()))
    }

    /// A flow with everything that policies may ask about it.
    pub(super) fn entity(&self, flow: &Flow) -> Option<Result<Entity, EntityAttrEvaluationError>> {
        let matters = flow.matters.iter().map(|matter| self.matter(*matter));
        let verdicts = flow.verdicts.keys().map(|verdict| text(verdict.as_str()));
        let lifetime_s = i64::try_from(flow.case_valid.as_secs()).ok()?;
        let attributes = [
            ("digest", text(&HEXLOWER.encode(&flow.digest))),
            ("matters", set(matters)?),
            ("basis", self.basis(flow.basis)?),
            ("carries", self.parts(flow.basis_carries.iter())?),
            ("roles", self.roles(flow.roles.iter())?),
            ("details", flag(flow.mode == Mode::Details)),
            ("classes", self.classes(flow.items.keys())?),
            ("items", self.items(flow.items.values().flatten())?),
            (
                "unnamed",
                self.items(self.sensitive.difference(&flow.sensitive))?,
            ),
            ("gives", self.items(flow.gives.iter())?),
            ("verdicts", RestrictedExpression::new_set(verdicts)),
            ("house_items", self.items(flow.house.iter())?),
            (
                "house_verdicts",
                RestrictedExpression::new_set(flow.house_verdicts().map(text)),
            ),
            ("hours", self.hours.get(&flow.hours).cloned()?),
            ("lifetime_s", RestrictedExpression::new_long(lifetime_s)),
            ("asks_per_case", number(flow.asks_per_case)),
            ("asks_named", flag(flow.targets == Targets::Named)),
            ("second_approver", flag(flow.second_approver)),
            ("officer", flag(flow.officer)),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let tags = flow.enabled.iter().map(|(node, span)| {
            let until = span.until.map_or(NO_LAST_DAY, day_number);
            let span = [
                (
                    "from".to_owned(),
                    RestrictedExpression::new_long(day_number(span.from)),
                ),
                ("until".to_owned(), RestrictedExpression::new_long(until)),
            ];
            // Two different keys cannot make a faulty record.
            Some((node.clone(), RestrictedExpression::new_record(span).ok()?))
        });
        let tags: Option<Vec<_>> = tags.collect();
        Some(Entity::new_with_tags(
            self.flow(flow.id),
            HashMap::from(attributes),
            HashSet::new(),
            tags?,
        ))
    }

    /// A node; all that is to be known of it stands in the flows' tags.
    pub(super) fn node_entity(&self, id: &str) -> Entity {
        Entity::new_no_attrs(self.node(id), HashSet::new())
    }
}

pub(super) fn named(uid: EntityUid) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid)
}

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

fn set(
    members: impl Iterator<Item = Option<RestrictedExpression>>,
) -> Option<RestrictedExpression> {
    let members: Option<Vec<_>> = members.collect();
    members.map(RestrictedExpression::new_set)
}

pub(super) fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

pub(super) fn flag(flag: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(flag)
}

pub(super) fn number(number: u32) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::from(number))
}

/// A day as yyyymmdd, so that later days are larger numbers.
pub(super) fn day_number(day: Date) -> i64 {
    let month = i64::from(u8::from(day.month()));
    (i64::from(day.year()) * 100 + month) * 100 + i64::from(day.day())
}
