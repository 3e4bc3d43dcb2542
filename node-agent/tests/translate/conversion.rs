//! Tables of conversions, driven through the mapping folders that are deployed: one line says a
//! local row and what an item then is. Nothing of a mapping is repeated here; only rows are made.
//!
//! A line is `items | columns | value`:
//! - items: one or several, `04-03 06-04`: each is asked of a row of its own.
//! - columns: `COLUMN=raw` parted by blanks; the others are NULL, or blank in a file. `=raw` fills
//!   the columns that the item is read `from`, parted by `/`. In a raw text `_` is a blank, `{18}`
//!   and `{15}` are the asked person's number, `gbk:` and `hex:` begin bytes, `NULL` is no value.
//!   `ask=05:NUMBER` asks about that person. `TABLE.COLUMN=raw` is for one of several tables.
//! - value: canonical; `-` is absent, `!unknown-code` is withheld for that reason, and
//!   `(not held)` is an item that the center does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use catalog::identity::{self, downgrade_18};
use catalog::{CreditCode, PersonId, Subject, Value};
use encoding_rs::GBK;
use node_agent::translate::{About, Found, FoundOutcome, Translator};
use tempfile::TempDir;

use wire::convert::Given;

use crate::bench::{Absent, Expect, Is, NOW, Withheld, catalog, class, item, seen, soon};
use crate::conversion_sources;
use crate::office::Office;

/// The vendor's system runs at two centers.
pub(crate) const VENDOR: &[&str] = &["city", "zhongzhi"];
pub(crate) const GUOGUAN: &[&str] = &["guoguan"];
pub(crate) const RAILWAY: &[&str] = &["tielu"];

/// Raw values by column; `None` is NULL.
pub(crate) type RawRow = BTreeMap<String, Option<Vec<u8>>>;

pub(crate) fn folder(center: &str) -> PathBuf {
    let centers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/sandbox/centers");
    centers.join(center).join("mappings")
}

/// One class of a center as its deployed file has it, and rows for it.
pub(crate) struct Deployed {
    pub(crate) center: String,
    pub(crate) file: PathBuf,
    pub(crate) mapping: toml::Table,
    pub(crate) rows: Vec<(Subject, RawRow)>,
    /// The day of a dropped file.
    pub(crate) file_day: &'static str,
}

/// A center that answers.
pub(crate) struct Answering {
    pub(crate) translator: Translator,
    pub(crate) _home: TempDir,
    pub(crate) _office: Option<Office>,
}

impl Deployed {
    /// The class at the center; `None` where the center has no such file.
    pub(crate) fn try_of(center: &str, class_no: &str) -> Option<Self> {
        let files = std::fs::read_dir(folder(center)).unwrap();
        let mut files = files.map(|file| file.unwrap().path());
        let file = files.find(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(&format!("{class_no}-"))
        })?;
        let mapping = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        Some(Self {
            center: center.to_owned(),
            file,
            mapping,
            rows: Vec::new(),
            file_day: "20261123",
        })
    }

    pub(crate) fn of(center: &str, class_no: &str) -> Self {
        Self::try_of(center, class_no).unwrap_or_else(|| panic!("{center} holds no {class_no}"))
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &toml::Table> {
        let items = self.mapping["item"].as_array().unwrap().iter();
        items.map(|item| item.as_table().unwrap())
    }

    /// The columns that an item is read from.
    fn columns(&self, item_no: &str) -> Vec<String> {
        let item = self
            .items()
            .find(|item| item["no"].as_str() == Some(item_no));
        let item = item.unwrap_or_else(|| panic!("{} does not map {item_no}", self.center));
        match &item["from"] {
            toml::Value::String(column) => vec![column.clone()],
            several => {
                let several = several.as_array().unwrap().iter();
                several
                    .map(|column| column.as_str().unwrap().to_owned())
                    .collect()
            }
        }
    }

    /// Whom the class is about.
    pub(crate) fn is_of_employers(&self) -> bool {
        self.mapping["subject"]["kind"].as_str() == Some("employer")
    }

    fn subject(&self, order: usize) -> Subject {
        if self.is_of_employers() {
            employer(order)
        } else {
            person(order)
        }
    }

    /// Adds a row, in the words of a table's second field.
    pub(crate) fn row(&mut self, subject: &Subject, item_no: &str, columns: &str) {
        let mut row = RawRow::new();
        let texts = columns
            .split_whitespace()
            .filter(|text| !text.starts_with("ask="));
        for text in texts {
            let (column, raw) = text.split_once('=').unwrap_or_else(|| panic!("{text}"));
            let (names, raws) = if column.is_empty() {
                (self.columns(item_no), raw.split('/').collect())
            } else {
                (vec![column.to_owned()], vec![raw])
            };
            assert_eq!(names.len(), raws.len(), "{item_no}: {text}");
            for (name, raw) in names.into_iter().zip(raws) {
                row.insert(name, bytes(raw, subject));
            }
        }
        self.rows.push((subject.clone(), row));
    }

    pub(crate) async fn open(&self) -> Answering {
        conversion_sources::open(self).await
    }
}

impl Answering {
    pub(crate) async fn find(&self, items: &[&str], subject: &Subject) -> Found {
        let asked: BTreeSet<_> = items.iter().map(|no| item(no)).collect();
        let class = class(&items[0][..2]);
        // What a question passes on to the housing commission.
        let mut given = Given::default();
        if class.get() == 12 {
            for (no, text) in [("12-02", "HT-1"), ("12-03", "pw"), ("12-04", "张三")] {
                given.insert(item(no), Value::Text(text.to_owned()));
            }
        }
        let about = About {
            subject,
            given: &given,
        };
        self.translator
            .find(class, &asked, about, NOW, soon())
            .await
    }
}

/// The bytes of a raw text; see the head of this file.
fn bytes(raw: &str, subject: &Subject) -> Option<Vec<u8>> {
    if raw == "NULL" {
        return None;
    }
    if let Some(hex) = raw.strip_prefix("hex:") {
        let pairs = hex.as_bytes().chunks(2);
        let pairs = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16));
        return Some(pairs.collect::<Result<_, _>>().unwrap());
    }
    let text = filled(raw, subject).replace('_', " ");
    Some(match text.strip_prefix("gbk:") {
        Some(text) => GBK.encode(text).0.into_owned(),
        None => text.into_bytes(),
    })
}

fn filled(text: &str, subject: &Subject) -> String {
    let old = downgrade_18(&subject.key()).unwrap_or_default();
    text.replace("{18}", &subject.key()).replace("{15}", &old)
}

/// The person of a table's n-th row, who also has a number of 15 digits.
pub(crate) fn person(order: usize) -> Subject {
    let number = identity::upgrade_15(&format!("110101500101{order:03}")).unwrap();
    Subject::Person(PersonId::parse("01", &number).unwrap())
}

/// The employer of a table's n-th row.
pub(crate) fn employer(order: usize) -> Subject {
    let body = format!("91110000MA{order:07}");
    let check = identity::credit_check(&body).unwrap();
    Subject::Employer(CreditCode::parse(&format!("{body}{check}")).unwrap())
}

/// What the third field of a line says.
pub(crate) fn expectation(text: &str, subject: &Subject) -> Expect {
    match text.strip_prefix('!') {
        Some(defect) => Withheld(defect.parse().unwrap_or_else(|_| panic!("{text}"))),
        None if text == "-" => Absent,
        None => Is(filled(text, subject).leak()),
    }
}

/// One line of a table, for one of its items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'t> {
    pub(crate) item: &'t str,
    pub(crate) columns: &'t str,
    pub(crate) value: &'t str,
}

/// The lines of a table; empty ones and those with `#` are for its readers.
pub(crate) fn lines(table: &str) -> Vec<Line<'_>> {
    let written = table.lines().map(str::trim);
    let written = written.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = Vec::new();
    for text in written {
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        let [items, columns, value] = fields[..] else {
            panic!("{text}");
        };
        lines.extend(items.split_whitespace().map(|item| Line {
            item,
            columns,
            value,
        }));
    }
    lines
}

/// Asks every line's row at every one of the centers.
pub(crate) async fn table(centers: &[&str], table: &str) {
    let lines = lines(table);
    assert!(!lines.is_empty());
    for center in centers {
        through(center, &lines).await;
    }
}

/// Asks every line's row at a center, one class at a time.
pub(crate) async fn through(center: &str, lines: &[Line<'_>]) {
    let mut classes: BTreeMap<&str, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines {
        classes.entry(&line.item[..2]).or_default().push(line);
    }
    for (class_no, lines) in classes {
        let mut deployed = Deployed::of(center, class_no);
        let mut subjects = Vec::new();
        for (order, line) in lines.iter().enumerate() {
            let named = line.columns.split_whitespace();
            let named = named.filter_map(|text| text.strip_prefix("ask=")).next();
            let subject = match named.map(|named| named.split_once(':').unwrap()) {
                Some((id_type, number)) => {
                    Subject::Person(PersonId::parse(id_type, number).unwrap())
                }
                None => deployed.subject(order),
            };
            deployed.row(&subject, line.item, line.columns);
            subjects.push(subject);
        }
        let answering = deployed.open().await;
        for (line, subject) in lines.iter().zip(&subjects) {
            let place = format!("{center}: {line:?}");
            let found = answering.find(&[line.item], subject).await;
            assert_eq!(found.outcome, FoundOutcome::Answered, "{place}");
            let [record] = &found.records[..] else {
                panic!("{place}: {found:?}");
            };
            let expected = expectation(line.value, subject);
            assert_eq!(seen(record, line.item), expected, "{place}");
            let noted = found.notes.len();
            assert_eq!(
                noted,
                usize::from(matches!(expected, Withheld(_))),
                "{place}"
            );
        }
    }
}

/// The classes that a center has mapping files for.
pub(crate) fn classes(center: &str) -> Vec<Deployed> {
    let catalog = catalog();
    let numbers = catalog.classes().iter().map(|class| class.no.to_string());
    numbers
        .filter_map(|no| Deployed::try_of(center, &no))
        .collect()
}
