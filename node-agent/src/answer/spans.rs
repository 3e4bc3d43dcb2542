//! Records are limited to the time that their flow allows: what lies outside never leaves this
//! center, and of what cannot be placed in time nothing is said to be there or not.

use std::collections::BTreeMap;

use catalog::{Absence, ClassNo, Defect, ItemNo, Record, Value, Window};
use policies::{Basis, Flow, Span};
use time::Date;
use wire::RefusalCode;

use crate::translate::{Found, FoundOutcome, QualityNote, SourceError};

/// The times to which records of a class are limited, by the item that places them.
pub(super) type Windows = BTreeMap<ItemNo, Window>;

/// The windows of one class on the day of a question.
///
/// # Errors
/// The flow limits to the period of the basis, and the basis states none.
pub(super) fn windows(
    flow: &Flow,
    class: ClassNo,
    basis: &Basis,
    today: Date,
) -> Result<Windows, RefusalCode> {
    let of_class = flow.spans.iter().filter(|(item, _)| item.class() == class);
    of_class
        .map(|(item, span)| Ok((*item, window(*span, basis, today)?)))
        .collect()
}

fn window(span: Span, basis: &Basis, today: Date) -> Result<Window, RefusalCode> {
    match (span, basis.from, basis.until) {
        (Span::Months(months), _, _) => Ok(Window::months_back(today, months)),
        (Span::Basis, Some(from), Some(until)) => Ok(Window {
            from: Some(from),
            until: Some(until),
        }),
        (Span::Basis, _, _) => Err(RefusalCode::CaseBasis),
    }
}

/// What of the records lies within every window.
pub(super) fn limited(mut found: Found, windows: &Windows) -> Found {
    if windows.is_empty() || found.records.is_empty() {
        return found;
    }
    let mut undated = 0_u32;
    let mut kept = Vec::new();
    for record in std::mem::take(&mut found.records) {
        match is_within(&record, windows) {
            Some(true) => kept.push(record),
            Some(false) => uncount(&mut found.notes, &record),
            None => {
                uncount(&mut found.notes, &record);
                undated = undated.saturating_add(1);
            }
        }
    }
    found.records = kept;
    if undated > 0 {
        found.notes.push(QualityNote {
            item: None,
            defect: Defect::MissingRequired,
            count: undated,
        });
    }
    if found.records.is_empty() && found.outcome == FoundOutcome::Answered {
        // Nothing within the time is an answer; nothing that can be placed in time is none.
        found.outcome = if undated == 0 {
            FoundOutcome::NoRecord
        } else {
            FoundOutcome::Unavailable(SourceError::Undated)
        };
    }
    found
}

/// Whether a record lies in every window; `None` if one cannot tell.
fn is_within(record: &Record, windows: &Windows) -> Option<bool> {
    let mut within = Some(true);
    for (item, window) in windows {
        match record.get(*item).and_then(|value| window.covers(value)) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => within = None,
        }
    }
    within
}

/// A record that stays leaves no trace in the notes either.
fn uncount(notes: &mut Vec<QualityNote>, record: &Record) {
    for (item, value) in record.iter() {
        let Value::Absent(Absence::Withheld(defect)) = value else {
            continue;
        };
        let note = notes
            .iter_mut()
            .find(|note| note.item == Some(item) && note.defect == *defect);
        if let Some(note) = note {
            note.count = note.count.saturating_sub(1);
        }
    }
    notes.retain(|note| note.count > 0);
}

#[cfg(test)]
mod tests;
