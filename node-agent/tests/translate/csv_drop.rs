//! A folder of CSV files: a new file counts when its marker is there and agrees; until then, and
//! if it does not, yesterday's file answers.

use std::time::Duration;

use catalog::Defect;
use encoding_rs::GB18030;
use node_agent::translate::{
    FileFault, Found, FoundOutcome, LocalLimits, QualityNote, SourceError, Translator,
};
use ring::digest;
use time::macros::datetime;

use crate::bench::{Home, Is, PERSON, PERSON_15, ask, class, items, seen};

fn home(freshness: &str) -> Home {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        "[[connector]]\nname = \"drop\"\nkind = \"csv\"\ndir = \"data/drop\"\n\
         charset = \"gb18030\"\ndelimiter = \"|\"\n",
    );
    home.mapping("04.toml", &mapping("姓名", freshness));
    home
}

fn mapping(name: &str, extra: &str) -> String {
    let rules = [
        ("04-05", format!("from = \"{name}\"")),
        (
            "04-14",
            "from = \"BALANCE\"\ndecimal = { unit = \"yuan\" }".to_owned(),
        ),
        ("04-20", "from = \"@file-date\"".to_owned()),
    ];
    let rules: Vec<_> = rules
        .iter()
        .map(|(no, rule)| (*no, rule.as_str()))
        .collect();
    format!(
        "class = \"04\"\n[source]\nconnector = \"drop\"\nfile = \"GR\"\n[subject]\n\
         kind = \"person\"\nfield = \"证件号码\"\n{extra}\n{}",
        items("04", &rules)
    )
}

fn csv(rows: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut text = "证件号码|姓名|balance|unused\r\n".to_owned();
    for (id, name, balance) in rows {
        text.push_str(&format!("{id}|\"{name}\"|{balance}|\r\n"));
    }
    GB18030.encode(&text).0.into_owned()
}

fn marker(records: usize, bytes: &[u8]) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA256, bytes);
    let digest = data_encoding::HEXLOWER.encode(digest.as_ref());
    format!("{records} {digest}\r\n").into_bytes()
}

async fn after_a_look(translator: &Translator) -> Found {
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    ask(translator, "04-14").await
}

fn refused() -> QualityNote {
    QualityNote {
        item: None,
        defect: Defect::BadFormat,
        count: 1,
    }
}

#[tokio::test]
async fn a_file_counts_when_its_marker_agrees() {
    let home = home("[freshness]\nstale_after_hours = 12");
    let translator = home.open().await;
    let missing = ask(&translator, "04-14").await.outcome;
    assert_eq!(missing, FoundOutcome::Unavailable(SourceError::FileMissing));

    let old = csv(&[(PERSON_15, "张|三", "1.50"), (PERSON_15, "张|三", "1.50")]);
    home.drop_file("GR20261122_001.csv", &old);
    home.drop_file("GR20261122_001.ok", &marker(2, &old));
    let stale = after_a_look(&translator).await;
    assert_eq!(stale.outcome, FoundOutcome::Stale);
    assert_eq!(stale.as_of, datetime!(2026-11-22 00:00 +8));
    assert_eq!(seen(&stale.records[0], "04-14"), Is("1.50"));
    let repeated = QualityNote {
        item: None,
        defect: Defect::Duplicate,
        count: 1,
    };
    assert_eq!(stale.notes, [repeated]);

    // Half of today's file, without its marker: yesterday's stays.
    let new = csv(&[(PERSON, "李四", "2"), ("", "x", "3")]);
    home.drop_file("GR20261123_001.csv", &new[..40]);
    let waiting = after_a_look(&translator).await;
    assert_eq!(seen(&waiting.records[0], "04-14"), Is("1.50"));
    assert_eq!(waiting.notes, [repeated, refused()]);
    assert_eq!(
        translator.refused_file(class("04")),
        Some(FileFault::NoMarker)
    );

    // The marker comes before the rest of the file: it does not agree.
    home.drop_file("GR20261123_001.ok", &marker(2, &new));
    let broken = after_a_look(&translator).await;
    assert_eq!(seen(&broken.records[0], "04-14"), Is("1.50"));
    assert_eq!(
        translator.refused_file(class("04")),
        Some(FileFault::WrongDigest)
    );

    home.drop_file("GR20261123_001.csv", &new);
    let fresh = after_a_look(&translator).await;
    assert_eq!(fresh.outcome, FoundOutcome::Answered);
    assert_eq!(seen(&fresh.records[0], "04-14"), Is("2.00"));
    assert_eq!(
        seen(&ask(&translator, "04-05").await.records[0], "04-05"),
        Is("李四")
    );
    assert_eq!(
        seen(&ask(&translator, "04-20").await.records[0], "04-20"),
        Is("2026-11-23T00:00:00+08:00")
    );
    assert_eq!(translator.refused_file(class("04")), None);

    // A newer file that lost a column is refused; what was read stays.
    let fewer = b"id|name\r\n";
    home.drop_file("GR20261123_002.csv", fewer);
    home.drop_file("GR20261123_002.ok", b"0");
    let kept = after_a_look(&translator).await;
    assert_eq!(seen(&kept.records[0], "04-14"), Is("2.00"));
    assert_eq!(
        translator.refused_file(class("04")),
        Some(FileFault::BadHeader)
    );
}

#[tokio::test]
async fn a_column_that_no_file_has_is_a_fault_of_the_mapping() {
    let home = home("");
    let text = mapping("NAME", "");
    home.mapping("04.toml", &text);
    let file = csv(&[(PERSON, "李四", "2")]);
    home.drop_file("GR20261123_001.csv", &file);
    home.drop_file("GR20261123_001.ok", b"1");
    let errors = home.try_open(LocalLimits::default()).await.unwrap_err();
    let [fault] = errors.faults() else {
        panic!("{errors}");
    };
    assert_eq!(
        fault.reason,
        "the header line of the newest file has no column `NAME`"
    );
    assert_eq!(text.lines().nth(fault.line - 1), Some("from = \"NAME\""));
}

#[tokio::test]
async fn faults_of_a_csv_mapping_name_their_place() {
    let layout = "[layout]\nid = \"2-3\"\n";
    let sound = mapping("姓名", "");
    let cases = [
        (
            mapping("姓名", layout),
            "a CSV file has neither `[layout]` nor `[trailer]`",
        ),
        (
            sound.replace("field = \"证件号码\"\n", ""),
            "a file needs the column that is compared",
        ),
        (
            sound.replace("file = \"GR\"", "sql = \"SELECT 1\""),
            "needs `file`, and only that",
        ),
        (
            sound.replace("file = \"GR\"", "file = \"../x\""),
            "a file type of two letters or digits",
        ),
        (
            format!("{sound}[preview]\nsql = \"SELECT 1\"\n"),
            "a file gives samples without a `[preview]`",
        ),
    ];
    for (text, reason) in cases {
        let home = home("");
        home.mapping("04.toml", &text);
        let errors = home.try_open(LocalLimits::default()).await.unwrap_err();
        assert!(errors.to_string().contains(reason), "{reason}: {errors}");
    }
    let home = home("");
    home.mapping(
        "connectors.toml",
        "[[connector]]\nname = \"drop\"\nkind = \"csv\"\ndir = \"data/drop\"\ndelimiter = \"ab\"\n",
    );
    let errors = home.try_open(LocalLimits::default()).await.unwrap_err();
    assert!(
        errors
            .to_string()
            .contains("connectors.toml:5: `delimiter` must be one of"),
        "{errors}"
    );
}
