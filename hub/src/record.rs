//! Describes a question for the log: who, on which case, for which items, by which rules.

use catalog::Catalog;
use data_encoding::HEXLOWER;
use policies::{FlowBook, Permit, PolicySet, VerifiedCase};
use time::format_description::well_known::Rfc3339;
use wire::identity::PeerIdentity;

use crate::ledger::entry::{CaseFacts, Decision, Rules, Who};
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
    Decision {
        query: query.to_owned(),
        who,
        case: case_facts(case),
        subject,
        mode: permit.mode().as_str().to_owned(),
        items,
        asked: plan.asked(),
        skipped: skipped.collect(),
        rules,
    }
}

fn case_facts(case: &VerifiedCase) -> CaseFacts {
    let said = case.assertion();
    CaseFacts {
        number: said.case_no.clone(),
        flow: said.flow.to_string(),
        matter: said.matter.to_string(),
        basis: said.basis.kind.as_str().to_owned(),
        basis_number: said.basis.number.clone(),
        use_no: said.use_no,
        nonce: HEXLOWER.encode(&said.nonce),
        expires_at: said.expires_at.format(&Rfc3339).unwrap_or_default(),
    }
}

/// Digests of the rules.
#[must_use]
pub fn rules(catalog: &Catalog, flows: &FlowBook, policies: &PolicySet) -> Rules {
    Rules {
        catalog: catalog.digest().to_string(),
        flows: flows.digest().to_string(),
        policies: policies.digest().to_string(),
    }
}
