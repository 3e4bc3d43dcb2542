//! `tianshu policy matrix` and `lint`: what a set allows, and what of it deserves a look.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use catalog::Catalog;
use policies::{RuleSet, lint};
use serde_json::json;
use time::Date;

use super::folder;
use crate::command::{FOUND, Unreadable};

/// One line a cell, as `MatrixRow` writes it, so that two tables can be compared line by line.
pub(super) fn matrix(
    place: &str,
    catalog: &Catalog,
    (day, nodes): (Date, &[String]),
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let rules = folder::load(place, catalog)?.rules;
    let centers = centers(&rules);
    let nodes: Vec<&str> = match nodes {
        [] => centers.iter().map(String::as_str).collect(),
        some => some.iter().map(String::as_str).collect(),
    };
    let rows = policies::matrix(&rules, catalog, &nodes, day);
    if as_json {
        let whole = json!({ "rules": rules.digest(), "day": day.to_string(), "rows": rows });
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)?;
    } else {
        for row in rows {
            writeln!(out, "{row}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every center that takes part in some flow, whenever.
fn centers(rules: &RuleSet) -> BTreeSet<String> {
    let flows = rules.flows().flows();
    flows
        .flat_map(|flow| flow.enabled.keys().cloned())
        .collect()
}

/// Every remark, a line each; ends with 0 when there is none.
pub(super) fn remarks(
    place: &str,
    catalog: &Catalog,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let files = folder::load(place, catalog)?.files;
    let remarks =
        lint(&files, catalog).map_err(|error| Unreadable::from(anyhow::Error::from(error)))?;
    if as_json {
        serde_json::to_writer_pretty(&mut *out, &remarks)?;
        writeln!(out)?;
    } else {
        for remark in &remarks {
            writeln!(out, "{remark}")?;
        }
        writeln!(out, "{} remarks", remarks.len())?;
    }
    if remarks.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(FOUND))
    }
}
