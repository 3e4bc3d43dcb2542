//! Describes a question for the log: who, on which case, for which items, by which rules.

use catalog::Catalog;
use data_encoding::HEXLOWER;
use policies::RuleSet;
use policies::{Permit, RecordedAsk, VerifiedCase};
use time::format_description::well_known::Rfc3339;
use wire::identity::PeerIdentity;

use crate::ledger::entry::{CaseFacts, Decision, Facts, Rules, Who};
use crate::nodes::plan::Plan;

/// The asking side; operator and counter only from a verified case.
#[must_use]
pub fn who(peer: &PeerIdentity, case: Option<&VerifiedCase>) -> Who {
    let said = case.map(VerifiedCase::assertion);
    Who {
        node: peer.name.clone(),
        serial: peer.serial.clone(),
        operator: said.map(|case| case.operator.clone()).unwrap_or_default(),
        counter: said.map(|case| case.counter.clone()).unwrap_or_default(),
        system: said.map(|case| case.system.clone()).unwrap_or_default(),
    }
}

/// A permitted question.
#[must_use]
pub fn decision(
    query: &str,
    who: Who,
    case: &VerifiedCase,
    permit: &Permit,
    plan: &Plan,
    subject: String,
    rules: Rules,
) -> Decision {
    let items = permit
        .granted()
        .iter()
        .map(|(class, items)| {
            (
                class.to_string(),
                items.iter().map(ToString::to_string).collect(),
            )
        })
        .collect();
    let skipped = plan
        .skipped()
        .into_iter()
        .map(|(node, code)| (node, code.to_string()));
    let left_out = plan
        .left_out()
        .into_iter()
        .map(|(node, class, code)| (format!("{node}/{class}"), code.to_string()));
    Decision {
        query: query.to_owned(),
        question: String::new(),
        trace: String::new(),
        who,
        case: case_facts(case),
        subject,
        mode: permit.mode().as_str().to_owned(),
        items,
        gives: Vec::new(),
        verdicts: Vec::new(),
        named: permit.named().iter().cloned().collect(),
        asked: plan.asked(),
        skipped: skipped.collect(),
        left_out: left_out.collect(),
        rules,
        facts: Facts::new(),
    }
}

/// What stands elsewhere in the entry of a decision.
const SAID_ELSEWHERE: [&str; 11] = [
    "query", "node", "flow", "matter", "mode", "items", "gives", "verdicts", "named", "basis",
    "use_no",
];

/// What a decision rested on besides what its entry says anyway.
#[must_use]
pub fn facts_of_decision(recorded: &RecordedAsk) -> Facts {
    let mut facts = facts_of_refusal(recorded);
    facts.retain(|name, _| !SAID_ELSEWHERE.contains(&name.as_str()));
    facts
}

/// Everything that a refusal by the rules rested on.
#[must_use]
pub fn facts_of_refusal(recorded: &RecordedAsk) -> Facts {
    // Plain data with text keys, so that writing it as JSON cannot fail.
    let facts = serde_json::to_value(recorded).ok();
    facts
        .and_then(|facts| facts.as_object().cloned())
        .unwrap_or_default()
}

fn case_facts(case: &VerifiedCase) -> CaseFacts {
    let (said, approval) = (case.assertion(), case.approval());
    CaseFacts {
        number: said.case_no.clone(),
        flow: said.flow.to_string(),
        matter: said.matter.to_string(),
        basis: said.basis.kind.as_str().to_owned(),
        basis_number: said.basis.number.clone(),
        approver: case.approver().unwrap_or_default().to_owned(),
        approval_nonce: approval
            .map(|other| HEXLOWER.encode(other.mark()))
            .unwrap_or_default(),
        approval_expires_at: approval
            .and_then(|other| other.expires_at().format(&Rfc3339).ok())
            .unwrap_or_default(),
        approval_statement: approval
            .map(|other| HEXLOWER.encode(other.statement()))
            .unwrap_or_default(),
        approval_signature: approval
            .map(|other| HEXLOWER.encode(other.signature()))
            .unwrap_or_default(),
        use_no: said.use_no,
        nonce: HEXLOWER.encode(&said.nonce),
        expires_at: said.expires_at.format(&Rfc3339).unwrap_or_default(),
    }
}

/// Digests of the rules.
#[must_use]
pub fn rules(catalog: &Catalog, rules: &RuleSet) -> Rules {
    Rules {
        catalog: catalog.digest().to_string(),
        flows: rules.flows().digest().to_string(),
        policies: rules.digest().to_string(),
    }
}
