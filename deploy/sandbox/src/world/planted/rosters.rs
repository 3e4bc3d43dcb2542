//! An employer's roster at 国管: one open case whose list is long, for questions about many people at
//! once. Most of them are new to every center; some have an account elsewhere. It refuses the seed,
//! as everything planted.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::facts::{AccountState, Case, CaseMore, CaseParty, Named, Person, Role};
use super::super::node::Node;
use super::super::people;
use super::super::random::Dice;
use super::{Planter, Plot};

/// Number of the case (matter 02, flow F06).
pub const ROSTER_CASE: &str = "GG-R500";
/// Lines of its list.
pub const ROSTER_LINES: usize = 500;
/// Every so manieth line has a live account at the city center.
pub const ROSTER_HIT_EVERY: usize = 20;
/// Of the line that has a sealed account at 中直 and no live one anywhere.
pub const ROSTER_SEALED_LINE: usize = 30;
/// Number of the case in which the same employer's bases are confirmed (matter 04, flow F29).
pub const BASES_CASE: &str = "GG-F29";
/// Lines of its list: the roster's first people.
pub const BASES_LINES: usize = 60;
/// How many of them have a base at another center too.
pub const BASES_HITS: usize = BASES_LINES / ROSTER_HIT_EVERY;
/// Serial of the first person; above everybody else's.
const FIRST_PERSON: u32 = 950_000;

/// Adds the case, its people and their accounts.
pub(super) fn plant(planter: &mut Planter<'_>) {
    let mut dice = Dice::new(0, "roster");
    let employer = &planter.employer;
    let mut parties = vec![CaseParty {
        role: Role::Employer,
        who: Named {
            name: employer.name.clone(),
            id_type: "99",
            number: employer.code.clone().unwrap_or_default(),
        },
    }];
    for (line, serial) in (1..=ROSTER_LINES).zip(FIRST_PERSON..) {
        let person = Arc::new(people::person(serial, &mut dice));
        parties.push(listed(&person));
        if line.is_multiple_of(ROSTER_HIT_EVERY) {
            planter.facts.people.push(Arc::clone(&person));
            planter.account(Node::City, &person, &Plot::live(24));
        }
        if line == ROSTER_SEALED_LINE {
            planter.facts.people.push(Arc::clone(&person));
            planter.account(Node::Zhongzhi, &person, &sealed());
        }
    }
    let bases = Case {
        node: Node::Guoguan,
        number: BASES_CASE.to_owned(),
        matter: "04",
        application: "RW900029".to_owned(),
        consent: false,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties: parties.iter().take(BASES_LINES + 1).cloned().collect(),
        more: CaseMore {
            approver: "LD-014",
            scope: "ND-2026",
            ..CaseMore::default()
        },
    };
    planter.facts.cases.push(bases);
    let case = Case {
        node: Node::Guoguan,
        number: ROSTER_CASE.to_owned(),
        matter: "02",
        application: "YB900500".to_owned(),
        consent: true,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties,
        more: CaseMore::default(),
    };
    planter.facts.cases.push(case);
}

/// Sealed half a year ago.
fn sealed() -> Plot {
    Plot {
        state: AccountState::Sealed,
        last_back: 7,
        ended_days: Some(180),
        ..Plot::live(24)
    }
}

fn listed(person: &Person) -> CaseParty {
    CaseParty {
        role: Role::Listed,
        who: person.named(),
    }
}
