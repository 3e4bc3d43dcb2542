//! What a clerk gives, what the case says, and what is refused.

use super::*;
use crate::tests::center::{PERSON, person};
use crate::translate::PartyRole;
use policies::{FlowBook, FlowId};

/// F10 with values that it passes on.
fn flow(catalog: &Catalog) -> Flow {
    let id: FlowId = "F10".parse().unwrap();
    let mut flow = FlowBook::builtin(catalog)
        .unwrap()
        .flow(&id)
        .unwrap()
        .clone();
    let gives = ["12-02", "12-03", "12-04", "12-06"];
    flow.gives = gives.iter().map(|no| no.parse().unwrap()).collect();
    flow
}

fn party(name: &str) -> Party {
    Party {
        role: PartyRole::Applicant,
        id: person(PERSON),
        name: name.to_owned(),
    }
}

fn read_as(name: &str, given: &[(&str, &str)]) -> Result<Vec<(String, String)>, RefusalCode> {
    let catalog = Catalog::builtin().unwrap();
    let body = GivenBody(
        given
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
    );
    let wanted = ["12", "04"].map(|class| class.parse().unwrap()).into();
    let given = read(
        &catalog,
        &flow(&catalog),
        &party(name),
        &wanted,
        Some(&body),
    )?;
    Ok(given
        .iter()
        .map(|(item, value)| (item.to_string(), value.canonical()))
        .collect())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn the_case_says_who_the_buyer_is() {
    let given = [("12.wqhth", "网签XY1"), ("12-03", " pw-1 ")];
    let expected = pairs(&[
        ("12-02", "网签XY1"),
        ("12-03", "pw-1"),
        ("12-04", "沈砚秋"),
        ("12-06", PERSON),
    ]);
    assert_eq!(read_as("沈砚秋", &given), Ok(expected.clone()));
    let named = [("12.gfrxm", "沈砚秋"), given[0], given[1]];
    assert_eq!(read_as("沈砚秋", &named), Ok(expected));
    let other = [("12.gfrxm", "陆知远"), given[0]];
    assert_eq!(read_as("沈砚秋", &other), Err(RefusalCode::CaseSubject));
    let other = [("12.gfrzjhm", "110101190001010022"), given[0]];
    assert_eq!(read_as("沈砚秋", &other), Err(RefusalCode::CaseSubject));
    // A case without a name leaves it to the clerk.
    let named = read_as("", &[("12.gfrxm", "陆知远")]).unwrap();
    assert!(named.contains(&("12-04".to_owned(), "陆知远".to_owned())));
}

#[test]
fn nothing_is_passed_on_that_nobody_gave() {
    assert_eq!(read_as("沈砚秋", &[]), Ok(vec![]));
}

#[test]
fn what_the_flow_or_the_catalog_does_not_take_is_refused() {
    for (name, text, code) in [
        ("12.nothing", "x", RefusalCode::ItemUnknown),
        ("nothing", "x", RefusalCode::ItemUnknown),
        ("12.fwzl", "x", RefusalCode::ItemOutsideFlow),
        ("04.grzhzt", "01", RefusalCode::ItemOutsideFlow),
        ("12.wqhth", "", RefusalCode::GivenMalformed),
        ("12.wqhth", "a\u{0}b", RefusalCode::GivenMalformed),
        ("12.wqhth", &"x".repeat(31), RefusalCode::GivenMalformed),
        ("12.wqcxmm", &"x".repeat(2_000), RefusalCode::GivenMalformed),
    ] {
        assert_eq!(read_as("沈砚秋", &[(name, text)]), Err(code), "{name}");
    }
    let twice = [("12.wqhth", "1"), ("12-02", "1")];
    assert_eq!(read_as("沈砚秋", &twice), Err(RefusalCode::AskMalformed));
}

#[test]
fn a_body_shows_nothing() {
    let body: GivenBody = serde_json::from_str(r#"{"12.wqcxmm": "pw-1"}"#).unwrap();
    assert_eq!(format!("{body:?}"), "GivenBody(..)");
    assert!(!body.is_empty());
}
