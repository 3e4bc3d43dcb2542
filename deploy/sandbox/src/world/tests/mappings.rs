//! The four mapping folders against the four generated systems, through the agents' own reader.

use std::fs;

use catalog::{Absence, Defect, Subject, Value};
use node_agent::translate::{FileFault, FoundOutcome, PartyRole};

use super::super::{facts::Facts, life};
use super::*;

#[tokio::test]
async fn every_folder_loads_and_covers_the_classes_that_the_center_holds() {
    for (node, reader) in readers(SHARED.0.path()).await {
        let classes: Vec<u8> = reader.classes().iter().map(|class| class.get()).collect();
        let held = [node.classes(), node.outside_classes()].concat();
        assert_eq!(classes, held, "{}", node.id());
    }
}

#[tokio::test]
async fn every_sample_is_found_as_it_was_planted() {
    let readers = readers(SHARED.0.path()).await;
    let mut checked = 0;
    for sample in samples() {
        for expected in sample.expects {
            let subject = expected.subject.subject().unwrap();
            let found = ask(&readers[&expected.node], expected.class, &subject).await;
            let place = format!(
                "{} {} class {}",
                sample.id,
                expected.node.id(),
                expected.class
            );
            assert_eq!(found.records.len(), expected.records, "{place}: {found:?}");
            assert_eq!(found.notes, vec![], "{place}");
            let outcome = if expected.records == 0 {
                FoundOutcome::NoRecord
            } else {
                FoundOutcome::Answered
            };
            assert_eq!(found.outcome, outcome, "{place}");
            for row in expected.rows {
                let carried = found.records.iter().any(|record| {
                    row.iter().all(|(item, wanted)| {
                        let value = record.get(item.parse().unwrap()).unwrap();
                        let text = (!value.is_absent()).then(|| value.canonical());
                        text == wanted.text(DAY)
                    })
                });
                assert!(
                    carried,
                    "{place}: nothing carries {row:?} among {:?}",
                    found.records
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 40, "{checked}");
}

#[tokio::test]
async fn every_sample_case_is_open_in_its_center() {
    let readers = readers(SHARED.0.path()).await;
    for sample in samples() {
        for planted in sample.cases {
            let case = readers[&planted.node]
                .case(planted.case_no, afternoon(), soon())
                .await
                .unwrap();
            let case = case.unwrap_or_else(|| panic!("{} has no case", planted.case_no));
            assert_eq!(case.matter, planted.matter, "{}", planted.case_no);
            assert!(case.open && case.consent, "{}", planted.case_no);
            assert_eq!(case.parties_withheld, 0, "{}", planted.case_no);
            let parties: Vec<_> = case.parties.iter().map(|party| party.id.clone()).collect();
            let wanted: Vec<_> = planted
                .parties
                .iter()
                .map(|party| party.subject().unwrap())
                .collect();
            assert_eq!(parties, wanted, "{}", planted.case_no);
        }
    }
    let guoguan = &readers[&Node::Guoguan];
    assert!(
        !guoguan
            .case(CLOSED_CASE, afternoon(), soon())
            .await
            .unwrap()
            .unwrap()
            .open
    );
    assert!(
        !guoguan
            .case(NO_CONSENT_CASE, afternoon(), soon())
            .await
            .unwrap()
            .unwrap()
            .consent
    );
    assert!(
        guoguan
            .case("GG-S99", afternoon(), soon())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn ordinary_cases_exist_at_every_center() {
    for (node, reader) in readers(SHARED.0.path()).await {
        for order in 1..=20 {
            let number = format!("{}{}{order:06}", node.prefix(), DAY.year());
            let case = reader.case(&number, afternoon(), soon()).await.unwrap();
            let case = case.unwrap_or_else(|| panic!("{number} is missing"));
            assert_eq!(case.parties.first().unwrap().role, PartyRole::Applicant);
            assert!(case.opened_on <= DAY);
        }
    }
}

/// Everything the world holds passes the catalog: no value is withheld, of nobody, in no class.
#[tokio::test]
async fn nothing_in_the_whole_world_is_withheld() {
    let (world, _) = make(12, 1_500);
    let mut facts = Facts::empty(DAY);
    life::populate(&mut facts, 12, 1_500, &mut |_, _, _| {});
    let mut subjects: Vec<Subject> = facts
        .people
        .iter()
        .map(|who| {
            catalog::PersonId::parse(who.id_type, &who.number)
                .map(Subject::Person)
                .unwrap()
        })
        .collect();
    subjects.extend(facts.employers.iter().filter_map(|employer| {
        let code = catalog::CreditCode::parse(employer.code.as_deref()?).unwrap();
        Some(Subject::Employer(code))
    }));
    let names: BTreeMap<String, String> = facts
        .people
        .iter()
        .map(|who| (who.number.clone(), who.name.clone()))
        .collect();
    let mut counts = BTreeMap::new();
    for (node, reader) in readers(world.path()).await {
        for class in node.classes() {
            for subject in &subjects {
                let found = ask(&reader, *class, subject).await;
                assert_eq!(found.notes, vec![], "{} class {class}", node.id());
                assert!(
                    !matches!(
                        found.outcome,
                        FoundOutcome::Unavailable(_) | FoundOutcome::Stale
                    ),
                    "{} class {class}: {:?}",
                    node.id(),
                    found.outcome
                );
                if *class == 4 && matches!(subject, Subject::Person(_)) {
                    assert_names(&found, &names[&subject.key()]);
                }
                *counts.entry((node, *class)).or_insert(0) += found.records.len();
            }
        }
    }
    for node in Node::ALL {
        for class in node.classes() {
            assert!(
                counts[&(node, *class)] > 0,
                "{} class {class} is empty",
                node.id()
            );
        }
    }
}

fn assert_names(found: &Found, name: &str) {
    for record in &found.records {
        let answered = record.get("04-05".parse().unwrap()).unwrap().canonical();
        assert_eq!(answered, name);
    }
}

#[test]
fn both_vendor_centers_read_the_same_schema() {
    let mut compared = 0;
    for entry in fs::read_dir(mappings_of(Node::Zhongzhi)).unwrap() {
        let path = entry.unwrap().path();
        let zhongzhi = fs::read_to_string(&path).unwrap();
        let mut city =
            fs::read_to_string(mappings_of(Node::City).join(path.file_name().unwrap())).unwrap();
        // The city's further connectors lead to the offices outside.
        if let Some((own, _)) = city.split_once("\n# The offices outside the star.") {
            city.truncate(own.len());
        }
        assert_eq!(
            city.replace("C11000", "C11001"),
            zhongzhi,
            "{}",
            path.display()
        );
        compared += 1;
    }
    assert_eq!(compared, 13);
}

/// Bytes in GBK and signs of a wrong code page are the same names again.
#[tokio::test]
async fn names_of_old_rows_are_read_back() {
    let (world, _) = make(SEED, 1_200);
    let mut facts = Facts::empty(DAY);
    life::populate(&mut facts, SEED, 1_200, &mut |_, _, _| {});
    for node in [Node::City, Node::Guoguan] {
        let reader = reader(world.path(), node).await;
        let old = facts
            .accounts_at(node)
            .filter(|account| account.opened.year() <= DAY.year() - 15 && account.serial % 4 == 0);
        let mut read = 0;
        for account in old {
            let person = &account.person;
            let id = catalog::PersonId::parse(person.id_type, &person.number).unwrap();
            let found = ask(&reader, 4, &Subject::Person(id)).await;
            let names = found.records.iter().map(|record| {
                let name = record.get("04-05".parse().unwrap()).unwrap();
                name.canonical()
            });
            assert!(
                names.into_iter().any(|name| name == person.name),
                "{}",
                account.serial
            );
            read += 1;
        }
        assert!(read > 5, "{}: {read}", node.id());
    }
}

fn railway_subject(id: &str) -> (&'static SampleSubject, Subject) {
    let planted = sample(id).unwrap();
    let at = planted
        .expects
        .iter()
        .find(|expected| expected.node == Node::Tielu)
        .unwrap();
    (&at.subject, at.subject.subject().unwrap())
}

#[tokio::test]
async fn a_missing_file_of_today_is_answered_stale_from_yesterday() {
    let (world, _) = make(SEED, 40);
    let tielu = home(world.path(), Node::Tielu);
    let (_, subject) = railway_subject("S13");
    let fresh = ask(&reader(world.path(), Node::Tielu).await, 4, &subject).await;
    assert_eq!(fresh.outcome, FoundOutcome::Answered);
    assert_eq!(fault::age_file(&tielu, DAY).unwrap(), 5);
    let aged = ask(&reader(world.path(), Node::Tielu).await, 4, &subject).await;
    assert_eq!(aged.outcome, FoundOutcome::Stale);
    assert_eq!(aged.records.len(), 1);
    assert_eq!(aged.as_of.date(), DAY.previous_day().unwrap());
    assert_eq!(fault::age_file(&tielu, DAY).unwrap(), 0);
}

#[tokio::test]
async fn a_wrong_trailer_count_leaves_yesterdays_file() {
    let (world, _) = make(SEED, 40);
    let tielu = home(world.path(), Node::Tielu);
    fault::wrong_trailer_count(&tielu).unwrap();
    let reader = reader(world.path(), Node::Tielu).await;
    let (_, subject) = railway_subject("S13");
    let found = ask(&reader, 4, &subject).await;
    assert_eq!(found.outcome, FoundOutcome::Stale);
    let refused = reader.refused_file(ClassNo::new(4).unwrap());
    assert_eq!(refused, Some(FileFault::WrongCount));
}

#[tokio::test]
async fn a_repeated_line_is_answered_once_with_a_note() {
    let (world, _) = make(SEED, 40);
    let (who, subject) = railway_subject("S13");
    fault::duplicate_line(&home(world.path(), Node::Tielu), who.number).unwrap();
    let reader = reader(world.path(), Node::Tielu).await;
    let found = ask(&reader, 4, &subject).await;
    assert_eq!(
        (found.outcome, found.records.len()),
        (FoundOutcome::Answered, 1)
    );
    assert_eq!(reader.refused_file(ClassNo::new(4).unwrap()), None);
    assert_eq!(found.notes.first().unwrap().defect, Defect::Duplicate);
}

#[tokio::test]
async fn a_cut_character_withholds_the_name_and_nothing_else() {
    let (world, _) = make(SEED, 40);
    let (who, subject) = railway_subject("S13");
    fault::cut_character(&home(world.path(), Node::Tielu), who.number).unwrap();
    let found = ask(&reader(world.path(), Node::Tielu).await, 4, &subject).await;
    let record = found.records.first().unwrap();
    let name = record.get("04-05".parse().unwrap()).unwrap();
    assert_eq!(name, &Value::Absent(Absence::Withheld(Defect::Undecodable)));
    assert_eq!(
        record.get("04-08".parse().unwrap()).unwrap().canonical(),
        "01"
    );
    assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
}

#[tokio::test]
async fn an_unknown_code_withholds_the_status_in_file_and_database() {
    let (world, _) = make(SEED, 40);
    let who = sample("S14").unwrap().expects.first().unwrap().subject;
    let subject = who.subject().unwrap();
    fault::unknown_code_in_file(&home(world.path(), Node::Tielu), who.number).unwrap();
    for node in [Node::City, Node::Zhongzhi, Node::Guoguan] {
        let home = home(world.path(), node);
        assert_eq!(
            fault::unknown_code_in_database(node, &home, who.number).unwrap(),
            1
        );
    }
    for (node, reader) in readers(world.path()).await {
        let found = ask(&reader, 4, &subject).await;
        let status = found
            .records
            .first()
            .unwrap()
            .get("04-08".parse().unwrap())
            .unwrap();
        let withheld = Value::Absent(Absence::Withheld(Defect::UnknownCode));
        assert_eq!(status, &withheld, "{}", node.id());
        assert_eq!(
            found.notes.first().unwrap().defect,
            Defect::UnknownCode,
            "{}",
            node.id()
        );
    }
}

#[tokio::test]
async fn faults_that_find_nothing_say_so() {
    let (world, _) = make(SEED, 10);
    let tielu = home(world.path(), Node::Tielu);
    let error = fault::cut_character(&tielu, "110101190001010014").unwrap_err();
    assert!(matches!(error, WorldError::Missing { .. }));
    assert!(fault::unknown_code_in_database(Node::Tielu, &tielu, "1").is_err());
}
