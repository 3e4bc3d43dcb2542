//! The conversions of a rule as a mapping file writes them. Each is checked against the type and
//! the code set of what it fills, so that none can fail for every row.

use std::collections::BTreeMap;

use catalog::ItemType;

use super::{Columns, Inputs, Target};
use crate::translate::convert::{AmountUnit, Conversion, DayForm, MonthForm, SignFlag};
use crate::translate::expression::Expression;
use crate::translate::faults::FileFaults;
use crate::translate::sheet::{Entry, Sheet};

/// Width to which lost leading zeros may be restored.
const ZERO_PAD_MAX: u32 = 64;
/// Largest factor of an integer conversion (years to months needs 12).
const INTEGER_TIMES_MAX: u32 = 1_000;

/// A conversion as written, and the further column that gives an amount its sign, with the line
/// that names it.
pub(super) struct Written {
    pub(super) conversion: Conversion,
    pub(super) sign_column: Option<(String, usize)>,
}

/// Reads the conversion `name`; `None` when it has faults, which are then recorded.
pub(super) fn read(
    name: &str,
    entry: &Entry<'_>,
    target: &Target<'_>,
    faults: &mut FileFaults,
) -> Option<Written> {
    if !type_fits(name, &target.kind) {
        let kind = target.kind.name();
        faults.at(
            &entry.place,
            format!("{}: `{name}` cannot fill a {kind} item", target.name),
        );
        return None;
    }
    let conversion = match name {
        "text" => text(entry, faults),
        "codes" => codes(entry, target, faults),
        "date" => form(name, entry, target, DayForm::named, faults).map(Conversion::Date),
        "month" => form(name, entry, target, MonthForm::named, faults).map(Conversion::Month),
        "time" => form(name, entry, target, DayForm::named, faults).map(Conversion::Time),
        "decimal" => return decimal(entry, target, faults),
        "integer" => integer(entry, faults),
        "boolean" => boolean(entry, faults),
        _ => id_number(name, entry, target, faults),
    };
    Some(Written {
        conversion: conversion?,
        sign_column: None,
    })
}

/// An expression over the columns of `from`, compiled and checked here and nowhere else.
pub(super) fn expression(
    entry: &Entry<'_>,
    inputs: Option<&Inputs>,
    target: &Target<'_>,
    columns: &Columns,
    faults: &mut FileFaults,
) -> Option<Written> {
    let Some(source) = entry.value.as_str() else {
        faults.at(
            &entry.place,
            format!("{}: `expr` must be text in quotes", target.name),
        );
        return None;
    };
    let Inputs::Columns(places) = inputs? else {
        faults.at(
            &entry.place,
            format!("{}: `expr` reads columns", target.name),
        );
        return None;
    };
    let names = places
        .iter()
        .filter_map(|place| columns.names().get(*place));
    let names: Vec<String> = names.cloned().collect();
    match Expression::compile(source, &names, &target.kind, target.check) {
        Ok(expression) => Some(Written {
            conversion: Conversion::Expression(expression),
            sign_column: None,
        }),
        Err(reasons) => {
            for reason in reasons {
                faults.at(&entry.place, format!("{}: {reason}", target.name));
            }
            None
        }
    }
}

fn id_number(
    name: &str,
    entry: &Entry<'_>,
    target: &Target<'_>,
    faults: &mut FileFaults,
) -> Option<Conversion> {
    if entry.value.as_bool() == Some(true) {
        return Some(Conversion::IdNumber);
    }
    faults.at(
        &entry.place,
        format!("{}: `{name}` can only be true", target.name),
    );
    None
}

fn type_fits(conversion: &str, kind: &ItemType) -> bool {
    match kind {
        ItemType::Text { .. } => matches!(conversion, "text" | "codes" | "id_number"),
        ItemType::Code { .. } => matches!(conversion, "text" | "codes"),
        ItemType::Date => conversion == "date",
        ItemType::Month => conversion == "month",
        ItemType::Time => conversion == "time",
        ItemType::Decimal { .. } => conversion == "decimal",
        ItemType::Integer { .. } => conversion == "integer",
        ItemType::Boolean => conversion == "boolean",
    }
}

fn form<F>(
    name: &str,
    entry: &Entry<'_>,
    target: &Target<'_>,
    named: fn(&str) -> Option<F>,
    faults: &mut FileFaults,
) -> Option<F> {
    let found = entry.value.as_str().and_then(named);
    if found.is_none() {
        faults.at(
            &entry.place,
            format!("{}: unknown form of `{name}`", target.name),
        );
    }
    found
}

fn text(entry: &Entry<'_>, faults: &mut FileFaults) -> Option<Conversion> {
    let sheet = entry.sheet("text", faults)?;
    let join = sheet.text("join", faults).unwrap_or_default().to_owned();
    let zero_pad = sheet.count("zero_pad", ZERO_PAD_MAX, faults).unwrap_or(0);
    sheet.finish(faults);
    Some(Conversion::Text {
        join,
        zero_pad: usize::try_from(zero_pad).unwrap_or(0),
    })
}

fn codes(entry: &Entry<'_>, target: &Target<'_>, faults: &mut FileFaults) -> Option<Conversion> {
    if entry.value.is_array() {
        return code_patterns(entry, target, faults);
    }
    let sheet = entry.sheet("codes", faults)?;
    let mut map = BTreeMap::new();
    let mut sound = true;
    for (raw, code) in sheet.entries() {
        let known = code
            .value
            .as_str()
            .filter(|code| code_is_known(code, target));
        match known {
            Some(code) => drop(map.insert(raw.to_owned(), code.to_owned())),
            None => {
                sound = false;
                let reason = "maps to a code outside the code set";
                faults.at(&code.place, format!("{}: `{raw}` {reason}", target.name));
            }
        }
    }
    sound.then_some(Conversion::Codes(map))
}

fn code_patterns(
    entry: &Entry<'_>,
    target: &Target<'_>,
    faults: &mut FileFaults,
) -> Option<Conversion> {
    let mut patterns = Vec::new();
    let mut sound = true;
    for pair in entry.value.as_array()?.iter() {
        let texts = Entry {
            value: pair.get_ref(),
            place: pair.span(),
        }
        .texts("codes", faults);
        let Some([(pattern, _), (code, place)]) = texts.as_deref() else {
            sound = false;
            let reason = "each entry of `codes` must be a pattern and a code";
            faults.at(&pair.span(), format!("{}: {reason}", target.name));
            continue;
        };
        if !code_is_known(code, target) {
            sound = false;
            let reason = "maps to a code outside the code set";
            faults.at(place, format!("{}: `{pattern}` {reason}", target.name));
        }
        let parts = pattern
            .split('/')
            .map(|part| (part != "*").then(|| part.to_owned()));
        patterns.push((parts.collect(), (*code).to_owned()));
    }
    sound.then_some(Conversion::CodePatterns(patterns))
}

fn code_is_known(code: &str, target: &Target<'_>) -> bool {
    let value = Conversion::AsIs.apply(&target.kind, &[code]);
    value.is_ok_and(|value| (target.check)(&value).is_ok())
}

fn decimal(entry: &Entry<'_>, target: &Target<'_>, faults: &mut FileFaults) -> Option<Written> {
    let sheet = entry.sheet("decimal", faults)?;
    let unit = sheet.text_required("unit", faults)?;
    let Some(unit) = AmountUnit::named(unit) else {
        faults.at(
            &entry.place,
            format!("{}: unknown unit `{unit}`", target.name),
        );
        return None;
    };
    let (mut flag, mut sign_column) = (None, None);
    if let Some(when) = sheet.sheet("negative_when", faults) {
        let column = when.text_required("column", faults)?;
        flag = Some(sign_flag(&when, target, faults)?);
        when.finish(faults);
        sign_column = Some((column.to_owned(), faults.line_of(&entry.place)));
    }
    sheet.finish(faults);
    Some(Written {
        conversion: Conversion::Decimal { unit, flag },
        sign_column,
    })
}

/// Both meanings of a flag are stated: one that is in neither list is no credit.
fn sign_flag(when: &Sheet<'_>, target: &Target<'_>, faults: &mut FileFaults) -> Option<SignFlag> {
    let negative = when.text_required("equals", faults);
    let positive = match when.entry("otherwise") {
        Some(entry) if entry.value.is_str() => when.text("otherwise", faults).map(|one| vec![one]),
        Some(_) => {
            let all = when.texts("otherwise", faults);
            all.map(|all| all.into_iter().map(|(text, _)| text).collect())
        }
        None => Some(Vec::new()),
    };
    let (negative, positive) = (negative?, positive?);
    if positive.is_empty() || positive.contains(&negative) {
        let reason = "`negative_when` needs `otherwise`, the text or texts of the other sign";
        faults.at(when.place(), format!("{}: {reason}", target.name));
        return None;
    }
    Some(SignFlag {
        negative: negative.to_owned(),
        positive: positive.into_iter().map(str::to_owned).collect(),
    })
}

fn integer(entry: &Entry<'_>, faults: &mut FileFaults) -> Option<Conversion> {
    let sheet = entry.sheet("integer", faults)?;
    let times = sheet.count("times", INTEGER_TIMES_MAX, faults).unwrap_or(1);
    sheet.finish(faults);
    Some(Conversion::Integer {
        times: i64::from(times),
    })
}

fn boolean(entry: &Entry<'_>, faults: &mut FileFaults) -> Option<Conversion> {
    let sheet = entry.sheet("boolean", faults)?;
    let yes = sheet.text_required("true", faults)?.to_owned();
    let no = sheet.text_required("false", faults)?.to_owned();
    sheet.finish(faults);
    if yes == no {
        faults.at(&entry.place, "`boolean` gives one raw value both meanings");
        return None;
    }
    Some(Conversion::Boolean { yes, no })
}
