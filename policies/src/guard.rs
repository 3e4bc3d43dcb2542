//! The answering agent's second key: its own flows, its own trust list, its own vetoes.
//! It may only deny. It believes nothing the hub says that the asking node has not signed.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ClassNo, ItemNo};
use time::OffsetDateTime;

use crate::case::{CaseFault, SignedCase, VerifiedCase};
use crate::flow::{FlowBook, FlowId, Misfit, Mode};
use crate::question::Question;
use crate::trust::TrustList;

mod veto;

pub use veto::{VETOES_MAX, Vetoes};

/// What an answering agent holds every question against.
#[derive(Debug, Clone)]
pub struct Guard {
    node: String,
    flows: FlowBook,
    trust: TrustList,
    vetoes: Vetoes,
}

/// What the guard let through: the items that the asking node signed for. Made by the guard only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardPass {
    flow: FlowId,
    mode: Mode,
    items: BTreeMap<ClassNo, BTreeSet<ItemNo>>,
    case: VerifiedCase,
}

impl GuardPass {
    /// The flow.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// What may leave this center.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The items that may be answered, by class.
    #[must_use]
    pub const fn items(&self) -> &BTreeMap<ClassNo, BTreeSet<ItemNo>> {
        &self.items
    }

    /// The case behind the question.
    #[must_use]
    pub const fn case(&self) -> &VerifiedCase {
        &self.case
    }
}

/// Why the guard denies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardDenial {
    /// The case does not carry the question.
    #[error(transparent)]
    Case(#[from] CaseFault),
    /// This center knows no such flow.
    #[error("flow `{0}` is not registered here")]
    FlowUnknown(FlowId),
    /// The flow does not ask this center.
    #[error("the flow does not ask this node")]
    NotATarget,
    /// The asking center does not take part in the flow, by this center's book.
    #[error("the flow is not enabled for the asking node")]
    FlowNotEnabled,
    /// Details are asked where the flow answers a match only.
    #[error("the flow answers a match only")]
    ModeMismatch,
    /// Classes that the flow does not touch.
    #[error("the flow does not touch every class asked for")]
    ClassOutsideFlow {
        /// Which.
        classes: BTreeSet<ClassNo>,
    },
    /// Items that the flow does not list.
    #[error("the flow does not list every item asked for")]
    ItemOutsideFlow {
        /// Which.
        items: BTreeSet<ItemNo>,
    },
    /// A veto of this center.
    #[error("this center vetoes the question: {reason}")]
    Vetoed {
        /// The reason that stands in the veto.
        reason: String,
    },
}

impl GuardDenial {
    /// Its stable code; a case fault keeps its own under `GuardDenial::Case`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::FlowUnknown(_) => "flow-unknown",
            Self::NotATarget => "not-a-target",
            Self::FlowNotEnabled => "flow-not-enabled",
            Self::ModeMismatch => "mode-mismatch",
            Self::ClassOutsideFlow { .. } => "class-outside-flow",
            Self::ItemOutsideFlow { .. } => "item-outside-flow",
            Self::Vetoed { .. } => "vetoed",
        }
    }
}

impl From<Misfit> for GuardDenial {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::NotEnabled => Self::FlowNotEnabled,
            Misfit::Mode => Self::ModeMismatch,
            Misfit::Classes(classes) => Self::ClassOutsideFlow { classes },
            Misfit::Items(items) => Self::ItemOutsideFlow { items },
        }
    }
}

impl Guard {
    /// The guard of `node`, from files that this center keeps itself.
    #[must_use]
    pub const fn new(node: String, flows: FlowBook, trust: TrustList, vetoes: Vetoes) -> Self {
        Self {
            node,
            flows,
            trust,
            vetoes,
        }
    }

    /// Decides again what the hub has decided, from the signature of the asking node alone.
    pub fn check(
        &self,
        asking_node: &str,
        case: &SignedCase,
        question: &Question,
        now: OffsetDateTime,
    ) -> Result<GuardPass, GuardDenial> {
        let case = self.trust.verify(asking_node, case)?;
        self.pass(case, question, now)
    }

    /// As [`Guard::check`], for a flow that needs a second approver.
    pub fn check_approved(
        &self,
        asking_node: &str,
        cases: [&SignedCase; 2],
        question: &Question,
        now: OffsetDateTime,
    ) -> Result<GuardPass, GuardDenial> {
        let [first, second] = cases;
        let second = self.trust.verify(asking_node, second)?;
        let case = self
            .trust
            .verify(asking_node, first)?
            .approved_by(&second)?;
        self.pass(case, question, now)
    }

    fn pass(
        &self,
        case: VerifiedCase,
        question: &Question,
        now: OffsetDateTime,
    ) -> Result<GuardPass, GuardDenial> {
        let id = question.flow();
        let flow = self.flows.flow(&id).ok_or(GuardDenial::FlowUnknown(id))?;
        case.check(flow, question, now)?;
        if !flow.targets.admit(&self.node, question.asking_node()) {
            return Err(GuardDenial::NotATarget);
        }
        flow.fits(question, now)?;
        if let Some(reason) = self.vetoes.against(question) {
            return Err(GuardDenial::Vetoed {
                reason: reason.to_owned(),
            });
        }
        let (mode, items) = (question.mode(), question.wants().clone());
        Ok(GuardPass {
            flow: id,
            mode,
            items,
            case,
        })
    }

    /// The trust list in use.
    #[must_use]
    pub const fn trust(&self) -> &TrustList {
        &self.trust
    }

    /// The flows in use.
    #[must_use]
    pub const fn flows(&self) -> &FlowBook {
        &self.flows
    }
}
