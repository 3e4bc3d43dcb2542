//! A house as records and applications give it, and whether two of them mean one house. Its
//! identity is fuzzy, so the surest thing that both sides give decides: the real-estate unit
//! number; then an equal contract number; then the address. It refuses to call two houses
//! different that share nothing to compare.

mod address;
mod number;
#[cfg(test)]
mod tests;

use std::fmt;

pub use address::Address;
pub use number::{ContractNumber, UnitNumber};

use crate::defect::Defect;

/// What two houses as given are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseMatch {
    /// One house.
    Same,
    /// Two houses.
    Other,
    /// What both give cannot be compared: for a person to look at, never "another house".
    NotKnown,
}

/// A house as given: any of its three marks.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct House {
    unit: Option<UnitNumber>,
    contract: Option<ContractNumber>,
    address: Option<Address>,
}

impl House {
    /// The house of these marks as some source spells them. A text that cannot be such a mark is
    /// left out: it tells nothing about which house it is.
    #[must_use]
    pub fn given(unit: Option<&str>, contract: Option<&str>, address: Option<&str>) -> Self {
        Self {
            unit: unit.and_then(|text| UnitNumber::parse(text).ok()),
            contract: contract.and_then(|text| ContractNumber::parse(text).ok()),
            address: address.and_then(|text| Address::parse(text).ok()),
        }
    }

    /// Whether no mark is known.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.unit.is_none() && self.contract.is_none() && self.address.is_none()
    }

    /// Its real-estate unit number.
    #[must_use]
    pub const fn unit(&self) -> Option<&UnitNumber> {
        self.unit.as_ref()
    }

    /// Number of its purchase contract.
    #[must_use]
    pub const fn contract(&self) -> Option<&ContractNumber> {
        self.contract.as_ref()
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The numbers by which it can be looked up, the surest first.
    pub fn ids(&self) -> impl Iterator<Item = HouseId> {
        let unit = self.unit.clone().map(HouseId::Unit);
        unit.into_iter()
            .chain(self.contract.clone().map(HouseId::Contract))
    }

    /// What this house and another are to each other. One house may have several contracts (signed
    /// anew, sold again), so other contract numbers alone do not make two houses where addresses
    /// can be compared.
    #[must_use]
    pub fn compare(&self, other: &Self) -> HouseMatch {
        if let (Some(one), Some(two)) = (&self.unit, &other.unit) {
            return same_or_other(one == two);
        }
        let contracts = match (&self.contract, &other.contract) {
            (Some(one), Some(two)) => same_or_other(one == two),
            _ => HouseMatch::NotKnown,
        };
        if contracts == HouseMatch::Same {
            return contracts;
        }
        match (&self.address, &other.address) {
            (Some(one), Some(two)) => one.compare(two),
            _ => contracts,
        }
    }
}

const fn same_or_other(is_same: bool) -> HouseMatch {
    if is_same {
        HouseMatch::Same
    } else {
        HouseMatch::Other
    }
}

/// Shows which marks are known, and none of them.
impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House")
            .field("unit", &self.unit.is_some())
            .field("contract", &self.contract.is_some())
            .field("address", &self.address.is_some())
            .finish()
    }
}

/// The one exact number by which a house is asked about. An address is for comparing only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HouseId {
    /// By its real-estate unit number.
    Unit(UnitNumber),
    /// By the number of its purchase contract.
    Contract(ContractNumber),
}

impl HouseId {
    /// A unit number in any spelling.
    ///
    /// # Errors
    /// The defect of the number.
    pub fn unit(number: &str) -> Result<Self, Defect> {
        UnitNumber::parse(number).map(Self::Unit)
    }

    /// A contract number in any spelling.
    ///
    /// # Errors
    /// The defect of the number.
    pub fn contract(number: &str) -> Result<Self, Defect> {
        ContractNumber::parse(number).map(Self::Contract)
    }

    /// The number in its normal spelling.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Self::Unit(number) => number.as_str(),
            Self::Contract(number) => number.as_str(),
        }
    }

    /// Kind and number in one text: a contract number may look like any other number.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Unit(number) => format!("house-unit:{}", number.as_str()),
            Self::Contract(number) => format!("house-contract:{}", number.as_str()),
        }
    }
}

/// Shows the kind only: the number leads to its owner.
impl fmt::Debug for HouseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unit(_) => "HouseId::Unit(redacted)",
            Self::Contract(_) => "HouseId::Contract(redacted)",
        })
    }
}
