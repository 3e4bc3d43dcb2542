//! What the options of a search take. A slip of the pen must not look like a log without entries:
//! what is not of a closed list, or not of the shape that entries have, is refused.

use policies::FlowId;
use wire::RefusalCode;

/// Every kind of entry, of the hub and of an agent (docs/audit-entries.md).
const KINDS: &[&str] = &[
    "abandoned",
    "act-refused",
    "acts-standing",
    "alert-raised",
    "alert-rules-changed",
    "alert-rules-kept",
    "alert-step",
    "answered",
    "approval-asked",
    "approval-shown",
    "approved",
    "archived",
    "attached",
    "breaker",
    "case-opened",
    "clock",
    "clock-went-back",
    "connection-refused",
    "decision",
    "detached",
    "disowned",
    "erased",
    "export-began",
    "export-caught-up",
    "export-ended",
    "export-lagging",
    "exported",
    "hold-lifted",
    "hold-set",
    "hub-caught",
    "hub-trusted",
    "key-introduced",
    "limits-changed",
    "limits-kept",
    "list-ended",
    "log-full",
    "log-has-room",
    "operator-act",
    "orders-taken",
    "outcome",
    "owner-looked",
    "refusal",
    "refusals-folded",
    "refused",
    "retention",
    "rules-announced",
    "rules-changed",
    "rules-kept",
    "served",
    "staff-signed-in",
    "staff-session",
    "looked",
    "started",
    "stopped",
    "subject-named",
    "trust-reloaded",
    "volume-expired",
];

pub(super) fn kind(text: &str) -> Result<String, String> {
    if KINDS.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("kinds are {}", KINDS.join(", ")))
    }
}

pub(super) fn flow(text: &str) -> Result<String, String> {
    let flow: FlowId = text.parse().map_err(|e| format!("{e}"))?;
    Ok(flow.to_string())
}

pub(super) fn code(text: &str) -> Result<String, String> {
    let code: RefusalCode = text
        .parse()
        .map_err(|_| "is none of the codes of docs/refusals.md")?;
    Ok(code.to_string())
}

/// A node, which is a center's too.
pub(super) fn node(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('/') {
        Err("is a name, without `/`".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// An operator or counter, which two centers may call the same.
pub(super) fn of_center(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((center, of_it)) if !center.is_empty() && !of_it.is_empty() => Ok(text.to_owned()),
        _ => Err("stands behind its center and `/`, as in guoguan/0231".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The page of entries is the list; this one is held against its two tables.
    #[test]
    fn the_kinds_are_those_of_the_page() {
        let page = include_str!("../../../../../docs/audit-entries.md");
        let tables = page.split("\n## Search index").next().unwrap();
        let rows = tables.lines().filter(|line| line.starts_with("| `"));
        let first_cells = rows.map(|line| line.split('|').nth(1).unwrap());
        let names = first_cells.flat_map(|cell| cell.split(','));
        let told: BTreeSet<_> = names.map(|name| name.trim().trim_matches('`')).collect();
        assert_eq!(told, KINDS.iter().copied().collect());
    }

    #[test]
    fn a_slip_of_the_pen_is_refused() {
        for (term, slips, right) in [
            (
                kind as fn(&str) -> _,
                &["", "nonsense", "Decision"][..],
                "decision",
            ),
            (flow, &["", "X99", "F5", "F00", "f05"], "F05"),
            (code, &["", "TS-NOTHING", "ts-node-down"], "TS-NODE-DOWN"),
            (node, &["", "city/0317"], "city"),
            (of_center, &["", "0231", "/0231", "city/"], "city/0231"),
        ] {
            for slip in slips {
                assert!(term(slip).is_err(), "{slip}");
            }
            assert_eq!(term(right).as_deref(), Ok(right));
        }
    }
}
