//! Unit, person, account, contribution and withdrawal files of the railway center. It refuses rows
//! of another center.

use std::collections::HashSet;

use time::Date;

use super::super::super::calendar::Month;
use super::super::super::facts::{Account, Facts, Person};
use super::super::super::people::fifteen;
use super::super::fixed::{FixedFile, Line};
use super::{HERE, NAME, codes};

/// Bytes of an identity number.
const NUMBER: usize = 18;
/// Of so many accounts one was corrected overnight, so that yesterday's file differs from today's.
const CORRECTED_ONE_IN: u64 = 50;
const CORRECTION_FEN: i64 = 1;

pub(super) fn units(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("DW", day);
    for unit in facts.units.iter().filter(|unit| unit.node == HERE) {
        let employer = &unit.employer;
        let mut line = Line::data();
        line.text(&unit.number, 10)
            .text(employer.code.as_deref().unwrap_or_default(), NUMBER)
            .text(&employer.organization, 9)
            .text(&employer.name, 100)
            .text(&employer.representative.name, NAME)
            .text(codes::id_type(employer.representative.id_type), 2)
            .text(&employer.representative.number, NUMBER)
            .text(&employer.handler.name, NAME)
            .text(codes::id_type(employer.handler.id_type), 2)
            .text(&employer.handler.number, NUMBER);
        file.add(&line, 0);
    }
    file
}

fn number(person: &Person, short: bool) -> String {
    fifteen(&person.number)
        .filter(|_| short && person.id_type == "01")
        .unwrap_or_else(|| person.number.clone())
}

/// The employee number: the last ten characters of the account number.
fn employee(account: &Account) -> &str {
    account.number.get(10..20).unwrap_or_default()
}

pub(super) fn people(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("RY", day);
    let mut seen = HashSet::new();
    for account in facts.accounts_at(HERE) {
        let person = &account.person;
        if !seen.insert(person.serial) {
            continue;
        }
        let spouse = person.spouse.as_ref();
        let mut line = Line::data();
        line.text(employee(account), 10)
            .text(&number(person, account.short_id), NUMBER)
            .text(codes::id_type(person.id_type), 2)
            .text(&person.name, NAME)
            .text(codes::sex(person.sex), 1)
            .month(person.birth)
            .text(codes::marital(person.marital), 1)
            .text(spouse.map_or("", |spouse| spouse.name.as_str()), NAME)
            .text(
                spouse.map_or("", |spouse| codes::id_type(spouse.id_type)),
                2,
            )
            .text(spouse.map_or("", |spouse| spouse.number.as_str()), NUMBER)
            .text(person.former.as_deref().unwrap_or_default(), NUMBER);
        file.add(&line, 0);
    }
    file
}

/// The account file: bytes 2–121 as every railway file has them, then monthly amounts and the
/// freeze flag.
pub(super) fn accounts(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("GR", day);
    for account in facts.accounts_at(HERE) {
        let person = &account.person;
        let corrected =
            day < facts.as_of && account.serial % CORRECTED_ONE_IN == 0 && account.balance > 0;
        let balance = account.balance - if corrected { CORRECTION_FEN } else { 0 };
        let mut line = Line::data();
        line.text(&account.number, 20)
            .text(&number(person, account.short_id), NUMBER)
            .text(codes::id_type(person.id_type), 2)
            .text(&person.name, NAME)
            .text(codes::sex(person.sex), 1)
            .date(Some(account.opened))
            .text(codes::status(account), 1)
            .month(Some(account.paid_through))
            .digits(account.base, 12)
            .signed(balance, 14)
            .date(account.sealed)
            .digits(account.monthly, 12)
            .digits(account.monthly, 12)
            .text(account.freeze, 1);
        file.add(&line, balance);
    }
    file
}

pub(super) fn contributions(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("MX", day);
    for account in facts.accounts_at(HERE) {
        for (order, month) in account.months.iter().enumerate() {
            let wrong = account.reversed && order == 0;
            let rows: &[(&str, i64)] = if wrong {
                &[("00", 1), ("01", 1), ("02", -1)]
            } else {
                &[("00", 1)]
            };
            for (suffix, sign) in rows {
                let amount = account.monthly * 2 * sign;
                let line = contribution(account, *month, suffix, amount);
                file.add(&line, amount);
            }
        }
    }
    file
}

fn contribution(account: &Account, month: Month, suffix: &str, amount: i64) -> Line {
    let mut line = Line::data();
    line.text(
        &format!("4{:09}{}{suffix}", account.serial, month.compact()),
        20,
    )
    .text(&account.number, 20)
    .text(&number(&account.person, account.short_id), NUMBER)
    .text(codes::id_type(account.person.id_type), 2)
    .text("101", 3)
    .month(Some(month))
    .date(Some(month.day(20)))
    .signed(amount, 14)
    .digits(account.base, 12)
    .text(codes::flag(amount < 0), 1);
    line
}

pub(super) fn withdrawals(facts: &Facts, day: Date) -> FixedFile {
    let mut file = FixedFile::new("TQ", day);
    let here = facts
        .withdrawals
        .iter()
        .filter(|draw| draw.account.unit.node == HERE);
    for draw in here {
        let account = &draw.account;
        let house = draw.house.as_ref();
        let lease = draw.lease.as_ref();
        let mut line = Line::data();
        line.text(&draw.number, 20)
            .text(&account.number, 20)
            .text(&number(&account.person, account.short_id), NUMBER)
            .text(codes::id_type(account.person.id_type), 2)
            .text(codes::reason(draw.reason, draw.closing), 2)
            .text(draw.matter.get(2..).unwrap_or_default(), 2)
            .text("2", 1)
            .signed(draw.amount, 14)
            .date(Some(draw.applied))
            .date(draw.posted)
            .text(codes::flag(draw.status == "04"), 1)
            .text(house.map_or("", |house| house.contract.as_str()), 30)
            .text(house.map_or("", |house| house.unit_number.as_str()), 28)
            .text(house.map_or("", |house| house.address.as_str()), 80)
            .text(lease.map_or("", |lease| lease.contract.as_str()), 30)
            .date(lease.map(|lease| lease.from))
            .date(lease.map(|lease| lease.to))
            .text(draw.loan_contract.as_deref().unwrap_or_default(), 30)
            .text(draw.partner.as_deref().unwrap_or_default(), NUMBER);
        file.add(&line, draw.amount);
    }
    file
}
