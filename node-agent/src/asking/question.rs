//! From a local system's request to a signed question.
//!
//! The subject is a party of the case as the business system holds it; what the local system says
//! about the subject is only compared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::identity::may_hold_id_number;
use catalog::{ClassNo, ItemNo};
use policies::{
    CaseParty, Flow, MeasureFault, Measuring, Mode, PARTIES_MAX, PartyRole, Question,
    QuestionDraft, QuestionFault, SubjectTag, is_staff_name, payload_digest,
};
use serde::Deserialize;
use wire::convert::{self, Payload};
use wire::{RefusalCode, v1};
use zeroize::Zeroizing;

use super::given::{self, GivenBody};
use super::sheet::{Sheet, Signed};
use super::statement::{self, Statement};
use super::subject::{self, SubjectBody};
use super::verdicts::{self, YardstickBody};
use super::{Asker, OpenCase, bounded};
use crate::book::OwnerLooked;
use crate::translate::LocalCase;
use crate::{measures, shown};

/// What a local system sends to ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    /// Handle of the open case.
    pub case: String,
    /// Which party of the case, counted from 0.
    #[serde(default)]
    pub party: usize,
    /// `details` (the default) or `match`.
    pub mode: Option<String>,
    /// Items by class number; left out, everything that the flow lists.
    pub wants: Option<BTreeMap<String, Vec<String>>>,
    /// Whom the local system believes to ask about; compared with the case.
    pub subject: Option<SubjectBody>,
    /// How long the local system waits.
    pub deadline_ms: Option<u32>,
    /// Values that are passed on to a source, by item.
    pub given: Option<GivenBody>,
    /// The centers to ask, by node, where the flow asks those that the question names.
    pub at: Option<Vec<String>>,
    /// Verdicts that a match asks for; left out, all that can be judged.
    pub verdicts: Option<Vec<String>>,
    /// What verdicts are measured against.
    pub yardsticks: Option<BTreeMap<String, YardstickBody>>,
}

/// A question and its payload.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) question: Question,
    /// Holds what is passed on, so it is wiped when it is done with.
    pub(crate) payload: Zeroizing<Vec<u8>>,
    pub(crate) deadline: Duration,
    /// What an officer who approves is shown of the subject: masked.
    pub(crate) shown: String,
    /// By what it measures, as keyed digests.
    pub(crate) measuring: Measuring,
}

/// The question about one party of the case.
pub(crate) fn compose(
    asker: &Asker,
    open: &OpenCase,
    case: &LocalCase,
    flow: &Flow,
    body: &AskBody,
) -> Result<Asked, RefusalCode> {
    if case.matter != open.matter.to_string() {
        return Err(RefusalCode::CaseMatter);
    }
    let party = subject::party(case, body)?;
    let mode = mode_of(body)?;
    let wants: Vec<ItemNo> = match &body.wants {
        Some(wants) => named(asker, wants)?,
        None => subject::everything(flow, party, mode),
    };
    let wanted: BTreeSet<ClassNo> = wants.iter().map(|item| item.class()).collect();
    let (named, measured) = (body.verdicts.as_deref(), body.yardsticks.as_ref());
    let mut chosen = verdicts::chosen(flow, mode, &wanted, named, measured)?;
    if named.is_none() {
        chosen = subject::keep_fitting(chosen, flow, party)?;
    }
    let payload = Payload {
        subject: party.id.clone(),
        given: given::read(&asker.catalog, flow, party, &wanted, body.given.as_ref())?,
        measures: chosen.measures,
    };
    let gives = payload.given.items();
    let shown = shown::text(&payload);
    let subject_tag = asker.tag_key.tag(&party.id.key());
    let measuring = measures::measuring(
        &asker.tag_key,
        (&asker.node, &open.case_no),
        &subject_tag,
        &payload.measures,
    );
    let payload = payload.encode();
    let draft = QuestionDraft {
        asking_node: asker.node.clone(),
        flow: open.flow.to_string(),
        matter: case.matter.clone(),
        mode,
        wants,
        subject_tag,
        payload_digest: payload_digest(&payload),
        gives: gives.into_iter().collect(),
        verdicts: chosen.verdicts,
        named: named_centers(asker, body.at.as_deref())?,
        flow_digest: flow.digest,
    };
    let question = Question::parse(draft, &asker.catalog).map_err(no_question)?;
    Ok(Asked {
        question,
        payload,
        deadline: bounded(flow.deadline, body.deadline_ms),
        shown,
        measuring,
    })
}

fn mode_of(body: &AskBody) -> Result<Mode, RefusalCode> {
    match body.mode.as_deref() {
        None | Some("details") => Ok(Mode::Details),
        Some("match") => Ok(Mode::Match),
        Some(_) => Err(RefusalCode::AskMalformed),
    }
}

fn no_question(fault: QuestionFault) -> RefusalCode {
    match fault {
        QuestionFault::UnknownClass(_)
        | QuestionFault::UnknownItem(_)
        | QuestionFault::InputOnly(_) => RefusalCode::ItemUnknown,
        QuestionFault::TooManyItems
        | QuestionFault::TooManyGiven
        | QuestionFault::TooManyCenters => RefusalCode::AskTooLarge,
        QuestionFault::BadCenter => RefusalCode::CenterUnknown,
        QuestionFault::BadVerdict => RefusalCode::VerdictOutsideFlow,
        QuestionFault::BadMatter => RefusalCode::CaseMatter,
        QuestionFault::BadNode | QuestionFault::BadFlow | QuestionFault::NoItems => {
            RefusalCode::AskMalformed
        }
    }
}

/// The request with the statement that is signed for it, and the approval where the flow needs
/// one.
pub(crate) fn sign(
    asker: &Asker,
    open: &OpenCase,
    case: &LocalCase,
    flow: &Flow,
    asked: &Asked,
    approved: Option<(&Sheet, &Signed, usize)>,
) -> Result<v1::AskRequest, RefusalCode> {
    if !asker.book.has_room() {
        // What came back could only be kept in the reserve.
        return Err(RefusalCode::LocalAudit);
    }
    // By the rule of the answering centers, so that the clerk hears it at once.
    asker
        .measures
        .count(&asked.measuring, flow, asker.clock.now())
        .map_err(|fault| match fault {
            MeasureFault::UsedUp => RefusalCode::CaseMeasures,
            MeasureFault::UsedUpOverall => RefusalCode::SubjectMeasures,
            MeasureFault::Full => RefusalCode::MeasureMemory,
        })?;
    let basis = statement::basis(flow, case)?;
    let approval = approved.map(|(sheet, signed, line)| sheet.place(line, asked, &basis, signed));
    let approval = approval.transpose()?;
    let use_no = open.next_use()?;
    let made = Statement {
        case,
        flow,
        basis,
        parties: parties(asker, case, asked.question.subject_tag()),
        digest: *asked.question.digest(),
        use_no,
    };
    let signed = made.signed(asker, open)?;
    let question = &asked.question;
    let mode = match question.mode() {
        Mode::Match => v1::Mode::Match,
        Mode::Details => v1::Mode::Details,
    };
    Ok(v1::AskRequest {
        envelope: Some(v1::Envelope {
            flow: question.flow().to_string(),
            matter: question.matter().to_string(),
            mode: mode.into(),
            wants: convert::wants_to_wire(question.wants()),
            subject_tag: question.subject_tag().as_bytes().to_vec(),
            gives: convert::wants_to_wire(&by_class(question.gives())),
            verdicts: question
                .verdicts()
                .iter()
                .map(ToString::to_string)
                .collect(),
            flow_digest: question.flow_digest().to_vec(),
            named: question.named().iter().cloned().collect(),
        }),
        case: Some(signed),
        payload: asked.payload.to_vec(),
        deadline_ms: u32::try_from(asked.deadline.as_millis()).unwrap_or(u32::MAX),
        approval,
    })
}

fn by_class(items: &BTreeSet<ItemNo>) -> convert::Wants {
    let mut by_class = convert::Wants::new();
    for item in items {
        by_class.entry(item.class()).or_default().insert(*item);
    }
    by_class
}

/// How long to wait for the hub.
pub(crate) fn wait(flow: &Flow, caller_ms: Option<u32>) -> Duration {
    bounded(flow.deadline, caller_ms)
}

/// The parties as a statement names them: all of them, or of a case with a long list those whose
/// case it is and the one asked about.
fn parties(asker: &Asker, case: &LocalCase, subject: &SubjectTag) -> Vec<CaseParty> {
    let is_long = case.parties.len() > PARTIES_MAX;
    let is_principal = |role| matches!(role, PartyRole::Applicant | PartyRole::Employer);
    let tagged = case.parties.iter().map(|party| CaseParty {
        role: party.role,
        tag: asker.tag_key.tag(&party.id.key()),
    });
    tagged
        .filter(|party| !is_long || is_principal(party.role) || party.tag == *subject)
        .collect()
}

/// Items by number (`04-08`) or by the class's own codes (`grzhzt`).
fn named(asker: &Asker, wants: &BTreeMap<String, Vec<String>>) -> Result<Vec<ItemNo>, RefusalCode> {
    let mut items = BTreeSet::new();
    for (class, names) in wants {
        let class: ClassNo = class.parse().map_err(|_| RefusalCode::ItemUnknown)?;
        for name in names {
            let by_code = asker.catalog.item_by_code(class, name).map(|item| item.no);
            let by_number = || name.parse().ok().filter(|no: &ItemNo| no.class() == class);
            items.insert(by_code.or_else(by_number).ok_or(RefusalCode::ItemUnknown)?);
        }
    }
    Ok(items.into_iter().collect())
}

/// The centers to ask: nodes that this center knows, since it could read nobody else's answer.
fn named_centers(asker: &Asker, at: Option<&[String]>) -> Result<Vec<String>, RefusalCode> {
    let named = at.unwrap_or_default();
    if named.iter().all(|node| asker.trust.node(node).is_some()) {
        Ok(named.to_vec())
    } else {
        Err(RefusalCode::CenterUnknown)
    }
}

/// Operator and counter: staff names, and nobody's identity number.
pub(crate) fn check_names(names: [&str; 2]) -> Result<(), RefusalCode> {
    if names.into_iter().any(may_hold_id_number) {
        return Err(RefusalCode::CasePersonal);
    }
    if names.into_iter().all(is_staff_name) {
        Ok(())
    } else {
        Err(RefusalCode::AskMalformed)
    }
}

/// Text of a refused request as it may stand in the log: what looks like a staff, case or flow
/// number and holds no identity number. A clerk may have typed a citizen's name or number into the
/// wrong field, so everything else is left out.
pub(crate) fn loggable(text: &str) -> String {
    if is_staff_name(text) && !may_hold_id_number(text) {
        text.to_owned()
    } else {
        String::new()
    }
}

/// Whether an owner's look says who looks, and nobody's name or number stands in it: it goes into
/// the log.
pub(crate) fn is_fit_look(look: &OwnerLooked) -> bool {
    let words = [&look.what, &look.class, &look.case_no, &look.operator];
    let is_plain = |word: &&String| word.is_empty() || !loggable(word).is_empty();
    !look.operator.is_empty() && words.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_in_the_wrong_field_does_not_reach_the_log() {
        let names = [
            "110101190001010014",
            "11010119000101001X",
            "no.110101190001010014",
            "张三",
        ];
        for bad in names.into_iter().chain(["a b", "a\nb", &"x".repeat(65)]) {
            assert_eq!(loggable(bad), "", "{bad}");
        }
        assert_eq!(loggable("BJ-2026-000123"), "BJ-2026-000123");
    }

    #[test]
    fn names_are_short_visible_text_of_staff() {
        assert_eq!(check_names(["0231", "3"]), Ok(()));
        for bad in ["", "  ", "a\nb", "张三", &"x".repeat(65)] {
            assert_eq!(check_names([bad, "3"]), Err(RefusalCode::AskMalformed));
        }
        for bad in ["110101190001010014", "zhang.110101190001010014"] {
            assert_eq!(check_names(["0231", bad]), Err(RefusalCode::CasePersonal));
        }
    }
}
