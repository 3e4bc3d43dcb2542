//! Which centers take part in which flows: one file a center, which that center keeps itself.
//! Refuses a flow that is not registered, a flow named twice and a center with two files.

use std::collections::{BTreeMap, BTreeSet};

use catalog::Source;

use super::term;
use crate::fault::{Faults, Page};
use crate::flow::{CENTERS_MAX, Enablement, Flow, FlowId, is_node_id};
use crate::section::{self, Section};

/// Reads the centers' files into the flows. While some flow could not be read, an unknown flow is
/// not reported: it may be that one.
pub(in crate::flow) fn enable(
    sources: &[Source<'_>],
    flows: &mut BTreeMap<FlowId, Flow>,
    flows_are_whole: bool,
    faults: &mut Faults,
) {
    let mut seen = BTreeSet::new();
    for (number, source) in sources.iter().enumerate() {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        if number >= CENTERS_MAX {
            faults.add(page.whole(), format!("more than {CENTERS_MAX} centers"));
            break;
        }
        let Some(table) = section::parse(page, faults) else {
            continue;
        };
        let mut root = Section::new(page, table.span(), table.get_ref());
        let node = root.text("node", faults);
        let entries = root.each("flow", faults);
        root.finish(faults);
        if let Some(node) = &node {
            if !is_node_id(&node.value) {
                faults.add(node.place, format!("`{}` is not a node id", node.value));
            }
            if !seen.insert(node.value.clone()) {
                faults.add(
                    node.place,
                    format!("center `{}` has another file already", node.value),
                );
            }
        }
        let mut own = BTreeSet::new();
        for entry in entries {
            let Some((id, enabled)) = entry_of(entry, &mut own, faults) else {
                continue;
            };
            match flows.get_mut(&id.value) {
                Some(flow) => {
                    let node = node.as_ref().map(|node| node.value.clone());
                    flow.enabled.extend(node.map(|node| (node, enabled)));
                }
                None if flows_are_whole => {
                    faults.add(id.place, format!("flow `{}` is not registered", id.value));
                }
                None => {}
            }
        }
    }
}

fn entry_of<'a>(
    mut entry: Section<'a, '_>,
    own: &mut BTreeSet<FlowId>,
    faults: &mut Faults,
) -> Option<(section::At<'a, FlowId>, Enablement)> {
    let place = entry.place();
    let id = entry.text("id", faults);
    let from = entry.day("from", faults);
    let until = entry.day_if_any("until", faults);
    entry.finish(faults);
    if until.zip(from).is_some_and(|(until, from)| until < from) {
        faults.add(place, "`until` is before `from`");
    }
    let id = id.and_then(|text| {
        let value = term(&text, faults)?;
        Some(section::At {
            value,
            place: text.place,
        })
    })?;
    if !own.insert(id.value) {
        faults.add(id.place, format!("flow `{}` stands here twice", id.value));
    }
    let from = from?;
    Some((id, Enablement { from, until }))
}
