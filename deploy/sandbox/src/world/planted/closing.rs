//! An employer that closes: its units at three centers (two of them at the railway, under one
//! credit code), their people's accounts, a letter that is still open, and the case about it at
//! 国管. It refuses the seed, as everything planted.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::facts::{
    Account, AccountState, Case, CaseMore, CaseParty, Employer, Named, Role, Transfer,
};
use super::super::node::Node;
use super::super::samples;
use super::{Planter, Plot, named, plain_unit};

/// The case that the e-window's push opened (no matter, flow F03).
pub const CLOSING_CASE: &str = "GG-F03";
/// The employer's credit code.
pub const CLOSING_EMPLOYER: &str = samples::CLOSING.number;
/// Numbers of the units; the second is the railway's other section.
const UNITS: [u32; 2] = [900_003, 900_004];

/// Plants the employer, its people and its case.
pub(super) fn plant(planter: &mut Planter<'_>) {
    let who = &samples::CLOSING;
    let [one, two, three] = &samples::CLOSING_PEOPLE;
    let employer = Arc::new(Employer {
        code: Some(who.number.to_owned()),
        organization: who.number.get(8..17).unwrap_or_default().to_owned(),
        name: who.name.to_owned(),
        economic: "173",
        affiliation: "90",
        industry: "H61",
        representative: named(one),
        handler: named(two),
    });
    planter.facts.employers.push(Arc::clone(&employer));
    let as_of = planter.as_of();
    let unit = |node, serial| Arc::new(plain_unit(node, serial, &employer, as_of));
    let [first, second] = UNITS;
    let city = unit(Node::City, first);
    let guoguan = unit(Node::Guoguan, first);
    let railway = [unit(Node::Tielu, first), unit(Node::Tielu, second)];
    let all = [&city, &guoguan, &railway[0], &railway[1]];
    planter.facts.units.extend(all.map(Arc::clone));
    let ended = |state, days| Plot {
        state,
        ended_days: Some(days),
        last_back: 4,
        ..Plot::live(30)
    };
    let [one, two, three] = [one, two, three].map(|who| planter.person(who));
    planter.account_in(&city, &one, &ended(AccountState::Sealed, 60));
    planter.account_in(&city, &two, &ended(AccountState::DrawnOut, 80));
    let moved = planter.account_in(&guoguan, &two, &ended(AccountState::Sealed, 60));
    planter.account_in(&railway[0], &three, &Plot::live(40));
    planter.account_in(&railway[1], &one, &ended(AccountState::DrawnOut, 90));
    let letter = open_letter(planter, &moved);
    planter.facts.transfers.push(letter);
    let case = case(planter);
    planter.facts.cases.push(case);
}

/// A letter that moves an account out and is not yet done.
fn open_letter(planter: &Planter<'_>, account: &Account) -> Transfer {
    Transfer {
        node: Node::Guoguan,
        letter: "C110029000030001".to_owned(),
        scope: "02",
        direction: "2",
        status: "01",
        person: Arc::clone(&account.person),
        from: Node::Guoguan.center_code(),
        to: Node::City.center_code(),
        old_account: account.number.clone(),
        account: None,
        amount: None,
        paid_through: Some(account.paid_through),
        six_months: true,
        loans: 0,
        entered: days_before(planter.as_of(), 6),
        finished: None,
    }
}

fn case(planter: &Planter<'_>) -> Case {
    let who = &samples::CLOSING;
    Case {
        node: Node::Guoguan,
        number: CLOSING_CASE.to_owned(),
        matter: "00",
        application: "EC900003".to_owned(),
        consent: false,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties: vec![CaseParty {
            role: Role::Employer,
            who: Named {
                name: who.name.to_owned(),
                id_type: "99",
                number: who.number.to_owned(),
            },
        }],
        more: CaseMore::default(),
    }
}
