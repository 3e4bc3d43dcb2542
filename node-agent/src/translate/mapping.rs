//! A class mapping file: read, and checked against the catalog so that nothing of a class is
//! forgotten. A file with any fault is not used in part.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, Class, ClassNo, Item, ItemNo};
use time::Duration;

use super::connectors::Connector;
use super::faults::FileFaults;
use super::lookup::{self, Lookup};
use super::origin::{self, Origin, Statement};
use super::outside::{self, WhenEmpty};
use super::passed_on;
use super::rules::{self, Columns, Rule, Target};
use super::sheet::{self, Place, Sheet};
use super::source::Cell;
use super::subject::{self, SubjectRule};

/// Longest age, in hours, that a mapping may call fresh.
const STALE_AFTER_HOURS_MAX: u32 = 24 * 366;

/// One class of records that a center holds, and how its rows become records.
#[derive(Debug, Clone)]
pub(crate) struct ClassMapping {
    pub(crate) class: ClassNo,
    pub(crate) file: String,
    pub(crate) origin: Origin,
    pub(crate) subject: SubjectRule,
    /// Further ways to look the class up.
    pub(crate) lookups: Vec<Lookup>,
    pub(crate) freshness: Freshness,
    /// Where samples for the owner's own eyes come from.
    pub(crate) preview: Option<Preview>,
    pub(crate) rules: BTreeMap<ItemNo, Rule>,
    pub(crate) columns: Columns,
    /// Of several records only the latest by this item is answered.
    pub(crate) latest_by: Option<ItemNo>,
    /// The record that says that there is none.
    pub(crate) when_empty: Option<WhenEmpty>,
}

/// Where samples come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Preview {
    /// A statement about nobody in particular.
    Sql(Statement),
    /// An open case of the center's own business system, about whose parties a service is asked:
    /// it answers about a subject only, and no subject stands in a mapping file.
    Case(String),
}

impl ClassMapping {
    /// The rules by which a row becomes a record.
    pub(crate) fn rules_of(&self, row: &[Cell]) -> &BTreeMap<ItemNo, Rule> {
        match &self.when_empty {
            Some(empty) if empty.is_this(row) => &empty.rules,
            _ => &self.rules,
        }
    }
}

/// How old the rows are and when they are too old.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Freshness {
    pub(crate) as_of: Option<Statement>,
    pub(crate) stale_after: Option<Duration>,
}

/// Reads one class mapping; `None` when the file has faults, which are then recorded.
pub(crate) fn read(
    file: &str,
    text: &str,
    catalog: &Catalog,
    connectors: &BTreeMap<String, Connector>,
    faults: &mut FileFaults,
) -> Option<ClassMapping> {
    let table = sheet::parse(text, faults)?;
    let root = Sheet::root(&table);
    let class = class(&root, catalog, faults);
    let subject_sheet = root.sheet_required("subject", faults);
    let key = subject_sheet
        .as_ref()
        .and_then(|sheet| Some((sheet.text("field", faults)?, sheet.place().clone())));
    let subject = subject_sheet
        .as_ref()
        .and_then(|sheet| subject::read(sheet, faults));
    let parameters = subject.as_ref().map_or(0, |subject| subject.forms.len());
    let origin = origin::read(&root, connectors, parameters, key, faults);
    let first = subject.as_ref().zip(origin.as_ref());
    let lookups = lookup::read(&root, first, faults);
    let freshness = freshness(&root, origin.as_ref(), faults);
    let preview = preview(&root, origin.as_ref(), faults);
    let mut columns = Columns::default();
    let items = root.sheets("item", faults);
    let mut mapped = Mapped {
        catalog,
        class,
        seen: BTreeMap::new(),
        rules: BTreeMap::new(),
    };
    for item in &items {
        mapped.item(item, &mut columns, faults);
    }
    let not_held = not_held(&root, faults);
    let latest_by = outside::latest_by(&root, class, &mapped.rules, faults);
    let when_empty = WhenEmpty::read(&root, class, catalog, &mut columns, faults);
    root.finish(faults);
    if let Some(sheet) = subject_sheet {
        sheet.finish(faults);
    }
    mapped.coverage(&not_held, faults);
    let (origin, subject) = (origin?, subject?);
    passed_on::check_given(origin.given(), class, faults);
    lookup::check(&lookups, class, &origin, &mapped.rules, faults);
    if matches!(origin, Origin::Sql { .. }) && subject.forms.is_empty() {
        faults.file("`[subject]` needs `forms` for a statement");
    }
    origin::check_columns(&origin, &columns, mapped.rules.values(), faults);
    let (class, rules) = (class?.no, mapped.rules);
    Some(ClassMapping {
        class,
        file: file.to_owned(),
        origin,
        subject,
        lookups,
        freshness,
        preview,
        rules,
        columns,
        latest_by,
        when_empty,
    })
}

fn class<'c>(root: &Sheet<'_>, catalog: &'c Catalog, faults: &mut FileFaults) -> Option<&'c Class> {
    let text = root.text_required("class", faults)?;
    let known = text
        .parse::<ClassNo>()
        .ok()
        .and_then(|no| catalog.class(no));
    if known.is_none() {
        let place = root.entry("class").map_or(0..0, |entry| entry.place);
        faults.at(&place, format!("the catalog has no class `{text}`"));
    }
    known
}

fn freshness(root: &Sheet<'_>, origin: Option<&Origin>, faults: &mut FileFaults) -> Freshness {
    let mut freshness = Freshness::default();
    let Some(sheet) = root.sheet("freshness", faults) else {
        return freshness;
    };
    let hours = sheet.count("stale_after_hours", STALE_AFTER_HOURS_MAX, faults);
    freshness.stale_after = hours.map(|hours| Duration::hours(i64::from(hours)));
    if matches!(origin, Some(Origin::File { .. })) && sheet.entry("as_of_sql").is_some() {
        faults.at(
            sheet.place(),
            "a file's age is the date of its H record, not `as_of_sql`",
        );
    }
    let live = matches!(origin, Some(Origin::Rest { .. } | Origin::Soap { .. }));
    if live && sheet.entry("as_of_sql").is_some() {
        faults.at(
            sheet.place(),
            "a reply is as old as its question, not `as_of_sql`",
        );
    }
    freshness.as_of = origin::statement(&sheet, "as_of_sql", 0, faults);
    sheet.finish(faults);
    freshness
}

fn preview(root: &Sheet<'_>, origin: Option<&Origin>, faults: &mut FileFaults) -> Option<Preview> {
    let sheet = root.sheet("preview", faults)?;
    let preview = match origin {
        Some(Origin::File { .. }) => {
            let reason = "a file gives samples without a `[preview]`";
            faults.at(sheet.place(), reason);
            return None;
        }
        Some(Origin::Rest { .. } | Origin::Soap { .. }) => {
            let case = sheet.text_required("case", faults);
            case.map(|case_no| Preview::Case(case_no.to_owned()))
        }
        Some(Origin::Sql { .. }) | None => {
            if sheet.entry("sql").is_none() {
                faults.at(sheet.place(), "`preview` lacks the key `sql`");
            }
            origin::statement(&sheet, "sql", 0, faults).map(Preview::Sql)
        }
    };
    sheet.finish(faults);
    preview
}

fn not_held(root: &Sheet<'_>, faults: &mut FileFaults) -> Vec<(String, Place)> {
    let Some(sheet) = root.sheet("not_held", faults) else {
        return Vec::new();
    };
    let items = sheet.texts("items", faults).unwrap_or_default();
    sheet.finish(faults);
    items
        .into_iter()
        .map(|(no, place)| (no.to_owned(), place))
        .collect()
}

/// The items of one class while their rules are being read.
struct Mapped<'c> {
    catalog: &'c Catalog,
    class: Option<&'c Class>,
    seen: BTreeMap<ItemNo, usize>,
    rules: BTreeMap<ItemNo, Rule>,
}

impl<'c> Mapped<'c> {
    fn item_of_class(&self, text: &str) -> Option<&'c Item> {
        let no = text.parse::<ItemNo>().ok()?;
        self.class?.items.iter().find(|item| item.no == no)
    }

    fn item(&mut self, sheet: &Sheet<'_>, columns: &mut Columns, faults: &mut FileFaults) {
        let Some(text) = sheet.text_required("no", faults) else {
            return;
        };
        let place = sheet
            .entry("no")
            .map_or(sheet.place().clone(), |entry| entry.place);
        let Some(item) = self.item_of_class(text) else {
            if self.class.is_some() {
                faults.at(&place, format!("unknown item `{text}` in this class"));
            }
            return;
        };
        if let Some(line) = self.seen.insert(item.no, faults.line_of(&place)) {
            faults.at(
                &place,
                format!("item `{text}` is already mapped on line {line}"),
            );
            return;
        }
        if item.input_only {
            faults.at(
                &place,
                format!("item `{text}` is input only and is never answered"),
            );
        }
        let check = |value: &catalog::Value| self.catalog.check_value(item.no, value);
        let name = format!("item `{text}`");
        let target = Target {
            name,
            kind: item.kind.clone(),
            check: &check,
        };
        let rule = rules::rule(sheet, &target, columns, faults);
        sheet.finish(faults);
        if let Some(rule) = rule {
            self.rules.insert(item.no, rule);
        }
    }

    /// Every item of the class is mapped or listed as not held, never both.
    fn coverage(&self, not_held: &[(String, Place)], faults: &mut FileFaults) {
        let Some(class) = self.class else { return };
        let mut listed = BTreeSet::new();
        for (text, place) in not_held {
            let Some(item) = self.item_of_class(text) else {
                faults.at(place, format!("unknown item `{text}` in `not_held`"));
                continue;
            };
            if !listed.insert(item.no) {
                faults.at(
                    place,
                    format!("item `{text}` is listed twice in `not_held`"),
                );
            }
            if self.seen.contains_key(&item.no) {
                faults.at(
                    place,
                    format!("item `{text}` is both mapped and in `not_held`"),
                );
            } else if item.required {
                faults.at(
                    place,
                    format!("item `{text}` is required and must be mapped"),
                );
            }
        }
        for item in &class.items {
            let known = self.seen.contains_key(&item.no) || listed.contains(&item.no);
            if !known && item.required {
                faults.file(format!(
                    "the required item `{}` ({}) is not mapped",
                    item.no, item.code
                ));
            } else if !known {
                let reason = "is neither mapped nor in `not_held`";
                faults.file(format!("item `{}` ({}) {reason}", item.no, item.code));
            }
        }
    }
}

#[cfg(test)]
mod tests;
