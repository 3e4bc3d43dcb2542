//! The samples that turn on a house: S6 to S8. It refuses a seeded house: contract and unit numbers
//! are fixed.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::events::borrower_party;
use super::super::facts::{Account, House, Withdrawal};
use super::super::node::Node;
use super::super::samples;
use super::loans::{YUAN, loan};
use super::{Planter, Plot};

/// Plants S6 to S8.
pub(super) fn plant(planter: &mut Planter<'_>) {
    one_contract_two_spouses(planter);
    two_pending_on_one_unit(planter);
    reversed_purchase(planter);
}

pub(super) fn house(serial: u64, price_yuan: i64) -> House {
    House {
        contract: format!("网签XY{serial:010}"),
        unit_number: format!("110109001001GB{:05}F{serial:08}", serial % 100_000),
        address: format!("北京市通州区样例路{serial}号1号楼1单元101"),
        price: price_yuan * YUAN,
    }
}

/// A purchase withdrawal of `yuan` applied for `days` ago.
pub(super) fn purchase(
    planter: &Planter<'_>,
    account: &Arc<Account>,
    house: &House,
    (yuan, days, status): (i64, i64, &'static str),
) -> Withdrawal {
    let applied = days_before(planter.as_of(), days);
    let posted =
        matches!(status, "04" | "08").then(|| days_before(planter.as_of(), days.max(4) - 3));
    Withdrawal {
        number: format!("TQ{}{:011}", account.unit.node.digit(), account.serial),
        account: Arc::clone(account),
        closing: false,
        reason: "01",
        matter: "0007",
        amount: yuan * YUAN,
        applied,
        posted,
        status,
        house: Some(house.clone()),
        lease: None,
        loan_contract: None,
        partner: None,
        updated: posted.unwrap_or(applied),
    }
}

fn one_contract_two_spouses(planter: &mut Planter<'_>) {
    let couples = [
        (
            601,
            &samples::S6_HUSBAND,
            &samples::S6_WIFE,
            800_000,
            700_000,
        ),
        (
            602,
            &samples::S6_HUSBAND_ABOVE,
            &samples::S6_WIFE_ABOVE,
            1_600_000,
            1_700_000,
        ),
    ];
    for (serial, husband, wife, his, hers) in couples {
        let house = house(serial, 3_000_000);
        let him = planter.detailed_person(husband, Some(wife), None);
        let her = planter.detailed_person(wife, Some(husband), None);
        let his_account = planter.account(Node::City, &him, &Plot::live(120));
        let her_account = planter.account(Node::Guoguan, &her, &Plot::live(120));
        let mut draw = purchase(planter, &his_account, &house, (his, 60, "04"));
        draw.partner = Some(her.number.clone());
        planter.facts.withdrawals.push(draw);
        let mut draw = purchase(planter, &her_account, &house, (hers, 40, "04"));
        draw.partner = Some(him.number.clone());
        planter.facts.withdrawals.push(draw);
        let borrower = borrower_party(&his_account, 2_000_000);
        let mut loan = loan(planter, Node::City, &him, vec![borrower]);
        loan.house = house;
        planter.facts.loans.push(loan);
    }
}

fn two_pending_on_one_unit(planter: &mut Planter<'_>) {
    let house = house(7, 2_600_000);
    let person = planter.person(&samples::S7);
    let basic = planter.account(Node::Zhongzhi, &person, &Plot::live(80));
    let subsidy = planter.account(
        Node::Guoguan,
        &person,
        &Plot {
            fund: "03",
            ..Plot::live(80)
        },
    );
    let first = purchase(planter, &subsidy, &house, (90_000, 5, "02"));
    let second = purchase(planter, &basic, &house, (300_000, 2, "02"));
    planter.facts.withdrawals.extend([first, second]);
}

fn reversed_purchase(planter: &mut Planter<'_>) {
    let house = house(8, 2_200_000);
    let person = planter.person(&samples::S8);
    planter.account(Node::City, &person, &Plot::live(10));
    let old = planter.account(
        Node::Guoguan,
        &person,
        &Plot {
            last_back: 1,
            ..Plot::live(90)
        },
    );
    let paid = purchase(planter, &old, &house, (800_000, 100, "04"));
    let mut reversed = purchase(planter, &old, &house, (-800_000, 80, "08"));
    reversed.number.push_str("CZ");
    planter.facts.withdrawals.extend([paid, reversed]);
}
