//! Hours and days in Beijing, counted from 1970.

use time::{Date, Duration, OffsetDateTime};
use wire::clock::beijing;

const HOURS_OF_DAY: u32 = 24;
/// 1970 began on a Thursday; weeks begin on Monday.
const FIRST_WEEKDAY: u32 = 3;

/// An hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u32);

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

impl Hour {
    /// The hour of a moment.
    #[must_use]
    pub fn of(at: OffsetDateTime) -> Self {
        let local = at
            .unix_timestamp()
            .saturating_add(beijing().whole_seconds().into());
        Self(u32::try_from(local.div_euclid(3_600)).unwrap_or_default())
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The hour of a number.
    #[must_use]
    pub const fn numbered(number: u32) -> Self {
        Self(number)
    }

    /// Its day.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.0 / HOURS_OF_DAY)
    }

    /// The hour before.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The hour after.
    #[must_use]
    pub const fn after(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// 0 to 23.
    #[must_use]
    pub const fn of_day(self) -> u32 {
        self.0 % HOURS_OF_DAY
    }

    /// As entries begin: `2026-11-23T10`.
    #[must_use]
    pub fn text(self) -> String {
        format!("{}T{:02}", self.day().date(), self.of_day())
    }
}

impl Day {
    /// The day of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        let days = date.to_julian_day() - OffsetDateTime::UNIX_EPOCH.date().to_julian_day();
        Self(u32::try_from(days).unwrap_or_default())
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The day of a number.
    #[must_use]
    pub const fn numbered(number: u32) -> Self {
        Self(number)
    }

    /// The day so many days before.
    #[must_use]
    pub const fn back(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub const fn weekday(self) -> u32 {
        (self.0 + FIRST_WEEKDAY) % 7
    }

    /// Its first hour.
    #[must_use]
    pub const fn begins(self) -> Hour {
        Hour(self.0.saturating_mul(HOURS_OF_DAY))
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> Date {
        let epoch = OffsetDateTime::UNIX_EPOCH.date();
        epoch.saturating_add(Duration::days(self.0.into()))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_hour_is_one_of_beijing() {
        let hour = Hour::of(datetime!(2026-11-22 23:30 UTC));
        assert_eq!(hour.text(), "2026-11-23T07");
        assert_eq!(hour.day().weekday(), 0, "a Monday");
        assert_eq!(Day::of(hour.day().date()), hour.day());
        assert_eq!(hour.day().begins().of_day(), 0);
        assert_eq!(Hour::of(datetime!(1970-01-01 00:00 +8)).number(), 0);
    }
}
