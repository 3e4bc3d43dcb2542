//! The one a query is about. The key is what subject tags are computed over, so it must never
//! depend on how a source happened to spell the number.

use crate::house::HouseId;
use crate::identity::{CreditCode, PersonId};

/// A person, an employer or a house.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person, known by an identity document.
    Person(PersonId),
    /// An employer, known by its unified social credit code.
    Employer(CreditCode),
    /// A house, known by its real-estate unit number or the number of its purchase contract.
    House(HouseId),
}

impl Subject {
    /// The normalised number. The type of a document is no part of it: centres may disagree on
    /// the type of one number, and that is a defect of data, not another person.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Person(person) => person.number().to_owned(),
            Self::Employer(code) => code.as_str().to_owned(),
            Self::House(id) => id.key(),
        }
    }

    /// Whether it is a house, whose records may be anybody's.
    #[must_use]
    pub const fn is_house(&self) -> bool {
        matches!(self, Self::House(_))
    }
}
