//! Identity numbers: found under every local spelling, answered in the normal one, withheld when
//! their check digit is wrong.

use catalog::Defect;

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
