//! `tianshu-agent check`: the mapping folder against the catalog and the live systems. It tells
//! what is covered, and shows no value.

use std::fmt::Write as _;
use std::sync::Arc;

use catalog::{Catalog, ClassNo, Defect};
use serde::Serialize;
use wire::{Clock, SystemClock};

use super::{Report, wait};
use crate::config::Config;
use crate::translate::{Coverage, Found, MappingErrors, SourceError, Translator};

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
    /// `stands`, the code of an outage, `unasked` for a service that answers only about a subject,
    /// or `-` for a class that is not held.
    source: String,
    sample: Option<Sample>,
}

/// What one look into the source gave.
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
        Ok(translator) => found(&translator).await,
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

async fn found(translator: &Translator) -> Finding {
    let mut finding = Finding {
        sound: true,
        cases_mapped: translator.looks_up_cases(),
        ..Finding::default()
    };
    for coverage in translator.coverage() {
        let class = class(translator, &coverage).await;
        let totals = &mut finding.totals;
        totals.items += coverage.mapped.len() + coverage.not_held.len();
        totals.mapped += coverage.mapped.len();
        if class.held {
            totals.not_held += coverage.not_held.len();
        } else {
            totals.in_classes_not_held += coverage.not_held.len();
        }
        finding.sound &= matches!(class.source.as_str(), "stands" | "unasked" | "-");
        finding.classes.push(class);
    }
    finding
}

async fn class(translator: &Translator, coverage: &Coverage) -> ClassFinding {
    let held = coverage.file.is_some();
    let standing = translator.standing(coverage.class, wait()).await;
    let mut source = match (held, standing) {
        (false, _) => "-".to_owned(),
        (true, None) => "unasked".to_owned(),
        (true, Some(Ok(()))) => "stands".to_owned(),
        (true, Some(Err(error))) => error.to_string(),
    };
    let mut sample = None;
    if source == "stands" {
        let now = SystemClock.now();
        match translator.sample(coverage.class, 1, now, wait()).await {
            Some(Ok(found)) => sample = Some(sampled(&found)),
            Some(Err(SourceError::TooManyRecords)) => source = "preview-too-long".to_owned(),
            Some(Err(error)) => source = error.to_string(),
            None => {}
        }
    }
    ClassFinding {
        class: coverage.class,
        held,
        file: coverage.file.clone(),
        mapped: coverage.mapped.len(),
        not_held: coverage.not_held.iter().map(ToString::to_string).collect(),
        required: coverage.required,
        source,
        sample,
    }
}

fn sampled(found: &Found) -> Sample {
    let withheld = found.notes.iter().filter_map(|note| {
        let item = note.item?.to_string();
        Some((item, note.defect, note.count))
    });
    Sample {
        records: found.records.len(),
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
        "a source does not stand"
    };
    let _ = writeln!(text, "cases {cases} looked up; {verdict}");
    text
}

fn line(text: &mut String, class: &ClassFinding) {
    let sample = match &class.sample {
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
        class.source,
        sample,
        class.file.as_deref().unwrap_or("-"),
    );
}

/// Which items a class that is held lacks, and what its sample says.
fn details(text: &mut String, class: &ClassFinding) {
    if !class.not_held.is_empty() {
        let items = class.not_held.join(" ");
        let _ = writeln!(text, "{} not held: {items}", class.class);
    }
    for (item, defect, _) in class.sample.iter().flat_map(|sample| &sample.withheld) {
        let _ = writeln!(text, "{} sample: {item} is withheld: {defect}", class.class);
    }
}
