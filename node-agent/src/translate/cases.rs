//! The business cases of a center's own system, from which the asking side proves that a question
//! has a case. What contradicts itself is no case: it is reported, never half believed.

use std::collections::BTreeMap;
use std::fmt;

use catalog::{Catalog, CreditCode, Defect, ItemType, PersonId, Subject, Value};
use policies::PartyRole;
use time::{Date, OffsetDateTime};
use tokio::time::Instant;
use wire::convert::Given;
use wire::limits::LINES_PER_LIST_MAX;

use super::SourceError;
use super::connectors::Connector;
use super::faults::FileFaults;
use super::origin::{self, Origin};
use super::records::Moment;
use super::rules::{self, Columns, Rule, Target};
use super::sheet::{self, Sheet};
use super::source::{Cell, Search, Source};
use grounds::{GROUNDS, Grounds};
use house::HOUSE;

pub(crate) mod grounds;
mod house;

/// The file of a mapping folder that says how cases are looked up.
pub(crate) const CASES_FILE: &str = "cases.toml";
/// Parties one case may have, besides those on its list.
const PARTIES_PER_CASE_MAX: usize = 64;
/// Parties on the list of one case: a whole roster.
const LISTED_PER_CASE_MAX: usize = LINES_PER_LIST_MAX as usize;
/// A single character is no name to be found in a number.
const NAME_CHARS_MIN: usize = 2;
/// Longest case number that is looked up.
const CASE_NO_BYTES_MAX: usize = 64;
/// Longest text of a case field.
const FIELD_CHARS_MAX: u16 = 255;
const FIELDS: [&str; 10] = [
    "case_no",
    "matter",
    "application_no",
    "consent",
    "state",
    "opened_on",
    "role",
    "id_type",
    "id_number",
    "name",
];

/// A case as the center's own business system knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalCase {
    /// The case number.
    pub case_no: String,
    /// The matter number, such as `02`.
    pub matter: String,
    /// The application number.
    pub application_no: String,
    /// Whether the applicant's consent is on file.
    pub consent: bool,
    /// Whether the case is still being worked on.
    pub open: bool,
    /// The day it was opened.
    pub opened_on: Date,
    /// What else the ground of the case states.
    pub grounds: Grounds,
    /// Whom the case is about.
    pub parties: Vec<Party>,
    /// Parties left out because their number or role could not be understood.
    pub parties_withheld: u32,
}

impl LocalCase {
    /// Whether one of its numbers holds the name of a person it is about.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        let numbers = [&self.case_no, &self.application_no];
        let persons = self
            .parties
            .iter()
            .filter(|party| matches!(party.id, Subject::Person(_)));
        let mut names = persons.map(|party| party.name.trim());
        names.any(|name| {
            name.chars().count() >= NAME_CHARS_MIN
                && numbers.iter().any(|number| number.contains(name))
        })
    }
}

/// One party of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// What the party is to the case.
    pub role: PartyRole,
    /// Who it is.
    pub id: Subject,
    /// The name on the case.
    pub name: String,
}

/// Shows the role only: who the party is must not slip into a log.
impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// How cases are looked up.
#[derive(Debug, Clone)]
pub(crate) struct CaseMapping {
    pub(crate) origin: Origin,
    pub(crate) columns: Columns,
    fields: BTreeMap<&'static str, Rule>,
}

/// Reads `cases.toml`; `None` when it has faults, which are then recorded.
pub(crate) fn read(
    text: &str,
    catalog: &Catalog,
    connectors: &BTreeMap<String, Connector>,
    faults: &mut FileFaults,
) -> Option<CaseMapping> {
    let table = sheet::parse(text, faults)?;
    let root = Sheet::root(&table);
    let key = root
        .text("key", faults)
        .map(|key| (key, root.place().clone()));
    let origin = origin::read(&root, connectors, 1, key, faults);
    let mut columns = Columns::default();
    let mut fields = BTreeMap::new();
    if let Some(sheet) = root.sheet_required("fields", faults) {
        for name in FIELDS {
            let inner = sheet.sheet_required(name, faults);
            let rule = inner.and_then(|inner| field(name, &inner, catalog, &mut columns, faults));
            fields.extend(rule.map(|rule| (name, rule)));
        }
        for name in GROUNDS.into_iter().chain(HOUSE) {
            let inner = sheet.sheet(name, faults);
            let rule = inner.and_then(|inner| field(name, &inner, catalog, &mut columns, faults));
            fields.extend(rule.map(|rule| (name, rule)));
        }
        sheet.finish(faults);
    }
    root.finish(faults);
    let origin = origin?;
    if !origin.given().is_empty() {
        faults.file("a case is looked up by its number: nothing is passed on with it");
    }
    origin::check_columns(&origin, &columns, fields.values(), faults);
    Some(CaseMapping {
        origin,
        columns,
        fields,
    })
}

fn field(
    name: &'static str,
    field: &Sheet<'_>,
    catalog: &Catalog,
    columns: &mut Columns,
    faults: &mut FileFaults,
) -> Option<Rule> {
    let check = |value: &Value| check_field(name, value, catalog);
    let target = Target {
        name: format!("field `{name}`"),
        kind: kind_of(name),
        check: &check,
    };
    let rule = rules::rule(field, &target, columns, faults);
    field.finish(faults);
    rule
}

fn kind_of(name: &str) -> ItemType {
    match name {
        "consent" => ItemType::Boolean,
        "opened_on" | "issued_on" | "period_from" | "period_until" => ItemType::Date,
        "matter" | "state" | "role" | "id_type" => ItemType::Code {
            set: name.to_owned(),
            multiple: false,
        },
        _ => ItemType::Text {
            len_max: FIELD_CHARS_MAX,
        },
    }
}

fn check_field(name: &str, value: &Value, catalog: &Catalog) -> Result<(), Defect> {
    let (Value::Text(text) | Value::Code(text)) = value else {
        return Ok(());
    };
    if text.chars().count() > usize::from(FIELD_CHARS_MAX) {
        return Err(Defect::TooLong);
    }
    let known = match name {
        "state" => matches!(text.as_str(), "open" | "closed"),
        "role" => text.parse::<PartyRole>().is_ok(),
        "id_type" => {
            let id_types = catalog.code_set("id-type");
            id_types.is_some_and(|set| set.contains(text))
        }
        _ => true,
    };
    if known {
        Ok(())
    } else {
        Err(Defect::UnknownCode)
    }
}

/// Looks one case up. A case that other rows contradict is unreadable.
pub(crate) async fn look_up(
    mapping: &CaseMapping,
    source: &Source,
    case_no: &str,
    now: OffsetDateTime,
    deadline: Instant,
) -> Result<Option<LocalCase>, SourceError> {
    if case_no.is_empty() || case_no.len() > CASE_NO_BYTES_MAX {
        return Ok(None);
    }
    if deadline <= Instant::now() {
        return Err(SourceError::TimedOut);
    }
    let search = Search {
        bound: &[case_no.to_owned()],
        key: case_no,
        way: 0,
        id_type: "",
        given: Given::NONE,
        columns: mapping.columns.names(),
        wanted: &vec![true; mapping.columns.names().len()],
        rows_max: PARTIES_PER_CASE_MAX + LISTED_PER_CASE_MAX,
        deadline,
    };
    let rows = source.search(search, now).await?;
    let moment = Moment {
        as_of: rows.as_of,
        file_date: rows.file_date,
    };
    let mut case: Option<LocalCase> = None;
    let mut parties = Vec::new();
    let mut parties_withheld = 0;
    for row in &rows.rows {
        let fields = Fields {
            mapping,
            row,
            moment,
        };
        let stated = fields.case().ok_or(SourceError::CaseUnreadable)?;
        if case.as_ref().is_some_and(|known| *known != stated) {
            return Err(SourceError::CaseUnreadable);
        }
        case = Some(stated);
        let (stated, withheld) = fields.parties();
        parties.extend(stated);
        parties_withheld += withheld;
    }
    let listed = parties
        .iter()
        .filter(|p: &&Party| p.role == PartyRole::Listed);
    let listed = listed.count();
    if listed > LISTED_PER_CASE_MAX || parties.len() - listed > PARTIES_PER_CASE_MAX {
        return Err(SourceError::TooManyRecords);
    }
    let case = case.map(|case| LocalCase {
        parties,
        parties_withheld,
        ..case
    });
    Ok(case.filter(|case| case.case_no == case_no))
}

struct Fields<'a> {
    mapping: &'a CaseMapping,
    row: &'a [Cell],
    moment: Moment,
}

impl Fields<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        let rule = self.mapping.fields.get(name)?;
        rule.value(&kind_of(name), self.row, self.moment)
            .ok()
            .filter(|value| !value.is_absent())
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::Text(text) | Value::Code(text) => Some(text),
            _ => None,
        }
    }

    fn case(&self) -> Option<LocalCase> {
        let Some(Value::Date(opened_on)) = self.value("opened_on") else {
            return None;
        };
        let open = match self.text("state")?.as_str() {
            "open" => true,
            "closed" => false,
            _ => return None,
        };
        Some(LocalCase {
            case_no: self.text("case_no")?,
            matter: self.text("matter")?,
            application_no: self.text("application_no")?,
            // No mark on file is no consent.
            consent: matches!(self.value("consent"), Some(Value::Boolean(true))),
            open,
            opened_on,
            grounds: self.grounds()?,
            parties: Vec::new(),
            parties_withheld: 0,
        })
    }

    /// Whom a row is about: one party, or a house under each number that it states.
    /// And how many of them could not be understood.
    fn parties(&self) -> (Vec<Party>, u32) {
        let role = self.text("role").and_then(|role| role.parse().ok());
        let party = match role {
            Some(PartyRole::House) => return self.houses(),
            Some(role) => self.party(role),
            None => None,
        };
        let withheld = u32::from(party.is_none());
        (party.into_iter().collect(), withheld)
    }

    fn party(&self, role: PartyRole) -> Option<Party> {
        let number = self.text("id_number")?;
        let person = |id_type: String| {
            let person = PersonId::parse(&id_type, &number).ok()?;
            Some(Subject::Person(person))
        };
        let employer = || {
            let employer = CreditCode::parse(&number).ok()?;
            Some(Subject::Employer(employer))
        };
        let id = match role {
            PartyRole::Employer => employer()?,
            // A list or a legal document may name either; an employer has no type of number.
            PartyRole::Named | PartyRole::Listed => match self.text("id_type") {
                Some(id_type) => person(id_type)?,
                None => employer()?,
            },
            PartyRole::Applicant
            | PartyRole::Spouse
            | PartyRole::CoBorrower
            | PartyRole::LegalRepresentative
            | PartyRole::Handler
            | PartyRole::FamilyMember
            | PartyRole::ExSpouse
            | PartyRole::Deceased => person(self.text("id_type")?)?,
            PartyRole::House => return None,
        };
        Some(Party {
            role,
            id,
            name: self.text("name").unwrap_or_default(),
        })
    }
}
