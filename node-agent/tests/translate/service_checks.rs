//! `check` and `preview` on systems that answer only about a subject: they are asked about the
//! parties of the open case that the mapping names, and about nobody else.

use std::sync::Arc;

use node_agent::tools::{Tool, run_here};
use serde_json::Value as Json;

use crate::bench::{PERSON, class, items};
use crate::office::{Office, Script, reply};
use crate::systems::{GB_XML, JSON, envelope, says};
use crate::tools::{Bench, hides, program};

const NAME: &str = "欧阳明";

/// What stands in place of `[preview]`.
fn named(case: &str) -> String {
    format!("[preview]\ncase = \"{case}\"\n")
}

/// A home whose cases are in its database and whose class 04 is asked of `office`.
async fn home(kind: &str, office: &Office, preview: &str) -> Bench {
    let bench = Bench::new().await;
    let (more, source, column) = match kind {
        "rest" => (
            "",
            "method = \"GET\"\npath = \"/people/{1}\"\nrows = \"rows\"\nempty_status = [404]\n",
            "who.name",
        ),
        _ => (
            "namespace = \"urn:bus\"\ncenter = \"C11001\"\noperator = \"A1\"\nchannel = \"S\"\n",
            "operation = \"Q\"\ntransaction = \"T1\"\n[source.parameters]\nID = \"{1}\"\n",
            "XM",
        ),
    };
    bench.home.mapping(
        "connectors.toml",
        &format!(
            "[[connector]]\nname = \"vendor\"\nkind = \"sqlite\"\npath = \"data/vendor.db\"\n\
             [[connector]]\nname = \"out\"\nkind = \"{kind}\"\nbase = \"http://{}/x\"\n{more}",
            office.address
        ),
    );
    let rule = format!("from = \"{column}\"");
    let number = format!("const = \"{PERSON}\"");
    let items = items("04", &[("04-04", &number), ("04-05", &rule)]);
    bench.home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"out\"\n{source}\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{preview}{items}"
        ),
    );
    bench
}

fn person() -> Script {
    let body = format!("{{\"rows\":[{{\"who\":{{\"name\":\"{NAME}\"}}}}]}}");
    says(reply("200 OK", JSON, body.as_bytes()))
}

/// Whether it is sound, and what is said of class 04.
async fn checked(bench: &Bench) -> (bool, Json) {
    let tool = Tool::Check { json: true };
    let report = run_here(&bench.config, &tool).await.unwrap();
    let json: Json = serde_json::from_str(&report.text).unwrap();
    assert_eq!(json["sound"], report.is_sound);
    assert_eq!(json["faults"], Json::Array(vec![]));
    hides(&report.text);
    (report.is_sound, json["classes"][3].clone())
}

#[tokio::test]
async fn a_rest_system_is_asked_about_the_case_that_the_mapping_names() {
    let office = Office::open(None, person()).await;
    let bench = home("rest", &office, &named("AJ1")).await;
    let (is_sound, of_04) = checked(&bench).await;
    assert!(is_sound, "{of_04}");
    assert_eq!(of_04["source"], "stands");
    assert_eq!(of_04["sample"]["records"], 1);
    assert_eq!(of_04["unasked"], Json::Null);
    let requests = office.requests();
    assert_eq!(requests.len(), 1, "it asks once for each party");
    assert!(requests[0].starts_with(&format!("GET /x/people/{PERSON} ")));
    // The same case gives the samples of `preview`.
    let preview = Tool::Preview {
        class: class("04"),
        limit: 5,
        case: None,
    };
    let shown = run_here(&bench.config, &preview).await.unwrap().text;
    assert!(
        shown.contains("欧**") && shown.contains("1 record(s)"),
        "{shown}"
    );
    hides(&shown);
}

#[tokio::test]
async fn a_soap_bus_is_asked_likewise_and_its_refusal_is_an_outage() {
    for (code, source) in [("0", "stands"), ("2", "access-denied"), ("99", "failed")] {
        let script: Script =
            Arc::new(move |request| reply("200 OK", GB_XML, &envelope(request, code, NAME)));
        let office = Office::open(None, script).await;
        let bench = home("soap", &office, &named("AJ1")).await;
        let (is_sound, of_04) = checked(&bench).await;
        assert_eq!(of_04["source"], source);
        assert_eq!(is_sound, code == "0", "{of_04}");
        assert_eq!(office.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_service_without_a_case_is_unasked_and_says_why() {
    let office = Office::open(None, person()).await;
    let bench = home("rest", &office, "").await;
    let (is_sound, of_04) = checked(&bench).await;
    assert!(is_sound, "nothing is known to be wrong");
    assert_eq!(of_04["source"], "unasked");
    let why = of_04["unasked"].as_str().unwrap();
    assert!(why.contains("no `[preview] case` names one"), "{why}");
    let (status, printed) = program(&bench.home, &["check"]);
    assert_eq!(status, Some(0));
    assert!(
        printed.contains("04 unasked: it answers only about a subject"),
        "{printed}"
    );
    assert!(office.requests().is_empty(), "nobody is made up");
}

#[tokio::test]
async fn a_check_that_cannot_happen_as_the_mapping_says_is_no_success() {
    let office = Office::open(None, person()).await;
    for (case, reason) in [("AJ2", "is not open"), ("AJ9", "is not open")] {
        let bench = home("rest", &office, &named(case)).await;
        let (is_sound, of_04) = checked(&bench).await;
        assert!(!is_sound);
        assert_eq!(of_04["source"], "unasked");
        assert!(
            of_04["unasked"].as_str().unwrap().contains(reason),
            "{of_04}"
        );
        assert_eq!(program(&bench.home, &["check"]).0, Some(1));
    }
    let bench = home("rest", &office, &named("AJ1")).await;
    std::fs::remove_file(bench.home.database()).unwrap();
    let (is_sound, of_04) = checked(&bench).await;
    assert!(
        !is_sound
            && of_04["unasked"]
                .as_str()
                .unwrap()
                .contains("business system")
    );
    // A class about employers cannot be asked about the people of this case.
    let bench = home("rest", &office, &named("AJ1")).await;
    let file = bench.home.path().join("mappings/04.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text
        .replace("\"person\"", "\"employer\"")
        .replace("\"id18\"", "\"credit-code\"");
    std::fs::write(&file, text).unwrap();
    let (is_sound, of_04) = checked(&bench).await;
    assert!(!is_sound && of_04["unasked"].as_str().unwrap().contains("no party"));
    assert!(
        office.requests().is_empty(),
        "no closed case is a reason to ask"
    );
}

#[tokio::test]
async fn a_service_that_is_down_is_an_outage_with_exit_status_one() {
    let office = Office::open(None, says(reply("500 Oops", JSON, b"{}"))).await;
    let bench = home("rest", &office, &named("AJ1")).await;
    let (is_sound, of_04) = checked(&bench).await;
    assert!(!is_sound);
    assert_eq!(of_04["source"], "failed");
    drop(office);
    // Its port is closed as soon as its task has ended.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let (status, printed) = program(&bench.home, &["check"]);
    assert_eq!(status, Some(1));
    assert!(printed.contains("missing"), "{printed}");
}

#[tokio::test]
async fn a_preview_fits_its_source() {
    let office = Office::open(None, person()).await;
    for (preview, reason) in [
        ("[preview]\nsql = \"SELECT 1\"\n", "lacks the key `case`"),
        ("[preview]\ncase = 7\n", "`case`"),
        ("[preview]\n", "lacks the key `case`"),
    ] {
        let bench = home("rest", &office, preview).await;
        let tool = Tool::Check { json: false };
        let report = run_here(&bench.config, &tool).await.unwrap();
        assert!(!report.is_sound);
        assert!(report.text.contains(reason), "{}", report.text);
    }
}

#[tokio::test]
async fn check_samples_many_records_and_fails_where_a_required_item_is_bad_in_all() {
    let bench = Bench::new().await;
    let rows = (0..120).map(|n| format!("('A{n}', '{PERSON}', 'x{n}', NULL, '{}')", n % 4));
    let rows = rows.collect::<Vec<_>>().join(", ");
    let table = "CREATE TABLE MANY (GRZH, ZJHM, YE, MISSPELT, ZT)".to_owned();
    let rows = format!("INSERT INTO MANY VALUES {rows}");
    bench.home.sql(&[table, rows]).await;
    let mapping = |balance: &str, limit: usize| {
        let status = "from = \"ZT\"\ncodes = { \"0\" = \"01\", \"1\" = \"02\", \"2\" = \"03\" }";
        let items = items(
            "04",
            &[
                ("04-01", "from = \"GRZH\""),
                ("04-04", "from = \"ZJHM\"\nid_number = true"),
                ("04-10", "from = \"MISSPELT\""),
                ("04-08", status),
                ("04-14", balance),
            ],
        );
        format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT * FROM MANY WHERE ZJHM = ?1\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n\
             [preview]\nsql = \"SELECT * FROM MANY LIMIT {limit}\"\n{items}"
        )
    };
    let number = "from = \"YE\"\ndecimal = { unit = \"yuan\" }";
    bench.home.mapping("04.toml", &mapping(number, 100));
    let (is_sound, of_04) = checked(&bench).await;
    assert!(!is_sound, "no record has a balance: {of_04}");
    let sample = &of_04["sample"];
    assert_eq!(sample["records"], 100);
    assert_eq!(sample["always_withheld"], serde_json::json!(["04-14"]));
    assert_eq!(sample["never_held"], serde_json::json!(["04-10"]));
    let withheld = serde_json::json!([["04-08", "unknown-code", 25], ["04-14", "bad-number", 100]]);
    assert_eq!(sample["withheld"], withheld);
    let report = run_here(&bench.config, &Tool::Check { json: false });
    let text = report.await.unwrap().text;
    for line in [
        "04 sample: 04-08 is withheld: unknown-code (25 of 100)",
        "04 sample: the required 04-14 is withheld from every record",
        "04 sample: no record has a value of: 04-10",
        "100 rec, 2 bad",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // A share that is bad is told, and no reason to fail.
    let constant = mapping("const = \"1.00\"", 100);
    bench.home.mapping("04.toml", &constant);
    let (is_sound, of_04) = checked(&bench).await;
    assert!(is_sound, "{of_04}");
    assert_eq!(of_04["sample"]["withheld"][0][2], 25);
}

#[tokio::test]
async fn check_names_the_line_of_a_refused_file() {
    let bench = Bench::new().await;
    let files = crate::railway::mapping("04", "", &[("04-01", "from = \"unit\"")]);
    bench.home.mapping("04.toml", &files);
    let lines = [
        crate::railway::account(PERSON, "0000000012345+", &[]),
        b"X".to_vec(),
    ];
    let file = crate::bench::file("20261101", 1, &lines, 2, 12_345);
    bench.home.drop_file("GR20261101_001.txt", &file);
    let (is_sound, of_04) = checked(&bench).await;
    assert!(!is_sound);
    assert_eq!(of_04["source"], "file-refused");
    assert_eq!(of_04["refused"], serde_json::json!(["unknown-line", 3]));
    let report = run_here(&bench.config, &Tool::Check { json: false });
    let text = report.await.unwrap().text;
    assert!(
        text.contains("04 newest file refused: unknown-line at line 3"),
        "{text}"
    );
    hides(&text);
}
