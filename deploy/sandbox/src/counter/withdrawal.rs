//! Withdrawals: twice for one house, more than the house costs, twice for the same months. A
//! pending one counts like a paid one, or else two centers could pay on one day.

use rust_decimal::Decimal;
use time::Date;

use super::heard::{Told, date, elsewhere, if_heard, month, told};
use super::{House, Reason, Rule, Verdict, weigh};
use crate::client::Answer;
use crate::world::Node;

const BUYING: &str = "01";
const RENTING: &str = "07";
const PENDING: [&str; 3] = ["01", "02", "03"];
const PAID: &str = "04";
const REVERSED: &str = "08";
/// Refused, taken back, payment failed: nothing was drawn.
const VOID: [&str; 3] = ["05", "06", "07"];
/// Purchases within Beijing.
const IN_CITY: [&str; 5] = ["0007", "0008", "0009", "0010", "0011"];

/// The withdrawal applied for.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// Where it is applied for.
    pub own: Node,
    /// Its number in that center's records, if it stands there already.
    pub number: Option<String>,
    /// When.
    pub applied: Date,
    /// For which house.
    pub house: House,
    /// What the house costs.
    pub price: Decimal,
    /// How much.
    pub amount: Decimal,
}

/// A withdrawal for a house that counts, after reversals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    center: String,
    key: Option<String>,
    amount: Decimal,
    applied: Option<Date>,
    is_pending: bool,
}

/// Whether the same person drew on the same house at another center, or applied there before or on
/// the same day. What was reversed in full does not count. Of two pending ones the second is
/// stopped; on one day both are, until the clerks have spoken.
#[must_use]
pub fn repeat_withdrawal(applicant: &Answer, purchase: &Purchase) -> Verdict {
    let (draws, mut found) = draws(applicant, purchase);
    for (told, draw) in draws {
        let is_later = draw.is_pending && draw.applied.is_some_and(|day| day > purchase.applied);
        if draw.center != purchase.own.id() && !is_later {
            found.push(Verdict::Stop(told.reason(Rule::RepeatWithdrawal, "ywlsh")));
        }
    }
    found.push(if_heard([applicant], &["06"]));
    weigh(found)
}

/// Whether what the family drew and asks for at all centers stays within the price. Both spouses
/// may draw on one house; reversals are netted; this application itself is not counted twice.
#[must_use]
pub fn family_sum(family: &[&Answer], purchase: &Purchase) -> Verdict {
    let mut sum = purchase.amount;
    let mut found = Vec::new();
    for answer in family {
        let (draws, unsure) = draws(answer, purchase);
        found.extend(unsure);
        let counted = draws.into_iter().filter(|(_, draw)| {
            let is_this = draw.center == purchase.own.id() && draw.key == purchase.number;
            !is_this || purchase.number.is_none()
        });
        sum += counted.map(|(_, draw)| draw.amount).sum::<Decimal>();
    }
    if sum > purchase.price {
        found.push(Verdict::Stop(Reason::of(Rule::FamilySum)));
    }
    found.push(if_heard(family.iter().copied(), &["06"]));
    weigh(found)
}

type Counted<'a> = Vec<(Told<'a>, Draw)>;

/// What counts for the house, and what cannot be read.
fn draws<'a>(answer: &'a Answer, purchase: &Purchase) -> (Counted<'a>, Vec<Verdict>) {
    let mut draws: Counted<'a> = Vec::new();
    let mut reversals = Vec::new();
    let mut unsure = Vec::new();
    for told in told(answer, "06") {
        match told.is_one_of("tqyy", &[BUYING]) {
            Some(false) => continue,
            Some(true) => {}
            None => {
                unsure.push(told.unreadable());
                continue;
            }
        }
        let state = told.text("spzt").unwrap_or_default();
        match House::of(&told).is_same(&purchase.house) {
            _ if VOID.contains(&state.as_str()) => continue,
            Some(false) => continue,
            Some(true) => {}
            None => {
                unsure.push(told.unreadable());
                continue;
            }
        }
        let amount = told
            .text("fse")
            .and_then(|text| text.parse::<Decimal>().ok());
        let is_pending = PENDING.contains(&state.as_str());
        match amount {
            Some(amount) if state == REVERSED => {
                // A paid row that was merely marked as reversed is no counter-entry.
                if amount.is_sign_negative() {
                    reversals.push((told.node().to_owned(), amount));
                }
            }
            Some(amount) if is_pending || state == PAID => draws.push((
                told,
                Draw {
                    center: told.node().to_owned(),
                    key: told.text("ywlsh"),
                    amount,
                    applied: told.text("sqrq").and_then(|text| date(&text)),
                    is_pending,
                },
            )),
            _ => unsure.push(told.unreadable()),
        }
    }
    net(&mut draws, &reversals);
    (draws, unsure)
}

/// Each reversal takes back one paid row of its center with the opposite amount; one that matches
/// none takes back nothing.
fn net(draws: &mut Counted<'_>, reversals: &[(String, Decimal)]) {
    for (center, amount) in reversals {
        let matches = |(_, draw): &(Told<'_>, Draw)| {
            !draw.is_pending && draw.center == *center && draw.amount == -*amount
        };
        if let Some(at) = draws.iter().position(matches) {
            draws.remove(at);
        }
    }
}

/// The months rented, as `YYYYMM`.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// First month.
    pub from: &'a str,
    /// Last month.
    pub until: &'a str,
}

/// Whether rent was drawn at another center for the same months, by the applicant or the spouse, or
/// a purchase in the city is on record there. What was paid and reversed is a person's to judge: no
/// amounts come along that would tell which was taken back.
#[must_use]
pub fn rent_overlap(family: &[&Answer], own: Node, lease: Lease<'_>) -> Verdict {
    let mut found = Vec::new();
    let (Some(from), Some(until)) = (month(lease.from), month(lease.until)) else {
        return Verdict::Manual(Reason::of(Rule::Unreadable));
    };
    for answer in family {
        let reversed: Vec<&str> = answer
            .lamps
            .iter()
            .filter(|lamp| {
                let records = lamp.class("06").map(|class| class.records.as_slice());
                let mut states = records.unwrap_or_default().iter();
                states.any(|record| record.text("spzt").as_deref() == Some(REVERSED))
            })
            .map(|lamp| lamp.node.as_str())
            .collect();
        for told in elsewhere(answer, "06", own) {
            found.push(match rent_rule(&told, from, until) {
                Err(()) => told.unreadable(),
                Ok(None) => Verdict::Go,
                Ok(Some(rule)) if reversed.contains(&told.node()) => {
                    Verdict::Manual(told.reason(rule, "ywlsh"))
                }
                Ok(Some(rule)) => Verdict::Stop(told.reason(rule, "ywlsh")),
            });
        }
    }
    found.push(if_heard(family.iter().copied(), &["06"]));
    weigh(found)
}

/// The rule that a record breaks; an error where it cannot be read.
fn rent_rule(told: &Told<'_>, from: i32, until: i32) -> Result<Option<Rule>, ()> {
    let state = told.text("spzt").ok_or(())?;
    if state != PAID && !PENDING.contains(&state.as_str()) {
        return Ok(None);
    }
    match told.text("tqyy").ok_or(())?.as_str() {
        RENTING => {
            let first = told
                .text("zlqsrq")
                .and_then(|text| month(&text))
                .ok_or(())?;
            let last = told
                .text("zlzzrq")
                .and_then(|text| month(&text))
                .ok_or(())?;
            Ok((first <= until && from <= last).then_some(Rule::RentOverlap))
        }
        BUYING => match told.is_one_of("tqyyxq", &IN_CITY) {
            Some(is_here) => Ok(is_here.then_some(Rule::PurchaseOnRecord)),
            None => Err(()),
        },
        _ => Ok(None),
    }
}
