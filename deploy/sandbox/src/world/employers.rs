//! Employers of the sample world, with well-formed GB 32100 codes, and their accounts at the
//! centers. It refuses to name a real enterprise: every name is put together from neutral parts.

use std::sync::Arc;

use time::Date;

use super::calendar::{Month, days_before};
use super::facts::{Employer, Named, Person, Unit};
use super::node::Node;
use super::random::Dice;

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const ORGANIZATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// The last employers of each hundred have no credit code: old units known by organisation code
/// only.
const UNCODED_PER_MILLE: u64 = 20;

const PLACES: [&str; 6] = ["北京", "华北", "京津", "燕山", "永定", "潮白"];
const WORDS: [&str; 16] = [
    "样例", "示范", "虚构", "演练", "启明", "瑞丰", "恒信", "天成", "远航", "同心", "新程", "安和",
    "广源", "立方", "晨光", "博雅",
];
const TRADES: [(&str, &str); 8] = [
    ("机械制造有限公司", "C"),
    ("商贸有限公司", "F"),
    ("运输有限公司", "G"),
    ("餐饮管理有限公司", "H"),
    ("软件技术有限公司", "I651"),
    ("置业有限公司", "K"),
    ("教育科技有限公司", "P"),
    ("建筑工程有限公司", "E47"),
];
const OFFICES: [&str; 4] = ["机关服务局", "研究所", "培训中心", "后勤保障中心"];
const SECTIONS: [&str; 4] = ["工务段", "机务段", "车务段", "电务段"];

/// A nine-character organisation code of GB 11714 from its first eight characters.
pub(crate) fn organization_code(eight: &str) -> String {
    let sum: u32 = eight
        .chars()
        .zip(ORGANIZATION_WEIGHTS)
        .map(|(symbol, weight)| symbol.to_digit(36).unwrap_or(0) * weight)
        .sum();
    let check = match 11 - sum % 11 {
        10 => "X".to_owned(),
        11 => "0".to_owned(),
        digit => digit.to_string(),
    };
    format!("{eight}{check}")
}

/// An eighteen-character credit code of GB 32100 from its kind, division and organisation code.
pub(crate) fn credit_code(kind: &str, division: &str, organization: &str) -> String {
    let body = format!("{kind}{division}{organization}");
    let mut weight = 1_usize;
    let mut sum = 0_usize;
    for symbol in body.chars() {
        sum += ALPHABET.find(symbol).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    let check = ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap_or('0');
    format!("{body}{check}")
}

/// The `serial`-th employer, made for the center where most of its people are.
pub(crate) fn employer(
    serial: u32,
    node: Node,
    people: &[Arc<Person>],
    dice: &mut Dice,
) -> Employer {
    let organization = organization_code(&format!("MA1{serial:05}"));
    let kind = if node == Node::City { "91" } else { "12" };
    let code =
        (!dice.chance(UNCODED_PER_MILLE)).then(|| credit_code(kind, "110000", &organization));
    let place = dice.pick(&PLACES);
    let word = dice.pick(&WORDS);
    let (name, industry) = match node {
        Node::City => {
            let (trade, industry) = dice.pick(&TRADES);
            (format!("{place}{word}{trade}（{serial}号）"), industry)
        }
        Node::Zhongzhi | Node::Guoguan => {
            (format!("{word}{}（{serial}号）", dice.pick(&OFFICES)), "S")
        }
        Node::Tielu => (
            format!("{place}{word}{}（{serial}号）", dice.pick(&SECTIONS)),
            "G53",
        ),
    };
    Employer {
        code,
        organization,
        name,
        economic: if node == Node::City {
            dice.pick(&["150", "173", "160", "300"])
        } else {
            "110"
        },
        affiliation: if node == Node::City {
            dice.pick(&["50", "90", "20"])
        } else {
            "10"
        },
        industry,
        representative: official(people, dice),
        handler: official(people, dice),
    }
}

fn official(people: &[Arc<Person>], dice: &mut Dice) -> Named {
    let at = dice.below(u64::try_from(people.len()).unwrap_or(0));
    people.get(usize::try_from(at).unwrap_or(0)).map_or_else(
        || Named {
            name: "张三".to_owned(),
            id_type: "99",
            number: "0".to_owned(),
        },
        |person| person.named(),
    )
}

/// A center's own number for its `serial`-th employer account.
pub(crate) fn unit_number(node: Node, serial: u32) -> String {
    match node {
        Node::City | Node::Zhongzhi => format!("0{}{serial:010}", node.digit()),
        Node::Guoguan => format!("G{serial:09}"),
        Node::Tielu => format!("0110{serial:06}"),
    }
}

/// The account of an employer at one center.
pub(crate) fn unit(
    node: Node,
    serial: u32,
    employer: &Arc<Employer>,
    as_of: Date,
    dice: &mut Dice,
) -> Unit {
    let now = Month::of(as_of);
    let (status, deferral, rate_percent) = match dice.below(100) {
        0..=1 => ("03", "1", 12),
        2..=3 => ("01", "2", dice.between(1, 4)),
        4 => ("04", "0", 12),
        5 => ("05", "0", 8),
        _ => ("01", "0", dice.pick(&[5, 8, 10, 12, 12, 12])),
    };
    let closed = (status == "04").then(|| days_before(as_of, dice.between(200, 900)));
    let paid_through = closed.map_or_else(|| now.plus(-1), |date| Month::of(date).plus(-1));
    let june = Month::of(as_of).plus(6 - now.number() + if now.number() > 6 { 12 } else { 0 });
    Unit {
        node,
        number: unit_number(node, serial),
        employer: Arc::clone(employer),
        status,
        rate_percent,
        deferral,
        deferral_end: (deferral != "0").then_some(june),
        paid_through,
        roster_year: if now.number() > 6 {
            now.year()
        } else {
            now.year() - 1
        },
        closed,
        updated: days_before(as_of, dice.between(1, 60)),
    }
}
