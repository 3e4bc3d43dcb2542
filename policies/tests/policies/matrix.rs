//! The policy matrix: every node, flow, class and mode, as a table kept in git.
//! Fails on a missing row and on a changed one; `UPDATE_GOLDEN=1` writes it anew for review.

use std::collections::BTreeMap;
use std::path::Path;

use policies::{Caller, FlowId, Mode, QuestionDraft, Suspensions};

use super::star::{NODES, NOW, STAR, assertion, draft, question};

/// Not in any flow's list of enabled centers, but with a good case of its own.
const OUTSIDER: &str = "tielu-depot";

/// All the flow's items of that class, or the first that can be asked for at all.
fn wants(flow: FlowId, class: &catalog::Class) -> Vec<catalog::ItemNo> {
    let listed = STAR
        .flows
        .flow(&flow)
        .and_then(|flow| flow.items.get(&class.no));
    match listed {
        Some(items) => items.iter().copied().collect(),
        None => class
            .items
            .iter()
            .filter(|item| !item.input_only)
            .map(|i| i.no)
            .take(1)
            .collect(),
    }
}

fn cell(node: &str, flow: FlowId, class: &catalog::Class, mode: Mode) -> String {
    let known = STAR.flows.flow(&flow);
    let matter = known
        .and_then(|flow| flow.matters.first())
        .map_or("02".into(), |m| m.to_string());
    let wants = wants(flow, class);
    let asked = question(QuestionDraft {
        mode,
        ..draft(node, &flow.to_string(), &matter, wants)
    });
    // The outsider signs with a listed node's key: here only the policies are in question.
    let signer = if node == OUTSIDER { "tielu" } else { node };
    let mut case = assertion(&asked);
    case.node = signer.to_owned();
    let verified = STAR.verified(signer, &case);
    let caller = Caller::proven(node).expect("a caller");
    let answer = STAR
        .policies
        .authorize(&caller, &verified, &asked, &Suspensions::default(), NOW);
    answer.map_or_else(
        |denial| format!("deny {}", denial.as_str()),
        |_| "allow".to_owned(),
    )
}

fn matrix() -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    let flows = STAR.flows.flows().map(|flow| flow.id);
    let flows: Vec<FlowId> = flows.chain(["F99".parse().expect("a flow")]).collect();
    for node in NODES.into_iter().chain([OUTSIDER]) {
        for flow in &flows {
            for class in STAR.catalog.classes() {
                for mode in Mode::ALL {
                    let key = format!("{node} {flow} {} {mode}", class.no);
                    rows.insert(key, cell(node, *flow, class, *mode));
                }
            }
        }
    }
    rows
}

#[test]
fn the_matrix_is_as_reviewed() {
    let rows = matrix();
    assert_eq!(rows.len(), 5 * (STAR.flows.flows().count() + 1) * 14 * 2);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/matrix.txt");
    let text: String = rows
        .iter()
        .map(|(key, answer)| format!("{key} {answer}\n"))
        .collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).expect("the golden file is written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file");
    let reviewed: std::collections::BTreeSet<&str> = golden.lines().collect();
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
fn the_matrix_allows_something_and_denies_more() {
    let rows = matrix();
    let allowed = rows.values().filter(|answer| *answer == "allow").count();
    let classes: usize = STAR.flows.flows().map(|flow| flow.items.len()).sum();
    assert_eq!(
        allowed,
        4 * 2 * classes,
        "four nodes, two modes, the flows' own classes"
    );
    assert!(
        rows.iter()
            .all(|(key, answer)| !key.starts_with(OUTSIDER) || answer != "allow")
    );
}
