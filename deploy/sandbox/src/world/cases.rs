//! Ordinary business cases, open and closed, in each center's own system. It refuses numbers of the
//! planted ones.

use super::calendar::days_before;
use super::facts::{Account, Case, CaseMore, CaseParty, Facts, Role};
use super::node::Node;
use super::random::Dice;

/// How many ordinary cases each center has, when it has so many accounts.
pub(crate) const CASES_PER_NODE: usize = 120;
const MATTERS: [&str; 6] = ["02", "07", "10", "14", "27", "28"];

/// Adds ordinary cases about people who have an account at the center.
pub(crate) fn open(facts: &mut Facts, seed: u64) {
    let mut dice = Dice::new(seed, "cases");
    for node in Node::ALL {
        let accounts: Vec<_> = facts.accounts_at(node).cloned().collect();
        let step = (accounts.len() / CASES_PER_NODE).max(1);
        let chosen = accounts
            .iter()
            .step_by(step)
            .take(CASES_PER_NODE)
            .enumerate();
        for (order, account) in chosen {
            let case = ordinary(facts, account, order + 1, &mut dice);
            facts.cases.push(case);
        }
    }
}

fn ordinary(facts: &Facts, account: &Account, order: usize, dice: &mut Dice) -> Case {
    let node = account.unit.node;
    let year = facts.as_of.year();
    let mut parties = vec![CaseParty {
        role: Role::Applicant,
        who: account.person.named(),
    }];
    let matter = dice.pick(&MATTERS);
    if matter != "02"
        && let Some(spouse) = account.person.spouse.clone()
    {
        let role = if matter == "28" && dice.chance(500) {
            Role::CoBorrower
        } else {
            Role::Spouse
        };
        parties.push(CaseParty { role, who: spouse });
    }
    Case {
        node,
        number: format!("{}{year}{order:06}", node.prefix()),
        matter,
        application: format!("SL{year}{}{order:06}", node.digit()),
        consent: dice.chance(950),
        open: dice.chance(800),
        opened: days_before(facts.as_of, dice.between(0, 20)),
        parties,
        more: CaseMore::default(),
    }
}
