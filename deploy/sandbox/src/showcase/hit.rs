//! Whether a center gives details of what was planted there: a flow may ask for a hit first. Judged
//! from the planted rows, apart from the agent's own judging. It refuses to know verdicts that
//! measure.

use catalog::ItemNo;
use policies::{Flow, Mode};
use time::Date;

use crate::world::{Expected, Node};

/// Whether details of these rows leave `node` when the flow is asked at `asking`.
pub(super) fn gives_details(
    flow: &Flow,
    (node, asking): (Node, Node),
    expects: &[&Expected],
    today: Date,
) -> bool {
    if !flow.holds_back(Mode::Details, node == asking) {
        return true;
    }
    let planted = || expects.iter().filter(|expected| expected.node == node);
    let mut rules = flow
        .details_on
        .iter()
        .filter_map(|id| flow.verdicts.get(id));
    rules.any(|rule| {
        let of_class = planted().filter(|expected| expected.class == rule.class.get());
        of_class.flat_map(|expected| expected.rows).any(|row| {
            rule.only.iter().all(|(item, codes)| {
                let told = row
                    .iter()
                    .find(|(no, _)| no.parse::<ItemNo>().ok() == Some(*item));
                let text = told.and_then(|(_, wanted)| wanted.text(today));
                text.is_some_and(|text| codes.contains(&text))
            })
        })
    })
}
