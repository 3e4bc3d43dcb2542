//! The planted sample cases S1–S17: under which case number each is open, which flow
//! fits, and what the four centers must find. Fixed data, independent of the seed. It refuses to
//! say how a center should decide: it names facts only.

mod list;
mod people;

use catalog::identity::{CreditCode, PersonId};
use catalog::{Defect, Subject};
use time::Date;

use super::calendar::{Month, dashed, days_before};
use super::node::Node;

pub use list::{CLOSED_CASE, NO_CONSENT_CASE};
pub(crate) use people::*;

/// Somebody whom a sample asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleSubject {
    /// Code of `id-type`; empty for an employer.
    pub id_type: &'static str,
    /// Identity number (18 digits where there are 18), or the credit code of an employer.
    pub number: &'static str,
    /// Name.
    pub name: &'static str,
}

impl SampleSubject {
    /// True when this is an employer.
    pub fn is_employer(&self) -> bool {
        self.id_type.is_empty()
    }

    /// The subject as the catalog reads it.
    pub fn subject(&self) -> Result<Subject, Defect> {
        if self.is_employer() {
            CreditCode::parse(self.number).map(Subject::Employer)
        } else {
            PersonId::parse(self.id_type, self.number).map(Subject::Person)
        }
    }
}

/// Where a sample's business case is open and what it is good for.
#[derive(Debug, Clone, Copy)]
pub struct SampleCase {
    /// Number in the center's own system.
    pub case_no: &'static str,
    /// The center where the case is open.
    pub node: Node,
    /// The flow that fits.
    pub flow: &'static str,
    /// The matter on the case.
    pub matter: &'static str,
    /// Parties of the case: the applicant and the spouse; or the employer, its legal representative
    /// and its handler.
    pub parties: &'static [SampleSubject],
}

/// A value that must come out, written as canonical text of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Exactly this text.
    Text(&'static str),
    /// The date so many days before the world's day.
    DaysBefore(i64),
    /// The month so many months before the world's month.
    MonthsBefore(i32),
    /// The source records nothing here.
    Nothing,
}

impl Wanted {
    /// The canonical text in a world as of `as_of`; nothing when the value must be absent.
    pub fn text(&self, as_of: Date) -> Option<String> {
        match self {
            Wanted::Text(text) => Some((*text).to_owned()),
            Wanted::DaysBefore(days) => Some(dashed(days_before(as_of, *days))),
            Wanted::MonthsBefore(months) => Some(Month::of(as_of).plus(-months).compact()),
            Wanted::Nothing => None,
        }
    }
}

/// Items of one record, as number (`04-08`) and value. A sample's flow may release fewer of them:
/// who asks through the hub compares those that its permit names.
pub type ExpectedRow = &'static [(&'static str, Wanted)];

/// What one center must answer about one subject in one class.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// The subject asked about.
    pub subject: SampleSubject,
    /// The answering center.
    pub node: Node,
    /// Class number.
    pub class: u8,
    /// How many records.
    pub records: usize,
    /// For each row at least one of the records carries all its values.
    pub rows: &'static [ExpectedRow],
}

/// One planted sample.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// `S1` … `S17`.
    pub id: &'static str,
    /// What it shows, in Chinese.
    pub title_zh: &'static str,
    /// What it shows, in English.
    pub title_en: &'static str,
    /// Its open business cases.
    pub cases: &'static [SampleCase],
    /// What must be found.
    pub expects: &'static [Expected],
}

/// All planted samples, in order.
pub fn samples() -> &'static [Sample] {
    list::SAMPLES
}

/// The sample of that id.
pub fn sample(id: &str) -> Option<&'static Sample> {
    samples().iter().find(|sample| sample.id == id)
}
