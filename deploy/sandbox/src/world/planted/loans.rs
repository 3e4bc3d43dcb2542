//! The samples that turn on a loan: S9, S10 and S17. It refuses a seeded loan: terms and dates are
//! fixed.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::events::borrower_party;
use super::super::facts::{AccountState, Loan, LoanAccount, LoanParty, Person};
use super::super::node::Node;
use super::super::samples;
use super::houses::house;
use super::{Planter, Plot};

pub(super) const YUAN: i64 = 100;

/// Plants S9, S10 and S17.
pub(super) fn plant(planter: &mut Planter<'_>) {
    co_borrower(planter);
    same_day_applications(planter);
    fourteen_years(planter);
}

/// S17: 100 months at 国管 until six years ago and 66 in the city since: with the gap between them
/// not quite 14 years, which count as 14.
fn fourteen_years(planter: &mut Planter<'_>) {
    let person = planter.resident(&samples::S17, "110101");
    planter.account(
        Node::Guoguan,
        &person,
        &Plot {
            state: AccountState::Sealed,
            last_back: 70,
            ended_days: Some(2_080),
            rows: 100,
            ..Plot::live(100)
        },
    );
    planter.account(
        Node::City,
        &person,
        &Plot {
            rows: 66,
            ..Plot::live(66)
        },
    );
}

fn co_borrower(planter: &mut Planter<'_>) {
    let borrower =
        planter.detailed_person(&samples::S9_BORROWER, Some(&samples::S9_CO_BORROWER), None);
    let wife = planter.detailed_person(&samples::S9_CO_BORROWER, Some(&samples::S9_BORROWER), None);
    let his = planter.account(Node::Guoguan, &borrower, &Plot::live(140));
    let hers = planter.account(Node::City, &wife, &Plot::live(30));
    let parties = vec![
        borrower_party(&his, 3_000_000),
        LoanParty {
            role: "1",
            relation: "1",
            ..borrower_party(&hers, 1_800_000)
        },
    ];
    let mut loan = loan(planter, Node::Guoguan, &borrower, parties);
    loan.house = house(9, 4_000_000);
    planter.facts.loans.push(loan);
}

fn same_day_applications(planter: &mut Planter<'_>) {
    let person = planter.person(&samples::S10);
    let city = planter.account(Node::City, &person, &Plot::live(70));
    let sub = planter.account(
        Node::Zhongzhi,
        &person,
        &Plot {
            fund: "03",
            ..Plot::live(70)
        },
    );
    for (node, account) in [(Node::City, city), (Node::Zhongzhi, sub)] {
        let borrower = borrower_party(&account, 2_500_000);
        let mut loan = loan(planter, node, &person, vec![borrower]);
        loan.applied = days_before(planter.as_of(), 1);
        loan.status = "01";
        loan.contract = None;
        loan.signed = None;
        loan.account = None;
        loan.house = house(10, 3_600_000);
        planter.facts.loans.push(loan);
    }
}

/// An open loan of 20 years, disbursed a year ago.
pub(super) fn loan(
    planter: &Planter<'_>,
    node: Node,
    borrower: &Arc<Person>,
    parties: Vec<LoanParty>,
) -> Loan {
    let as_of = planter.as_of();
    let key = planter.next_account;
    Loan {
        node,
        application: format!("SQ{}{key:011}", node.digit()),
        contract: Some(format!("JK{}{key:011}", node.digit())),
        borrower: Arc::clone(borrower),
        parties,
        applied: days_before(as_of, 430),
        status: "04",
        kind: "01",
        amount: 1_000_000 * YUAN,
        years: 20,
        signed: Some(days_before(as_of, 400)),
        repayment: "01",
        guarantee: "01",
        purchase: "01",
        first_home: Some(true),
        nature: "01",
        house: house(key, 3_000_000),
        account: Some(LoanAccount {
            number: format!("DZ{}{key:011}", node.digit()),
            disbursed: days_before(as_of, 380),
            balance: 968_000 * YUAN,
            overdue: 0,
            overdue_total: 1,
            grade: "01",
            settled: None,
        }),
        updated: days_before(as_of, 1),
    }
}
