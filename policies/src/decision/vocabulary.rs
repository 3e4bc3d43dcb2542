//! Flows, nodes, classes and items in Cedar's terms, built once when a policy set is loaded.
//! Holds every entity a request may name, so that an ask builds as little as possible.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use catalog::{Catalog, ClassNo, ItemNo};
use cedar_policy::{
    Entity, EntityAttrEvaluationError, EntityId, EntityTypeName, EntityUid, ParseErrors,
    RestrictedExpression,
};
use time::Date;

use crate::flow::{BasisKind, BasisPart, Flow, FlowBook, FlowId, Mode, PartyRole, is_sensitive};

/// 9999-12-31, the day that stands for "no last day".
const NO_LAST_DAY: i64 = 99_991_231;

/// The names a request is made of.
#[derive(Debug)]
pub(super) struct Vocabulary {
    node_type: EntityTypeName,
    flow_type: EntityTypeName,
    actions: BTreeMap<Mode, EntityUid>,
    flows: BTreeMap<FlowId, EntityUid>,
    classes: BTreeMap<ClassNo, RestrictedExpression>,
    items: BTreeMap<ItemNo, RestrictedExpression>,
    sensitive: BTreeSet<ItemNo>,
    roles: BTreeMap<PartyRole, RestrictedExpression>,
    bases: BTreeMap<BasisKind, RestrictedExpression>,
}

impl Vocabulary {
    pub(super) fn new(catalog: &Catalog, flows: &FlowBook) -> Result<Self, Box<ParseErrors>> {
        let action_type: EntityTypeName = "Action".parse()?;
        let flow_type: EntityTypeName = "Flow".parse()?;
        let class_type: EntityTypeName = "Class".parse()?;
        let role_type: EntityTypeName = "Role".parse()?;
        let basis_type: EntityTypeName = "Basis".parse()?;
        let name =
            |of: &EntityTypeName, id: &str| RestrictedExpression::new_entity_uid(uid(of, id));
        let items = catalog
            .items()
            .map(|item| (item.no, text(&item.no.to_string())))
            .collect();
        Ok(Self {
            actions: Mode::ALL
                .iter()
                .map(|mode| (*mode, uid(&action_type, mode.as_str())))
                .collect(),
            flows: flows
                .flows()
                .map(|f| (f.id, uid(&flow_type, &f.id.to_string())))
                .collect(),
            classes: catalog
                .classes()
                .iter()
                .map(|class| (class.no, name(&class_type, &class.no.to_string())))
                .collect(),
            items,
            sensitive: catalog
                .items()
                .filter(|i| is_sensitive(i))
                .map(|item| item.no)
                .collect(),
            roles: PartyRole::ALL
                .iter()
                .map(|r| (*r, name(&role_type, r.as_str())))
                .collect(),
            bases: BasisKind::ALL
                .iter()
                .map(|b| (*b, name(&basis_type, b.as_str())))
                .collect(),
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

    pub(super) fn is_sensitive(&self, item: &ItemNo) -> bool {
        self.sensitive.contains(item)
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
        set(items.map(|item| self.items.get(item).cloned()))
    }

    pub(super) fn roles<'a>(
        &self,
        roles: impl Iterator<Item = &'a PartyRole>,
    ) -> Option<RestrictedExpression> {
        set(roles.map(|role| self.roles.get(role).cloned()))
    }

    /// A flow with everything that policies may ask about it.
    pub(super) fn entity(&self, flow: &Flow) -> Option<Result<Entity, EntityAttrEvaluationError>> {
        let carries = |part| flag(flow.basis_carries.contains(&part));
        let matters = flow.matters.iter().map(|matter| text(&matter.to_string()));
        let lifetime_s = i64::try_from(flow.case_valid.as_secs()).ok()?;
        let attributes = HashMap::from([
            ("matters".to_owned(), RestrictedExpression::new_set(matters)),
            ("basis".to_owned(), self.basis(flow.basis)?),
            ("needs_number".to_owned(), carries(BasisPart::Number)),
            ("needs_consent".to_owned(), carries(BasisPart::Consent)),
            ("roles".to_owned(), self.roles(flow.roles.iter())?),
            ("details".to_owned(), flag(flow.mode == Mode::Details)),
            ("classes".to_owned(), self.classes(flow.items.keys())?),
            (
                "items".to_owned(),
                self.items(flow.items.values().flatten())?,
            ),
            ("sensitive".to_owned(), self.items(flow.sensitive.iter())?),
            (
                "lifetime_s".to_owned(),
                RestrictedExpression::new_long(lifetime_s),
            ),
            ("asks_per_case".to_owned(), number(flow.asks_per_case)),
            ("second_approver".to_owned(), flag(flow.second_approver)),
        ]);
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
            attributes,
            HashSet::new(),
            tags?,
        ))
    }

    /// A node; all that is to be known of it stands in the flows' tags.
    pub(super) fn node_entity(&self, id: &str) -> Entity {
        Entity::new_no_attrs(self.node(id), HashSet::new())
    }
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
