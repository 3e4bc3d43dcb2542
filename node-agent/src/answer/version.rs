//! What an agent of an older catalog says about items that it does not know yet: a class of which
//! it knows nothing is not covered, an item beside known ones is noted as unknown. It never says
//! that there is no record of what it could not look for.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ClassNo, Defect, ItemNo};
use wire::convert::{self, Note};
use wire::limits::NOTES_PER_CLASS_MAX;
use wire::{RefusalCode, v1};

/// Adds to the replies, in class order, what was asked beyond the catalog.
pub(super) fn tell(beyond: &BTreeSet<ItemNo>, classes: &mut Vec<v1::ClassReply>) {
    let mut by_class: BTreeMap<ClassNo, Vec<Note>> = BTreeMap::new();
    for item in beyond {
        by_class.entry(item.class()).or_default().push(Note {
            item: Some(*item),
            defect: Defect::UnknownItem,
            count: 1,
        });
    }
    for (class, unknown) in by_class {
        let class = u32::from(class.get());
        match classes.iter_mut().find(|reply| reply.class == class) {
            Some(reply) => {
                // These say why an item is missing altogether, so they stand before any cut.
                let mut notes = convert::notes_to_wire(&unknown);
                notes.append(&mut reply.notes);
                notes.truncate(NOTES_PER_CLASS_MAX);
                reply.notes = notes;
            }
            None => classes.push(v1::ClassReply {
                class,
                outcome: v1::Outcome::NotCovered.into(),
                code: RefusalCode::NotCoveredVersion.to_string(),
                ..v1::ClassReply::default()
            }),
        }
    }
    classes.sort_by_key(|reply| reply.class);
}
