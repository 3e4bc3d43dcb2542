//! A case as a list: who may be a line of it, and what a line's statement says of the case.

use std::collections::BTreeSet;

use policies::{Flow, PartyRole};
use wire::RefusalCode;

use super::ListBody;
use crate::translate::{LocalCase, Party};

/// Parties beside the subject that a line's statement names.
const PRINCIPALS_MAX: usize = policies::PARTIES_MAX - 1;

/// A case and its lines.
#[derive(Debug)]
pub(super) struct Roster {
    /// The case without its parties.
    frame: LocalCase,
    /// Whose case it is.
    principals: Vec<Party>,
    parties: Vec<Party>,
    /// Numbers of those who are on the list now; looked up again while the list goes on.
    listed: BTreeSet<String>,
}

impl Roster {
    pub(super) fn of(mut case: LocalCase) -> Self {
        let parties = std::mem::take(&mut case.parties);
        let is_principal =
            |party: &&Party| matches!(party.role, PartyRole::Applicant | PartyRole::Employer);
        Self {
            principals: parties
                .iter()
                .filter(is_principal)
                .take(PRINCIPALS_MAX)
                .cloned()
                .collect(),
            listed: keys(&parties),
            frame: case,
            parties,
        }
    }

    /// The numbers of all lines.
    pub(super) fn listed(&self) -> Vec<usize> {
        let parties = self.parties.iter().enumerate();
        let listed = parties.filter(|(_, party)| party.role == PartyRole::Listed);
        listed.map(|(no, _)| no).collect()
    }

    /// The lines that a local system names, each once. Whether each is on the list is said line by
    /// line.
    pub(super) fn chosen(&self, lines: &[usize]) -> Result<Vec<usize>, RefusalCode> {
        let distinct: BTreeSet<usize> = lines.iter().copied().collect();
        if lines.is_empty() || distinct.len() != lines.len() {
            return Err(RefusalCode::AskMalformed);
        }
        Ok(lines.to_vec())
    }

    /// The lines to ask about: those that are named, or all; no more than the flow allows.
    pub(super) fn lines(&self, body: &ListBody, flow: &Flow) -> Result<Vec<usize>, RefusalCode> {
        if flow.lines_max() == 0 {
            return Err(RefusalCode::FlowNotAList);
        }
        let lines = match &body.lines {
            Some(lines) => self.chosen(lines)?,
            None => self.listed(),
        };
        match u32::try_from(lines.len()) {
            Ok(0) => Err(RefusalCode::CaseSubject),
            Ok(count) if count <= flow.lines_max() => Ok(lines),
            _ => Err(RefusalCode::ListTooLong),
        }
    }

    /// Takes over what the case says now. Who has left the list is asked about no more; numbers
    /// stay as they were.
    pub(super) fn refresh(&mut self, mut case: LocalCase) {
        self.listed = keys(&case.parties);
        case.parties.clear();
        self.frame = case;
    }

    /// The case as the statement of one line tells it: whose case it is, and this one subject.
    ///
    /// # Errors
    /// There is no such line, or it is on the list no more.
    pub(super) fn about(&self, line: usize) -> Result<LocalCase, RefusalCode> {
        let subject = self.parties.get(line);
        let subject = subject.filter(|party| party.role == PartyRole::Listed);
        let subject = subject.filter(|party| self.listed.contains(&party.id.key()));
        let subject = subject.ok_or(RefusalCode::CaseSubject)?;
        let parties = std::iter::once(subject).chain(&self.principals);
        Ok(LocalCase {
            parties: parties.cloned().collect(),
            ..self.frame.clone()
        })
    }
}

fn keys(parties: &[Party]) -> BTreeSet<String> {
    let listed = parties.iter().filter(|p| p.role == PartyRole::Listed);
    listed.map(|party| party.id.key()).collect()
}

#[cfg(test)]
mod tests {
    use catalog::{PersonId, Subject};
    use time::macros::date;

    use super::*;
    use crate::translate::Grounds;

    const NUMBERS: [&str; 3] = [
        "110101190001010014",
        "11010119000101009X",
        "110101190001010022",
    ];

    fn party(role: PartyRole, number: &str) -> Party {
        Party {
            role,
            id: Subject::Person(PersonId::parse("01", number).expect("is sound")),
            name: String::new(),
        }
    }

    fn case(parties: Vec<Party>) -> LocalCase {
        LocalCase {
            case_no: "R-1".into(),
            matter: "02".into(),
            application_no: "A-1".into(),
            consent: true,
            open: true,
            opened_on: date!(2026 - 11 - 20),
            grounds: Grounds::default(),
            parties,
            parties_withheld: 0,
        }
    }

    #[test]
    fn a_line_names_whose_case_it_is_and_its_own_subject() {
        let [one, two, three] = NUMBERS;
        let roster = Roster::of(case(vec![
            party(PartyRole::Applicant, one),
            party(PartyRole::Listed, two),
            party(PartyRole::Listed, three),
            party(PartyRole::Spouse, two),
        ]));
        assert_eq!(roster.listed(), [1, 2]);
        let line = roster.about(2).expect("is listed");
        let named: Vec<_> = line.parties.iter().map(|p| (p.role, p.id.key())).collect();
        let expected = [(PartyRole::Listed, three), (PartyRole::Applicant, one)];
        let expected = expected.map(|(role, no)| (role, party(role, no).id.key()));
        assert_eq!(named, expected);
        assert_eq!((line.case_no.as_str(), line.open), ("R-1", true));
        for foreign in [0, 3, 4, usize::MAX] {
            assert_eq!(roster.about(foreign), Err(RefusalCode::CaseSubject));
        }
    }

    #[test]
    fn who_has_left_the_list_is_asked_about_no_more() {
        let [one, two, three] = NUMBERS;
        let listed = |number| party(PartyRole::Listed, number);
        let mut roster = Roster::of(case(vec![listed(one), listed(two), listed(three)]));
        roster.refresh(case(vec![listed(three), listed(one)]));
        assert!(roster.about(0).is_ok() && roster.about(2).is_ok());
        assert_eq!(roster.about(1), Err(RefusalCode::CaseSubject));
        let line = roster.about(2).expect("is listed");
        assert_eq!(line.parties[0].id.key(), listed(three).id.key());
    }

    #[test]
    fn lines_are_named_once() {
        let roster = Roster::of(case(vec![party(PartyRole::Listed, NUMBERS[0])]));
        assert_eq!(roster.chosen(&[2, 0]), Ok(vec![2, 0]));
        for wrong in [&[][..], &[1, 1]] {
            assert_eq!(roster.chosen(wrong), Err(RefusalCode::AskMalformed));
        }
    }
}
