//! The trust list: which nodes there are and with which key each signs its cases.
//! Used by the hub and by every agent. Refuses a case signed by anybody but the node that brought
//! it, and a key that stands for two nodes.

use std::collections::{BTreeMap, BTreeSet};

use catalog::Source;
use catalog::identity::may_hold_id_number;

use crate::case::{CaseFault, SignedCase, VerifiedCase, is_staff_name};
use crate::fault::{Faults, Page, PolicyError};
use crate::flow::is_node_id;
use crate::section::{self, At, Section};
use crate::subject::bytes32;

/// Most nodes one list holds.
pub const NODES_MAX: usize = 256;
/// Most designated officers of one node.
const OFFICERS_MAX: usize = 256;

/// What is known about one node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeTrust {
    /// Its id, as in its certificate.
    pub id: String,
    /// Center code of the catalog.
    pub center_code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Public key of its case assertions.
    pub case_key: [u8; 32],
    /// Whom a clerk may call.
    pub phone: String,
    /// Operators of the node who are designated to use flows on legal documents.
    pub officers: BTreeSet<String>,
}

/// The nodes of the star.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList {
    nodes: BTreeMap<String, NodeTrust>,
}

impl TrustList {
    /// Reads a list of `[[node]]` tables; reports every fault.
    pub fn parse(source: &Source<'_>) -> Result<Self, PolicyError> {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        let mut faults = Faults::default();
        let mut nodes = BTreeMap::new();
        if let Some(table) = section::parse(page, &mut faults) {
            let mut root = Section::new(page, table.span(), table.get_ref());
            let entries = root.each("node", &mut faults);
            root.finish(&mut faults);
            if !(1..=NODES_MAX).contains(&entries.len()) {
                faults.add(page.whole(), format!("needs from 1 to {NODES_MAX} nodes"));
            }
            let mut keys = BTreeSet::new();
            for entry in entries.into_iter().take(NODES_MAX) {
                let place = entry.place();
                let Some(node) = node(entry, &mut faults) else {
                    continue;
                };
                if !keys.insert(node.case_key) {
                    faults.add(
                        place,
                        format!("the key of `{}` stands for another node too", node.id),
                    );
                }
                if let Some(twin) = nodes.insert(node.id.clone(), node) {
                    faults.add(place, format!("node `{}` is listed twice", twin.id));
                }
            }
        }
        faults.or_else_refuse(Self { nodes })
    }

    /// The node of that id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&NodeTrust> {
        self.nodes.get(id)
    }

    /// Every node in the order of its id.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeTrust> {
        self.nodes.values()
    }

    /// Opens a case that `caller_node`, proven by its certificate, brought along.
    pub fn verify(&self, caller_node: &str, case: &SignedCase) -> Result<VerifiedCase, CaseFault> {
        let node = self.nodes.get(caller_node).ok_or(CaseFault::UnknownNode)?;
        let assertion = case.open(&node.case_key)?;
        if assertion.node != caller_node {
            return Err(CaseFault::WrongNode);
        }
        let is_officer = node.officers.contains(&assertion.operator);
        Ok(VerifiedCase::new(assertion, is_officer))
    }
}

fn node(mut entry: Section<'_, '_>, faults: &mut Faults) -> Option<NodeTrust> {
    let id = entry.text("id", faults);
    let center_code = entry.text("center_code", faults);
    let zh = entry.text("zh", faults);
    let en = entry.text("en", faults);
    let case_key = entry
        .text("case_key", faults)
        .and_then(|text| key(&text, faults));
    let phone = entry.text("phone", faults);
    let officers = officers(entry.texts_if_any("officers", faults), faults);
    entry.finish(faults);
    if let Some(id) = id.as_ref().filter(|id| !is_node_id(&id.value)) {
        faults.add(id.place, format!("`{}` is not a node id", id.value));
    }
    if let Some(code) = center_code
        .as_ref()
        .filter(|code| !is_center_code(&code.value))
    {
        faults.add(
            code.place,
            format!("`{}` is not a center code: C and 5 digits", code.value),
        );
    }
    Some(NodeTrust {
        id: id?.value,
        center_code: center_code?.value,
        zh: zh?.value,
        en: en?.value,
        case_key: case_key?,
        phone: phone?.value,
        officers,
    })
}

/// Operators, by the names under which they sign.
fn officers(names: Vec<At<'_, String>>, faults: &mut Faults) -> BTreeSet<String> {
    if let Some(last) = names.get(OFFICERS_MAX) {
        faults.add(last.place, format!("more than {OFFICERS_MAX} officers"));
    }
    for name in &names {
        if !is_staff_name(&name.value) || may_hold_id_number(&name.value) {
            let reason = "an officer is named as operators are: letters, digits and `-_./@`";
            faults.add(name.place, reason);
        }
    }
    names.into_iter().map(|name| name.value).collect()
}

fn is_center_code(text: &str) -> bool {
    text.strip_prefix('C')
        .is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A public key. The all-zero key is a point of small order that anybody can sign for.
fn key(text: &At<'_, String>, faults: &mut Faults) -> Option<[u8; 32]> {
    let key = bytes32(&text.value).filter(|key| key.iter().any(|byte| *byte != 0));
    if key.is_none() {
        faults.add(
            text.place,
            "`case_key` must be 64 hexadecimal digits in lower case, not all zero",
        );
    }
    key
}
