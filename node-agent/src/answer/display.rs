//! What is asked for display leaves masked, and what was fetched only to judge or to limit leaves
//! not at all.

use std::collections::BTreeSet;

use catalog::{Catalog, ItemNo};

use crate::translate::Found;

/// The records and notes as they leave: the items asked for and no others, those for display
/// masked.
pub(super) fn shown(
    catalog: &Catalog,
    mut found: Found,
    items: &BTreeSet<ItemNo>,
    display: &BTreeSet<ItemNo>,
) -> Found {
    found
        .notes
        .retain(|note| note.item.is_none_or(|item| items.contains(&item)));
    for record in &mut found.records {
        record.retain(|item, _| items.contains(&item));
        for item in items.intersection(display) {
            let masked = record.get(*item).map(|value| catalog.masked(*item, value));
            if let Some(masked) = masked {
                record.insert(*item, masked);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translate::{FoundOutcome, QualityNote};
    use catalog::{Absence, Defect, Record, Value};
    use time::OffsetDateTime;

    #[test]
    fn only_what_was_asked_leaves_and_display_items_are_masked() {
        let catalog = Catalog::builtin().unwrap();
        let no = |text: &str| text.parse::<ItemNo>().unwrap();
        let mut record = Record::new(no("04-01").class());
        for (item, text) in [
            ("04-04", "110101190001010014"),
            ("04-05", "欧阳明"),
            ("04-08", "01"),
            ("04-14", "10.00"),
        ] {
            let value = catalog.parse_value(no(item), text).unwrap();
            record.insert(no(item), value);
        }
        record.insert(no("04-09"), Value::Absent(Absence::NotHeld));
        let note = |item: &str| QualityNote {
            item: Some(no(item)),
            defect: Defect::BadDate,
            count: 1,
        };
        let found = Found {
            outcome: FoundOutcome::Answered,
            records: vec![record],
            as_of: OffsetDateTime::UNIX_EPOCH,
            notes: vec![note("04-09"), note("04-14")],
        };
        let items = ["04-04", "04-05", "04-08", "04-09"].map(no).into();
        let display = ["04-04", "04-05", "04-08", "04-14"].map(no).into();
        let shown = shown(&catalog, found, &items, &display);
        assert_eq!(shown.notes, [note("04-09")]);
        let texts: Vec<String> = shown.records[0]
            .iter()
            .map(|(item, value)| format!("{item} {}", value.canonical()))
            .collect();
        assert_eq!(
            texts,
            [
                "04-04 110101********0014",
                "04-05 欧**",
                "04-08 01",
                "04-09 "
            ]
        );
    }
}
