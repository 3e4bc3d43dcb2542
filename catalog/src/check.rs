//! Judging a record as a whole: each value by its item, then the rules between items. A rule is
//! judged only when the record has every item it needs, since records are trimmed to what a
//! caller may see.

mod rules;

use time::Date;

use crate::catalog::Catalog;
use crate::defect::Defect;
use crate::identity::PersonId;
use crate::item::{Item, TextFormat};
use crate::number::ItemNo;
use crate::record::Record;
use crate::value::{Absence, Value};

impl Catalog {
    /// Every defect of the record, in the order of the items. An item has at most one defect of
    /// its own; rules are judged only between values that are good by themselves.
    #[must_use]
    pub fn check_record(&self, record: &Record) -> Vec<(ItemNo, Defect)> {
        let mut defects = Vec::new();
        let mut good = Record::new(record.class());
        for (no, value) in record.iter() {
            match self.check_in_record(record, no, value) {
                Ok(()) => {
                    good.insert(no, value.clone());
                }
                Err(defect) => defects.push((no, defect)),
            }
        }
        defects.extend(rules::broken(&good));
        sorted(defects)
    }

    /// As [`Self::check_record`], and the rules that depend on the day it is.
    #[must_use]
    pub fn check_record_on(&self, record: &Record, today: Date) -> Vec<(ItemNo, Defect)> {
        let mut defects = self.check_record(record);
        defects.extend(rules::broken_on(record, today));
        sorted(defects)
    }

    fn check_in_record(&self, record: &Record, no: ItemNo, value: &Value) -> Result<(), Defect> {
        let item = self.item(no).filter(|_| no.class() == record.class());
        let item = item.ok_or(Defect::UnknownItem)?;
        if let Value::Absent(absence) = value {
            let missing = item.required && *absence == Absence::NotRecorded;
            return if missing {
                Err(Defect::MissingRequired)
            } else {
                Ok(())
            };
        }
        if item.input_only {
            return Err(Defect::InputOnly);
        }
        self.check_value(no, value)?;
        self.check_id_number(record, item, value)
    }

    fn check_id_number(&self, record: &Record, item: &Item, value: &Value) -> Result<(), Defect> {
        let (Some(TextFormat::IdNumber { id_type }), Value::Text(number)) = (item.format, value)
        else {
            return Ok(());
        };
        let Some(Value::Code(code)) = record.get(id_type) else {
            return Ok(());
        };
        // A bad type is a defect of the type; the number cannot be judged by it.
        if self
            .check_value(id_type, &Value::Code(code.clone()))
            .is_err()
        {
            return Ok(());
        }
        let person = PersonId::parse(code, number)?;
        if person.number() == number {
            Ok(())
        } else {
            Err(Defect::NotNormalised)
        }
    }
}

fn sorted(mut defects: Vec<(ItemNo, Defect)>) -> Vec<(ItemNo, Defect)> {
    defects.sort_unstable();
    defects.dedup();
    defects
}

#[cfg(test)]
mod tests;
