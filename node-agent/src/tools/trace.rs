//! `tianshu-agent trace`: one party of an open case, one class, column by column: raw, converted,
//! item or reason. Raw values are masked; who wants them unmasked is in the log first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use catalog::{Catalog, ClassNo, Mask};
use wire::{Clock, SystemClock};

use super::preview::masked;
use super::{Report, open_case, owner, translator, wait};
use crate::book::OwnerLooked;
use crate::config::Config;
use crate::translate::{RawColumn, TracedItem, TracedRecord};

/// What is to be traced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) class: ClassNo,
    pub(super) case_no: &'a str,
    /// Counted from 1.
    pub(super) party: usize,
    /// Who sees the values unmasked, if anybody does.
    pub(super) unmasked_for: Option<&'a str>,
}

pub(super) async fn run(config: &Config, look: Look<'_>) -> anyhow::Result<Report> {
    let catalog = Arc::new(Catalog::builtin()?);
    let translator = translator(config, &catalog).await?;
    let case = open_case(&translator, look.case_no).await?;
    let count = case.parties.len();
    let party = case.parties.get(look.party.saturating_sub(1));
    let party = party.with_context(|| format!("the case has {count} parties"))?;
    let now = SystemClock.now();
    let records = translator.trace(look.class, &party.id, now, wait()).await;
    let records = records.context("the local system cannot be asked")?;
    if let Some(operator) = look.unmasked_for {
        let looked = OwnerLooked {
            what: "trace".to_owned(),
            class: look.class.to_string(),
            case_no: look.case_no.to_owned(),
            operator: operator.to_owned(),
        };
        let noted = owner::note(config, looked).await;
        noted.context("the look cannot be written into the log, so nothing is shown")?;
    }
    let mut text = String::new();
    let role = party.role.as_str();
    let _ = writeln!(text, "case {}, party {} ({role})", look.case_no, look.party);
    let class = look.class;
    match translator.looked_up_by(class, &party.id) {
        Some(kind) => drop(writeln!(text, "class {class} is looked up by {kind}")),
        None => drop(writeln!(
            text,
            "class {class} is not looked up by such a subject"
        )),
    }
    for (place, record) in records.iter().enumerate() {
        let _ = writeln!(text, "record {} of class {}", place + 1, look.class);
        text.push_str(&shown(&catalog, record, look.unmasked_for.is_some()));
    }
    let _ = writeln!(text, "{} record(s)", records.len());
    Ok(Report::sound(text))
}

fn shown(catalog: &Catalog, record: &TracedRecord, is_unmasked: bool) -> String {
    let mask_of = |traced: &TracedItem| match catalog.item(traced.item) {
        _ if is_unmasked => Mask::Nothing,
        Some(item) => Mask::of(item),
        None => Mask::Everything,
    };
    // A column that feeds several items is hidden as the most guarded of them.
    let mut masks: BTreeMap<&str, Mask> = BTreeMap::new();
    for traced in &record.items {
        for column in &traced.columns {
            let mask = masks.entry(&column.name).or_insert(Mask::Nothing);
            *mask = (*mask).max(mask_of(traced));
        }
    }
    let mut text = String::new();
    for traced in &record.items {
        let (mask, code) = (
            mask_of(traced),
            catalog.item(traced.item).map(|i| i.code.as_str()),
        );
        let raw: Vec<String> = traced
            .columns
            .iter()
            .map(|column| raw_shown(column, masks.get(column.name.as_str())))
            .collect();
        let converted = match &traced.converted {
            Ok(value) => masked(mask, value),
            Err(defect) => format!("({defect})"),
        };
        let value = masked(mask, &traced.value);
        let _ = writeln!(
            text,
            "  {}  {:<10} [{}] -{}-> {converted} => {value}",
            traced.item,
            code.unwrap_or_default(),
            raw.join(", "),
            traced.rule,
        );
    }
    text
}

fn raw_shown(column: &RawColumn, mask: Option<&Mask>) -> String {
    let mask = mask.copied().unwrap_or(Mask::Everything);
    match (&column.text, column.missing) {
        (Some(text), _) => format!("{}={:?}", column.name, mask.applied(text)),
        (None, why) => format!("{}=({})", column.name, why.unwrap_or_default()),
    }
}
