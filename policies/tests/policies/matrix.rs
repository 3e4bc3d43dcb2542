//! The policy matrix: every node, flow, class and mode, as a table kept in git.
//! Fails on a missing row and on a changed one; `UPDATE_GOLDEN=1` writes it anew for review.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use policies::{MatrixRow, Mode, RuleSet, matrix};
use time::macros::date;

use super::star::{NODES, STAR};

/// Takes part in no flow, but has a good case of its own.
const OUTSIDER: &str = "tielu-depot";

static ROWS: LazyLock<Vec<MatrixRow>> = LazyLock::new(|| {
    let rules = RuleSet::builtin(&STAR.catalog).expect("the rules");
    let nodes: Vec<&str> = NODES.into_iter().chain([OUTSIDER]).collect();
    matrix(&rules, &STAR.catalog, &nodes, date!(2026 - 11 - 23))
});

#[test]
fn the_matrix_is_as_reviewed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/matrix.txt");
    let text: String = ROWS.iter().map(|row| format!("{row}\n")).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).expect("the golden file is written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file");
    let reviewed: BTreeSet<&str> = golden.lines().collect();
    let missing: Vec<&str> = text.lines().filter(|row| !reviewed.contains(row)).collect();
    assert!(
        missing.is_empty(),
        "not in matrix.txt as decided now:\n{}",
        missing.join("\n")
    );
    assert_eq!(
        golden, text,
        "matrix.txt holds rows that nobody decides any more"
    );
}

#[test]
fn the_matrix_has_a_row_for_everything() {
    // The last flow number stands for flows that nobody registered.
    let flows = STAR.flows.flows().map(|flow| flow.id.to_string());
    let flows: Vec<String> = flows.chain(["F99".to_owned()]).collect();
    assert_eq!(flows.len(), 32);
    let rows: BTreeSet<String> = ROWS
        .iter()
        .map(|row| format!("{} {} {} {}", row.node, row.flow, row.class, row.mode))
        .collect();
    assert_eq!(rows.len(), ROWS.len(), "no row stands twice");
    for node in NODES.into_iter().chain([OUTSIDER]) {
        for flow in &flows {
            for class in STAR.catalog.classes() {
                for mode in Mode::ALL {
                    let row = format!("{node} {flow} {} {mode}", class.no);
                    assert!(rows.contains(&row), "{row}");
                }
            }
        }
    }
    assert_eq!(rows.len(), 5 * 32 * 14 * 2);
}

/// The matrix follows from the flows alone: what one lists, it allows, up to its mode.
#[test]
fn the_matrix_allows_what_the_flows_list_and_nothing_else() {
    for row in ROWS.iter() {
        let flow = STAR.flows.flow(&row.flow);
        let listed = flow.is_some_and(|flow| {
            flow.items.contains_key(&row.class) && row.mode <= flow.mode && row.node != OUTSIDER
        });
        assert_eq!(row.is_allowed(), listed, "{row}");
    }
    let classes = |mode: Mode| -> usize {
        let flows = STAR.flows.flows().filter(|flow| flow.mode >= mode);
        flows.map(|flow| flow.items.len()).sum()
    };
    let allowed = ROWS.iter().filter(|row| row.is_allowed()).count();
    assert_eq!(allowed, 4 * (classes(Mode::Match) + classes(Mode::Details)));
}

/// On a holiday the counters are shut and the courts are not.
#[test]
fn the_matrix_of_a_holiday_shuts_the_counters() {
    let rules = RuleSet::builtin(&STAR.catalog).expect("the rules");
    let rows = matrix(&rules, &STAR.catalog, &["city"], date!(2026 - 10 - 01));
    let allowed: BTreeSet<String> = rows
        .iter()
        .filter(|row| row.is_allowed())
        .map(|row| row.flow.to_string())
        .collect();
    let open = [
        "F03", "F04", "F15", "F26", "F27", "F28", "F29", "F30", "F31",
    ];
    assert_eq!(Vec::from_iter(allowed), open);
}
