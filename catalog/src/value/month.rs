//! A month of the calendar, written `201907`. No other spelling is read.

use std::fmt;
use std::str::FromStr;

/// A text that is not a month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a month such as 201907")]
pub struct MonthError;

/// A month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// The month, if the calendar has it: years 1 to 9999, months 1 to 12.
    #[must_use]
    pub fn new(year: i32, month: u8) -> Option<Self> {
        let year = u16::try_from(year).ok()?;
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The month a day lies in.
    #[must_use]
    pub fn of(date: time::Date) -> Option<Self> {
        Self::new(date.year(), u8::from(date.month()))
    }

    /// The month after this one; nothing after the last month of the calendar.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        if self.month == 12 {
            Self::new(self.year() + 1, 1)
        } else {
            Self::new(self.year(), self.month + 1)
        }
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        i32::from(self.year)
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}

/// Shows no content, as for every value: a month of birth is personal data.
impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Month(..)")
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(MonthError);
        }
        let (year, month) = text.split_at_checked(4).ok_or(MonthError)?;
        let year = year.parse().map_err(|_| MonthError)?;
        let month = month.parse().map_err(|_| MonthError)?;
        Self::new(year, month).ok_or(MonthError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_of_the_calendar() {
        for good in ["000101", "201907", "999912"] {
            assert_eq!(good.parse::<Month>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "201900",
            "201913",
            "2019-7",
            "000012",
            "+20191",
            "２０１９０７",
        ] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }

    #[test]
    fn december_is_followed_by_january() {
        let next = "201912".parse::<Month>().unwrap().next().unwrap();
        assert_eq!(next.to_string(), "202001");
        assert!("999912".parse::<Month>().unwrap().next().is_none());
    }
}
