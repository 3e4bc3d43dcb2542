//! From a local system's request to a signed question.
//!
//! The subject is a party of the case as the business system holds it; what the local system says
//! about the subject is only compared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::identity::may_hold_id_number;
use catalog::{ClassNo, ItemNo, PersonId, Subject};
use policies::{
    Basis, BasisKind, CaseAssertion, CaseFault, CaseParty, Flow, Mode, NONCE_BYTES, Question,
    QuestionDraft, QuestionFault, is_staff_name, payload_digest,
};
use ring::rand::SecureRandom as _;
use serde::Deserialize;
use wire::convert;
use wire::{RefusalCode, v1};

use super::{Asker, OpenCase, bounded};
use crate::book::OwnerLooked;
use crate::translate::{LocalCase, Party};

/// How long a signed statement may be used: it is made for one question, which is sent at once.
const STATEMENT_LIFE: Duration = Duration::from_secs(60);

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
}

/// A person as a local system names them.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectBody {
    /// Code of the id type.
    pub id_type: String,
    /// The number, in any usual spelling.
    pub id_number: String,
}

/// Shows nothing: a request may be logged.
impl std::fmt::Debug for SubjectBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectBody(..)")
    }
}

/// A question and its payload.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) payload: Vec<u8>,
    pub(crate) deadline: Duration,
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
    let party = party(case, body)?;
    let payload = convert::subject_to_wire(&party.id);
    let wants = match &body.wants {
        Some(wants) => named(asker, wants)?,
        None => flow.items.values().flatten().copied().collect(),
    };
    let mode = match body.mode.as_deref() {
        None | Some("details") => Mode::Details,
        Some("match") => Mode::Match,
        Some(_) => return Err(RefusalCode::AskMalformed),
    };
    let draft = QuestionDraft {
        asking_node: asker.node.clone(),
        flow: open.flow.to_string(),
        matter: case.matter.clone(),
        mode,
        wants,
        subject_tag: asker.tag_key.tag(&party.id.key()),
        payload_digest: payload_digest(&payload),
    };
    let question = Question::parse(draft, &asker.catalog).map_err(|fault| match fault {
        QuestionFault::UnknownClass(_)
        | QuestionFault::UnknownItem(_)
        | QuestionFault::InputOnly(_) => RefusalCode::ItemUnknown,
        QuestionFault::TooManyItems => RefusalCode::AskTooLarge,
        QuestionFault::BadMatter => RefusalCode::CaseMatter,
        QuestionFault::BadNode | QuestionFault::BadFlow | QuestionFault::NoItems => {
            RefusalCode::AskMalformed
        }
    })?;
    Ok(Asked {
        question,
        payload,
        deadline: bounded(flow.deadline, body.deadline_ms),
    })
}

/// The request with the statement that is signed for it.
pub(crate) fn sign(
    asker: &Asker,
    open: &OpenCase,
    case: &LocalCase,
    flow: &Flow,
    asked: &Asked,
) -> Result<v1::AskRequest, RefusalCode> {
    let now = asker.clock.now();
    let mut nonce = [0_u8; NONCE_BYTES];
    asker
        .random
        .fill(&mut nonce)
        .map_err(|_| RefusalCode::LocalSource)?;
    let assertion = CaseAssertion {
        node: asker.node.clone(),
        case_no: case.case_no.clone(),
        flow: open.flow,
        matter: open.matter,
        basis: Basis {
            kind: BasisKind::A,
            number: case.application_no.clone(),
            consent: case.consent,
        },
        parties: parties(asker, case)?,
        operator: open.operator.clone(),
        counter: open.counter.clone(),
        system: open.system.clone(),
        opened_on: case.opened_on,
        issued_at: now,
        expires_at: now + STATEMENT_LIFE.min(flow.case_valid),
        nonce,
        use_no: open.next_use()?,
        query_digest: *asked.question.digest(),
    };
    let signed = asker.signer.sign(&assertion).map_err(|fault| match fault {
        CaseFault::PersonalData => RefusalCode::CasePersonal,
        _ => RefusalCode::CaseMalformed,
    })?;
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
        }),
        case: Some(v1::SignedCase {
            body: signed.body,
            signature: signed.signature,
        }),
        payload: asked.payload.clone(),
        deadline_ms: u32::try_from(asked.deadline.as_millis()).unwrap_or(u32::MAX),
    })
}

/// How long to wait for the hub.
pub(crate) fn wait(flow: &Flow, caller_ms: Option<u32>) -> Duration {
    bounded(flow.deadline, caller_ms)
}

/// The party asked about: by number, and if the local system named a person, that very person.
fn party<'a>(case: &'a LocalCase, body: &AskBody) -> Result<&'a Party, RefusalCode> {
    let Some(subject) = &body.subject else {
        return case.parties.get(body.party).ok_or(RefusalCode::CaseSubject);
    };
    let named = PersonId::parse(&subject.id_type, &subject.id_number)
        .map_err(|_| RefusalCode::SubjectMalformed)?;
    let named = Subject::Person(named).key();
    case.parties
        .iter()
        .find(|party| party.id.key() == named)
        .ok_or(RefusalCode::CaseSubject)
}

fn parties(asker: &Asker, case: &LocalCase) -> Result<Vec<CaseParty>, RefusalCode> {
    case.parties
        .iter()
        .map(|party| {
            let role = party
                .role
                .as_str()
                .parse()
                .map_err(|_| RefusalCode::CaseMalformed)?;
            Ok(CaseParty {
                role,
                tag: asker.tag_key.tag(&party.id.key()),
            })
        })
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
