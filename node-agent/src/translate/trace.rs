//! How the records of one subject come about, column by column, and samples of what a source
//! holds: for the people of the center who write the mapping. It gives raw values to its caller,
//! who masks them; none of them shows in debug output.

use std::collections::BTreeSet;
use std::fmt;

use catalog::{Catalog, ClassNo, Item, ItemNo, Record, Subject, Value};
use time::OffsetDateTime;
use tokio::time::Instant;
use wire::convert::Given;

use super::mapping::{ClassMapping, Preview};
use super::quarantine::RawColumn;
use super::records::{self, Moment};
use super::rules::{Inputs, Rule};
use super::source::{Cell, Rows, Search, Standing};
use super::{Found, SourceError, Translator};

/// Most records of one sample.
pub const SAMPLE_RECORDS_MAX: usize = 100;

/// How one class of the catalog is covered by a center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The class.
    pub class: ClassNo,
    /// The mapping file; `None` where the center does not hold the class.
    pub file: Option<String>,
    /// The mapped items.
    pub mapped: Vec<ItemNo>,
    /// The items that the center does not hold.
    pub not_held: Vec<ItemNo>,
    /// How many of the class's items are required.
    pub required: usize,
    /// The kinds of subjects by which it is looked up; about others it is not covered.
    pub looked_up_by: Vec<&'static str>,
}

/// One item of one record, from its columns to its value.
#[derive(Debug, Clone)]
pub struct TracedItem {
    /// The item.
    pub item: ItemNo,
    /// What it is read from.
    pub columns: Vec<RawColumn>,
    /// Which rule reads it: `from`'s conversion, `const`, `@as-of` or `not-held`.
    pub rule: &'static str,
    /// What the conversion alone gives.
    pub converted: Result<Value, catalog::Defect>,
    /// What the record holds after every check.
    pub value: Value,
}

/// One record, traced.
#[derive(Debug, Clone)]
pub struct TracedRecord {
    /// Every item of the class.
    pub items: Vec<TracedItem>,
}

/// What the source holds about one subject, fetched and not yet translated: so that translation
/// can be looked at, repeated and timed apart from the source.
pub struct Fetched<'t> {
    translator: &'t Translator,
    mapping: &'t ClassMapping,
    items: BTreeSet<ItemNo>,
    rows: Rows,
    now: OffsetDateTime,
}

/// Shows no value.
impl fmt::Debug for Fetched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("class", &self.mapping.class)
            .finish_non_exhaustive()
    }
}

impl Fetched<'_> {
    /// The records of these rows: converted, checked, and what is bad withheld. It gives the same
    /// as [`Translator::find`] gave with all items of the class.
    #[must_use]
    pub fn translated(&self) -> Found {
        self.translator
            .found(self.mapping, &self.items, &self.rows, self.now)
    }

    /// The records of these rows, item by item.
    #[must_use]
    pub fn traced(&self) -> Vec<TracedRecord> {
        let moment = Moment {
            as_of: self.rows.as_of,
            file_date: self.rows.file_date,
        };
        let found = self.translated();
        let pairs = self.rows.rows.iter().zip(&found.records);
        let catalog = &self.translator.inner.catalog;
        let traced = pairs.map(|(row, record)| traced(catalog, self.mapping, row, record, moment));
        traced.collect()
    }
}

impl Translator {
    /// How every class of the catalog is covered.
    #[must_use]
    pub fn coverage(&self) -> Vec<Coverage> {
        let classes = self.inner.catalog.classes().iter();
        classes
            .map(|class| {
                let mapping = self
                    .inner
                    .classes
                    .get(&class.no)
                    .map(|(mapping, _)| mapping);
                let is_mapped =
                    |item: &&Item| mapping.is_some_and(|m| m.rules.contains_key(&item.no));
                let (mapped, not_held): (Vec<&Item>, Vec<&Item>) =
                    class.items.iter().partition(is_mapped);
                let numbers = |items: Vec<&Item>| items.iter().map(|item| item.no).collect();
                Coverage {
                    class: class.no,
                    file: mapping.map(|mapping| mapping.file.clone()),
                    required: class.items.iter().filter(|item| item.required).count(),
                    looked_up_by: mapping.map(ClassMapping::kinds).unwrap_or_default(),
                    mapped: numbers(mapped),
                    not_held: numbers(not_held),
                }
            })
            .collect()
    }

    /// By which kind of subject a class is looked up for this one; `None` where it is not covered.
    #[must_use]
    pub fn looked_up_by(&self, class: ClassNo, subject: &Subject) -> Option<&'static str> {
        let (mapping, _) = self.inner.classes.get(&class)?;
        let way = mapping.way(subject)?;
        Some(mapping.rule_of(way).kind.as_str())
    }

    /// Whether the folder says how business cases are looked up.
    #[must_use]
    pub fn looks_up_cases(&self) -> bool {
        self.inner.cases.is_some()
    }

    /// Whether the sources of a class can be asked now, by every way in which it is looked up;
    /// `None` for a class that is not held and for a source that can only be asked about a subject.
    pub async fn standing(
        &self,
        class: ClassNo,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Option<Result<(), SourceError>> {
        let (mapping, source) = self.inner.classes.get(&class)?;
        let Ok(_in_flight) = self.inner.in_flight.try_acquire() else {
            return Some(Err(SourceError::Overloaded));
        };
        let columns = mapping.columns.names();
        let first = source.standing(columns, now, deadline).await;
        if let Standing::Out(error) = first {
            return Some(Err(error));
        }
        for way in self.inner.further.get(&class).into_iter().flatten() {
            if let Standing::Out(error) = way.standing(columns, now, deadline).await {
                return Some(Err(error));
            }
        }
        matches!(first, Standing::Stands).then_some(Ok(()))
    }

    /// The case about whose parties a service may be asked for samples, as `[preview] case` names
    /// it.
    #[must_use]
    pub fn preview_case(&self, class: ClassNo) -> Option<&str> {
        match &self.inner.classes.get(&class)?.0.preview {
            Some(Preview::Case(case_no)) => Some(case_no),
            Some(Preview::Sql(_)) | None => None,
        }
    }

    /// Some records of a class, whomever they are about; `None` where the source gives no samples:
    /// it is not held, or a database without `[preview]`, or a service that answers only about a
    /// subject.
    pub async fn sample(
        &self,
        class: ClassNo,
        limit: usize,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Option<Result<Found, SourceError>> {
        let (mapping, source) = self.inner.classes.get(&class)?;
        let items = self.items_of(class);
        let search = Search {
            bound: &[],
            key: "",
            way: 0,
            id_type: "",
            given: Given::NONE,
            columns: mapping.columns.names(),
            wanted: &vec![true; mapping.columns.names().len()],
            rows_max: SAMPLE_RECORDS_MAX,
            deadline,
        };
        let preview = match &mapping.preview {
            Some(Preview::Sql(statement)) => Some(statement),
            Some(Preview::Case(_)) | None => None,
        };
        let rows = source.sample(preview, search, now).await?;
        Some(rows.map(|mut rows| {
            rows.rows.truncate(limit);
            self.found(mapping, &items, &rows, now)
        }))
    }

    /// The rows about `subject` in `class`, with all items of the class; `None` for a class that is
    /// not held or not about such subjects.
    ///
    /// # Errors
    /// The local system could not be asked.
    pub async fn fetched(
        &self,
        class: ClassNo,
        subject: &Subject,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Result<Option<Fetched<'_>>, SourceError> {
        let held = self.inner.classes.get(&class);
        let Some((mapping, _)) = held.filter(|(mapping, _)| mapping.way(subject).is_some()) else {
            return Ok(None);
        };
        let items = self.items_of(class);
        let rows = self
            .rows(mapping, &items, subject.into(), now, deadline)
            .await?;
        Ok(Some(Fetched {
            translator: self,
            mapping,
            items,
            rows,
            now,
        }))
    }

    /// The records of `subject` in `class`, item by item.
    ///
    /// # Errors
    /// The local system could not be asked. A class that is not held has no records.
    pub async fn trace(
        &self,
        class: ClassNo,
        subject: &Subject,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Result<Vec<TracedRecord>, SourceError> {
        let fetched = self.fetched(class, subject, now, deadline).await?;
        Ok(fetched.map(|rows| rows.traced()).unwrap_or_default())
    }

    fn items_of(&self, class: ClassNo) -> BTreeSet<ItemNo> {
        let class = self.inner.catalog.class(class);
        let items = class
            .map(|class| class.items.as_slice())
            .unwrap_or_default();
        items
            .iter()
            .filter(|item| !item.input_only)
            .map(|item| item.no)
            .collect()
    }
}

fn traced(
    catalog: &Catalog,
    mapping: &ClassMapping,
    row: &[Cell],
    record: &Record,
    moment: Moment,
) -> TracedRecord {
    let items = record.iter().filter_map(|(no, value)| {
        let item = catalog.item(no)?;
        let rule = mapping.rules_of(row).get(&no);
        Some(TracedItem {
            item: no,
            columns: rule
                .map(|r| records::raw_columns(mapping, r, row))
                .unwrap_or_default(),
            rule: rule.map_or("not-held", Rule::name),
            converted: match rule {
                Some(rule) => rule.value(&item.kind, row, moment),
                None => Ok(value.clone()),
            },
            value: value.clone(),
        })
    });
    TracedRecord {
        items: items.collect(),
    }
}

impl Rule {
    /// The word of the mapping language for what this rule does.
    fn name(&self) -> &'static str {
        match self.inputs {
            Inputs::Constant(_) => "const",
            Inputs::FileDate => "@file-date",
            Inputs::AsOf => "@as-of",
            Inputs::Columns(_) => self.conversion.name(),
        }
    }
}
