//! The attacks that the tables beside this file run, told to people in `docs/attacks.md`: a test
//! keeps the page to the tables.

use std::fmt::Write as _;
use std::path::Path;

use super::{houses, refusals, refusals_of_state, stories};

/// Fewer would be no table of attacks.
const ATTACKS_MIN: usize = 60;

const HEAD: &str = include_str!("attacks/head.md");

fn page() -> String {
    let mut page = HEAD.to_owned();
    let rows = refusals::told().chain(refusals_of_state::told());
    let rows = rows.chain(houses::told()).chain(stories::told());
    for (n, (name, code)) in rows.enumerate() {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| {} | {name} | `{code}` | {} |", n + 1, code.en());
    }
    page
}

#[test]
fn the_page_of_attacks_is_what_the_tables_run() {
    let count =
        refusals::told().count() + refusals_of_state::told().count() + stories::told().count();
    assert!(count >= ATTACKS_MIN, "{count}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/attacks.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, page()).expect("is written");
    }
    let told = std::fs::read_to_string(&path).expect("docs/attacks.md");
    assert!(
        told == page(),
        "run `UPDATE_GOLDEN=1 cargo test -p hub attacks`"
    );
}
