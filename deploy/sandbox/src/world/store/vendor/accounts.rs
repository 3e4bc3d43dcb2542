//! Employers, people, accounts, contributions and withdrawals as the vendor stores them. It refuses
//! rows of another center.

use std::collections::HashSet;

use super::super::super::calendar::days_before;
use super::super::super::facts::{Account, Facts, Person};
use super::super::super::node::Node;
use super::super::super::people::fifteen;
use super::super::sheet::Sheet;
use super::{codes, tables};

/// Width of the blank-padded number columns.
const WIDE: usize = 20;
/// How the vendor writes that there is no date: the past for what never was, the future for what is
/// not over.
const NEVER: &str = "1899-12-31";
const FOREVER: &str = "9999-12-31";

pub(super) fn units(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::UNIT);
    for unit in facts.units.iter().filter(|unit| unit.node == node) {
        let employer = &unit.employer;
        sheet
            .padded(&unit.number, WIDE)
            .text(&employer.name)
            .padded(employer.code.as_deref().unwrap_or_default(), WIDE)
            .text(&employer.organization)
            .padded(employer.economic, 4)
            .padded(employer.affiliation, 4)
            .padded(codes::industry_2002(employer.industry), 4)
            .text(&employer.representative.name)
            .padded(codes::id_type(employer.representative.id_type), 2)
            .padded(&employer.representative.number, WIDE)
            .text(&employer.handler.name)
            .padded(codes::id_type(employer.handler.id_type), 2)
            .padded(&employer.handler.number, WIDE)
            .stamp(unit.updated)
            .end();
    }
    sheet
}

pub(super) fn unit_accounts(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::UNITACC);
    for unit in facts.units.iter().filter(|unit| unit.node == node) {
        let rate = unit.rate_percent * 100;
        sheet
            .padded(&unit.number, WIDE)
            .padded(unit.employer.code.as_deref().unwrap_or_default(), WIDE)
            .padded(codes::unit_state(unit.status), 2)
            .yuan(rate)
            .yuan(rate)
            .month(unit.paid_through)
            .text(unit.deferral)
            .text(
                &unit
                    .deferral_end
                    .map(|month| month.compact())
                    .unwrap_or_default(),
            )
            .int(i64::from(unit.roster_year))
            .date(unit.closed, FOREVER)
            .stamp(unit.updated)
            .end();
    }
    sheet
}

/// The number as this account's row spells it: upper case, some under the old 15 digits, blanks
/// behind.
fn number(account: &Account) -> String {
    spelling(&account.person, account.short_id)
}

fn spelling(person: &Person, short: bool) -> String {
    fifteen(&person.number)
        .filter(|_| short && person.id_type == "01")
        .unwrap_or_else(|| person.number.clone())
}

pub(super) fn people(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::INDI);
    let mut seen = HashSet::new();
    for account in facts.accounts_at(node) {
        let person = &account.person;
        if !seen.insert(person.serial) {
            continue;
        }
        let spouse = person.spouse.as_ref();
        let birth = person.birth.map(|month| month.compact());
        sheet
            .text(&format!("K{}{:09}", node.digit(), person.serial))
            .padded(&person.name, 10)
            .padded(codes::id_type(person.id_type), 2)
            .padded(&number(account), WIDE)
            .padded(person.former.as_deref().unwrap_or_default(), WIDE)
            .text(person.sex)
            .maybe(birth.as_deref())
            .text(codes::marital(person.marital))
            .padded(person.education, 3)
            .text(person.occupation)
            .text(person.household)
            .text(spouse.map_or("", |spouse| spouse.name.as_str()))
            .padded(
                spouse.map_or("", |spouse| codes::id_type(spouse.id_type)),
                2,
            )
            .padded(spouse.map_or("", |spouse| spouse.number.as_str()), WIDE)
            .stamp(account.updated)
            .end();
    }
    sheet
}

/// The account number as the vendor's integer column holds it: without its leading zeros.
fn integer(account: &Account) -> i64 {
    account.number.parse().unwrap_or(0)
}

pub(super) fn accounts(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::INDIACC);
    for account in facts.accounts_at(node) {
        let (state, freeze, last) = codes::account_state(account);
        sheet
            .int(integer(account))
            .padded(codes::id_type(account.person.id_type), 2)
            .padded(&number(account), WIDE)
            .padded(&account.person.name, 10)
            .padded(&account.unit.number, WIDE)
            .text(account.fund.trim_start_matches('0'))
            .text(state)
            .text(freeze)
            .text(last)
            .date(Some(account.opened), NEVER)
            .month(account.paid_through)
            .yuan(account.base)
            .yuan(account.monthly)
            .yuan(account.monthly)
            .yuan(account.balance)
            .int(i64::from(account.streak))
            .int(i64::from(account.total))
            .date(account.sealed, NEVER)
            .date(account.closed, FOREVER)
            .stamp(account.updated)
            .end();
    }
    sheet
}

pub(super) fn details(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::INDIDETAIL);
    for account in facts.accounts_at(node) {
        for (order, month) in account.months.iter().enumerate() {
            let posted = month.day(12);
            let digit = node.digit();
            let key = format!("{digit}{:09}{}", account.serial, month.compact());
            // A reversal books the month twice, takes one back as a debit, and says so in
            // TRANSTYPE.
            let wrong = account.reversed && order == 0;
            let rows: &[(&str, &str, &str)] = if wrong {
                &[("00", "2", "0"), ("01", "2", "0"), ("02", "1", "1")]
            } else {
                &[("00", "2", "0")]
            };
            for (suffix, side, kind) in rows {
                sheet
                    .text(&format!("{key}{suffix}"))
                    .int(integer(account))
                    .padded(&account.unit.number, WIDE)
                    .text("1001")
                    .month(*month)
                    .date(Some(posted), NEVER)
                    .yuan(account.monthly * 2)
                    .text(if *side == "1" { "D" } else { "C" })
                    .yuan(account.base)
                    .text(kind)
                    .stamp(posted)
                    .end();
            }
        }
    }
    sheet
}

pub(super) fn withdrawals(facts: &Facts, node: Node) -> Sheet {
    let mut sheet = Sheet::new(&tables::DRAWAPPL);
    let here = facts
        .withdrawals
        .iter()
        .filter(|draw| draw.account.unit.node == node);
    for draw in here {
        let account = &draw.account;
        let house = draw.house.as_ref();
        let lease = draw.lease.as_ref();
        sheet
            .text(&draw.number)
            .int(integer(account))
            .padded(codes::id_type(account.person.id_type), 2)
            .padded(&number(account), WIDE)
            .text(if draw.closing { "2" } else { "1" })
            .padded(codes::reason(draw.reason, draw.matter), 4)
            .text(draw.matter.get(2..).unwrap_or_default())
            .text("2")
            .yuan(draw.amount)
            .date(Some(draw.applied), NEVER)
            .date(draw.posted, NEVER)
            .text(codes::approval(draw.status))
            .padded(house.map_or("", |house| house.contract.as_str()), 30)
            .text(house.map_or("", |house| house.unit_number.as_str()))
            .text(house.map_or("", |house| house.address.as_str()))
            .padded(lease.map_or("", |lease| lease.contract.as_str()), 30)
            .date(lease.map(|lease| lease.from), NEVER)
            .date(lease.map(|lease| lease.to), FOREVER)
            .padded(draw.loan_contract.as_deref().unwrap_or_default(), 30)
            .padded(draw.partner.as_deref().unwrap_or_default(), WIDE)
            .stamp(draw.updated.min(days_before(facts.as_of, 1)))
            .end();
    }
    sheet
}
