//! The permit, which only `PolicySet::authorize` makes, and the closed list of reasons for none.
//! A permit never holds more than the question asked for and the flow lists.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::{ClassNo, ItemNo, RuleWord};
use time::OffsetDateTime;

use crate::case::{CaseFault, VerifiedCase};
use crate::flow::{Flow, FlowId, Hours, Misfit, Mode, Pace, Targets};
use crate::question::Question;
use crate::subject::SubjectTag;
use crate::verdict::VerdictId;

/// Leave to ask one question. No public constructor, no `Default`, no deserialization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    flow: FlowId,
    asking_node: String,
    subject_tag: SubjectTag,
    question_digest: [u8; 32],
    granted: BTreeMap<ClassNo, BTreeSet<ItemNo>>,
    display: BTreeSet<ItemNo>,
    gives: BTreeSet<ItemNo>,
    verdicts: BTreeSet<VerdictId>,
    targets: Targets,
    named: BTreeSet<String>,
    mode: Mode,
    pace: Pace,
    deadline: Duration,
    valid_until: OffsetDateTime,
}

impl Permit {
    /// INVARIANT: granted = wanted ∩ listed, whatever the decision before it overlooked.
    pub(crate) fn new(flow: &Flow, case: &VerifiedCase, question: &Question) -> Self {
        let mut granted: BTreeMap<ClassNo, BTreeSet<ItemNo>> = BTreeMap::new();
        let roles = case.roles_of(question.subject_tag());
        let is_match = question.mode() == Mode::Match;
        for item in question
            .wants()
            .values()
            .flatten()
            .filter(|item| flow.lists(**item) && (is_match || flow.shows(**item, &roles)))
        {
            granted.entry(item.class()).or_default().insert(*item);
        }
        Self {
            flow: flow.id,
            asking_node: question.asking_node().to_owned(),
            subject_tag: *question.subject_tag(),
            question_digest: *question.digest(),
            granted,
            display: asked_of(question, &flow.display),
            gives: question.gives() & &flow.gives,
            verdicts: question
                .verdicts()
                .iter()
                .filter(|verdict| flow.verdicts.contains_key(verdict))
                .cloned()
                .collect(),
            targets: flow.targets.clone(),
            named: question.named().clone(),
            mode: question.mode().min(flow.mode),
            pace: flow.pace,
            deadline: flow.deadline,
            valid_until: case.expires_at(),
        }
    }

    /// The flow it was given for.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// The node it was given to.
    #[must_use]
    pub fn asking_node(&self) -> &str {
        &self.asking_node
    }

    /// The subject it was given for.
    #[must_use]
    pub const fn subject_tag(&self) -> &SubjectTag {
        &self.subject_tag
    }

    /// Digest of the question it was given for.
    #[must_use]
    pub const fn question_digest(&self) -> &[u8; 32] {
        &self.question_digest
    }

    /// The items that may be released, by class.
    #[must_use]
    pub const fn granted(&self) -> &BTreeMap<ClassNo, BTreeSet<ItemNo>> {
        &self.granted
    }

    /// Whether this item may be released.
    #[must_use]
    pub fn grants(&self, item: ItemNo) -> bool {
        self.granted
            .get(&item.class())
            .is_some_and(|items| items.contains(&item))
    }

    /// The granted items that may be released masked only.
    #[must_use]
    pub const fn display(&self) -> &BTreeSet<ItemNo> {
        &self.display
    }

    /// The items whose values may be passed on to a source.
    #[must_use]
    pub const fn gives(&self) -> &BTreeSet<ItemNo> {
        &self.gives
    }

    /// The verdicts that a match may give.
    #[must_use]
    pub const fn verdicts(&self) -> &BTreeSet<VerdictId> {
        &self.verdicts
    }

    /// The centers that may be asked, as the flow names them.
    #[must_use]
    pub const fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The centers that the question names; none where the flow says by itself who is asked.
    #[must_use]
    pub const fn named(&self) -> &BTreeSet<String> {
        &self.named
    }

    /// The granted classes that this node may be asked for.
    #[must_use]
    pub fn classes_of(&self, node: &str) -> Vec<ClassNo> {
        let (from, named) = (self.asking_node.as_str(), &self.named);
        let granted = self.granted.keys().copied();
        granted
            .filter(|class| self.targets.reach(node, *class, from, named))
            .collect()
    }

    /// What may leave a center.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether somebody waits.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// The longest time the answer may take.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// When the case behind it expires.
    #[must_use]
    pub const fn valid_until(&self) -> OffsetDateTime {
        self.valid_until
    }
}

/// Those of `items` that the question wants.
pub(crate) fn asked_of(question: &Question, items: &BTreeSet<ItemNo>) -> BTreeSet<ItemNo> {
    let wants = question.wants();
    let is_asked = |item: &&ItemNo| {
        wants
            .get(&item.class())
            .is_some_and(|asked| asked.contains(item))
    };
    items.iter().filter(is_asked).copied().collect()
}

/// Why there is no permit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// No such flow is registered.
    #[error("flow `{0}` is not registered")]
    FlowUnknown(FlowId),
    /// The asking center does not take part in the flow today.
    #[error("the flow is not enabled for the asking node")]
    FlowNotEnabled,
    /// The flow is used at certain hours only, and these are others.
    #[error("the flow is used in `{0}` hours only")]
    OutsideHours(Hours),
    /// The question was not asked by the node that the certificate proved.
    #[error("the question names another node than its caller")]
    WrongCaller,
    /// Node, operator, flow or case is suspended.
    #[error("the {0} is suspended")]
    Suspended(Suspended),
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
    /// The flow asks named centers and the question names none.
    #[error("the flow asks named centers and the question names none")]
    CenterNotNamed,
    /// Centers are named that take no part in the flow today.
    #[error("the question names a center that takes no part in the flow")]
    CenterUnknown {
        /// Which.
        centers: BTreeSet<String>,
    },
    /// Centers are named where the flow itself says who is asked.
    #[error("the flow does not ask named centers")]
    CenterNotAsked,
    /// The case does not carry the question.
    #[error(transparent)]
    Case(#[from] CaseFault),
    /// The policy engine reported an error, so that its decision counts for nothing.
    #[error("the policies could not be evaluated")]
    PolicyError,
    /// The policies deny. No policy is named where none permits.
    #[error("the policies deny")]
    Denied {
        /// The policies that forbid.
        policies: BTreeSet<String>,
        /// What the first of them says of itself.
        rule: Option<RuleWord>,
    },
}

/// Who or what is suspended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Suspended {
    /// The asking node.
    Node,
    /// The asking operator.
    Operator,
    /// The flow.
    Flow,
    /// The case.
    Case,
}

impl std::fmt::Display for Suspended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Node => "node",
            Self::Operator => "operator",
            Self::Flow => "flow",
            Self::Case => "case",
        })
    }
}

impl Denial {
    /// Its stable code; a case fault keeps its own under `Denial::Case`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::FlowUnknown(_) => "flow-unknown",
            Self::FlowNotEnabled => "flow-not-enabled",
            Self::OutsideHours(_) => "outside-hours",
            Self::WrongCaller => "wrong-caller",
            Self::Suspended(_) => "suspended",
            Self::ModeMismatch => "mode-mismatch",
            Self::FlowVersion => "flow-version",
            Self::VerdictOutsideFlow { .. } => "verdict-outside-flow",
            Self::ClassOutsideFlow { .. } => "class-outside-flow",
            Self::ItemOutsideFlow { .. } => "item-outside-flow",
            Self::CenterNotNamed => "center-not-named",
            Self::CenterUnknown { .. } => "center-unknown",
            Self::CenterNotAsked => "center-not-asked",
            Self::Case(_) => "case",
            Self::PolicyError => "policy-error",
            Self::Denied { .. } => "denied",
        }
    }

    /// The policy that forbids, where one does; every other reason is told by its code.
    #[must_use]
    pub const fn rule(&self) -> Option<&RuleWord> {
        match self {
            Self::Denied { rule, .. } => rule.as_ref(),
            _ => None,
        }
    }

    /// Its stable code, and a case fault's own instead of `case`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Case(fault) => fault.as_str(),
            other => other.as_str(),
        }
    }
}

impl From<Misfit> for Denial {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::NotEnabled => Self::FlowNotEnabled,
            Misfit::Mode => Self::ModeMismatch,
            Misfit::Classes(classes) => Self::ClassOutsideFlow { classes },
            Misfit::Items(items) | Misfit::Given(items) => Self::ItemOutsideFlow { items },
            Misfit::Version => Self::FlowVersion,
            Misfit::Verdicts(verdicts) => Self::VerdictOutsideFlow { verdicts },
            Misfit::NotNamed => Self::CenterNotNamed,
            Misfit::Absent(centers) => Self::CenterUnknown { centers },
            Misfit::Named => Self::CenterNotAsked,
        }
    }
}
