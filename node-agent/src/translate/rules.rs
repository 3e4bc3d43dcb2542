//! One rule of a mapping file: from which local columns, through which conversion, into which
//! catalog item or case field. A rule that could not work for any row is a fault at load.

use std::collections::BTreeSet;

use catalog::{Defect, ItemType, Value};

use super::convert::Conversion;
use super::faults::FileFaults;
use super::outside;
use super::sheet::{Entry, Sheet};
use conversions::Written;

mod conversions;

/// Columns that one rule may combine.
const COLUMNS_PER_RULE_MAX: usize = 8;
/// Texts that one rule may read: its columns, and the one that says that an amount is negative.
pub(crate) const TEXTS_PER_RULE_MAX: usize = COLUMNS_PER_RULE_MAX + 1;
const CONVERSIONS: [&str; 10] = [
    "text",
    "codes",
    "date",
    "month",
    "time",
    "decimal",
    "integer",
    "boolean",
    "id_number",
    "expr",
];

/// What a rule fills: an item of the catalog or a field of a case.
pub(crate) struct Target<'a> {
    pub(crate) name: String,
    pub(crate) kind: ItemType,
    pub(crate) check: &'a dyn Fn(&Value) -> Result<(), Defect>,
}

/// Where a rule takes its raw text from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Inputs {
    Constant(Value),
    /// Indices into the mapping's [`Columns`].
    Columns(Vec<usize>),
    FileDate,
    AsOf,
}

/// One rule, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) inputs: Inputs,
    pub(crate) conversion: Conversion,
    pub(crate) absent: BTreeSet<String>,
    pub(crate) trim: bool,
}

/// The local columns a mapping reads, each once, with the line that first names it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    names: Vec<String>,
    lines: Vec<usize>,
}

impl Columns {
    pub(crate) fn place_of(&mut self, name: &str, line: usize) -> usize {
        if let Some(known) = self.names.iter().position(|column| column == name) {
            return known;
        }
        self.names.push(name.to_owned());
        self.lines.push(line);
        self.names.len() - 1
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn with_lines(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names
            .iter()
            .map(String::as_str)
            .zip(self.lines.iter().copied())
    }
}

/// Reads the rule on `sheet`; `None` when it has faults, which are then recorded.
pub(crate) fn rule(
    sheet: &Sheet<'_>,
    target: &Target<'_>,
    columns: &mut Columns,
    faults: &mut FileFaults,
) -> Option<Rule> {
    let constant = sheet.text("const", faults);
    let from = sheet.entry("from");
    let trim = sheet.flag("trim", faults).unwrap_or(true);
    let absent = sheet.texts("absent", faults).unwrap_or_default();
    let absent = absent
        .into_iter()
        .map(|(text, _)| text.to_owned())
        .collect();
    let named: Vec<_> = CONVERSIONS
        .iter()
        .filter_map(|name| Some((*name, sheet.entry(name)?)))
        .collect();
    if let [_, (second, entry), ..] = named.as_slice() {
        faults.at(
            &entry.place,
            format!("{}: `{second}` is a second conversion", target.name),
        );
        return None;
    }
    let named = named.into_iter().next();
    if let Some(text) = constant {
        let other = from.as_ref().or(named.as_ref().map(|(_, entry)| entry));
        let value = constant_value(text, target, sheet, other, faults)?;
        let (inputs, conversion) = (Inputs::Constant(value), Conversion::AsIs);
        return Some(Rule {
            inputs,
            conversion,
            absent,
            trim,
        });
    }
    let Some(from) = from else {
        faults.at(
            sheet.place(),
            format!("{} has neither `from` nor `const`", target.name),
        );
        return None;
    };
    let inputs = inputs(&from, target, columns, faults);
    let written = match named {
        None => Some(Written {
            conversion: Conversion::AsIs,
            sign_column: None,
        }),
        Some(("expr", entry)) => {
            conversions::expression(&entry, inputs.as_ref(), target, columns, faults)
        }
        Some((name, entry)) => conversions::read(name, &entry, target, faults),
    };
    let (mut inputs, written) = (inputs?, written?);
    if let (Inputs::Columns(places), Some((column, line))) = (&mut inputs, written.sign_column) {
        places.push(columns.place_of(&column, line));
    }
    let rule = Rule {
        inputs,
        conversion: written.conversion,
        absent,
        trim,
    };
    shape_fits(&rule, target, &from, faults).then_some(rule)
}

fn constant_value(
    text: &str,
    target: &Target<'_>,
    sheet: &Sheet<'_>,
    other: Option<&Entry<'_>>,
    faults: &mut FileFaults,
) -> Option<Value> {
    if let Some(other) = other {
        let reason = format!(
            "{}: `const` takes neither `from` nor a conversion",
            target.name
        );
        faults.at(&other.place, reason);
        return None;
    }
    let value = Conversion::AsIs.apply(&target.kind, &[text]);
    match value.and_then(|value| (target.check)(&value).map(|()| value)) {
        Ok(value) => Some(value),
        Err(defect) => {
            let place = sheet
                .entry("const")
                .map_or(sheet.place().clone(), |entry| entry.place);
            let why = defect.as_str();
            faults.at(
                &place,
                format!("{}: the constant `{text}` is refused: {why}", target.name),
            );
            None
        }
    }
}

fn inputs(
    from: &Entry<'_>,
    target: &Target<'_>,
    columns: &mut Columns,
    faults: &mut FileFaults,
) -> Option<Inputs> {
    let line = faults.line_of(&from.place);
    let names = match from.value.as_str() {
        Some("@file-date") => return Some(Inputs::FileDate),
        Some("@as-of") => return Some(Inputs::AsOf),
        Some(name) => vec![name],
        None => from
            .texts("from", faults)?
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    };
    let bad = names
        .iter()
        .any(|name| name.is_empty() || name.starts_with('@') && !outside::is_own_column(name));
    if bad || names.is_empty() || names.len() > COLUMNS_PER_RULE_MAX {
        let reason = "`from` must name 1 to 8 columns, `@file-date` or `@as-of`";
        faults.at(&from.place, format!("{}: {reason}", target.name));
        return None;
    }
    let places = names
        .iter()
        .map(|name| columns.place_of(name, line))
        .collect();
    Some(Inputs::Columns(places))
}

/// How many columns the conversion reads must be how many the rule names.
fn shape_fits(rule: &Rule, target: &Target<'_>, from: &Entry<'_>, faults: &mut FileFaults) -> bool {
    let count = match &rule.inputs {
        Inputs::Columns(places) => places.len(),
        Inputs::Constant(_) => return true,
        Inputs::FileDate | Inputs::AsOf => {
            let dated = matches!(
                target.kind,
                ItemType::Date | ItemType::Month | ItemType::Time
            );
            if !dated {
                let reason = "`@file-date` and `@as-of` fill only dates, months and times";
                faults.at(&from.place, format!("{}: {reason}", target.name));
            }
            return dated;
        }
    };
    let wanted = match &rule.conversion {
        Conversion::Text { .. } | Conversion::Expression(_) => count,
        Conversion::CodePatterns(patterns) => {
            let uneven = patterns.iter().find(|(pattern, _)| pattern.len() != count);
            uneven.map_or(count, |(pattern, _)| pattern.len())
        }
        Conversion::Decimal { flag: Some(_), .. } => 2,
        Conversion::AsIs
        | Conversion::Codes(_)
        | Conversion::Date(_)
        | Conversion::Month(_)
        | Conversion::Time(_)
        | Conversion::Decimal { flag: None, .. }
        | Conversion::Integer { .. }
        | Conversion::Boolean { .. }
        | Conversion::IdNumber => 1,
    };
    if wanted != count {
        let reason = format!("the conversion reads {wanted} column(s), `from` gives {count}");
        faults.at(&from.place, format!("{}: {reason}", target.name));
    }
    wanted == count
}
