//! What a question about a house or an employer may ask within its flow. Records found by a house
//! may be anybody's, so that its items are a list of their own, and no verdict about a person is
//! said about it. An employer's people are no party of its case: they are judged and never shown.

use std::collections::BTreeSet;

use catalog::ItemNo;

use super::{Flow, Misfit, Mode, PartyRole};
use crate::question::Question;

impl Flow {
    /// Whether a question about somebody in these roles asks what the flow says about such a
    /// subject.
    pub(crate) fn fits_subject(
        &self,
        question: &Question,
        roles: &BTreeSet<PartyRole>,
    ) -> Result<(), Misfit> {
        let is_house = roles.contains(&PartyRole::House);
        let items: BTreeSet<ItemNo> = question
            .wants()
            .values()
            .flatten()
            .filter(|item| question.mode() == Mode::Details && !self.shows(**item, roles))
            .copied()
            .collect();
        if !items.is_empty() {
            return Err(Misfit::Items(items));
        }
        let is_of_another = |name: &&crate::verdict::VerdictId| {
            let rule = self.verdicts.get(*name);
            rule.is_some_and(|rule| rule.house != is_house)
        };
        let verdicts: BTreeSet<_> = question
            .verdicts()
            .iter()
            .filter(is_of_another)
            .cloned()
            .collect();
        if verdicts.is_empty() {
            Ok(())
        } else {
            Err(Misfit::Verdicts(verdicts))
        }
    }

    /// Whether details about somebody in these roles may hold the item.
    #[must_use]
    pub fn shows(&self, item: ItemNo, roles: &BTreeSet<PartyRole>) -> bool {
        let of_employers_people =
            roles.contains(&PartyRole::Employer) && item.class().is_about_persons();
        let is_house = roles.contains(&PartyRole::House);
        !of_employers_people && (!is_house || self.house.contains(&item))
    }

    /// The names of the verdicts that are said about a house.
    pub(crate) fn house_verdicts(&self) -> impl Iterator<Item = &str> {
        let about = self.verdicts.iter().filter(|(_, rule)| rule.house);
        about.map(|(name, _)| name.as_str())
    }
}
