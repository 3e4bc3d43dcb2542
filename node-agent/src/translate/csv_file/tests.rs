//! CSV files that agree with their marker, files that do not, and arbitrary bytes.

use std::time::Duration;

use catalog::Defect;
use proptest::prelude::*;
use time::macros::date;
use tokio::time::Instant;

use super::*;

fn reading(charset: Charset, delimiter: u8) -> Reading {
    Reading {
        file_type: "GR".to_owned(),
        charset,
        delimiter,
        keying: Keying::Number,
        further: Vec::new(),
        key: "ID".to_owned(),
        columns: vec!["ID".to_owned(), "名称".to_owned()],
    }
}

fn name() -> FileName {
    FileName::parse("GR20261123_001.csv", "GR", "csv").unwrap()
}

const HEAD: &str = "id, 名称 ,amount\r\n";
const ID: &str = "110101190001010014";

fn read(text: &str, marker: &str) -> Result<DropFile, FileFault> {
    let read = reading(Charset::Utf8, b',').read(text.as_bytes(), marker.as_bytes(), &name());
    read.map_err(|refusal| refusal.fault)
}

#[test]
fn a_fault_names_its_line_and_nothing_of_it() {
    let long = "x".repeat(RAW_BYTES_MAX + 1);
    for (text, line) in [
        ("id,amount\n".to_owned(), Some(1)),
        (format!("{HEAD}{ID},\"a\nb\",1\n{ID},a\n"), Some(4)),
        (format!("{HEAD}{ID},a,1\r\n{ID},{long},1\r\n"), Some(3)),
        (format!("{HEAD}{ID},a,1\n"), None),
    ] {
        let read = reading(Charset::Utf8, b',').read(text.as_bytes(), b"7", &name());
        assert_eq!(read.unwrap_err().line, line);
    }
}

fn texts(reading: &Reading, file: &DropFile, key: &str) -> Vec<Vec<String>> {
    let columns = ["名称", "AMOUNT", "id"].map(str::to_owned);
    let search = Search {
        bound: &[],
        key,
        way: 0,
        id_type: "",
        given: wire::convert::Given::NONE,
        columns: &columns,
        wanted: &[true, true, false],
        rows_max: 10,
        deadline: Instant::now() + Duration::from_secs(1),
    };
    let shown = |cell: Cell| match cell {
        Cell::Null => "(null)".to_owned(),
        Cell::Text(text) => text,
        Cell::Undecodable => "(undecodable)".to_owned(),
        Cell::TooLong => "(too long)".to_owned(),
    };
    let lines = file.lines(0, key);
    lines
        .map(|line| {
            reading
                .cells(file, line, search)
                .into_iter()
                .map(shown)
                .collect()
        })
        .collect()
}

#[test]
fn quotes_line_ends_and_marks_are_read() {
    let text = format!(
        "\u{feff}{HEAD}{ID},\"张, \"\"三\"\"\r\n丰\",1.50\r\n\r\n110101000101001,李四,\n{ID},王五,3"
    );
    let file = read(&text, "3\r\n").unwrap();
    assert_eq!(file.date(), date!(2026 - 11 - 23));
    assert_eq!(file.notes(), []);
    let rows = texts(&reading(Charset::Utf8, b','), &file, ID);
    let expected = [
        ["张, \"三\"\r\n丰", "1.50", "(null)"],
        ["李四", "", "(null)"],
        ["王五", "3", "(null)"],
    ];
    assert_eq!(rows, expected);
    assert!(!format!("{file:?}").contains("110101"));
}

#[test]
fn the_second_byte_of_a_character_is_no_delimiter() {
    // 亅 is 0x81 0x7C in GBK, and 0x7C is `|`.
    let (text, _, _) = encoding_rs::GBK.encode("id|名称|amount\n110101190001010014|亅|1\n");
    assert!(
        text.windows(2).any(|pair| pair == [0x81, 0x7c]),
        "the trap is set"
    );
    let reading = reading(Charset::Gbk, b'|');
    let file = reading.read(&text, b"1", &name()).unwrap();
    assert_eq!(texts(&reading, &file, ID), [["亅", "1", "(null)"]]);
}

#[test]
fn bytes_that_are_no_text_spoil_their_field_only() {
    let reading = reading(Charset::Gb18030, b',');
    let (head, _, _) = encoding_rs::GB18030.encode(HEAD);
    let mut bytes = head.into_owned();
    bytes.extend_from_slice(b"110101190001010014,\xff\xff,7\n\xff,x,8\n");
    let file = reading.read(&bytes, b"2", &name()).unwrap();
    assert_eq!(
        texts(&reading, &file, ID),
        [["(undecodable)", "7", "(null)"]]
    );
    assert_eq!(file.notes(), [(Defect::Undecodable, 1)]);
}

#[test]
fn repeated_and_keyless_records_are_noted() {
    let text = format!("{HEAD}{ID},a,1\r\n{ID},a,1\n,b,2\n{ID},a,1");
    let file = read(&text, "4").unwrap();
    assert_eq!(file.lines(0, ID).len(), 1);
    assert_eq!(
        file.notes(),
        [(Defect::Duplicate, 2), (Defect::MissingRequired, 1)]
    );
}

#[test]
fn what_does_not_agree_is_refused() {
    let good = format!("{HEAD}{ID},a,1\n");
    let sha256 = |text: &str| {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        data_encoding::HEXLOWER.encode(digest.as_ref())
    };
    let digest = sha256(&good);
    for marker in [
        "1",
        "1\n",
        &format!("1 {digest}\r\n"),
        &format!("1 {}", digest.to_uppercase()),
    ] {
        assert!(read(&good, marker).is_ok(), "{marker}");
    }
    let field = format!("{HEAD}{ID},{},1\n", "x".repeat(RAW_BYTES_MAX + 1));
    let record = format!("id,名称,amount{}\n", ",x".repeat(RECORD_BYTES_MAX));
    let columns = format!("id,名称,amount{}\n", ",x".repeat(COLUMNS_MAX));
    let refused = [
        (good.as_str(), "2", FileFault::WrongCount),
        (&good, "0", FileFault::WrongCount),
        (&good, "", FileFault::BadMarker),
        (&good, "-1", FileFault::BadMarker),
        (&good, "1 2", FileFault::BadMarker),
        (&good, &format!("1 {digest} x"), FileFault::BadMarker),
        (&good, &format!("1 {}", &digest[2..]), FileFault::BadMarker),
        (&good, &format!("1 {}", sha256("x")), FileFault::WrongDigest),
        ("", "0", FileFault::NoHeader),
        ("id,amount\n", "0", FileFault::BadHeader),
        ("名称,amount\n", "0", FileFault::BadHeader),
        ("id,名称,ID\n", "0", FileFault::BadHeader),
        (&columns, "0", FileFault::BadHeader),
        (&format!("{HEAD}{ID},a\n"), "1", FileFault::BadLine),
        (&format!("{HEAD}{ID},a,1,2\n"), "1", FileFault::BadLine),
        (
            &format!("{HEAD}{ID},\"a,1\n{ID},b,2\n"),
            "2",
            FileFault::BadLine,
        ),
        (&field, "1", FileFault::BadLine),
        (&record, "0", FileFault::TooManyLines),
    ];
    for (text, marker, fault) in refused {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(read(text, marker).err(), Some(fault), "{shown} / {marker}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        marker in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let _ = reading(Charset::Gb18030, b',').read(&bytes, &marker, &name());
        let mut text = HEAD.as_bytes().to_vec();
        text.extend_from_slice(&bytes);
        let _ = reading(Charset::Utf8, b',').read(&text, b"1", &name());
    }
}
