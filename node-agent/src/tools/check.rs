//! `tianshu-agent check`: the mapping folder against the catalog and the live systems. It tells
//! what is covered, and shows no value.

use std::fmt::Write as _;
use std::sync::Arc;

use catalog::{Catalog, ClassNo, Defect};
use serde::Serialize;
use wire::{Clock, SystemClock};

use super::{Report, found_of_case, wait};
use crate::config::Config;
use crate::translate::{Coverage, Found, FoundOutcome, MappingErrors, SourceError, Translator};

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
    #[serde(skip)]
    is_sound: bool,
}

impl Look {
    fn stands(sample: Option<Sample>) -> Self {
        Self {
            source: "stands".to_owned(),
            unasked: None,
            sample,
            is_sound: true,
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
            sample: None,
            is_sound: [NO_CASE_NAMED, TAKES_VALUES].contains(&reason),
        }
    }
}

/// What the source gave when it was looked into.
#[derive(Debug, Serialize)]
struct Sample {
    records: usize,
    withheld: Vec<(String, Defect, u32)>,
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
        look(translator, catalog, coverage.class).await
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
        look,
    }
}

async fn look(translator: &Translator, catalog: &Catalog, class: ClassNo) -> Look {
    match translator.standing(class, wait()).await {
        None => return asked_about_a_case(translator, catalog, class).await,
        Some(Err(error)) => return Look::out(error.as_str()),
        Some(Ok(())) => {}
    }
    let now = SystemClock.now();
    match translator.sample(class, 1, now, wait()).await {
        Some(Ok(found)) => Look::stands(Some(sampled(&[found]))),
        Some(Err(SourceError::TooManyRecords)) => Look::out("preview-too-long"),
        Some(Err(error)) => Look::out(error.as_str()),
        None => Look::stands(None),
    }
}

/// Asks a service about the parties of the case that its mapping names: real people with a reason,
/// never somebody made up.
async fn asked_about_a_case(translator: &Translator, catalog: &Catalog, class: ClassNo) -> Look {
    let named = (translator.preview_case(class), catalog.class(class));
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
        None => Look::stands(Some(sampled(&found))),
    }
}

fn sampled(all: &[Found]) -> Sample {
    let notes = all.iter().flat_map(|found| &found.notes);
    let withheld = notes.filter_map(|note| {
        let item = note.item?.to_string();
        Some((item, note.defect, note.count))
    });
    Sample {
        records: all.iter().map(|found| found.records.len()).sum(),
        withheld: withheld.collect(),
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
        "a source does not stand, or was not asked as its mapping says"
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

/// Which items a class that is held lacks, why it was not asked, and what its sample says.
fn details(text: &mut String, class: &ClassFinding) {
    if let Some(reason) = class.look.unasked {
        let _ = writeln!(text, "{} unasked: {reason}", class.class);
    }
    if !class.not_held.is_empty() {
        let items = class.not_held.join(" ");
        let _ = writeln!(text, "{} not held: {items}", class.class);
    }
    for (item, defect, _) in class.look.sample.iter().flat_map(|sample| &sample.withheld) {
        let _ = writeln!(text, "{} sample: {item} is withheld: {defect}", class.class);
    }
}
