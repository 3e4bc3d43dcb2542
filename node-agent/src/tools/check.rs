//! `tianshu-agent check`: the mapping folder against the catalog and the live systems. It tells
//! what is covered, and shows no value.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use catalog::{Absence, Catalog, ClassNo, Defect, ItemNo, Value};
use serde::Serialize;
use wire::{Clock, SystemClock};

use super::{Report, found_of_case, wait};
use crate::config::Config;
use crate::translate::{
    Coverage, Found, FoundOutcome, MappingErrors, SAMPLE_RECORDS_MAX, SourceError, Translator,
};

/// Why a service was not asked although nothing is wrong.
const NO_CASE_NAMED: &str = "it answers only about a subject, and no `[preview] case` names one";
/// Why a service that checks somebody's own statements is not asked.
const TAKES_VALUES: &str = "the service takes values that only a question passes on";

/// Everything that was found.
#[derive(Debug, Default, Serialize)]
struct Finding {
    sound: bool,
    faults: Vec<Fault>,
    catalog: String,
    cases_mapped: bool,
    classes: Vec<ClassFinding>,
    totals: Totals,
}

#[derive(Debug, Serialize)]
struct Fault {
    file: String,
    line: usize,
    reason: String,
}

/// One class of the catalog.
#[derive(Debug, Serialize)]
struct ClassFinding {
    class: ClassNo,
    held: bool,
    file: Option<String>,
    mapped: usize,
    not_held: Vec<String>,
    required: usize,
    looked_up_by: Vec<&'static str>,
    #[serde(flatten)]
    look: Look,
}

/// What a look at the source of one class gave.
#[derive(Debug, Serialize)]
struct Look {
    /// `stands`, the code of an outage, `unasked` for a service that answers only about a subject
    /// and was given none, or `-` for a class that is not held.
    source: String,
    /// Why it is `unasked`.
    unasked: Option<&'static str>,
    sample: Option<Sample>,
    /// Why the newest file is refused, and at which line.
    refused: Option<(String, Option<usize>)>,
    #[serde(skip)]
    is_sound: bool,
}

impl Look {
    /// A mapping that gives no record a value that all must have is not right.
    fn stands(sample: Option<Sample>) -> Self {
        let always_withheld = sample.iter().flat_map(|sample| &sample.always_withheld);
        Self {
            source: "stands".to_owned(),
            unasked: None,
            is_sound: always_withheld.count() == 0,
            refused: None,
            sample,
        }
    }

    fn not_held() -> Self {
        Self {
            source: "-".to_owned(),
            ..Self::stands(None)
        }
    }

    fn out(code: &str) -> Self {
        Self {
            source: code.to_owned(),
            is_sound: false,
            ..Self::stands(None)
        }
    }

    /// A service that was not asked. Where its mapping names a case for that, a check that did not
    /// happen is no success.
    fn unasked(reason: &'static str) -> Self {
        Self {
            source: "unasked".to_owned(),
            unasked: Some(reason),
            is_sound: [NO_CASE_NAMED, TAKES_VALUES].contains(&reason),
            ..Self::stands(None)
        }
    }
}

/// What the source gave when it was looked into.
#[derive(Debug, Serialize)]
struct Sample {
    records: usize,
    withheld: Vec<(String, Defect, u32)>,
    /// Mapped items of which no record of the sample had a value, nor a bad one: their column may
    /// be misspelt where replies do not say which columns they lack.
    never_held: Vec<String>,
    /// Required items that every record of the sample lacks for a defect.
    always_withheld: Vec<String>,
}

/// Over all items of the catalog.
#[derive(Debug, Default, Serialize)]
struct Totals {
    items: usize,
    mapped: usize,
    not_held: usize,
    in_classes_not_held: usize,
}

pub(super) async fn run(config: &Config, json: bool) -> anyhow::Result<Report> {
    let catalog = Arc::new(Catalog::builtin()?);
    let (home, mappings) = (&config.data_home, &config.mappings);
    let opened = Translator::open(home, mappings, Arc::clone(&catalog), config.local).await;
    let mut finding = match opened {
        Ok(translator) => found(&translator, &catalog).await,
        Err(faults) => faulty(&faults),
    };
    finding.catalog = catalog.version().to_owned();
    let text = if json {
        serde_json::to_string_pretty(&finding)? + "\n"
    } else {
        table(&finding)
    };
    Ok(Report {
        text,
        is_sound: finding.sound,
    })
}

fn faulty(errors: &MappingErrors) -> Finding {
    let faults = errors.faults().iter().map(|fault| Fault {
        file: fault.file.clone(),
        line: fault.line,
        reason: fault.reason.clone(),
    });
    Finding {
        faults: faults.collect(),
        ..Finding::default()
    }
}

async fn found(translator: &Translator, catalog: &Catalog) -> Finding {
    let mut finding = Finding {
        sound: true,
        cases_mapped: translator.looks_up_cases(),
        ..Finding::default()
    };
    for coverage in translator.coverage() {
        let class = class(translator, catalog, &coverage).await;
        let totals = &mut finding.totals;
        totals.items += coverage.mapped.len() + coverage.not_held.len();
        totals.mapped += coverage.mapped.len();
        if class.held {
            totals.not_held += coverage.not_held.len();
        } else {
            totals.in_classes_not_held += coverage.not_held.len();
        }
        finding.sound &= class.look.is_sound;
        finding.classes.push(class);
    }
    finding
}

async fn class(translator: &Translator, catalog: &Catalog, coverage: &Coverage) -> ClassFinding {
    let held = coverage.file.is_some();
    let look = if held {
        look(translator, catalog, coverage).await
    } else {
        Look::not_held()
    };
    ClassFinding {
        class: coverage.class,
        held,
        file: coverage.file.clone(),
        mapped: coverage.mapped.len(),
        not_held: coverage.not_held.iter().map(ToString::to_string).collect(),
        required: coverage.required,
        looked_up_by: coverage.looked_up_by.clone(),
        look,
    }
}

async fn look(translator: &Translator, catalog: &Catalog, coverage: &Coverage) -> Look {
    let class = coverage.class;
    let now = SystemClock.now();
    match translator.standing(class, now, wait()).await {
        None => return asked_about_a_case(translator, catalog, coverage).await,
        Some(Err(error)) => {
            let fault = translator.refused_file(class);
            let line = translator.refused_line(class);
            return Look {
                refused: fault.map(|fault| (fault.to_string(), line)),
                ..Look::out(error.as_str())
            };
        }
        Some(Ok(())) => {}
    }
    let sample = translator.sample(class, SAMPLE_RECORDS_MAX, now, wait());
    match sample.await {
        Some(Ok(found)) => Look::stands(Some(sampled(&[found], catalog, coverage))),
        Some(Err(SourceError::TooManyRecords)) => Look::out("preview-too-long"),
        Some(Err(error)) => Look::out(error.as_str()),
        None => Look::stands(None),
    }
}

/// Asks a service about the parties of the case that its mapping names: real people with a reason,
/// never somebody made up.
async fn asked_about_a_case(
    translator: &Translator,
    catalog: &Catalog,
    coverage: &Coverage,
) -> Look {
    let named = coverage.class;
    let named = (translator.preview_case(named), catalog.class(named));
    let (Some(case_no), Some(class)) = named else {
        return Look::unasked(NO_CASE_NAMED);
    };
    let case = translator.case(case_no, SystemClock.now(), wait()).await;
    let case = match case {
        Ok(Some(case)) if case.open => case,
        Ok(_) => return Look::unasked("the case of `[preview]` is not open"),
        Err(_) => return Look::unasked("the business system cannot be asked for the case"),
    };
    let found = found_of_case(translator, class, &case).await;
    if found.is_empty() {
        return Look::unasked("the class is about no party of the case");
    }
    let out = found.iter().find_map(|found| match found.outcome {
        FoundOutcome::Unavailable(error) => Some(error),
        _ => None,
    });
    match out {
        Some(SourceError::NotGiven) => Look::unasked(TAKES_VALUES),
        Some(error) => Look::out(error.as_str()),
        None => Look::stands(Some(sampled(&found, catalog, coverage))),
    }
}

fn sampled(all: &[Found], catalog: &Catalog, coverage: &Coverage) -> Sample {
    let notes = all.iter().flat_map(|found| &found.notes);
    let mut withheld = BTreeMap::new();
    for (item, note) in notes.filter_map(|note| Some((note.item?, note))) {
        let count = withheld.entry((item, note.defect)).or_insert(0_u32);
        *count = count.saturating_add(note.count);
    }
    let records: Vec<_> = all.iter().flat_map(|found| &found.records).collect();
    let in_all = |fits: fn(Option<&Value>) -> bool| {
        let records = &records;
        coverage.mapped.iter().filter(move |item| {
            !records.is_empty() && records.iter().all(|record| fits(record.get(**item)))
        })
    };
    let is_none =
        |value: Option<&Value>| matches!(value, None | Some(Value::Absent(Absence::NotRecorded)));
    let is_bad = |value: Option<&Value>| matches!(value, Some(Value::Absent(Absence::Withheld(_))));
    let is_required = |item: &ItemNo| catalog.item(*item).is_some_and(|item| item.required);
    Sample {
        never_held: in_all(is_none).map(ToString::to_string).collect(),
        always_withheld: in_all(is_bad)
            .filter(|item| is_required(item))
            .map(ToString::to_string)
            .collect(),
        records: records.len(),
        withheld: withheld
            .into_iter()
            .map(|((item, defect), count)| (item.to_string(), defect, count))
            .collect(),
    }
}

fn table(finding: &Finding) -> String {
    let mut text = String::new();
    for fault in &finding.faults {
        let Fault { file, line, reason } = fault;
        let _ = writeln!(text, "{file}:{line}: {reason}");
    }
    if !finding.faults.is_empty() {
        let count = finding.faults.len();
        let _ = writeln!(text, "{count} fault(s): the folder does not load");
        return text;
    }
    let _ = writeln!(
        text,
        "class  held  mapped  unmapped  required  source            sample            file"
    );
    for class in &finding.classes {
        line(&mut text, class);
    }
    for class in finding.classes.iter().filter(|class| class.held) {
        details(&mut text, class);
    }
    kinds(&mut text, &finding.classes);
    let Totals {
        items,
        mapped,
        not_held,
        in_classes_not_held,
    } = finding.totals;
    let _ = writeln!(
        text,
        "{items} items: {mapped} mapped, {not_held} not held, {in_classes_not_held} in classes \
         not held"
    );
    let cases = if finding.cases_mapped {
        "are"
    } else {
        "are not"
    };
    let verdict = if finding.sound {
        "sound"
    } else {
        "a source does not stand, or was not asked as its mapping says, or a required item is \
         withheld from every record of a sample"
    };
    let _ = writeln!(text, "cases {cases} looked up; {verdict}");
    text
}

fn line(text: &mut String, class: &ClassFinding) {
    let sample = match &class.look.sample {
        Some(sample) => format!("{} rec, {} bad", sample.records, sample.withheld.len()),
        None => "-".to_owned(),
    };
    let _ = writeln!(
        text,
        "{:<6} {:<5} {:>6}  {:>8}  {:>8}  {:<17} {:<17} {}",
        class.class.to_string(),
        if class.held { "yes" } else { "no" },
        class.mapped,
        class.not_held.len(),
        class.required,
        class.look.source,
        sample,
        class.file.as_deref().unwrap_or("-"),
    );
}

/// Which classes are looked up by each kind of subject: about others they are not covered.
fn kinds(text: &mut String, classes: &[ClassFinding]) {
    let mut by_kind: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for class in classes {
        for kind in &class.looked_up_by {
            by_kind
                .entry(kind)
                .or_default()
                .push(class.class.to_string());
        }
    }
    for (kind, classes) in by_kind {
        let _ = writeln!(text, "looked up by {kind}: {}", classes.join(" "));
    }
}

/// Which items a class that is held lacks, why it was not asked, and what its sample says.
fn details(text: &mut String, class: &ClassFinding) {
    if let Some(reason) = class.look.unasked {
        let _ = writeln!(text, "{} unasked: {reason}", class.class);
    }
    if !class.not_held.is_empty() {
        let items = class.not_held.join(" ");
        let _ = writeln!(text, "{} not held: {items}", class.class);
    }
    if let Some((fault, line)) = &class.look.refused {
        let line = line.map(|line| format!(" at line {line}"));
        let line = line.unwrap_or_default();
        let _ = writeln!(text, "{} newest file refused: {fault}{line}", class.class);
    }
    let Some(sample) = &class.look.sample else {
        return;
    };
    for (item, defect, count) in &sample.withheld {
        let of = sample.records;
        let _ = writeln!(
            text,
            "{} sample: {item} is withheld: {defect} ({count} of {of})",
            class.class
        );
    }
    for item in &sample.always_withheld {
        let _ = writeln!(
            text,
            "{} sample: the required {item} is withheld from every record",
            class.class
        );
    }
    if !sample.never_held.is_empty() {
        let items = sample.never_held.join(" ");
        let _ = writeln!(
            text,
            "{} sample: no record has a value of: {items}",
            class.class
        );
    }
}
