//! Reading one code-set file.

use std::collections::BTreeMap;

use super::table::Table;
use crate::code_set::{CodeEntry, CodePattern, CodePrefix, CodeSet};
use crate::fault::Fault;

/// The most digits a pattern may ask for.
const PATTERN_DIGITS_MAX: u16 = 12;
/// Joins the codes of a multi-valued item, so that no code may contain it.
const SEPARATOR: char = ';';

pub(super) fn read(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<CodeSet> {
    let name = table.required_text("name", faults);
    let zh = table.required_text("zh", faults);
    let en = table.required_text("en", faults);
    let before = faults.len();
    let pattern = table.table("pattern", faults).and_then(|mut pattern| {
        let read = read_pattern(&mut pattern, faults);
        pattern.close(faults);
        read
    });
    let entries = read_entries(table, faults);
    if faults.len() > before {
        // The set exists, so that items naming it are not blamed for the faults inside it.
        return Some(CodeSet {
            name: name?,
            zh: zh?,
            en: en?,
            entries,
            pattern,
        });
    }
    if entries.is_empty() {
        faults.push(table.fault("a code set must have at least one entry"));
    }
    Some(CodeSet {
        name: name?,
        zh: zh?,
        en: en?,
        entries,
        pattern,
    })
}

fn read_entries(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> BTreeMap<String, CodeEntry> {
    let mut entries = BTreeMap::new();
    let mut successors = Vec::new();
    for mut entry in table.tables("entry", faults) {
        let is_code = |text: &str| {
            let plain = text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() && c != SEPARATOR);
            plain.then(|| text.to_owned())
        };
        let code = entry.required_word("code", "a code of letters and digits", is_code, faults);
        let label = entry.required_text("label", faults);
        let successor = entry.text("successor", faults);
        entry.close(faults);
        let (Some(code), Some(label)) = (code, label) else {
            continue;
        };
        successors.extend(successor.clone().map(|successor| {
            let reason = format!("the successor `{successor}` is not a code in use");
            (successor, entry.fault_at("successor", reason))
        }));
        let twice = format!("code `{code}` is listed twice");
        if entries
            .insert(code, CodeEntry { label, successor })
            .is_some()
        {
            faults.push(entry.fault_at("code", twice));
        }
    }
    for (successor, fault) in successors {
        let in_use = entries
            .get(&successor)
            .is_some_and(|entry| entry.successor.is_none());
        if !in_use {
            faults.push(fault);
        }
    }
    entries
}

fn read_pattern(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<CodePattern> {
    let of_entry = table.flag("entry_prefix", faults).unwrap_or(false);
    let prefixes = table.texts("prefixes", faults);
    let digits_min = table.number("digits_min", (0, PATTERN_DIGITS_MAX), faults);
    let digits_max = table.number("digits_max", (1, PATTERN_DIGITS_MAX), faults);
    let prefix = match (of_entry, prefixes) {
        (true, None) => CodePrefix::Entry,
        (false, Some(texts)) if !texts.is_empty() => CodePrefix::OneOf(texts),
        _ => {
            faults.push(table.fault("a pattern has either `entry_prefix` or some `prefixes`"));
            return None;
        }
    };
    let (Some(min), Some(max)) = (digits_min, digits_max) else {
        faults.push(table.fault("a pattern has both `digits_min` and `digits_max`"));
        return None;
    };
    if min > max {
        faults.push(table.fault("`digits_min` is above `digits_max`"));
        return None;
    }
    Some(CodePattern {
        prefix,
        digits_min: u8::try_from(min).ok()?,
        digits_max: u8::try_from(max).ok()?,
    })
}
