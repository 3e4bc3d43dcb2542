//! Secrets that come back, and items of another class.

use super::super::faults::FolderFaults;
use super::*;

pub(crate) fn given(texts: &[(&str, &str)]) -> Given {
    let catalog = Catalog::builtin().unwrap();
    let mut given = Given::default();
    for (item, text) in texts {
        let item = item.parse().unwrap();
        given.insert(item, catalog.parse_value(item, text).unwrap());
    }
    given
}

#[test]
fn a_secret_that_a_source_echoes_goes_no_further() {
    let catalog = Catalog::builtin().unwrap();
    let text = |text: &str| Cell::Text(text.to_owned());
    let row = |cells: &[&str]| cells.iter().map(|cell| text(cell)).collect::<Vec<_>>();
    let cleaned = |password: &str, cells: &[&str]| {
        let mut rows = Rows {
            is_superseded: false,
            rows: vec![row(cells)],
            as_of: time::OffsetDateTime::UNIX_EPOCH,
            file_date: None,
            notes: Vec::new(),
        };
        let given = given(&[("12-02", "C-1"), ("12-03", password)]);
        without_secrets(&catalog, &given, &mut rows);
        let shown = rows.rows.remove(0).into_iter().map(|cell| match cell {
            Cell::Text(text) => text,
            _ => String::new(),
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(
        cleaned("pw-1234", &["C-1", " pw-1234 ", "is pw-1234?", "pw"]),
        ["C-1", "", "", "pw"]
    );
    // A short one is known as a whole only.
    assert_eq!(cleaned("12", &["12", "C-12"]), ["", "C-12"]);
}

#[test]
fn what_is_passed_on_is_of_the_class() {
    let catalog = Catalog::builtin().unwrap();
    let class = catalog.class("12".parse().unwrap());
    let faults = |item: &str| {
        let mut faults = FileFaults::new("12.toml", "");
        check_given(&BTreeSet::from([item.parse().unwrap()]), class, &mut faults);
        let mut folder = FolderFaults::default();
        folder.take(faults);
        folder.into_result(()).is_err()
    };
    assert!(!faults("12-03") && faults("04-02") && faults("12-99"));
}
