//! `tianshu policy explain`: one supposed ask, and every rule that it meets. Nothing of it can be
//! turned into a permit.

use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use catalog::Catalog;
use clap::Args;
use policies::{Explanation, PolicyEffect, RecordedAsk, RuleSet};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::facts::{self, Facts};
use super::folder::{self, BUILTIN};
use crate::command::{FOUND, Unreadable};

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A folder of rules, or `builtin`.
    #[arg(long, default_value = BUILTIN)]
    rules: String,
    /// All facts, as JSON: what the hub records of an ask (docs/policies.md).
    #[arg(long, value_name = "FILE", conflicts_with = "Facts")]
    from: Option<PathBuf>,
    #[command(flatten)]
    facts: Facts,
    /// For other programs.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(
        &self,
        catalog: &Catalog,
        now: OffsetDateTime,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let rules = folder::load(&self.rules, catalog)?.rules;
        let read = || -> anyhow::Result<(RecordedAsk, Explanation)> {
            let ask = match &self.from {
                Some(file) => from_file(file, catalog)?,
                None => self.facts.ask(&rules, catalog, now)?,
            };
            let told = told(&ask, &rules, catalog)?;
            Ok((ask, told))
        };
        let (ask, told) = read().map_err(Unreadable::from)?;
        if self.json {
            let whole = json!({ "rules": rules.digest(), "ask": ask, "explanation": told });
            serde_json::to_writer_pretty(&mut *out, &whole)?;
            writeln!(out)?;
        } else {
            writeln!(out, "rules    {}", rules.digest())?;
            heading(&ask, out)?;
            steps(&told, out)?;
        }
        if told.allowed {
            Ok(ExitCode::SUCCESS)
        } else {
            Ok(ExitCode::from(FOUND))
        }
    }
}

fn told(ask: &RecordedAsk, rules: &RuleSet, catalog: &Catalog) -> anyhow::Result<Explanation> {
    Ok(ask.explain(rules, catalog)?)
}

/// The number of a question matters to a log and not here.
fn from_file(file: &Path, catalog: &Catalog) -> anyhow::Result<RecordedAsk> {
    let named = || format!("`{}`", file.display());
    let text = fs::read_to_string(file).with_context(named)?;
    let mut value: Value = serde_json::from_str(&text).with_context(named)?;
    if let Some(facts) = value.as_object_mut() {
        facts.entry("query").or_insert_with(|| "supposed".into());
    }
    let mut ask: RecordedAsk = serde_json::from_value(value).with_context(named)?;
    ask.items = facts::numbers(&ask.items, catalog).with_context(named)?;
    ask.gives = facts::numbers(&ask.gives, catalog).with_context(named)?;
    Ok(ask)
}

fn heading(ask: &RecordedAsk, out: &mut dyn Write) -> anyhow::Result<()> {
    let at = super::beijing_time(ask.at);
    let signed = if ask.approved.is_some() { 2 } else { 1 };
    writeln!(out, "asks     {} in {} at {at}", ask.node, ask.flow)?;
    writeln!(
        out,
        "case     matter {}, basis {} with {}, subject as {}, question {}, signed by {signed}",
        ask.matter,
        ask.basis,
        listed(&ask.carries),
        listed(&ask.roles),
        ask.use_no
    )?;
    writeln!(out, "mode     {}", ask.mode)?;
    writeln!(out, "items    {}", listed(&ask.items))?;
    for (name, given) in [("gives", &ask.gives), ("verdicts", &ask.verdicts)] {
        if !given.is_empty() {
            writeln!(out, "{name:<8} {}", listed(given))?;
        }
    }
    if !ask.named.is_empty() {
        writeln!(out, "named    {}", listed(&ask.named))?;
    }
    if !ask.suspended.is_empty() {
        writeln!(out, "without  {}, suspended", listed(&ask.suspended))?;
    }
    writeln!(out)?;
    Ok(())
}

fn steps(told: &Explanation, out: &mut dyn Write) -> anyhow::Result<()> {
    for step in &told.steps {
        let holds = if step.holds { "holds  " } else { "REFUSES" };
        let (rule, zh, en) = (&step.rule, step.zh, step.en);
        let separator = if step.detail.is_empty() { "" } else { ": " };
        let detail = &step.detail;
        writeln!(out, "{holds}  {rule:<20}  {zh} {en}{separator}{detail}")?;
    }
    writeln!(out)?;
    for policy in &told.policies {
        writeln!(out, "{:<16}  policy {}", said(policy.effect), policy.id)?;
    }
    writeln!(out)?;
    match (told.allowed, told.decided_by()) {
        (true, _) => writeln!(out, "allowed")?,
        (false, Some(step)) => writeln!(out, "refused: {}, by {}", told.code, step.rule)?,
        (false, None) => writeln!(
            out,
            "refused: {}, by policy {}",
            told.code,
            listed(told.forbidding())
        )?,
    }
    Ok(())
}

const fn said(effect: PolicyEffect) -> &'static str {
    match effect {
        PolicyEffect::Permits => "permits",
        PolicyEffect::DoesNotPermit => "does not permit",
        PolicyEffect::Forbids => "FORBIDS",
        PolicyEffect::DoesNotForbid => "does not forbid",
        PolicyEffect::Failed => "FAILED, DENIES",
    }
}

fn listed<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(" ")
    }
}
