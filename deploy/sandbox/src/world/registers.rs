//! What the offices outside the star have on record about the same world: net-signed contracts,
//! marriages and enterprises, each in that office's own words. It refuses to know how an office
//! replies.

use std::collections::BTreeMap;

use time::Date;

use super::WorldError;
use super::calendar::{dashed, days_before};
use super::facts::{Facts, House, Named};
use super::people::fifteen;
use super::samples::{self, SampleSubject};

/// Days before the world's day on which S12 married, was divorced and married again.
const S12_DAYS: [i64; 3] = [13_000, 6_400, 3_600];
/// Days before the world's day of a marriage and of its divorce, while a loan of both runs.
const DIVORCED_DAYS: [i64; 2] = [5_000, 90];
/// Square metres of every house, in the hundredths that the office keeps.
const AREA_HUNDREDTHS: i64 = 8_950;

/// The records of the three outside offices.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    pub(crate) contracts: BTreeMap<String, Vec<Contract>>,
    pub(crate) marriages: Vec<Registration>,
    pub(crate) enterprises: BTreeMap<String, Enterprise>,
}

/// A net-signed contract, as one buyer's.
#[derive(Debug, Clone)]
pub(crate) struct Contract {
    pub(crate) number: String,
    /// What the buyer chose for queries. It is never part of a reply.
    pub(crate) password: String,
    pub(crate) buyer: Named,
    pub(crate) address: String,
    pub(crate) area: String,
    pub(crate) price: String,
    pub(crate) signed: String,
    pub(crate) status: &'static str,
}

/// One entry of the marriage register, as one party's.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) who: Named,
    pub(crate) spouse: Named,
    pub(crate) kind: &'static str,
    pub(crate) day: String,
    pub(crate) certificate: String,
}

/// A registered enterprise.
#[derive(Debug, Clone)]
pub(crate) struct Enterprise {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) representative: String,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) since: String,
    pub(crate) address: String,
}

impl Registers {
    /// The registers of the world that [`super::generate`] makes of the same arguments.
    pub fn of_world(seed: u64, people: u32, as_of: Date) -> Result<Self, WorldError> {
        if people > super::PEOPLE_MAX {
            return Err(WorldError::TooManyPeople { people });
        }
        Ok(Self::of(&super::facts(
            seed,
            people,
            as_of,
            &mut |_, _, _| {},
        )))
    }

    fn of(facts: &Facts) -> Self {
        let mut registers = Self::default();
        for draw in &facts.withdrawals {
            if let Some(house) = &draw.house {
                registers.contract(house, draw.account.person.named(), draw.applied);
            }
        }
        for loan in facts.loans.iter().filter(|loan| loan.contract.is_some()) {
            registers.contract(&loan.house, loan.borrower.named(), loan.applied);
        }
        registers.divorced(facts.as_of);
        for person in &facts.people {
            let Some(spouse) = person.spouse.clone() else {
                continue;
            };
            if person.number == samples::S12.number {
                registers.remarried(facts.as_of);
                continue;
            }
            registers.marriages.push(Registration {
                who: person.named(),
                spouse,
                kind: "结婚登记",
                day: dashed(days_before(
                    facts.as_of,
                    2_000 + i64::from(person.serial % 9_000),
                )),
                certificate: format!("J110100-2010-{:06}", person.serial),
            });
        }
        for employer in &facts.employers {
            registers.enterprise(facts.as_of, employer);
        }
        registers
    }

    fn contract(&mut self, house: &House, buyer: Named, asked: Date) {
        let held = self.contracts.entry(buyer.number.clone()).or_default();
        if held.iter().any(|known| known.number == house.contract) {
            return;
        }
        held.push(Contract {
            number: house.contract.clone(),
            password: format!("pw-{}", house.contract),
            buyer,
            address: house.address.clone(),
            area: format!("{}.{:02}", AREA_HUNDREDTHS / 100, AREA_HUNDREDTHS % 100),
            price: format!("{}.{:02}", house.price / 100, house.price % 100),
            signed: dashed(days_before(asked, 30)),
            status: "已备案",
        });
    }

    /// S12, whose first marriage stands under 15-digit numbers and comes first in every reply.
    fn remarried(&mut self, as_of: Date) {
        let [married, divorced, again] = S12_DAYS.map(|days| dashed(days_before(as_of, days)));
        let who = named(&samples::S12);
        let former = named(&samples::S12_FORMER_WIFE);
        let rows = [
            (
                old(&who),
                old(&former),
                "结婚登记",
                married,
                "J110100-1990-000012",
            ),
            (
                who.clone(),
                former,
                "离婚登记",
                divorced,
                "L110100-2008-000012",
            ),
            (
                who,
                named(&samples::S12_WIFE),
                "结婚登记",
                again,
                "J110100-2016-000012",
            ),
        ];
        for (who, spouse, kind, day, certificate) in rows {
            let certificate = certificate.to_owned();
            self.marriages.push(Registration {
                who,
                spouse,
                kind,
                day,
                certificate,
            });
        }
    }

    /// A couple whose divorce the lending center has not heard of; each party has its rows.
    fn divorced(&mut self, as_of: Date) {
        let [married, parted] = DIVORCED_DAYS.map(|days| dashed(days_before(as_of, days)));
        let (he, she) = (named(&samples::DIVORCED), named(&samples::FORMER_WIFE));
        let acts = [
            ("结婚登记", married, "J110100-2013-000023"),
            ("离婚登记", parted, "L110100-2026-000023"),
        ];
        for (kind, day, certificate) in acts {
            for (who, spouse) in [(&he, &she), (&she, &he)] {
                self.marriages.push(Registration {
                    who: who.clone(),
                    spouse: spouse.clone(),
                    kind,
                    day: day.clone(),
                    certificate: certificate.to_owned(),
                });
            }
        }
    }

    fn enterprise(&mut self, as_of: Date, employer: &super::facts::Employer) {
        let Some(code) = employer.code.clone() else {
            return;
        };
        let revoked = code == samples::S15.number;
        let enterprise = Enterprise {
            name: employer.name.clone(),
            representative: employer.representative.name.clone(),
            kind: if code.starts_with("91") {
                "有限责任公司"
            } else {
                "事业单位"
            },
            status: match (revoked, employer.affiliation) {
                (true, _) => "吊销,未注销",
                (false, "50") => "在营（开业）企业",
                (false, _) => "存续（在营、开业、在册）",
            },
            since: dashed(days_before(as_of, if revoked { 200 } else { 3_000 })),
            address: "北京市样例区示范路1号".to_owned(),
            code: code.clone(),
        };
        self.enterprises.insert(code, enterprise);
    }
}

fn named(who: &SampleSubject) -> Named {
    Named {
        name: who.name.to_owned(),
        id_type: who.id_type,
        number: who.number.to_owned(),
    }
}

/// The same person under the number of old records.
fn old(who: &Named) -> Named {
    Named {
        number: fifteen(&who.number).unwrap_or_else(|| who.number.clone()),
        ..who.clone()
    }
}
