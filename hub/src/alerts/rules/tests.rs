//! Files with and without a fault.

use super::*;

/// The example lists every key with its default.
#[test]
fn the_example_says_what_stands_in_the_program() {
    let text = include_str!("../../../../deploy/config/alerts.full.toml");
    let rules = AlertRules::parse(text).expect("is sound");
    assert_eq!(rules, AlertRules::default());
    assert_eq!(rules.digest(), AlertRules::default().digest());
    for rule in RuleName::ALL {
        assert!(text.contains(&format!("[rule.{}]", rule.as_str())));
        assert_eq!(RuleName::read(rule.as_str()), Some(rule));
        let written = serde_json::to_value(rule).expect("is written");
        assert_eq!(written, rule.as_str());
    }
}

#[test]
fn a_fault_is_named() {
    for (text, said) in [
        ("[rule.asks]\nmore = 1", "unknown field `more`"),
        ("[rule.gossip]\nmore_than = 1", "gossip"),
        ("[rule.asks]\nmore_than = -1", "-1"),
        ("[rule.subjects]\nmore_than = 16", "from 0 to 15"),
        (
            "[rule.subjects.only]\ncity = 16",
            "rule.subjects.only.\"city\"",
        ),
        ("[rule.asks.only]\n\"city/Li01\" = 9", "in small letters"),
        ("coincidence_minutes = 0", "coincidence_minutes"),
        ("sought_days = 36", "from 1 to 35"),
        ("[rule.sought]\nmore_than = 64", "from 0 to 63"),
        ("[rule.sought.only]\ncity = 9", "has no exceptions"),
        ("[comparison]\nfloor = 0", "comparison.floor"),
        ("[office]\nfrom = \"9\"\nuntil = \"18:00\"", "like `08:30`"),
        (
            "[office]\nfrom = \"19:00\"\nuntil = \"18:00\"",
            "later than",
        ),
        ("[office]\nfrom = \"08:30\"", "go together"),
        (
            "[office.only.city]\nfrom = \"08:00\"\nuntil = \"24:01\"",
            "office.only.city",
        ),
    ] {
        let fault = format!("{:#}", AlertRules::parse(text).expect_err(text));
        assert!(fault.contains(said), "{text}: {fault}");
    }
}

#[test]
fn a_bound_is_a_persons_own_or_the_centers_or_everybodys() {
    let text = "[rule.asks.only]\ncity = 7\n\"city/0231\" = 9\n";
    let rules = AlertRules::parse(text).expect("is sound");
    let bound = rules.bound(RuleName::Asks).expect("is on");
    assert_eq!(bound.of("city", "0231"), 9);
    assert_eq!(bound.of("city", "0001"), 7);
    assert_eq!(bound.of("tielu", "0231"), 60);
    assert_ne!(rules.digest(), AlertRules::default().digest());
    let rules = AlertRules::parse("[rule.asks]\non = false\n").expect("is sound");
    assert!(rules.bound(RuleName::Asks).is_none());
}
