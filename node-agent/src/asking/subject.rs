//! Whom a question is about: a party of the case, and what the flow lets ask about a house, whose
//! records may be anybody's. What the local system says of the subject is only compared.

use std::collections::BTreeSet;

use catalog::{ClassNo, HouseId, ItemNo, PersonId, Subject};
use policies::{Flow, Mode};
use serde::Deserialize;
use wire::RefusalCode;

use super::question::AskBody;
use super::verdicts::Chosen;
use crate::translate::{LocalCase, Party};

/// A person as a local system names them, or a house by one of its numbers.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectBody {
    /// Code of the id type.
    #[serde(default)]
    pub id_type: String,
    /// The number, in any usual spelling.
    #[serde(default)]
    pub id_number: String,
    /// Real-estate unit number of a house.
    #[serde(default)]
    pub house_unit: String,
    /// Number of a house's purchase contract.
    #[serde(default)]
    pub house_contract: String,
}

/// Shows nothing: a request may be logged.
impl std::fmt::Debug for SubjectBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectBody(..)")
    }
}

impl SubjectBody {
    /// Exactly one subject.
    fn named(&self) -> Result<Subject, RefusalCode> {
        let person = !self.id_type.is_empty() || !self.id_number.is_empty();
        let named = match (
            person,
            self.house_unit.as_str(),
            self.house_contract.as_str(),
        ) {
            (true, "", "") => PersonId::parse(&self.id_type, &self.id_number).map(Subject::Person),
            (false, unit, "") if !unit.is_empty() => HouseId::unit(unit).map(Subject::House),
            (false, "", number) if !number.is_empty() => {
                HouseId::contract(number).map(Subject::House)
            }
            _ => return Err(RefusalCode::SubjectMalformed),
        };
        named.map_err(|_| RefusalCode::SubjectMalformed)
    }
}

/// The party asked about: by number, and if the local system named a subject, that very one.
pub(super) fn party<'a>(case: &'a LocalCase, body: &AskBody) -> Result<&'a Party, RefusalCode> {
    let party = case.parties.get(party_no(case, body)?);
    party.ok_or(RefusalCode::CaseSubject)
}

/// The place of that party in the case.
pub(super) fn party_no(case: &LocalCase, body: &AskBody) -> Result<usize, RefusalCode> {
    let Some(subject) = &body.subject else {
        return Ok(body.party);
    };
    let named = subject.named()?.key();
    case.parties
        .iter()
        .position(|party| party.id.key() == named)
        .ok_or(RefusalCode::CaseSubject)
}

/// What is asked about a party where the local system names no items: everything that the flow
/// lists about such a subject.
pub(super) fn everything(flow: &Flow, party: &Party, mode: Mode) -> Vec<ItemNo> {
    let is_employer = matches!(party.id, catalog::Subject::Employer(_));
    match (party.id.is_house(), mode) {
        // Its people are no party of its case: no details of theirs are told.
        (false, Mode::Details) if is_employer => {
            let items = flow.items.iter();
            let own = items.filter(|(class, _)| !class.is_about_persons());
            own.flat_map(|(_, items)| items).copied().collect()
        }
        (false, _) => flow.items.values().flatten().copied().collect(),
        (true, Mode::Details) => flow.house.iter().copied().collect(),
        (true, Mode::Match) => {
            let judged = flow.verdicts.values().filter(|rule| rule.house);
            let classes: BTreeSet<ClassNo> = judged.map(|rule| rule.class).collect();
            let items = flow.items.iter();
            let judged = items.filter(|(class, _)| classes.contains(class));
            judged.flat_map(|(_, items)| items).copied().collect()
        }
    }
}

/// Of the verdicts that nobody named, those that are said about such a subject.
///
/// # Errors
/// A yardstick for one of the others.
pub(super) fn keep_fitting(
    mut chosen: Chosen,
    flow: &Flow,
    party: &Party,
) -> Result<Chosen, RefusalCode> {
    let is_house = party.id.is_house();
    let about_houses = flow.verdicts.iter().filter(|(_, rule)| rule.house);
    let about_houses: BTreeSet<&str> = about_houses.map(|(id, _)| id.as_str()).collect();
    chosen
        .verdicts
        .retain(|verdict| about_houses.contains(verdict.as_str()) == is_house);
    if chosen
        .measures
        .keys()
        .all(|verdict| chosen.verdicts.contains(verdict))
    {
        Ok(chosen)
    } else {
        Err(RefusalCode::AskMalformed)
    }
}
