//! A stretch of days to which records are limited, and whether a value lies in it. What cannot be
//! placed in time is neither inside nor outside, and that is said.

use time::Date;

use crate::value::{BEIJING, Month, Value};

/// From one day to another; both belong to it. An open end has no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

impl Window {
    /// So many months back from `today`, and everything after. A day that the earlier month does
    /// not have becomes its last.
    #[must_use]
    pub fn months_back(today: Date, months: u16) -> Self {
        let all = i64::from(today.year()) * 12 + i64::from(u8::from(today.month())) - 1;
        let then = all - i64::from(months);
        let year = i32::try_from(then.div_euclid(12)).ok();
        let month = u8::try_from(then.rem_euclid(12) + 1)
            .ok()
            .and_then(|month| time::Month::try_from(month).ok());
        let from = year.zip(month).and_then(|(year, month)| {
            let day = today.day().min(month.length(year));
            Date::from_calendar_date(year, month, day).ok()
        });
        // A window that reaches beyond the calendar has no first day.
        Self { from, until: None }
    }

    /// Whether a day, month or moment lies in the window; `None` for what has no time. A month
    /// lies in it if any of its days does.
    #[must_use]
    pub fn covers(&self, value: &Value) -> Option<bool> {
        let (first, last) = match value {
            Value::Date(day) => (*day, *day),
            Value::Time(moment) => {
                let day = moment.checked_to_offset(BEIJING)?.date();
                (day, day)
            }
            Value::Month(month) => ends_of(*month)?,
            _ => return None,
        };
        let begun = self.from.is_none_or(|from| from <= last);
        let not_over = self.until.is_none_or(|until| first <= until);
        Some(begun && not_over)
    }
}

fn ends_of(month: Month) -> Option<(Date, Date)> {
    let of_year = time::Month::try_from(month.month()).ok()?;
    let first = Date::from_calendar_date(month.year(), of_year, 1).ok()?;
    let last = first.replace_day(of_year.length(month.year())).ok()?;
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn months_are_counted_back_to_a_day_that_exists() {
        for (today, months, from) in [
            (date!(2026 - 11 - 23), 24, date!(2024 - 11 - 23)),
            (date!(2026 - 03 - 31), 1, date!(2026 - 02 - 28)),
            (date!(2028 - 03 - 31), 1, date!(2028 - 02 - 29)),
            (date!(2026 - 01 - 15), 1, date!(2025 - 12 - 15)),
            (date!(2026 - 01 - 15), 0, date!(2026 - 01 - 15)),
        ] {
            let window = Window::months_back(today, months);
            assert_eq!(window.from, Some(from), "{today} - {months}");
        }
        let beyond = Window::months_back(Date::MIN, 1);
        assert_eq!(beyond.from, None);
    }

    #[test]
    fn both_ends_belong_to_it_and_a_month_counts_by_any_of_its_days() {
        let window = Window {
            from: Some(date!(2024 - 11 - 23)),
            until: Some(date!(2026 - 02 - 01)),
        };
        let month = |text: &str| Value::Month(text.parse().unwrap());
        for (value, covers) in [
            (Value::Date(date!(2024 - 11 - 22)), Some(false)),
            (Value::Date(date!(2024 - 11 - 23)), Some(true)),
            (Value::Date(date!(2026 - 02 - 01)), Some(true)),
            (Value::Date(date!(2026 - 02 - 02)), Some(false)),
            (month("202410"), Some(false)),
            (month("202411"), Some(true)),
            (month("202602"), Some(true)),
            (month("202603"), Some(false)),
            // 2024-11-23 00:30 in Beijing.
            (Value::Time(datetime!(2024-11-22 16:30 UTC)), Some(true)),
            (Value::Integer(1), None),
            (Value::Absent(crate::Absence::NotRecorded), None),
        ] {
            assert_eq!(window.covers(&value), covers, "{}", value.canonical());
        }
        let open = Window {
            from: None,
            until: None,
        };
        assert_eq!(open.covers(&month("190001")), Some(true));
    }
}
