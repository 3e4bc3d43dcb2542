//! What a permitted question lets through: the permit's items, the verdicts asked for, the items
//! for display only, and the time to which records are limited.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, Defect, ItemNo, Record, Value, Window};
use policies::{BEIJING, Basis, Flow, Permit, Span, VerdictId, VerdictRule};
use time::{Date, OffsetDateTime};
use wire::convert::NoteBook;

/// The terms of one question.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// The catalog by which values are checked.
    pub catalog: &'a Catalog,
    /// What is granted, to whom, in which mode.
    pub permit: &'a Permit,
    /// The flow it was granted within.
    pub flow: &'a Flow,
    /// Verdicts asked for.
    pub verdicts: &'a BTreeSet<VerdictId>,
    /// The times to which records are limited; none where the basis states no period.
    pub windows: BTreeMap<ItemNo, Option<Window>>,
}

/// The times to which a flow limits records on the day of a question.
#[must_use]
pub fn windows(
    flow: &Flow,
    basis: &Basis,
    now: OffsetDateTime,
) -> BTreeMap<ItemNo, Option<Window>> {
    let today = now.to_offset(BEIJING).date();
    let all = flow.spans.iter();
    all.map(|(item, span)| (*item, window(*span, basis, today)))
        .collect()
}

fn window(span: Span, basis: &Basis, today: Date) -> Option<Window> {
    match span {
        Span::Months(months) => Some(Window::months_back(today, months)),
        Span::Basis => basis.from.zip(basis.until).map(|(from, until)| Window {
            from: Some(from),
            until: Some(until),
        }),
    }
}

impl<'a> Terms<'a> {
    /// The verdicts that one center may answer about one class.
    pub(super) fn verdicts_of(
        &self,
        node: &str,
        class: ClassNo,
    ) -> BTreeMap<&'a str, &'a VerdictRule> {
        let asks_itself = self.permit.asking_node() == node;
        let (flow, verdicts) = (self.flow, self.verdicts);
        let rules = verdicts
            .iter()
            .filter_map(|id| Some((id.as_str(), flow.verdicts.get(id)?)));
        rules
            .filter(|(_, rule)| rule.class == class && !(rule.elsewhere && asks_itself))
            .collect()
    }

    /// Takes out of the records what the terms do not let through, and counts it.
    pub(super) fn trim(
        &self,
        records: &mut Vec<Record>,
        items: &BTreeSet<ItemNo>,
        notes: &mut NoteBook,
    ) {
        let outside = |notes: &mut NoteBook, count: usize| {
            for _ in 0..count {
                notes.count(None, Defect::OutsidePermit);
            }
        };
        let sent = records.len();
        records.retain(|record| self.is_within(record));
        outside(notes, sent - records.len());
        for record in records {
            let sent = record.len();
            record.retain(|item, value| items.contains(&item) && self.is_fit(item, value));
            outside(notes, sent - record.len());
        }
    }

    /// Whether a record lies in the time of its class, as far as it says when it was.
    fn is_within(&self, record: &Record) -> bool {
        let of_class = self
            .windows
            .iter()
            .filter(|(item, _)| item.class() == record.class());
        of_class.into_iter().all(|(item, window)| match window {
            None => false,
            Some(window) => record
                .get(*item)
                .and_then(|value| window.covers(value))
                .unwrap_or(true),
        })
    }

    /// What is for display comes masked, and nothing else does.
    fn is_fit(&self, item: ItemNo, value: &Value) -> bool {
        if self.flow.display.contains(&item) {
            self.catalog.is_masked(item, value)
        } else {
            !matches!(value, Value::Masked(_))
        }
    }
}
