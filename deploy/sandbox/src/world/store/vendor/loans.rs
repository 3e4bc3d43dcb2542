//! Loans, their parties and accounts, transfers, restrictions and business cases as the vendor
//! stores them. It refuses rows of another center.

use super::super::super::facts::{Facts, Restricted};
use super::super::super::node::Node;
use super::super::sheet::Sheet;
use super::{codes, tables};

const WIDE: usize = 20;
const NEVER: &str = "1899-12-31";
const FOREVER: &str = "9999-12-31";

pub(super) fn contracts(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::LOANCONTR);
    for loan in facts.loans.iter().filter(|loan| loan.node == node) {
        let (contract_state, loan_state, clear_state) = codes::loan_state(loan.status);
        sheet
            .padded(&loan.application, 30)
            .padded(loan.contract.as_deref().unwrap_or_default(), 30)
            .padded(codes::id_type(loan.borrower.id_type), 2)
            .padded(&loan.borrower.number, WIDE)
            .date(Some(loan.applied), NEVER)
            .text(contract_state)
            .text(loan_state)
            .text(clear_state)
            .text(loan.kind.trim_start_matches('0'))
            .yuan(loan.amount)
            .int(loan.years)
            .date(loan.signed, NEVER)
            .text(codes::repayment(loan.repayment))
            .text(codes::guarantee(loan.guarantee))
            .text(loan.purchase.trim_start_matches('0'))
            .maybe(loan.first_home.map(codes::flag))
            .padded(&loan.house.contract, 30)
            .text(&loan.house.unit_number)
            .text(&loan.house.address)
            .text(codes::house_type(loan.nature))
            .yuan(loan.house.price)
            .stamp(loan.updated)
            .end();
    }
    sheet
}

pub(super) fn parties(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::LOANPARTY);
    for loan in facts.loans.iter().filter(|loan| loan.node == node) {
        for (order, party) in loan.parties.iter().enumerate() {
            sheet
                .text(&format!("{}-{order}", loan.application))
                .padded(&loan.application, 30)
                .text(party.role)
                .padded(party.relation, 2)
                .padded(&party.who.name, 10)
                .padded(codes::id_type(party.who.id_type), 2)
                .padded(&party.who.number, WIDE)
                .padded(party.account.as_deref().unwrap_or_default(), WIDE)
                .maybe(party.center)
                .yuan(party.income)
                .stamp(loan.updated)
                .end();
        }
    }
    sheet
}

pub(super) fn accounts(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::LOANACC);
    for loan in facts.loans.iter().filter(|loan| loan.node == node) {
        let Some(account) = &loan.account else {
            continue;
        };
        sheet
            .padded(&account.number, 30)
            .padded(loan.contract.as_deref().unwrap_or_default(), 30)
            .yuan(loan.amount)
            .date(Some(account.disbursed), NEVER)
            .yuan(account.balance)
            .int(account.overdue)
            .int(account.overdue_total)
            .text(account.grade)
            .date(account.settled, FOREVER)
            .stamp(loan.updated)
            .end();
    }
    sheet
}

pub(super) fn transfers(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::TRANSFER);
    for letter in facts.transfers.iter().filter(|letter| letter.node == node) {
        sheet
            .padded(&letter.letter, WIDE)
            .text(letter.scope)
            .text(letter.direction)
            .text(letter.status)
            .padded(codes::id_type(letter.person.id_type), 2)
            .padded(&letter.person.number, WIDE)
            .padded(letter.from, 15)
            .padded(letter.to, 15)
            .padded(&letter.old_account, WIDE)
            .padded(letter.account.as_deref().unwrap_or_default(), WIDE)
            .yuan(letter.amount.unwrap_or(0))
            .maybe(letter.paid_through.map(|month| month.compact()).as_deref())
            .text(codes::flag(letter.six_months))
            .int(letter.loans)
            .text("0")
            .text("0")
            .date(Some(letter.entered), NEVER)
            .date(letter.finished, FOREVER)
            .stamp(letter.finished.unwrap_or(letter.entered))
            .end();
    }
    sheet
}

pub(super) fn restrictions(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::BLACKLIST);
    for record in facts
        .restrictions
        .iter()
        .filter(|record| record.node == node)
    {
        let (kind, name, id_type, number, code) = match &record.subject {
            Restricted::Person(who) => (
                "1",
                &who.name,
                codes::id_type(who.id_type),
                who.number.as_str(),
                "",
            ),
            Restricted::Employer { name, code } => ("2", name, "", "", code.as_str()),
        };
        sheet
            .text(&record.number)
            .text(kind)
            .text(name)
            .padded(id_type, 2)
            .padded(number, WIDE)
            .padded(code, WIDE)
            .text(record.kind)
            .padded(record.matters, 16)
            .date(Some(record.from), NEVER)
            .date(record.to, FOREVER)
            .text(record.status)
            .padded(record.related.as_deref().unwrap_or_default(), WIDE)
            .maybe(record.court_case.as_deref())
            .stamp(record.from)
            .end();
    }
    sheet
}

pub(super) fn cases(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::BIZCASE);
    for case in facts.cases.iter().filter(|case| case.node == node) {
        for (order, (role, who, house)) in (0_i64..).zip(case.rows()) {
            sheet
                .text(&case.number)
                .int(order)
                .text(case.matter)
                .padded(&case.application, WIDE)
                .text(codes::flag(case.consent))
                .text(if case.open { "1" } else { "9" })
                .date(Some(case.opened), NEVER)
                .text(codes::role(role))
                .padded(who.map_or("", |who| codes::id_type(who.id_type)), 2)
                .padded(who.map_or("", |who| who.number.as_str()), WIDE)
                .padded(who.map_or("", |who| who.name.as_str()), 10)
                .text(house.map_or("", |house| house.unit_number.as_str()))
                .padded(house.map_or("", |house| house.contract.as_str()), 30)
                .end();
        }
    }
    sheet
}
