//! The local spellings of a subject: 18 or 15 digits, lower-case x, padded with blanks. A spelling
//! that does not exist for a subject is never made up.

use catalog::{
    Absence, Catalog, Defect, HouseId, Item, ItemType, KeyRole, Subject, Value, identity,
};

use super::QualityNote;
use super::faults::FileFaults;
use super::mapping::ClassMapping;
use super::records::Moment;
use super::sheet::Sheet;
use super::source::Rows;

/// The code set of the kinds of documents.
const ID_TYPE_SET: &str = "id-type";
/// Spellings one statement may bind.
const FORMS_MAX: usize = 8;
/// Width to which spellings may be padded.
const PAD_MAX: u32 = 64;

/// How a mapping spells its subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubjectRule {
    pub(crate) kind: SubjectKind,
    pub(crate) forms: Vec<Form>,
    pub(crate) pad: usize,
}

/// Whom the records of a mapping are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubjectKind {
    Person,
    Employer,
    /// Of no house: persons and employers.
    Any,
    HouseUnit,
    HouseContract,
}

/// One local spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    Id18,
    Id15,
    Id18Lower,
    CreditCode,
    HouseUnit,
    /// What this center writes before the number, which may be nothing.
    HouseContract(String),
}

/// Reads `[subject]`.
pub(crate) fn read(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<SubjectRule> {
    let kind = match sheet.text_required("kind", faults) {
        Some("person") => Some(SubjectKind::Person),
        Some("employer") => Some(SubjectKind::Employer),
        Some("any") => Some(SubjectKind::Any),
        Some("house-unit") => Some(SubjectKind::HouseUnit),
        Some("house-contract") => Some(SubjectKind::HouseContract),
        Some(other) => {
            let kinds = "person, employer, any, house-unit, house-contract";
            let reason = format!("unknown kind of subject `{other}` ({kinds})");
            faults.at(sheet.place(), reason);
            None
        }
        None => None,
    };
    let pad = sheet.count("pad", PAD_MAX, faults).unwrap_or(0);
    let mut forms = Vec::new();
    for (name, place) in sheet.texts("forms", faults).unwrap_or_default() {
        match form_named(name) {
            Some(form) if kind.is_none_or(|kind| fits(kind, &form)) => forms.push(form),
            Some(_) => faults.at(
                &place,
                format!("`{name}` is not a spelling of such a subject"),
            ),
            None => faults.at(&place, format!("unknown spelling `{name}`")),
        }
    }
    if forms.len() > FORMS_MAX {
        faults.at(sheet.place(), format!("more than {FORMS_MAX} spellings"));
        return None;
    }
    Some(SubjectRule {
        kind: kind?,
        forms,
        pad: usize::try_from(pad).unwrap_or(0),
    })
}

fn form_named(name: &str) -> Option<Form> {
    match name {
        "id18" => Some(Form::Id18),
        "id15" => Some(Form::Id15),
        "id18-lower" => Some(Form::Id18Lower),
        "credit-code" => Some(Form::CreditCode),
        "house-unit" => Some(Form::HouseUnit),
        _ => contract_form(name),
    }
}

/// `house-contract`, or `house-contract:` and what this center writes before the number. A prefix
/// that is none would look for other numbers.
fn contract_form(name: &str) -> Option<Form> {
    let prefix = name.strip_prefix("house-contract")?;
    let prefix = match prefix.strip_prefix(':') {
        Some(prefix) if !prefix.is_empty() => prefix,
        None if prefix.is_empty() => prefix,
        _ => return None,
    };
    let plain = HouseId::contract("1").ok();
    let is_prefix = HouseId::contract(&format!("{prefix}1")).ok() == plain;
    is_prefix.then(|| Form::HouseContract(prefix.to_owned()))
}

fn fits(kind: SubjectKind, form: &Form) -> bool {
    match form {
        Form::Id18 | Form::Id15 | Form::Id18Lower => {
            matches!(kind, SubjectKind::Person | SubjectKind::Any)
        }
        Form::CreditCode => matches!(kind, SubjectKind::Employer | SubjectKind::Any),
        Form::HouseUnit => kind == SubjectKind::HouseUnit,
        Form::HouseContract(_) => kind == SubjectKind::HouseContract,
    }
}

impl SubjectKind {
    /// Whether a subject is of this kind.
    pub(crate) const fn covers(self, subject: &Subject) -> bool {
        match subject {
            Subject::Person(_) => matches!(self, Self::Person | Self::Any),
            Subject::Employer(_) => matches!(self, Self::Employer | Self::Any),
            Subject::House(HouseId::Unit(_)) => matches!(self, Self::HouseUnit),
            Subject::House(HouseId::Contract(_)) => matches!(self, Self::HouseContract),
        }
    }

    /// Whether some subject is of both kinds.
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Person | Self::Any, Self::Person | Self::Any)
                | (Self::Employer | Self::Any, Self::Employer | Self::Any)
                | (Self::HouseUnit, Self::HouseUnit)
                | (Self::HouseContract, Self::HouseContract)
        )
    }

    /// The word of the mapping language.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Employer => "employer",
            Self::Any => "any",
            Self::HouseUnit => "house-unit",
            Self::HouseContract => "house-contract",
        }
    }
}

impl SubjectRule {
    /// One text per form, in order; a form that does not exist repeats the first that does.
    /// `None` when none exists.
    pub(crate) fn spellings(&self, subject: &Subject) -> Option<Vec<String>> {
        let spelled: Vec<Option<String>> = self
            .forms
            .iter()
            .map(|form| spelling(form, subject))
            .collect();
        let first = spelled.iter().flatten().next()?.clone();
        let all = spelled
            .into_iter()
            .map(|one| one.unwrap_or_else(|| first.clone()));
        Some(all.map(|one| padded(one, self.pad)).collect())
    }
}

/// The code of the person's kind of number; empty for an employer and for a house.
pub(crate) fn id_type(subject: &Subject) -> &str {
    match subject {
        Subject::Person(person) => person.id_type(),
        Subject::Employer(_) | Subject::House(_) => "",
    }
}

/// The item that says what kind of document a record's person is known by, where a subject's
/// number alone does not tell: only a citizen's 18 digits belong to one person in every kind.
pub(crate) fn told_by<'c>(
    catalog: &'c Catalog,
    mapping: &ClassMapping,
    subject: &Subject,
) -> Option<&'c Item> {
    let Subject::Person(person) = subject else {
        return None;
    };
    if identity::is_valid_18(person.number()) {
        return None;
    }
    let tells = |item: &&Item| {
        let is_kind = matches!(&item.kind, ItemType::Code { set, .. } if set == ID_TYPE_SET);
        is_kind && item.key == Some(KeyRole::Subject) && mapping.rules.contains_key(&item.no)
    };
    catalog.class(mapping.class)?.items.iter().find(tells)
}

/// Drops the rows about other people: those that name another kind of document than the one asked
/// about, or one that the mapping does not know. A row that names none stays. Each is noted.
pub(crate) fn keep_own(item: &Item, mapping: &ClassMapping, subject: &Subject, rows: &mut Rows) {
    let moment = Moment {
        as_of: rows.as_of,
        file_date: rows.file_date,
    };
    let asked = id_type(subject);
    let before = rows.rows.len();
    rows.rows.retain(|row| {
        let rule = mapping.rules_of(row).get(&item.no);
        match rule.map(|rule| rule.value(&item.kind, row, moment)) {
            None | Some(Ok(Value::Absent(Absence::NotRecorded | Absence::NotHeld))) => true,
            Some(Ok(Value::Code(code))) => code == asked,
            Some(_) => false,
        }
    });
    let dropped = before.saturating_sub(rows.rows.len());
    if dropped > 0 {
        rows.notes.push(QualityNote {
            item: Some(item.no),
            defect: Defect::OutOfRange,
            count: u32::try_from(dropped).unwrap_or(u32::MAX),
        });
    }
}

fn spelling(form: &Form, subject: &Subject) -> Option<String> {
    match (form, subject) {
        (Form::Id18, Subject::Person(person)) => Some(person.number().to_owned()),
        (Form::Id15, Subject::Person(person)) => identity::downgrade_18(person.number()),
        (Form::Id18Lower, Subject::Person(person)) => Some(person.number().to_ascii_lowercase()),
        (Form::CreditCode, Subject::Employer(code)) => Some(code.as_str().to_owned()),
        (Form::HouseUnit, Subject::House(HouseId::Unit(unit))) => Some(unit.as_str().to_owned()),
        (Form::HouseContract(prefix), Subject::House(HouseId::Contract(contract))) => {
            Some(format!("{prefix}{}", contract.as_str()))
        }
        _ => None,
    }
}

fn padded(mut text: String, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}
