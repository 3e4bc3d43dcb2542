//! Puts the facts behind the samples S1–S17 into the world, at fixed numbers and at dates counted
//! back from the world's day. It refuses the seed: these rows are the same in every world of one
//! day.

mod cases;
pub(crate) mod closing;
pub(crate) mod curious;
mod employers;
mod houses;
mod loans;
pub(crate) mod named;
pub(crate) mod rosters;
pub(crate) mod strangers;
pub(crate) mod tasks;

use std::sync::Arc;

use time::Date;

use super::accounts::AccountPlan;
use super::calendar::{Month, days_before};
use super::employers::{credit_code, organization_code, unit_number};
use super::facts::{Account, AccountState, Employer, Facts, Named, Person, Unit};
use super::node::Node;
use super::samples::{self, SampleSubject};

/// Number of the employer account that every center keeps for the samples' people.
const SAMPLE_UNIT: u32 = 900_001;
const FIRST_PERSON: u32 = 900_000;
const FIRST_ACCOUNT: u64 = 90_000_000;

/// Adds every planted sample to the world.
pub(crate) fn plant(facts: &mut Facts) {
    let mut planter = Planter::new(facts);
    planter.duplicate_and_late();
    planter.numbers_and_kinds();
    planter.months_and_files();
    employers::plant(&mut planter);
    loans::plant(&mut planter);
    houses::plant(&mut planter);
    cases::plant(&mut planter);
    rosters::plant(&mut planter);
    strangers::plant(&mut planter);
    closing::plant(&mut planter);
    named::plant(&mut planter);
    tasks::plant(&mut planter);
    curious::plant(&mut planter);
}

/// How one planted account differs from a plain live one.
struct Plot {
    fund: &'static str,
    state: AccountState,
    /// Months from opening to the last paid month.
    months: i32,
    /// The last paid month, counted back from the world's month.
    last_back: i32,
    /// Sealed or closed so many days ago.
    ended_days: Option<i64>,
    rows: i32,
    short_id: bool,
}

impl Plot {
    const fn live(months: i32) -> Self {
        Self {
            fund: "01",
            state: AccountState::Live,
            months,
            last_back: 1,
            ended_days: None,
            rows: 12,
            short_id: false,
        }
    }
}

/// Adds planted rows with running numbers of their own.
struct Planter<'a> {
    facts: &'a mut Facts,
    employer: Arc<Employer>,
    next_person: u32,
    next_account: u64,
}

impl<'a> Planter<'a> {
    fn new(facts: &'a mut Facts) -> Self {
        let as_of = facts.as_of;
        let officer = named(&samples::S15_REPRESENTATIVE);
        let organization = organization_code("MA0000E0");
        let employer = Arc::new(Employer {
            code: Some(credit_code("91", "110000", &organization)),
            organization,
            name: "北京样例示范有限公司".to_owned(),
            economic: "150",
            affiliation: "90",
            industry: "G54",
            representative: officer.clone(),
            handler: officer,
        });
        let units = Node::ALL.map(|node| Arc::new(plain_unit(node, SAMPLE_UNIT, &employer, as_of)));
        facts.units.extend(units);
        facts.employers.push(Arc::clone(&employer));
        Self {
            facts,
            employer,
            next_person: FIRST_PERSON,
            next_account: FIRST_ACCOUNT,
        }
    }

    fn as_of(&self) -> Date {
        self.facts.as_of
    }

    fn person(&mut self, who: &SampleSubject) -> Arc<Person> {
        self.detailed_person(who, None, None)
    }

    fn detailed_person(
        &mut self,
        who: &SampleSubject,
        spouse: Option<&SampleSubject>,
        former: Option<&SampleSubject>,
    ) -> Arc<Person> {
        self.next_person += 1;
        let person = Arc::new(self.described(who, spouse, former));
        self.facts.people.push(Arc::clone(&person));
        person
    }

    /// Somebody who is registered in this division of Beijing.
    fn resident(&mut self, who: &SampleSubject, household: &'static str) -> Arc<Person> {
        self.next_person += 1;
        let person = Arc::new(Person {
            household,
            ..self.described(who, None, None)
        });
        self.facts.people.push(Arc::clone(&person));
        person
    }

    fn described(
        &self,
        who: &SampleSubject,
        spouse: Option<&SampleSubject>,
        former: Option<&SampleSubject>,
    ) -> Person {
        let female = matches!(who.number.get(16..17), Some("0" | "2" | "4" | "6" | "8"));
        Person {
            serial: self.next_person,
            id_type: who.id_type,
            number: who.number.to_owned(),
            former: former.map(|former| former.number.to_owned()),
            name: who.name.to_owned(),
            sex: if female { "2" } else { "1" },
            birth: birth_of(who.number),
            marital: if spouse.is_some() { "20" } else { "10" },
            education: "21",
            occupation: "17",
            household: "110102",
            spouse: spouse.map(named),
        }
    }

    fn account(&mut self, node: Node, person: &Arc<Person>, plot: &Plot) -> Arc<Account> {
        let unit = plain_unit(node, SAMPLE_UNIT, &self.employer, self.as_of());
        self.account_in(&Arc::new(unit), person, plot)
    }

    fn account_in(&mut self, unit: &Arc<Unit>, person: &Arc<Person>, plot: &Plot) -> Arc<Account> {
        self.next_account += 1;
        let as_of = self.as_of();
        let paid_through = Month::of(as_of).plus(-plot.last_back);
        let plan = AccountPlan {
            serial: self.next_account,
            fund: plot.fund,
            state: plot.state,
            freeze: "0",
            opened: paid_through.plus(1 - plot.months).day(1),
            paid_through,
            base_yuan: 10_000,
            ended: plot.ended_days.map(|days| days_before(as_of, days)),
            rows: plot.rows,
            reversed: false,
            short_id: plot.short_id,
            updated: days_before(as_of, 1),
        };
        let account = Arc::new(plan.build(person, unit));
        self.facts.accounts.push(Arc::clone(&account));
        account
    }

    fn duplicate_and_late(&mut self) {
        let person = self.person(&samples::S1);
        self.account(Node::City, &person, &Plot::live(24));
        self.account(Node::Guoguan, &person, &Plot::live(6));
        let person = self.person(&samples::S2);
        self.account(Node::City, &person, &Plot::live(3));
        let sealed = Plot {
            state: AccountState::Sealed,
            last_back: 4,
            ended_days: Some(90),
            ..Plot::live(40)
        };
        self.account(Node::Tielu, &person, &sealed);
    }

    fn numbers_and_kinds(&mut self) {
        let person = self.person(&samples::S3);
        self.account(Node::City, &person, &Plot::live(36));
        self.account(
            Node::Guoguan,
            &person,
            &Plot {
                fund: "03",
                ..Plot::live(36)
            },
        );
        let person = self.person(&samples::S4);
        self.account(
            Node::City,
            &person,
            &Plot {
                short_id: true,
                ..Plot::live(60)
            },
        );
        let holder = self.detailed_person(&samples::S5_PERMIT, None, Some(&samples::S5_PASS));
        self.account(Node::City, &holder, &Plot::live(18));
        let traveller = self.person(&samples::S5_PASS);
        self.account(Node::Guoguan, &traveller, &Plot::live(30));
    }

    fn months_and_files(&mut self) {
        let person = self.person(&samples::S11);
        self.account(
            Node::City,
            &person,
            &Plot {
                rows: 14,
                ..Plot::live(14)
            },
        );
        let railway = Plot {
            state: AccountState::Sealed,
            last_back: 12,
            ended_days: Some(320),
            ..Plot::live(10)
        };
        self.account(Node::Tielu, &person, &railway);
        let person = self.detailed_person(&samples::S12, Some(&samples::S12_WIFE), None);
        self.account(Node::City, &person, &Plot::live(60));
        let person = self.person(&samples::S13);
        self.account(Node::Tielu, &person, &Plot::live(50));
        let person = self.person(&samples::S14);
        self.account(Node::City, &person, &Plot::live(8));
        let sealed = |days, last_back| Plot {
            state: AccountState::Sealed,
            ended_days: Some(days),
            last_back,
            ..Plot::live(20)
        };
        self.account(Node::Zhongzhi, &person, &sealed(300, 11));
        self.account(Node::Guoguan, &person, &sealed(1_000, 35));
        let moved = Plot {
            state: AccountState::MovedOut,
            ended_days: Some(1_900),
            ..sealed(1_900, 64)
        };
        self.account(Node::Tielu, &person, &moved);
    }
}

fn plain_unit(node: Node, serial: u32, employer: &Arc<Employer>, as_of: Date) -> Unit {
    let now = Month::of(as_of);
    Unit {
        node,
        number: unit_number(node, serial),
        employer: Arc::clone(employer),
        status: "01",
        rate_percent: 12,
        deferral: "0",
        deferral_end: None,
        paid_through: now.plus(-1),
        roster_year: if now.number() > 6 {
            now.year()
        } else {
            now.year() - 1
        },
        closed: None,
        updated: days_before(as_of, 1),
    }
}

/// How another record names a sample's person.
fn named(who: &SampleSubject) -> Named {
    Named {
        name: who.name.to_owned(),
        id_type: who.id_type,
        number: who.number.to_owned(),
    }
}

fn birth_of(number: &str) -> Option<Month> {
    let year: i32 = number.get(6..10)?.parse().ok()?;
    let month: u8 = number.get(10..12)?.parse().ok()?;
    let month = time::Month::try_from(month).ok()?;
    Date::from_calendar_date(year, month, 1).ok().map(Month::of)
}
