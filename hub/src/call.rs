//! A question as it arrived, within its limits but not yet believed.

use catalog::Catalog;
use policies::{
    CASE_BODY_BYTES_MAX, Caller, Mode, Question, QuestionDraft, QuestionFault, SignedApproval,
    SignedCase, SubjectTag, payload_digest,
};
use wire::convert;
use wire::digests::Digests;
use wire::limits::{APPROVAL_BYTES_MAX, APPROVAL_PATH_MAX, ASK_PAYLOAD_BYTES_MAX, NAME_BYTES_MAX};
use wire::{RefusalCode, WireError, v1};

/// What an asking node sent.
#[derive(Debug)]
pub struct Call {
    envelope: v1::Envelope,
    subject_tag: SubjectTag,
    mode: Mode,
    /// The case statement, unread.
    pub case: SignedCase,
    /// The second operator's statement, unread, where one came along.
    pub approval: Option<SignedApproval>,
    /// The subject, sealed from the hub's point of view.
    pub payload: Vec<u8>,
    /// What the caller still waits; 0 leaves it to the flow.
    pub deadline_ms: u32,
}

impl Call {
    /// Takes a message apart and checks its sizes.
    ///
    /// # Errors
    /// A field is missing or too large.
    pub fn read(request: &v1::AskRequest) -> Result<Self, RefusalCode> {
        let envelope = request.envelope.as_ref().ok_or(RefusalCode::AskMalformed)?;
        let names = [&envelope.flow, &envelope.matter];
        let is_large = names.iter().any(|name| name.len() > NAME_BYTES_MAX)
            || request.payload.len() > ASK_PAYLOAD_BYTES_MAX
            || request
                .case
                .as_ref()
                .is_some_and(|case| case.body.len() > CASE_BODY_BYTES_MAX)
            || request.approval.as_ref().is_some_and(is_large_approval);
        if is_large {
            return Err(RefusalCode::AskTooLarge);
        }
        let tag = <[u8; 32]>::try_from(envelope.subject_tag.as_slice())
            .map_err(|_| RefusalCode::AskMalformed)?;
        let mode = match v1::Mode::try_from(envelope.mode) {
            Ok(v1::Mode::Match) => Mode::Match,
            Ok(v1::Mode::Details) => Mode::Details,
            Ok(v1::Mode::Unspecified) | Err(_) => return Err(RefusalCode::AskMalformed),
        };
        let case = request.case.clone().unwrap_or_default();
        Ok(Self {
            subject_tag: SubjectTag::from_bytes(tag),
            mode,
            envelope: envelope.clone(),
            case: signed(case),
            approval: request.approval.as_ref().map(approved).transpose()?,
            payload: request.payload.clone(),
            deadline_ms: request.deadline_ms,
        })
    }

    /// The question, every class and item known to the catalog.
    ///
    /// # Errors
    /// It names what the catalog does not have.
    pub fn question(&self, catalog: &Catalog, caller: &Caller) -> Result<Question, RefusalCode> {
        let wants =
            convert::wants_from_wire(catalog, &self.envelope.wants).map_err(|e| match e {
                WireError::UnknownClass | WireError::UnknownItem => RefusalCode::ItemUnknown,
                WireError::TooLarge(_) => RefusalCode::AskTooLarge,
                WireError::Undecodable
                | WireError::Missing(_)
                | WireError::Twice(_)
                | WireError::Subject(_)
                | WireError::Value(_) => RefusalCode::AskMalformed,
            })?;
        let gives = convert::items_of_any_version(&self.envelope.gives)
            .map_err(|_| RefusalCode::AskMalformed)?;
        let draft = QuestionDraft {
            asking_node: caller.node().to_owned(),
            flow: self.envelope.flow.clone(),
            matter: self.envelope.matter.clone(),
            mode: self.mode,
            wants: wants.into_values().flatten().collect(),
            subject_tag: self.subject_tag,
            payload_digest: payload_digest(&self.payload),
            gives: gives.into_values().flatten().collect(),
            verdicts: self.envelope.verdicts.clone(),
            named: self.envelope.named.clone(),
            flow_digest: <[u8; 32]>::try_from(self.envelope.flow_digest.as_slice())
                .map_err(|_| RefusalCode::AskMalformed)?,
        };
        Question::parse(draft, catalog).map_err(|fault| match fault {
            QuestionFault::BadFlow => RefusalCode::FlowUnknown,
            QuestionFault::UnknownClass(_)
            | QuestionFault::UnknownItem(_)
            | QuestionFault::InputOnly(_) => RefusalCode::ItemUnknown,
            QuestionFault::TooManyItems
            | QuestionFault::TooManyGiven
            | QuestionFault::TooManyCenters => RefusalCode::AskTooLarge,
            QuestionFault::BadVerdict => RefusalCode::VerdictOutsideFlow,
            QuestionFault::BadCenter => RefusalCode::CenterUnknown,
            QuestionFault::BadNode | QuestionFault::BadMatter | QuestionFault::NoItems => {
                RefusalCode::AskMalformed
            }
        })
    }

    /// The flow as asked for, for the record of a refusal: a flow number or nothing.
    #[must_use]
    pub fn flow(&self) -> String {
        self.envelope
            .flow
            .parse()
            .map_or(String::new(), |flow: policies::FlowId| flow.to_string())
    }

    /// The digests of the question, for the record.
    #[must_use]
    pub fn digests(&self) -> Digests {
        Digests::new(&self.case.body, &self.case.signature, &self.payload)
    }

    /// The subject's tag.
    #[must_use]
    pub fn subject_tag(&self) -> &SubjectTag {
        &self.subject_tag
    }

    /// The question for the nodes: what the permit grants, and not what was asked.
    #[must_use]
    pub fn for_nodes(&self, query_id: &str, permit: &policies::Permit) -> v1::NodeAsk {
        let mut envelope = self.envelope.clone();
        envelope.wants = convert::wants_to_wire(permit.granted());
        v1::NodeAsk {
            query_id: query_id.to_owned(),
            asking_node: permit.asking_node().to_owned(),
            envelope: Some(envelope),
            case: Some(unread(&self.case)),
            payload: self.payload.clone(),
            deadline_ms: 0,
            left_out: Vec::new(),
            approval: self.approval.as_ref().map(unread_approval),
            traceparent: String::new(),
        }
    }
}

fn is_large_approval(approval: &v1::SignedApproval) -> bool {
    approval.body.len() > APPROVAL_BYTES_MAX
        || approval.signer.len() > NAME_BYTES_MAX
        || approval.path.len() > APPROVAL_PATH_MAX
}

fn approved(approval: &v1::SignedApproval) -> Result<SignedApproval, RefusalCode> {
    let hash = |bytes: &Vec<u8>| <[u8; 32]>::try_from(bytes.as_slice());
    let path: Result<Vec<_>, _> = approval.path.iter().map(hash).collect();
    Ok(SignedApproval {
        body: approval.body.clone(),
        signature: approval.signature.clone(),
        signer: approval.signer.clone(),
        index: approval.index,
        path: path.map_err(|_| RefusalCode::AskMalformed)?,
        shown: hash(&approval.shown).map_err(|_| RefusalCode::AskMalformed)?,
    })
}

fn unread_approval(approval: &SignedApproval) -> v1::SignedApproval {
    v1::SignedApproval {
        body: approval.body.clone(),
        signature: approval.signature.clone(),
        signer: approval.signer.clone(),
        index: approval.index,
        path: approval.path.iter().map(|hash| hash.to_vec()).collect(),
        shown: approval.shown.to_vec(),
    }
}

fn signed(case: v1::SignedCase) -> SignedCase {
    SignedCase {
        body: case.body,
        signature: case.signature,
    }
}

fn unread(case: &SignedCase) -> v1::SignedCase {
    v1::SignedCase {
        body: case.body.clone(),
        signature: case.signature.clone(),
    }
}
