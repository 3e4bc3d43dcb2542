//! Whether two records mean one house, by the star's one rule of house identity. It refuses to call
//! two houses different that share nothing to compare.

use catalog::{ContractNumber, HouseMatch};

use super::heard::Told;

/// What a record or an application says of a house.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct House {
    /// Real-estate unit number.
    pub unit: Option<String>,
    /// Number of the purchase contract.
    pub contract: Option<String>,
    /// Address.
    pub address: Option<String>,
}

impl House {
    pub(super) fn of(told: &Told<'_>) -> Self {
        Self {
            unit: told.text("bdcdyh"),
            contract: told.text("gfhtbh"),
            address: told.text("fwzl"),
        }
    }

    /// Whether both mean one house; nothing where they cannot be compared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> Option<bool> {
        match self.known().compare(&other.known()) {
            HouseMatch::Same => Some(true),
            HouseMatch::Other => Some(false),
            HouseMatch::NotKnown => None,
        }
    }

    fn known(&self) -> catalog::House {
        catalog::House::given(
            self.unit.as_deref(),
            self.contract.as_deref(),
            self.address.as_deref(),
        )
    }
}

/// A contract number without blanks and prefix; nothing where the text is no such number.
pub(super) fn plain_contract(number: &str) -> Option<ContractNumber> {
    ContractNumber::parse(number).ok()
}
