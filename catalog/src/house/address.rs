//! An address in one spelling: city, district, road, number, building, unit, room. It refuses to
//! guess: what it cannot take apart, or what lacks the room, is never called one house or two.

mod numeral;
mod parts;

use std::fmt;

use self::parts::Parts;
use super::HouseMatch;
use super::number::squeezed;
use crate::defect::Defect;

/// The longest address that an item of the catalogue can hold.
const ADDRESS_CHARS_MAX: usize = 255;

/// An address in its normal spelling.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The parts, where the text could be taken apart.
    parts: Option<Parts>,
    text: String,
}

impl Address {
    /// The normal spelling of a text.
    ///
    /// # Errors
    /// The defect of the text: empty, or longer than any address.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        if text.chars().count() > ADDRESS_CHARS_MAX {
            return Err(Defect::TooLong);
        }
        let spelled = numeral::written_as_digits(&squeezed(text));
        if spelled.is_empty() {
            return Err(Defect::Empty);
        }
        // INVARIANT: the normal spelling reads back as itself; a text that does not is unclear.
        let reads_back = |parts: &Parts| {
            let text = parts.text();
            numeral::written_as_digits(&text) == text && Parts::of(&text).as_ref() == Some(parts)
        };
        let parts = Parts::of(&spelled).filter(reads_back);
        let text = parts.as_ref().map_or(spelled, Parts::text);
        Ok(Self { parts, text })
    }

    /// The normal spelling: stable under another parse.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What this address and another are to each other. One differing part that both give makes
    /// two houses; a part that only one gives leaves it open, except city and district, which
    /// many leave out.
    #[must_use]
    pub fn compare(&self, other: &Self) -> HouseMatch {
        match (&self.parts, &other.parts) {
            (Some(one), Some(two)) => one.compare(two),
            _ => HouseMatch::NotKnown,
        }
    }
}

/// Shows nothing of the address.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(redacted)")
    }
}
