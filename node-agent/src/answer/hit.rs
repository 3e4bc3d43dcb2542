//! Details only after a hit: a flow may name verdicts of which one must hold over the records of a
//! center before any record of any class leaves it. Judged here, from this center's own copy of the
//! flow, whatever the hub says.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ClassNo, Defect, ItemNo};
use policies::{Finding, Flow, Mode, VerdictRule};
use wire::{RefusalCode, v1};

use super::{Looked, has_facts, silent_class};
use crate::translate::{Found, FoundOutcome};

/// Whether details may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// One of the verdicts holds, or the flow asks for none.
    Yes,
    /// None of them holds.
    No,
    /// None holds for certain, and one that might could not be judged.
    NotKnown,
}

/// What decides about details, and what of it must be looked up beside what was asked for.
#[derive(Debug, Default)]
pub(super) struct Gate<'f> {
    is_shut: bool,
    rules: Vec<&'f VerdictRule>,
}

impl<'f> Gate<'f> {
    /// The gate of a question; open where its flow holds nothing back. A verdict about another kind
    /// of subject opens nothing: where no other is left, nobody can know.
    pub(super) fn of(flow: &'f Flow, mode: Mode, asked_here: bool, is_house: bool) -> Self {
        if !flow.holds_back(mode, asked_here) {
            return Self::default();
        }
        let rules = flow.details_on.iter();
        let rules = rules.filter_map(|id| flow.verdicts.get(id));
        Self {
            is_shut: true,
            rules: rules.filter(|rule| rule.house == is_house).collect(),
        }
    }

    /// What it looks at, by class.
    pub(super) fn items(&self) -> BTreeMap<ClassNo, BTreeSet<ItemNo>> {
        let mut items: BTreeMap<ClassNo, BTreeSet<ItemNo>> = BTreeMap::new();
        for rule in &self.rules {
            items.entry(rule.class).or_default().extend(rule.items());
        }
        items
    }

    /// Whether one of the verdicts holds over what was looked up. A class that this center does not
    /// hold can show no hit; but where nothing could be judged, nothing is known.
    pub(super) fn judge(&self, looked: &BTreeMap<ClassNo, Looked>) -> Hit {
        if !self.is_shut {
            return Hit::Yes;
        }
        let (mut is_judged, mut is_open) = (false, false);
        for rule in &self.rules {
            match looked.get(&rule.class).map(|looked| holds(rule, looked)) {
                Some(Judged::Is(true)) => return Hit::Yes,
                Some(Judged::Is(false)) => is_judged = true,
                Some(Judged::NotHeld) => {}
                Some(Judged::Open) | None => is_open = true,
            }
        }
        if is_judged && !is_open {
            Hit::No
        } else {
            Hit::NotKnown
        }
    }
}

enum Judged {
    Is(bool),
    /// The center does not hold the class.
    NotHeld,
    Open,
}

fn holds(rule: &VerdictRule, looked: &Looked) -> Judged {
    let found = match &looked.found {
        Ok(found) if found.outcome == FoundOutcome::NotCovered => return Judged::NotHeld,
        Ok(found) if has_facts(found.outcome) => found,
        Ok(_) | Err(_) => return Judged::Open,
    };
    // Whether the verdict is about other centers was settled when the gate was made.
    match rule.judge(&found.records, None, false) {
        Ok(Some(Finding::Holds(true))) => Judged::Is(true),
        Ok(Some(Finding::Counts(counts))) if counts.values().any(|count| *count > 0) => {
            Judged::Is(true)
        }
        // A record that could not be placed in time was left out, and might have been the hit.
        Ok(Some(_)) if looked.is_limited && has_undated(found) => Judged::Open,
        Ok(Some(_)) => Judged::Is(false),
        Ok(None) | Err(_) => Judged::Open,
    }
}

fn has_undated(found: &Found) -> bool {
    let is_undated = |defect| defect == Defect::MissingRequired;
    let mut notes = found.notes.iter();
    notes.any(|note| note.item.is_none() && is_undated(note.defect))
}

/// What leaves of a class where details may not: that something is held, or that nobody can say
/// whether it concerns the flow. No record stays no record, and a silence a silence.
pub(super) fn withheld(hit: Hit, class: ClassNo, reply: v1::ClassReply) -> v1::ClassReply {
    let has_records = !reply.payload.is_empty();
    match hit {
        Hit::Yes => reply,
        Hit::No | Hit::NotKnown if !has_records => reply,
        Hit::No => v1::ClassReply {
            record_count: 0,
            notes: Vec::new(),
            payload: Vec::new(),
            held_back: true,
            ..reply
        },
        Hit::NotKnown => silent_class(class, RefusalCode::HitUnknown),
    }
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;
    use policies::FlowBook;

    use super::*;

    #[test]
    fn a_verdict_about_another_kind_of_subject_opens_nothing() {
        let catalog = Catalog::builtin().unwrap();
        let book = FlowBook::builtin(&catalog).unwrap();
        let mut flow = book.flow(&"F10".parse().unwrap()).unwrap().clone();
        flow.details_on = ["drawn-on-house".parse().unwrap()].into();
        let gate = |is_house| Gate::of(&flow, Mode::Details, false, is_house);
        assert!(!gate(true).items().is_empty());
        assert!(gate(false).items().is_empty(), "is not even looked up");
        assert_eq!(gate(false).judge(&BTreeMap::new()), Hit::NotKnown);
    }
}
