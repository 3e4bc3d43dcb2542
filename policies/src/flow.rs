//! Registered flows: the only questions that may be asked, as reviewed data (`flows/*.toml`), and
//! which centers take part in them (`centers/*.toml`). Refuses a file that names anything the
//! catalog does not know; nothing is asked outside a flow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::{Catalog, ClassNo, Digest, ItemNo, Source};
use ring::digest;
use serde::Serialize;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::calendar::{self, Calendar};
use crate::fault::{Faults, PolicyError};
use crate::question::Question;
use crate::verdict::{VerdictId, VerdictRule};

mod builtin;
mod house;
mod looked;
mod parse;
mod terms;

pub(crate) use builtin::{CENTERS, FLOWS};
pub(crate) use looked::LookedAt;
pub(crate) use parse::is_sensitive;
pub(crate) use terms::is_node_id;
pub use terms::{
    BadTerm, BasisKind, BasisPart, FlowId, Hours, MatterNo, Mode, Pace, PartyRole, Targets,
};

/// Days in flows and cases are Beijing days.
pub const BEIJING: UtcOffset = time::macros::offset!(+8);

/// Most flows one book holds.
pub const FLOWS_MAX: usize = 99;

/// Most lines that a flow may let one list have: the largest roster.
pub const LIST_LINES_MAX: u32 = 5_000;

/// Most centers whose files one book reads.
pub const CENTERS_MAX: usize = 256;

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
    /// Items that verdicts look at where the records are, and that are never answered.
    pub judged: BTreeSet<ItemNo>,
    /// Items of grade L3 and L4, each of which the file names by itself.
    pub sensitive: BTreeSet<ItemNo>,
    /// Items whose values a question may pass on to a source, such as a contract number.
    pub gives: BTreeSet<ItemNo>,
    /// What a match may say.
    pub verdicts: BTreeMap<VerdictId, VerdictRule>,
    /// Verdicts of which one must hold before details leave a center; none where they always may.
    pub details_on: BTreeSet<VerdictId>,
    /// Items that are answered for display only: masked.
    pub display: BTreeSet<ItemNo>,
    /// Items that may be answered about a house; about it everything else is a verdict.
    pub house: BTreeSet<ItemNo>,
    /// Items by which records are limited to a time.
    pub spans: BTreeMap<ItemNo, Span>,
    /// When it may be used.
    pub hours: Hours,
    /// Whether only a designated officer may ask.
    pub officer: bool,
    /// Most lines of a list; 0 where the flow asks one subject at a time.
    pub list_max: u32,
    /// SHA-256 over what the flow means, without which centers take part: on that every center
    /// decides by itself, on the meaning all must agree.
    #[serde(skip)]
    pub digest: [u8; 32],
}

/// To which time the records of a class are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// The period that the basis states.
    Basis,
    /// So many months back from the day of the question.
    Months(u16),
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
    /// The asking node knows the flow in another version.
    Version,
    /// Values that the flow does not pass on.
    Given(BTreeSet<ItemNo>),
    /// Verdicts that the flow has not registered, or whose class is not asked for.
    Verdicts(BTreeSet<VerdictId>),
    /// The flow asks named centers and the question names none.
    NotNamed,
    /// Centers are named that do not take part in the flow on that day.
    Absent(BTreeSet<String>),
    /// Centers are named where the flow itself says who is asked.
    Named,
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

    /// The flow with the digest of its meaning, as the last step of reading it.
    fn digested(mut self) -> Self {
        let enabled = std::mem::take(&mut self.enabled);
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"tianshu/flow/v2\0");
        update(&mut context, &self);
        self.digest = sha256(context);
        self.enabled = enabled;
        self
    }

    /// Most lines of a list within the flow; 0 where it is asked one by one. Where a second
    /// approver answers for all of a list, the flow says so itself.
    #[must_use]
    pub const fn lines_max(&self) -> u32 {
        match (self.list_max, self.pace) {
            (max, _) if self.second_approver => max,
            (0, Pace::Interactive) => 0,
            (0, Pace::Batch) => LIST_LINES_MAX,
            (max, _) => max,
        }
    }

    /// Whether its questions, single ones too, wait at a center for the share of its systems that
    /// lists may use.
    #[must_use]
    pub const fn waits_with_lists(&self) -> bool {
        matches!(self.pace, Pace::Batch) || self.list_max > 0
    }

    /// Whether details leave a center only after one of [`Flow::details_on`] was found to hold
    /// there. A verdict about other centers says nothing about the asking one, so that this holds
    /// nothing back from itself.
    #[must_use]
    pub fn holds_back(&self, mode: Mode, asked_here: bool) -> bool {
        let mut deciding = self.details_on.iter();
        let is_elsewhere = |id| self.verdicts.get(id).is_some_and(|rule| rule.elsewhere);
        mode == Mode::Details
            && !self.details_on.is_empty()
            && !(asked_here && deciding.any(is_elsewhere))
    }

    /// Whether the flow lists this item.
    #[must_use]
    pub fn lists(&self, item: ItemNo) -> bool {
        self.items
            .get(&item.class())
            .is_some_and(|items| items.contains(&item))
    }

    /// Whether a center may look this item up for the flow: to answer it, or only to judge.
    #[must_use]
    pub fn looks_at(&self, item: ItemNo) -> bool {
        self.lists(item) || self.judged.contains(&item)
    }

    /// Whether a question in this flow asks `node` for `class`.
    #[must_use]
    pub fn asks(&self, node: &str, class: ClassNo, question: &Question) -> bool {
        let (asking_node, named) = (question.asking_node(), question.named());
        self.targets.reach(node, class, asking_node, named)
    }

    /// Of the centers that a question names, those that take no part in the flow on that day.
    pub(crate) fn absent(&self, question: &Question, now: OffsetDateTime) -> BTreeSet<String> {
        let named = question.named().iter();
        named
            .filter(|node| !self.is_enabled(node, now))
            .cloned()
            .collect()
    }

    /// Whether the question names the centers that it is for, if the flow wants that and only then.
    fn fits_centers(&self, question: &Question, now: OffsetDateTime) -> Result<(), Misfit> {
        match (&self.targets, question.named().is_empty()) {
            (Targets::Named, true) => Err(Misfit::NotNamed),
            (Targets::Named, false) => {
                let absent = self.absent(question, now);
                if absent.is_empty() {
                    Ok(())
                } else {
                    Err(Misfit::Absent(absent))
                }
            }
            (_, true) => Ok(()),
            (_, false) => Err(Misfit::Named),
        }
    }

    /// Whether a question stays within the flow: centers, mode, classes, items.
    pub fn fits(&self, question: &Question, now: OffsetDateTime) -> Result<(), Misfit> {
        if !self.is_enabled(question.asking_node(), now) {
            return Err(Misfit::NotEnabled);
        }
        if question.flow_digest() != &self.digest {
            return Err(Misfit::Version);
        }
        if question.mode() > self.mode {
            return Err(Misfit::Mode);
        }
        self.fits_centers(question, now)?;
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
        if !items.is_empty() {
            return Err(Misfit::Items(items));
        }
        let given: BTreeSet<ItemNo> = question.gives().difference(&self.gives).copied().collect();
        if !given.is_empty() {
            return Err(Misfit::Given(given));
        }
        let is_fit = |verdict: &VerdictId| {
            self.verdicts
                .get(verdict)
                .is_some_and(|rule| wants.contains_key(&rule.class))
        };
        let verdicts: BTreeSet<VerdictId> = question
            .verdicts()
            .iter()
            .filter(|verdict| !is_fit(verdict))
            .cloned()
            .collect();
        if verdicts.is_empty() {
            Ok(())
        } else {
            Err(Misfit::Verdicts(verdicts))
        }
    }
}

/// Every registered flow, when its hours are, and one digest over all of it.
#[derive(Debug, Clone)]
pub struct FlowBook {
    flows: BTreeMap<FlowId, Flow>,
    calendar: Calendar,
    digest: Digest,
}

impl FlowBook {
    /// The flows that are delivered with the program.
    pub fn builtin(catalog: &Catalog) -> Result<Self, PolicyError> {
        Self::parse(&FLOWS, &CENTERS, &calendar::BUILTIN, catalog)
    }

    /// Reads flow files, one flow each, the files of the centers that take part in them, and the
    /// calendar of their hours; reports every fault of every file.
    pub fn parse(
        flows: &[Source<'_>],
        centers: &[Source<'_>],
        calendar: &Source<'_>,
        catalog: &Catalog,
    ) -> Result<Self, PolicyError> {
        let mut faults = Faults::default();
        let mut read = parse::flows(flows, catalog, &mut faults);
        let flows_are_whole = faults.is_empty();
        parse::enable(centers, &mut read, flows_are_whole, &mut faults);
        let hours = Calendar::read(calendar, &mut faults);
        match faults.or_else_refuse(hours)? {
            Some(hours) => Ok(Self {
                digest: Digest::from_bytes(digest_of(&read, &hours)),
                flows: read,
                calendar: hours,
            }),
            // INVARIANT: whatever kept the calendar from being read has been reported above.
            None => Err(PolicyError::unexplained(calendar.name)),
        }
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

    /// When the hours of the flows are.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// SHA-256 over what flows, centers and calendar mean, not over how their files are written.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
}

fn digest_of(flows: &BTreeMap<FlowId, Flow>, calendar: &Calendar) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tianshu/flows/v2\0");
    for flow in flows.values() {
        update(&mut context, flow);
    }
    update(&mut context, calendar);
    sha256(context)
}

/// Plain data with text keys, so that writing it as JSON cannot fail.
fn update<T: Serialize>(context: &mut digest::Context, part: &T) {
    let text = serde_json::to_vec(part).unwrap_or_default();
    context.update(&(text.len() as u64).to_be_bytes());
    context.update(&text);
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
