//! What was found, as a file: a table for people, or the entries as they are, one a line. A cell
//! that a spreadsheet would run is made plain text, and a file that was cut, or that lacks what the
//! index has not yet or what lies in the archive, says so in its last line.

use std::fmt::Write as _;

use audit::leaf_hash;
use dashboards::Language;
use dashboards::audit::{FileForm, Row};
use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use wire::Heading;

use super::row;
use super::search::Search;

/// Entries of one file.
pub(super) const FILE_ROWS_MAX: usize = 10_000;
/// A file that has grown to this ends.
const FILE_BYTES_MAX: usize = 16 << 20;
/// Tells a spreadsheet that the text is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";
const HEAD: [&str; 16] = [
    "number",
    "time",
    "kind",
    "center",
    "operator",
    "counter",
    "flow",
    "case",
    "query",
    "subject",
    "codes",
    "nodes",
    "staff",
    "more",
    "leaf_hash",
    "log",
];

/// A file that was made.
#[derive(Debug)]
pub(in crate::desk) struct Made {
    pub(in crate::desk) bytes: Vec<u8>,
    pub(in crate::desk) rows: u64,
    /// There is more that fits, or may be.
    pub(in crate::desk) is_cut: bool,
    pub(in crate::desk) sha256: String,
}

impl Made {
    pub(in crate::desk) fn new(bytes: Vec<u8>, rows: u64, is_cut: bool) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let sha256 = HEXLOWER.encode(digest.as_ref());
        Self {
            bytes,
            rows,
            is_cut,
            sha256,
        }
    }

    /// The bytes of one entry.
    pub(super) fn of_entry(bytes: Vec<u8>) -> Self {
        Self::new(bytes, 1, false)
    }
}

/// Makes the file of everything that a search finds.
pub(super) fn made(
    search: &Search<'_>,
    form: FileForm,
    language: Language,
) -> anyhow::Result<Made> {
    let numbers = search.numbers(0..u64::MAX, FILE_ROWS_MAX + 1)?;
    let log = search.shelf.journal.origin();
    let mut text = match form {
        FileForm::Csv => format!("{BYTE_ORDER_MARK}{}\r\n", HEAD.join(",")),
        FileForm::Jsonl => String::new(),
    };
    let mut rows = 0;
    for number in numbers.iter().take(FILE_ROWS_MAX) {
        if text.len() >= FILE_BYTES_MAX {
            break;
        }
        let bytes = search.bytes(*number)?;
        match form {
            FileForm::Csv => text.push_str(&table_line(log, *number, &bytes)),
            FileForm::Jsonl => text.push_str(&entry_line(log, *number, &bytes)?),
        }
        rows += 1;
    }
    let is_more = rows < numbers.len();
    let only = is_more.then_some(rows);
    let said = lacks(only, search.is_cut_from(), search.archived(), language);
    let is_cut = !said.is_empty();
    if is_cut {
        // Writing to a text does not fail.
        let _ = match form {
            FileForm::Csv => write!(text, "{}\r\n", cell(&said)),
            FileForm::Jsonl => writeln!(text, "{}", serde_json::json!({ "cut": said })),
        };
    }
    Ok(Made::new(text.into_bytes(), rows as u64, is_cut))
}

/// What is not in the file, in a sentence; empty where all of it is.
fn lacks(only: Option<usize>, cut_from: Option<u64>, archived: u64, language: Language) -> String {
    let mut said: Vec<(String, String)> = Vec::new();
    if let Some(rows) = only {
        said.push((
            format!("仅前 {rows} 条；符合条件的记录更多，请缩小范围再导出"),
            format!("only the first {rows} entries; more fit, take a shorter time"),
        ));
    }
    if let Some(upto) = cut_from {
        said.push((
            format!("检索索引落后：自记录 {upto} 起未检索，请稍后再导出"),
            format!("the index is behind: entries from {upto} on were not searched, take it later"),
        ));
    }
    if archived > 0 {
        said.push((
            format!("记录 {archived} 之前已归档，未检索"),
            format!("entries before {archived} lie in the archive and were not searched"),
        ));
    }
    let said = said.into_iter().map(|(zh, en)| match language {
        Language::Chinese => zh,
        Language::English => en,
    });
    said.collect::<Vec<_>>().join(match language {
        Language::Chinese => "。",
        Language::English => ". ",
    })
}

fn entry_line(log: &str, number: u64, bytes: &[u8]) -> anyhow::Result<String> {
    let entry = RawValue::from_string(String::from_utf8(bytes.to_vec())?)?;
    let line = Line {
        log,
        number,
        leaf_hash: leaf_hash(bytes).to_string(),
        entry: &entry,
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

/// An entry with its receipt.
#[derive(serde::Serialize)]
struct Line<'l> {
    log: &'l str,
    number: u64,
    leaf_hash: String,
    entry: &'l RawValue,
}

fn table_line(log: &str, number: u64, bytes: &[u8]) -> String {
    let heading = Heading::read(bytes).unwrap_or_default();
    let Row {
        at,
        kind,
        center,
        operator,
        counter,
        flow,
        case,
        staff,
        codes,
        more,
        ..
    } = row::of(number, bytes);
    let asked: Vec<&str> = heading.asked.iter().map(|node| node.as_str()).collect();
    let cells = [
        number.to_string(),
        at,
        kind,
        center,
        operator,
        counter,
        flow,
        case,
        heading.query.to_string(),
        heading.subject.to_string(),
        codes.join(" "),
        asked.join(" "),
        staff,
        more,
        leaf_hash(bytes).to_string(),
        log.to_owned(),
    ];
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

/// A cell as RFC 4180 writes it; what a spreadsheet would take for a formula begins with a quote.
fn cell(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let plain = if runs {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if plain.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, cell, lacks};

    #[test]
    fn a_file_says_all_that_it_lacks_and_a_whole_one_nothing() {
        for language in [Language::Chinese, Language::English] {
            assert_eq!(lacks(None, None, 0, language), "");
            let said = lacks(Some(10_000), Some(20_001), 300, language);
            for number in ["10000", "20001", "300"] {
                assert!(said.contains(number), "{said}");
            }
            assert!(!lacks(None, None, 300, language).is_empty(), "the archive");
        }
    }

    #[test]
    fn no_cell_is_run_and_none_breaks_its_line() {
        for (text, written) in [
            ("0231", "0231"),
            ("", ""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=a,\"b\"\n", "\"'=a,\"\"b\"\"\n\""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
