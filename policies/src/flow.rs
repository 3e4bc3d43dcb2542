//! Registered flows: the only questions that may be asked, as reviewed data (`flows/*.toml`).
//! Refuses a file that names anything the catalog does not know; nothing is asked outside a flow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::{Catalog, ClassNo, Digest, ItemNo, Source};
use ring::digest;
use serde::Serialize;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::fault::PolicyError;
use crate::question::Question;

mod parse;
mod terms;

pub(crate) use parse::is_sensitive;
pub(crate) use terms::is_node_id;
pub use terms::{BadTerm, BasisKind, BasisPart, FlowId, MatterNo, Mode, Pace, PartyRole, Targets};

/// Days in flows and cases are Beijing days.
pub const BEIJING: UtcOffset = time::macros::offset!(+8);

/// Most flows one book holds.
pub const FLOWS_MAX: usize = 99;

const BUILTIN: [Source<'static>; 4] = [
    Source {
        name: "flows/F05.toml",
        text: include_str!("../flows/F05.toml"),
    },
    Source {
        name: "flows/F10.toml",
        text: include_str!("../flows/F10.toml"),
    },
    Source {
        name: "flows/F14.toml",
        text: include_str!("../flows/F14.toml"),
    },
    Source {
        name: "flows/F19.toml",
        text: include_str!("../flows/F19.toml"),
    },
];

/// One registered flow. Read from a file and nowhere else made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flow {
    /// Its number.
    pub id: FlowId,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Matters in which it may be used.
    pub matters: BTreeSet<MatterNo>,
    /// Basis that the case must rest on.
    pub basis: BasisKind,
    /// What that basis must carry.
    pub basis_carries: BTreeSet<BasisPart>,
    /// Roles in which a party of the case may be asked about.
    pub roles: BTreeSet<PartyRole>,
    /// The most that may leave a center: a details flow also answers a match.
    pub mode: Mode,
    /// Which centers may be asked.
    pub targets: Targets,
    /// Whether somebody waits.
    pub pace: Pace,
    /// Longest time from question to answer.
    pub deadline: Duration,
    /// Most questions that one case may ask.
    pub asks_per_case: u32,
    /// Longest life of one case assertion.
    pub case_valid: Duration,
    /// Whether a second operator must have signed.
    pub second_approver: bool,
    /// Centers that take part, by node id, and when.
    pub enabled: BTreeMap<String, Enablement>,
    /// Items by class.
    pub items: BTreeMap<ClassNo, BTreeSet<ItemNo>>,
    /// Items of grade L3 and L4, each of which the file names by itself.
    pub sensitive: BTreeSet<ItemNo>,
}

/// From when, and until when, a center takes part in a flow. Both days belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Enablement {
    /// First day.
    #[serde(with = "day")]
    pub from: Date,
    /// Last day, if one is set.
    #[serde(with = "day::option")]
    pub until: Option<Date>,
}

time::serde::format_description!(pub(crate) day, Date, "[year]-[month]-[day]");

/// Why a question does not fit its flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The asking center does not take part on that day.
    NotEnabled,
    /// Details are asked where the flow answers a match only.
    Mode,
    /// Classes that the flow does not touch.
    Classes(BTreeSet<ClassNo>),
    /// Items that the flow does not list.
    Items(BTreeSet<ItemNo>),
}

impl Flow {
    /// Whether a center takes part at that moment.
    #[must_use]
    pub fn is_enabled(&self, node: &str, now: OffsetDateTime) -> bool {
        let today = now.to_offset(BEIJING).date();
        self.enabled
            .get(node)
            .is_some_and(|span| span.from <= today && span.until.is_none_or(|until| today <= until))
    }

    /// Whether the flow lists this item.
    #[must_use]
    pub fn lists(&self, item: ItemNo) -> bool {
        self.items
            .get(&item.class())
            .is_some_and(|items| items.contains(&item))
    }

    /// Whether a question stays within the flow: center, mode, classes, items.
    pub fn fits(&self, question: &Question, now: OffsetDateTime) -> Result<(), Misfit> {
        if !self.is_enabled(question.asking_node(), now) {
            return Err(Misfit::NotEnabled);
        }
        if question.mode() > self.mode {
            return Err(Misfit::Mode);
        }
        let wants = question.wants();
        let classes: BTreeSet<ClassNo> = wants
            .keys()
            .filter(|class| !self.items.contains_key(class))
            .copied()
            .collect();
        if !classes.is_empty() {
            return Err(Misfit::Classes(classes));
        }
        let items: BTreeSet<ItemNo> = wants
            .values()
            .flatten()
            .filter(|item| !self.lists(**item))
            .copied()
            .collect();
        if items.is_empty() {
            Ok(())
        } else {
            Err(Misfit::Items(items))
        }
    }
}

/// Every registered flow, and one digest over all of them.
#[derive(Debug, Clone)]
pub struct FlowBook {
    flows: BTreeMap<FlowId, Flow>,
    digest: Digest,
}

impl FlowBook {
    /// The flows that are delivered with the program.
    pub fn builtin(catalog: &Catalog) -> Result<Self, PolicyError> {
        Self::parse(&BUILTIN, catalog)
    }

    /// Reads flow files, one flow each; reports every fault of every file.
    pub fn parse(sources: &[Source<'_>], catalog: &Catalog) -> Result<Self, PolicyError> {
        let flows = parse::flows(sources, catalog)?;
        let digest = Digest::from_bytes(digest_of(&flows));
        Ok(Self { flows, digest })
    }

    /// The flow of that number.
    #[must_use]
    pub fn flow(&self, id: &FlowId) -> Option<&Flow> {
        self.flows.get(id)
    }

    /// Every flow in the order of its number.
    pub fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.flows.values()
    }

    /// SHA-256 over what the flows mean, not over how their files are written.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
}

fn digest_of(flows: &BTreeMap<FlowId, Flow>) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tianshu/flows/v1\0");
    for flow in flows.values() {
        // A flow is plain data with text keys, so that writing it as JSON cannot fail.
        let text = serde_json::to_vec(flow).unwrap_or_default();
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(&text);
    }
    sha256(context)
}

/// The finished digest as an array.
pub(crate) fn sha256(context: digest::Context) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests;
