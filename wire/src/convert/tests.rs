//! Peers one catalog version apart: what only the newer one knows is withheld with its reason.

use catalog::Source;

use super::*;

/// The built-in catalog with one file changed.
fn edited(file: &str, edit: impl Fn(&str) -> String) -> Catalog {
    let texts: Vec<_> = Catalog::builtin_sources()
        .iter()
        .map(|source| match source.name == file {
            true => edit(source.text),
            false => source.text.to_owned(),
        })
        .collect();
    let sources: Vec<_> = Catalog::builtin_sources()
        .iter()
        .zip(&texts)
        .map(|(Source { name, .. }, text)| Source { name, text })
        .collect();
    let catalog = Catalog::parse(&sources).expect("a catalog");
    let builtin = Catalog::builtin().expect("the catalog");
    assert_ne!(catalog.digest(), builtin.digest(), "{file}");
    catalog
}

/// A version that has one more status of an account, `07`.
fn with_another_status() -> Catalog {
    let more = "\n[[entry]]\ncode = \"07\"\nlabel = \"待核\"\n";
    edited("code-sets/personal-account-status.toml", |text| {
        format!("{text}{more}")
    })
}

/// A version that has one more item in class 04, `04-21`.
fn with_another_item() -> Catalog {
    let item = "\n[[item]]\nno = \"04-21\"\ncode = \"xzxm\"\nzh = \"新\"\nen = \"new\"\n\
                type = \"date\"\nrequired = false\nsensitivity = \"L2\"\nsource = \"test\"\n\
                verified = false\ndomains = [\"loan\"]\n";
    edited("classes/04-personal-account.toml", |text| {
        format!("{text}{item}")
    })
}

fn no(text: &str) -> ItemNo {
    text.parse().expect("an item number")
}

/// What `from` sends of one record, as `to` reads it.
fn sent(from: &Catalog, to: &Catalog, values: &[(&str, &str)]) -> (Record, Vec<Note>) {
    let class = no("04-01").class();
    let mut record = Record::new(class);
    for (item, text) in values {
        let value = from.parse_value(no(item), text).expect("is sound");
        record.insert(no(item), value);
    }
    let payload = records_to_wire(&[record]);
    let (mut records, notes) = records_from_wire(to, class, &payload).expect("is read");
    (records.pop().expect("one record"), notes)
}

#[test]
fn a_code_of_a_newer_catalog_is_withheld_and_noted() {
    let (old, new) = (
        Catalog::builtin().expect("the catalog"),
        with_another_status(),
    );
    let values = [("04-08", "07"), ("04-09", "2015-07-01")];
    let (record, notes) = sent(&new, &old, &values);
    let withheld = Value::Absent(Absence::Withheld(Defect::UnknownCode));
    assert_eq!(record.get(no("04-08")), Some(&withheld));
    let opened = record.get(no("04-09")).expect("the other value is read");
    assert_eq!(opened.canonical(), "2015-07-01");
    let note = Note {
        item: Some(no("04-08")),
        defect: Defect::UnknownCode,
        count: 1,
    };
    assert_eq!(notes, [note]);
    // One version ahead the same value is good, and so is everything that the older one sends.
    assert_eq!(sent(&new, &new, &values).1, []);
    assert_eq!(sent(&old, &new, &[("04-08", "01")]).1, []);
}

#[test]
fn an_item_of_a_newer_catalog_is_dropped_and_noted() {
    let (old, new) = (
        Catalog::builtin().expect("the catalog"),
        with_another_item(),
    );
    let values = [("04-21", "2026-01-02"), ("04-08", "01")];
    let (record, notes) = sent(&new, &old, &values);
    let read: Vec<_> = record.iter().map(|(item, _)| item).collect();
    assert_eq!(read, [no("04-08")]);
    let note = Note {
        item: None,
        defect: Defect::UnknownItem,
        count: 1,
    };
    assert_eq!(notes, [note]);
}

#[test]
fn wants_of_a_newer_catalog_are_read_and_told_apart() {
    let old = Catalog::builtin().expect("the catalog");
    let wants = |class, items: &[u32]| {
        vec![v1::ClassItems {
            class,
            items: items.to_vec(),
        }]
    };
    let newer = wants(4, &[8, 21]);
    let read = wants_of_any_version(&newer).expect("is read");
    assert_eq!(wants_to_wire(&read), newer);
    assert_eq!(wants_from_wire(&old, &newer), Err(WireError::UnknownItem));
    assert!(wants_from_wire(&with_another_item(), &newer).is_ok());
    for (faulty, error) in [
        (Vec::new(), WireError::Missing("wants")),
        (wants(15, &[1]), WireError::UnknownClass),
        (wants(0, &[1]), WireError::UnknownClass),
        (wants(4, &[0]), WireError::UnknownItem),
        (wants(4, &[256]), WireError::UnknownItem),
        (wants(4, &[]), WireError::Missing("items")),
        (wants(4, &[8, 8]), WireError::Twice("item")),
        (
            [wants(4, &[8]), wants(4, &[9])].concat(),
            WireError::Twice("class"),
        ),
    ] {
        assert_eq!(wants_of_any_version(&faulty), Err(error));
        assert_eq!(wants_from_wire(&old, &faulty), Err(error));
    }
}
