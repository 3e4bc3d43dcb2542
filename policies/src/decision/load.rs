//! Loads a policy set and holds schema, policies, flows and catalog against each other.
//! Refuses a set of which any part is not validated; the words of the schema must be exactly the
//! words of the catalog and of the flow files.

use std::collections::BTreeSet;
use std::str::FromStr;

use catalog::{Catalog, Digest, Source};
use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    Authorizer, Entities, PolicyId, PolicySet as CedarPolicies, Schema, SchemaFragment,
    ValidationMode, Validator,
};
use ring::digest;

use super::PolicySet;
use super::vocabulary::Vocabulary;
use crate::fault::{Faults, Page, PolicyError};
use crate::flow::{BasisKind, FlowBook, PartyRole, sha256};

/// Most policies of a set: the cost of a decision grows with their number.
const POLICIES_MAX: usize = 32;

pub(super) fn policy_set(
    schema: &Source<'_>,
    sources: &[Source<'_>],
    catalog: &Catalog,
    flows: &FlowBook,
) -> Result<PolicySet, PolicyError> {
    let mut faults = Faults::default();
    let schema_page = Page {
        file: schema.name,
        text: schema.text,
    };
    let cedar_schema = read_schema(schema_page, catalog, &mut faults);
    let policies = read_policies(sources, &mut faults);
    let vocabulary = Vocabulary::new(catalog, flows)
        .map_err(|error| report(schema_page, error.as_ref(), &mut faults))
        .ok();
    let loaded = cedar_schema
        .zip(vocabulary)
        .and_then(|(cedar_schema, vocabulary)| {
            let entities = entities(&vocabulary, flows, &cedar_schema, schema_page, &mut faults)?;
            validate(cedar_schema, &policies, sources, &mut faults);
            Some((entities, vocabulary))
        });
    let (entities, vocabulary) = match faults.or_else_refuse(loaded)? {
        Some(loaded) => loaded,
        // INVARIANT: whatever kept the set from loading has been reported above.
        None => return Err(PolicyError::unexplained(schema.name)),
    };
    let authorizer = Authorizer::new();
    Ok(PolicySet {
        digest: digest_of(schema, sources, flows),
        flows: flows.clone(),
        policies,
        entities,
        vocabulary,
        authorizer,
    })
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
    check_words(page, &fragment, catalog, faults);
    match Schema::from_schema_fragments([fragment]) {
        Ok(schema) => Some(schema),
        Err(error) => {
            report(page, &error, faults);
            None
        }
    }
}

/// The enumerations of the schema against the words they stand for.
fn check_words(page: Page<'_>, fragment: &SchemaFragment, catalog: &Catalog, faults: &mut Faults) {
    let json = match fragment.clone().to_json_value() {
        Ok(json) => json,
        Err(error) => {
            report(page, &error, faults);
            return;
        }
    };
    let classes = catalog
        .classes()
        .iter()
        .map(|class| class.no.to_string())
        .collect();
    let bases = BasisKind::ALL.iter().map(ToString::to_string).collect();
    let roles = PartyRole::ALL.iter().map(ToString::to_string).collect();
    // The namespace of the schema is the empty one.
    let expected: [(&str, BTreeSet<String>); 3] =
        [("Class", classes), ("Basis", bases), ("Role", roles)];
    for (name, words) in expected {
        let listed = json.pointer(&format!("//entityTypes/{name}/enum"));
        let listed: BTreeSet<String> = listed
            .and_then(|list| list.as_array())
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect();
        for word in listed.symmetric_difference(&words) {
            let side = if listed.contains(word) {
                "only the schema"
            } else {
                "not the schema"
            };
            let line = page.text.find(&format!("entity {name} ")).unwrap_or(0);
            faults.add(
                page.at(&(line..line)),
                format!("`{name}`: {side} knows `{word}`"),
            );
        }
    }
}

fn read_policies(sources: &[Source<'_>], faults: &mut Faults) -> CedarPolicies {
    let mut all = CedarPolicies::new();
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
            let Some(id) = policy.annotation("id").filter(|id| !id.is_empty()) else {
                faults.add(page.whole(), "a policy has no `@id`");
                continue;
            };
            if let Err(error) = all.add(policy.new_id(PolicyId::new(id))) {
                report(page, &error, faults);
            }
        }
    }
    if all.num_of_policies() > POLICIES_MAX {
        faults.add(
            Page {
                file: "policies",
                text: "",
            }
            .whole(),
            too_many(),
        );
    }
    all
}

/// Cedar's own account of what is wrong, with its causes, at the line it points to.
fn report<'e, E>(page: Page<'_>, error: &'e E, faults: &mut Faults)
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
