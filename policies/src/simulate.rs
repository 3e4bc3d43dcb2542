//! What other rules would have decided: recorded asks decided again under a changed set, and every
//! decision that differs. Signatures are not verified a second time, and no permit comes of it.

use std::collections::BTreeSet;

use catalog::{Catalog, ItemNo};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::caller::{Caller, Suspensions};
use crate::case::{
    Basis, CaseAssertion, CaseFault, CaseParty, NONCE_BYTES, SupposedCase, VerifiedCase,
};
use crate::explain::Explanation;
use crate::flow::{BEIJING, BasisKind, BasisPart, FlowId, MatterNo, Mode, PartyRole, day};
use crate::permit::Suspended;
use crate::question::{Question, QuestionDraft, QuestionFault};
use crate::rules::RuleSet;
use crate::subject::{SubjectTag, TAG_BYTES};

/// Most asks that one simulation takes: a busy day of all centers several times over.
pub const ASKS_MAX: usize = 5_000_000;

/// Who decided and who is asked about do not matter here; these stand in for them.
const SOMEBODY: &str = "recorded";
const SOMEBODY_ELSE: &str = "recorded-approver";
const SUBJECT: SubjectTag = SubjectTag::from_bytes([1; TAG_BYTES]);
const NOBODY: SubjectTag = SubjectTag::from_bytes([0; TAG_BYTES]);

/// What is to be recorded of an ask so that it can be decided again. No person is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAsk {
    /// The question's number.
    pub query: String,
    /// When it was decided.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who asked.
    pub node: String,
    /// The flow of question and case.
    pub flow: FlowId,
    /// Their matter.
    pub matter: MatterNo,
    /// Match or details.
    pub mode: Mode,
    /// Items wanted, by number.
    pub items: Vec<String>,
    /// Items passed on, by number.
    #[serde(default)]
    pub gives: Vec<String>,
    /// Verdicts asked for.
    #[serde(default)]
    pub verdicts: Vec<String>,
    /// Centers that it was for, where its flow asks named ones.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub named: BTreeSet<String>,
    /// Kind of the basis.
    pub basis: BasisKind,
    /// What the basis carried.
    pub carries: BTreeSet<BasisPart>,
    /// In which roles the subject was a party; empty if it was none.
    pub roles: BTreeSet<PartyRole>,
    /// When the case was opened.
    #[serde(with = "day")]
    pub opened_on: Date,
    /// The day of its document.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub document_on: Option<Date>,
    /// Which use of the case it was.
    pub use_no: u32,
    /// The asking operator's statement.
    pub signed: RecordedSignature,
    /// The second approver's, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<RecordedSignature>,
    /// What was suspended.
    #[serde(default)]
    pub suspended: BTreeSet<Suspended>,
    /// The reason of the refusal ([`crate::Denial::reason`]); none if it was allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What is to be recorded of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedSignature {
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// When it expires.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Whether a designated officer made it.
    pub officer: bool,
}

impl RecordedAsk {
    /// What is to be recorded of an ask decided at `at`, and of its refusal if it was refused.
    #[must_use]
    pub fn of(
        query: &str,
        at: OffsetDateTime,
        case: &VerifiedCase,
        question: &Question,
        state: &Suspensions,
        refused: Option<String>,
    ) -> Self {
        let said = case.assertion();
        let numbers = |items: &mut dyn Iterator<Item = &ItemNo>| {
            items.map(ToString::to_string).collect::<Vec<_>>()
        };
        let by_officers = case.is_by_officers();
        let signature = |issued_at, expires_at| RecordedSignature {
            issued_at,
            expires_at,
            officer: by_officers,
        };
        Self {
            query: query.to_owned(),
            at,
            node: said.node.clone(),
            flow: question.flow(),
            matter: question.matter(),
            mode: question.mode(),
            items: numbers(&mut question.wants().values().flatten()),
            gives: numbers(&mut question.gives().iter()),
            verdicts: question
                .verdicts()
                .iter()
                .map(ToString::to_string)
                .collect(),
            named: question.named().clone(),
            basis: said.basis.kind,
            carries: said.basis.carried(),
            roles: case.roles_of(question.subject_tag()),
            opened_on: said.opened_on,
            document_on: said.basis.issued_on,
            use_no: said.use_no,
            signed: signature(said.issued_at, said.expires_at),
            approved: case
                .approval()
                .map(|other| signature(other.issued_at, other.expires_at)),
            suspended: suspended(case, question, state),
            refused,
        }
    }
}

fn suspended(case: &VerifiedCase, question: &Question, state: &Suspensions) -> BTreeSet<Suspended> {
    let node = question.asking_node();
    let asker = case.assertion().operator.as_str();
    let mut operators = std::iter::once(asker).chain(case.approver());
    let found = [
        (state.has_node(node), Suspended::Node),
        (
            operators.any(|operator| state.has_operator(node, operator)),
            Suspended::Operator,
        ),
        (state.has_flow(question.flow()), Suspended::Flow),
        (
            state.has_case(node, &case.assertion().case_no),
            Suspended::Case,
        ),
    ];
    let stands = found.into_iter().filter(|(stands, _)| *stands);
    stands.map(|(_, what)| what).collect()
}

/// A decision that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The question's number.
    pub query: String,
    /// When it was decided.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who asked.
    pub node: String,
    /// In which flow.
    pub flow: FlowId,
    /// `allowed`, or the reason of the refusal, as recorded.
    pub was: String,
    /// The same, as decided now.
    pub now: String,
    /// What decides now: the step's detail, or the policies that forbid.
    pub because: String,
}

/// An ask that could not be decided again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The question's number.
    pub query: String,
    /// What does not fit: a code of [`AskFault`].
    pub code: &'static str,
}

/// Why recorded facts make no ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskFault {
    /// An item's number is malformed.
    #[error("an item is no item number")]
    BadItem,
    /// They make no question.
    #[error(transparent)]
    Question(#[from] QuestionFault),
    /// They make no case.
    #[error(transparent)]
    Case(#[from] CaseFault),
}

impl AskFault {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadItem => "bad-item",
            Self::Question(fault) => fault.as_str(),
            Self::Case(fault) => fault.as_str(),
        }
    }
}

/// What a changed set would have decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// Asks decided again.
    pub decided: u64,
    /// Of these, allowed now.
    pub allowed: u64,
    /// Decisions that differ, in the order of the asks.
    pub differ: Vec<Difference>,
    /// Asks that could not be decided again.
    pub unreadable: Vec<Unreadable>,
    /// Asks beyond [`ASKS_MAX`], not looked at.
    pub beyond: u64,
}

/// Decides recorded asks again by another set. The asking nodes are taken to know the flows of that
/// set: else every flow whose file was touched would be refused for its version alone.
#[must_use]
pub fn simulate(
    rules: &RuleSet,
    catalog: &Catalog,
    asks: impl IntoIterator<Item = RecordedAsk>,
) -> Simulation {
    let mut done = Simulation::default();
    for (no, ask) in asks.into_iter().enumerate() {
        if no >= ASKS_MAX {
            done.beyond += 1;
            continue;
        }
        match ask.decide(rules, catalog) {
            Ok((code, because)) => {
                done.decided += 1;
                done.allowed += u64::from(code == ALLOWED);
                let was = ask.refused.unwrap_or_else(|| ALLOWED.to_owned());
                if was != code {
                    done.differ.push(Difference {
                        query: ask.query,
                        at: ask.at,
                        node: ask.node,
                        flow: ask.flow,
                        was,
                        now: code.to_owned(),
                        because,
                    });
                }
            }
            Err(fault) => done.unreadable.push(Unreadable {
                query: ask.query,
                code: fault.as_str(),
            }),
        }
    }
    done
}

const ALLOWED: &str = "allowed";

impl RecordedAsk {
    /// Why these rules would allow or refuse the ask, rule by rule.
    ///
    /// # Errors
    /// The facts make no question or no case.
    pub fn explain(&self, rules: &RuleSet, catalog: &Catalog) -> Result<Explanation, AskFault> {
        let question = self.question(rules, catalog)?;
        let caller = Caller::proven(&self.node)?;
        let case = self.case(&question)?;
        let state = self.suspensions();
        let policies = rules.policies();
        Ok(policies.explain(&caller, &case, &question, &state, self.at))
    }

    /// The code of the decision and what it rests on.
    fn decide(
        &self,
        rules: &RuleSet,
        catalog: &Catalog,
    ) -> Result<(&'static str, String), AskFault> {
        let told = self.explain(rules, catalog)?;
        let because = match told.decided_by() {
            Some(step) => format!("{}: {}", step.rule, step.detail),
            None => told.forbidding().collect::<Vec<_>>().join(" "),
        };
        Ok((told.code, because))
    }

    fn question(&self, rules: &RuleSet, catalog: &Catalog) -> Result<Question, AskFault> {
        let flow = rules.flows().flow(&self.flow);
        let draft = QuestionDraft {
            asking_node: self.node.clone(),
            flow: self.flow.to_string(),
            matter: self.matter.to_string(),
            mode: self.mode,
            wants: numbers(&self.items)?,
            subject_tag: SUBJECT,
            payload_digest: [0; 32],
            gives: numbers(&self.gives)?,
            verdicts: self.verdicts.clone(),
            named: self.named.iter().cloned().collect(),
            flow_digest: flow.map_or([0; 32], |flow| flow.digest),
        };
        Ok(Question::parse(draft, catalog)?)
    }

    fn case(&self, question: &Question) -> Result<SupposedCase, AskFault> {
        let case = self.statement(SOMEBODY, &self.signed).bound_to(question);
        let Some(approval) = &self.approved else {
            return Ok(case);
        };
        let approval = self.statement(SOMEBODY_ELSE, approval).bound_to(question);
        Ok(case.approved_by(&approval)?)
    }

    fn statement(&self, operator: &str, signature: &RecordedSignature) -> SupposedCase {
        let party = |role: &PartyRole| CaseParty {
            role: *role,
            tag: SUBJECT,
        };
        let mut parties: Vec<_> = self.roles.iter().map(party).collect();
        if parties.is_empty() {
            parties.push(CaseParty {
                role: PartyRole::Applicant,
                tag: NOBODY,
            });
        }
        let mut nonce = [0; NONCE_BYTES];
        for (to, from) in nonce.iter_mut().zip(operator.bytes().rev()) {
            *to = from;
        }
        let assertion = CaseAssertion {
            node: self.node.clone(),
            case_no: self.query.clone(),
            flow: self.flow,
            matter: self.matter,
            basis: self.ground(),
            parties,
            operator: operator.to_owned(),
            counter: SOMEBODY.to_owned(),
            system: SOMEBODY.to_owned(),
            opened_on: self.opened_on,
            issued_at: signature.issued_at,
            expires_at: signature.expires_at,
            nonce,
            use_no: self.use_no,
            query_digest: [0; 32],
        };
        SupposedCase::new(assertion, signature.officer)
    }

    /// A basis that carries what the recorded one did.
    fn ground(&self) -> Basis {
        let carries = |part| self.carries.contains(&part);
        let text = |part| carries(part).then(|| SOMEBODY.to_owned());
        let day = self.at.to_offset(BEIJING).date();
        let document_on = self.document_on.unwrap_or(self.opened_on);
        let officers = [SOMEBODY, SOMEBODY_ELSE].map(str::to_owned).to_vec();
        Basis {
            kind: self.basis,
            number: text(BasisPart::Number).unwrap_or_default(),
            consent: carries(BasisPart::Consent),
            issuer: text(BasisPart::Issuer),
            issued_on: carries(BasisPart::Date).then_some(document_on),
            from: carries(BasisPart::Period).then_some(day),
            until: carries(BasisPart::Period).then_some(day),
            officers: if carries(BasisPart::Officers) {
                officers
            } else {
                Vec::new()
            },
            approver: text(BasisPart::Approver),
            scope: text(BasisPart::Scope),
        }
    }

    fn suspensions(&self) -> Suspensions {
        let mut state = Suspensions::default();
        for suspended in &self.suspended {
            match suspended {
                Suspended::Node => state.set_node(&self.node, true),
                Suspended::Operator => state.set_operator(&self.node, SOMEBODY, true),
                Suspended::Flow => state.add_flow(self.flow),
                Suspended::Case => state.set_case(&self.node, &self.query, true),
            }
        }
        state
    }
}

fn numbers(items: &[String]) -> Result<Vec<ItemNo>, AskFault> {
    let read = items
        .iter()
        .map(|item| item.parse().map_err(|_| AskFault::BadItem));
    read.collect()
}
