//! The tools on a real mapping folder with a real database: what they show, what they hide, and
//! how they end.

use std::path::PathBuf;

use node_agent::config::Config;
use node_agent::tools::{Report, Tool, run_here};

use crate::bench::{Home, PERSON, class, items};

const NAME: &str = "欧阳明";
const CASES: &str = r#"
[source]
connector = "vendor"
sql = "SELECT * FROM CASES WHERE NO = ?1"
[fields]
case_no = { from = "NO" }
matter = { const = "02" }
application_no = { from = "NO" }
consent = { const = "true" }
state = { from = "STATE" }
opened_on = { const = "2026-11-20" }
role = { const = "applicant" }
id_type = { const = "01" }
id_number = { from = "ID" }
name = { const = "x" }
"#;

fn mapping(extra: &str) -> String {
    let rules = [
        ("04-01", "from = \"GRZH\""),
        ("04-04", "from = \"ZJHM\"\nid_number = true"),
        ("04-05", "from = \"XINGMING\""),
        (
            "04-08",
            "from = [\"STATE\", \"GRZH\"]\nexpr = \"STATE == '0' && GRZH != null ? '01' : STATE\"",
        ),
        ("04-14", "from = \"GRZHYE\"\ndecimal = { unit = \"yuan\" }"),
    ];
    format!(
        "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
         sql = \"SELECT * FROM ACC WHERE ZJHM = ?1\"\n[subject]\nkind = \"person\"\n\
         forms = [\"id18\"]\n{extra}\n{}",
        items("04", &rules)
    )
}

/// A home with two accounts and two cases, and a configuration for the tools.
pub(crate) struct Bench {
    pub(crate) home: Home,
    pub(crate) config: Config,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let (home, config) = home().await;
        Self { home, config }
    }
}

async fn home() -> (Home, Config) {
    let home = Home::new();
    home.sql(&[
        "CREATE TABLE ACC (GRZH, ZJHM, XINGMING, STATE, GRZHYE, KHRQ)".to_owned(),
        format!(
            "INSERT INTO ACC VALUES \
             ('110000012345', '{PERSON}', '{NAME}', '0', '98765.4', '2019-07-05')"
        ),
        format!("INSERT INTO ACC VALUES ('110000012346', '{PERSON}', '{NAME}', '77', 'x', NULL)"),
        "CREATE TABLE CASES (NO, STATE, ID)".to_owned(),
        format!("INSERT INTO CASES VALUES ('AJ1', 'open', '{PERSON}')"),
        format!("INSERT INTO CASES VALUES ('AJ2', 'closed', '{PERSON}')"),
    ])
    .await;
    home.mapping(
        "04.toml",
        &mapping("[preview]\nsql = \"SELECT * FROM ACC LIMIT 20\""),
    );
    home.mapping("cases.toml", CASES);
    let config = config(&home);
    (home, config)
}

/// A configuration whose keys and certificates no tool needs.
fn config(home: &Home) -> Config {
    for name in [
        "trust.toml",
        "cert.pem",
        "key.pem",
        "ca.pem",
        "crl.pem",
        "case.key",
        "tag.key",
    ] {
        let file = home.path().join(name);
        std::fs::write(&file, b"x").unwrap();
        let hidden = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, hidden).unwrap();
    }
    std::fs::write(home.path().join("owner.token"), "o".repeat(40)).unwrap();
    std::fs::write(home.path().join("counter.token"), "c".repeat(40)).unwrap();
    let text = r#"
node = "guoguan"
trust_domain = "tianshu.test"
trust_list = "trust.toml"
mappings = "mappings"
data_home = "."
[hub]
name = "hub-1"
address = "127.0.0.1:1"
[tls]
certificate = "cert.pem"
key = "key.pem"
ca = "ca.pem"
crl = "crl.pem"
[keys]
case = "case.key"
subject_tag = "tag.key"
[api]
listen = "127.0.0.1:1"
owner_token = "owner.token"
[api.systems]
counter = "counter.token"
[book]
dir = "book"
keep_days = 0
"#;
    let file: PathBuf = home.path().join("agent.toml");
    std::fs::write(&file, text).unwrap();
    Config::read(&file).unwrap()
}

async fn text(config: &Config, tool: Tool) -> String {
    let report = run_here(config, &tool).await.unwrap();
    assert!(report.is_sound, "{}", report.text);
    report.text
}

async fn refused(config: &Config, tool: Tool) -> String {
    match run_here(config, &tool).await {
        Ok(Report { text, .. }) => panic!("{text}"),
        Err(error) => format!("{error:#}"),
    }
}

pub(crate) fn hides(text: &str) {
    for value in [PERSON, NAME, "98765", "110000012345"] {
        assert!(!text.contains(value), "{value} is shown:\n{text}");
    }
}

fn trace(case: &str, party: u16, operator: Option<&str>) -> Tool {
    Tool::Trace {
        class: class("04"),
        case: case.to_owned(),
        party,
        unmasked_for_the_owner: operator.is_some(),
        operator: operator.map(str::to_owned),
    }
}

#[tokio::test]
async fn check_tells_what_is_covered_and_ends_well() {
    let (home, config) = home().await;
    let table = text(&config, Tool::Check { json: false }).await;
    assert!(table.contains("04     yes"), "{table}");
    assert!(table.contains("12     no"), "{table}");
    assert!(table.contains("220 items: "), "{table}");
    assert!(table.contains("cases are looked up; sound"), "{table}");
    assert!(table.contains("looked up by person: 04\n"), "{table}");
    hides(&table);
    let json = text(&config, Tool::Check { json: true }).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["sound"], true);
    assert_eq!(json["classes"].as_array().unwrap().len(), 14);
    let of_04 = &json["classes"][3];
    assert_eq!(of_04["source"], "stands");
    assert_eq!(of_04["sample"]["records"], 2);
    let bad = "04 sample: 04-14 is withheld: bad-number (1 of 2)";
    assert!(table.contains(bad), "{table}");
    let covered =
        of_04["mapped"].as_u64().unwrap() + of_04["not_held"].as_array().unwrap().len() as u64;
    assert_eq!(covered, 20);
    let totals = &json["totals"];
    let sum =
        ["mapped", "not_held", "in_classes_not_held"].map(|key| totals[key].as_u64().unwrap());
    assert_eq!(sum.iter().sum::<u64>(), 220);
    // The live source is gone: exit status 1, and the outage is named.
    std::fs::remove_file(home.database()).unwrap();
    let report = run_here(&config, &Tool::Check { json: false })
        .await
        .unwrap();
    assert!(!report.is_sound);
    assert!(report.text.contains("missing"), "{}", report.text);
}

#[tokio::test]
async fn check_lists_every_fault_and_ends_badly() {
    let (home, config) = home().await;
    let broken = mapping("")
        .replace("STATE == '0'", "STATUS == '0'")
        .replace("from = \"XINGMING\"", "from = \"XM\"");
    home.mapping("04.toml", &broken);
    let report = run_here(&config, &Tool::Check { json: false })
        .await
        .unwrap();
    assert!(!report.is_sound);
    assert!(
        report.text.contains("`STATUS` is not a column"),
        "{}",
        report.text
    );
    let report = run_here(&config, &Tool::Check { json: true })
        .await
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&report.text).unwrap();
    assert_eq!(json["sound"], false);
    assert_eq!(json["faults"][0]["file"], "04.toml");
    // A preview statement is checked like any other.
    home.mapping(
        "04.toml",
        &mapping("[preview]\nsql = \"SELECT GRZH FROM ACC\""),
    );
    let report = run_here(&config, &Tool::Check { json: false })
        .await
        .unwrap();
    assert!(
        report.text.contains("delivers no column `XINGMING`"),
        "{}",
        report.text
    );
}

#[tokio::test]
async fn previews_are_masked() {
    let (home, config) = home().await;
    let preview = |case: Option<&str>| Tool::Preview {
        class: class("04"),
        limit: 1,
        case: case.map(str::to_owned),
    };
    for tool in [preview(None), preview(Some("AJ1"))] {
        let shown = text(&config, tool).await;
        hides(&shown);
        for part in [
            "110101********0014",
            "欧**",
            "*****.**",
            "grzhzt     01",
            "1 record(s)",
        ] {
            assert!(shown.contains(part), "{part}:\n{shown}");
        }
    }
    assert!(
        refused(&config, preview(Some("AJ2")))
            .await
            .contains("no open case `AJ2`")
    );
    home.mapping("04.toml", &mapping(""));
    assert!(
        refused(&config, preview(None))
            .await
            .contains("`[preview] sql`")
    );
}

#[tokio::test]
async fn traces_need_an_open_case_and_hide_raw_values() {
    let (_home, config) = home().await;
    let shown = text(&config, trace("AJ1", 1, None)).await;
    hides(&shown);
    for part in [
        "case AJ1, party 1 (applicant)",
        "class 04 is looked up by person",
        "[ZJHM=\"110101********0014\"] -id_number-> 110101********0014 => 110101********0014",
        "-expr-> 01 => 01",
        "-expr-> 77 => (withheld: unknown-code)",
        "-decimal-> (bad-number) => (withheld: bad-number)",
        "-not-held-> (not held) => (not held)",
        "2 record(s)",
    ] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    for (case, party, reason) in [
        ("AJ2", 1, "no open case `AJ2`"),
        ("AJ9", 1, "no open case `AJ9`"),
        ("AJ1", 2, "the case has 1 parties"),
    ] {
        let why = refused(&config, trace(case, party, None)).await;
        assert!(why.contains(reason), "{why}");
    }
}

#[tokio::test]
async fn an_unmasked_trace_is_in_the_log_before_it_is_shown() {
    let (home, config) = home().await;
    let shown = text(&config, trace("AJ1", 1, Some("0231"))).await;
    for value in [PERSON, NAME, "98765.4"] {
        assert!(shown.contains(value), "{value}:\n{shown}");
    }
    let mut log = String::new();
    let mut folders = vec![home.path().join("book")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                log.push_str(&String::from_utf8_lossy(
                    &std::fs::read(entry.path()).unwrap(),
                ));
            }
        }
    }
    assert!(log.contains("owner-looked") && log.contains("AJ1") && log.contains("0231"));
    assert!(!log.contains(PERSON) && !log.contains(NAME));
    // A log that cannot be written shows nothing.
    std::fs::remove_dir_all(home.path().join("book")).unwrap();
    std::fs::write(home.path().join("book"), b"not a folder").unwrap();
    let why = refused(&config, trace("AJ1", 1, Some("0231"))).await;
    assert!(why.contains("so nothing is shown"), "{why}");
}

#[tokio::test]
async fn a_skeleton_loads_once_its_suggestions_are_taken() {
    let home = Home::new();
    let catalog = crate::bench::catalog();
    let items = &catalog.class(class("04")).unwrap().items;
    let columns: Vec<_> = items.iter().map(|item| item.code.to_uppercase()).collect();
    home.sql(&[format!("CREATE TABLE GRZHXX ({})", columns.join(", "))])
        .await;
    let config = config(&home);
    let skeleton = |table: &str| Tool::NewMapping {
        connector: "vendor".to_owned(),
        table: table.to_owned(),
        class: class("04"),
    };
    let text = text(&config, skeleton("GRZHXX")).await;
    for item in items {
        assert!(
            text.contains(&format!("# {} {} {}", item.no, item.code, item.zh)),
            "{text}"
        );
    }
    let settings = [
        "# [[item]]",
        "# no =",
        "# from =",
        "# date =",
        "# month =",
        "# decimal =",
        "# id_number =",
    ];
    let taken = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(bare) if settings.iter().any(|start| line.starts_with(start)) => bare,
        _ => line,
    });
    home.mapping("04.toml", &taken.collect::<Vec<_>>().join("\n"));
    assert_eq!(home.open().await.classes(), [class("04")]);
    for (table, reason) in [
        ("NOSUCH", "the database refuses"),
        ("T; DROP TABLE X", "is not a plain name of a table"),
        ("T WHERE 1", "is not a plain name of a table"),
    ] {
        assert!(refused(&config, skeleton(table)).await.contains(reason));
    }
    let fixed = Tool::NewMapping {
        connector: "drop".to_owned(),
        table: "GR".to_owned(),
        class: class("04"),
    };
    assert!(refused(&config, fixed).await.contains("has no tables"));
}

#[tokio::test]
async fn the_quarantine_is_only_where_an_agent_serves() {
    let (_home, config) = home().await;
    let tool = Tool::Quarantine {
        class: None,
        operator: "0231".to_owned(),
    };
    assert!(refused(&config, tool).await.contains("no agent serves"));
}

/// How the program itself ends: its exit status, and what it prints.
pub(crate) fn program(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_tianshu-agent"))
        .arg("--config")
        .arg(home.path().join("agent.toml"))
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    (ended.status.code(), printed)
}

#[tokio::test]
async fn the_programs_exit_status_is_fit_for_ci() {
    let (home, _config) = home().await;
    let (status, printed) = program(&home, &["check"]);
    assert_eq!(status, Some(0), "{printed}");
    assert!(printed.contains("220 items"));
    let (status, printed) = program(&home, &["preview", "--class", "04", "--limit", "2"]);
    assert_eq!(status, Some(0));
    assert!(printed.contains("2 record(s)"), "{printed}");
    // Unmasked values need a name to go into the log.
    let unnamed = [
        "trace",
        "--class",
        "04",
        "--case",
        "AJ1",
        "--unmasked-for-the-owner",
    ];
    assert_eq!(program(&home, &unnamed), (Some(2), String::new()));
    home.mapping("04.toml", &mapping("").replace("04-05", "04-99"));
    let (status, printed) = program(&home, &["check"]);
    assert_eq!(status, Some(1));
    assert!(printed.contains("unknown item `04-99`"), "{printed}");
    let (status, _) = program(&home, &["preview", "--class", "04"]);
    assert_eq!(status, Some(2));
}
