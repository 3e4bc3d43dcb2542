//! The local spellings of a subject: 18 or 15 digits, lower-case x, padded with blanks. A spelling
//! that does not exist for a subject is never made up.

use catalog::{Absence, Catalog, Defect, Item, ItemType, KeyRole, Subject, Value, identity};

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
    Any,
}

/// One local spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Id18,
    Id15,
    Id18Lower,
    CreditCode,
}

/// Reads `[subject]`.
pub(crate) fn read(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<SubjectRule> {
    let kind = match sheet.text_required("kind", faults) {
        Some("person") => Some(SubjectKind::Person),
        Some("employer") => Some(SubjectKind::Employer),
        Some("any") => Some(SubjectKind::Any),
        Some(other) => {
            let reason = format!("unknown kind of subject `{other}` (person, employer, any)");
            faults.at(sheet.place(), reason);
            None
        }
        None => None,
    };
    let pad = sheet.count("pad", PAD_MAX, faults).unwrap_or(0);
    let mut forms = Vec::new();
    for (name, place) in sheet.texts("forms", faults).unwrap_or_default() {
        match form_named(name) {
            Some(form) if kind.is_none_or(|kind| fits(kind, form)) => forms.push(form),
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
        _ => None,
    }
}

fn fits(kind: SubjectKind, form: Form) -> bool {
    match kind {
        SubjectKind::Person => form != Form::CreditCode,
        SubjectKind::Employer => form == Form::CreditCode,
        SubjectKind::Any => true,
    }
}

impl SubjectRule {
    /// Whether records about this kind of subject can be here at all.
    pub(crate) fn covers(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Person(_) => self.kind != SubjectKind::Employer,
            Subject::Employer(_) => self.kind != SubjectKind::Person,
        }
    }

    /// One text per form, in order; a form that does not exist repeats the first that does.
    /// `None` when none exists.
    pub(crate) fn spellings(&self, subject: &Subject) -> Option<Vec<String>> {
        let spelled: Vec<Option<String>> = self
            .forms
            .iter()
            .map(|form| spelling(*form, subject))
            .collect();
        let first = spelled.iter().flatten().next()?.clone();
        let all = spelled
            .into_iter()
            .map(|one| one.unwrap_or_else(|| first.clone()));
        Some(all.map(|one| padded(one, self.pad)).collect())
    }
}

/// The code of the person's kind of number; empty for an employer.
pub(crate) fn id_type(subject: &Subject) -> &str {
    match subject {
        Subject::Person(person) => person.id_type(),
        Subject::Employer(_) => "",
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

fn spelling(form: Form, subject: &Subject) -> Option<String> {
    let number = subject.key();
    match (form, subject) {
        (Form::Id18, Subject::Person(_)) => Some(number),
        (Form::Id15, Subject::Person(_)) => identity::downgrade_18(&number),
        (Form::Id18Lower, Subject::Person(_)) => Some(number.to_ascii_lowercase()),
        (Form::CreditCode, Subject::Employer(_)) => Some(number),
        (Form::CreditCode, Subject::Person(_)) => None,
        (Form::Id18 | Form::Id15 | Form::Id18Lower, Subject::Employer(_)) => None,
    }
}

fn padded(mut text: String, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}
