//! The lies that the tables beside this file tell an agent, told to people in `docs/lies.md`: a
//! test keeps the page to the tables.

use std::fmt::Write as _;
use std::path::Path;

use super::{approved_lies, lies};

const HEAD: &str = include_str!("page/head.md");

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (n, (name, code)) in lies::told().chain(approved_lies::told()).enumerate() {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| {} | {name} | `{code}` | {} |", n + 1, code.en());
    }
    page
}

#[test]
fn the_page_of_lies_is_what_the_tables_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lies.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let told = std::fs::read_to_string(&path).unwrap();
    assert!(
        told == page(),
        "run `UPDATE_GOLDEN=1 cargo test -p node-agent lies`"
    );
}
