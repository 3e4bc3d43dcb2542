//! The one a query is about. The key is what subject tags are computed over, so it must never
//! depend on how a source happened to spell the number.

use crate::identity::{CreditCode, PersonId};

/// A person or an employer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person, known by an identity document.
    Person(PersonId),
    /// An employer, known by its unified social credit code.
    Employer(CreditCode),
}

impl Subject {
    /// The normalised number. The type of a document is no part of it: centres may disagree on
    /// the type of one number, and that is a defect of data, not another person.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Person(person) => person.number().to_owned(),
            Self::Employer(code) => code.as_str().to_owned(),
        }
    }
}
