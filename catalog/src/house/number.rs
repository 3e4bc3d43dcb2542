//! Numbers of houses in one spelling: the 28 signs of a real-estate unit, and contract numbers
//! without blanks and prefix. It refuses a text that is no such number and repairs none.

use std::fmt;

use super::super::identity::normalise;
use crate::defect::Defect;

/// The form of a real-estate unit number, `0` for a digit and `A` for a letter: division and
/// cadastral zone, kind of right, parcel, kind of thing, unit.
const UNIT_FORM: &[u8; 28] = b"000000000000AA00000A00000000";
/// The longest contract number that an item of the catalogue can hold.
const CONTRACT_CHARS_MAX: usize = 30;
/// Words before a contract number that are no part of it. Sources write all, some or none.
const CONTRACT_PREFIXES: [&str; 9] = [
    "购房", "买卖", "网签", "合同", "备案", "编号", "号", "第", "XY",
];
/// Signs that stand between the parts of a number in some spellings only.
const FILLERS: [char; 9] = ['(', ')', '[', ']', '〔', '〕', ':', '.', '-'];

/// A real-estate unit number (不动产单元号) in its normal spelling.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitNumber(String);

impl UnitNumber {
    /// Takes out blanks and width, and checks the form.
    ///
    /// # Errors
    /// The defect of the number.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        let number = squeezed(text);
        if number.is_empty() {
            return Err(Defect::Empty);
        }
        if number.chars().count() > UNIT_FORM.len() {
            return Err(Defect::TooLong);
        }
        let fits = |(form, sign): (&u8, u8)| match form {
            b'0' => sign.is_ascii_digit(),
            _ => sign.is_ascii_uppercase(),
        };
        let is_whole = number.len() == UNIT_FORM.len();
        if is_whole && UNIT_FORM.iter().zip(number.bytes()).all(fits) {
            Ok(Self(number))
        } else {
            Err(Defect::BadNumber)
        }
    }

    /// The number in its normal spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnitNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnitNumber(redacted)")
    }
}

/// The number of a purchase contract in its normal spelling, without the words before it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractNumber(String);

impl ContractNumber {
    /// Takes out blanks, width, brackets and prefix. What is left begins with a letter or digit
    /// and has a digit in it: a text such as 网签 alone is no number.
    ///
    /// # Errors
    /// The defect of the number.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        let squeezed: String = squeezed(text)
            .chars()
            .filter(|sign| !FILLERS.contains(sign))
            .collect();
        let number = plain(&squeezed);
        if number.is_empty() {
            return Err(Defect::Empty);
        }
        if number.chars().count() > CONTRACT_CHARS_MAX {
            return Err(Defect::TooLong);
        }
        let has_digit = number.bytes().any(|sign| sign.is_ascii_digit());
        if has_digit && !number.chars().any(char::is_control) {
            Ok(Self(number.to_owned()))
        } else {
            Err(Defect::BadNumber)
        }
    }

    /// The number in its normal spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ContractNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContractNumber(redacted)")
    }
}

/// Without the words before it and a 号 after it.
fn plain(number: &str) -> &str {
    let mut plain = number;
    loop {
        let shorter = CONTRACT_PREFIXES
            .iter()
            .find_map(|prefix| plain.strip_prefix(prefix));
        match shorter {
            Some(rest) => plain = rest,
            None => return plain.trim_end_matches('号'),
        }
    }
}

/// Half width, upper case, no blanks anywhere.
pub(super) fn squeezed(text: &str) -> String {
    let one_width = normalise(text);
    one_width.chars().filter(|c| !c.is_whitespace()).collect()
}
