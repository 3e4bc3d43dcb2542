//! `tianshu policy simulate`: a recorded log decided again by other rules.
//!
//! Reads a log only as far as it verifies, and names every ask that it cannot judge.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use audit::Verified;
use audit::verify::visit_dir;
use catalog::Catalog;
use clap::Args;
use policies::{RuleSet, Simulation, simulate};
use serde_json::json;
use time::Date;

use super::folder;
use super::record::{Entry, Found, Unjudged};
use crate::command::{FOUND, Unreadable};

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The folder of the hub's log.
    #[arg(long)]
    log: PathBuf,
    /// Only what was recorded on this day, in Beijing.
    #[arg(long, value_parser = super::day)]
    day: Option<Date>,
    /// The rules to decide by: a folder, or `builtin`.
    #[arg(long)]
    against: String,
    /// End with 1 as well when some ask cannot be judged.
    #[arg(long)]
    strict: bool,
    /// For other programs.
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Debug, Default)]
struct Tally {
    done: Simulation,
    unjudged: Vec<Unjudged>,
    by_no_rule: u64,
}

impl Simulate {
    pub(super) fn run(self, catalog: &Catalog, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let rules = folder::load(&self.against, catalog)?.rules;
        let day = self.day.map(|day| day.to_string());
        let read = tally(&self.log, day.as_deref(), &rules, catalog);
        let (verified, tally) = read.map_err(Unreadable::from)?;
        if self.json {
            let done = &tally.done;
            let whole = json!({
                "log": verified.origin,
                "day": day,
                "rules": rules.digest(),
                "decided": done.decided,
                "allowed": done.allowed,
                "differ": done.differ,
                "unjudged": tally.unjudged,
                "by_no_rule": tally.by_no_rule,
            });
            serde_json::to_writer_pretty(&mut *out, &whole)?;
            writeln!(out)?;
        } else {
            writeln!(out, "log      {}, verified", verified.origin)?;
            writeln!(out, "against  {}", rules.digest())?;
            writeln!(out)?;
            tally.list(out)?;
        }
        let is_found = !tally.done.differ.is_empty() || self.strict && !tally.unjudged.is_empty();
        if is_found {
            Ok(ExitCode::from(FOUND))
        } else {
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn tally(
    log: &Path,
    day: Option<&str>,
    rules: &RuleSet,
    catalog: &Catalog,
) -> anyhow::Result<(Verified, Tally)> {
    let mut tally = Tally::default();
    let mut read = Ok(());
    let visited = visit_dir(
        log,
        |index, bytes| {
            if read.is_ok() {
                read = Entry::read(bytes)
                    .with_context(|| format!("entry {index}"))
                    .map(|entry| {
                        if day.is_none_or(|day| day == entry.day()) {
                            tally.take(entry.found(), rules, catalog);
                        }
                    });
            }
        },
        |_| {},
    );
    let verified = visited.map_err(|fault| {
        let fault = anyhow!(fault);
        fault.context(format!("`{}`", log.display()))
    })?;
    read?;
    Ok((verified, tally))
}

impl Tally {
    /// One ask at a time, so that a log of any size needs no more room than what differs.
    fn take(&mut self, found: Found, rules: &RuleSet, catalog: &Catalog) {
        match found {
            Found::Ask(ask) => {
                let one = simulate(rules, catalog, [*ask]);
                self.done.decided += one.decided;
                self.done.allowed += one.allowed;
                self.done.differ.extend(one.differ);
                let unjudged = one.unreadable.into_iter().map(|ask| Unjudged {
                    query: ask.query,
                    count: 1,
                    because: format!("it is no question here: {}", ask.code),
                });
                self.unjudged.extend(unjudged);
            }
            Found::Unjudged(unjudged) => self.unjudged.push(unjudged),
            Found::ByNoRule(count) => self.by_no_rule += count,
            Found::Other => {}
        }
    }

    fn list(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        for differs in &self.done.differ {
            let at = super::beijing_time(differs.at);
            let (query, node, flow) = (&differs.query, &differs.node, differs.flow);
            let (was, now) = (&differs.was, &differs.now);
            let because = match differs.because.as_str() {
                "" => String::new(),
                because => format!(" ({because})"),
            };
            writeln!(
                out,
                "differs  {query}  {at}  {node} {flow}: was {was}, now {now}{because}"
            )?;
        }
        for Unjudged { query, because, .. } in &self.unjudged {
            let query = if query.is_empty() { "-" } else { query };
            writeln!(out, "cannot be judged  {query}: {because}")?;
        }
        let unjudged: u64 = self.unjudged.iter().map(|ask| ask.count).sum();
        let (decided, differ) = (self.done.decided, self.done.differ.len());
        let by_no_rule = self.by_no_rule;
        writeln!(
            out,
            "{decided} decided again, {differ} differ; {unjudged} cannot be judged; {by_no_rule} \
             refused by no rule of a set"
        )?;
        Ok(())
    }
}
