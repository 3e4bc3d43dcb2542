//! Judging one value by its item: reading canonical text and checking values made elsewhere. It
//! reads the canonical spelling only, so that a text read and written again is the same text.

use rust_decimal::Decimal;
use time::{Date, OffsetDateTime, Time};

use crate::catalog::Catalog;
use crate::defect::Defect;
use crate::identity::{CreditCode, OrganizationCode};
use crate::item::{Item, ItemType, TextFormat};
use crate::mask::Mask;
use crate::number::ItemNo;
use crate::value::{BEIJING, Month, Value};

/// Joins the codes of a multi-valued item.
pub(crate) const CODE_SEPARATOR: char = ';';
/// What every canonical moment ends with.
const OFFSET_TEXT: &str = "+08:00";
/// What bytes become that a character set does not have.
const REPLACEMENT: char = '\u{FFFD}';
/// Characters of a day, a month, a moment, and the longer of the two truths.
const DATE_CHARS: usize = 10;
const MONTH_CHARS: usize = 6;
const TIME_CHARS: usize = 25;
const BOOLEAN_CHARS_MAX: usize = 5;

impl Catalog {
    /// Reads the canonical text of a value of this item and checks it.
    ///
    /// # Errors
    /// The defect of the text.
    pub fn parse_value(&self, no: ItemNo, text: &str) -> Result<Value, Defect> {
        let item = self.item(no).ok_or(Defect::UnknownItem)?;
        if text.is_empty() {
            return Err(Defect::Empty);
        }
        let value = match &item.kind {
            ItemType::Text { .. } => Value::Text(text.to_owned()),
            ItemType::Code { .. } => Value::Code(text.to_owned()),
            ItemType::Date => Value::Date(parse_date(text).ok_or(Defect::BadDate)?),
            ItemType::Month => Value::Month(text.parse().map_err(|_| Defect::BadDate)?),
            ItemType::Time => Value::Time(parse_time(text).ok_or(Defect::BadDate)?),
            ItemType::Decimal { scale, .. } => Value::Decimal(parse_decimal(text, *scale)?),
            ItemType::Integer { .. } => Value::Integer(parse_integer(text)?),
            ItemType::Boolean => Value::Boolean(match text {
                "true" => true,
                "false" => false,
                _ => return Err(Defect::BadBoolean),
            }),
        };
        self.check_item(item, &value)?;
        Ok(value)
    }

    /// Checks a value of this item by itself. An absent value has no defect here: whether it may
    /// be absent depends on the record.
    ///
    /// # Errors
    /// The defect of the value.
    pub fn check_value(&self, no: ItemNo, value: &Value) -> Result<(), Defect> {
        self.check_item(self.item(no).ok_or(Defect::UnknownItem)?, value)
    }

    fn check_item(&self, item: &Item, value: &Value) -> Result<(), Defect> {
        match (&item.kind, value) {
            (_, Value::Absent(_)) => Ok(()),
            (_, Value::Masked(text)) => check_masked(item, text),
            (ItemType::Text { len_max }, Value::Text(text)) => {
                check_text(text, *len_max)?;
                item.format
                    .map_or(Ok(()), |format| check_format(format, text))
            }
            (ItemType::Code { set, multiple }, Value::Code(code)) => {
                self.check_code(set, *multiple, code)?;
                check_text(code, item.length.unwrap_or(u16::MAX))
            }
            (ItemType::Date, Value::Date(date)) => check_year(*date),
            (ItemType::Month, Value::Month(_)) | (ItemType::Boolean, Value::Boolean(_)) => Ok(()),
            (ItemType::Time, Value::Time(moment)) => check_year(
                moment
                    .checked_to_offset(BEIJING)
                    .ok_or(Defect::BadDate)?
                    .date(),
            ),
            (ItemType::Decimal { precision, scale }, Value::Decimal(number)) => {
                check_decimal(*number, *precision, *scale)
            }
            (ItemType::Integer { digits }, Value::Integer(count)) => {
                let fits = *count >= 0 && count.to_string().len() <= usize::from(*digits);
                if fits {
                    Ok(())
                } else {
                    Err(Defect::OutOfRange)
                }
            }
            _ => Err(Defect::WrongType),
        }
    }

    fn check_code(&self, set: &str, multiple: bool, code: &str) -> Result<(), Defect> {
        if code.is_empty() {
            return Err(Defect::Empty);
        }
        let set = self.code_set(set).ok_or(Defect::UnknownCode)?;
        if !multiple {
            return if set.contains(code) {
                Ok(())
            } else {
                Err(Defect::UnknownCode)
            };
        }
        let mut seen = std::collections::BTreeSet::new();
        for part in code.split(CODE_SEPARATOR) {
            if !set.contains(part) {
                return Err(Defect::UnknownCode);
            }
            if !seen.insert(part) {
                return Err(Defect::Duplicate);
            }
        }
        Ok(())
    }
}

/// Masked is what the item's own mask can have given, within the length of its values.
fn check_masked(item: &Item, text: &str) -> Result<(), Defect> {
    let length_max = match &item.kind {
        ItemType::Text { len_max } => usize::from(*len_max),
        ItemType::Code { .. } => usize::from(item.length.unwrap_or(u16::MAX)),
        ItemType::Date => DATE_CHARS,
        ItemType::Month => MONTH_CHARS,
        ItemType::Time => TIME_CHARS,
        // Sign and point beside the digits.
        ItemType::Decimal { precision, .. } => usize::from(*precision) + 2,
        ItemType::Integer { digits } => usize::from(*digits),
        ItemType::Boolean => BOOLEAN_CHARS_MAX,
    };
    if text.chars().count() > length_max {
        Err(Defect::TooLong)
    } else if Mask::of(item).gives(text) {
        Ok(())
    } else {
        Err(Defect::BadFormat)
    }
}

fn check_text(text: &str, len_max: u16) -> Result<(), Defect> {
    if text.trim().is_empty() {
        return Err(Defect::Empty);
    }
    if text.contains(REPLACEMENT) {
        return Err(Defect::Undecodable);
    }
    if text.chars().any(char::is_control) {
        return Err(Defect::BadFormat);
    }
    if text.chars().count() > usize::from(len_max) {
        Err(Defect::TooLong)
    } else {
        Ok(())
    }
}

fn check_format(format: TextFormat, text: &str) -> Result<(), Defect> {
    let normal = match format {
        // Needs the type of the document, which stands in another item of the record.
        TextFormat::IdNumber { .. } => return Ok(()),
        TextFormat::CreditCode => CreditCode::parse(text)?.as_str().to_owned(),
        TextFormat::OrganizationCode => OrganizationCode::parse(text)?.as_str().to_owned(),
        TextFormat::Year => {
            let fits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
            return if fits { Ok(()) } else { Err(Defect::BadFormat) };
        }
        TextFormat::MatchFlags => {
            let fits = text.len() == 5 && text.bytes().all(|flag| b"YN-".contains(&flag));
            return if fits { Ok(()) } else { Err(Defect::BadFormat) };
        }
    };
    if normal == text {
        Ok(())
    } else {
        Err(Defect::NotNormalised)
    }
}

fn check_year(date: Date) -> Result<(), Defect> {
    if (1..=9999).contains(&date.year()) {
        Ok(())
    } else {
        Err(Defect::BadDate)
    }
}

fn check_decimal(number: Decimal, precision: u8, scale: u8) -> Result<(), Defect> {
    let number = number.normalize();
    if number.scale() > u32::from(scale) {
        return Err(Defect::BadPrecision);
    }
    let whole = number.trunc().abs();
    let digits = if whole.is_zero() {
        0
    } else {
        whole.to_string().len()
    };
    let digits_max = usize::from(precision.saturating_sub(scale));
    if digits > digits_max {
        Err(Defect::OutOfRange)
    } else {
        Ok(())
    }
}

/// A run of digits, so that neither signs nor blanks are read.
fn digits(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn parse_date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    // The month also proves that the year is one of the calendar.
    let month = Month::new(
        i32::try_from(digits(year)?).ok()?,
        u8::try_from(digits(month)?).ok()?,
    )?;
    let of_year = time::Month::try_from(month.month()).ok()?;
    Date::from_calendar_date(month.year(), of_year, u8::try_from(digits(day)?).ok()?).ok()
}

fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = text.strip_suffix(OFFSET_TEXT)?.split_once('T')?;
    let parts: Vec<_> = time.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else {
        return None;
    };
    if [hour, minute, second].iter().any(|part| part.len() != 2) {
        return None;
    }
    let part = |text: &str| u8::try_from(digits(text)?).ok();
    let time = Time::from_hms(part(hour)?, part(minute)?, part(second)?).ok()?;
    Some(OffsetDateTime::new_in_offset(
        parse_date(date)?,
        time,
        BEIJING,
    ))
}

fn parse_decimal(text: &str, scale: u8) -> Result<Decimal, Defect> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let spare_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || spare_zero || !all_digits(whole) || !all_digits(fraction) {
        return Err(Defect::BadNumber);
    }
    if fraction.len() != usize::from(scale) {
        return Err(Defect::BadPrecision);
    }
    let number: Decimal = text.parse().map_err(|_| Defect::OutOfRange)?;
    if number.is_zero() && text.starts_with('-') {
        Err(Defect::BadNumber)
    } else {
        Ok(number)
    }
}

fn parse_integer(text: &str) -> Result<i64, Defect> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let spare_zero = unsigned.len() > 1 && unsigned.starts_with('0');
    let all_digits = unsigned.bytes().all(|byte| byte.is_ascii_digit());
    if unsigned.is_empty() || spare_zero || !all_digits || text == "-0" {
        return Err(Defect::BadNumber);
    }
    text.parse().map_err(|_| Defect::OutOfRange)
}

#[cfg(test)]
mod tests;
