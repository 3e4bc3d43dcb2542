//! From what the hub sent to a question that the guard let through. Nothing is believed because the
//! hub says so: case, approval, flow, items, subject and what is passed on are all checked here.

use catalog::{ClassNo, ItemNo};
use policies::guard::{GuardDenial, GuardPass};
use policies::{
    CaseFault, Flow, MeasureFault, Measuring, Mode, Question, QuestionDraft, SignedCase,
    SubjectTag, VerdictId, payload_digest, shown_digest,
};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use wire::convert::{self, Payload, WireError};
use wire::{Refusal, RefusalCode, v1};

use super::Answerer;
use crate::book::is_query_id;
use crate::{measures, shown};

/// A question that the guard let through.
pub(super) struct Admitted {
    pub(super) pass: GuardPass,
    pub(super) question: Question,
    /// The flow by which it was let through.
    pub(super) flow: Flow,
    /// Whom it is about, what it passes on, what verdicts are measured against.
    pub(super) payload: Payload,
    /// By what it measures, as keyed digests.
    pub(super) measuring: Measuring,
}

impl Admitted {
    /// Whether what is found in the class is an employer's people, who are judged and never shown.
    pub(super) fn shows_no_details(&self, class: ClassNo) -> bool {
        let is_employer = matches!(self.payload.subject, catalog::Subject::Employer(_));
        is_employer && class.is_about_persons() && self.pass.mode() == Mode::Details
    }

    /// Items that only the asking side's newer catalog has.
    pub(super) fn beyond(&self) -> &BTreeSet<ItemNo> {
        self.pass.beyond()
    }
}

impl Answerer {
    /// The guard's decision: case, flow, items and vetoes first, then the subject behind the tag.
    pub(super) fn admit(&self, ask: &v1::NodeAsk) -> Result<Admitted, Refusal> {
        if self.distrust.holds() {
            return Err(RefusalCode::GuardHub.into());
        }
        if !is_query_id(&ask.query_id) {
            return Err(RefusalCode::GuardFlow.into());
        }
        let question = self.question(ask)?;
        let case = signed(ask.case.as_ref().ok_or(RefusalCode::GuardCase)?);
        let now = self.clock.now();
        let approval = ask.approval.as_ref().map(shown::from_wire);
        let approval = approval
            .map(|approval| approval.ok_or(RefusalCode::GuardApprover))
            .transpose()?;
        let rules = self.rules.current();
        let pass = rules
            .guard()
            .check(&ask.asking_node, &case, approval.as_ref(), &question, now)
            .map_err(|denial| Refusal::by(guard_code(&denial), denial.rule()))?;
        let flow = rules.flows().flow(&pass.flow());
        let flow = flow.ok_or(RefusalCode::GuardFlow)?.clone();
        let payload = Payload::decode(&self.catalog, &ask.payload, question.gives());
        let payload = payload.map_err(|error| match error {
            WireError::Missing("given") | WireError::Value(_) => RefusalCode::GuardFlow,
            _ => RefusalCode::GuardSubject,
        })?;
        if self.tag_key.tag(&payload.subject.key()) != *question.subject_tag() {
            return Err(RefusalCode::GuardSubject.into());
        }
        // Only agents see whether a tag is a house's: what is said of houses is about them alone.
        if payload.subject.is_house() != pass.is_about_house(&question) {
            return Err(RefusalCode::GuardSubject.into());
        }
        // Whatever role the case gives an employer: its people are no party of it.
        self.check_shown(&pass, &question, &payload)?;
        let is_asked = |verdict: &String| question.verdicts().iter().any(|v| v.as_str() == verdict);
        if !payload.measures.keys().all(is_asked) {
            return Err(RefusalCode::GuardFlow.into());
        }
        let case_no = pass.case().assertion().case_no.as_str();
        let measuring = measures::measuring(
            &self.tag_key,
            (&ask.asking_node, case_no),
            question.subject_tag(),
            &payload.measures,
        );
        let admitted = Admitted {
            pass,
            question,
            flow,
            payload,
            measuring,
        };
        // Whatever role the case gives an employer: its people are no party of it.
        let mut classes = admitted.pass.items().keys();
        if classes.any(|class| admitted.shows_no_details(*class)) {
            return Err(RefusalCode::GuardPeople.into());
        }
        self.count_measures(&admitted, now)?;
        Ok(admitted)
    }

    /// What the question measures is what its verdicts take, and none too many. Last of all, so
    /// that what is refused counts for nothing.
    fn count_measures(&self, admitted: &Admitted, now: OffsetDateTime) -> Result<(), RefusalCode> {
        let flow = &admitted.flow;
        for (verdict, measure) in &admitted.payload.measures {
            let id: VerdictId = verdict.parse().map_err(|_| RefusalCode::GuardFlow)?;
            let rule = flow.verdicts.get(&id).ok_or(RefusalCode::GuardFlow)?;
            rule.check_yardstick(Some(&measures::yardstick(measure)))
                .map_err(|_| RefusalCode::GuardFlow)?;
        }
        let counted = self.measures.count(&admitted.measuring, flow, now);
        counted.map_err(|fault| match fault {
            MeasureFault::UsedUp => RefusalCode::GuardMeasures,
            MeasureFault::UsedUpOverall => RefusalCode::GuardSubjectMeasures,
            MeasureFault::Full => RefusalCode::MeasureMemory,
        })
    }

    /// The officer who approved was shown this very subject, and not another one's digest.
    fn check_shown(
        &self,
        pass: &GuardPass,
        question: &Question,
        payload: &Payload,
    ) -> Result<(), RefusalCode> {
        let Some(approval) = pass.case().approval() else {
            return Ok(());
        };
        let salt = self
            .tag_key
            .approval_salt(approval.nonce(), question.digest());
        if shown_digest(&salt, &shown::text(payload)) == *approval.shown() {
            Ok(())
        } else {
            Err(RefusalCode::GuardSubject)
        }
    }

    fn question(&self, ask: &v1::NodeAsk) -> Result<Question, RefusalCode> {
        let envelope = ask.envelope.as_ref().ok_or(RefusalCode::GuardFlow)?;
        let wants = convert::wants_of_any_version(&envelope.wants).map_err(|e| match e {
            // No catalog of this program can have them, so not even the digest can be computed.
            WireError::UnknownClass | WireError::UnknownItem => RefusalCode::NotCoveredVersion,
            _ => RefusalCode::GuardFlow,
        })?;
        let tag = <[u8; 32]>::try_from(envelope.subject_tag.as_slice())
            .map_err(|_| RefusalCode::GuardSubject)?;
        let mode = match v1::Mode::try_from(envelope.mode) {
            Ok(v1::Mode::Match) => Mode::Match,
            Ok(v1::Mode::Details) => Mode::Details,
            Ok(v1::Mode::Unspecified) | Err(_) => return Err(RefusalCode::GuardFlow),
        };
        let gives =
            convert::items_of_any_version(&envelope.gives).map_err(|_| RefusalCode::GuardFlow)?;
        let draft = QuestionDraft {
            asking_node: ask.asking_node.clone(),
            flow: envelope.flow.clone(),
            matter: envelope.matter.clone(),
            mode,
            wants: wants.into_values().flatten().collect(),
            subject_tag: SubjectTag::from_bytes(tag),
            payload_digest: payload_digest(&ask.payload),
            gives: gives.into_values().flatten().collect(),
            verdicts: envelope.verdicts.clone(),
            named: envelope.named.clone(),
            flow_digest: <[u8; 32]>::try_from(envelope.flow_digest.as_slice())
                .map_err(|_| RefusalCode::GuardFlow)?,
        };
        // The asking node signed for every item, so the guard needs them all; those of a newer
        // catalog are told apart and never answered.
        Question::parse_newer(draft, &self.catalog).map_err(|_| RefusalCode::GuardFlow)
    }
}

fn signed(case: &v1::SignedCase) -> SignedCase {
    SignedCase {
        body: case.body.clone(),
        signature: case.signature.clone(),
    }
}

/// The guard's reason as the hub and the asking clerk see it: which key refused, and nothing of the
/// subject. Which rule of the center it was is told beside it.
pub(super) fn guard_code(denial: &GuardDenial) -> RefusalCode {
    match denial {
        GuardDenial::Case(fault) => case_code(*fault),
        GuardDenial::NotATarget => RefusalCode::GuardTarget,
        GuardDenial::NotEnabledHere => RefusalCode::GuardNotEnabled,
        GuardDenial::FlowNotEnabled => RefusalCode::GuardAskerNotEnabled,
        GuardDenial::OutsideHours(_) => RefusalCode::GuardHours,
        GuardDenial::FlowVersion => RefusalCode::GuardVersion,
        GuardDenial::PolicyError => RefusalCode::GuardPolicy,
        GuardDenial::FlowUnknown(_) => RefusalCode::GuardFlow,
        GuardDenial::BadCenters => RefusalCode::GuardCenters,
        GuardDenial::ModeMismatch => RefusalCode::GuardMode,
        GuardDenial::VerdictOutsideFlow { .. } => RefusalCode::GuardVerdict,
        GuardDenial::ClassOutsideFlow { .. } | GuardDenial::ItemOutsideFlow { .. } => {
            RefusalCode::GuardItem
        }
        GuardDenial::Vetoed(_) => RefusalCode::GuardVeto,
    }
}

/// Why the case does not carry the question, where whoever asks can mend it; the rest is a case
/// that the answering center could not verify.
const fn case_code(fault: CaseFault) -> RefusalCode {
    match fault {
        CaseFault::WrongSubject => RefusalCode::GuardSubject,
        CaseFault::Expired | CaseFault::NotYetValid | CaseFault::LifetimeTooLong => {
            RefusalCode::GuardTime
        }
        CaseFault::ApproverMissing | CaseFault::BadApproval => RefusalCode::GuardApprover,
        CaseFault::ForgedApproval => RefusalCode::GuardApproverSignature,
        CaseFault::NotAnOfficer => RefusalCode::GuardOfficer,
        CaseFault::Missing
        | CaseFault::Malformed
        | CaseFault::PersonalData
        | CaseFault::TooLarge
        | CaseFault::UnknownNode
        | CaseFault::BadSignature
        | CaseFault::WrongNode
        | CaseFault::WrongFlow
        | CaseFault::WrongMatter
        | CaseFault::MatterOutsideFlow
        | CaseFault::WrongBasis
        | CaseFault::BasisMissing
        | CaseFault::ConsentMissing
        | CaseFault::RoleNotAdmitted
        | CaseFault::OverUsed
        | CaseFault::WrongQuestion => RefusalCode::GuardCase,
    }
}
