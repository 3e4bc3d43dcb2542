//! What is withheld on leaving is kept for the owner, with its raw columns and the record it is of.

use std::collections::BTreeSet;

use catalog::Defect;

use crate::bench::{Home, NOW, PERSON, class, item, items, person, soon};

async fn two_bad_rows() -> Home {
    let home = Home::new();
    home.sql(&[
        "CREATE TABLE T (NO, ID, STATE, OPENED)".to_owned(),
        format!("INSERT INTO T VALUES ('7', '{PERSON}', '55', '2019-07-05')"),
        format!("INSERT INTO T VALUES ('8', '{PERSON}', '0', '2019-02-31')"),
    ])
    .await;
    let rules = [
        ("04-01", "from = \"NO\""),
        ("04-08", "from = \"STATE\"\ncodes = { \"0\" = \"01\" }"),
        ("04-09", "from = \"OPENED\"\ndate = \"YYYY-MM-DD\""),
    ];
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT NO, STATE, OPENED FROM T WHERE ID = ?1 ORDER BY NO\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{}",
            items("04", &rules)
        ),
    );
    home
}

#[tokio::test]
async fn withheld_values_are_kept_raw_for_the_owner_and_nowhere_else() {
    let home = two_bad_rows().await;
    let translator = home.open().await;
    let asked = BTreeSet::from(["04-01", "04-08", "04-09"].map(item));
    for _ in 0..3 {
        let found = translator
            .find(class("04"), &asked, &person(PERSON), NOW, soon())
            .await;
        assert_eq!(found.notes.len(), 2);
    }
    let kept = translator.quarantine().listed(Some(class("04")));
    let mut shown: Vec<_> = kept
        .iter()
        .map(|one| {
            let text = |columns: &[node_agent::translate::RawColumn]| {
                let text = columns[0].text.clone().unwrap();
                format!("{}={text}", columns[0].name)
            };
            (
                one.item,
                one.defect,
                text(&one.columns),
                text(&one.record),
                one.count,
            )
        })
        .collect();
    shown.sort();
    let expected = [
        (
            item("04-08"),
            Defect::UnknownCode,
            "STATE=55".to_owned(),
            "NO=7".to_owned(),
            3,
        ),
        (
            item("04-09"),
            Defect::BadDate,
            "OPENED=2019-02-31".to_owned(),
            "NO=8".to_owned(),
            3,
        ),
    ];
    assert_eq!(shown, expected);
    assert_eq!(kept[0].first_at, NOW);
    assert!(!format!("{kept:?} {translator:?}").contains("2019-02-31"));
    assert!(translator.quarantine().listed(Some(class("03"))).is_empty());
}
