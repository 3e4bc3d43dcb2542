//! What is made of the verdicts asked for; how each is judged is tested with `VerdictRule::judge`.

use super::*;
use catalog::{Catalog, Value};
use policies::{FlowBook, Mode, QuestionDraft, SubjectTag};

fn account(catalog: &Catalog, status: &str) -> Record {
    let items = [("04-02", "C11002"), ("04-07", "01"), ("04-08", status)];
    let mut record = Record::new("04".parse().unwrap());
    for (item, text) in items {
        let no = item.parse().unwrap();
        let value: Value = catalog.parse_value(no, text).unwrap();
        record.insert(no, value);
    }
    record
}

#[test]
fn only_what_was_asked_of_the_class_is_found_and_nothing_is_guessed() {
    let catalog = Catalog::builtin().unwrap();
    let book = FlowBook::builtin(&catalog).unwrap();
    let flow = book.flow(&"F06".parse().unwrap()).unwrap();
    let draft = QuestionDraft {
        named: Vec::new(),
        asking_node: "guoguan".into(),
        flow: "F06".into(),
        matter: "02".into(),
        mode: Mode::Match,
        wants: flow.items.values().flatten().copied().collect(),
        subject_tag: SubjectTag::from_bytes([1; 32]),
        payload_digest: [0; 32],
        gives: Vec::new(),
        verdicts: vec![
            "live-account".into(),
            "live-at".into(),
            "shared-months".into(),
        ],
        flow_digest: flow.digest,
    };
    let question = Question::parse(draft, &catalog).unwrap();
    let class = "04".parse().unwrap();
    let records = [account(&catalog, "01"), account(&catalog, "03")];
    let found = |records: &[Record], here| {
        let asked = asked(flow, &question, class);
        findings(asked, &BTreeMap::new(), records, here)
    };
    let there = found(&records, false);
    assert_eq!(
        there.get("live-account"),
        Some(&convert::Finding::Holds(true))
    );
    let counts = BTreeMap::from([("C11002".to_owned(), 1)]);
    assert_eq!(
        there.get("live-at"),
        Some(&convert::Finding::Counts(counts))
    );
    // No months were given to hold against, so that nothing is said.
    assert!(!there.contains_key("shared-months"));
    // "Elsewhere" says nothing at the center that asks.
    assert!(found(&records, true).is_empty());
    let other = "10".parse().unwrap();
    assert_eq!(asked(flow, &question, other).count(), 0);
}
