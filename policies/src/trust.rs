//! The trust list: which nodes there are, with which key each signs its cases, and with which keys
//! its officers approve.
//! Used by the hub and by every agent. Refuses a case signed by anybody but the node that brought
//! it, an approval signed by anybody but an officer of that node, and a key that stands for two.

use std::collections::{BTreeMap, BTreeSet};

use catalog::Source;

use crate::approval::{Approval, SignedApproval};
use crate::case::{CaseFault, ResultTable, SignedCase, SignedTable, VerifiedCase};
use crate::fault::{Faults, Page, PolicyError};
use crate::flow::is_node_id;
use crate::question::Question;
use crate::section::{self, Section};

mod key;
mod officers;
mod staff;

pub use staff::{Role, STAFF_MAX, StaffTrust};

/// Most nodes one list holds.
pub const NODES_MAX: usize = 256;

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
    /// Operators of the node who are designated to use flows on legal documents, each with the
    /// public key of their approvals.
    pub officers: BTreeMap<String, [u8; 32]>,
}

/// The nodes of the star.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList {
    nodes: BTreeMap<String, NodeTrust>,
    staff: BTreeMap<String, StaffTrust>,
}

impl TrustList {
    /// Reads a list of `[[node]]` tables, and of the hub's `[[staff]]`; reports every fault.
    pub fn parse(source: &Source<'_>) -> Result<Self, PolicyError> {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        let mut faults = Faults::default();
        let mut nodes = BTreeMap::new();
        let mut staff = BTreeMap::new();
        if let Some(table) = section::parse(page, &mut faults) {
            let mut root = Section::new(page, table.span(), table.get_ref());
            let entries = root.each("node", &mut faults);
            staff = staff::read(&mut root, &mut faults);
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
                let mut own = std::iter::once(&node.case_key).chain(node.officers.values());
                if !own.all(|key| keys.insert(*key)) {
                    faults.add(
                        place,
                        format!(
                            "a key of `{}` stands for another node or officer too",
                            node.id
                        ),
                    );
                }
                if let Some(twin) = nodes.insert(node.id.clone(), node) {
                    faults.add(place, format!("node `{}` is listed twice", twin.id));
                }
            }
        }
        faults.or_else_refuse(Self { nodes, staff })
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

    /// Name, as `node/officer`, and key of every officer, or of those of one node.
    pub fn officer_keys<'t>(
        &'t self,
        of: Option<&'t str>,
    ) -> impl Iterator<Item = (String, [u8; 32])> + 't {
        let nodes = self.nodes.values();
        let nodes = nodes.filter(move |node| of.is_none_or(|of| node.id == of));
        nodes.flat_map(|node| {
            let officers = node.officers.iter();
            officers.map(|(name, key)| (format!("{}/{name}", node.id), *key))
        })
    }

    /// The member of the hub's staff of that name.
    #[must_use]
    pub fn staff(&self, name: &str) -> Option<&StaffTrust> {
        self.staff.get(name)
    }

    /// Every member of the hub's staff in the order of the names.
    pub fn all_staff(&self) -> impl Iterator<Item = &StaffTrust> {
        self.staff.values()
    }

    /// Opens a case that `caller_node`, proven by its certificate, brought along.
    pub fn verify(&self, caller_node: &str, case: &SignedCase) -> Result<VerifiedCase, CaseFault> {
        let node = self.nodes.get(caller_node).ok_or(CaseFault::UnknownNode)?;
        let assertion = case.open(&node.case_key)?;
        if assertion.node != caller_node {
            return Err(CaseFault::WrongNode);
        }
        let is_officer = node.officers.contains_key(&assertion.operator);
        Ok(VerifiedCase::new(assertion, is_officer))
    }

    /// Reads the result table of a list that `node` is said to have signed.
    ///
    /// # Errors
    /// It did not.
    pub fn table(&self, node: &str, table: &SignedTable) -> Result<ResultTable, CaseFault> {
        let said_by = self.nodes.get(node).ok_or(CaseFault::UnknownNode)?;
        let table = table.open(&said_by.case_key)?;
        if table.node == node {
            Ok(table)
        } else {
            Err(CaseFault::WrongNode)
        }
    }

    /// Adds the second approver to a verified case: an officer of the same node, by the officer's
    /// own key, about this very question.
    ///
    /// # Errors
    /// Who is said to have signed is no officer of the node, another has signed, or the statement
    /// is about something else.
    pub fn approved(
        &self,
        case: VerifiedCase,
        signed: &SignedApproval,
        question: &Question,
    ) -> Result<VerifiedCase, CaseFault> {
        let first = case.assertion();
        let node = self.nodes.get(&first.node).ok_or(CaseFault::UnknownNode)?;
        let key = node.officers.get(&signed.signer);
        let statement = signed.open(key.ok_or(CaseFault::NotAnOfficer)?)?;
        if statement.node != first.node {
            return Err(CaseFault::WrongNode);
        }
        let approval = Approval::of(first, signed, statement, question)?;
        Ok(case.with(approval))
    }
}

fn node(mut entry: Section<'_, '_>, faults: &mut Faults) -> Option<NodeTrust> {
    let id = entry.text("id", faults);
    let center_code = entry.text("center_code", faults);
    let zh = entry.text("zh", faults);
    let en = entry.text("en", faults);
    let case_key = entry
        .text("case_key", faults)
        .and_then(|text| key::read("case_key", &text, faults));
    let phone = entry.text("phone", faults);
    let officers = officers::read(&mut entry, faults);
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

fn is_center_code(text: &str) -> bool {
    text.strip_prefix('C')
        .is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
