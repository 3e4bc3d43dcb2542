//! Local rows become catalog records: the requested items and no others, every value checked, a
//! bad one withheld with its reason and counted.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Absence, Catalog, Defect, ItemNo, ItemType, Record, Value};
use time::{Date, OffsetDateTime};

use super::QualityNote;
use super::convert::{self, Conversion};
use super::mapping::ClassMapping;
use super::quarantine::{Quarantine, RawColumn, Withheld};
use super::rules::{Inputs, Rule, TEXTS_PER_RULE_MAX};
use super::source::{Cell, Rows};

/// What a rule may refer to besides the row itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) as_of: OffsetDateTime,
    pub(crate) file_date: Option<Date>,
}

/// Which of the mapping's columns the requested items read, and one more that is not answered.
pub(crate) fn wanted_columns(
    mapping: &ClassMapping,
    items: &BTreeSet<ItemNo>,
    also: Option<ItemNo>,
) -> Vec<bool> {
    let mut wanted = vec![false; mapping.columns.names().len()];
    let needed = items.iter().chain(&mapping.latest_by).chain(&also);
    for rule in needed.filter_map(|item| mapping.rules.get(item)) {
        if let Inputs::Columns(places) = &rule.inputs {
            for place in places {
                if let Some(column) = wanted.get_mut(*place) {
                    *column = true;
                }
            }
        }
    }
    wanted
}

/// Rows on their way to records.
#[derive(Debug)]
pub(crate) struct Translation<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) mapping: &'a ClassMapping,
    pub(crate) items: &'a BTreeSet<ItemNo>,
    /// The day by which the catalog's rules on months and days to come are judged.
    pub(crate) today: Date,
    /// Where what is withheld is kept for the owner, with the time of asking.
    pub(crate) quarantine: (&'a Quarantine, OffsetDateTime),
}

/// How often each defect was met at each item.
type Counts = BTreeMap<(ItemNo, Defect), u32>;

impl Translation<'_> {
    /// Translates all rows; the notes carry the source's own first.
    pub(crate) fn records(&self, rows: &Rows) -> (Vec<Record>, Vec<QualityNote>) {
        let moment = Moment {
            as_of: rows.as_of,
            file_date: rows.file_date,
        };
        let mut counts = Counts::new();
        let records = rows
            .rows
            .iter()
            .map(|row| self.record(row, moment, &mut counts))
            .collect();
        let mut notes = rows.notes.clone();
        notes.extend(
            counts
                .into_iter()
                .map(|((item, defect), count)| QualityNote {
                    item: Some(item),
                    defect,
                    count,
                }),
        );
        (records, notes)
    }

    fn record(&self, row: &[Cell], moment: Moment, counts: &mut Counts) -> Record {
        let mut record = Record::new(self.mapping.class);
        let of_class = self.items.iter().filter_map(|no| self.catalog.item(*no));
        for item in of_class.filter(|item| item.no.class() == self.mapping.class) {
            let value = match self.mapping.rules_of(row).get(&item.no) {
                None => Ok(Value::Absent(Absence::NotHeld)),
                Some(rule) => rule.value(&item.kind, row, moment),
            };
            let checked =
                value.and_then(|value| self.catalog.check_value(item.no, &value).map(|()| value));
            let value =
                checked.unwrap_or_else(|defect| self.withheld(counts, item.no, defect, row));
            record.insert(item.no, value);
        }
        for (item, defect) in self.catalog.check_record_on(&record, self.today) {
            let known = matches!(
                record.get(item),
                Some(Value::Absent(Absence::Withheld(_))) | None
            );
            if !known {
                record.insert(item, self.withheld(counts, item, defect, row));
            }
        }
        record
    }

    /// Counts a defect and keeps the raw values of it for the owner.
    fn withheld(&self, counts: &mut Counts, item: ItemNo, defect: Defect, row: &[Cell]) -> Value {
        let count = counts.entry((item, defect)).or_insert(0);
        *count = count.saturating_add(1);
        let raw = |item: ItemNo| match self.mapping.rules_of(row).get(&item) {
            Some(rule) => raw_columns(self.mapping, rule, row),
            None => Vec::new(),
        };
        let class = self.catalog.class(self.mapping.class);
        let key = class.and_then(|class| class.record_key());
        let (quarantine, now) = self.quarantine;
        quarantine.take(Withheld {
            item,
            defect,
            columns: raw(item),
            record: key.map(|key| raw(key.no)).unwrap_or_default(),
            count: 1,
            first_at: now,
            last_at: now,
        });
        Value::Absent(Absence::Withheld(defect))
    }
}

/// The columns that a rule reads, as they stand in a row.
pub(crate) fn raw_columns(mapping: &ClassMapping, rule: &Rule, row: &[Cell]) -> Vec<RawColumn> {
    let Inputs::Columns(places) = &rule.inputs else {
        return Vec::new();
    };
    let pairs = places.iter().filter_map(|place| {
        let name = mapping.columns.names().get(*place)?;
        Some(RawColumn::of(name, row.get(*place)?))
    });
    pairs.collect()
}

impl Rule {
    /// The value this rule gives for a row.
    pub(crate) fn value(
        &self,
        kind: &ItemType,
        row: &[Cell],
        moment: Moment,
    ) -> Result<Value, Defect> {
        match &self.inputs {
            Inputs::Constant(value) => Ok(value.clone()),
            Inputs::FileDate => match moment.file_date {
                Some(day) => dated(kind, convert::in_beijing(day, time::Time::MIDNIGHT)),
                None => Ok(Value::Absent(Absence::NotRecorded)),
            },
            Inputs::AsOf => dated(kind, moment.as_of),
            Inputs::Columns(places) => {
                // Every value of every answer passes here, so the texts are not put on the heap.
                let mut texts = [""; TEXTS_PER_RULE_MAX];
                let raw = texts.get_mut(..places.len()).ok_or(Defect::WrongType)?;
                for (text, place) in raw.iter_mut().zip(places) {
                    *text = self.raw(row.get(*place).unwrap_or(&Cell::Null))?;
                }
                self.converted(kind, raw)
            }
        }
    }

    /// The text of a cell; what means "no value" becomes empty.
    fn raw<'c>(&self, cell: &'c Cell) -> Result<&'c str, Defect> {
        let text = match cell {
            Cell::Null => "",
            Cell::Text(text) => text.as_str(),
            Cell::Undecodable => return Err(Defect::Undecodable),
            Cell::TooLong => return Err(Defect::TooLong),
        };
        let kept = if self.trim {
            convert::trimmed(text)
        } else {
            text
        };
        Ok(if self.absent.contains(kept) { "" } else { kept })
    }

    fn converted(&self, kind: &ItemType, raw: &[&str]) -> Result<Value, Defect> {
        let valued = match &self.conversion {
            // The second column of a decimal is its sign flag, which says nothing by itself.
            Conversion::Decimal { .. } => raw.get(..1).unwrap_or_default(),
            _ => raw,
        };
        if valued.iter().any(|text| !text.is_empty()) {
            return self.conversion.apply(kind, raw);
        }
        // Blank is no value, unless the mapping gives blank itself a meaning.
        let blank_means = match &self.conversion {
            Conversion::Codes(map) => map.contains_key(""),
            Conversion::Expression(expression) => expression.gives_blank_a_meaning(),
            Conversion::CodePatterns(patterns) => {
                let matched = patterns
                    .iter()
                    .find(|(pattern, _)| convert::matches(pattern, raw));
                matched.is_some_and(|(pattern, _)| pattern.iter().any(Option::is_some))
            }
            _ => false,
        };
        if blank_means {
            self.conversion.apply(kind, raw)
        } else {
            Ok(Value::Absent(Absence::NotRecorded))
        }
    }
}

fn dated(kind: &ItemType, moment: OffsetDateTime) -> Result<Value, Defect> {
    let local = convert::beijing(moment).ok_or(Defect::BadDate)?;
    match kind {
        ItemType::Date => Ok(Value::Date(local.date())),
        ItemType::Month => catalog::Month::of(local.date())
            .map(Value::Month)
            .ok_or(Defect::BadDate),
        ItemType::Time => Ok(Value::Time(local)),
        _ => Err(Defect::WrongType),
    }
}
