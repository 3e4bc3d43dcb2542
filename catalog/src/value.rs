//! Values as they travel between centres, and their one canonical text. A value knows nothing of
//! its item: whether it fits is asked of the catalogue.

mod month;

use std::fmt;

use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use time::{Date, OffsetDateTime, UtcOffset};

use crate::defect::Defect;
pub use month::{Month, MonthError};

/// Digits after the point in the canonical text of every decimal of the catalogue.
pub(crate) const CANONICAL_SCALE: u32 = 2;

/// The offset in which every moment is written.
pub(crate) const BEIJING: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// One value of one item, or the reason why there is none.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Free text.
    Text(String),
    /// A code, or several joined with `;`.
    Code(String),
    /// A day.
    Date(Date),
    /// A month.
    Month(Month),
    /// A moment.
    Time(OffsetDateTime),
    /// A decimal number.
    Decimal(Decimal),
    /// A count.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// For display only: the form of a value with its heart hidden.
    Masked(String),
    /// No value.
    Absent(Absence),
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Absence {
    /// The source has the item and no value for this record.
    NotRecorded,
    /// The centre's system has no such column.
    NotHeld,
    /// The source has a bad value, which is withheld for this reason.
    Withheld(Defect),
}

impl Absence {
    /// The stable code, without the reason of a withheld value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRecorded => "not-recorded",
            Self::NotHeld => "not-held",
            Self::Withheld(_) => "withheld",
        }
    }
}

impl Value {
    /// The canonical text: two values of an item are equal exactly when their texts are. Nothing
    /// for an absent value.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) | Self::Masked(text) => text.clone(),
            Self::Date(date) => date_text(*date),
            Self::Month(month) => month.to_string(),
            Self::Time(moment) => time_text(*moment),
            Self::Decimal(number) => decimal_text(*number),
            Self::Integer(count) => count.to_string(),
            Self::Boolean(flag) => flag.to_string(),
            Self::Absent(_) => String::new(),
        }
    }

    /// The name of the type, as in the class files; `masked` for display, `absent` when there is
    /// no value.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Code(_) => "code",
            Self::Date(_) => "date",
            Self::Month(_) => "month",
            Self::Time(_) => "time",
            Self::Decimal(_) => "decimal",
            Self::Integer(_) => "integer",
            Self::Boolean(_) => "boolean",
            Self::Masked(_) => "masked",
            Self::Absent(_) => "absent",
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }
}

/// Shows the type only: values are personal data and must not slip into a log.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(absence) => f.debug_tuple("Absent").field(absence).finish(),
            held => write!(f, "Value({})", held.type_name()),
        }
    }
}

/// For display only; what travels between programs has its own form.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(count) => serializer.serialize_i64(*count),
            Self::Boolean(flag) => serializer.serialize_bool(*flag),
            Self::Absent(absence) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("absent", absence.as_str())?;
                if let Absence::Withheld(defect) = absence {
                    map.serialize_entry("defect", defect)?;
                }
                map.end()
            }
            other => serializer.serialize_str(&other.canonical()),
        }
    }
}

fn date_text(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// Moments are written to the second: a fraction is cut off.
fn time_text(moment: OffsetDateTime) -> String {
    // A moment within hours of the end of the calendar has no spelling in Beijing time.
    let local = moment.checked_to_offset(BEIJING).unwrap_or(moment);
    let (hour, minute, second) = local.to_hms();
    format!(
        "{}T{hour:02}:{minute:02}:{second:02}+08:00",
        date_text(local.date())
    )
}

fn decimal_text(number: Decimal) -> String {
    let mut number = number.normalize();
    if number.scale() < CANONICAL_SCALE {
        number.rescale(CANONICAL_SCALE);
    }
    if number.is_zero() {
        number.set_sign_positive(true);
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn each_type_has_one_text() {
        let cases = [
            (Value::Text("张".into()), "张"),
            (Value::Code("01".into()), "01"),
            (Value::Date(date!(1900 - 01 - 02)), "1900-01-02"),
            (Value::Month(Month::new(2019, 7).unwrap()), "201907"),
            (
                Value::Time(datetime!(2019-07-01 16:00:00 UTC)),
                "2019-07-02T00:00:00+08:00",
            ),
            (
                Value::Time(datetime!(2019-07-01 16:00:00.9 +8)),
                "2019-07-01T16:00:00+08:00",
            ),
            (Value::Decimal(Decimal::new(12, 0)), "12.00"),
            (Value::Decimal(Decimal::new(-15, 1)), "-1.50"),
            (Value::Decimal(-Decimal::new(0, 0)), "0.00"),
            (Value::Decimal(Decimal::new(15_000, 4)), "1.50"),
            (Value::Integer(7), "7"),
            (Value::Boolean(false), "false"),
            (Value::Absent(Absence::NotHeld), ""),
        ];
        for (value, text) in cases {
            assert_eq!(value.canonical(), text);
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let shown = format!(
            "{:?} {:?}",
            Value::Text("秘密".into()),
            Value::Integer(4321)
        );
        assert_eq!(shown, "Value(text) Value(integer)");
    }

    #[test]
    fn json_says_why_a_value_is_absent() {
        let withheld = Value::Absent(Absence::Withheld(Defect::UnknownCode));
        assert_eq!(
            serde_json::to_value(withheld).unwrap(),
            serde_json::json!({"absent": "withheld", "defect": "unknown-code"})
        );
        assert_eq!(
            serde_json::to_value(Value::Boolean(true)).unwrap(),
            serde_json::json!(true)
        );
    }

    #[test]
    fn the_ends_of_the_calendar_have_a_text() {
        for moment in [
            time::PrimitiveDateTime::MAX.assume_utc(),
            time::PrimitiveDateTime::MIN.assume_offset(UtcOffset::UTC),
        ] {
            assert!(!Value::Time(moment).canonical().is_empty());
        }
        assert!(!Value::Decimal(Decimal::MAX).canonical().is_empty());
    }
}
