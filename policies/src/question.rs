//! One question, checked against the catalog, and the digest that binds a case assertion to it.
//! Refuses unknown items, items that are never answered, and questions of unbounded size.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, ItemNo};
use ring::digest;

use crate::flow::{FlowId, MatterNo, Mode, is_node_id, sha256};
use crate::subject::SubjectTag;
use crate::verdict::VerdictId;

/// Most items one question may want: the whole catalog.
pub const QUESTION_ITEMS_MAX: usize = 220;

/// Separates the digest of a question from any other SHA-256.
const DIGEST_DOMAIN: &[u8] = b"tianshu/question/v3\0";
/// Most items one question may pass on to a source.
pub const GIVES_MAX: usize = 16;
/// Most centers that one question may name.
pub const NAMED_MAX: usize = 4;
/// Most verdicts one question may ask for.
pub const VERDICTS_MAX: usize = 16;

/// A question as it came over the wire.
#[derive(Debug, Clone)]
pub struct QuestionDraft {
    /// The node that asks, as its certificate proved it.
    pub asking_node: String,
    /// Flow number, `F05`.
    pub flow: String,
    /// Matter number, `02`.
    pub matter: String,
    /// Match or details.
    pub mode: Mode,
    /// The items wanted; twice the same item counts once.
    pub wants: Vec<ItemNo>,
    /// The subject's pseudonym.
    pub subject_tag: SubjectTag,
    /// SHA-256 over the payload, which nobody but the agents may read.
    pub payload_digest: [u8; 32],
    /// Items whose values stand in the payload, to be passed on to a source.
    pub gives: Vec<ItemNo>,
    /// Verdicts of the flow that are asked for; only a match asks for any.
    pub verdicts: Vec<String>,
    /// The centers that it is for, where the flow asks named centers; twice the same counts once.
    pub named: Vec<String>,
    /// Digest of the flow as the asking node knows it ([`crate::Flow::digest`]).
    pub flow_digest: [u8; 32],
}

/// SHA-256 over the payload of a question, as every side computes it.
#[must_use]
pub fn payload_digest(payload: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(payload);
    sha256(context)
}

/// Why a draft is not a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuestionFault {
    /// The asking node's id is malformed.
    #[error("the asking node is not a node id")]
    BadNode,
    /// The flow number is malformed.
    #[error("the flow is not a flow number")]
    BadFlow,
    /// The matter number is malformed.
    #[error("the matter is not a matter number")]
    BadMatter,
    /// Nothing is asked for.
    #[error("no item is asked for")]
    NoItems,
    /// More items than the catalog has.
    #[error("more than {QUESTION_ITEMS_MAX} items are asked for")]
    TooManyItems,
    /// The catalog has no such class.
    #[error("the catalog has no class `{0}`")]
    UnknownClass(ClassNo),
    /// The catalog has no such item.
    #[error("the catalog has no item `{0}`")]
    UnknownItem(ItemNo),
    /// The item is passed on to a source and never answered.
    #[error("item `{0}` is passed on only and is never answered")]
    InputOnly(ItemNo),
    /// More values are passed on than any source takes.
    #[error("more than {GIVES_MAX} values are passed on")]
    TooManyGiven,
    /// A verdict's name is malformed, too many are asked for, or details are asked beside them.
    #[error("the verdicts asked for are not verdicts of a match")]
    BadVerdict,
    /// The name of a center is malformed.
    #[error("a center that is named is no node id")]
    BadCenter,
    /// More centers are named than a question may ask.
    #[error("more than {NAMED_MAX} centers are named")]
    TooManyCenters,
}

impl QuestionFault {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadNode => "bad-node",
            Self::BadFlow => "bad-flow",
            Self::BadMatter => "bad-matter",
            Self::NoItems => "no-items",
            Self::TooManyItems => "too-many-items",
            Self::UnknownClass(_) => "unknown-class",
            Self::UnknownItem(_) => "unknown-item",
            Self::InputOnly(_) => "input-only",
            Self::TooManyGiven => "too-many-given",
            Self::BadVerdict => "bad-verdict",
            Self::BadCenter => "bad-center",
            Self::TooManyCenters => "too-many-centers",
        }
    }
}

/// A question whose every item to be answered the catalog knows. Says nothing yet about who may ask
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    asking_node: String,
    flow: FlowId,
    matter: MatterNo,
    mode: Mode,
    wants: BTreeMap<ClassNo, BTreeSet<ItemNo>>,
    /// Signed for, but only a newer catalog has them.
    beyond: BTreeSet<ItemNo>,
    subject_tag: SubjectTag,
    payload_digest: [u8; 32],
    gives: BTreeSet<ItemNo>,
    verdicts: BTreeSet<VerdictId>,
    named: BTreeSet<String>,
    flow_digest: [u8; 32],
    digest: [u8; 32],
}

impl Question {
    /// Checks a draft against the catalog.
    pub fn parse(draft: QuestionDraft, catalog: &Catalog) -> Result<Self, QuestionFault> {
        let question = Self::parse_newer(draft, catalog)?;
        match question.beyond.first() {
            None => Ok(question),
            Some(no) if catalog.class(no.class()).is_none() => {
                Err(QuestionFault::UnknownClass(no.class()))
            }
            Some(no) => Err(QuestionFault::UnknownItem(*no)),
        }
    }

    /// As [`Question::parse`], for an answering side whose catalog may be older than the question:
    /// items that it lacks are set apart in [`Question::beyond`]. They count for the digest, since
    /// the asking node has signed for them, and can never be answered.
    pub fn parse_newer(draft: QuestionDraft, catalog: &Catalog) -> Result<Self, QuestionFault> {
        if !is_node_id(&draft.asking_node) {
            return Err(QuestionFault::BadNode);
        }
        let flow = draft.flow.parse().map_err(|_| QuestionFault::BadFlow)?;
        let matter = draft.matter.parse().map_err(|_| QuestionFault::BadMatter)?;
        let (wants, beyond) = sorted(&draft.wants, catalog)?;
        let gives = given(&draft.gives, catalog)?;
        let verdicts = verdicts(&draft.verdicts, draft.mode)?;
        let named = named(draft.named)?;
        let mut question = Self {
            asking_node: draft.asking_node,
            flow,
            matter,
            mode: draft.mode,
            wants,
            beyond,
            subject_tag: draft.subject_tag,
            payload_digest: draft.payload_digest,
            gives,
            verdicts,
            named,
            flow_digest: draft.flow_digest,
            digest: [0; 32],
        };
        question.digest = question.digested();
        Ok(question)
    }

    /// The node that asks.
    #[must_use]
    pub fn asking_node(&self) -> &str {
        &self.asking_node
    }

    /// The flow it claims to belong to.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// The matter it serves.
    #[must_use]
    pub const fn matter(&self) -> MatterNo {
        self.matter
    }

    /// Match or details.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The items wanted, by class; no class is empty.
    #[must_use]
    pub const fn wants(&self) -> &BTreeMap<ClassNo, BTreeSet<ItemNo>> {
        &self.wants
    }

    /// Items that only a newer catalog has; empty unless [`Question::parse_newer`] read it.
    #[must_use]
    pub const fn beyond(&self) -> &BTreeSet<ItemNo> {
        &self.beyond
    }

    /// The subject's pseudonym.
    #[must_use]
    pub const fn subject_tag(&self) -> &SubjectTag {
        &self.subject_tag
    }

    /// SHA-256 over the payload.
    #[must_use]
    pub const fn payload_digest(&self) -> &[u8; 32] {
        &self.payload_digest
    }

    /// Items whose values stand in the payload, to be passed on to a source.
    #[must_use]
    pub const fn gives(&self) -> &BTreeSet<ItemNo> {
        &self.gives
    }

    /// Verdicts asked for; none unless the mode is a match.
    #[must_use]
    pub const fn verdicts(&self) -> &BTreeSet<VerdictId> {
        &self.verdicts
    }

    /// The centers that it is for; none where the flow says by itself who is asked.
    #[must_use]
    pub const fn named(&self) -> &BTreeSet<String> {
        &self.named
    }

    /// Every class that it is about, those among them of which only a newer catalog knows an item.
    pub fn classes(&self) -> impl Iterator<Item = ClassNo> {
        let beyond = self.beyond.iter().map(|item| item.class());
        self.wants.keys().copied().chain(beyond)
    }

    /// Digest of the flow as the asking node knows it.
    #[must_use]
    pub const fn flow_digest(&self) -> &[u8; 32] {
        &self.flow_digest
    }

    /// SHA-256 over all of the question: what a case assertion is bound to.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The same question in a mode that [`Question::parse`] might have refused.
    #[cfg(test)]
    pub(crate) fn in_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self.digest = self.digested();
        self
    }

    /// Every variable part carries its length, so that no two questions share an encoding.
    fn digested(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(DIGEST_DOMAIN);
        let flow = self.flow.to_string();
        let matter = self.matter.to_string();
        for text in [
            self.asking_node.as_str(),
            &flow,
            &matter,
            self.mode.as_str(),
        ] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        let signed: BTreeSet<&ItemNo> = self.wants.values().flatten().chain(&self.beyond).collect();
        for items in [signed, self.gives.iter().collect()] {
            context.update(&(items.len() as u64).to_be_bytes());
            for item in items {
                context.update(&[item.class().get(), item.item()]);
            }
        }
        let verdicts: Vec<&str> = self.verdicts.iter().map(VerdictId::as_str).collect();
        let named: Vec<&str> = self.named.iter().map(String::as_str).collect();
        for texts in [verdicts, named] {
            context.update(&(texts.len() as u64).to_be_bytes());
            for text in texts {
                context.update(&(text.len() as u64).to_be_bytes());
                context.update(text.as_bytes());
            }
        }
        context.update(&self.flow_digest);
        context.update(self.subject_tag.as_bytes());
        context.update(&self.payload_digest);
        sha256(context)
    }
}

/// The items that the catalog knows, by class, and those that it lacks.
type Sorted = (BTreeMap<ClassNo, BTreeSet<ItemNo>>, BTreeSet<ItemNo>);

fn sorted(wants: &[ItemNo], catalog: &Catalog) -> Result<Sorted, QuestionFault> {
    if wants.len() > QUESTION_ITEMS_MAX {
        return Err(QuestionFault::TooManyItems);
    }
    let (mut known, mut beyond) = Sorted::default();
    for no in wants.iter().copied() {
        match catalog.item(no) {
            Some(item) if item.input_only => return Err(QuestionFault::InputOnly(no)),
            Some(_) => {
                known.entry(no.class()).or_default().insert(no);
            }
            None => {
                beyond.insert(no);
            }
        }
    }
    if known.is_empty() && beyond.is_empty() {
        Err(QuestionFault::NoItems)
    } else {
        Ok((known, beyond))
    }
}

fn given(gives: &[ItemNo], catalog: &Catalog) -> Result<BTreeSet<ItemNo>, QuestionFault> {
    if gives.len() > GIVES_MAX {
        return Err(QuestionFault::TooManyGiven);
    }
    match gives.iter().find(|no| catalog.item(**no).is_none()) {
        Some(unknown) => Err(QuestionFault::UnknownItem(*unknown)),
        None => Ok(gives.iter().copied().collect()),
    }
}

fn named(centers: Vec<String>) -> Result<BTreeSet<String>, QuestionFault> {
    if centers.len() > NAMED_MAX {
        return Err(QuestionFault::TooManyCenters);
    }
    if centers.iter().all(|center| is_node_id(center)) {
        Ok(centers.into_iter().collect())
    } else {
        Err(QuestionFault::BadCenter)
    }
}

fn verdicts(names: &[String], mode: Mode) -> Result<BTreeSet<VerdictId>, QuestionFault> {
    if names.len() > VERDICTS_MAX || (!names.is_empty() && mode != Mode::Match) {
        return Err(QuestionFault::BadVerdict);
    }
    let read = names.iter().map(|name| name.parse());
    read.collect::<Result<_, _>>()
        .map_err(|_| QuestionFault::BadVerdict)
}
