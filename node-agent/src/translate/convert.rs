//! Every conversion of the mapping language, as pure functions from raw local text to a catalog
//! value or a defect. Nothing here guesses: what does not fit its form exactly is a defect.

use std::collections::BTreeMap;

use catalog::{Defect, ItemType, Value, identity};
use rust_decimal::Decimal;
use time::{Date, OffsetDateTime, Time, UtcOffset};

use super::expression::Expression;

/// Longest raw value that any conversion looks at, in bytes.
pub(crate) const RAW_BYTES_MAX: usize = 4_096;
/// Digits of an amount; anything longer is not money.
const AMOUNT_DIGITS_MAX: usize = 20;
/// Beijing has one offset all year.
const BEIJING: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// How raw local text becomes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// The local form already is the catalog's canonical form.
    AsIs,
    Text {
        join: String,
        zero_pad: usize,
    },
    Codes(BTreeMap<String, String>),
    /// Patterns over several columns; the first that matches wins, `None` matches anything.
    CodePatterns(Vec<(Vec<Option<String>>, String)>),
    Date(DayForm),
    Month(MonthForm),
    Time(DayForm),
    Decimal {
        unit: AmountUnit,
        flag: Option<SignFlag>,
    },
    Integer {
        times: i64,
    },
    Boolean {
        yes: String,
        no: String,
    },
    IdNumber,
    Expression(Expression),
}

/// The texts of a further column that give an amount its sign. Any other text gives it none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignFlag {
    pub(crate) negative: String,
    pub(crate) positive: Vec<String>,
}

/// The written forms of a day, with or without a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayForm {
    Dashed,
    Compact,
    DashedWithTime,
}

/// The written forms of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MonthForm {
    Compact,
    Dashed,
    FirstDay,
}

/// The written forms of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmountUnit {
    Yuan,
    Fen,
    FenSignLast,
}

impl SignFlag {
    fn is_debit(&self, stated: &str) -> Result<bool, Defect> {
        if stated == self.negative {
            return Ok(true);
        }
        let is_credit = self.positive.iter().any(|one| one == stated);
        is_credit.then_some(false).ok_or(Defect::UnknownCode)
    }
}

impl DayForm {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "YYYY-MM-DD" => Some(Self::Dashed),
            "YYYYMMDD" => Some(Self::Compact),
            "YYYY-MM-DD HH:MM:SS" => Some(Self::DashedWithTime),
            _ => None,
        }
    }
}

impl MonthForm {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "YYYYMM" => Some(Self::Compact),
            "YYYY-MM" => Some(Self::Dashed),
            "YYYY-MM-DD" => Some(Self::FirstDay),
            _ => None,
        }
    }
}

impl AmountUnit {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "yuan" => Some(Self::Yuan),
            "fen" => Some(Self::Fen),
            "fen-sign-last" => Some(Self::FenSignLast),
            _ => None,
        }
    }
}

impl Conversion {
    /// Its word in the mapping language.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::AsIs => "as-is",
            Self::Text { .. } => "text",
            Self::Codes(_) | Self::CodePatterns(_) => "codes",
            Self::Date(_) => "date",
            Self::Month(_) => "month",
            Self::Time(_) => "time",
            Self::Decimal { .. } => "decimal",
            Self::Integer { .. } => "integer",
            Self::Boolean { .. } => "boolean",
            Self::IdNumber => "id_number",
            Self::Expression(_) => "expr",
        }
    }

    /// The value of `raw`, one text per mapped column, for an item of type `kind`.
    pub(crate) fn apply(&self, kind: &ItemType, raw: &[&str]) -> Result<Value, Defect> {
        if raw.iter().any(|text| text.len() > RAW_BYTES_MAX) {
            return Err(Defect::TooLong);
        }
        let first = raw.first().copied().unwrap_or_default();
        match self {
            Self::AsIs => as_is(kind, first),
            Self::Text { join, zero_pad } => texted(kind, zero_padded(raw, join, *zero_pad)),
            Self::Codes(map) => coded(kind, map, first),
            Self::CodePatterns(patterns) => pattern_coded(kind, patterns, raw),
            Self::Date(form) => date(*form, first).map(Value::Date),
            Self::Month(form) => month(*form, first).map(Value::Month),
            Self::Time(form) => moment(*form, first).map(Value::Time),
            Self::Decimal { unit, flag } => {
                let amount = amount(*unit, first)?;
                let stated = raw.get(1).copied().unwrap_or_default();
                let debit = flag
                    .as_ref()
                    .map_or(Ok(false), |flag| flag.is_debit(stated))?;
                scaled(kind, if debit { -amount } else { amount })
            }
            Self::Integer { times } => integer(first, *times).map(Value::Integer),
            Self::Boolean { yes, no } => boolean(first, yes, no).map(Value::Boolean),
            Self::IdNumber => texted(kind, id_number(first)),
            Self::Expression(expression) => expression.value(kind, raw),
        }
    }
}

fn as_is(kind: &ItemType, raw: &str) -> Result<Value, Defect> {
    match kind {
        ItemType::Text { .. } | ItemType::Code { .. } => texted(kind, raw),
        ItemType::Date => date(DayForm::Dashed, raw).map(Value::Date),
        ItemType::Month => month(MonthForm::Compact, raw).map(Value::Month),
        ItemType::Time => moment(DayForm::DashedWithTime, raw).map(Value::Time),
        ItemType::Decimal { .. } => scaled(kind, amount(AmountUnit::Yuan, raw)?),
        ItemType::Integer { .. } => integer(raw, 1).map(Value::Integer),
        ItemType::Boolean => boolean(raw, "true", "false").map(Value::Boolean),
    }
}

fn texted(kind: &ItemType, text: impl Into<String>) -> Result<Value, Defect> {
    match kind {
        ItemType::Text { .. } => Ok(Value::Text(text.into())),
        ItemType::Code { .. } => Ok(Value::Code(text.into())),
        ItemType::Date
        | ItemType::Month
        | ItemType::Time
        | ItemType::Decimal { .. }
        | ItemType::Integer { .. }
        | ItemType::Boolean => Err(Defect::WrongType),
    }
}

/// The columns, joined, behind the zeros that they lack to be so wide. It allocates once.
fn zero_padded(raw: &[&str], join: &str, width: usize) -> String {
    let joins = raw.len().saturating_sub(1);
    let letters = |text: &str| text.chars().count();
    let written = raw.iter().map(|text| letters(text)).sum::<usize>() + joins * letters(join);
    let missing = width.saturating_sub(written);
    let bytes = raw.iter().map(|text| text.len()).sum::<usize>() + joins * join.len();
    let mut padded = String::with_capacity(missing + bytes);
    padded.extend(std::iter::repeat_n('0', missing));
    for (place, text) in raw.iter().enumerate() {
        if place > 0 {
            padded.push_str(join);
        }
        padded.push_str(text);
    }
    padded
}

fn coded(kind: &ItemType, map: &BTreeMap<String, String>, raw: &str) -> Result<Value, Defect> {
    let one = |code: &str| map.get(code).map(String::as_str).ok_or(Defect::UnknownCode);
    let multiple = matches!(kind, ItemType::Code { multiple: true, .. });
    if multiple && !map.contains_key(raw) {
        let codes: Vec<&str> = raw
            .split(';')
            .map(|code| one(code.trim()))
            .collect::<Result<_, _>>()?;
        return texted(kind, codes.join(";"));
    }
    texted(kind, one(raw)?)
}

fn pattern_coded(
    kind: &ItemType,
    patterns: &[(Vec<Option<String>>, String)],
    raw: &[&str],
) -> Result<Value, Defect> {
    let found = patterns.iter().find(|(pattern, _)| matches(pattern, raw));
    let (_, code) = found.ok_or(Defect::UnknownCode)?;
    texted(kind, code.as_str())
}

/// Whether a pattern fits the columns; `None` in it fits anything.
pub(crate) fn matches(pattern: &[Option<String>], raw: &[&str]) -> bool {
    let fits = |(want, have): (&Option<String>, &&str)| want.as_ref().is_none_or(|w| w == have);
    pattern.len() == raw.len() && pattern.iter().zip(raw).all(fits)
}

/// The number written by exactly the digits in `raw[from..to]`.
fn digits(raw: &str, from: usize, to: usize) -> Option<u32> {
    let part = raw.get(from..to)?;
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| part.parse().ok())?
}

fn calendar_date(year: Option<u32>, month: Option<u32>, day: Option<u32>) -> Option<Date> {
    let year = i32::try_from(year?).ok()?;
    let month = time::Month::try_from(u8::try_from(month?).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day?).ok()?).ok()
}

fn dashed(raw: &str) -> Option<Date> {
    let separated = raw.len() == 10 && raw.get(4..5) == Some("-") && raw.get(7..8) == Some("-");
    separated.then(|| calendar_date(digits(raw, 0, 4), digits(raw, 5, 7), digits(raw, 8, 10)))?
}

fn compact(raw: &str) -> Option<Date> {
    let day = (raw.len() == 8).then(|| (digits(raw, 0, 4), digits(raw, 4, 6), digits(raw, 6, 8)));
    day.and_then(|(year, month, day)| calendar_date(year, month, day))
}

fn time_of_day(raw: &str) -> Option<Time> {
    let separated = raw.len() == 8 && raw.get(2..3) == Some(":") && raw.get(5..6) == Some(":");
    let part = |from, to| digits(raw, from, to).and_then(|n| u8::try_from(n).ok());
    separated.then(|| Time::from_hms(part(0, 2)?, part(3, 5)?, part(6, 8)?).ok())?
}

fn day_and_time(form: DayForm, raw: &str) -> Result<(Date, Time), Defect> {
    let found = match form {
        DayForm::Dashed => dashed(raw).map(|day| (day, Time::MIDNIGHT)),
        DayForm::Compact => compact(raw).map(|day| (day, Time::MIDNIGHT)),
        DayForm::DashedWithTime => raw
            .split_once(' ')
            .and_then(|(day, clock)| Some((dashed(day)?, time_of_day(clock)?))),
    };
    found.ok_or(Defect::BadDate)
}

pub(crate) fn date(form: DayForm, raw: &str) -> Result<Date, Defect> {
    day_and_time(form, raw).map(|(day, _)| day)
}

pub(crate) fn moment(form: DayForm, raw: &str) -> Result<OffsetDateTime, Defect> {
    let (day, clock) = day_and_time(form, raw)?;
    Ok(in_beijing(day, clock))
}

pub(crate) fn in_beijing(day: Date, clock: Time) -> OffsetDateTime {
    day.with_time(clock).assume_offset(BEIJING)
}

/// The same moment on Beijing's clock; `None` at the ends of the calendar.
pub(crate) fn beijing(moment: OffsetDateTime) -> Option<OffsetDateTime> {
    moment.checked_to_offset(BEIJING)
}

pub(crate) fn month(form: MonthForm, raw: &str) -> Result<catalog::Month, Defect> {
    let first_day = match form {
        MonthForm::Compact if raw.len() == 6 => {
            calendar_date(digits(raw, 0, 4), digits(raw, 4, 6), Some(1))
        }
        MonthForm::Dashed if raw.len() == 7 && raw.get(4..5) == Some("-") => {
            calendar_date(digits(raw, 0, 4), digits(raw, 5, 7), Some(1))
        }
        // Any other day was never meant as a month.
        MonthForm::FirstDay => dashed(raw).filter(|day| day.day() == 1),
        MonthForm::Compact | MonthForm::Dashed => None,
    };
    first_day
        .and_then(catalog::Month::of)
        .ok_or(Defect::BadDate)
}

/// An amount in yuan.
pub(crate) fn amount(unit: AmountUnit, raw: &str) -> Result<Decimal, Defect> {
    let amount = match unit {
        AmountUnit::Yuan => yuan(raw),
        AmountUnit::Fen => fen(raw),
        AmountUnit::FenSignLast => fen_sign_last(raw),
    };
    amount.ok_or(Defect::BadNumber)
}

fn yuan(raw: &str) -> Option<Decimal> {
    let unsigned = raw.strip_prefix(['+', '-']).unwrap_or(raw);
    let (whole, part) = match unsigned.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // Oracle writes `.5` for half a yuan, so the whole part alone may be missing.
    let written = part.map_or(!whole.is_empty(), |part| !part.is_empty());
    let short = whole.len() + part.map_or(0, str::len) <= AMOUNT_DIGITS_MAX;
    if !(written && short && all_digits(whole) && part.is_none_or(all_digits)) {
        return None;
    }
    let digits = whole.bytes().chain(part.unwrap_or_default().bytes());
    let number = digits.fold(0, |number, digit| number * 10 + i128::from(digit - b'0'));
    let scale = u32::try_from(part.map_or(0, str::len)).ok()?;
    let signed = if raw.starts_with('-') {
        -number
    } else {
        number
    };
    Decimal::try_from_i128_with_scale(signed, scale).ok()
}

fn fen(raw: &str) -> Option<Decimal> {
    whole_number(raw).map(|fen| Decimal::new(fen, 2))
}

/// Fen as the railway writes them: zero-filled digits, the sign in the last byte.
pub(crate) fn fen_sign_last(raw: &str) -> Option<Decimal> {
    let (digits, sign) = match raw.strip_suffix('+') {
        Some(digits) => (digits, 1),
        None => (raw.strip_suffix('-')?, -1),
    };
    let unsigned = digits.bytes().all(|byte| byte.is_ascii_digit());
    unsigned
        .then(|| whole_number(digits))?
        .map(|fen| Decimal::new(sign * fen, 2))
}

fn whole_number(raw: &str) -> Option<i64> {
    let unsigned = raw.strip_prefix(['+', '-']).unwrap_or(raw);
    let well_formed = (1..=AMOUNT_DIGITS_MAX).contains(&unsigned.len())
        && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    // `i64::MIN` is refused so that every caller may negate.
    well_formed
        .then(|| raw.parse::<i64>().ok())?
        .filter(|number| *number != i64::MIN)
}

/// Brings an amount to the item's scale; digits that would be lost are a defect, not rounded.
fn scaled(kind: &ItemType, amount: Decimal) -> Result<Value, Defect> {
    let ItemType::Decimal { scale, .. } = kind else {
        return Err(Defect::WrongType);
    };
    let mut at_scale = amount.normalize();
    if at_scale.scale() > u32::from(*scale) {
        return Err(Defect::BadPrecision);
    }
    at_scale.rescale(u32::from(*scale));
    Ok(Value::Decimal(at_scale))
}

fn integer(raw: &str, times: i64) -> Result<i64, Defect> {
    let number = whole_number(raw).ok_or(Defect::BadNumber)?;
    number.checked_mul(times).ok_or(Defect::OutOfRange)
}

fn boolean(raw: &str, yes: &str, no: &str) -> Result<bool, Defect> {
    if raw == yes {
        Ok(true)
    } else if raw == no {
        Ok(false)
    } else {
        Err(Defect::BadBoolean)
    }
}

/// The number as the catalog compares it: half width, no blanks around, upper case, 18 digits
/// where the local system still keeps the old 15.
pub(crate) fn id_number(raw: &str) -> String {
    let number = identity::normalise(trimmed(raw));
    identity::upgrade_15(&number).unwrap_or(number)
}

/// Without the blanks that fixed-length columns are padded with, ASCII and full width.
pub(crate) fn trimmed(raw: &str) -> &str {
    raw.trim_matches([' ', '\t', '\u{3000}', '\u{0}'])
}

#[cfg(test)]
mod tests;
