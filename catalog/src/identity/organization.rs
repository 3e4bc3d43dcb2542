//! Codes of organizations: unified social credit codes of GB 32100 and organization codes of
//! GB 11714.

use std::fmt;

use serde::{Serialize, Serializer};

use super::person::normalise;
use crate::defect::Defect;

/// The characters of a credit code in the order of their values: no I, O, S, V or Z.
const CREDIT_CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The modulus of GB 32100 and the number of characters above.
const CREDIT_MODULUS: usize = 31;
/// The base whose powers are the weights of GB 32100.
const CREDIT_BASE: usize = 3;
/// Characters of a credit code.
const CREDIT_LENGTH: usize = 18;
/// Weights of the first eight characters, GB 11714.
const ORGANIZATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Characters of an organization code, written without a hyphen.
const ORGANIZATION_LENGTH: usize = 9;

/// A unified social credit code whose check character is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// Normalises a code and proves its check character. The organization code inside is not
    /// proved: registrars have issued credit codes around organization codes of their own.
    ///
    /// # Errors
    /// The defect of the code.
    pub fn parse(code: &str) -> Result<Self, Defect> {
        let code = normalise(code);
        if code.is_empty() {
            return Err(Defect::Empty);
        }
        if code.chars().count() > CREDIT_LENGTH {
            return Err(Defect::TooLong);
        }
        if code.len() != CREDIT_LENGTH || !code.chars().all(|c| CREDIT_CHARACTERS.contains(c)) {
            return Err(Defect::BadNumber);
        }
        let (body, check) = code
            .split_at_checked(CREDIT_LENGTH - 1)
            .ok_or(Defect::BadNumber)?;
        let division = body.get(2..8).ok_or(Defect::BadNumber)?;
        if !division.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Defect::BadNumber);
        }
        let expected = credit_check(body).ok_or(Defect::BadNumber)?;
        if check.starts_with(expected) {
            Ok(Self(code))
        } else {
            Err(Defect::BadCheckDigit)
        }
    }

    /// The code in its normal spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The organization code inside, characters 9 to 17, if its own check character is right.
    #[must_use]
    pub fn organization(&self) -> Option<OrganizationCode> {
        OrganizationCode::parse(self.0.get(8..17)?).ok()
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CreditCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An organization code whose check character is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationCode(String);

impl OrganizationCode {
    /// Normalises a code, without the hyphen some sources write, and proves its check character.
    ///
    /// # Errors
    /// The defect of the code.
    pub fn parse(code: &str) -> Result<Self, Defect> {
        let mut code = normalise(code);
        if code.is_empty() {
            return Err(Defect::Empty);
        }
        if let Some((body, check)) = code.split_once('-')
            && (body.len(), check.len()) == (ORGANIZATION_LENGTH - 1, 1)
        {
            code = format!("{body}{check}");
        }
        if code.chars().count() > ORGANIZATION_LENGTH {
            return Err(Defect::TooLong);
        }
        let (body, check) = code
            .split_at_checked(ORGANIZATION_LENGTH - 1)
            .ok_or(Defect::BadNumber)?;
        let is_check = |byte: u8| byte.is_ascii_digit() || byte == b'X';
        if check.len() != 1 || !check.bytes().all(is_check) {
            return Err(Defect::BadNumber);
        }
        let expected = organization_check(body).ok_or(Defect::BadNumber)?;
        if check.starts_with(expected) {
            Ok(Self(code))
        } else {
            Err(Defect::BadCheckDigit)
        }
    }

    /// The code in its normal spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The check character of the first seventeen characters of a credit code by GB 32100; nothing
/// if they are not that.
#[must_use]
pub fn credit_check(body: &str) -> Option<char> {
    if body.chars().count() != CREDIT_LENGTH - 1 {
        return None;
    }
    let mut weight = 1;
    let mut sum = 0;
    for c in body.chars() {
        sum += CREDIT_CHARACTERS.find(c)? * weight;
        weight = weight * CREDIT_BASE % CREDIT_MODULUS;
    }
    let check = (CREDIT_MODULUS - sum % CREDIT_MODULUS) % CREDIT_MODULUS;
    CREDIT_CHARACTERS.chars().nth(check)
}

/// The check character of the first eight characters of an organization code by GB 11714;
/// nothing if they are not that.
#[must_use]
pub fn organization_check(body: &str) -> Option<char> {
    if body.len() != ORGANIZATION_WEIGHTS.len() || body.bytes().any(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in body.chars().zip(ORGANIZATION_WEIGHTS) {
        sum += c.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}
