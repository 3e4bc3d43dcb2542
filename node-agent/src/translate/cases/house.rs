//! The house of a case: a row of its own, with the role `house`. It has no name and no type of
//! number; it may be asked about under each number that the business system has of it.

use catalog::{HouseId, Subject};
use policies::PartyRole;

use super::{Fields, Party};

/// Fields that only a row about a house needs.
pub(super) const HOUSE: [&str; 2] = ["house_unit", "house_contract"];

impl Fields<'_> {
    /// The house under each of its numbers, the surest first, and how many numbers are none. A
    /// house without any number is one party that nobody can ask about.
    pub(super) fn houses(&self) -> (Vec<Party>, u32) {
        let unit = self.text("house_unit");
        let contract = self.text("house_contract");
        let ids = [
            unit.map(|number| HouseId::unit(&number)),
            contract.map(|number| HouseId::contract(&number)),
        ];
        let (mut parties, mut withheld) = (Vec::new(), 0);
        for id in ids.into_iter().flatten() {
            match id {
                Ok(id) => parties.push(Party {
                    role: PartyRole::House,
                    id: Subject::House(id),
                    name: String::new(),
                }),
                Err(_) => withheld += 1,
            }
        }
        if parties.is_empty() && withheld == 0 {
            withheld = 1;
        }
        (parties, withheld)
    }
}
