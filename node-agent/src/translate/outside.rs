//! What mappings of REST and SOAP systems have beyond those of databases: templates filled from
//! the question, columns that the question itself gives, the choice of the latest of several
//! records, and the record that says that there is none. A template is filled, never pasted
//! unescaped, and a choice that cannot be made is an outage, never a guess.

use std::collections::BTreeMap;

use catalog::{Catalog, Class, ItemNo, ItemType, Value};
use zeroize::Zeroizing;

use super::SourceError;
use super::faults::FileFaults;
use super::mapping::ClassMapping;
use super::records::Moment;
use super::rules::{self, Columns, Inputs, Rule, Target};
use super::sheet::Sheet;
use super::source::{Cell, Rows, Search};

/// Longest template of a mapping.
pub(crate) const TEMPLATE_BYTES_MAX: usize = 4_096;
/// Columns that the question gives; every other column comes from the reply.
const REQUEST_ID: &str = "@request-id";
const SUBJECT_NUMBER: &str = "@subject-number";
const SUBJECT_ID_TYPE: &str = "@subject-id-type";
/// Begins a place that is filled with a value passed on.
const GIVEN: &str = "given:";
/// Marks the one row that stands for "no such record".
const EMPTY: &str = "@empty";

/// Whether `name` is a column that the question gives.
pub(crate) fn is_own_column(name: &str) -> bool {
    [REQUEST_ID, SUBJECT_NUMBER, SUBJECT_ID_TYPE].contains(&name)
}

/// Text with places that are filled from a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Plain(String),
    /// The n-th spelling of the subject, counted from 0.
    Form(usize),
    IdType,
    RequestId,
    /// A value that the question passes on.
    Given(ItemNo),
}

impl Template {
    /// Reads `text`, whose places are `{1}` to `{<parameters>}` (`{number}` is `{1}`), `{id-type}`,
    /// `{request-id}` and `{given:<item>}`.
    pub(crate) fn parse(text: &str, parameters: usize) -> Result<Self, String> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(format!("longer than {TEMPLATE_BYTES_MAX} bytes"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or("a `{` is not closed by a `}`")?;
            parts.push(Part::Plain(plain.to_owned()));
            parts.push(place(name, parameters)?);
            rest = after;
        }
        parts.push(Part::Plain(rest.to_owned()));
        let stray = |part: &Part| matches!(part, Part::Plain(plain) if plain.contains('}'));
        if parts.iter().any(stray) {
            return Err("a `}` has no `{` before it".to_owned());
        }
        parts.retain(|part| !matches!(part, Part::Plain(plain) if plain.is_empty()));
        Ok(Self(parts))
    }

    /// Whether the text names whom the question is about.
    pub(crate) fn names_subject(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Form(_)))
    }

    /// The items whose values the text passes on.
    pub(crate) fn given(&self) -> impl Iterator<Item = ItemNo> {
        self.0.iter().filter_map(|part| match part {
            Part::Given(item) => Some(*item),
            _ => None,
        })
    }

    /// The parts that are not filled from a question.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Plain(plain) => Some(plain.as_str()),
            Part::Form(_) | Part::IdType | Part::RequestId | Part::Given(_) => None,
        })
    }

    /// The text with every place filled; `escape` writes what comes from the question.
    pub(crate) fn filled(&self, asked: &Asked<'_>, escape: fn(&str) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Plain(plain) => plain.clone(),
            Part::Form(at) => escape(asked.search.bound.get(*at).map_or("", String::as_str)),
            Part::IdType => escape(asked.search.id_type),
            Part::RequestId => escape(&asked.request_id),
            Part::Given(item) => {
                let value = asked.search.given.get(item);
                escape(&Zeroizing::new(
                    value.map(Value::canonical).unwrap_or_default(),
                ))
            }
        });
        parts.collect()
    }
}

fn place(name: &str, parameters: usize) -> Result<Part, String> {
    if let Some(item) = name.strip_prefix(GIVEN) {
        let item = item.parse().map(Part::Given);
        return item.map_err(|_| format!("`{{{name}}}` names no item"));
    }
    let number = match name {
        "id-type" => return Ok(Part::IdType),
        "request-id" => return Ok(Part::RequestId),
        "number" => 1,
        digits => digits.parse::<usize>().unwrap_or(0),
    };
    if (1..=parameters).contains(&number) {
        Ok(Part::Form(number - 1))
    } else {
        let forms = format!("{{1}} to {{{parameters}}}");
        Err(format!(
            "`{{{name}}}` is not one of {forms}, {{id-type}}, {{request-id}}, {{given:<item>}}"
        ))
    }
}

/// One question on its way to a system.
pub(crate) struct Asked<'a> {
    pub(crate) search: Search<'a>,
    pub(crate) request_id: String,
}

impl Asked<'_> {
    /// Where the wanted columns of the reply stand in a row.
    pub(crate) fn places(&self) -> BTreeMap<&str, usize> {
        let columns = self
            .search
            .columns
            .iter()
            .zip(self.search.wanted)
            .enumerate();
        let wanted = columns.filter(|(_, (name, wanted))| **wanted && !name.starts_with('@'));
        wanted.map(|(at, (name, _))| (name.as_str(), at)).collect()
    }

    /// A row of nothing.
    pub(crate) fn blank(&self) -> Vec<Cell> {
        vec![Cell::Null; self.search.columns.len()]
    }

    /// Adds what the question gives to the rows of the reply. Where the mapping makes a record of
    /// "no such record", no rows become the one row that says so.
    pub(crate) fn complete(&self, mut rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
        let columns = self.search.columns;
        let empty = columns.iter().position(|name| name == EMPTY);
        if let (true, Some(at)) = (rows.is_empty(), empty) {
            let mut row = self.blank();
            if let Some(cell) = row.get_mut(at) {
                *cell = Cell::Text("1".to_owned());
            }
            rows.push(row);
        }
        for (count, row) in rows.iter_mut().enumerate() {
            for (name, cell) in columns.iter().zip(row) {
                match name.as_str() {
                    REQUEST_ID => *cell = Cell::Text(numbered(&self.request_id, count)),
                    SUBJECT_NUMBER => *cell = Cell::Text(self.search.key.to_owned()),
                    SUBJECT_ID_TYPE => *cell = Cell::Text(self.search.id_type.to_owned()),
                    _ => {}
                }
            }
        }
        rows
    }
}

/// Each record of one reply has its own number: the request's, and which record it is.
fn numbered(request_id: &str, count: usize) -> String {
    if count == 0 {
        request_id.to_owned()
    } else {
        format!("{request_id}-{}", count + 1)
    }
}

/// `[rows] latest_by`: the item whose greatest value decides which record is answered.
pub(crate) fn latest_by(
    root: &Sheet<'_>,
    class: Option<&Class>,
    rules: &BTreeMap<ItemNo, Rule>,
    faults: &mut FileFaults,
) -> Option<ItemNo> {
    let sheet = root.sheet("rows", faults)?;
    let text = sheet.text_required("latest_by", faults);
    sheet.finish(faults);
    let (text, class) = (text?, class?);
    let item = class.items.iter().find(|item| item.no.to_string() == text);
    let dated = item.filter(|item| {
        matches!(item.kind, ItemType::Date | ItemType::Month | ItemType::Time)
            && rules.contains_key(&item.no)
    });
    if dated.is_none() {
        let reason = format!("`latest_by`: `{text}` is no mapped date, month or time of the class");
        faults.at(sheet.place(), reason);
    }
    dated.map(|item| item.no)
}

/// The record that says that there is none.
#[derive(Debug, Clone)]
pub(crate) struct WhenEmpty {
    pub(crate) rules: BTreeMap<ItemNo, Rule>,
    marker: usize,
}

impl WhenEmpty {
    /// Reads the `[[when_empty]]` tables, which are written like `[[item]]` and may read only what
    /// the question gives.
    pub(crate) fn read(
        root: &Sheet<'_>,
        class: Option<&Class>,
        catalog: &Catalog,
        columns: &mut Columns,
        faults: &mut FileFaults,
    ) -> Option<Self> {
        let sheets = root.sheets("when_empty", faults);
        let first = sheets.first()?;
        let marker = columns.place_of(EMPTY, faults.line_of(first.place()));
        let mut rules = BTreeMap::new();
        for sheet in &sheets {
            let text = sheet.text_required("no", faults).unwrap_or_default();
            let item = class?.items.iter().find(|item| item.no.to_string() == text);
            let Some(item) = item.filter(|item| !item.input_only) else {
                faults.at(
                    sheet.place(),
                    format!("unknown item `{text}` in this class"),
                );
                continue;
            };
            let check = |value: &Value| catalog.check_value(item.no, value);
            let target = Target {
                name: format!("item `{text}`"),
                kind: item.kind.clone(),
                check: &check,
            };
            let rule = rules::rule(sheet, &target, columns, faults);
            sheet.finish(faults);
            let Some(rule) = rule else { continue };
            if !reads_only_the_question(&rule, columns) {
                let reason = format!("item `{text}`: no record has no columns to read");
                faults.at(sheet.place(), reason);
            }
            if rules.insert(item.no, rule).is_some() {
                faults.at(sheet.place(), format!("item `{text}` is given twice"));
            }
        }
        Some(Self { rules, marker })
    }

    /// Whether `row` stands for "no such record".
    pub(crate) fn is_this(&self, row: &[Cell]) -> bool {
        matches!(row.get(self.marker), Some(Cell::Text(_)))
    }
}

fn reads_only_the_question(rule: &Rule, columns: &Columns) -> bool {
    match &rule.inputs {
        Inputs::Columns(places) => places.iter().all(|place| {
            let name = columns.names().get(*place);
            name.is_some_and(|name| is_own_column(name))
        }),
        _ => true,
    }
}

/// Of several rows the latest, where the mapping asks for that. Rows of the same day stay
/// together. A row that does not say when it was made leaves the choice open: then there is no
/// answer.
pub(crate) fn latest(
    mapping: &ClassMapping,
    catalog: &Catalog,
    mut rows: Rows,
) -> Result<Rows, SourceError> {
    let by = mapping.latest_by.filter(|_| rows.rows.len() > 1);
    let rule = by.and_then(|no| Some((mapping.rules.get(&no)?, catalog.item(no)?)));
    let Some((rule, item)) = rule else {
        return Ok(rows);
    };
    let moment = Moment {
        as_of: rows.as_of,
        file_date: rows.file_date,
    };
    let mut dated = Vec::new();
    for row in std::mem::take(&mut rows.rows) {
        let at = rule.value(&item.kind, &row, moment);
        let at = at.ok().filter(|value| !value.is_absent());
        // The canonical text of a date, month or time in one zone sorts as it falls in time.
        dated.push((at.ok_or(SourceError::Undated)?.canonical(), row));
    }
    let latest = dated.iter().map(|(at, _)| at.clone()).max();
    let kept = dated
        .into_iter()
        .filter(|(at, _)| Some(at) == latest.as_ref());
    rows.rows = kept.map(|(_, row)| row).collect();
    Ok(rows)
}

#[cfg(test)]
mod tests;
