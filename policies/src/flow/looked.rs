//! What an answering center looks at for a question: more than is answered. Its own rules are held
//! against all of it, since a verdict tells of an item that it does not show.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ClassNo, ItemNo};

use super::{Flow, Mode};
use crate::question::Question;
use crate::verdict::VerdictRule;

/// Items by class.
pub(crate) type LookedAt = BTreeMap<ClassNo, BTreeSet<ItemNo>>;

impl Flow {
    /// The items that a center may look at for a question: those it wants, those of the verdicts
    /// it asks for, those by which its records are limited to a time, and, where details wait for a
    /// hit, those of the verdicts that decide it.
    #[must_use]
    pub fn looked_at(&self, question: &Question) -> LookedAt {
        let deciding = self
            .details_on
            .iter()
            .filter(|_| question.mode() == Mode::Details);
        let verdicts = question.verdicts().iter().chain(deciding);
        let rules = verdicts.filter_map(|id| self.verdicts.get(id));
        let mut looked_at = question.wants().clone();
        for item in rules.flat_map(VerdictRule::items) {
            looked_at.entry(item.class()).or_default().insert(item);
        }
        for item in self.spans.keys() {
            if let Some(items) = looked_at.get_mut(&item.class()) {
                items.insert(*item);
            }
        }
        looked_at
    }
}
