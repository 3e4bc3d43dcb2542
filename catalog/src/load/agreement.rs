//! What the parts of a catalogue must agree on: numbers without gaps, names that occur once,
//! keys, and references between items, classes and code sets.

use std::collections::{BTreeMap, BTreeSet};

use super::class::ClassDraft;
use super::{Draft, Drafted, fault};
use crate::code_set::CodeSet;
use crate::fault::Fault;
use crate::item::{Item, ItemType, KeyRole, TextFormat};
use crate::number::ClassNo;

/// The code set of the types that an id number is checked by.
const ID_TYPES: &str = "id-type";

type CodeSets<'d> = BTreeMap<&'d str, &'d CodeSet>;

pub(super) fn check(draft: &Draft, faults: &mut Vec<Fault>) {
    check_headings(draft, faults);
    check_file_names(draft, faults);
    check_classes(&draft.classes, faults);
    let mut code_sets = CodeSets::new();
    for set in &draft.code_sets {
        if code_sets.insert(&set.of.name, &set.of).is_some() {
            faults.push(set.fault(format!("code set `{}` occurs twice", set.of.name)));
        }
    }
    for class in &draft.classes {
        check_numbers(class, faults);
        check_keys(class, faults);
        check_items(class, &code_sets, faults);
    }
}

fn check_headings(draft: &Draft, faults: &mut Vec<Fault>) {
    match draft.headings.as_slice() {
        [_] => {}
        [] if faults.iter().any(|fault| fault.file == "catalog.toml") => {}
        [] => faults.push(fault("catalog.toml", 1, "the file is missing")),
        [_, more @ ..] => {
            faults.extend(
                more.iter()
                    .map(|heading| heading.fault("the file occurs twice")),
            );
        }
    }
}

fn check_file_names(draft: &Draft, faults: &mut Vec<Fault>) {
    let classes = draft.classes.iter().map(|class| {
        (
            &class.file,
            class.line,
            format!("classes/{}-{}.toml", class.of.no, class.of.code),
        )
    });
    let code_sets = draft.code_sets.iter().map(|set| {
        (
            &set.file,
            set.line,
            format!("code-sets/{}.toml", set.of.name),
        )
    });
    for (file, line, expected) in classes.chain(code_sets) {
        if *file != expected {
            faults.push(fault(
                file,
                line,
                format!("the file must be named `{expected}`"),
            ));
        }
    }
}

fn check_classes(classes: &[Drafted<ClassDraft>], faults: &mut Vec<Fault>) {
    let mut numbers = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for class in classes {
        if !numbers.insert(class.of.no) {
            faults.push(class.fault(format!("class `{}` occurs twice", class.of.no)));
        }
        if !codes.insert(&class.of.code) {
            faults.push(class.fault(format!("class code `{}` occurs twice", class.of.code)));
        }
    }
    if numbers.is_empty() && faults.is_empty() {
        faults.push(fault(
            "classes",
            1,
            "a catalogue must have at least one class",
        ));
    }
    // Files that could not be read may hold the numbers missed here, so they are named first.
    let last = numbers.last().copied();
    for missing in ClassNo::all().filter(|no| Some(*no) < last && !numbers.contains(no)) {
        faults.push(fault("classes", 1, format!("class `{missing}` is missing")));
    }
}

fn check_numbers(class: &Drafted<ClassDraft>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    let mut expected = 1;
    for draft in &class.of.items {
        let Some(no) = draft.no else {
            expected += 1;
            continue;
        };
        let mut say = |reason: String| faults.push(fault(&class.file, draft.line, reason));
        if no.class() != class.of.no {
            say(format!(
                "item `{no}` does not belong to class `{}`",
                class.of.no
            ));
        } else if !seen.insert(no) {
            say(format!("item `{no}` occurs twice"));
        } else if no.item() < expected {
            say(format!("item `{no}` is out of order"));
        } else {
            if no.item() > expected {
                say(format!(
                    "item `{}-{expected:02}` is missing before `{no}`",
                    class.of.no
                ));
            }
            expected = no.item().saturating_add(1);
        }
    }
}

fn check_keys(class: &Drafted<ClassDraft>, faults: &mut Vec<Fault>) {
    // An item that could not be read may have been the key.
    if class.of.items.iter().any(|draft| draft.item.is_none()) {
        return;
    }
    let count = |role| {
        let items = class
            .of
            .items
            .iter()
            .filter_map(|draft| draft.item.as_ref());
        items.filter(|item| item.key == Some(role)).count()
    };
    if count(KeyRole::Record) != 1 {
        faults.push(class.fault("a class must have exactly one record key"));
    }
    if count(KeyRole::Subject) == 0 {
        faults.push(class.fault("a class must have a subject key"));
    }
}

fn check_items(class: &Drafted<ClassDraft>, code_sets: &CodeSets<'_>, faults: &mut Vec<Fault>) {
    let mut codes = BTreeSet::new();
    for draft in &class.of.items {
        let Some(item) = &draft.item else { continue };
        let mut say = |reason: String| faults.push(fault(&class.file, draft.line, reason));
        if !codes.insert(&item.code) {
            say(format!(
                "item code `{}` occurs twice in the class",
                item.code
            ));
        }
        if let Some(reason) = code_set_fault(item, code_sets) {
            say(reason);
        }
        if let Some(TextFormat::IdNumber { id_type }) = item.format {
            let fits = class
                .of
                .items
                .iter()
                .filter(|other| other.no == Some(id_type))
                .any(|other| match other.item.as_ref().map(|other| &other.kind) {
                    Some(ItemType::Code {
                        set,
                        multiple: false,
                    }) => set == ID_TYPES,
                    Some(_) => false,
                    // It was read badly and is reported itself.
                    None => true,
                });
            if !fits {
                say(format!("item `{id_type}` is not the type of an id number"));
            }
        }
    }
}

fn code_set_fault(item: &Item, code_sets: &CodeSets<'_>) -> Option<String> {
    let ItemType::Code { set: name, .. } = &item.kind else {
        return None;
    };
    let Some(set) = code_sets.get(name.as_str()) else {
        return Some(format!("code set `{name}` does not exist"));
    };
    let too_short = item
        .length
        .is_some_and(|length| usize::from(length) < set.code_length_max());
    too_short.then(|| format!("codes of `{name}` are longer than the `length` of the item"))
}
