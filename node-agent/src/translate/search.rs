//! One question to a source, by the way in which its mapping looks such a subject up. It refuses to
//! take over a row that is about somebody, or some house, that was not asked about.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ClassNo, ItemNo, Subject};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::lookup::{self, KeyField, Lookup, Through};
use super::mapping::ClassMapping;
use super::source::{Cell, Rows, Search, Source};
use super::{About, SourceError, Translator};
use super::{convert, outside, passed_on, records, subject};

/// Most keys that another class may give for one subject: the account units of one employer.
const KEYS_MAX: usize = 256;

impl Translator {
    /// The rows about a subject. Whether the class is looked up by such subjects at all, the caller
    /// has found out.
    pub(super) async fn rows(
        &self,
        mapping: &ClassMapping,
        items: &BTreeSet<ItemNo>,
        about: About<'_>,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Result<Rows, SourceError> {
        let About { subject, given } = about;
        let (way, source) = self.way(mapping, subject).ok_or(SourceError::Broken)?;
        let mut needs = mapping.given_of(way).iter();
        if needs.any(|item| !given.contains_key(item)) {
            return Err(SourceError::NotGiven);
        }
        let _in_flight = self
            .inner
            .in_flight
            .try_acquire()
            .map_err(|_| SourceError::Overloaded)?;
        if deadline <= Instant::now() {
            return Err(SourceError::TimedOut);
        }
        let mut keys = None;
        let bound = match mapping.key_field(way) {
            None => mapping.rule_of(way).spellings(subject).unwrap_or_default(),
            Some(KeyField { through: None, .. }) => vec![number(subject)],
            Some(KeyField {
                through: Some(through),
                ..
            }) => {
                let (found, rows) = self.keys(through, about, now, deadline).await?;
                keys = Some(rows);
                found
            }
        };
        let house = lookup::told_by(&self.inner.catalog, mapping, subject);
        let told_by = subject::told_by(&self.inner.catalog, mapping, subject).or(house);
        let also = told_by.map(|item| item.no);
        let wanted = records::wanted_columns(mapping, items, also);
        let search = Search {
            bound: &bound,
            key: &number(subject),
            way,
            id_type: subject::id_type(subject),
            given,
            columns: mapping.columns.names(),
            wanted: &wanted,
            rows_max: mapping.rows_max(subject),
            deadline,
        };
        let mut rows = source.search(search, now).await?;
        if let Some(keys) = keys {
            rows.as_of = rows.as_of.min(keys.as_of);
            rows.is_superseded |= keys.is_superseded;
            rows.notes.extend(keys.notes);
        }
        passed_on::without_secrets(&self.inner.catalog, given, &mut rows);
        match (told_by, subject) {
            (Some(item), Subject::House(id)) => lookup::keep_house(item, mapping, id, &mut rows),
            (Some(item), _) => subject::keep_own(item, mapping, subject, &mut rows),
            (None, _) => {}
        }
        outside::latest(mapping, &self.inner.catalog, rows)
    }

    /// Which way of a mapping looks such a subject up, and where.
    fn way(&self, mapping: &ClassMapping, subject: &Subject) -> Option<(usize, &Source)> {
        let way = mapping.way(subject)?;
        let source = match way.checked_sub(1) {
            None => &self.inner.classes.get(&mapping.class)?.1,
            Some(way) => self.inner.further.get(&mapping.class)?.get(way)?,
        };
        Some((way, source))
    }

    /// The keys that another class's records about the subject hold, and how old those are.
    async fn keys(
        &self,
        through: &Through,
        about: About<'_>,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Result<(Vec<String>, Rows), SourceError> {
        let held = self.inner.classes.get(&through.class);
        let (mapping, source) = held.ok_or(SourceError::Broken)?;
        let columns = mapping.columns.names();
        let place = columns.iter().position(|name| *name == through.column);
        let wanted: Vec<bool> = (0..columns.len()).map(|at| Some(at) == place).collect();
        let bound = mapping.subject.spellings(about.subject).unwrap_or_default();
        let search = Search {
            bound: &bound,
            key: &number(about.subject),
            way: 0,
            id_type: subject::id_type(about.subject),
            given: about.given,
            columns,
            wanted: &wanted,
            rows_max: KEYS_MAX,
            deadline,
        };
        let rows = source.search(search, now).await?;
        let mut keys = BTreeSet::new();
        for row in &rows.rows {
            match place.and_then(|place| row.get(place)) {
                Some(Cell::Text(text)) if !convert::trimmed(text).is_empty() => {
                    keys.insert(convert::trimmed(text).to_owned());
                }
                // A unit whose number nobody can read may have accounts: that is no "nothing".
                _ => return Err(SourceError::Broken),
            }
        }
        Ok((keys.into_iter().collect(), rows))
    }
}

/// A subject's number in its normal spelling, as it stands in a line of a file.
fn number(subject: &Subject) -> String {
    match subject {
        Subject::House(id) => id.number().to_owned(),
        Subject::Person(_) | Subject::Employer(_) => subject.key(),
    }
}

/// Where a further way gets its keys, held against the mappings of the whole folder.
pub(super) fn check_through(
    lookup: &Lookup,
    through: &Through,
    classes: &BTreeMap<ClassNo, ClassMapping>,
) -> Result<(), String> {
    let (class, kind) = (through.class, lookup.subject.kind);
    let Some(mapping) = classes.get(&class) else {
        return Err(format!("`through`: class {class} is not mapped"));
    };
    if !mapping.subject.kind.overlaps(kind) {
        let kind = kind.as_str();
        return Err(format!(
            "`through`: class {class} is not looked up by `{kind}`"
        ));
    }
    let has_column = mapping.columns.names().contains(&through.column);
    if has_column {
        Ok(())
    } else {
        let column = &through.column;
        Err(format!(
            "`through`: the mapping of class {class} reads no column `{column}`"
        ))
    }
}
