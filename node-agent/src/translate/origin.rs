//! Where the rows of a mapping come from: a statement for an SQL connector, or a file type and a
//! layout for a file drop. It is read and checked here and executed elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::connectors::{Connector, ConnectorPlace};
use super::faults::FileFaults;
use super::rest::{self, RestCall};
use super::rules::{Columns, Inputs, Rule};
use super::sheet::Sheet;
use super::soap::{self, SoapCall};

/// Longest statement of a mapping.
const STATEMENT_BYTES_MAX: usize = 16 * 1_024;
/// Longest D line of a file drop.
pub(crate) const LINE_BYTES_MAX: usize = 4_096;

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    Sql {
        connector: String,
        statement: Statement,
    },
    File {
        connector: String,
        file_type: String,
        shape: FileShape,
    },
    Rest {
        connector: String,
        call: RestCall,
    },
    Soap {
        connector: String,
        call: SoapCall,
    },
}

/// How the lines of a file are cut into fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileShape {
    FixedWidth(Layout),
    /// A header line names the columns; lines are found by this one.
    Csv {
        key: String,
    },
}

/// SQL text from a mapping file that passed the review in [`Statement::reviewed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    text: Arc<str>,
    pub(crate) line: usize,
}

/// The byte ranges of a D line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) fields: BTreeMap<String, Range<usize>>,
    /// The field by which lines are found.
    pub(crate) key: Range<usize>,
    /// The field whose total the trailer states.
    pub(crate) total: Option<Range<usize>>,
    pub(crate) line_bytes_min: usize,
}

impl Origin {
    /// Whether lines of the file may have this field. Which columns a CSV file has, only its header
    /// line says.
    pub(crate) fn has_field(&self, name: &str) -> bool {
        match self {
            Self::File {
                shape: FileShape::FixedWidth(layout),
                ..
            } => layout.fields.contains_key(name),
            Self::File { .. } | Self::Sql { .. } | Self::Rest { .. } | Self::Soap { .. } => true,
        }
    }
}

impl Statement {
    /// Accepts one reading statement that uses placeholders `?1` to `?<parameters>` and no other.
    pub(crate) fn reviewed(text: &str, parameters: usize, line: usize) -> Result<Self, String> {
        let verb = text.split_whitespace().next().unwrap_or_default();
        if !(verb.eq_ignore_ascii_case("select") || verb.eq_ignore_ascii_case("with")) {
            return Err("the statement must begin with SELECT or WITH".to_owned());
        }
        if text.len() > STATEMENT_BYTES_MAX {
            return Err(format!(
                "the statement is longer than {STATEMENT_BYTES_MAX} bytes"
            ));
        }
        let bare = without_literals(text);
        if bare.contains(';') {
            return Err("the statement must be one statement without `;`".to_owned());
        }
        let mut used = 0;
        for part in bare.split('?').skip(1) {
            let end = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            let number = part
                .get(..end)
                .and_then(|digits| digits.parse::<usize>().ok());
            match number.filter(|number| (1..=parameters).contains(number)) {
                Some(number) => used = used.max(number),
                None => return Err(format!("a placeholder is not one of ?1 to ?{parameters}")),
            }
        }
        if parameters > 0 && used == 0 {
            return Err("the statement does not use ?1: it would answer for everybody".to_owned());
        }
        Ok(Self {
            text: text.into(),
            line,
        })
    }

    pub(crate) fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

fn without_literals(text: &str) -> String {
    let mut open: Option<char> = None;
    let mut bare = String::new();
    for letter in text.chars() {
        match open {
            Some(quote) if letter == quote => open = None,
            Some(_) => {}
            None if matches!(letter, '\'' | '"' | '`') => open = Some(letter),
            None => bare.push(letter),
        }
    }
    bare
}

/// Reads `[source]`, `[layout]` and `[trailer]`. `key` names the layout field that is compared.
pub(crate) fn read(
    root: &Sheet<'_>,
    connectors: &BTreeMap<String, Connector>,
    parameters: usize,
    key: Option<(&str, Range<usize>)>,
    faults: &mut FileFaults,
) -> Option<Origin> {
    let source = root.sheet_required("source", faults)?;
    let name = source.text_required("connector", faults);
    let place = name.and_then(|name| connectors.get(name));
    let place = place.map(|connector| &connector.place);
    if let (Some(ConnectorPlace::Rest(_) | ConnectorPlace::Soap(_)), Some(name)) = (place, name) {
        let soap = matches!(place, Some(ConnectorPlace::Soap(_)));
        let origin = over_http(&source, name.to_owned(), soap, parameters, faults);
        source.finish(faults);
        return origin;
    }
    let sql = source.entry("sql");
    let file = source.text("file", faults).map(str::to_owned);
    let layout = root.sheet("layout", faults);
    let trailer = root.sheet("trailer", faults);
    let key_here = source.text("key", faults);
    let key = key.or(key_here.map(|key| (key, source.place().clone())));
    source.finish(faults);
    let name = name?;
    let Some(place) = place else {
        let entry = source.entry("connector");
        let place = entry.map_or(source.place().clone(), |entry| entry.place);
        let reason = format!("the connector `{name}` is not in connectors.toml");
        faults.at(&place, reason);
        return None;
    };
    match (place, sql, file) {
        (place, Some(_), None) if place.answers_statements() => {
            without_layout("a statement", layout.or(trailer), faults);
            let statement = statement(&source, "sql", parameters, faults)?;
            Some(Origin::Sql {
                connector: name.to_owned(),
                statement,
            })
        }
        (ConnectorPlace::FixedWidth { .. } | ConnectorPlace::Csv { .. }, None, Some(file_type)) => {
            let shape = if matches!(place, ConnectorPlace::Csv { .. }) {
                without_layout("a CSV file", layout.or(trailer), faults);
                csv_shape(key, &source, faults)
            } else {
                let layout = layout_of(layout, trailer.as_ref(), key, &source, faults);
                layout.map(FileShape::FixedWidth)
            };
            let file_type = two_characters(file_type, &source, faults)?;
            Some(Origin::File {
                connector: name.to_owned(),
                file_type,
                shape: shape?,
            })
        }
        (place, _, _) => {
            let key = what_it_needs(place);
            let reason = format!("the connector `{name}` needs `{key}`, and only that");
            faults.at(source.place(), reason);
            None
        }
    }
}

/// The key of `[source]` that says what is read.
fn what_it_needs(place: &ConnectorPlace) -> &'static str {
    match place {
        ConnectorPlace::FixedWidth { .. } | ConnectorPlace::Csv { .. } => "file",
        ConnectorPlace::Rest(_) => "path",
        ConnectorPlace::Soap(_) => "operation",
        _ => "sql",
    }
}

fn without_layout(what: &str, extra: Option<Sheet<'_>>, faults: &mut FileFaults) {
    if let Some(extra) = extra {
        let reason = format!("{what} has neither `[layout]` nor `[trailer]`");
        faults.at(extra.place(), reason);
    }
}

fn csv_shape(
    key: Option<(&str, Range<usize>)>,
    source: &Sheet<'_>,
    faults: &mut FileFaults,
) -> Option<FileShape> {
    let Some((key, _)) = key else {
        faults.at(source.place(), "a file needs the column that is compared");
        return None;
    };
    Some(FileShape::Csv {
        key: key.to_owned(),
    })
}

fn over_http(
    source: &Sheet<'_>,
    connector: String,
    soap: bool,
    parameters: usize,
    faults: &mut FileFaults,
) -> Option<Origin> {
    if soap {
        let call = soap::read(source, parameters, faults)?;
        Some(Origin::Soap { connector, call })
    } else {
        let call = rest::read(source, parameters, faults)?;
        Some(Origin::Rest { connector, call })
    }
}

/// A file type becomes part of file names, so it holds nothing that a path could.
fn two_characters(
    file_type: String,
    source: &Sheet<'_>,
    faults: &mut FileFaults,
) -> Option<String> {
    let sound = file_type.len() == 2 && file_type.bytes().all(|b| b.is_ascii_alphanumeric());
    if !sound {
        faults.at(
            source.place(),
            "`file` must be a file type of two letters or digits",
        );
    }
    sound.then_some(file_type)
}

/// The reviewed statement under `key`.
pub(crate) fn statement(
    sheet: &Sheet<'_>,
    key: &str,
    parameters: usize,
    faults: &mut FileFaults,
) -> Option<Statement> {
    let (entry, text) = (sheet.entry(key)?, sheet.text(key, faults)?);
    match Statement::reviewed(text, parameters, faults.line_of(&entry.place)) {
        Ok(statement) => Some(statement),
        Err(reason) => {
            faults.at(&entry.place, reason);
            None
        }
    }
}

fn layout_of(
    layout: Option<Sheet<'_>>,
    trailer: Option<&Sheet<'_>>,
    key: Option<(&str, Range<usize>)>,
    source: &Sheet<'_>,
    faults: &mut FileFaults,
) -> Option<Layout> {
    let Some(layout) = layout else {
        faults.at(source.place(), "a file type needs a `[layout]`");
        return None;
    };
    let mut fields = BTreeMap::new();
    for (name, entry) in layout.entries() {
        match entry.value.as_str().and_then(byte_range) {
            Some(range) => drop(fields.insert(name.to_owned(), range)),
            None => faults.at(
                &entry.place,
                format!("`{name}` must be a byte range like \"2-11\" within 2-{LINE_BYTES_MAX}"),
            ),
        }
    }
    let total = match trailer {
        Some(sheet) => {
            let name = sheet.text_required("total", faults);
            sheet.finish(faults);
            field(&fields, name?, sheet.place(), faults).map(Some)
        }
        None => Some(None),
    };
    let Some((key, place)) = key else {
        faults.at(
            source.place(),
            "a file needs the layout field that is compared",
        );
        return None;
    };
    let key = field(&fields, key, &place, faults);
    let line_bytes_min = fields.values().map(|range| range.end).max().unwrap_or(0);
    Some(Layout {
        key: key?,
        total: total?,
        line_bytes_min,
        fields,
    })
}

fn field(
    fields: &BTreeMap<String, Range<usize>>,
    name: &str,
    place: &Range<usize>,
    faults: &mut FileFaults,
) -> Option<Range<usize>> {
    let range = fields.get(name).cloned();
    if range.is_none() {
        faults.at(place, format!("`{name}` is not a field of the layout"));
    }
    range
}

/// `"2-11"`, counted from 1 and inclusive, as the range of a byte slice. Byte 1 is the line type.
fn byte_range(text: &str) -> Option<Range<usize>> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
    (first >= 2 && first <= last && last <= LINE_BYTES_MAX).then(|| first - 1..last)
}

/// Checks what is known at load about the columns that the rules read.
pub(crate) fn check_columns<'r>(
    origin: &Origin,
    columns: &Columns,
    rules: impl Iterator<Item = &'r Rule>,
    faults: &mut FileFaults,
) {
    let reply = match origin {
        Origin::Rest { .. } => Some(rest::is_column as fn(&str) -> bool),
        Origin::Soap { .. } => Some(soap::is_column as fn(&str) -> bool),
        Origin::Sql { .. } | Origin::File { .. } => None,
    };
    for (name, line) in columns.with_lines() {
        let own = name.starts_with('@');
        match reply {
            None if own => faults.at_line(line, format!("`{name}` needs a REST or SOAP connector")),
            Some(is_column) if !own && !is_column(name) => {
                faults.at_line(line, format!("`{name}` cannot be a column of a reply"));
            }
            None | Some(_) => {}
        }
    }
    match origin {
        Origin::Sql { .. } | Origin::Rest { .. } | Origin::Soap { .. } => {
            if rules
                .into_iter()
                .any(|rule| rule.inputs == Inputs::FileDate)
            {
                faults.file("`@file-date` needs a file; a statement has `@as-of`");
            }
        }
        Origin::File {
            shape: FileShape::Csv { .. },
            ..
        } => {}
        Origin::File {
            shape: FileShape::FixedWidth(layout),
            ..
        } => {
            for (name, line) in columns.with_lines() {
                if !layout.fields.contains_key(name) {
                    faults.at_line(line, format!("`{name}` is not a field of the layout"));
                }
            }
        }
    }
}
