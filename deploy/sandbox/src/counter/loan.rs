//! Loans: one open anywhere in any role, how many were used, how much the contribution years and
//! the ceilings allow, and the last look before signing.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::Value;

use super::heard::{Told, if_heard, month, told};
use super::{House, Reason, Rule, Verdict, weigh};
use crate::client::{Answer, Lamp};
use crate::world::Node;

/// Applied for, approved, signed, running, in arrears, written off: not settled.
const OPEN: [&str; 6] = ["01", "02", "03", "04", "05", "07"];
const SETTLED: &str = "06";
/// Withdrawn, refused.
const VOID: [&str; 2] = ["08", "09"];
/// Contributions and back payments.
const PAYING: [&str; 2] = ["01", "02"];
const REVERSAL: &str = "02";
const MONTHS_PER_YEAR: u32 = 12;
/// Longest life of an account that is believed, in months.
const MONTHS_MAX: i32 = 80 * 12;

const PER_YEAR_YUAN: u32 = 100_000;
const FIRST_HOME_YUAN: u32 = 1_200_000;
const SECOND_HOME_YUAN: u32 = 600_000;
/// On top for borrowers from the core who buy outside the six urban districts.
const FROM_CORE_YUAN: u32 = 200_000;
/// The same for borrowers from the rest of the six.
const FROM_URBAN_YUAN: u32 = 100_000;
/// 东城, 西城.
const CORE: [&str; 2] = ["110101", "110102"];
/// 东城, 西城, 朝阳, 丰台, 石景山, 海淀.
const URBAN: [&str; 6] = ["110101", "110102", "110105", "110106", "110107", "110108"];

/// A loan by the center that lends and its application number.
type LoanKey = (String, String);

/// The state of each loan that a person is any party of. The loan account knows better than the
/// contract whether it is settled.
fn loans<'a>(answer: &'a Answer) -> (BTreeMap<LoanKey, (Told<'a>, String)>, Vec<Verdict>) {
    let accounts: Vec<_> = told(answer, "10")
        .filter_map(|told| Some((told, told.text("jkhtbh")?, told.text("dkzt")?)))
        .collect();
    let mut loans = BTreeMap::new();
    let mut unsure = Vec::new();
    for told in told(answer, "08") {
        let (Some(key), Some(state)) = (told.text("dksqbh"), told.text("dkzt")) else {
            unsure.push(told.unreadable());
            continue;
        };
        let contract = told.text("jkhtbh");
        let account = accounts.iter().find(|(other, number, _)| {
            other.node() == told.node() && Some(number) == contract.as_ref()
        });
        let state = account.map_or(state, |(_, _, newer)| newer.clone());
        loans.insert((told.node().to_owned(), key), (told, state));
    }
    for told in told(answer, "09") {
        let key = told.text("dksqbh").map(|key| (told.node().to_owned(), key));
        // A party of a loan whose contract was not shown: nobody knows its state.
        if key.is_none_or(|key| !loans.contains_key(&key)) {
            unsure.push(told.unreadable());
        }
    }
    let contracts: Vec<_> = loans
        .values()
        .filter_map(|(told, _)| Some((told.node().to_owned(), told.text("jkhtbh")?)))
        .collect();
    for (told, contract, state) in accounts {
        if !contracts.contains(&(told.node().to_owned(), contract.clone())) {
            loans.insert((told.node().to_owned(), contract), (told, state));
        }
    }
    (loans, unsure)
}

/// Whether any of those who would borrow is a party, in whatever role, of a loan or application
/// that is open anywhere. `own` is this very application, by center and number.
#[must_use]
pub fn repeat_loan(parties: &[&Answer], own: Option<(Node, &str)>) -> Verdict {
    let mut found = Vec::new();
    for answer in parties {
        let (loans, unsure) = loans(answer);
        found.extend(unsure);
        for ((center, key), (told, state)) in loans {
            let is_own = own.is_some_and(|(node, number)| node.id() == center && number == key);
            if OPEN.contains(&state.as_str()) && !is_own {
                found.push(Verdict::Stop(told.reason(Rule::RepeatLoan, "dksqbh")));
            }
        }
    }
    found.push(if_heard(parties.iter().copied(), &["08", "09"]));
    weigh(found)
}

/// How many loans a person has used: open or settled, in whatever role, everywhere.
#[must_use]
pub fn loan_uses(answer: &Answer) -> usize {
    let (loans, _) = loans(answer);
    let used = |state: &str| OPEN.contains(&state) || state == SETTLED;
    loans.values().filter(|(_, state)| used(state)).count()
}

/// Which home this would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// The first.
    First,
    /// The second.
    Second,
    /// One too many.
    Further,
}

/// Which home the family would buy: houses are counted, not accounts, behind loans and purchase
/// withdrawals everywhere. `own` is the house in question.
///
/// # Errors
/// Why nobody can say.
pub fn home_number(family: &[&Answer], own: &House) -> Result<Home, Verdict> {
    let mut houses: Vec<House> = Vec::new();
    for answer in family {
        let bought = told(answer, "06")
            .filter(|told| told.is_one_of("tqyy", &["01"]) == Some(true))
            .filter(|told| told.is_one_of("spzt", &["01", "02", "03", "04"]) == Some(true));
        let borrowed =
            told(answer, "08").filter(|told| told.is_one_of("dkzt", &VOID) != Some(true));
        for told in bought.chain(borrowed) {
            let house = House::of(&told);
            let is_known = house.is_same(own) == Some(true)
                || houses
                    .iter()
                    .any(|known| known.is_same(&house) == Some(true));
            if !is_known {
                houses.push(house);
            }
        }
    }
    match if_heard(family.iter().copied(), &["06", "08"]) {
        Verdict::Go => Ok(match houses.len() {
            0 => Home::First,
            1 => Home::Second,
            _ => Home::Further,
        }),
        waiting => Err(waiting),
    }
}

/// The months that a person has paid for, all centers together; a month paid for twice is one
/// month. Where a center does not hold every month one by one, the months in all since the opening
/// are taken instead.
///
/// # Errors
/// Why nobody can say.
pub fn contribution_months(answer: &Answer) -> Result<BTreeSet<i32>, Verdict> {
    let mut all = BTreeSet::new();
    for lamp in &answer.lamps {
        let rows = rows_of(lamp);
        let held: BTreeSet<i32> = rows
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .map(|(m, _)| m)
            .collect();
        let class = lamp.class("04");
        let accounts = class
            .map(|class| class.records.as_slice())
            .unwrap_or_default();
        for record in accounts {
            let told = Told { lamp, record };
            let counted = told
                .text("ljjcys")
                .and_then(|text| text.parse::<i32>().ok());
            let is_short = |counted: i32| usize::try_from(counted).is_ok_and(|n| n > held.len());
            match counted {
                // Some systems keep no count, only the months themselves.
                None if record.is_withheld("ljjcys") || held.is_empty() => {
                    return Err(told.unreadable());
                }
                Some(counted) if is_short(counted) => {
                    let Some(opened) = told.text("khrq").as_deref().and_then(month) else {
                        return Err(told.unreadable());
                    };
                    all.extend(opened..opened.saturating_add(counted.min(MONTHS_MAX)));
                }
                None | Some(_) => {}
            }
        }
        all.extend(held);
    }
    match if_heard([answer], &["04", "05"]) {
        Verdict::Go => Ok(all),
        waiting => Err(waiting),
    }
}

/// Payments by month at one center, less what was reversed.
fn rows_of(lamp: &Lamp) -> BTreeMap<i32, i32> {
    let class = lamp.class("05");
    let records = class
        .map(|class| class.records.as_slice())
        .unwrap_or_default();
    let mut rows = BTreeMap::new();
    for record in records {
        let told = Told { lamp, record };
        if told.is_one_of("gjhtqywlx", &PAYING) != Some(true) {
            continue;
        }
        if let Some(month) = told.text("hbjny").as_deref().and_then(month) {
            let is_reversal = told.is_one_of("czbz", &[REVERSAL]) == Some(true);
            *rows.entry(month).or_insert(0) += if is_reversal { -1 } else { 1 };
        }
    }
    rows
}

/// Months in years; a part of a year is a full one.
#[must_use]
pub fn years_of(months: &BTreeSet<i32>) -> u32 {
    u32::try_from(months.len())
        .unwrap_or(0)
        .div_ceil(MONTHS_PER_YEAR)
}

/// What a loan is to be.
#[derive(Debug, Clone, Copy)]
pub struct LoanPlan<'a> {
    /// How much, in yuan.
    pub amount: Decimal,
    /// The longer of the spouses' contribution years.
    pub years: u32,
    /// Which home it is.
    pub home: Home,
    /// Where each borrower is registered, as codes of `admin-division`.
    pub registered: &'a [&'a str],
    /// Where the house stands.
    pub house: &'a str,
}

/// Whether the amount stays within what the contribution years and the ceiling allow. The ceiling
/// of a first home rises for borrowers of the inner districts who buy outside the six; the rule of
/// the years binds all the same.
#[must_use]
pub fn loan_cap(plan: &LoanPlan<'_>) -> Verdict {
    let house = today(plan.house);
    let all_from = |among: &[&str]| {
        !plan.registered.is_empty()
            && plan
                .registered
                .iter()
                .all(|place| among.contains(&today(place)))
    };
    let uplift = if URBAN.contains(&house) {
        0
    } else if all_from(&CORE) {
        FROM_CORE_YUAN
    } else if all_from(&URBAN) {
        FROM_URBAN_YUAN
    } else {
        0
    };
    let ceiling = match plan.home {
        Home::First => FIRST_HOME_YUAN + uplift,
        Home::Second => SECOND_HOME_YUAN,
        Home::Further => 0,
    };
    let by_years = PER_YEAR_YUAN.saturating_mul(plan.years);
    if plan.amount > Decimal::from(ceiling) {
        Verdict::Stop(Reason::of(Rule::LoanCap))
    } else if plan.amount > Decimal::from(by_years) {
        Verdict::Stop(Reason::of(Rule::LoanYears))
    } else {
        Verdict::Go
    }
}

/// A division by its code of today: 崇文 and 宣武 are gone.
fn today(division: &str) -> &str {
    match division {
        "110103" => "110101",
        "110104" => "110102",
        _ => division,
    }
}

/// The last look before signing, by the verdicts of a match: yes stops, or is a person's where an
/// account is frozen; what nobody could judge is not heard.
#[must_use]
pub fn final_check(parties: &[&Answer], own: Node) -> Verdict {
    let mut found = Vec::new();
    for answer in parties {
        let mut judged = 0;
        for lamp in &answer.lamps {
            for class in &lamp.classes {
                for (verdict, finding) in &class.verdicts {
                    judged += 1;
                    found.push(one_finding(lamp, own, (&class.outcome, verdict, finding)));
                }
            }
        }
        if judged == 0 {
            found.push(Verdict::Park(
                Node::ALL.map(|node| node.id().to_owned()).into(),
            ));
        }
    }
    found.push(if_heard(parties.iter().copied(), &["08", "11", "04"]));
    weigh(found)
}

fn one_finding(
    lamp: &Lamp,
    own: Node,
    (outcome, verdict, finding): (&str, &str, &Value),
) -> Verdict {
    let reason = |rule: Rule| {
        let said = rule.say();
        Reason {
            center: Some(lamp.node.clone()),
            say: crate::client::Say {
                zh: format!("{}：{}。", lamp.name.zh, said.zh),
                en: format!("{}: {}.", lamp.name.en, said.en),
            },
            ..Reason::of(rule)
        }
    };
    match (finding, verdict) {
        (Value::Bool(false), _) => Verdict::Go,
        (Value::Bool(true), "open-loan") if lamp.node == own.id() => Verdict::Go,
        (Value::Bool(true), "open-loan") => Verdict::Stop(reason(Rule::FinalCheck)),
        (Value::Bool(true), "loan-restricted" | "dishonest") => {
            Verdict::Stop(reason(Rule::Restricted))
        }
        (Value::Bool(true), "frozen") => Verdict::Manual(reason(Rule::Frozen)),
        (Value::Bool(true), _) => Verdict::Manual(reason(Rule::Unreadable)),
        // A center that does not hold the class has nothing to judge.
        _ if outcome == "not-covered" => Verdict::Go,
        _ => Verdict::Park([lamp.node.clone()].into()),
    }
}
