//! What was found, as a file: a table for people, or the entries as they are, one a line. A cell
//! that a spreadsheet would run is made plain text, and a file that was cut says so in its last
//! line.

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
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
    pub(super) is_cut: bool,
    pub(super) sha256: String,
}

impl Made {
    fn new(bytes: Vec<u8>, rows: u64, is_cut: bool) -> Self {
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
    let is_cut = rows < numbers.len();
    if is_cut {
        let said = match language {
            Language::Chinese => format!("仅前 {rows} 条；符合条件的记录更多，请缩小范围再导出"),
            Language::English => {
                format!("only the first {rows} entries; more fit, take a shorter time")
            }
        };
        // Writing to a text does not fail.
        let _ = match form {
            FileForm::Csv => write!(text, "{}\r\n", cell(&said)),
            FileForm::Jsonl => writeln!(text, "{}", serde_json::json!({ "cut": said })),
        };
    }
    Ok(Made::new(text.into_bytes(), rows as u64, is_cut))
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
    use super::cell;

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
