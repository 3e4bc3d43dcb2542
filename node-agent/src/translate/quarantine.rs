//! Values that were withheld on leaving, as the local system has them, for the center that owns
//! them and for nobody else. Bounded, in memory only; it shows nothing in logs or debug output.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use catalog::{ClassNo, Defect, ItemNo};
use serde::Serialize;
use time::OffsetDateTime;

use super::source::Cell;

/// Values kept per class; the oldest makes room for a new one.
pub const QUARANTINE_PER_CLASS_MAX: usize = 256;
/// Characters kept of one raw value.
pub(crate) const QUARANTINE_CHARS_MAX: usize = 256;

/// A column of a local row and what stands in it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RawColumn {
    /// Its name in the mapping.
    pub name: String,
    /// Its text; `None` for NULL, for undecodable bytes and for what is too long to be read.
    pub text: Option<String>,
    /// Why there is no text.
    pub missing: Option<&'static str>,
}

impl RawColumn {
    pub(crate) fn of(name: &str, cell: &Cell) -> Self {
        let (text, missing) = match cell {
            Cell::Text(text) => (
                Some(text.chars().take(QUARANTINE_CHARS_MAX).collect()),
                None,
            ),
            Cell::Null => (None, Some("null")),
            Cell::Undecodable => (None, Some("undecodable")),
            Cell::TooLong => (None, Some("too-long")),
        };
        Self {
            name: name.to_owned(),
            text,
            missing,
        }
    }
}

/// Shows the name only.
impl fmt::Debug for RawColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawColumn")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// One withheld value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// The item that it was for.
    pub item: ItemNo,
    /// Why it was withheld.
    pub defect: Defect,
    /// The columns that the item is read from.
    pub columns: Vec<RawColumn>,
    /// The columns that name the record, as far as they were read.
    pub record: Vec<RawColumn>,
    /// How often it was withheld.
    pub count: u64,
    /// When first.
    #[serde(with = "time::serde::rfc3339")]
    pub first_at: OffsetDateTime,
    /// When last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
}

/// The withheld values of a node.
#[derive(Default)]
pub struct Quarantine {
    classes: Mutex<BTreeMap<ClassNo, VecDeque<Withheld>>>,
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").finish_non_exhaustive()
    }
}

impl Quarantine {
    /// Takes a value in. One that is here already is counted, so that a question asked a thousand
    /// times does not push the others out.
    pub(crate) fn take(&self, withheld: Withheld) {
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = classes.entry(withheld.item.class()).or_default();
        let known = ring.iter_mut().find(|known| {
            (known.item, known.defect) == (withheld.item, withheld.defect)
                && known.columns == withheld.columns
                && known.record == withheld.record
        });
        if let Some(known) = known {
            known.count = known.count.saturating_add(1);
            known.last_at = withheld.last_at;
            return;
        }
        if ring.len() >= QUARANTINE_PER_CLASS_MAX {
            ring.pop_front();
        }
        ring.push_back(withheld);
    }

    /// What is kept, newest first, of one class or of all.
    #[must_use]
    pub fn listed(&self, class: Option<ClassNo>) -> Vec<Withheld> {
        let classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = classes
            .iter()
            .filter(|(no, _)| class.is_none_or(|class| class == **no));
        wanted
            .flat_map(|(_, ring)| ring.iter().rev().cloned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn withheld(item: &str, text: &str) -> Withheld {
        let at = datetime!(2026-11-23 10:00 +8);
        Withheld {
            item: item.parse().unwrap(),
            defect: Defect::UnknownCode,
            columns: vec![RawColumn::of("A", &Cell::Text(text.to_owned()))],
            record: Vec::new(),
            count: 1,
            first_at: at,
            last_at: at,
        }
    }

    #[test]
    fn a_class_keeps_its_newest_values_and_crowds_no_other_out() {
        let quarantine = Quarantine::default();
        quarantine.take(withheld("03-07", "kept"));
        for n in 0..QUARANTINE_PER_CLASS_MAX + 10 {
            quarantine.take(withheld("04-08", &n.to_string()));
        }
        let class = |no: &str| no.parse::<ClassNo>().ok();
        let of_04 = quarantine.listed(class("04"));
        assert_eq!(of_04.len(), QUARANTINE_PER_CLASS_MAX);
        let newest = (QUARANTINE_PER_CLASS_MAX + 9).to_string();
        assert_eq!(of_04[0].columns[0].text, Some(newest));
        assert_eq!(quarantine.listed(class("03")).len(), 1);
        assert_eq!(quarantine.listed(None).len(), QUARANTINE_PER_CLASS_MAX + 1);
    }

    #[test]
    fn a_repeated_value_is_counted_and_a_long_one_cut() {
        let quarantine = Quarantine::default();
        let long = "长".repeat(QUARANTINE_CHARS_MAX * 2);
        for _ in 0..3 {
            quarantine.take(withheld("04-08", &long));
        }
        let listed = quarantine.listed(None);
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].count, 3);
        let kept = listed[0].columns[0].text.as_ref().unwrap();
        assert_eq!(kept.chars().count(), QUARANTINE_CHARS_MAX);
        assert!(!format!("{quarantine:?} {listed:?}").contains('长'));
    }
}
