//! The employers of S15 and S16: one that is revoked, one that is listed with its representative
//! and its handler, and a new one of the same representative. It refuses an account to any person
//! of theirs.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::events::five_years;
use super::super::facts::{Employer, Named, Restricted};
use super::super::node::Node;
use super::super::samples::{self, SampleSubject};
use super::{Planter, named, plain_unit};

/// Numbers of the employers' accounts.
const REVOKED_UNIT: u32 = 900_015;
const LISTED_UNIT: u32 = 900_016;
/// Days since the listing.
const LISTED_DAYS: i64 = 400;

/// Plants S15 and S16.
pub(super) fn plant(planter: &mut Planter<'_>) {
    let officers = (&samples::S15_REPRESENTATIVE, &samples::S15_HANDLER);
    let revoked = employer(&samples::S15, officers, "F51");
    register(
        planter,
        revoked,
        &[Node::City, Node::Zhongzhi],
        REVOKED_UNIT,
    );
    let officers = (&samples::S16_REPRESENTATIVE, &samples::S16_LISTED_HANDLER);
    let listed = employer(&samples::S16_LISTED, officers, "E47");
    register(planter, listed, &[Node::Zhongzhi], LISTED_UNIT);
    list(planter);
    let officers = (&samples::S16_REPRESENTATIVE, &samples::S16_HANDLER);
    register(planter, employer(&samples::S16, officers, "E47"), &[], 0);
}

fn employer(
    who: &SampleSubject,
    (representative, handler): (&SampleSubject, &SampleSubject),
    industry: &'static str,
) -> Employer {
    Employer {
        code: Some(who.number.to_owned()),
        organization: who.number.get(8..17).unwrap_or_default().to_owned(),
        name: who.name.to_owned(),
        economic: "173",
        affiliation: "90",
        industry,
        representative: named(representative),
        handler: named(handler),
    }
}

fn register(planter: &mut Planter<'_>, employer: Employer, nodes: &[Node], unit: u32) {
    let (employer, as_of) = (Arc::new(employer), planter.as_of());
    let units = nodes
        .iter()
        .map(|node| Arc::new(plain_unit(*node, unit, &employer, as_of)));
    planter.facts.units.extend(units);
    planter.facts.employers.push(employer);
}

/// The employer, its representative and its handler, each under the record of the same day.
fn list(planter: &mut Planter<'_>) {
    let who = &samples::S16_LISTED;
    let company = Restricted::Employer {
        name: who.name.to_owned(),
        code: who.number.to_owned(),
    };
    let person = |who| -> Named { named(who) };
    let records = [
        (company, "04", "01;02;03"),
        (
            Restricted::Person(person(&samples::S16_REPRESENTATIVE)),
            "06",
            "02;03",
        ),
        (
            Restricted::Person(person(&samples::S16_LISTED_HANDLER)),
            "07",
            "02;03",
        ),
    ];
    let from = days_before(planter.as_of(), LISTED_DAYS);
    for ((subject, kind, matters), order) in records.into_iter().zip(1..) {
        let number = format!("BE{}90016{order:06}", Node::Zhongzhi.digit());
        let is_person = matches!(subject, Restricted::Person(_));
        let mut record = five_years(Node::Zhongzhi, number, subject, (kind, matters), from);
        record.related = is_person.then(|| who.number.to_owned());
        planter.facts.restrictions.push(record);
    }
}
