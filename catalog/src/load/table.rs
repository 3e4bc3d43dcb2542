//! Reading one table of a source: every key at most once asked for, every fault with its line.
//! A key that nobody asked for is a fault, since a misspelt key must not be lost in silence.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault;
use crate::fault::{Fault, Source};

/// The line of a byte offset, counted from one.
pub(super) fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

pub(super) struct Table<'t> {
    file: &'t str,
    text: &'t str,
    line: usize,
    entries: &'t DeTable<'t>,
    asked: BTreeSet<&'static str>,
}

impl<'t> Table<'t> {
    pub(super) fn document(source: &Source<'t>, entries: &'t DeTable<'t>) -> Self {
        Self {
            file: source.name,
            text: source.text,
            line: 1,
            entries,
            asked: BTreeSet::new(),
        }
    }

    pub(super) const fn line(&self) -> usize {
        self.line
    }

    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        fault(self.file, self.line, reason)
    }

    /// A fault at the line of a key, or of the table when the key is not there.
    pub(super) fn fault_at(&self, key: &str, reason: impl Into<String>) -> Fault {
        let entry = self.entries.iter().find(|(name, _)| name.get_ref() == key);
        let at = entry.map_or(self.line, |(name, _)| line(self.text, name.span().start));
        fault(self.file, at, reason)
    }

    fn find(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.insert(key);
        self.entries.get(key)
    }

    /// Lets keys pass unread, when a fault elsewhere leaves open whether they belong here.
    pub(super) fn pass(&mut self, keys: &[&'static str]) {
        self.asked.extend(keys);
    }

    fn wrong(&self, key: &str, wanted: &str) -> Fault {
        self.fault_at(key, format!("`{key}` must be {wanted}"))
    }

    fn missing(&self, key: &str) -> Fault {
        self.fault(format!("`{key}` is missing"))
    }

    pub(super) fn text(&mut self, key: &'static str, faults: &mut Vec<Fault>) -> Option<String> {
        let value = self.find(key)?;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            _ => {
                faults.push(self.wrong(key, "a text that is not empty"));
                None
            }
        }
    }

    pub(super) fn required_text(
        &mut self,
        key: &'static str,
        faults: &mut Vec<Fault>,
    ) -> Option<String> {
        if self.find(key).is_none() {
            faults.push(self.missing(key));
            return None;
        }
        self.text(key, faults)
    }

    /// A text that `read` understands; `wanted` says what that is.
    pub(super) fn word<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let text = self.text(key, faults)?;
        let word = read(&text);
        if word.is_none() {
            faults.push(self.fault_at(key, format!("`{text}` is not {wanted}")));
        }
        word
    }

    pub(super) fn required_word<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        if self.find(key).is_none() {
            faults.push(self.missing(key));
            return None;
        }
        self.word(key, wanted, read, faults)
    }

    /// A whole number from `min` to `max`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        (min, max): (u16, u16),
        faults: &mut Vec<Fault>,
    ) -> Option<u16> {
        let value = self.find(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| u16::from_str_radix(integer.as_str(), integer.radix()).ok());
        let within = number.filter(|number| (min..=max).contains(number));
        if within.is_none() {
            faults.push(self.wrong(key, &format!("a whole number from {min} to {max}")));
        }
        within
    }

    pub(super) fn flag(&mut self, key: &'static str, faults: &mut Vec<Fault>) -> Option<bool> {
        let value = self.find(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            faults.push(self.wrong(key, "true or false"));
        }
        flag
    }

    pub(super) fn required_flag(
        &mut self,
        key: &'static str,
        faults: &mut Vec<Fault>,
    ) -> Option<bool> {
        if self.find(key).is_none() {
            faults.push(self.missing(key));
            return None;
        }
        self.flag(key, faults)
    }

    pub(super) fn texts(
        &mut self,
        key: &'static str,
        faults: &mut Vec<Fault>,
    ) -> Option<Vec<String>> {
        let value = self.find(key)?;
        let texts = value.get_ref().as_array().and_then(|array| {
            array
                .iter()
                .map(|text| text.get_ref().as_str().map(str::to_owned))
                .collect()
        });
        if texts.is_none() {
            faults.push(self.wrong(key, "a list of texts"));
        }
        texts
    }

    pub(super) fn table(&mut self, key: &'static str, faults: &mut Vec<Fault>) -> Option<Self> {
        let value = self.find(key)?;
        let table = value
            .get_ref()
            .as_table()
            .map(|entries| self.inner(value, entries));
        if table.is_none() {
            faults.push(self.wrong(key, "a table"));
        }
        table
    }

    pub(super) fn tables(&mut self, key: &'static str, faults: &mut Vec<Fault>) -> Vec<Self> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let tables = value.get_ref().as_array().and_then(|array| {
            array
                .iter()
                .map(|value| Some(self.inner(value, value.get_ref().as_table()?)))
                .collect::<Option<Vec<_>>>()
        });
        tables.unwrap_or_else(|| {
            faults.push(self.wrong(key, "a list of tables"));
            Vec::new()
        })
    }

    fn inner(&self, value: &Spanned<DeValue<'_>>, entries: &'t DeTable<'t>) -> Self {
        let line = line(self.text, value.span().start);
        Self {
            file: self.file,
            text: self.text,
            line,
            entries,
            asked: BTreeSet::new(),
        }
    }

    /// Reports every key that nobody asked for.
    pub(super) fn close(&self, faults: &mut Vec<Fault>) {
        for key in self.entries.keys() {
            let name: &str = key.get_ref();
            if !self.asked.contains(name) {
                let at = line(self.text, key.span().start);
                faults.push(fault(self.file, at, format!("`{name}` is not known here")));
            }
        }
    }
}
