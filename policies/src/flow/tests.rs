//! The words of a flow: exactly one spelling each.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use catalog::Catalog;

use super::{
    BasisKind, BasisPart, FlowBook, FlowId, LIST_LINES_MAX, MatterNo, Mode, Pace, PartyRole,
    Targets, is_node_id,
};

fn only<T: FromStr + Display + Debug>(good: &[&str], bad: &[&str]) {
    for text in good {
        let term = text.parse::<T>().map(|term| term.to_string()).ok();
        assert_eq!(term.as_deref(), Some(*text));
    }
    for text in bad {
        assert!(text.parse::<T>().is_err(), "{text}");
    }
}

#[test]
fn each_word_has_one_spelling() {
    only::<FlowId>(
        &["F01", "F05", "F99"],
        &["F00", "F5", "F005", "f05", "F+5", "05", "", "F０5"],
    );
    only::<MatterNo>(&["00", "01", "52"], &["53", "1", "+1", "001", "", "一"]);
    only::<Mode>(&["match", "details"], &["Match", ""]);
    only::<Pace>(&["interactive", "batch"], &["slow"]);
    only::<BasisKind>(&["A", "B", "C", "D"], &["a", "E"]);
    only::<BasisPart>(&["number", "consent", "officers", "scope"], &["luck"]);
    only::<PartyRole>(&["applicant", "co-borrower"], &["co_borrower", "friend"]);
}

#[test]
fn node_ids_are_short_and_plain() {
    for good in ["city", "hub-1", &"a".repeat(32)] {
        assert!(is_node_id(good), "{good}");
    }
    for bad in ["", "City", "a b", "城", "a/b", &"a".repeat(33)] {
        assert!(!is_node_id(bad), "{bad}");
    }
}

#[test]
fn details_are_more_than_a_match() {
    assert!(Mode::Details > Mode::Match);
}

#[test]
fn targets_reach_whom_they_name() {
    let one = || std::collections::BTreeSet::from(["city".to_owned()]);
    let reach = |targets: &Targets, node, class, named: &_| {
        let class = catalog::ClassNo::new(class).expect("a class");
        targets.reach(node, class, "tielu", named)
    };
    let (nobody, listed) = (Default::default(), Targets::Nodes(one()));
    assert!(reach(&Targets::All, "city", 4, &nobody));
    assert!(reach(&Targets::Own, "tielu", 4, &nobody));
    assert!(!reach(&Targets::Own, "city", 4, &nobody));
    assert!(reach(&listed, "city", 4, &nobody) && !reach(&listed, "tielu", 4, &nobody));
    for class in 1..=14 {
        let of_whom_it_is = [("city", true), ("tielu", class >= 12)];
        for (node, is_reached) in of_whom_it_is {
            let reached = reach(&Targets::Named, node, class, &one());
            assert_eq!(reached, is_reached, "{class} {node}");
        }
    }
}

#[test]
fn the_flow_says_how_long_a_list_may_be() {
    let catalog = Catalog::builtin().expect("the catalog");
    let book = FlowBook::builtin(&catalog).expect("the flows");
    let mut flow = book
        .flow(&"F05".parse().expect("a flow"))
        .expect("F05")
        .clone();
    for (pace, list_max, second_approver, expected) in [
        (Pace::Interactive, 0, false, 0),
        (Pace::Interactive, 10, false, 10),
        (Pace::Batch, 0, false, LIST_LINES_MAX),
        (Pace::Batch, 3, false, 3),
        (Pace::Batch, 3, true, 3),
        (Pace::Batch, 0, true, 0),
    ] {
        (flow.pace, flow.list_max, flow.second_approver) = (pace, list_max, second_approver);
        assert_eq!(flow.lines_max(), expected, "{pace:?} {list_max}");
    }
}
