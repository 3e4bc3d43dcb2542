//! Loan files as of Friday and the case file of the railway center. It refuses rows of another
//! center.

use time::Date;

use super::super::super::facts::Facts;
use super::super::fixed::{FixedFile, Line};
use super::{HERE, NAME, codes};

const NUMBER: usize = 18;

fn digit(code: &str) -> &str {
    code.get(1..).unwrap_or_default()
}

pub(super) fn contracts(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("DK", day);
    for loan in facts.loans.iter().filter(|loan| loan.node == HERE) {
        let mut line = Line::data();
        line.text(&loan.application, 20)
            .text(loan.contract.as_deref().unwrap_or_default(), 20)
            .text(&loan.borrower.number, NUMBER)
            .text(codes::id_type(loan.borrower.id_type), 2)
            .date(Some(loan.applied))
            .text(codes::loan_status(loan.status), 1)
            .text(digit(loan.kind), 1)
            .signed(loan.amount, 14)
            .digits(loan.years * 12, 3)
            .date(loan.signed)
            .text(digit(loan.repayment), 1)
            .text(digit(loan.guarantee), 1)
            .text(digit(loan.purchase), 1)
            .text(loan.first_home.map_or(" ", codes::flag), 1)
            .text(&loan.house.contract, 30)
            .text(&loan.house.unit_number, 28)
            .text(&loan.house.address, 80)
            .signed(loan.house.price, 14);
        file.add(&line, loan.amount);
    }
    file
}

pub(super) fn accounts(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("DZ", day);
    for loan in facts.loans.iter().filter(|loan| loan.node == HERE) {
        let Some(account) = &loan.account else {
            continue;
        };
        let mut line = Line::data();
        line.text(&account.number, 20)
            .text(loan.contract.as_deref().unwrap_or_default(), 20)
            .text(&loan.borrower.number, NUMBER)
            .text(codes::id_type(loan.borrower.id_type), 2)
            .text(codes::loan_status(loan.status), 1)
            .signed(loan.amount, 14)
            .date(Some(account.disbursed))
            .signed(account.balance, 14)
            .digits(account.overdue, 3)
            .digits(account.overdue_total, 3)
            .text(digit(account.grade), 1)
            .date(account.settled);
        file.add(&line, account.balance);
    }
    file
}

pub(super) fn cases(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("AJ", day);
    for case in facts.cases.iter().filter(|case| case.node == HERE) {
        for (role, who, house) in case.rows() {
            let mut line = Line::data();
            line.text(&case.number, 20)
                .text(case.matter, 2)
                .text(&case.application, 20)
                .text(codes::flag(case.consent), 1)
                .text(if case.open { "O" } else { "C" }, 1)
                .date(Some(case.opened))
                .text(codes::role(role), 1)
                .text(who.map_or("", |who| codes::id_type(who.id_type)), 2)
                .text(who.map_or("", |who| who.number.as_str()), NUMBER)
                .text(who.map_or("", |who| who.name.as_str()), NAME)
                .text(house.map_or("", |house| house.unit_number.as_str()), 28)
                .text(house.map_or("", |house| house.contract.as_str()), 30);
            file.add(&line, 0);
        }
    }
    file
}
