//! What the log gives back at a start: by which yardsticks cases have measured persons lately, as
//! asked from here and as answered from here.

use audit::{IndexKey, Order};
use policies::{MEASURE_KEPT, Measuring};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::KeyName;

use super::{Answered, Book, BookError, Entry, Served, Sheet};
use crate::measures;

/// Entries that are looked up at once.
const PAGE: usize = 1_000;

/// A page of entries, and whether it reached what no longer counts.
type Read = (Vec<(Measuring, OffsetDateTime)>, bool);

impl Book {
    /// What was measured so lately that it still counts, latest first, each with its time. Blocks.
    ///
    /// # Errors
    /// The log or its index cannot be read, or an entry is not one of this program's: what it
    /// measured would be forgotten.
    pub fn measured(
        &self,
        now: OffsetDateTime,
    ) -> Result<Vec<(Measuring, OffsetDateTime)>, BookError> {
        self.catch_up()?;
        let mut measured = Vec::new();
        let Some(key) = IndexKey::new(KeyName::Measured.as_str()) else {
            return Ok(measured);
        };
        let mut before = self.journal.size();
        loop {
            let found =
                self.index
                    .lookup(&key, self.journal.first()..before, Order::NewestFirst, PAGE)?;
            let Some(earliest) = found.last() else {
                return Ok(measured);
            };
            before = *earliest;
            let (read, is_past) = self.read_measured(found, now)?;
            measured.extend(read);
            if is_past {
                return Ok(measured);
            }
        }
    }

    fn read_measured(&self, found: Vec<u64>, now: OffsetDateTime) -> Result<Read, BookError> {
        let mut read = Vec::new();
        for index in found {
            let sheet: Sheet = serde_json::from_slice(&self.journal.read(index)?)?;
            let at = OffsetDateTime::parse(&sheet.at, &Rfc3339).map_err(|_| BookError::Measured)?;
            // Entry times never go back, so that nothing before this one counts any more.
            if at + MEASURE_KEPT <= now {
                return Ok((read, true));
            }
            let measuring = match &sheet.entry {
                Entry::Answered(answered) => self.asked(answered),
                Entry::Served(served) => served_to(served),
                _ => None,
            };
            read.push((measuring.ok_or(BookError::Measured)?, at));
        }
        Ok((read, false))
    }

    fn asked(&self, answered: &Answered) -> Option<Measuring> {
        let case = (self.origin(), answered.case_no.as_str());
        measures::from_record(case, &answered.subject, &answered.measures)
    }
}

fn served_to(served: &Served) -> Option<Measuring> {
    let case = (served.node.as_str(), served.case_no.as_str());
    measures::from_record(case, &served.subject, &served.measures)
}
