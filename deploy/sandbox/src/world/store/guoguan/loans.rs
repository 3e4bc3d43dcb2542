//! Loans, their parties and accounts, transfers, restrictions and business cases as 国管 stores them.
//! It refuses rows of another center.

use super::super::super::facts::{Facts, Restricted, Role};
use super::super::sheet::Sheet;
use super::{HERE, NAME, NO_DATE, WIDE, flag, number, number_of, tables};

/// 00 is settled here, not under review: the numbers look like the standard's and are not.
fn status(code: &str) -> &'static str {
    match code {
        "06" => "00",
        "03" => "01",
        "05" => "03",
        _ => "02",
    }
}

pub(super) fn contracts(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::DKHT);
    for loan in facts.loans.iter().filter(|loan| loan.node == HERE) {
        sheet
            .padded(&loan.application, 30)
            .padded(loan.contract.as_deref().unwrap_or_default(), 30)
            .text(loan.borrower.id_type)
            .padded(&number_of(&loan.borrower), WIDE)
            .date(Some(loan.applied), NO_DATE)
            .text(status(loan.status))
            .text(loan.kind)
            .yuan(loan.amount)
            .int(loan.years * 12)
            .date(loan.signed, "          ")
            .text(loan.repayment)
            .text(loan.guarantee)
            .text(loan.purchase)
            .text(loan.first_home.map_or(" ", flag))
            .padded(&loan.house.contract, 30)
            .padded(&loan.house.unit_number, 28)
            .padded(&loan.house.address, 60)
            .text(loan.nature)
            .yuan(loan.house.price)
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn parties(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::CDRXX);
    for loan in facts.loans.iter().filter(|loan| loan.node == HERE) {
        for (order, party) in loan.parties.iter().enumerate() {
            sheet
                .padded(&format!("{}{order:02}", loan.application), 32)
                .padded(&loan.application, 30)
                .text(party.role)
                .padded(party.relation, 2)
                .padded(&party.who.name, NAME)
                .text(party.who.id_type)
                .padded(&number(&party.who.number), WIDE)
                .padded(party.account.as_deref().unwrap_or_default(), WIDE)
                .padded(party.center.unwrap_or_default(), 6)
                .yuan(party.income)
                .date(Some(facts.as_of), NO_DATE)
                .end();
        }
    }
    sheet
}

pub(super) fn accounts(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::DKZH);
    for loan in facts.loans.iter().filter(|loan| loan.node == HERE) {
        let Some(account) = &loan.account else {
            continue;
        };
        sheet
            .padded(&account.number, 30)
            .padded(loan.contract.as_deref().unwrap_or_default(), 30)
            .yuan(loan.amount)
            .date(Some(account.disbursed), NO_DATE)
            .yuan(account.balance)
            .int(account.overdue)
            .int(account.overdue_total)
            .text(account.grade)
            .date(account.settled, "          ")
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn transfers(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::ZYMX);
    for letter in facts.transfers.iter().filter(|letter| letter.node == HERE) {
        let paid_through = letter
            .paid_through
            .map(|month| month.dashed())
            .unwrap_or_default();
        sheet
            .padded(&letter.letter, WIDE)
            .text(letter.scope)
            .text(letter.direction)
            .text(letter.status)
            .text(letter.person.id_type)
            .padded(&number_of(&letter.person), WIDE)
            .padded(letter.from, 15)
            .padded(letter.to, 15)
            .padded(&letter.old_account, WIDE)
            .padded(letter.account.as_deref().unwrap_or_default(), WIDE)
            .yuan(letter.amount.unwrap_or(0))
            .padded(&paid_through, 7)
            .text(flag(letter.six_months))
            .int(letter.loans)
            .text(flag(false))
            .text(flag(false))
            .date(Some(letter.entered), NO_DATE)
            .date(letter.finished, "          ")
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn restrictions(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::BLXX);
    for record in facts
        .restrictions
        .iter()
        .filter(|record| record.node == HERE)
    {
        let (kind, name, id_type, person, code) = match &record.subject {
            Restricted::Person(who) => ("1", &who.name, who.id_type, number(&who.number), ""),
            Restricted::Employer { name, code } => ("2", name, "", String::new(), code.as_str()),
        };
        sheet
            .padded(&record.number, 32)
            .text(kind)
            .padded(name, 60)
            .padded(id_type, 2)
            .padded(&person, WIDE)
            .padded(code, WIDE)
            .text(record.kind)
            .padded(record.matters, 16)
            .date(Some(record.from), NO_DATE)
            .date(record.to, "          ")
            .text(record.status)
            .padded(record.related.as_deref().unwrap_or_default(), WIDE)
            .padded(record.court_case.as_deref().unwrap_or_default(), 60)
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn cases(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::YWAJ);
    for case in facts.cases.iter().filter(|case| case.node == HERE) {
        for (order, (role, who, house)) in (0_i64..).zip(case.rows()) {
            let role = match role {
                Role::Applicant => "0",
                Role::Spouse => "1",
                Role::CoBorrower => "2",
                Role::Employer => "9",
                Role::LegalRepresentative => "5",
                Role::Handler => "6",
                Role::Listed => "8",
                Role::House => "7",
            };
            sheet
                .padded(&case.number, WIDE)
                .int(order)
                .text(case.matter)
                .padded(&case.application, WIDE)
                .text(flag(case.consent))
                .text(if case.open { "1" } else { "2" })
                .date(Some(case.opened), NO_DATE)
                .text(role)
                .text(who.map_or("", |who| who.id_type))
                .padded(
                    &who.map_or_else(String::new, |who| number(&who.number)),
                    WIDE,
                )
                .padded(who.map_or("", |who| who.name.as_str()), NAME)
                .padded(house.map_or("", |house| house.unit_number.as_str()), 28)
                .padded(house.map_or("", |house| house.contract.as_str()), 30)
                .padded(case.more.approver, 20)
                .padded(case.more.scope, 20)
                .end();
        }
    }
    sheet
}
