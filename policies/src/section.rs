//! Reads one table of a TOML file key by key and reports every fault with its line.
//! Refuses unknown keys, wrong value kinds and missing keys; never stops at the first fault.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use time::{Date, Month};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Faults, Page, Place};

/// Bound on one configuration file; more is refused before it is parsed.
pub(crate) const FILE_BYTES_MAX: usize = 256 * 1024;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<'a, T> {
    pub(crate) value: T,
    pub(crate) place: Place<'a>,
}

/// Parses a file; syntax faults are all reported and the rest is read as far as it goes.
pub(crate) fn parse<'a>(page: Page<'a>, faults: &mut Faults) -> Option<Spanned<DeTable<'a>>> {
    if page.text.len() > FILE_BYTES_MAX {
        faults.add(page.whole(), format!("larger than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(page.text);
    if errors.is_empty() {
        return Some(table);
    }
    for error in errors {
        let place = error.span().map_or(page.whole(), |span| page.at(&span));
        faults.add(place, error.message().replace('\n', ", "));
    }
    None
}

/// One table under reading.
#[derive(Debug)]
pub(crate) struct Section<'a, 't> {
    page: Page<'a>,
    span: Range<usize>,
    table: &'t DeTable<'a>,
    known: BTreeSet<&'static str>,
}

impl<'a, 't> Section<'a, 't> {
    pub(crate) fn new(page: Page<'a>, span: Range<usize>, table: &'t DeTable<'a>) -> Self {
        Self {
            page,
            span,
            table,
            known: BTreeSet::new(),
        }
    }

    /// Where the table begins.
    pub(crate) fn place(&self) -> Place<'a> {
        self.page.at(&self.span)
    }

    /// The value under `key`, if it is there.
    fn find(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'a>>> {
        self.known.insert(key);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, value)| value)
    }

    fn need(&mut self, key: &'static str, faults: &mut Faults) -> Option<&'t Spanned<DeValue<'a>>> {
        let found = self.find(key);
        if found.is_none() {
            faults.add(self.place(), format!("`{key}` is missing"));
        }
        found
    }

    fn wrong(&self, value: &Spanned<DeValue<'a>>, key: &str, wanted: &str, faults: &mut Faults) {
        faults.add(
            self.page.at(&value.span()),
            format!("`{key}` must be {wanted}"),
        );
    }

    /// A required piece of text that is not blank.
    pub(crate) fn text(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<At<'a, String>> {
        let value = self.need(key, faults)?;
        self.as_text(value, key, faults)
    }

    /// An optional piece of text.
    pub(crate) fn text_if_any(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<At<'a, String>> {
        let value = self.find(key)?;
        self.as_text(value, key, faults)
    }

    fn as_text(
        &self,
        value: &Spanned<DeValue<'a>>,
        key: &str,
        faults: &mut Faults,
    ) -> Option<At<'a, String>> {
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(At {
                value: text.to_owned(),
                place: self.page.at(&value.span()),
            }),
            _ => {
                self.wrong(value, key, "a text that is not blank", faults);
                None
            }
        }
    }

    /// A required whole number within `range`.
    pub(crate) fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        faults: &mut Faults,
    ) -> Option<u32> {
        let value = self.need(key, faults)?;
        self.as_number(value, key, range, faults)
    }

    /// A whole number within `range`, if given.
    pub(crate) fn number_if_any(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        faults: &mut Faults,
    ) -> Option<u32> {
        let value = self.find(key)?;
        self.as_number(value, key, range, faults)
    }

    fn as_number(
        &self,
        value: &Spanned<DeValue<'a>>,
        key: &str,
        range: RangeInclusive<u32>,
        faults: &mut Faults,
    ) -> Option<u32> {
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| range.contains(number));
        if number.is_none() {
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            self.wrong(value, key, &wanted, faults);
        }
        number
    }

    /// A required yes or no.
    pub(crate) fn yes_no(&mut self, key: &'static str, faults: &mut Faults) -> Option<bool> {
        let value = self.need(key, faults)?;
        self.as_yes_no(value, key, faults)
    }

    /// Yes or no, if given.
    pub(crate) fn yes_no_if_any(&mut self, key: &'static str, faults: &mut Faults) -> Option<bool> {
        let value = self.find(key)?;
        self.as_yes_no(value, key, faults)
    }

    fn as_yes_no(
        &self,
        value: &Spanned<DeValue<'a>>,
        key: &str,
        faults: &mut Faults,
    ) -> Option<bool> {
        let answer = value.get_ref().as_bool();
        if answer.is_none() {
            self.wrong(value, key, "true or false", faults);
        }
        answer
    }

    /// A day, if given.
    pub(crate) fn day_if_any(&mut self, key: &'static str, faults: &mut Faults) -> Option<Date> {
        let value = self.find(key)?;
        self.as_day(value, key, faults)
    }

    fn as_day(&self, value: &Spanned<DeValue<'a>>, key: &str, faults: &mut Faults) -> Option<Date> {
        let day = value
            .get_ref()
            .as_datetime()
            .filter(|moment| moment.time.is_none())
            .and_then(|moment| {
                let date = moment.date?;
                let month = Month::try_from(date.month).ok()?;
                Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
            });
        if day.is_none() {
            let wanted = "a day such as 2026-01-31, without quotes";
            self.wrong(value, key, wanted, faults);
        }
        day
    }

    /// A list of days, possibly missing or empty.
    pub(crate) fn days(&mut self, key: &'static str, faults: &mut Faults) -> Vec<At<'a, Date>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong(value, key, "a list of days", faults);
            return Vec::new();
        };
        let days = entries.iter().filter_map(|entry| {
            let value = self.as_day(entry, key, faults)?;
            let place = self.page.at(&entry.span());
            Some(At { value, place })
        });
        days.collect()
    }

    /// A required day.
    pub(crate) fn day(&mut self, key: &'static str, faults: &mut Faults) -> Option<Date> {
        self.need(key, faults)?;
        self.day_if_any(key, faults)
    }

    /// A required list of texts with at least one entry and none twice.
    pub(crate) fn texts(&mut self, key: &'static str, faults: &mut Faults) -> Vec<At<'a, String>> {
        match self.need(key, faults) {
            Some(value) => self.as_texts(value, key, faults),
            None => Vec::new(),
        }
    }

    /// A list of texts as [`Section::texts`] reads it, possibly missing.
    pub(crate) fn texts_if_any(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Vec<At<'a, String>> {
        match self.find(key) {
            Some(value) => self.as_texts(value, key, faults),
            None => Vec::new(),
        }
    }

    fn as_texts(
        &self,
        value: &Spanned<DeValue<'a>>,
        key: &str,
        faults: &mut Faults,
    ) -> Vec<At<'a, String>> {
        let Some(entries) = value
            .get_ref()
            .as_array()
            .filter(|entries| !entries.is_empty())
        else {
            self.wrong(
                value,
                key,
                "a list of texts with at least one entry",
                faults,
            );
            return Vec::new();
        };
        let mut seen = BTreeSet::new();
        let mut texts = Vec::new();
        for entry in entries.iter() {
            let Some(text) = self.as_text(entry, key, faults) else {
                continue;
            };
            if seen.insert(text.value.clone()) {
                texts.push(text);
            } else {
                faults.add(
                    text.place,
                    format!("`{}` stands twice in `{key}`", text.value),
                );
            }
        }
        texts
    }

    /// A table of lists of texts under names of the file's own, possibly missing:
    /// `{ "04.grzhzt" = ["01", "06"] }`.
    pub(crate) fn lists(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Vec<(At<'a, String>, Vec<At<'a, String>>)> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(value, key, "a table of lists", faults);
            return Vec::new();
        };
        let lists = table.iter().map(|(name, value)| {
            let place = self.page.at(&name.span());
            let named = At {
                value: name.get_ref().clone().into_owned(),
                place,
            };
            let texts = self.as_texts(value, &named.value, faults);
            (named, texts)
        });
        lists.collect()
    }

    /// A text or a list of texts: `"all"` or `["city"]`.
    pub(crate) fn text_or_texts(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Vec<At<'a, String>> {
        if self.find(key).is_some_and(|value| value.get_ref().is_str()) {
            return self.text(key, faults).into_iter().collect();
        }
        self.texts(key, faults)
    }

    /// A required table inside this one.
    pub(crate) fn inner(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<Section<'a, 't>> {
        self.need(key, faults)?;
        self.inner_if_any(key, faults)
    }

    /// A table inside this one, possibly missing.
    pub(crate) fn inner_if_any(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<Section<'a, 't>> {
        let value = self.find(key)?;
        let inner = value
            .get_ref()
            .as_table()
            .map(|table| Section::new(self.page, value.span(), table));
        if inner.is_none() {
            self.wrong(value, key, "a table", faults);
        }
        inner
    }

    /// A list of tables (`[[key]]`), possibly empty.
    pub(crate) fn each(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Section<'a, 't>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong(value, key, "a list of tables", faults);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for entry in entries.iter() {
            match entry.get_ref().as_table() {
                Some(table) => sections.push(Section::new(self.page, entry.span(), table)),
                None => self.wrong(entry, key, "a list of tables", faults),
            }
        }
        sections
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(self, faults: &mut Faults) {
        for (name, _) in self.table.iter() {
            if !self.known.contains(name.get_ref().as_ref()) {
                let place = self.page.at(&name.span());
                faults.add(place, format!("unknown key `{}`", name.get_ref()));
            }
        }
    }
}
