//! `docs/mapping.md` against the reader, both ways: every example loads as it stands, so that what
//! is documented exists, and every key that the reader asks for is documented.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use catalog::ItemNo;
use node_agent::translate::LocalLimits;

use crate::bench::{Home, items};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document() -> String {
    std::fs::read_to_string(root().join("docs/mapping.md")).unwrap()
}

/// The TOML examples under the heading that is exactly `heading`.
fn examples(document: &str, heading: &str) -> Vec<String> {
    let (_, section) = document
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("there is no `{heading}`"));
    let section = section.split("\n## ").next().unwrap();
    let section = section.split("\n### ").next().unwrap();
    let blocks = section.split("```toml\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// What an example's connector names is there: folders, certificates, secrets.
fn with_files(home: &Home) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["office.example".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let put = |name: &str, text: &str| {
        let file = home.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    for name in [
        "core-ca.pem",
        "gg-ca.pem",
        "office-ca.pem",
        "bus-ca.pem",
        "client.pem",
    ] {
        put(name, &certificate);
    }
    put("client-key.pem", &key.serialize_pem());
    for name in ["core.password", "gg.password", "office.token"] {
        put(name, "secret");
    }
    std::fs::create_dir_all(home.path().join("data/csv")).unwrap();
}

const STATEMENT: &str = "[source]\nconnector = \"NAME\"\nsql = \"SELECT A FROM T WHERE A = ?1\"\n\
    [subject]\nkind = \"person\"\nforms = [\"id18\"]\n";

/// A folder with this connector and a class 04 that begins with `head`; the faults of it.
async fn faults_of(connector: &str, head: &str) -> String {
    let home = Home::new();
    with_files(&home);
    // Nobody answers there, which is an outage and no fault; and no name is looked up.
    let connector = connector
        .replace("10.1.2.3", "127.0.0.1")
        .replace("10.1.2.4", "127.0.0.1");
    home.mapping("connectors.toml", &connector);
    let (head, when_empty) = match head.split_once("[[when_empty]]") {
        Some((head, rest)) => {
            let (items, rest) = rest.split_once("\n[").unwrap();
            (format!("{head}[{rest}"), format!("[[when_empty]]{items}\n"))
        }
        None => (head.to_owned(), String::new()),
    };
    let rules = [
        ("04-04", "from = \"id\"\nid_number = true"),
        ("04-20", "from = \"@as-of\""),
    ];
    // A statement is not asked, so its columns are not known; a layout names them.
    let rules: &[_] = if head.contains("sql =") { &[] } else { &rules };
    let class = format!("class = \"04\"\n{head}\n{}{when_empty}", items("04", rules));
    home.mapping("04.toml", &class);
    match home.try_open(LocalLimits::default()).await {
        Ok(_) => String::new(),
        Err(faults) => format!("{faults}\n{connector}\n{class}"),
    }
}

/// The beginning of a class that asks the connector of an example by a statement.
fn statement_for(connector: &str) -> String {
    let name = connector.split("name = \"").nth(1).unwrap();
    STATEMENT.replace("NAME", name.split('"').next().unwrap())
}

#[tokio::test]
async fn every_connector_of_the_document_loads_with_all_of_its_keys() {
    let document = document();
    for (heading, count) in [
        ("### SQLite", 1),
        ("### PostgreSQL", 1),
        ("### MySQL and MariaDB", 1),
        ("### Fixed-width files", 2),
        ("### CSV files", 2),
        ("### REST", 2),
        ("### SOAP", 2),
    ] {
        let examples = examples(&document, heading);
        assert_eq!(examples.len(), count, "{heading}");
        let connector = &examples[0];
        let statement = statement_for(connector);
        let head = examples.get(1).unwrap_or(&statement);
        let faults = faults_of(connector, &head.replace("证件号码", "id")).await;
        assert_eq!(faults, "", "{heading}");
    }
}

#[tokio::test]
async fn the_odbc_connector_of_the_document_loads_where_it_is_built_in() {
    let heading = "### Oracle, 达梦, DB2 and others through ODBC";
    let [connector] = &examples(&document(), heading)[..] else {
        panic!("it is one example");
    };
    let faults = faults_of(connector, &statement_for(connector)).await;
    if cfg!(feature = "odbc") {
        assert_eq!(faults, "");
    } else {
        assert!(faults.contains("built without ODBC"), "{faults}");
    }
}

#[tokio::test]
async fn the_class_and_the_cases_of_the_document_load() {
    let document = document();
    let [class] = &examples(&document, "## A class")[..] else {
        panic!("the class is one example");
    };
    let [cases] = &examples(&document, "## Business cases")[..] else {
        panic!("the cases are one example");
    };
    let (head, _) = class.split_once("[[item]]").unwrap();
    let home = Home::new();
    home.mapping("cases.toml", cases);
    let rule = [("04-01", "from = \"GRZH\"")];
    home.mapping("04.toml", &format!("{head}{}", items("04", &rule)));
    let translator = home.open().await;
    assert!(translator.looks_up_cases());
    // As a whole the example lacks items, and nothing but items.
    home.mapping("04.toml", class);
    let faults = home.try_open(LocalLimits::default()).await.unwrap_err();
    for fault in faults.faults() {
        let lacks = fault.reason.contains("is not mapped")
            || fault.reason.contains("is neither mapped nor in `not_held`");
        assert!(lacks, "{}", fault.reason);
    }
}

/// One rule on an item, over columns `A`, `B` and so on.
async fn rule_loads(item: &str, rule: &str) -> Result<(), String> {
    let home = Home::new();
    let no: ItemNo = item.parse().unwrap();
    let class = no.class().to_string();
    home.mapping(
        "class.toml",
        &format!(
            "class = \"{class}\"\n{}{}",
            STATEMENT.replace("NAME", "vendor"),
            items(&class, &[(item, rule)])
        ),
    );
    let opened = home.try_open(LocalLimits::default()).await;
    opened.map(drop).map_err(|faults| faults.to_string())
}

#[tokio::test]
async fn every_conversion_of_the_document_loads_for_what_it_fills() {
    let document = document();
    let (_, table) = document
        .split_once("| conversion | example | fills |\n")
        .unwrap();
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        // A `|` within an example does not end its cell.
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let [_, example, fills] = cells[..] else {
            panic!("{row}")
        };
        let example = example.split('`').nth(1).unwrap();
        let from = match example {
            _ if example.starts_with("from") => String::new(),
            _ if example.contains("*/1") || example.contains("join") => {
                "from = [\"A\", \"B\"]\n".to_owned()
            }
            _ => "from = \"A\"\n".to_owned(),
        };
        for (word, item) in [
            ("any type", "04-05"),
            ("text", "04-05"),
            ("code", "04-08"),
            ("date", "04-09"),
            ("month", "04-10"),
            ("time", "04-20"),
            ("decimal", "04-14"),
            ("integer", "04-15"),
            ("boolean", "08-15"),
        ] {
            let is_filled = fills.split([',', ' ']).any(|filled| filled == word);
            if !(is_filled || fills.starts_with(word)) {
                continue;
            }
            if let Err(faults) = rule_loads(item, &format!("{from}{example}")).await {
                panic!("{row}\n{item}: {faults}");
            }
            count += 1;
        }
    }
    assert!(count >= 12, "{count} examples were tried");
    let [expression] = &examples(&document, "## Expressions")[..] else {
        panic!("the expression is one example");
    };
    let (_, rule) = expression.split_once("no = \"04-14\"\n").unwrap();
    rule_loads("04-14", rule).await.unwrap();
}

/// The keys that the reader asks a table for, from its own source.
fn keys_of_the_reader() -> Vec<(String, String)> {
    let mut keys = Vec::new();
    let mut folders = vec![root().join("node-agent/src/translate")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("tests.rs") || path.ends_with("sheet.rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source.split("mod tests {").next().unwrap();
            let asks = [
                "text",
                "text_required",
                "texts",
                "flag",
                "count",
                "entry",
                "sheet",
            ];
            let more = ["sheets", "sheet_required"];
            for ask in asks.iter().chain(&more) {
                for rest in source.split(&format!(".{ask}(\"")).skip(1) {
                    let key = rest.split('"').next().unwrap().to_owned();
                    keys.push((key, path.display().to_string()));
                }
            }
        }
    }
    keys.retain(|(key, _)| key != "x");
    keys
}

#[test]
fn every_key_that_the_reader_knows_is_documented() {
    let document = document();
    let keys = keys_of_the_reader();
    assert!(keys.len() > 60, "{} places ask for a key", keys.len());
    for (key, file) in keys {
        let written = [
            format!("\n{key} ="),
            format!("{{ {key} ="),
            format!(", {key} ="),
            format!("`{key}`"),
            format!("`{key} ="),
            format!("[{key}]"),
            format!(".{key}]"),
        ];
        let is_documented = written.iter().any(|form| document.contains(form));
        assert!(
            is_documented,
            "{file}: `{key}` is nowhere in docs/mapping.md"
        );
    }
}
