//! The business cases of the samples, and two cases that no question may start from. It refuses a
//! case for a person who is not planted.

use super::super::calendar::days_before;
use super::super::facts::{Case, CaseMore, CaseParty, Named, Role};
use super::super::node::Node;
use super::super::samples::{self, CLOSED_CASE, NO_CONSENT_CASE, SampleCase, SampleSubject};
use super::Planter;

/// Adds the cases to their centers' systems.
pub(super) fn plant(planter: &mut Planter<'_>) {
    for (at, case) in samples::samples()
        .iter()
        .flat_map(|sample| sample.cases)
        .enumerate()
    {
        let made = business_case(planter, case, at);
        planter.facts.cases.push(made);
    }
    let start = |case_no, consent, open| Case {
        node: Node::Guoguan,
        number: String::from(case_no),
        matter: "02",
        application: format!("YB-{case_no}"),
        consent,
        open,
        opened: days_before(planter.facts.as_of, 1),
        parties: vec![CaseParty {
            role: Role::Applicant,
            who: super::named(&samples::S1),
        }],
        more: CaseMore::default(),
    };
    let closed = start(CLOSED_CASE, true, false);
    let unasked = start(NO_CONSENT_CASE, false, true);
    planter.facts.cases.extend([closed, unasked]);
}

fn business_case(planter: &Planter<'_>, case: &SampleCase, at: usize) -> Case {
    let parties = case
        .parties
        .iter()
        .enumerate()
        .map(|(order, who)| CaseParty {
            role: role(case, order, who),
            who: party(who),
        })
        .collect();
    Case {
        node: case.node,
        number: case.case_no.to_owned(),
        matter: case.matter,
        application: format!("YB{:06}", 900_001 + at),
        consent: true,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties,
        more: CaseMore::default(),
    }
}

fn role(case: &SampleCase, order: usize, who: &SampleSubject) -> Role {
    if who.is_employer() {
        return Role::Employer;
    }
    let has_employer = case.parties.iter().any(SampleSubject::is_employer);
    match order {
        0 => Role::Applicant,
        1 if has_employer => Role::LegalRepresentative,
        _ if has_employer => Role::Handler,
        _ => Role::Spouse,
    }
}

/// An employer stands in a case under the identity type `其他`, with its credit code as the number.
fn party(who: &SampleSubject) -> Named {
    let named = super::named(who);
    if who.is_employer() {
        Named {
            id_type: "99",
            ..named
        }
    } else {
        named
    }
}
