//! Loads a policy set and holds schema, policies, flows and catalog against each other.
//! Refuses a set of which any part is not validated; the words of the schema must be exactly the
//! words of the catalog and of the flow files.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use catalog::{Catalog, Digest, RuleWord, RuleWordFault, Source};
use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    Authorizer, Effect, Entities, Policy, PolicyId, PolicySet as CedarPolicies, Schema,
    SchemaFragment, ValidationMode, Validator,
};
use ring::digest;

use super::vocabulary::Vocabulary;
use super::{Engine, PolicySet, SCHEMA, words};
use crate::fault::{Faults, Page, Place, PolicyError};
use crate::flow::{FlowBook, sha256};

/// Most policies of a set: the cost of a decision grows with their number.
const POLICIES_MAX: usize = 32;

/// Under a center's own rules lies one policy that permits, so that theirs alone decide.
const PERMIT_ID: &str = "tianshu-permits-the-rest";
const PERMIT_ALL: &str = "permit (principal, action in [Action::\"ask\"], resource);";

pub(super) fn policy_set(
    schema: &Source<'_>,
    sources: &[Source<'_>],
    catalog: &Catalog,
    flows: &FlowBook,
) -> Result<PolicySet, PolicyError> {
    let engine = engine(schema, sources, Effects::Both, catalog, flows)?;
    Ok(PolicySet {
        digest: digest_of(schema, sources, flows),
        flows: flows.clone(),
        schema: schema.text.to_owned(),
        engine,
    })
}

/// A center's own rules over the delivered schema. They may only take away, so that all else is
/// permitted here; what is permitted at all, other keys decide.
pub(crate) fn center_rules(
    sources: &[Source<'_>],
    catalog: &Catalog,
    flows: &FlowBook,
) -> Result<Engine, PolicyError> {
    engine(&SCHEMA, sources, Effects::ForbidOnly, catalog, flows)
}

/// Which policies a set may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effects {
    Both,
    ForbidOnly,
}

fn engine(
    schema: &Source<'_>,
    sources: &[Source<'_>],
    effects: Effects,
    catalog: &Catalog,
    flows: &FlowBook,
) -> Result<Engine, PolicyError> {
    let mut faults = Faults::default();
    let schema_page = Page {
        file: schema.name,
        text: schema.text,
    };
    let cedar_schema = read_schema(schema_page, catalog, &mut faults);
    let (policies, words, texts) = read_policies(sources, effects, catalog, flows, &mut faults);
    let vocabulary = Vocabulary::new(catalog, flows)
        .map_err(|error| report(schema_page, error.as_ref(), &mut faults))
        .ok();
    let loaded = cedar_schema
        .zip(vocabulary)
        .and_then(|(cedar_schema, vocabulary)| {
            let entities = entities(&vocabulary, flows, &cedar_schema, schema_page, &mut faults)?;
            validate(cedar_schema, &policies, sources, &mut faults);
            Some(Engine {
                policies: without_places(&policies, &mut faults)?,
                entities,
                vocabulary,
                authorizer: Authorizer::new(),
                asks_looked_at: sources.iter().any(asks_looked_at),
                words,
                texts,
            })
        });
    match faults.or_else_refuse(loaded)? {
        Some(engine) => Ok(engine),
        // INVARIANT: whatever kept the set from loading has been reported above.
        None => Err(PolicyError::unexplained(schema.name)),
    }
}

/// Over schema, policies and flows: equal digests decide alike.
fn digest_of(schema: &Source<'_>, sources: &[Source<'_>], flows: &FlowBook) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for source in std::iter::once(schema).chain(sources) {
        for text in [source.name, source.text] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
    }
    context.update(flows.digest().as_bytes());
    Digest::from_bytes(sha256(context))
}

fn read_schema(page: Page<'_>, catalog: &Catalog, faults: &mut Faults) -> Option<Schema> {
    let read = SchemaFragment::from_cedarschema_str(page.text);
    let fragment = match read {
        Ok((fragment, warnings)) => {
            for warning in warnings {
                faults.add(page.whole(), warning.to_string());
            }
            fragment
        }
        Err(error) => {
            report(page, &error, faults);
            return None;
        }
    };
    words::check(page, &fragment, catalog, faults);
    match Schema::from_schema_fragments([fragment]) {
        Ok(schema) => Some(schema),
        Err(error) => {
            report(page, &error, faults);
            None
        }
    }
}

fn read_policies(
    sources: &[Source<'_>],
    effects: Effects,
    catalog: &Catalog,
    flows: &FlowBook,
    faults: &mut Faults,
) -> (CedarPolicies, Words, Texts) {
    let mut all = CedarPolicies::new();
    let mut said = Words::new();
    let mut texts = Texts::new();
    for source in sources {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        let policies = match CedarPolicies::from_str(source.text) {
            Ok(policies) => policies,
            Err(errors) => {
                for error in errors.iter() {
                    report(page, error, faults);
                }
                continue;
            }
        };
        if policies.templates().next().is_some() {
            faults.add(page.whole(), "templates are not used here");
        }
        for policy in policies.policies() {
            let id = policy.annotation("id").filter(|id| !id.is_empty());
            if effects == Effects::ForbidOnly && policy.effect() == Effect::Permit {
                let reason = "a center's own rules may only forbid";
                faults.add(permit_line(page, id), reason);
            }
            words::check_names(page, policy, catalog, flows, faults);
            let Some(id) = id else {
                faults.add(page.whole(), "a policy has no `@id`");
                continue;
            };
            match word(policy, id) {
                Ok(word) => {
                    said.insert(id.to_owned(), word);
                }
                Err(fault) => faults.add(id_line(page, id), format!("`{id}`: {fault}")),
            }
            texts.extend(policy.to_cedar().map(|text| (id.to_owned(), text)));
            if let Err(error) = all.add(policy.new_id(PolicyId::new(id))) {
                report(page, &error, faults);
            }
        }
    }
    let none = Page {
        file: "policies",
        text: "",
    };
    if effects == Effects::ForbidOnly {
        let permit = Policy::parse(Some(PolicyId::new(PERMIT_ID)), PERMIT_ALL);
        if !permit.is_ok_and(|permit| all.add(permit).is_ok()) {
            faults.add(none.whole(), format!("`{PERMIT_ID}` is taken by Tianshu"));
        }
    }
    if all.num_of_policies() > POLICIES_MAX {
        faults.add(none.whole(), too_many());
    }
    (all, said, texts)
}

/// What each policy says of itself, by its id.
type Words = BTreeMap<String, RuleWord>;

/// How each policy is written, by its id.
type Texts = BTreeMap<String, String>;

/// What a policy says to whoever it forbids something: `@reason_zh` and `@reason_en`.
fn word(policy: &Policy, id: &str) -> Result<RuleWord, RuleWordFault> {
    let said = |key| policy.annotation(key).map_or("", str::trim);
    RuleWord::new(id, said("reason_zh"), said("reason_en"))
}

/// The line on which a policy is named.
fn id_line<'a>(page: Page<'a>, id: &str) -> Place<'a> {
    let start = page.text.find(&format!("@id(\"{id}\")")).unwrap_or(0);
    page.at(&(start..start))
}

/// The line of the `permit` of a policy, as near as its text tells.
fn permit_line<'a>(page: Page<'a>, id: Option<&str>) -> Place<'a> {
    let mark = id.and_then(|id| page.text.find(&format!("@id(\"{id}\")")));
    let mut start = 0;
    for line in page.text.split_inclusive('\n') {
        let code = line.split("//").next().unwrap_or_default();
        let found = code.find("permit").map(|at| start + at);
        if let Some(at) = found.filter(|at| mark.is_none_or(|mark| *at > mark)) {
            return page.at(&(at..at));
        }
        start += line.len();
    }
    page.whole()
}

/// Cedar's own account of what is wrong, with its causes, at the line it points to.
pub(super) fn report<'e, E>(page: Page<'_>, error: &'e E, faults: &mut Faults)
where
    DetailedError: From<&'e E>,
{
    let error = DetailedError::from(error);
    let span = error
        .source_locations
        .first()
        .map(|label| label.loc.start..label.loc.end);
    let place = span.map_or(page.whole(), |span| page.at(&span));
    faults.add(place, error.message.replace('\n', " "));
}

fn too_many() -> String {
    format!("more than {POLICIES_MAX} policies: write few over attributes")
}

fn entities(
    vocabulary: &Vocabulary,
    flows: &FlowBook,
    schema: &Schema,
    page: Page<'_>,
    faults: &mut Faults,
) -> Option<Entities> {
    let mut entities = Vec::new();
    let mut nodes = BTreeSet::new();
    for flow in flows.flows() {
        nodes.extend(flow.enabled.keys());
        match vocabulary.entity(flow) {
            Some(Ok(entity)) => entities.push(entity),
            Some(Err(error)) => faults.add(page.whole(), format!("`{}`: {error}", flow.id)),
            None => {
                let reason = format!("`{}` names what this catalog does not know", flow.id);
                faults.add(page.whole(), reason);
            }
        }
    }
    entities.extend(nodes.into_iter().map(|node| vocabulary.node_entity(node)));
    match Entities::from_entities(entities, Some(schema)) {
        Ok(entities) => Some(entities),
        Err(error) => {
            report(page, &error, faults);
            None
        }
    }
}

fn validate(schema: Schema, policies: &CedarPolicies, sources: &[Source<'_>], faults: &mut Faults) {
    let result = Validator::new(schema).validate(policies, ValidationMode::Strict);
    for error in result.validation_errors() {
        report(home(error.policy_id(), sources), error, faults);
    }
    for warning in result.validation_warnings() {
        faults.add(
            home(warning.policy_id(), sources).whole(),
            warning.to_string(),
        );
    }
}

/// The same policies without the places of their parts in their files, which Cedar would otherwise
/// copy about with every value of every decision.
fn without_places(policies: &CedarPolicies, faults: &mut Faults) -> Option<CedarPolicies> {
    let mut bare = CedarPolicies::new();
    for policy in policies.policies() {
        let json = policy.to_json().ok()?;
        let copy = Policy::from_json(Some(policy.id().clone()), json).ok();
        if copy.and_then(|copy| bare.add(copy).ok()).is_none() {
            let reason = format!("`{}` cannot be prepared", policy.id());
            faults.add(
                Page {
                    file: "policies",
                    text: "",
                }
                .whole(),
                reason,
            );
        }
    }
    Some(bare)
}

/// Whether a file may ask what is looked at. One that speaks of the facts as a whole may.
fn asks_looked_at(source: &Source<'_>) -> bool {
    let text = source.text;
    let mentions = text.matches("context").count();
    text.contains("looked_at") || mentions != text.matches("context.").count()
}

/// The file in which a policy stands.
fn home<'a>(id: &PolicyId, sources: &[Source<'a>]) -> Page<'a> {
    let mark = format!("@id(\"{id}\")");
    let source = sources.iter().find(|source| source.text.contains(&mark));
    source.map_or(
        Page {
            file: "policies",
            text: "",
        },
        |source| Page {
            file: source.name,
            text: source.text,
        },
    )
}
