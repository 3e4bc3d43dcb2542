//! The steps of an explanation about the centers that a question names.

use super::steps::{listed, step};
use super::{Ask, Step};
use crate::flow::{Flow, Targets};

impl Ask<'_> {
    pub(super) fn center_steps(&self, flow: &Flow) -> [Step; 3] {
        let asks_named = flow.targets == Targets::Named;
        let named = self.question.named();
        let absent = flow.absent(self.question, self.now);
        [
            step(
                (
                    "centers-named",
                    "center-not-named",
                    "按指明中心查询的流程已指明中心",
                    "where the flow asks named centers, some are named",
                ),
                !asks_named || !named.is_empty(),
                listed(named),
            ),
            step(
                (
                    "centers-known",
                    "center-unknown",
                    "所指明的中心当日均参与该流程",
                    "every center named takes part in the flow on this day",
                ),
                !asks_named || absent.is_empty(),
                format!("named {}; absent {}", listed(named), listed(&absent)),
            ),
            step(
                (
                    "centers-by-flow",
                    "center-not-asked",
                    "其他流程不指明中心",
                    "elsewhere no center is named",
                ),
                asks_named || named.is_empty(),
                listed(named),
            ),
        ]
    }
}
