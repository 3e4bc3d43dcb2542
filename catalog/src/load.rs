//! Loading a catalogue from its sources. It goes on after a fault to find the others, and hands
//! out a catalogue only when there is none.

mod agreement;
mod class;
mod code_set;
mod heading;
mod table;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::code_set::CodeSet;
use crate::digest;
use crate::fault::{CatalogError, Fault, Source};
use class::ClassDraft;
use heading::Heading;
use table::Table;

/// Something read from a source, with the line a fault of it is reported at.
#[derive(Debug)]
struct Drafted<T> {
    file: String,
    line: usize,
    of: T,
}

impl<T> Drafted<T> {
    fn fault(&self, reason: impl Into<String>) -> Fault {
        fault(&self.file, self.line, reason)
    }
}

fn fault(file: &str, line: usize, reason: impl Into<String>) -> Fault {
    Fault {
        file: file.to_owned(),
        line,
        reason: reason.into(),
    }
}

#[derive(Debug, Default)]
struct Draft {
    headings: Vec<Drafted<Heading>>,
    classes: Vec<Drafted<ClassDraft>>,
    code_sets: Vec<Drafted<CodeSet>>,
}

pub(crate) fn load(sources: &[Source<'_>]) -> Result<Catalog, CatalogError> {
    let mut faults = Vec::new();
    let mut draft = Draft::default();
    for source in sources {
        read(source, &mut draft, &mut faults);
    }
    agreement::check(&draft, &mut faults);
    let heading = draft.headings.into_iter().next();
    let (Some(heading), true) = (heading, faults.is_empty()) else {
        faults.sort();
        return Err(CatalogError::Faults(faults));
    };
    let mut classes: Vec<_> = draft
        .classes
        .into_iter()
        .map(|class| class.of.into_class())
        .collect();
    classes.sort_by_key(|class| class.no);
    let code_sets: BTreeMap<_, _> = draft
        .code_sets
        .into_iter()
        .map(|set| (set.of.name.clone(), set.of))
        .collect();
    let digest = digest::digest(&classes, code_sets.values());
    if let Some(fault) = heading.of.own_predecessor_fault(&digest) {
        return Err(CatalogError::Faults(vec![fault]));
    }
    Ok(Catalog {
        version: heading.of.version,
        previous: heading.of.previous.map(|previous| previous.of),
        digest,
        classes,
        code_sets,
    })
}

fn read(source: &Source<'_>, draft: &mut Draft, faults: &mut Vec<Fault>) {
    let file = source.name;
    let (document, errors) = toml::de::DeTable::parse_recoverable(source.text);
    if !errors.is_empty() {
        faults.extend(errors.iter().map(|error| {
            let at = error.span().map_or(0, |span| span.start);
            fault(
                file,
                table::line(source.text, at),
                one_line(error.message()),
            )
        }));
        return;
    }
    let mut table = Table::document(source, document.get_ref());
    if file == "catalog.toml" {
        let heading = heading::read(&mut table, faults);
        table.close(faults);
        draft.headings.extend(heading.map(|of| Drafted {
            file: file.to_owned(),
            line: 1,
            of,
        }));
    } else if file.starts_with("classes/") {
        let class = class::read(&mut table, faults);
        table.close(faults);
        draft.classes.extend(class.map(|of| Drafted {
            file: file.to_owned(),
            line: 1,
            of,
        }));
    } else if file.starts_with("code-sets/") {
        let set = code_set::read(&mut table, faults);
        table.close(faults);
        draft.code_sets.extend(set.map(|of| Drafted {
            file: file.to_owned(),
            line: 1,
            of,
        }));
    } else {
        faults.push(fault(file, 1, "a catalogue has no file of this name"));
    }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
