//! Faults of a mapping folder: each with file, line and reason, and all of them at once.

use node_agent::translate::LocalLimits;

use crate::bench::{Home, items};

const HEAD: &str = "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
    sql = \"SELECT A, B FROM T WHERE A = ?1\"\n[subject]\nkind = \"person\"\nforms = [\"id18\"]\n";

async fn faults(name: &str, text: &str) -> Vec<String> {
    let home = Home::new();
    home.sql(&["CREATE TABLE T (A, B)".to_owned()]).await;
    home.mapping(name, text);
    match home.try_open(LocalLimits::default()).await {
        Ok(_) => Vec::new(),
        Err(errors) => {
            let listed = errors.to_string();
            let faults = errors.faults().iter();
            faults
                .inspect(|fault| assert!(listed.contains(&fault.to_string())))
                .map(ToString::to_string)
                .collect()
        }
    }
}

/// The line on which `part` stands.
fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

/// Item, its rule, the text whose line is blamed, and the reason.
const RULES: &[(&str, &str, &str, &str)] = &[
    (
        "04-08",
        "from = \"A\"\ncodes = { \"0\" = \"07\" }",
        "codes =",
        "item `04-08`: `0` maps to a code outside the code set",
    ),
    (
        "04-08",
        "from = [\"A\", \"B\"]\ncodes = [[\"0/*\", \"01\"], [\"1/*\", \"77\"]]",
        "codes =",
        "item `04-08`: `1/*` maps to a code outside the code set",
    ),
    (
        "04-08",
        "from = [\"A\", \"B\"]\ncodes = [[\"0/*/*\", \"01\"]]",
        "from = [",
        "item `04-08`: the conversion reads 3 column(s), `from` gives 2",
    ),
    (
        "04-08",
        "from = \"A\"\ndate = \"YYYYMMDD\"",
        "date =",
        "item `04-08`: `date` cannot fill a code item",
    ),
    (
        "04-09",
        "from = \"A\"\ndate = \"DD.MM.YYYY\"",
        "date =",
        "item `04-09`: unknown form of `date`",
    ),
    (
        "04-09",
        "from = \"A\"\ncodes = { a = \"b\" }",
        "codes =",
        "item `04-09`: `codes` cannot fill a date item",
    ),
    (
        "04-14",
        "from = \"A\"\ndecimal = { unit = \"dollar\" }",
        "decimal =",
        "item `04-14`: unknown unit `dollar`",
    ),
    (
        "04-14",
        "from = \"A\"\ndecimal = { }",
        "decimal =",
        "`decimal` lacks the key `unit`",
    ),
    (
        "04-14",
        "from = \"A\"\ndecimal = { unit = \"fen\", round = \"up\" }",
        "decimal =",
        "unknown key `round` in `decimal`",
    ),
    (
        "04-14",
        "from = \"A\"\n\
         decimal = { unit = \"fen\", negative_when = { column = \"B\", equals = \"D\" } }",
        "decimal =",
        "item `04-14`: `negative_when` needs `otherwise`, the text or texts of the other sign",
    ),
    (
        "04-02",
        "const = \"C1\"",
        "const = \"C1\"",
        "item `04-02`: the constant `C1` is refused: unknown-code",
    ),
    (
        "04-02",
        "const = \"C11000\"\nfrom = \"A\"",
        "from = \"A\"",
        "item `04-02`: `const` takes neither `from` nor a conversion",
    ),
    ("04-01", "text = { }", "no = \"04-01\"", ""),
    (
        "04-01",
        "from = \"A\"\ntext = { zero_pad = 0 }",
        "text =",
        "`zero_pad` must be a whole number from 1 to 64",
    ),
    (
        "04-01",
        "from = \"A\"\ntext = { }\nid_number = true",
        "id_number",
        "item `04-01`: `id_number` is a second conversion",
    ),
    (
        "04-01",
        "from = \"A\"\nid_number = false",
        "id_number",
        "item `04-01`: `id_number` can only be true",
    ),
    (
        "04-01",
        "from = \"C\"",
        "from = \"C\"",
        "the statement delivers no column `C`",
    ),
    (
        "04-01",
        "from = \"@file-date\"",
        "from =",
        "item `04-01`: `@file-date` and `@as-of` fill only dates, months and times",
    ),
    (
        "04-01",
        "from = \"A\"\nfallback = \"B\"",
        "fallback",
        "unknown key `fallback` in `[[item]]`",
    ),
    (
        "04-01",
        "from = 7",
        "from = 7",
        "`from` must be a list of texts",
    ),
];

#[tokio::test]
async fn every_fault_of_a_rule_names_its_line() {
    for (item_no, rule, part, reason) in RULES {
        let text = format!("{HEAD}{}", items("04", &[(item_no, rule)]));
        let found = faults("04.toml", &text).await;
        if reason.is_empty() {
            assert!(
                found[0].ends_with("item `04-01` has neither `from` nor `const`"),
                "{found:?}"
            );
            continue;
        }
        let expected = format!("04.toml:{}: {reason}", line_of(&text, part));
        assert_eq!(found, [expected], "{rule}");
    }
}

#[tokio::test]
async fn every_item_is_mapped_or_not_held_and_never_both() {
    let sound = format!("{HEAD}{}", items("04", &[]));
    assert_eq!(faults("04.toml", &sound).await, Vec::<String>::new());
    let text = sound.replace("no = \"04-07\"", "no = \"04-99\"").replace(
        "items = [\"04-10\", ",
        "items = [\"04-14\", \"04-98\", \"04-15\", ",
    );
    let not_held = line_of(&text, "items = [");
    let expected = [
        "04.toml: item `04-10` (jzny) is neither mapped nor in `not_held`".to_owned(),
        "04.toml: the required item `04-07` (ywzl) is not mapped".to_owned(),
        format!(
            "04.toml:{}: unknown item `04-99` in this class",
            line_of(&text, "04-99")
        ),
        format!("04.toml:{not_held}: item `04-14` is both mapped and in `not_held`"),
        format!("04.toml:{not_held}: item `04-15` is listed twice in `not_held`"),
        format!("04.toml:{not_held}: unknown item `04-98` in `not_held`"),
    ];
    assert_eq!(faults("04.toml", &text).await, expected);
    let text = format!("{sound}[[item]]\nno = \"04-01\"\nfrom = \"A\"\n");
    let found = faults("04.toml", &text).await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("item `04-01` is already mapped on line"),
        "{found:?}"
    );
    let required = items("04", &[]).replace("items = [", "items = [\"04-08\", ");
    let required = required.replace("[[item]]\nno = \"04-08\"\nconst = \"01\"\n", "");
    let found = faults("04.toml", &format!("{HEAD}{required}")).await;
    assert!(
        found[0].ends_with("item `04-08` is required and must be mapped"),
        "{found:?}"
    );
    let secret = format!(
        "{}{}",
        HEAD.replace("\"04\"", "\"12\""),
        items("12", &[("12-03", "from = \"A\"")])
    );
    let found = faults("12.toml", &secret).await;
    assert!(
        found[0].ends_with("item `12-03` is input only and is never answered"),
        "{found:?}"
    );
}

/// A part of a sound mapping, what stands there instead, and the reason.
const SOURCES: &[(&str, &str, &str)] = &[
    ("\"04\"", "\"15\"", "the catalog has no class `15`"),
    (
        "\"vendor\"",
        "\"oracle\"",
        "the connector `oracle` is not in connectors.toml",
    ),
    (
        "SELECT A, B",
        "DELETE",
        "the statement must begin with SELECT or WITH",
    ),
    (
        "?1\"",
        "?1; DROP TABLE T\"",
        "the statement must be one statement without `;`",
    ),
    ("?1\"", "?2\"", "a placeholder is not one of ?1 to ?1"),
    (
        "= ?1\"",
        "= '?1'\"",
        "the statement does not use ?1: it would answer for everybody",
    ),
    (
        "FROM T",
        "FROM NOWHERE",
        "the database refuses the statement: no such table: NOWHERE",
    ),
    (
        "kind = \"person\"",
        "kind = \"house\"",
        "unknown kind of subject `house` (person, employer, any, house-unit, house-contract)",
    ),
    ("[\"id18\"]", "[\"id17\"]", "unknown spelling `id17`"),
    (
        "[\"id18\"]",
        "[\"credit-code\"]",
        "`credit-code` is not a spelling of such a subject",
    ),
    (
        "sql = ",
        "file = \"GR\"\nsql = ",
        "the connector `vendor` needs `sql`, and only that",
    ),
    (
        "[subject]",
        "[layout]\na = \"2-3\"\n[subject]",
        "a statement has neither `[layout]` nor `[trailer]`",
    ),
    (
        "[subject]",
        "[cache]\n[subject]",
        "unknown key `cache` in the file",
    ),
    ("class = ", "class = = ", "not well-formed"),
];

#[tokio::test]
async fn sources_are_checked() {
    let body = items("04", &[]);
    for (part, instead, reason) in SOURCES {
        let text = format!("{}{body}", HEAD.replacen(part, instead, 1));
        let found = faults("04.toml", &text).await;
        assert!(
            found.iter().any(|fault| fault.contains(reason)),
            "{reason}: {found:?}"
        );
        assert!(
            found.iter().all(|fault| fault.starts_with("04.toml")),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn layouts_are_checked() {
    let text = crate::railway::mapping("04", "", &[("04-01", "from = \"gh\"")]);
    let expected = format!(
        "04.toml:{}: `gh` is not a field of the layout",
        line_of(&text, "\"gh\"")
    );
    assert_eq!(faults("04.toml", &text).await, [expected]);
    for (part, instead, reason) in [
        (
            "field = \"id\"",
            "field = \"nr\"",
            "`nr` is not a field of the layout",
        ),
        (
            "total = \"balance\"",
            "total = \"sum\"",
            "`sum` is not a field of the layout",
        ),
        (
            "unit = \"2-11\"",
            "unit = \"11-2\"",
            "`unit` must be a byte range",
        ),
        (
            "unit = \"2-11\"",
            "unit = \"1-11\"",
            "`unit` must be a byte range",
        ),
        (
            "file = \"GR\"",
            "file = \"../GR\"",
            "`file` must be a file type of two letters or digits",
        ),
        (
            "file = \"GR\"",
            "sql = \"SELECT 1\"",
            "the connector `drop` needs `file`, and only that",
        ),
    ] {
        let found = faults(
            "04.toml",
            &crate::railway::mapping("04", "", &[]).replace(part, instead),
        )
        .await;
        assert!(
            found.iter().any(|fault| fault.contains(reason)),
            "{reason}: {found:?}"
        );
    }
}

#[tokio::test]
async fn connectors_and_cases_are_checked_and_faults_of_all_files_come_together() {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        "[[connector]]\nname = \"a\"\nkind = \"oracle\"\n\
         [[connector]]\nname = \"b\"\nkind = \"fixed-width\"\n\
         dir = \"nowhere\"\n\
         [[connector]]\nname = \"c\"\nkind = \"sqlite\"\npath = \"data/x.db\"\n\
         charset = \"ebcdic\"\n",
    );
    home.mapping(
        "cases.toml",
        "[source]\nconnector = \"c\"\nsql = \"SELECT 1 WHERE ?1\"\n\
         [fields]\nstate = { from = \"S\", codes = { \"1\" = \"ajar\" } }\n",
    );
    home.mapping("04.toml", "class = 4\n");
    let errors = home.try_open(LocalLimits::default()).await.unwrap_err();
    let all: Vec<_> = errors.faults().iter().map(ToString::to_string).collect();
    for expected in [
        "connectors.toml:1: unknown kind of connector `oracle`",
        "connectors.toml:12: unknown charset `ebcdic` (utf-8, gbk, gb18030; databases also \
         gbk-only, gbk-in-cp850)",
        "cases.toml:5: field `state`: `1` maps to a code outside the code set",
        "04.toml:1: `class` must be text in quotes",
    ] {
        assert!(
            all.iter().any(|fault| fault == expected),
            "{expected}: {all:#?}"
        );
    }
    assert!(
        all.iter()
            .any(|f| f.starts_with("connectors.toml:7: `dir`: the folder")),
        "{all:#?}"
    );
    assert!(
        all.iter().any(|f| f.contains("lacks the table `[matter]`")),
        "{all:#?}"
    );
}

#[tokio::test]
async fn a_folder_maps_each_class_once_and_has_its_connectors() {
    let home = Home::new();
    home.sql(&["CREATE TABLE T (A, B)".to_owned()]).await;
    let sound = format!("{HEAD}{}", items("04", &[]));
    home.mapping("04.toml", &sound);
    home.mapping("05-again.toml", &sound);
    home.mapping("notes.txt", "not a mapping");
    let twice = home
        .try_open(LocalLimits::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        twice.ends_with("05-again.toml: class 04 is already mapped by 04.toml"),
        "{twice}"
    );
    let folder = home.path().join("mappings");
    std::fs::remove_file(folder.join("05-again.toml")).unwrap();
    std::fs::remove_file(folder.join("connectors.toml")).unwrap();
    let bare = home
        .try_open(LocalLimits::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        bare.contains("connectors.toml: the file is missing"),
        "{bare}"
    );
    std::fs::remove_dir_all(folder).unwrap();
    let none = home
        .try_open(LocalLimits::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(none.contains("the mapping folder cannot be read"), "{none}");
}
