//! Identity documents of persons: GB 11643 numbers of 18 and 15 digits, residents' permits and
//! travel documents.

use std::fmt;

use time::{Date, Month};

use crate::defect::Defect;

/// The type of a resident identity card.
const CITIZEN: &str = "01";
/// The longest number an item of the catalogue can hold.
const NUMBER_MAX: usize = 18;
/// Weights of the first seventeen digits, GB 11643.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder of the weighted sum by eleven.
const CHECKS: [u8; 11] = *b"10X98765432";
/// Province codes of GB/T 2260 that a citizen's number may begin with.
const PROVINCES: [&str; 32] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
];
/// Divisions that only the permits of residents from Hong Kong and Macao begin with.
const HONG_KONG_MACAO: [&str; 2] = ["810000", "820000"];
/// The division that only the permits of residents from Taiwan begin with.
const TAIWAN: &str = "830000";
/// Centuries a number may name.
const CENTURIES: [&str; 3] = ["18", "19", "20"];

/// A person as known by one identity document, with the number in its normal spelling.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId {
    id_type: String,
    number: String,
}

impl PersonId {
    /// Normalises the number and checks it against the form of its type.
    ///
    /// # Errors
    /// The defect of the type or number.
    pub fn parse(id_type: &str, number: &str) -> Result<Self, Defect> {
        let mut number = normalise(number);
        if number.is_empty() {
            return Err(Defect::Empty);
        }
        if number.chars().count() > NUMBER_MAX {
            return Err(Defect::TooLong);
        }
        match id_type {
            CITIZEN => {
                if number.len() == 15 {
                    number = upgrade_15(&number).ok_or(Defect::BadNumber)?;
                }
                check_18(&number, is_province)?;
            }
            "05" => check_18(&number, |division| HONG_KONG_MACAO.contains(&division))?,
            "06" => check_18(&number, |division| division == TAIWAN)?,
            "04" => shape(is_permanent_residence(&number))?,
            "07" => shape(is_home_return_permit(&number))?,
            "08" => shape(number.len() == 8 && all_digits(&number))?,
            "03" => shape(number.bytes().all(|byte| byte.is_ascii_alphanumeric()))?,
            "02" | "99" => shape(!number.chars().any(char::is_control))?,
            _ => return Err(Defect::UnknownCode),
        }
        Ok(Self {
            id_type: id_type.to_owned(),
            number,
        })
    }

    /// The code of the document's type in the code set `id-type`.
    #[must_use]
    pub fn id_type(&self) -> &str {
        &self.id_type
    }

    /// The normalised number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }
}

/// Shows the type only: the number must not slip into a log.
impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonId")
            .field("id_type", &self.id_type)
            .finish_non_exhaustive()
    }
}

/// Half width, upper case, without blanks at either end.
#[must_use]
pub fn normalise(number: &str) -> String {
    let half: String = number.chars().map(half_width).collect();
    half.trim().to_ascii_uppercase()
}

fn half_width(c: char) -> char {
    /// How far the full-width forms lie behind the ASCII characters they stand for.
    const WIDTH_OFFSET: u32 = 0xFEE0;
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - WIDTH_OFFSET).unwrap_or(c),
        _ => c,
    }
}

/// Whether the text is a normalised 18-character number of GB 11643 with a valid division, date
/// of birth and check digit, of a citizen or a resident with a permit.
#[must_use]
pub fn is_valid_18(number: &str) -> bool {
    check_18(number, |division| {
        is_province(division) || HONG_KONG_MACAO.contains(&division) || division == TAIWAN
    })
    .is_ok()
}

/// The 18-character number that replaced a citizen's 15-digit number; nothing if the text is not
/// such a number. Everyone with such a number was born in a year 19xx.
#[must_use]
pub fn upgrade_15(number: &str) -> Option<String> {
    if number.len() != 15 || !all_digits(number) {
        return None;
    }
    let (division, rest) = number.split_at_checked(6)?;
    let mut upgraded = format!("{division}19{rest}");
    upgraded.push(id_check(&upgraded)?);
    check_18(&upgraded, is_province).ok()?;
    Some(upgraded)
}

/// The 15-digit number a citizen born in a year 19xx may have had before; nothing for anyone else.
#[must_use]
pub fn downgrade_18(number: &str) -> Option<String> {
    check_18(number, is_province).ok()?;
    let rest = number.get(6..17)?.strip_prefix("19")?;
    Some(format!("{}{rest}", number.get(..6)?))
}

/// Whether an identity number stands anywhere in the text, in any width or case: what must not get
/// into a log. A run of exactly 15 digits and any 18 characters within a longer run are looked at.
#[must_use]
pub fn holds_id_number(text: &str) -> bool {
    const LENGTH: usize = 18;
    digit_runs(&normalise(text)).any(|run| {
        let new = (0..run.len().saturating_sub(LENGTH - 1))
            .filter_map(|at| run.get(at..at + LENGTH))
            .any(is_valid_18);
        new || upgrade_15(run).is_some()
    })
}

/// Whether the text holds what may be a mistyped identity number: 15 or more digits in a row. For
/// texts that have no business to be that long a number.
#[must_use]
pub fn may_hold_id_number(text: &str) -> bool {
    let digits = |run: &str| run.chars().filter(char::is_ascii_digit).count();
    digit_runs(&normalise(text)).any(|run| digits(run) >= 15)
}

fn digit_runs(normal: &str) -> impl Iterator<Item = &str> {
    normal.split(|c: char| !(c.is_ascii_digit() || c == 'X'))
}

/// The check character of seventeen digits by GB 11643; nothing if they are not that.
#[must_use]
pub fn id_check(digits: &str) -> Option<char> {
    if digits.len() != WEIGHTS.len() || !all_digits(digits) {
        return None;
    }
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(d, weight)| u32::from(d - b'0') * weight)
        .sum();
    CHECKS
        .get(usize::try_from(sum % 11).ok()?)
        .copied()
        .map(char::from)
}

fn check_18(number: &str, division_fits: impl Fn(&str) -> bool) -> Result<(), Defect> {
    if number.len() != 18 || !number.is_ascii() {
        return Err(Defect::BadNumber);
    }
    let (digits, check) = number.split_at_checked(17).ok_or(Defect::BadNumber)?;
    if !check
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'X')
    {
        return Err(Defect::BadNumber);
    }
    let expected = id_check(digits).ok_or(Defect::BadNumber)?;
    let division = digits.get(..6).ok_or(Defect::BadNumber)?;
    if !division_fits(division) {
        return Err(Defect::BadNumber);
    }
    birth_date(digits.get(6..14).ok_or(Defect::BadDate)?).ok_or(Defect::BadDate)?;
    if check.starts_with(expected) {
        Ok(())
    } else {
        Err(Defect::BadCheckDigit)
    }
}

fn birth_date(text: &str) -> Option<Date> {
    CENTURIES.contains(&text.get(..2)?).then_some(())?;
    let month = Month::try_from(text.get(4..6)?.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(
        text.get(..4)?.parse().ok()?,
        month,
        text.get(6..8)?.parse().ok()?,
    )
    .ok()
}

/// Districts come and go, so the province alone is held against the list.
fn is_province(division: &str) -> bool {
    division
        .get(..2)
        .is_some_and(|province| PROVINCES.contains(&province))
}

fn is_permanent_residence(number: &str) -> bool {
    match number.len() {
        15 => number.split_at_checked(3).is_some_and(|(letters, digits)| {
            letters.bytes().all(|byte| byte.is_ascii_uppercase()) && all_digits(digits)
        }),
        18 => number.starts_with('9') && all_digits(number.strip_suffix('X').unwrap_or(number)),
        _ => false,
    }
}

fn is_home_return_permit(number: &str) -> bool {
    number
        .strip_prefix(['H', 'M'])
        .is_some_and(|digits| digits.len() == 8 && all_digits(digits))
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn shape(fits: bool) -> Result<(), Defect> {
    if fits { Ok(()) } else { Err(Defect::BadNumber) }
}
