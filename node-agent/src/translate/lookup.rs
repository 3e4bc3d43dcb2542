//! Further ways to look up the records of one class: by the house they are about, or by the
//! employer. Each kind of subject has one way at most, and a class without one for a subject is
//! not covered for it. Records found by a house are about that very house, or they are none.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, Class, ClassNo, Defect, HouseId, Item, ItemNo, Subject, Value};

use super::QualityNote;
use super::dropped::Keying;
use super::faults::FileFaults;
use super::mapping::ClassMapping;
use super::origin::{self, Origin};
use super::records::Moment;
use super::rules::Rule;
use super::sheet::Sheet;
use super::source::Rows;
use super::subject::{self, SubjectKind, SubjectRule};
use super::{RECORDS_PER_ANSWER_MAX, passed_on, rest, soap};

/// Ways that one class may have beside its first.
const LOOKUPS_MAX: usize = 4;
/// Most records that are judged and never shown: the accounts of one employer's people.
const RECORDS_JUDGED_MAX: usize = 20_000;
/// The items that say which house a record is about.
const UNIT_CODE: &str = "bdcdyh";
const CONTRACT_CODE: &str = "gfhtbh";

/// A further way to look a class up.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) subject: SubjectRule,
    pub(crate) by: By,
}

/// How a further way finds its records.
#[derive(Debug, Clone)]
pub(crate) enum By {
    /// By another statement or call of the same connector.
    Question(Box<Origin>),
    /// By another field of the same file's lines.
    Field(KeyField),
}

/// A field by which the lines of a file are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyField {
    pub(crate) name: String,
    pub(crate) keying: Keying,
    pub(crate) through: Option<Through>,
    /// Where it stands in the mapping file.
    pub(crate) line: usize,
}

/// The class whose records about the subject hold the keys of the lines: a unit's own number under
/// its credit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Through {
    pub(crate) class: ClassNo,
    pub(crate) column: String,
}

/// Reads the `[[lookup]]` tables of a mapping.
pub(crate) fn read(
    root: &Sheet<'_>,
    first: Option<(&SubjectRule, &Origin)>,
    faults: &mut FileFaults,
) -> Vec<Lookup> {
    let sheets = root.sheets("lookup", faults);
    if sheets.len() > LOOKUPS_MAX {
        faults.file(format!("more than {LOOKUPS_MAX} `[[lookup]]`"));
        return Vec::new();
    }
    let mut lookups: Vec<Lookup> = Vec::new();
    for sheet in &sheets {
        let rule = subject::read(sheet, faults);
        let Some((rule, (main, origin))) = rule.zip(first) else {
            continue;
        };
        let by = by(sheet, &rule, origin, faults);
        sheet.finish(faults);
        let mut known = std::iter::once(main).chain(lookups.iter().map(|one| &one.subject));
        if known.any(|known| known.kind.overlaps(rule.kind)) {
            let kind = rule.kind.as_str();
            faults.at(
                sheet.place(),
                format!("`{kind}` is looked up in another way already"),
            );
        }
        lookups.extend(by.map(|by| Lookup { subject: rule, by }));
    }
    lookups
}

fn by(
    sheet: &Sheet<'_>,
    rule: &SubjectRule,
    origin: &Origin,
    faults: &mut FileFaults,
) -> Option<By> {
    let parameters = rule.forms.len();
    if parameters == 0 && !matches!(origin, Origin::File { .. }) {
        faults.at(sheet.place(), "`[[lookup]]` needs `forms`");
        return None;
    }
    let question = match origin {
        Origin::Sql { connector, .. } => {
            if sheet.entry("sql").is_none() {
                faults.at(sheet.place(), "`[[lookup]]` lacks the key `sql`");
            }
            let statement = origin::statement(sheet, "sql", parameters, faults)?;
            let connector = connector.clone();
            Origin::Sql {
                connector,
                statement,
            }
        }
        Origin::Rest { connector, .. } => Origin::Rest {
            connector: connector.clone(),
            call: rest::read(sheet, parameters, faults)?,
        },
        Origin::Soap { connector, .. } => Origin::Soap {
            connector: connector.clone(),
            call: soap::read(sheet, parameters, faults)?,
        },
        Origin::File { .. } => return key_field(sheet, rule.kind, faults).map(By::Field),
    };
    Some(By::Question(Box::new(question)))
}

fn key_field(sheet: &Sheet<'_>, kind: SubjectKind, faults: &mut FileFaults) -> Option<KeyField> {
    let name = sheet.text_required("field", faults)?.to_owned();
    let through = sheet.sheet("through", faults).map(|sheet| {
        let class = sheet.text_required("class", faults);
        let column = sheet.text_required("column", faults);
        sheet.finish(faults);
        let class = class.and_then(|text| text.parse().ok());
        if class.is_none() {
            faults.at(
                sheet.place(),
                "`through` names the class whose records hold the keys",
            );
        }
        Some(Through {
            class: class?,
            column: column?.to_owned(),
        })
    });
    let keying = match kind {
        SubjectKind::HouseUnit => Keying::HouseUnit,
        SubjectKind::HouseContract => Keying::HouseContract,
        _ if through.is_some() => Keying::Plain,
        SubjectKind::Person | SubjectKind::Employer | SubjectKind::Any => Keying::Number,
    };
    if let Some(None) = through {
        return None;
    }
    Some(KeyField {
        name,
        keying,
        through: through.flatten(),
        line: faults.line_of(sheet.place()),
    })
}

/// Checks what a way needs of the rest of its mapping.
pub(crate) fn check(
    lookups: &[Lookup],
    class: Option<&Class>,
    origin: &Origin,
    rules: &BTreeMap<ItemNo, Rule>,
    faults: &mut FileFaults,
) {
    for lookup in lookups {
        let kind = lookup.subject.kind;
        if let (Some(code), Some(class)) = (house_code(kind), class) {
            let item = class.items.iter().find(|item| item.code == code);
            if !item.is_some_and(|item| rules.contains_key(&item.no)) {
                faults.file(format!(
                    "a lookup by `{}` needs the item `{code}` to be mapped",
                    kind.as_str()
                ));
            }
        }
        match &lookup.by {
            By::Question(origin) => passed_on::check_given(origin.given(), class, faults),
            By::Field(field) if !origin.has_field(&field.name) => {
                let reason = format!("`{}` is not a field of the layout", field.name);
                faults.at_line(field.line, reason);
            }
            By::Field(_) => {}
        }
    }
}

/// The code of the item that says which house a record is about.
const fn house_code(kind: SubjectKind) -> Option<&'static str> {
    match kind {
        SubjectKind::HouseUnit => Some(UNIT_CODE),
        SubjectKind::HouseContract => Some(CONTRACT_CODE),
        SubjectKind::Person | SubjectKind::Employer | SubjectKind::Any => None,
    }
}

impl ClassMapping {
    /// Which way looks such a subject up: 0 for the first, then the further ones in order. `None`
    /// where there is no way.
    pub(crate) fn way(&self, subject: &Subject) -> Option<usize> {
        let mut rules =
            std::iter::once(&self.subject).chain(self.lookups.iter().map(|one| &one.subject));
        rules.position(|rule| rule.kind.covers(subject))
    }

    /// The kinds of subjects by which the class is looked up, `any` being two of them.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let further = self.lookups.iter().map(|lookup| &lookup.subject);
        let rules = std::iter::once(&self.subject).chain(further);
        let kinds = rules.flat_map(|rule| match rule.kind {
            SubjectKind::Any => vec![SubjectKind::Person, SubjectKind::Employer],
            kind => vec![kind],
        });
        kinds.map(SubjectKind::as_str).collect()
    }

    /// How a way spells its subjects.
    pub(crate) fn rule_of(&self, way: usize) -> &SubjectRule {
        let further = way.checked_sub(1).and_then(|way| self.lookups.get(way));
        further.map_or(&self.subject, |lookup| &lookup.subject)
    }

    /// What a question must pass on for a way.
    pub(crate) fn given_of(&self, way: usize) -> &BTreeSet<ItemNo> {
        let further = way.checked_sub(1).and_then(|way| self.lookups.get(way));
        match further.map(|lookup| &lookup.by) {
            Some(By::Question(origin)) => origin.given(),
            Some(By::Field(_)) | None => self.origin.given(),
        }
    }

    /// Most records that may be found. An employer's people are no party of its case, so that they
    /// are judged and never shown, and may be many.
    pub(crate) fn rows_max(&self, subject: &Subject) -> usize {
        if self.class.is_about_persons() && matches!(subject, Subject::Employer(_)) {
            RECORDS_JUDGED_MAX
        } else {
            RECORDS_PER_ANSWER_MAX
        }
    }

    /// The field of the file's lines that a way looks into, where it is one.
    pub(crate) fn key_field(&self, way: usize) -> Option<&KeyField> {
        match &self.lookups.get(way.checked_sub(1)?)?.by {
            By::Field(field) => Some(field),
            By::Question(_) => None,
        }
    }
}

/// The item by which a record found by a house is known to be about it.
pub(crate) fn told_by<'c>(
    catalog: &'c Catalog,
    mapping: &ClassMapping,
    subject: &Subject,
) -> Option<&'c Item> {
    let code = match subject {
        Subject::House(HouseId::Unit(_)) => UNIT_CODE,
        Subject::House(HouseId::Contract(_)) => CONTRACT_CODE,
        Subject::Person(_) | Subject::Employer(_) => return None,
    };
    let item = catalog.item_by_code(mapping.class, code)?;
    mapping.rules.contains_key(&item.no).then_some(item)
}

/// Drops the rows about other houses, whatever the local statement let through. Each is noted.
pub(crate) fn keep_house(item: &Item, mapping: &ClassMapping, house: &HouseId, rows: &mut Rows) {
    let moment = Moment {
        as_of: rows.as_of,
        file_date: rows.file_date,
    };
    let before = rows.rows.len();
    rows.rows.retain(|row| {
        let rule = mapping.rules_of(row).get(&item.no);
        let Some(Ok(Value::Text(text))) = rule.map(|rule| rule.value(&item.kind, row, moment))
        else {
            return false;
        };
        let named = match house {
            HouseId::Unit(_) => HouseId::unit(&text),
            HouseId::Contract(_) => HouseId::contract(&text),
        };
        named.as_ref() == Ok(house)
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
