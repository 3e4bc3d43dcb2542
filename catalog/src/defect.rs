//! The closed list of what can be wrong with a value. A defect names the fault only and never
//! carries the value, so it may go into logs, metrics and answers.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A text that is not the code of a defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the code of a defect")]
pub struct UnknownDefect(pub String);

macro_rules! defects {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// What is wrong with a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Defect {
            $($(#[$doc])* $variant,)+
        }

        impl Defect {
            /// Every defect.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code of the defect.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

defects! {
    /// A value of another type than the item's.
    WrongType = "wrong-type",
    /// More characters than the item takes.
    TooLong = "too-long",
    /// A text with nothing in it, where absence should have been said.
    Empty = "empty",
    /// A code its code set does not have.
    UnknownCode = "unknown-code",
    /// More or fewer digits after the point than the item takes.
    BadPrecision = "bad-precision",
    /// A check digit that does not fit the digits before it.
    BadCheckDigit = "bad-check-digit",
    /// Not a day, month or moment of the calendar.
    BadDate = "bad-date",
    /// Not a number, or an identity number of the wrong shape.
    BadNumber = "bad-number",
    /// Neither true nor false.
    BadBoolean = "bad-boolean",
    /// A text that lacks the closer form of its item.
    BadFormat = "bad-format",
    /// An identity number that is right but not in its normal spelling.
    NotNormalised = "not-normalised",
    /// A required item without a value.
    MissingRequired = "missing-required",
    /// Two dates in the wrong order; said of the later one.
    DateOrder = "date-order",
    /// A value outside the range its item or the rest of the record allows.
    OutOfRange = "out-of-range",
    /// Bytes or characters that the source's character set does not have.
    Undecodable = "undecodable",
    /// An item the class does not have.
    UnknownItem = "unknown-item",
    /// The same thing twice.
    Duplicate = "duplicate",
    /// A value for an item that is input only and must never be returned.
    InputOnly = "input-only",
    /// A value for an item outside what was asked for and permitted.
    OutsidePermit = "outside-permit",
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|defect| defect.as_str() == text)
            .ok_or_else(|| UnknownDefect(text.to_owned()))
    }
}

impl Serialize for Defect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_its_own_and_is_read_back() {
        let codes: BTreeSet<_> = Defect::ALL.iter().map(|defect| defect.as_str()).collect();
        assert_eq!(codes.len(), Defect::ALL.len());
        for defect in Defect::ALL {
            assert_eq!(defect.to_string().parse::<Defect>().unwrap(), *defect);
        }
        assert!("nothing".parse::<Defect>().is_err());
    }
}
