//! The steps of an explanation about houses: what is asked about one fits what its flow says about
//! houses, and what is said about houses is asked about nobody else.

use super::steps::{listed, step};
use super::{Ask, Step};
use crate::flow::{Flow, Misfit, PartyRole};

impl Ask<'_> {
    pub(super) fn house_steps(&self, flow: &Flow) -> [Step; 3] {
        let roles = self.case.roles_of(self.question.subject_tag());
        let misfit = flow.fits_subject(self.question, &roles).err();
        let (items, verdicts) = match &misfit {
            Some(Misfit::Items(items)) => (listed(items), listed::<&str>([])),
            Some(Misfit::Verdicts(verdicts)) => (listed::<&str>([]), listed(verdicts)),
            _ => (listed::<&str>([]), listed::<&str>([])),
        };
        let none = listed::<&str>([]);
        let is_house = roles.contains(&PartyRole::House);
        let about = if roles.contains(&PartyRole::House) {
            "about a house"
        } else {
            "about no house"
        };
        [
            step(
                (
                    "house-items",
                    "item-outside-flow",
                    "查房屋时只求流程列明的房屋数据项",
                    "about a house only the items that the flow answers about houses are asked for",
                ),
                !(is_house && matches!(misfit, Some(Misfit::Items(_)))),
                format!("{about}; outside {}", if is_house { &items } else { &none }),
            ),
            step(
                (
                    "employer-items",
                    "item-outside-flow",
                    "查单位时不求其职工的数据项",
                    "about an employer no details of its people are asked for",
                ),
                is_house || !matches!(misfit, Some(Misfit::Items(_))),
                format!("outside {}", if is_house { &none } else { &items }),
            ),
            step(
                (
                    "house-verdicts",
                    "verdict-outside-flow",
                    "房屋结论只对房屋求，其他结论不对房屋求",
                    "verdicts about houses are asked about houses, and no others about them",
                ),
                !matches!(misfit, Some(Misfit::Verdicts(_))),
                format!("{about}; outside {verdicts}"),
            ),
        ]
    }
}
