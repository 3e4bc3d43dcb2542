//! Identity numbers: found under every local spelling, answered in the normal one, withheld when
//! their check digit is wrong.

use catalog::identity::PersonId;
use catalog::{Defect, Subject};
use node_agent::translate::FoundOutcome;

use crate::bench::{Home, Is, NOW, PERSON, PERSON_15, Withheld, ask, items, person, seen, soon};

#[tokio::test]
async fn old_15_digit_numbers_are_found_and_answered_with_18() {
    let home = Home::new();
    home.sql(&[
        "CREATE TABLE INDIACC (CERTITYPE, CERTINUM, ACCNAME)".to_owned(),
        format!("INSERT INTO INDIACC VALUES ('1', '{PERSON_15}', x'D5C5C8FD')"),
        format!("INSERT INTO INDIACC VALUES ('1', '{PERSON}  ', '张三　')"),
        "INSERT INTO INDIACC VALUES ('1', '110101000101002', 'other')".to_owned(),
    ])
    .await;
    let items = items(
        "04",
        &[
            ("04-03", "from = \"CERTITYPE\"\ncodes = { \"1\" = \"01\" }"),
            ("04-04", "from = \"CERTINUM\"\nid_number = true"),
            ("04-05", "from = \"ACCNAME\""),
        ],
    );
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT * FROM INDIACC WHERE RTRIM(CERTINUM) IN (?1, ?2, ?3)\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\", \"id18-lower\"]\n{items}"
        ),
    );
    let translator = home.open().await;
    let all = ["04-03", "04-04", "04-05"].map(crate::bench::item).into();
    let class = crate::bench::class("04");
    let found = translator
        .find(class, &all, &person(PERSON), NOW, soon())
        .await;
    assert_eq!(found.records.len(), 2);
    for record in &found.records {
        assert_eq!(seen(record, "04-04"), Is(PERSON));
        // One name is UTF-8 with a full-width blank, the other GBK bytes of an old row.
        assert_eq!(seen(record, "04-05"), Is("张三"));
        assert_eq!(record.len(), 3);
    }
    assert!(found.notes.is_empty());
    assert_eq!(
        found.as_of, NOW,
        "without a load date the rows are as of the query"
    );
}

#[tokio::test]
async fn bad_id_numbers_are_withheld_when_their_type_is_asked_too() {
    let home = Home::new();
    home.sql(&[
        "CREATE TABLE T (SUBJ, KIND, NUM)".to_owned(),
        format!("INSERT INTO T VALUES ('{PERSON}', '1', '110101190001010015')"),
    ])
    .await;
    let items = items(
        "04",
        &[
            ("04-03", "from = \"KIND\"\ncodes = { \"1\" = \"01\" }"),
            ("04-04", "from = \"NUM\"\nid_number = true"),
        ],
    );
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT * FROM T WHERE SUBJ = ?1\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    let translator = home.open().await;
    let both = ["04-03", "04-04"].map(crate::bench::item).into();
    let class = crate::bench::class("04");
    let found = translator
        .find(class, &both, &person(PERSON), NOW, soon())
        .await;
    assert_eq!(
        seen(&found.records[0], "04-04"),
        Withheld(Defect::BadCheckDigit)
    );
    assert_eq!(found.notes.len(), 1);
    assert!(
        !format!("{found:?}").contains("110101"),
        "no number in what may be logged"
    );
    let not_held = ask(&translator, "04-15").await;
    assert_eq!(seen(&not_held.records[0], "04-15"), Is("(not held)"));
}

/// A person known by another document than a citizen's card.
fn known_by(id_type: &str, number: &str) -> Subject {
    Subject::Person(PersonId::parse(id_type, number).unwrap())
}

#[tokio::test]
async fn a_number_under_another_kind_of_document_is_another_person() {
    let home = Home::new();
    home.sql(&[
        "CREATE TABLE T (SUBJ, KIND, WHO, MADE)".to_owned(),
        "INSERT INTO T VALUES ('12345678', '2', 'officer', '2026-03-01'), \
         ('12345678', '3', 'traveller', '2026-01-01'), ('12345678', 'X', 'unknown', '2026-02-01')"
            .to_owned(),
        format!("INSERT INTO T VALUES ('{PERSON}', '2', 'citizen', '2026-03-01')"),
        "INSERT INTO T VALUES ('87654321', NULL, 'untold', '2026-03-01')".to_owned(),
    ])
    .await;
    let kinds = "from = \"KIND\"\ncodes = { \"1\" = \"01\", \"2\" = \"02\", \"3\" = \"03\" }";
    let mapping = |rules: &[(&str, &str)]| {
        format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT * FROM T WHERE SUBJ = ?1 ORDER BY MADE\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{}",
            items("04", rules)
        )
    };
    home.mapping(
        "04.toml",
        &mapping(&[("04-03", kinds), ("04-05", "from = \"WHO\"")]),
    );
    let translator = home.open().await;
    // The type itself is not asked for, and decides all the same.
    let names = [crate::bench::item("04-05")].into();
    let class = crate::bench::class("04");
    for (subject, expected, dropped) in [
        (known_by("03", "12345678"), vec![Is("traveller")], 2),
        (known_by("02", "12345678"), vec![Is("officer")], 2),
        (known_by("08", "12345678"), vec![], 3),
        // 18 digits are one person; a type that disagrees is a defect of the data.
        (person(PERSON), vec![Is("citizen")], 0),
        (known_by("03", "87654321"), vec![Is("untold")], 0),
    ] {
        let found = translator.find(class, &names, &subject, NOW, soon()).await;
        let seen: Vec<_> = found.records.iter().map(|one| seen(one, "04-05")).collect();
        assert_eq!(seen, expected);
        let noted: Vec<_> = found
            .notes
            .iter()
            .map(|note| (note.defect, note.count))
            .collect();
        let note = (dropped > 0).then_some((Defect::OutOfRange, dropped));
        assert_eq!(noted, Vec::from_iter(note));
        let outcome = if expected.is_empty() {
            FoundOutcome::NoRecord
        } else {
            FoundOutcome::Answered
        };
        assert_eq!(found.outcome, outcome);
    }
    let other = known_by("08", "12345678");
    let traced = translator.trace(class, &other, NOW, soon());
    assert!(traced.await.unwrap().is_empty(), "nor is it shown");
}
