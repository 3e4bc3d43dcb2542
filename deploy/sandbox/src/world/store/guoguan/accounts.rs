//! Employers, people, accounts, contributions and withdrawals as 国管 stores them. It refuses rows of
//! another center.

use std::collections::HashSet;

use super::super::super::facts::{Account, AccountState, Facts};
use super::super::sheet::Sheet;
use super::{HERE, NAME, NO_DATE, WIDE, number, number_of, tables};

pub(super) fn units(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::DWXX);
    for unit in facts.units.iter().filter(|unit| unit.node == HERE) {
        let employer = &unit.employer;
        sheet
            .padded(&unit.number, WIDE)
            .padded(employer.code.as_deref().unwrap_or_default(), WIDE)
            .padded(&employer.organization, 9)
            .padded(&employer.name, 60)
            .padded(employer.economic, 3)
            .padded(employer.affiliation, 2)
            .padded(employer.industry, 4)
            .padded(&employer.representative.name, NAME)
            .text(employer.representative.id_type)
            .padded(&number(&employer.representative.number), WIDE)
            .padded(&employer.handler.name, NAME)
            .text(employer.handler.id_type)
            .padded(&number(&employer.handler.number), WIDE)
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn unit_accounts(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::DWZH);
    for unit in facts.units.iter().filter(|unit| unit.node == HERE) {
        sheet
            .padded(&unit.number, WIDE)
            .padded(unit.employer.code.as_deref().unwrap_or_default(), WIDE)
            .text(unit.status)
            .yuan(unit.rate_percent * 100)
            .yuan(unit.rate_percent * 100)
            .text(&unit.paid_through.dashed())
            .text(unit.deferral)
            .padded(
                &unit
                    .deferral_end
                    .map(|month| month.dashed())
                    .unwrap_or_default(),
                7,
            )
            .text(&unit.roster_year.to_string())
            .date(unit.closed, "          ")
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn people(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::GRXX);
    let mut seen = HashSet::new();
    for account in facts.accounts_at(HERE) {
        let person = &account.person;
        if !seen.insert(person.serial) {
            continue;
        }
        let spouse = person.spouse.as_ref();
        sheet
            .padded(&format!("KH{:010}", person.serial), WIDE)
            .padded(&person.name, NAME)
            .text(person.id_type)
            .padded(&number_of(person), WIDE)
            .padded(person.former.as_deref().unwrap_or_default(), WIDE)
            .text(person.sex)
            .padded(
                &person.birth.map(|month| month.dashed()).unwrap_or_default(),
                7,
            )
            .text(person.marital)
            .padded(person.education, 3)
            .text(person.occupation)
            .text(person.household)
            .padded(spouse.map_or("", |spouse| spouse.name.as_str()), NAME)
            .padded(spouse.map_or("", |spouse| spouse.id_type), 2)
            .padded(
                &spouse
                    .map(|spouse| number(&spouse.number))
                    .unwrap_or_default(),
                WIDE,
            )
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

fn status(account: &Account) -> &'static str {
    if account.freeze != "0" {
        return "06";
    }
    match account.state {
        AccountState::Live => "01",
        AccountState::Sealed => "02",
        AccountState::Merged => "03",
        AccountState::MovedOut => "04",
        AccountState::DrawnOut => "05",
        AccountState::Other => "99",
    }
}

pub(super) fn accounts(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::GRZHXX);
    for account in facts.accounts_at(HERE) {
        sheet
            .padded(&account.number, WIDE)
            .text(account.person.id_type)
            .padded(&number_of(&account.person), WIDE)
            .padded(&account.person.name, NAME)
            .padded(&account.unit.number, WIDE)
            .text(account.fund)
            .text(status(account))
            .date(Some(account.opened), NO_DATE)
            .text(&account.paid_through.dashed())
            .yuan(account.base)
            .yuan(account.monthly)
            .yuan(account.monthly)
            .yuan(account.balance)
            .int(i64::from(account.streak))
            .int(i64::from(account.total))
            .date(account.sealed, "          ")
            .text(account.freeze)
            .date(account.closed, "          ")
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}

pub(super) fn details(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::GRMX);
    for account in facts.accounts_at(HERE) {
        for (order, month) in account.months.iter().enumerate() {
            let key = format!("3{:09}{}", account.serial, month.compact());
            let amount = account.monthly * 2;
            let wrong = account.reversed && order == 0;
            // A wrong posting is taken back by a negative row.
            let rows: &[(&str, i64, &str)] = if wrong {
                &[("00", 1, "01"), ("01", 1, "01"), ("02", -1, "02")]
            } else {
                &[("00", 1, "01")]
            };
            for (suffix, sign, reversal) in rows {
                sheet
                    .padded(&format!("{key}{suffix}"), WIDE)
                    .padded(&account.number, WIDE)
                    .padded(&account.unit.number, WIDE)
                    .text("01")
                    .date(Some(month.day(1)), NO_DATE)
                    .date(Some(month.day(15)), NO_DATE)
                    .yuan(amount * sign)
                    .yuan(account.base)
                    .text(reversal)
                    .date(Some(facts.as_of), NO_DATE)
                    .end();
            }
        }
    }
    sheet
}

pub(super) fn withdrawals(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::TQMX);
    let here = facts
        .withdrawals
        .iter()
        .filter(|draw| draw.account.unit.node == HERE);
    for draw in here {
        let person = &draw.account.person;
        let house = draw.house.as_ref();
        let lease = draw.lease.as_ref();
        sheet
            .padded(&draw.number, WIDE)
            .padded(&draw.account.number, WIDE)
            .text(person.id_type)
            .padded(&number_of(person), WIDE)
            .text(if draw.closing { "12" } else { "11" })
            .text(draw.reason)
            .text(draw.matter)
            .text("02")
            .yuan(draw.amount)
            .date(Some(draw.applied), NO_DATE)
            .date(draw.posted, "          ")
            .text(draw.status)
            .padded(house.map_or("", |house| house.contract.as_str()), 30)
            .padded(house.map_or("", |house| house.unit_number.as_str()), 28)
            .padded(house.map_or("", |house| house.address.as_str()), 60)
            .padded(lease.map_or("", |lease| lease.contract.as_str()), 30)
            .date(lease.map(|lease| lease.from), "          ")
            .date(lease.map(|lease| lease.to), "          ")
            .padded(draw.loan_contract.as_deref().unwrap_or_default(), 30)
            .padded(
                &draw.partner.as_deref().map(number).unwrap_or_default(),
                WIDE,
            )
            .date(Some(facts.as_of), NO_DATE)
            .end();
    }
    sheet
}
