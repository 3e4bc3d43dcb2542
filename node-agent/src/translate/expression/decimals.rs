//! Money inside expressions: text in, text out, exact. It knows no expression language and no
//! floats; a text that is no decimal number gives nothing.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::translate::convert::{self, AmountUnit};

/// Digits after the point that a rounding may ask for.
const DIGITS_MAX: i64 = 12;

fn number(text: &str) -> Option<Decimal> {
    convert::amount(AmountUnit::Yuan, convert::trimmed(text)).ok()
}

pub(super) fn add(a: &str, b: &str) -> Option<String> {
    written(number(a)?.checked_add(number(b)?)?)
}

pub(super) fn subtract(a: &str, b: &str) -> Option<String> {
    written(number(a)?.checked_sub(number(b)?)?)
}

/// Refuses a product whose exact digits do not fit, which would be rounded silently.
pub(super) fn multiply(a: &str, b: &str) -> Option<String> {
    let (a, b) = (number(a)?.normalize(), number(b)?.normalize());
    let product = a.checked_mul(b)?;
    let exact = product.scale() == a.scale() + b.scale() || product.is_zero();
    exact.then(|| written(product))?
}

/// Rounded half away from zero at `digits` after the point.
pub(super) fn divide(a: &str, b: &str, digits: i64) -> Option<String> {
    at(number(a)?.checked_div(number(b)?)?, digits)
}

/// Rounded half away from zero at `digits` after the point.
pub(super) fn round(a: &str, digits: i64) -> Option<String> {
    at(number(a)?, digits)
}

pub(super) fn compare(a: &str, b: &str) -> Option<i64> {
    let (a, b) = (number(a)?, number(b)?);
    Some(match a.cmp(&b) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    })
}

/// Fen, with the sign in front or in the last byte, as yuan.
pub(super) fn fen_to_yuan(fen: &str) -> Option<String> {
    let fen = convert::trimmed(fen);
    let signed_last = convert::fen_sign_last(fen);
    let amount = signed_last.or_else(|| convert::amount(AmountUnit::Fen, fen).ok())?;
    written(amount)
}

fn at(amount: Decimal, digits: i64) -> Option<String> {
    let digits = u32::try_from(digits)
        .ok()
        .filter(|digits| i64::from(*digits) <= DIGITS_MAX)?;
    let mut amount = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(digits);
    written(amount)
}

fn written(amount: Decimal) -> Option<String> {
    Some(amount.to_string())
}
