//! The answering agent's second key: its own flows, its own trust list, its own vetoes.
//! It may only deny. It believes nothing the hub says that the asking node has not signed.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ClassNo, Digest, ItemNo, RuleWord};
use time::{Date, OffsetDateTime};

use crate::approval::SignedApproval;
use crate::caller::{Caller, Suspensions};
use crate::case::{CaseFault, SignedCase, VerifiedCase};
use crate::decision::Facts;
use crate::flow::{Flow, FlowBook, FlowId, Hours, Misfit, Mode, PartyRole, Span};
use crate::permit::asked_of;
use crate::question::Question;
use crate::trust::TrustList;
use crate::verdict::{VerdictId, VerdictRule};

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

/// What the guard let through: the items that the asking node signed for, and how this center's
/// own copy of the flow limits them. Made by the guard only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardPass {
    flow: FlowId,
    mode: Mode,
    items: BTreeMap<ClassNo, BTreeSet<ItemNo>>,
    beyond: BTreeSet<ItemNo>,
    display: BTreeSet<ItemNo>,
    gives: BTreeSet<ItemNo>,
    verdicts: BTreeMap<VerdictId, VerdictRule>,
    spans: BTreeMap<ItemNo, Span>,
    case: VerifiedCase,
}

impl GuardPass {
    /// INVARIANT: a center that the question does not name answers for no class of the centers,
    /// whatever the hub asks it for.
    fn new(node: &str, flow: &Flow, case: VerifiedCase, question: &Question) -> Self {
        let is_asked = |class: ClassNo| flow.asks(node, class, question);
        let mut wants = question.wants().clone();
        wants.retain(|class, _| is_asked(*class));
        let beyond = question.beyond().iter();
        let asked = |verdict: &&VerdictId| question.verdicts().contains(*verdict);
        let spans = flow.spans.iter();
        Self {
            flow: flow.id,
            mode: question.mode(),
            display: asked_of(question, &flow.display),
            beyond: beyond
                .filter(|item| is_asked(item.class()))
                .copied()
                .collect(),
            gives: question.gives().clone(),
            verdicts: flow
                .verdicts
                .iter()
                .filter(|(verdict, _)| asked(verdict))
                .map(|(verdict, rule)| (verdict.clone(), rule.clone()))
                .collect(),
            spans: spans
                .filter(|(item, _)| wants.contains_key(&item.class()))
                .map(|(item, span)| (*item, *span))
                .collect(),
            items: wants,
            case,
        }
    }

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

    /// Items that this center is asked for and that only a newer catalog has.
    #[must_use]
    pub const fn beyond(&self) -> &BTreeSet<ItemNo> {
        &self.beyond
    }

    /// Those of them that leave masked only.
    #[must_use]
    pub const fn display(&self) -> &BTreeSet<ItemNo> {
        &self.display
    }

    /// The items whose values the payload may hold, to be passed on to a source.
    #[must_use]
    pub const fn gives(&self) -> &BTreeSet<ItemNo> {
        &self.gives
    }

    /// The verdicts asked for, as this center's flow registers them.
    #[must_use]
    pub const fn verdicts(&self) -> &BTreeMap<VerdictId, VerdictRule> {
        &self.verdicts
    }

    /// To which time the records of the classes asked for are limited. The item need not be among
    /// those that may be answered.
    #[must_use]
    pub const fn spans(&self) -> &BTreeMap<ItemNo, Span> {
        &self.spans
    }

    /// First and last day that the basis states. Where a span rests on the basis and none is
    /// stated, no record lies within it.
    #[must_use]
    pub fn basis_period(&self) -> Option<(Date, Date)> {
        self.case.assertion().basis.period()
    }

    /// Whether the subject stands in the case as a house.
    #[must_use]
    pub fn is_about_house(&self, question: &Question) -> bool {
        let roles = self.case.roles_of(question.subject_tag());
        roles.contains(&PartyRole::House)
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
    /// Neither the flow nor the question asks this center.
    #[error("the question does not ask this node")]
    NotATarget,
    /// The question names centers where it may not, none where it must, or one that takes no part.
    #[error("the centers that the question names do not fit the flow")]
    BadCenters,
    /// The asking center does not take part in the flow, by this center's book.
    #[error("the flow is not enabled for the asking node")]
    FlowNotEnabled,
    /// This center itself does not take part in the flow, and so does not answer in it.
    #[error("the flow is not enabled at this node")]
    NotEnabledHere,
    /// The flow is used at certain hours only, and these are others.
    #[error("the flow is used in `{0}` hours only")]
    OutsideHours(Hours),
    /// Details are asked where the flow answers a match only.
    #[error("the flow answers a match only")]
    ModeMismatch,
    /// The asking node knows the flow in another version.
    #[error("the asking node knows the flow in another version")]
    FlowVersion,
    /// Verdicts that the flow has not registered, or whose class is not asked for.
    #[error("the flow has not registered every verdict asked for")]
    VerdictOutsideFlow {
        /// Which.
        verdicts: BTreeSet<VerdictId>,
    },
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
    #[error("this center vetoes the question: {}", .0.id())]
    Vetoed(RuleWord),
    /// This center's own rules could not be evaluated, so that nothing passes them.
    #[error("the rules of this center could not be evaluated")]
    PolicyError,
}

impl GuardDenial {
    /// Its stable code; a case fault keeps its own under `GuardDenial::Case`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::FlowUnknown(_) => "flow-unknown",
            Self::NotATarget => "not-a-target",
            Self::BadCenters => "bad-centers",
            Self::FlowNotEnabled => "flow-not-enabled",
            Self::NotEnabledHere => "flow-not-enabled-here",
            Self::OutsideHours(_) => "outside-hours",
            Self::ModeMismatch => "mode-mismatch",
            Self::FlowVersion => "flow-version",
            Self::VerdictOutsideFlow { .. } => "verdict-outside-flow",
            Self::ClassOutsideFlow { .. } => "class-outside-flow",
            Self::ItemOutsideFlow { .. } => "item-outside-flow",
            Self::Vetoed(_) => "vetoed",
            Self::PolicyError => "policy-error",
        }
    }
}

impl GuardDenial {
    /// The center's own rule that denies, where one does; every other reason is told by its code.
    #[must_use]
    pub const fn rule(&self) -> Option<&RuleWord> {
        match self {
            Self::Vetoed(word) => Some(word),
            _ => None,
        }
    }
}

impl From<Misfit> for GuardDenial {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::NotEnabled => Self::FlowNotEnabled,
            Misfit::Mode => Self::ModeMismatch,
            Misfit::Classes(classes) => Self::ClassOutsideFlow { classes },
            Misfit::Items(items) | Misfit::Given(items) => Self::ItemOutsideFlow { items },
            Misfit::Version => Self::FlowVersion,
            Misfit::Verdicts(verdicts) => Self::VerdictOutsideFlow { verdicts },
            Misfit::NotNamed | Misfit::Absent(_) | Misfit::Named => Self::BadCenters,
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

    /// Decides again what the hub has decided, from the signatures of the asking node
    /// and its officers alone.
    pub fn check(
        &self,
        asking_node: &str,
        case: &SignedCase,
        approval: Option<&SignedApproval>,
        question: &Question,
        now: OffsetDateTime,
    ) -> Result<GuardPass, GuardDenial> {
        let mut case = self.trust.verify(asking_node, case)?;
        if let Some(approval) = approval {
            case = self.trust.approved(case, approval, question)?;
        }
        let id = question.flow();
        let flow = self.flows.flow(&id).ok_or(GuardDenial::FlowUnknown(id))?;
        case.check(flow, question, now)?;
        let mut classes = question.classes();
        if !classes.any(|class| flow.asks(&self.node, class, question)) {
            return Err(GuardDenial::NotATarget);
        }
        flow.fits(question, now)?;
        flow.fits_subject(question, &case.roles_of(question.subject_tag()))?;
        if !flow.is_enabled(&self.node, now) {
            return Err(GuardDenial::NotEnabledHere);
        }
        if !self.flows.calendar().is_open(flow.hours, now) {
            return Err(GuardDenial::OutsideHours(flow.hours));
        }
        // No suspension is known here: whom the hub has suspended, it does not let through.
        let caller = Caller::proven(asking_node).map_err(|_| CaseFault::UnknownNode)?;
        self.vetoes.check(&Facts {
            caller: &caller,
            case: &case,
            question,
            flows: &self.flows,
            state: &Suspensions::default(),
            now,
        })?;
        Ok(GuardPass::new(&self.node, flow, case, question))
    }

    /// Digest of this center's own vetoes and Cedar rules; nothing where it has none.
    #[must_use]
    pub fn vetoes_digest(&self) -> Option<Digest> {
        self.vetoes.digest()
    }

    /// What this center's own rules say of themselves.
    pub fn rule_words(&self) -> impl Iterator<Item = &RuleWord> {
        self.vetoes.words()
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
