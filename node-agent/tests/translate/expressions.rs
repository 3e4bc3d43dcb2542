//! `expr` in a mapping folder: its faults stand on their line beside all others, and its values go
//! through the catalog's checks like any value.

use catalog::Defect;
use node_agent::translate::LocalLimits;

use crate::bench::{Home, Is, Withheld, items, sql_table};

#[tokio::test]
async fn an_expression_says_what_tables_cannot() {
    let rule = "from = [\"STATE\", \"KIND\"]\nexpr = '''\n\
        STATE.startsWith('9') && KIND in ['A', 'B'] ? '03'\n\
        : STATE == '0' ? '01' : KIND.trim()\n'''";
    sql_table(
        "04-08",
        rule,
        &["STATE", "KIND"],
        &[
            (&[Some("90"), Some("B")], Is("03")),
            (&[Some("0"), None], Is("01")),
            (&[Some("1"), Some(" 02 ")], Is("02")),
            (&[Some("1"), Some("77")], Withheld(Defect::UnknownCode)),
            // As everywhere in CEL, what is false anyway stays false beside an error.
            (&[None, Some("02")], Is("02")),
            (&[None, Some("A")], Withheld(Defect::WrongType)),
            (&[Some("1"), None], Withheld(Defect::WrongType)),
            (&[None, None], Withheld(Defect::MissingRequired)),
        ],
    )
    .await;
    let net = "from = [\"A\", \"B\"]\nexpr = \"decimalSubtract(fenToYuan(A), fenToYuan(B))\"";
    sql_table(
        "04-14",
        net,
        &["A", "B"],
        &[
            (&[Some("1010"), Some("0000000010-")], Is("10.20")),
            (&[Some("1e2"), Some("1")], Withheld(Defect::BadNumber)),
        ],
    )
    .await;
    sql_table(
        "04-09",
        "from = \"A\"\nexpr = \"A.split('.')[2] + '-' + A.split('.')[1] + '-' + A.split('.')[0]\"",
        &["A"],
        &[
            (&[Some("05.07.2019")], Is("2019-07-05")),
            (&[Some("31.02.2019")], Withheld(Defect::BadDate)),
            (&[Some("2019")], Withheld(Defect::BadFormat)),
        ],
    )
    .await;
}

/// Item, its rule, and the reason why it does not load.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        "04-01",
        "from = \"A\"\nexpr = \"A + B\"",
        "`B` is not a column",
    ),
    ("04-05", "from = \"A\"\nexpr = \"A +\"", "not well-formed"),
    (
        "04-08",
        "from = \"A\"\nexpr = \"A == '1' ? '01' : '66'\"",
        "`66`, which is refused: unknown-code",
    ),
    (
        "04-09",
        "from = \"A\"\nexpr = \"size(A)\"",
        "cannot fill a date item",
    ),
    (
        "04-14",
        "from = \"A\"\nexpr = \"A == '' ? '1' : string(1.5)\"",
        "no floats",
    ),
    (
        "04-12",
        "from = \"A\"\nexpr = 7",
        "`expr` must be text in quotes",
    ),
    (
        "04-20",
        "from = \"@as-of\"\nexpr = \"A\"",
        "`expr` reads columns",
    ),
    (
        "04-06",
        "from = \"A\"\nexpr = \"A\"\ntext = {}",
        "is a second conversion",
    ),
];

#[tokio::test]
async fn faults_of_expressions_name_file_line_and_reason() {
    let home = Home::new();
    home.sql(&["CREATE TABLE T (A, B)".to_owned()]).await;
    let pairs: Vec<_> = FAULTS.iter().map(|(no, rule, _)| (*no, *rule)).collect();
    let text = format!(
        "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
         sql = \"SELECT A FROM T WHERE A = ?1\"\n[subject]\nkind = \"person\"\n\
         forms = [\"id18\"]\n{}",
        items("04", &pairs)
    );
    home.mapping("04.toml", &text);
    let errors = home.try_open(LocalLimits::default()).await.unwrap_err();
    assert_eq!(errors.faults().len(), FAULTS.len(), "{errors}");
    for (no, rule, reason) in FAULTS {
        let last = if rule.ends_with("text = {}") { 0 } else { 1 };
        let written = rule.lines().nth(last + usize::from(last == 0)).unwrap();
        let fault = errors
            .faults()
            .iter()
            .find(|fault| fault.reason.contains(reason));
        let fault = fault.unwrap_or_else(|| panic!("{reason}: {errors}"));
        assert!(fault.reason.contains(&format!("item `{no}`")), "{fault}");
        let named = text.lines().nth(fault.line - 1).unwrap();
        assert!(named == written || named == "text = {}", "{fault}: {named}");
    }
}
