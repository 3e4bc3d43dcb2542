//! The further ways in which the four centers look a class up: by the house, whoever has drawn or
//! borrowed, and by the employer.

use catalog::{CreditCode, HouseId, PersonId, Subject};
use node_agent::translate::FoundOutcome;

use super::super::{CLOSING_CASE, CLOSING_EMPLOYER, HOUSE_CASE, HOUSE_CONTRACT, HOUSE_UNIT};
use super::*;

fn by_contract(number: &str) -> Subject {
    Subject::House(HouseId::contract(number).unwrap())
}

fn by_unit(number: &str) -> Subject {
    Subject::House(HouseId::unit(number).unwrap())
}

/// One item of every record that was found.
fn all(found: &Found, item: &str) -> Vec<String> {
    let item = item.parse().unwrap();
    let values = found.records.iter().map(|record| record.get(item).unwrap());
    let mut values: Vec<_> = values.map(catalog::Value::canonical).collect();
    values.sort();
    values
}

#[tokio::test]
async fn a_house_is_found_under_every_spelling_of_its_contract() {
    let readers = readers(SHARED.0.path()).await;
    for spelled in [
        HOUSE_CONTRACT,
        "0000000701",
        "xy 0000000701",
        "合同编号：ＸＹ0000000701",
    ] {
        for (node, records) in [
            (Node::City, 0),
            (Node::Zhongzhi, 0),
            (Node::Guoguan, 1),
            (Node::Tielu, 1),
        ] {
            let found = ask(&readers[&node], 6, &by_contract(spelled)).await;
            assert_eq!(found.records.len(), records, "{} {spelled}", node.id());
            assert_eq!(found.notes, vec![], "{}", node.id());
            let states = if records == 0 {
                vec![]
            } else {
                vec!["04".to_owned()]
            };
            assert_eq!(all(&found, "06-13"), states, "{}", node.id());
        }
    }
    let other = ask(&readers[&Node::Guoguan], 6, &by_contract("0000000702")).await;
    assert_eq!(other.outcome, FoundOutcome::NoRecord);
}

#[tokio::test]
async fn a_house_is_found_by_its_unit_number() {
    let readers = readers(SHARED.0.path()).await;
    let unit = by_unit(HOUSE_UNIT);
    for node in Node::ALL {
        let lent = ask(&readers[&node], 8, &unit).await;
        let here = usize::from(node == Node::Zhongzhi);
        assert_eq!(lent.records.len(), here, "{}", node.id());
        // Whoever has no unit number of the house is asked by its contract. What was drawn on it at
        // 中直 was taken back.
        let drawn = ask(&readers[&node], 6, &unit).await;
        if node == Node::Zhongzhi {
            assert_eq!(all(&drawn, "06-13"), ["04", "08"]);
        } else {
            assert_eq!(drawn.outcome, FoundOutcome::NoRecord, "{}", node.id());
        }
    }
    let pending = by_unit("110109001001GB00007F00000007");
    for node in [Node::Zhongzhi, Node::Guoguan] {
        let found = ask(&readers[&node], 6, &pending).await;
        assert_eq!(all(&found, "06-13"), ["02"], "{}", node.id());
    }
}

/// Every draw of the world is found by its house as it is by its person, at every center.
#[tokio::test]
async fn every_draw_on_a_house_is_found_by_that_house() {
    let readers = readers(SHARED.0.path()).await;
    let mut compared = 0;
    for sample in samples() {
        for expected in sample.expects.iter().filter(|expected| expected.class == 6) {
            let reader = &readers[&expected.node];
            let drawn = ask(reader, 6, &expected.subject.subject().unwrap()).await;
            for record in &drawn.records {
                let number = record.get("06-14".parse().unwrap()).unwrap().canonical();
                let Ok(house) = HouseId::contract(&number) else {
                    continue;
                };
                let found = ask(reader, 6, &Subject::House(house)).await;
                assert!(
                    found.records.contains(record),
                    "{} {}",
                    sample.id,
                    expected.node.id()
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 6, "{compared}");
}

#[tokio::test]
async fn an_employers_accounts_are_found_in_all_its_units() {
    let readers = readers(SHARED.0.path()).await;
    let employer = Subject::Employer(CreditCode::parse(CLOSING_EMPLOYER).unwrap());
    for (node, states) in [
        (Node::City, &["02", "05"][..]),
        (Node::Zhongzhi, &[]),
        (Node::Guoguan, &["02"]),
        // Two units under one credit code.
        (Node::Tielu, &["01", "05"]),
    ] {
        let found = ask(&readers[&node], 4, &employer).await;
        assert_eq!(all(&found, "04-08"), states, "{}", node.id());
        assert_eq!(found.notes, vec![], "{}", node.id());
    }
    let letters = ask(&readers[&Node::Guoguan], 7, &employer).await;
    assert_eq!(all(&letters, "07-05"), ["01"]);
    let city = ask(&readers[&Node::City], 7, &employer).await;
    assert_eq!(city.outcome, FoundOutcome::NoRecord);
    let tielu = ask(&readers[&Node::Tielu], 7, &employer).await;
    assert_eq!(tielu.outcome, FoundOutcome::NotCovered);
}

#[tokio::test]
async fn what_no_way_looks_up_is_not_covered() {
    let readers = readers(SHARED.0.path()).await;
    let employer = Subject::Employer(CreditCode::parse(CLOSING_EMPLOYER).unwrap());
    let person = Subject::Person(PersonId::parse("01", "110106190001180138").unwrap());
    for (node, reader) in &readers {
        for (class, subject) in [
            (4, by_unit(HOUSE_UNIT)),
            (10, by_contract(HOUSE_CONTRACT)),
            (6, employer.clone()),
            (8, employer.clone()),
            (1, person.clone()),
        ] {
            let found = ask(reader, class, &subject).await;
            let place = format!("{} class {class}", node.id());
            assert_eq!(found.outcome, FoundOutcome::NotCovered, "{place}");
        }
    }
}

#[tokio::test]
async fn a_case_names_its_house_under_both_numbers() {
    let readers = readers(SHARED.0.path()).await;
    let look = |node: Node, case_no| readers[&node].case(case_no, afternoon(), soon());
    let case = look(Node::City, HOUSE_CASE).await.unwrap().unwrap();
    let ids: Vec<_> = case.parties.iter().map(|party| &party.id).collect();
    assert_eq!(
        ids[1..],
        [&by_unit(HOUSE_UNIT), &by_contract(HOUSE_CONTRACT)]
    );
    assert!(case.parties[1..].iter().all(|party| party.name.is_empty()));
    assert_eq!(case.parties_withheld, 0);
    let closing = look(Node::Guoguan, CLOSING_CASE).await.unwrap().unwrap();
    assert_eq!((closing.matter.as_str(), closing.parties.len()), ("00", 1));
    let bases = look(Node::Guoguan, BASES_CASE).await.unwrap().unwrap();
    assert_eq!(bases.parties.len(), BASES_LINES + 1);
    assert_eq!(bases.grounds.approver.as_deref(), Some("LD-014"));
}
