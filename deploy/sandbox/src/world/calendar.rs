//! Months and the date spellings of the four local systems. It refuses to know what time it is.

use time::{Date, Duration};

/// A calendar month, counted from year 0 so that arithmetic is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month(i32);

impl Month {
    /// The month that holds `date`.
    pub(crate) fn of(date: Date) -> Self {
        Self(date.year() * 12 + i32::from(u8::from(date.month())) - 1)
    }

    /// The month `count` months later, earlier when negative.
    pub(crate) fn plus(self, count: i32) -> Self {
        Self(self.0.saturating_add(count))
    }

    /// Months from `earlier` to this one.
    pub(crate) fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// Year of the month.
    pub(crate) fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// 1 for January.
    pub(crate) fn number(self) -> i32 {
        self.0.rem_euclid(12) + 1
    }

    /// `201907`.
    pub(crate) fn compact(self) -> String {
        format!("{:04}{:02}", self.year(), self.number())
    }

    /// `2019-07`.
    pub(crate) fn dashed(self) -> String {
        format!("{:04}-{:02}", self.year(), self.number())
    }

    /// The given day of the month, the last one when the month is shorter.
    pub(crate) fn day(self, day: u8) -> Date {
        let month = u8::try_from(self.number())
            .ok()
            .and_then(|number| time::Month::try_from(number).ok())
            .unwrap_or(time::Month::January);
        let last = month.length(self.year());
        Date::from_calendar_date(self.year(), month, day.clamp(1, last)).unwrap_or(Date::MIN)
    }
}

/// `2019-07-05`.
pub(crate) fn dashed(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// `20190705`.
pub(crate) fn compact(date: Date) -> String {
    format!(
        "{:04}{:02}{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// `days` before `date`.
pub(crate) fn days_before(date: Date, days: i64) -> Date {
    date.checked_sub(Duration::days(days)).unwrap_or(date)
}

/// The newest Friday on or before `date`: the railway loan files are made then.
pub(crate) fn friday_of(date: Date) -> Date {
    let since = i64::from(date.weekday().number_days_from_monday()) - 4;
    days_before(date, since.rem_euclid(7))
}
