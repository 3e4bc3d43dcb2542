//! From recorded facts to the question and the unsigned case that an explanation takes, as
//! `policies::simulate` makes them. Refuses facts that no question could be made of.

use anyhow::{Context as _, anyhow};
use catalog::{Catalog, ItemNo};
use policies::{
    BEIJING, Basis, BasisPart, Caller, CaseAssertion, CaseParty, NONCE_BYTES, PartyRole, Question,
    QuestionDraft, RecordedAsk, RecordedSignature, RuleSet, SubjectTag, SupposedCase, Suspended,
    Suspensions, TAG_BYTES,
};

/// Who asks and who is asked about do not matter to a rule; these stand in for them.
const SOMEBODY: &str = "supposed";
const SOMEBODY_ELSE: &str = "supposed-approver";
const SUBJECT: SubjectTag = SubjectTag::from_bytes([1; TAG_BYTES]);
const NOBODY: SubjectTag = SubjectTag::from_bytes([0; TAG_BYTES]);

/// What the decision takes.
#[derive(Debug)]
pub(super) struct Supposed {
    pub(super) caller: Caller,
    pub(super) question: Question,
    pub(super) case: SupposedCase,
    pub(super) state: Suspensions,
}

impl Supposed {
    pub(super) fn of(
        ask: &RecordedAsk,
        rules: &RuleSet,
        catalog: &Catalog,
    ) -> anyhow::Result<Self> {
        let question = question(ask, rules, catalog)?;
        Ok(Self {
            caller: Caller::proven(&ask.node)?,
            case: case(ask, &question)?,
            state: state(ask)?,
            question,
        })
    }
}

fn question(ask: &RecordedAsk, rules: &RuleSet, catalog: &Catalog) -> anyhow::Result<Question> {
    let flow = rules.flows().flow(&ask.flow);
    let draft = QuestionDraft {
        asking_node: ask.node.clone(),
        flow: ask.flow.to_string(),
        matter: ask.matter.to_string(),
        mode: ask.mode,
        wants: numbers(&ask.items)?,
        subject_tag: SUBJECT,
        payload_digest: [0; 32],
        gives: numbers(&ask.gives)?,
        verdicts: ask.verdicts.clone(),
        flow_digest: flow.map_or([0; 32], |flow| flow.digest),
    };
    Ok(Question::parse(draft, catalog)?)
}

fn numbers(items: &[String]) -> anyhow::Result<Vec<ItemNo>> {
    let read = items.iter().map(|item| Ok(item.parse()?));
    read.collect()
}

fn case(ask: &RecordedAsk, question: &Question) -> anyhow::Result<SupposedCase> {
    let first = statement(ask, SOMEBODY, &ask.signed).bound_to(question);
    let Some(approval) = &ask.approved else {
        return Ok(first);
    };
    let second = statement(ask, SOMEBODY_ELSE, approval).bound_to(question);
    let both = first.approved_by(&second);
    both.map_err(|fault| anyhow!("{fault}"))
        .context("the second statement")
}

fn statement(ask: &RecordedAsk, operator: &str, signature: &RecordedSignature) -> SupposedCase {
    let party = |role: &PartyRole| CaseParty {
        role: *role,
        tag: SUBJECT,
    };
    let mut parties: Vec<_> = ask.roles.iter().map(party).collect();
    if parties.is_empty() {
        parties.push(CaseParty {
            role: PartyRole::Applicant,
            tag: NOBODY,
        });
    }
    let is_first = operator == SOMEBODY;
    let assertion = CaseAssertion {
        node: ask.node.clone(),
        case_no: SOMEBODY.to_owned(),
        flow: ask.flow,
        matter: ask.matter,
        basis: basis(ask),
        parties,
        operator: operator.to_owned(),
        counter: SOMEBODY.to_owned(),
        system: SOMEBODY.to_owned(),
        opened_on: ask.opened_on,
        issued_at: signature.issued_at,
        expires_at: signature.expires_at,
        nonce: [u8::from(is_first); NONCE_BYTES],
        use_no: ask.use_no,
        query_digest: [0; 32],
    };
    SupposedCase::new(assertion, signature.officer)
}

/// A basis that carries what the facts say and nothing else.
fn basis(ask: &RecordedAsk) -> Basis {
    let carries = |part| ask.carries.contains(&part);
    let text = |part| carries(part).then(|| SOMEBODY.to_owned());
    let day = ask.at.to_offset(BEIJING).date();
    let document_on = ask.document_on.unwrap_or(ask.opened_on);
    let officers = [SOMEBODY, SOMEBODY_ELSE].map(str::to_owned);
    let number = text(BasisPart::Number).unwrap_or_default();
    let has_officers = carries(BasisPart::Officers);
    Basis {
        issuer: text(BasisPart::Issuer),
        issued_on: carries(BasisPart::Date).then_some(document_on),
        from: carries(BasisPart::Period).then_some(day),
        until: carries(BasisPart::Period).then_some(day),
        officers: officers.into_iter().filter(|_| has_officers).collect(),
        approver: text(BasisPart::Approver),
        scope: text(BasisPart::Scope),
        ..Basis::plain(ask.basis, number, carries(BasisPart::Consent))
    }
}

fn state(ask: &RecordedAsk) -> anyhow::Result<Suspensions> {
    let mut state = Suspensions::default();
    for suspended in &ask.suspended {
        match suspended {
            Suspended::Node => state.set_node(&ask.node, true),
            Suspended::Operator => state.set_operator(&ask.node, SOMEBODY, true),
            Suspended::Flow => state.set_flow(&ask.flow.to_string(), true)?,
        }
    }
    Ok(state)
}
