//! Ordinary lives: who works where, which accounts that leaves, and who is married to whom. It
//! refuses to touch the planted samples.

use std::sync::Arc;

use time::Date;

use super::accounts::{AccountPlan, ROWS_PER_ACCOUNT};
use super::calendar::{Month, days_before};
use super::employers;
use super::facts::{AccountState, Facts, Person, Unit};
use super::node::Node;
use super::people;
use super::random::Dice;

const PEOPLE_PER_EMPLOYER: u32 = 40;
const SECOND_CENTER_PER_MILLE: u64 = 80;
const SECOND_FUND_PER_MILLE: u64 = 30;
const SECOND_UNIT_PER_MILLE: u64 = 60;
const SHORT_ID_PER_MILLE: u64 = 40;
const REVERSED_PER_MILLE: u64 = 15;
/// Progress is told once per so many people.
const PROGRESS_STEP: u64 = 2_000;

/// Fills the world with `count` people, their employers and their accounts.
pub(crate) fn populate(
    facts: &mut Facts,
    seed: u64,
    count: u32,
    on_progress: &mut dyn FnMut(&str, u64, u64),
) {
    let as_of = facts.as_of;
    facts
        .people
        .extend(crowd(seed, count).into_iter().map(Arc::new));
    let units = workplaces(facts, seed, count);
    let mut dice = Dice::new(seed, "accounts");
    let mut serial = 1_000_u64;
    let people = facts.people.clone();
    let total = u64::from(count);
    for (at, person) in people.iter().enumerate() {
        if (at as u64).is_multiple_of(PROGRESS_STEP) {
            on_progress("people", at as u64, total);
        }
        let home = home_of(&mut dice);
        let mut places = vec![(home, "01")];
        if dice.chance(SECOND_CENTER_PER_MILLE) {
            places.push((other_than(home, &mut dice), "01"));
        }
        if home != Node::Tielu && dice.chance(SECOND_FUND_PER_MILLE) {
            places.push((home, dice.pick(&["02", "03"])));
        }
        for (order, (node, fund)) in places.into_iter().enumerate() {
            let Some(unit) = units.pick(node, &mut dice) else {
                continue;
            };
            serial += 1;
            let plan = plan(serial, fund, order == 1, as_of, &mut dice);
            facts.accounts.push(Arc::new(plan.build(person, &unit)));
        }
    }
    on_progress("people", total, total);
}

fn crowd(seed: u64, count: u32) -> Vec<Person> {
    let mut dice = Dice::new(seed, "people");
    let mut crowd: Vec<Person> = (0..count)
        .map(|serial| people::person(serial, &mut dice))
        .collect();
    for pair in crowd.chunks_mut(2) {
        let [first, second] = pair else { continue };
        if first.sex != second.sex && dice.chance(600) {
            first.marital = "20";
            second.marital = "20";
            first.spouse = Some(second.named());
            second.spouse = Some(first.named());
        }
    }
    crowd
}

/// The units of each center, to pick employment from.
struct Workplaces {
    units: Vec<(Node, Vec<Arc<Unit>>)>,
}

impl Workplaces {
    fn pick(&self, node: Node, dice: &mut Dice) -> Option<Arc<Unit>> {
        let (_, units) = self.units.iter().find(|(at, _)| *at == node)?;
        let at = dice.below(u64::try_from(units.len()).unwrap_or(0));
        units.get(usize::try_from(at).unwrap_or(0)).cloned()
    }
}

fn workplaces(facts: &mut Facts, seed: u64, count: u32) -> Workplaces {
    let mut dice = Dice::new(seed, "employers");
    let as_of = facts.as_of;
    let mut places = Workplaces {
        units: Node::ALL.map(|node| (node, Vec::new())).into(),
    };
    let employers = count / PEOPLE_PER_EMPLOYER + 8;
    for serial in 1..=employers {
        // The first four make sure that no center is without an employer.
        let node = match serial {
            1 => Node::City,
            2 => Node::Zhongzhi,
            3 => Node::Guoguan,
            4 => Node::Tielu,
            _ => home_of(&mut dice),
        };
        let employer = Arc::new(employers::employer(serial, node, &facts.people, &mut dice));
        let mut nodes = vec![node];
        if dice.chance(SECOND_UNIT_PER_MILLE) {
            nodes.push(other_than(node, &mut dice));
        }
        for node in nodes {
            let unit = Arc::new(employers::unit(node, serial, &employer, as_of, &mut dice));
            if let Some((_, units)) = places.units.iter_mut().find(|(at, _)| *at == node) {
                units.push(Arc::clone(&unit));
            }
            facts.units.push(unit);
        }
        facts.employers.push(employer);
    }
    places
}

fn home_of(dice: &mut Dice) -> Node {
    match dice.below(100) {
        0..=54 => Node::City,
        55..=66 => Node::Zhongzhi,
        67..=86 => Node::Guoguan,
        _ => Node::Tielu,
    }
}

fn other_than(node: Node, dice: &mut Dice) -> Node {
    let mut others = Node::ALL.into_iter().filter(|other| *other != node);
    others
        .nth(usize::try_from(dice.below(3)).unwrap_or(0))
        .unwrap_or(Node::City)
}

fn plan(
    serial: u64,
    fund: &'static str,
    second: bool,
    as_of: Date,
    dice: &mut Dice,
) -> AccountPlan {
    let now = Month::of(as_of);
    let state = if second {
        second_state(dice)
    } else {
        first_state(dice)
    };
    let ended = (state != AccountState::Live && state != AccountState::Other)
        .then(|| days_before(as_of, dice.between(30, 900)));
    let paid_through = ended.map_or_else(|| now.plus(-1), |date| Month::of(date).plus(-1));
    let age = i32::try_from(dice.between(3, 240)).unwrap_or(12);
    let day = u8::try_from(dice.between(1, 28)).unwrap_or(1);
    let freeze = match dice.below(200) {
        0 => "2",
        1 => "1",
        _ => "0",
    };
    let live = state == AccountState::Live;
    AccountPlan {
        serial,
        fund,
        state,
        freeze: if live { freeze } else { "0" },
        opened: paid_through.plus(-age).day(day),
        paid_through,
        base_yuan: dice.between(40, 330) * 100,
        ended,
        rows: if live {
            ROWS_PER_ACCOUNT
        } else {
            ROWS_PER_ACCOUNT / 2
        },
        reversed: dice.chance(REVERSED_PER_MILLE),
        short_id: dice.chance(SHORT_ID_PER_MILLE),
        updated: days_before(as_of, dice.between(1, 20)),
    }
}

fn first_state(dice: &mut Dice) -> AccountState {
    match dice.below(100) {
        0..=6 => AccountState::Sealed,
        7 => AccountState::MovedOut,
        8..=9 => AccountState::DrawnOut,
        10 => AccountState::Merged,
        _ => AccountState::Live,
    }
}

fn second_state(dice: &mut Dice) -> AccountState {
    match dice.below(100) {
        0..=54 => AccountState::Sealed,
        55..=69 => AccountState::MovedOut,
        70..=79 => AccountState::Merged,
        80 => AccountState::Other,
        _ => AccountState::Live,
    }
}
