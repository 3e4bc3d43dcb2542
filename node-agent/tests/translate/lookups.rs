//! Further ways to look a class up, against small systems made here: what a loose statement lets
//! through, files found by other fields and through another class, and what does not load.

use std::collections::BTreeSet;

use catalog::{CreditCode, Defect, HouseId, Subject};
use node_agent::translate::{Found, FoundOutcome, LocalLimits, Translator};

use crate::bench::{Home, NOW, PERSON, class, item, items, person, soon};

const UNIT: &str = "110109001001GB00601F00000601";
const OTHER_UNIT: &str = "110109001001GB00601F00000602";
const EMPLOYER: &str = "91110000MA0000A43P";

fn unit(number: &str) -> Subject {
    Subject::House(HouseId::unit(number).unwrap())
}

fn contract(number: &str) -> Subject {
    Subject::House(HouseId::contract(number).unwrap())
}

async fn find(translator: &Translator, class_no: &str, about: &Subject, wanted: &str) -> Found {
    let wanted = BTreeSet::from([item(wanted)]);
    translator
        .find(class(class_no), &wanted, about, NOW, soon())
        .await
}

/// The record numbers that were found.
async fn serials(translator: &Translator, about: &Subject) -> Vec<String> {
    let found = find(translator, "06", about, "06-01").await;
    let serial = |record: &catalog::Record| record.get(item("06-01")).unwrap().canonical();
    let mut serials: Vec<_> = found.records.iter().map(serial).collect();
    serials.sort();
    serials
}

const WITHDRAWALS: &str = "class = \"06\"\n[source]\nconnector = \"vendor\"\n\
    sql = \"SELECT NO, ID, HT, DY FROM T WHERE ID = ?1\"\n[subject]\nkind = \"person\"\n\
    forms = [\"id18\"]\n";
/// The numbers that say which house it is.
const HOUSE_ITEMS: [(&str, &str); 3] = [
    ("06-01", "from = \"NO\""),
    ("06-14", "from = \"HT\""),
    ("06-15", "from = \"DY\""),
];
const BY_UNIT: &str = "[[lookup]]\nkind = \"house-unit\"\nforms = [\"house-unit\"]\n\
    sql = \"SELECT NO, ID, HT, DY FROM T WHERE DY = ?1\"\n";
/// Somebody has written a statement that finds too much.
const LOOSE: &str = "[[lookup]]\nkind = \"house-contract\"\nforms = [\"house-contract\"]\n\
    sql = \"SELECT NO, ID, HT, DY FROM T WHERE HT LIKE '%' || ?1 || '%'\"\n";

async fn withdrawals(lookups: &str) -> (Home, String) {
    let home = Home::new();
    let rows = [
        format!("('1', '{PERSON}', '网签XY601', '{UNIT}')"),
        "('2', 'x', 'XY 601', NULL)".to_owned(),
        format!("('3', 'y', 'XY1601', '{OTHER_UNIT}')"),
        "('4', 'z', '6011', NULL)".to_owned(),
    ];
    home.sql(&[
        "CREATE TABLE T (NO, ID, HT, DY)".to_owned(),
        format!("INSERT INTO T VALUES {}", rows.join(", ")),
    ])
    .await;
    let text = format!("{WITHDRAWALS}{lookups}{}", items("06", &HOUSE_ITEMS));
    home.mapping("06.toml", &text);
    (home, text)
}

#[tokio::test]
async fn what_does_not_name_the_house_itself_is_left_out_and_noted() {
    let (home, _) = withdrawals(&format!("{BY_UNIT}{LOOSE}")).await;
    let translator = home.open().await;
    assert_eq!(serials(&translator, &unit(UNIT)).await, ["1"]);
    assert_eq!(serials(&translator, &person(PERSON)).await, ["1"]);
    // The statement finds 1601 and 6011 too.
    assert_eq!(serials(&translator, &contract("XY601")).await, ["1", "2"]);
    let found = find(&translator, "06", &contract("601"), "06-01").await;
    let [note] = found.notes.as_slice() else {
        panic!("{:?}", found.notes);
    };
    assert_eq!(
        (note.item, note.defect, note.count),
        (Some(item("06-14")), Defect::OutOfRange, 2)
    );
    // Only the item that was asked for leaves, not the one that told the house.
    assert!(found.records.iter().all(|record| record.len() == 1));
    let (home, _) = withdrawals(BY_UNIT).await;
    let translator = home.open().await;
    let found = find(&translator, "06", &contract("601"), "06-01").await;
    assert_eq!(
        found.outcome,
        FoundOutcome::NotCovered,
        "no way by contract"
    );
}

/// Three CSV files: draws, accounts, and the units of employers.
fn files() -> Home {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        "[[connector]]\nname = \"drop\"\nkind = \"csv\"\ndir = \"data/drop\"\n",
    );
    let file = |class: &str, kind: &str, field: &str, name: &str| {
        format!(
            "class = \"{class}\"\n[source]\nconnector = \"drop\"\nfile = \"{name}\"\n\
             [subject]\nkind = \"{kind}\"\nfield = \"{field}\"\n"
        )
    };
    let draws = file("06", "person", "id", "TQ")
        + "[[lookup]]\nkind = \"house-contract\"\nfield = \"ht\"\n"
        + &items(
            "06",
            &[("06-01", "from = \"no\""), ("06-14", "from = \"ht\"")],
        );
    home.mapping("06.toml", &draws);
    let accounts = file("04", "person", "id", "GR")
        + "[[lookup]]\nkind = \"employer\"\nfield = \"unit\"\n\
           through = { class = \"01\", column = \"unit\" }\n"
        + &items("04", &[("04-01", "from = \"acc\"")]);
    home.mapping("04.toml", &accounts);
    let units =
        file("01", "employer", "code", "DW") + &items("01", &[("01-01", "from = \"unit\"")]);
    home.mapping("01.toml", &units);
    let put = |name: &str, text: &str| {
        home.drop_file(&format!("{name}20261123_1.csv"), text.as_bytes());
        let records = text.lines().count() - 1;
        home.drop_file(
            &format!("{name}20261123_1.ok"),
            records.to_string().as_bytes(),
        );
    };
    put(
        "TQ",
        "no,id,ht\n1,a,合同编号：XY601\n2,b,６０１\n3,c,\n4,d,602\n",
    );
    put("GR", "acc,id,unit\n1,a,U1\n2,b,U2\n3,c,U3\n");
    put(
        "DW",
        &format!("code,unit\n{EMPLOYER},U1\n{EMPLOYER},U2\n91110000MA0000A197,U3\n"),
    );
    home
}

#[tokio::test]
async fn files_are_found_by_other_columns_and_through_another_class() {
    let home = files();
    let translator = home.open().await;
    assert_eq!(serials(&translator, &contract("XY601")).await, ["1", "2"]);
    assert_eq!(
        serials(&translator, &contract("603")).await,
        Vec::<String>::new()
    );
    let employer = Subject::Employer(CreditCode::parse(EMPLOYER).unwrap());
    let found = find(&translator, "04", &employer, "04-01").await;
    assert_eq!(
        (found.outcome, found.records.len()),
        (FoundOutcome::Answered, 2)
    );
    assert_eq!(found.notes, vec![], "a line without a house is no defect");
    let nobody = Subject::Employer(CreditCode::parse("91110000MA0000A35W").unwrap());
    let found = find(&translator, "04", &nobody, "04-01").await;
    assert_eq!(found.outcome, FoundOutcome::NoRecord);
    // Who cannot say which units it is cannot say that there are no accounts.
    std::fs::remove_file(home.path().join("data/drop/DW20261123_1.csv")).unwrap();
    let fresh = home.open().await;
    let found = find(&fresh, "04", &employer, "04-01").await;
    assert!(
        matches!(found.outcome, FoundOutcome::Unavailable(_)),
        "{:?}",
        found.outcome
    );
}

/// What is written otherwise, and the fault that is told.
const BAD_WAYS: &[(&str, &str, &str)] = &[
    (
        "\"house-contract\"]",
        "\"house-contract:GX\"]",
        "unknown spelling `house-contract:GX`",
    ),
    (
        "\"house-contract\"]",
        "\"house-unit\"]",
        "`house-unit` is not a spelling of such a subject",
    ),
    (
        "forms = [\"house-unit\"]\n",
        "",
        "`[[lookup]]` needs `forms`",
    ),
    (
        "kind = \"house-unit\"",
        "kind = \"house\"",
        "unknown kind of subject `house`",
    ),
    (
        "kind = \"house-unit\"\nforms = [\"house-unit\"]",
        "kind = \"any\"\nforms = [\"id18\"]",
        "`any` is looked up in another way already",
    ),
    (
        "sql = \"SELECT NO, ID, HT, DY FROM T WHERE DY",
        "text = \"",
        "`[[lookup]]` lacks the key `sql`",
    ),
    (
        "WHERE DY = ?1",
        "WHERE DY = ?2",
        "a placeholder is not one of ?1 to ?1",
    ),
    (
        "SELECT NO, ID, HT, DY FROM T WHERE DY",
        "SELECT NO, HT FROM T WHERE DY",
        "delivers no column `DY`",
    ),
    (
        "[[lookup]]\nkind = \"house-unit\"",
        "[[lookup]]\nfield = \"DY\"\nkind = \"house-unit\"",
        "unknown key `field`",
    ),
];

#[tokio::test]
async fn a_way_that_cannot_work_does_not_load() {
    let good = format!("{BY_UNIT}{LOOSE}");
    for (from, to, reason) in BAD_WAYS {
        assert!(good.contains(from), "{from}");
        let (home, text) = withdrawals(&good.replacen(from, to, 1)).await;
        let errors = home
            .try_open(LocalLimits::default())
            .await
            .expect_err(reason);
        assert!(
            errors.to_string().contains(reason),
            "{reason}: {errors}\n{text}"
        );
    }
    let (home, text) = withdrawals(&good).await;
    let unmapped = text.replace("[[item]]\nno = \"06-15\"\nfrom = \"DY\"\n", "");
    let unmapped = unmapped.replace("[not_held]\nitems = [", "[not_held]\nitems = [\"06-15\", ");
    home.mapping("06.toml", &unmapped);
    let errors = home
        .try_open(LocalLimits::default())
        .await
        .expect_err("no item");
    let reason = "a lookup by `house-unit` needs the item `bdcdyh` to be mapped";
    assert!(errors.to_string().contains(reason), "{errors}");
}
