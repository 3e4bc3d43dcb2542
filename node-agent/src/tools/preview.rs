//! `tianshu-agent preview`: masked records as they would be answered, from a sample of the source
//! or of the parties of an open case.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use catalog::{Absence, Catalog, Class, ClassNo, Mask, Record, Value};
use wire::{Clock, SystemClock};

use super::{Report, found_of_case, open_case, translator, wait};
use crate::config::Config;
use crate::translate::FoundOutcome;

pub(super) async fn run(
    config: &Config,
    class: ClassNo,
    limit: usize,
    case_no: Option<&str>,
) -> anyhow::Result<Report> {
    let catalog = Arc::new(Catalog::builtin()?);
    let translator = translator(config, &catalog).await?;
    let class = catalog
        .class(class)
        .context("the catalog has no such class")?;
    let mut records = Vec::new();
    match case_no.or(translator.preview_case(class.no)) {
        None => {
            let now = SystemClock.now();
            let sample = translator.sample(class.no, limit, now, wait()).await;
            let sample = sample.with_context(|| {
                format!(
                    "class {} gives no samples: give its mapping `[preview] sql`, or `[preview] \
                     case` for a service, or name an open case with --case",
                    class.no
                )
            })?;
            records.extend(sample.context("the local system cannot be asked")?.records);
        }
        Some(case_no) => {
            let case = open_case(&translator, case_no).await?;
            for found in found_of_case(&translator, class, &case).await {
                if let FoundOutcome::Unavailable(error) = found.outcome {
                    anyhow::bail!("the local system cannot be asked: {error}");
                }
                records.extend(found.records);
            }
            records.truncate(limit);
        }
    }
    let mut text = String::new();
    for (place, record) in records.iter().enumerate() {
        let _ = writeln!(
            text,
            "record {} of class {} {}",
            place + 1,
            class.no,
            class.code
        );
        text.push_str(&shown(class, record));
    }
    let _ = writeln!(text, "{} record(s); values are masked", records.len());
    Ok(Report::sound(text))
}

fn shown(class: &Class, record: &Record) -> String {
    let mut text = String::new();
    for (no, value) in record.iter() {
        let Some(item) = class.item(no) else { continue };
        let value = masked(Mask::of(item), value);
        let _ = writeln!(text, "  {no}  {:<10} {value}", item.code);
    }
    text
}

/// A value behind its mask; absences say why.
pub(super) fn masked(mask: Mask, value: &Value) -> String {
    match value {
        Value::Absent(Absence::NotRecorded) => "(no value)".to_owned(),
        Value::Absent(Absence::NotHeld) => "(not held)".to_owned(),
        Value::Absent(Absence::Withheld(defect)) => format!("(withheld: {defect})"),
        value => mask.applied(&value.canonical()),
    }
}
