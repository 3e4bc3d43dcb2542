//! People who never lived: names, and well-formed identity numbers of persons born 1900–1909, with
//! serials that the planted samples never use. It refuses to make a number that could belong to a
//! contributor alive.

use time::{Date, Duration};

use super::calendar::Month;
use super::facts::Person;
use super::random::Dice;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
/// First birthday handed out; the samples and this range share no serial.
const FIRST_BIRTHDAY: (i32, u16) = (1900, 60);
const BIRTHDAYS: u64 = 3_500;
/// Coprime to `BIRTHDAYS`, so that neighbours are not born on neighbouring days.
const BIRTHDAY_STEP: u64 = 1_637;
const FIRST_SERIAL: u64 = 100;
/// Serials of one division's permit holders; even, so that men keep odd serials.
const PERMIT_STEP: u64 = 40;

/// Divisions of Beijing in use.
pub(crate) const DIVISIONS: [&str; 16] = [
    "110101", "110102", "110105", "110106", "110107", "110108", "110109", "110111", "110112",
    "110113", "110114", "110115", "110116", "110117", "110118", "110119",
];

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹",
    "袁", "邓", "许", "傅", "欧阳", "司马", "诸葛", "上官",
];
const GIVEN: [&str; 48] = [
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "涛", "明", "超", "霞",
    "平", "刚", "玉", "桂", "建", "国", "华", "文", "志", "海", "秀", "英", "晓", "红", "梅", "兰",
    "云", "飞", "雪", "龙", "思", "远", "子", "涵", "宇", "轩", "欣", "怡", "嘉", "豪", "雨", "桐",
];
/// Characters that GB18030 writes in four bytes.
const RARE: [&str; 8] = ["㛃", "䶮", "𠮷", "𬭚", "𫖯", "𬬭", "𫍯", "㭎"];
const MINORITY_FIRST: [&str; 8] = [
    "阿依古丽",
    "艾合买提",
    "古丽娜尔",
    "买买提",
    "帕提古丽",
    "阿不都热合曼",
    "努尔兰",
    "卓玛",
];
const MINORITY_LAST: [&str; 6] = ["吐尔逊", "买买提", "艾山", "阿不都克力木", "巴合提", "次仁"];
const MARITAL: [&str; 6] = ["10", "20", "20", "21", "30", "40"];
const EDUCATION: [&str; 6] = ["14", "21", "21", "31", "61", "90"];
const OCCUPATION: [&str; 5] = ["13", "17", "21", "24", "90"];

/// The GB 11643 check character of seventeen digits.
pub(crate) fn with_check(seventeen: &str) -> String {
    let sum: u32 = seventeen
        .chars()
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight)
        .sum();
    let check = CHECKS
        .get(usize::try_from(sum % 11).unwrap_or(0))
        .copied()
        .unwrap_or('0');
    format!("{seventeen}{check}")
}

/// The old spelling of an 18-digit number of somebody born 19xx: no century, no check character.
pub(crate) fn fifteen(number: &str) -> Option<String> {
    let head = number.get(..6)?;
    let century = number.get(6..8)?;
    let tail = number.get(8..17)?;
    (century == "19" && number.len() == 18).then(|| format!("{head}{tail}"))
}

/// The `serial`-th person of the world.
pub(crate) fn person(serial: u32, dice: &mut Dice) -> Person {
    let at = u64::from(serial);
    let division_at = usize::try_from(at % 16).unwrap_or(0);
    let household = DIVISIONS.get(division_at).copied().unwrap_or("110101");
    let round = at / 16;
    let born = birthday(round);
    let male = dice.chance(510);
    let order = FIRST_SERIAL + round / BIRTHDAYS * 2 + u64::from(male);
    let (id_type, number) = identity(household, born, order, at, dice);
    Person {
        serial,
        id_type,
        number,
        former: None,
        name: name(dice),
        sex: if male { "1" } else { "2" },
        birth: Some(Month::of(born)),
        marital: dice.pick(&MARITAL),
        education: dice.pick(&EDUCATION),
        occupation: dice.pick(&OCCUPATION),
        household,
        spouse: None,
    }
}

fn birthday(round: u64) -> Date {
    let first = Date::from_ordinal_date(FIRST_BIRTHDAY.0, FIRST_BIRTHDAY.1).unwrap_or(Date::MIN);
    let days = i64::try_from((round % BIRTHDAYS) * BIRTHDAY_STEP % BIRTHDAYS).unwrap_or(0);
    first.checked_add(Duration::days(days)).unwrap_or(first)
}

fn identity(
    division: &str,
    born: Date,
    order: u64,
    at: u64,
    dice: &mut Dice,
) -> (&'static str, String) {
    let digits = format!(
        "{:04}{:02}{:02}",
        born.year(),
        u8::from(born.month()),
        born.day()
    );
    // Permits name no division of Beijing: the serial must keep neighbours apart.
    let permit = order + at % 16 * PERMIT_STEP;
    match dice.below(1000) {
        0..=3 => ("05", with_check(&format!("810000{digits}{permit:03}"))),
        4..=6 => ("06", with_check(&format!("830000{digits}{permit:03}"))),
        7..=9 => ("07", format!("H{:08}", 10_000_000 + at)),
        10..=11 => ("08", format!("{:08}", 10_000_000 + at)),
        12..=13 => ("03", format!("E{:08}", 10_000_000 + at)),
        14 => ("02", format!("{:08}", 20_000_000 + at)),
        _ => ("01", with_check(&format!("{division}{digits}{order:03}"))),
    }
}

/// A made-up name: mostly plain, some with rare characters, some with a middle dot.
pub(crate) fn name(dice: &mut Dice) -> String {
    match dice.below(100) {
        0..=1 => format!(
            "{}·{}",
            dice.pick(&MINORITY_FIRST),
            dice.pick(&MINORITY_LAST)
        ),
        2..=3 => format!("{}{}", dice.pick(&SURNAMES), dice.pick(&RARE)),
        4..=35 => format!("{}{}", dice.pick(&SURNAMES), dice.pick(&GIVEN)),
        _ => {
            let surname = dice.pick(&SURNAMES);
            format!("{surname}{}{}", dice.pick(&GIVEN), dice.pick(&GIVEN))
        }
    }
}
