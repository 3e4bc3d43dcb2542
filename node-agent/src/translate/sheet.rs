//! A TOML file of the mapping folder, read key by key so that each fault keeps its line.
//! It knows TOML and nothing of mappings; keys that nobody asked for are faults.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::faults::FileFaults;

/// Longest mapping file that is read.
pub(crate) const MAPPING_BYTES_MAX: usize = 1 << 20;

/// Where in the file something stands.
pub(crate) type Place = Range<usize>;

/// One table of the file and where it stands.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    table: &'a DeTable<'a>,
    place: Place,
    what: String,
    asked: RefCell<BTreeSet<String>>,
}

/// One value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) value: &'a DeValue<'a>,
    pub(crate) place: Place,
}

/// Parses `text`; every syntax fault is recorded, and then nothing else is read from the file.
pub(crate) fn parse<'a>(text: &'a str, faults: &mut FileFaults) -> Option<DeTable<'a>> {
    if text.len() > MAPPING_BYTES_MAX {
        faults.file(format!("longer than {MAPPING_BYTES_MAX} bytes"));
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let place = error.span().unwrap_or(0..0);
        faults.at(&place, format!("not well-formed: {}", error.message()));
    }
    errors.is_empty().then(|| table.into_inner())
}

impl<'a> Sheet<'a> {
    pub(crate) fn root(table: &'a DeTable<'a>) -> Self {
        Self::new(table, 0..0, "the file")
    }

    fn new(table: &'a DeTable<'a>, place: Place, what: &str) -> Self {
        Self {
            table,
            place,
            what: what.to_owned(),
            asked: RefCell::default(),
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// The value under `key`, if the file has one.
    pub(crate) fn entry(&self, key: &str) -> Option<Entry<'a>> {
        self.asked.borrow_mut().insert(key.to_owned());
        let found = self
            .table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key);
        found.map(|(name, value)| Entry {
            value: value.get_ref(),
            place: name.span(),
        })
    }

    /// All keys in file order, for tables whose keys are names of the author's choosing.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Entry<'a>)> {
        let mut all: Vec<_> = self
            .table
            .iter()
            .map(|(name, value)| {
                let entry = Entry {
                    value: value.get_ref(),
                    place: name.span(),
                };
                (name.get_ref().as_ref(), entry)
            })
            .collect();
        all.sort_by_key(|(_, entry)| entry.place.start);
        self.asked
            .borrow_mut()
            .extend(all.iter().map(|(name, _)| (*name).to_owned()));
        all
    }

    pub(crate) fn text(&self, key: &str, faults: &mut FileFaults) -> Option<&'a str> {
        let entry = self.entry(key)?;
        let text = entry.value.as_str();
        if text.is_none() {
            faults.at(&entry.place, format!("`{key}` must be text in quotes"));
        }
        text
    }

    pub(crate) fn text_required(&self, key: &str, faults: &mut FileFaults) -> Option<&'a str> {
        if self.entry(key).is_none() {
            faults.at(&self.place, format!("{} lacks the key `{key}`", self.what));
        }
        self.text(key, faults)
    }

    pub(crate) fn flag(&self, key: &str, faults: &mut FileFaults) -> Option<bool> {
        let entry = self.entry(key)?;
        let flag = entry.value.as_bool();
        if flag.is_none() {
            faults.at(&entry.place, format!("`{key}` must be true or false"));
        }
        flag
    }

    /// A whole number from 1 to `max`.
    pub(crate) fn count(&self, key: &str, max: u32, faults: &mut FileFaults) -> Option<u32> {
        let entry = self.entry(key)?;
        let number = entry
            .value
            .as_integer()
            .and_then(|n| n.as_str().parse::<u32>().ok());
        let number = number.filter(|n| (1..=max).contains(n));
        if number.is_none() {
            faults.at(
                &entry.place,
                format!("`{key}` must be a whole number from 1 to {max}"),
            );
        }
        number
    }

    pub(crate) fn texts(
        &self,
        key: &str,
        faults: &mut FileFaults,
    ) -> Option<Vec<(&'a str, Place)>> {
        let entry = self.entry(key)?;
        entry.texts(key, faults)
    }

    pub(crate) fn sheet(&self, key: &str, faults: &mut FileFaults) -> Option<Sheet<'a>> {
        let entry = self.entry(key)?;
        entry.sheet(key, faults)
    }

    pub(crate) fn sheet_required(&self, key: &str, faults: &mut FileFaults) -> Option<Sheet<'a>> {
        if self.entry(key).is_none() {
            faults.at(
                &self.place,
                format!("{} lacks the table `[{key}]`", self.what),
            );
        }
        self.sheet(key, faults)
    }

    /// The tables of `[[key]]`, each at its own place.
    pub(crate) fn sheets(&self, key: &str, faults: &mut FileFaults) -> Vec<Sheet<'a>> {
        let Some(entry) = self.entry(key) else {
            return Vec::new();
        };
        let Some(array) = entry.value.as_array() else {
            faults.at(
                &entry.place,
                format!("`{key}` must be written as `[[{key}]]` tables"),
            );
            return Vec::new();
        };
        let mut sheets = Vec::new();
        for element in array.iter() {
            match element.get_ref().as_table() {
                Some(table) => {
                    sheets.push(Sheet::new(table, element.span(), &format!("`[[{key}]]`")))
                }
                None => faults.at(
                    &element.span(),
                    format!("`{key}` holds something not a table"),
                ),
            }
        }
        sheets
    }

    /// Records every key that no reader has asked for.
    pub(crate) fn finish(&self, faults: &mut FileFaults) {
        let asked = self.asked.borrow();
        for name in self.table.keys() {
            let key = name.get_ref().as_ref();
            if !asked.contains(key) {
                faults.at(
                    &name.span(),
                    format!("unknown key `{key}` in {}", self.what),
                );
            }
        }
    }
}

impl<'a> Entry<'a> {
    pub(crate) fn sheet(&self, key: &str, faults: &mut FileFaults) -> Option<Sheet<'a>> {
        let table = self.value.as_table();
        if table.is_none() {
            faults.at(&self.place, format!("`{key}` must be a table"));
        }
        table.map(|table| Sheet::new(table, self.place.clone(), &format!("`{key}`")))
    }

    pub(crate) fn texts(
        &self,
        key: &str,
        faults: &mut FileFaults,
    ) -> Option<Vec<(&'a str, Place)>> {
        let texts = self.value.as_array().and_then(|array| {
            let pairs = array
                .iter()
                .map(|one| Some((one.get_ref().as_str()?, one.span())));
            pairs.collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            faults.at(&self.place, format!("`{key}` must be a list of texts"));
        }
        texts
    }
}
