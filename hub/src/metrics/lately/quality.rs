//! Values that were withheld, by item and reason, since the start: what a center's data owner has
//! to mend.

use std::collections::BTreeMap;

use catalog::{ClassNo, Defect, ItemNo};
use wire::v1;

/// Rows of one node; further ones are counted together.
const ROWS_MAX: usize = 512;

/// Values of one item withheld for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withheld {
    /// Of which class.
    pub class: ClassNo,
    /// Which item; none where whole records or files were meant.
    pub item: Option<ItemNo>,
    /// Why.
    pub defect: Defect,
    /// How many.
    pub count: u64,
}

/// Of one node.
#[derive(Debug, Default)]
pub struct Quality {
    rows: BTreeMap<(u32, u32, &'static str), Withheld>,
    beyond: u64,
}

impl Quality {
    pub(super) fn note(&mut self, class: u32, notes: &[v1::QualityNote]) {
        for note in notes {
            let count = u64::from(note.count);
            let Some(row) = read(class, note) else {
                self.beyond += count;
                continue;
            };
            let key = (class, note.item, row.defect.as_str());
            if let Some(known) = self.rows.get_mut(&key) {
                known.count += count;
            } else if self.rows.len() < ROWS_MAX {
                self.rows.insert(key, row);
            } else {
                self.beyond += count;
            }
        }
    }

    /// The rows, the largest first.
    pub(super) fn rows(&self) -> Vec<Withheld> {
        let mut rows: Vec<_> = self.rows.values().copied().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        rows
    }

    /// Values that have no row.
    pub(super) const fn beyond(&self) -> u64 {
        self.beyond
    }
}

fn read(class: u32, note: &v1::QualityNote) -> Option<Withheld> {
    let class = u8::try_from(class).ok().and_then(ClassNo::new)?;
    let item = match note.item {
        0 => None,
        number => Some(format!("{class}-{number:02}").parse().ok()?),
    };
    let mut defects = Defect::ALL.iter().copied();
    let defect = defects.find(|defect| defect.as_str() == note.defect)?;
    Some(Withheld {
        class,
        item,
        defect,
        count: u64::from(note.count),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(item: u32, defect: &str, count: u32) -> v1::QualityNote {
        v1::QualityNote {
            item,
            defect: defect.to_owned(),
            count,
        }
    }

    #[test]
    fn values_are_counted_by_item_and_reason() {
        let mut quality = Quality::default();
        quality.note(4, &[note(3, "bad-date", 2), note(0, "duplicate", 1)]);
        quality.note(4, &[note(3, "bad-date", 5), note(3, "too-long", 1)]);
        quality.note(4, &[note(3, "no such defect", 4)]);
        let rows = quality.rows();
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0].count, rows[0].defect), (7, Defect::BadDate));
        assert_eq!(
            rows[0].item.map(|item| item.to_string()),
            Some("04-03".into())
        );
        assert!(rows.iter().any(|row| row.item.is_none()));
        assert_eq!(quality.beyond(), 4, "what is not understood is not lost");
    }

    #[test]
    fn there_is_an_end_to_the_rows() {
        let mut quality = Quality::default();
        for class in 1..=14 {
            for item in 1..=60 {
                quality.note(class, &[note(item, "empty", 1)]);
            }
        }
        assert_eq!(quality.rows().len(), ROWS_MAX);
        assert_eq!(quality.beyond(), 14 * 60 - ROWS_MAX as u64);
    }
}
