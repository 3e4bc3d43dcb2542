//! The books of a star that was soaked: read and verified whole, held against what callers hold and
//! against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};
use sandbox::evidence::{LogBook, honours, text};
use sandbox::star::Star;
use sandbox::world::Node;
use serde_json::Value;

use super::heard::Heard;

/// The operators' program, which lies beside this one.
const TIANSHU: &str = "tianshu";
/// Faults of one sort that are told.
const TOLD_MAX: usize = 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Books {
    hub: LogBook,
    /// By node, with the folder.
    agents: BTreeMap<&'static str, (PathBuf, LogBook)>,
    hub_folder: PathBuf,
    log_key: PathBuf,
}

impl Books {
    /// Reads all books of a star that has stopped.
    pub(super) fn of(star: &Star) -> anyhow::Result<Self> {
        let home = star.home();
        let mut agents = BTreeMap::new();
        for node in Node::ALL {
            let folder = home.agent_log(node);
            let book = LogBook::read(&folder).with_context(|| node.id())?;
            agents.insert(node.id(), (folder, book));
        }
        Ok(Self {
            hub: LogBook::read(&home.hub_log()).context("the hub's log")?,
            agents,
            hub_folder: home.hub_log(),
            log_key: home.log_key(),
        })
    }

    /// What is lost, twice or unexplained.
    pub(super) fn faults(&self, heard: &Heard) -> Vec<String> {
        let mut faults = self.receipts(heard);
        faults.extend(self.decisions());
        faults.extend(self.once());
        faults.extend(self.answers(heard));
        for checked in [self.verified(), self.reconciled()] {
            faults.extend(checked.err().map(|fault| format!("{fault:#}")));
        }
        faults
    }

    /// Receipts that no log honours.
    fn receipts(&self, heard: &Heard) -> Vec<String> {
        let mut faults = Vec::new();
        for (log, receipts) in heard.receipts() {
            let mut agents = self.agents.values();
            let folder = if self.hub.verified.origin == log {
                Some(&self.hub_folder)
            } else {
                let own = agents.find(|(_, book)| book.verified.origin == log);
                own.map(|(folder, _)| folder)
            };
            let Some(folder) = folder else {
                faults.push(format!("there is no log `{log}`"));
                continue;
            };
            if let Err(fault) = honours(folder, &receipts) {
                faults.push(format!("`{log}` does not honour a receipt: {fault}"));
            }
        }
        faults
    }

    /// Decisions that are not decided once and ended once.
    fn decisions(&self) -> Vec<String> {
        let mut queries: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, entry) in self.hub.of_kind("decision") {
            *queries.entry(text(entry, "query")).or_default() += 1;
        }
        let mut ends: BTreeMap<u64, usize> = BTreeMap::new();
        let outcomes = self.hub.of_kind("outcome");
        for (_, entry) in outcomes.chain(self.hub.of_kind("abandoned")) {
            let decision = entry.get("decision").and_then(Value::as_u64);
            *ends.entry(decision.unwrap_or(u64::MAX)).or_default() += 1;
        }
        let mut faults = Vec::new();
        let twice = queries.iter().filter(|(_, count)| **count != 1);
        faults.extend(twice.map(|(query, count)| format!("{query} has {count} decisions")));
        let twice = ends.iter().filter(|(_, count)| **count != 1);
        faults.extend(twice.map(|(decision, count)| format!("{decision} has {count} ends")));
        let open = self.hub.open_decisions();
        faults.extend(open.iter().map(|decision| format!("{decision} has no end")));
        few(faults)
    }

    /// Questions that one agent served, or recorded as answered, more than once.
    fn once(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (node, (_, book)) in &self.agents {
            for kind in ["served", "answered"] {
                let mut seen = BTreeSet::new();
                let of_kind = book.of_kind(kind);
                let twice = of_kind.filter(|(_, entry)| !seen.insert(text(entry, "query")));
                faults.extend(
                    twice.map(|(_, e)| format!("{node} has {kind} {} twice", text(e, "query"))),
                );
            }
        }
        few(faults)
    }

    /// Answers that somebody has and the hub does not know.
    fn answers(&self, heard: &Heard) -> Vec<String> {
        let outcomes = self.hub.of_kind("outcome");
        let decided: BTreeSet<_> = outcomes.map(|(_, entry)| text(entry, "query")).collect();
        let mut told = BTreeSet::new();
        let mut faults = Vec::new();
        for query in heard.answered() {
            if !decided.contains(query.as_str()) {
                faults.push(format!("{query} was answered and has no outcome"));
            }
            if !told.insert(query.clone()) {
                faults.push(format!("{query} was answered twice"));
            }
        }
        few(faults)
    }

    fn verified(&self) -> anyhow::Result<()> {
        let key = self.log_key.as_os_str();
        let mut args = vec!["audit".as_ref(), "verify".as_ref()];
        args.extend([self.hub_folder.as_os_str(), "--key".as_ref(), key]);
        succeeds(&args)?;
        for (folder, _) in self.agents.values() {
            succeeds(&["audit".as_ref(), "verify".as_ref(), folder.as_os_str()])?;
        }
        Ok(())
    }

    /// How many entries the log of a process has.
    pub(super) fn entries(&self, process: &str) -> usize {
        let of_agent = self.agents.get(process).map(|(_, book)| book);
        of_agent.unwrap_or(&self.hub).entries.len()
    }

    fn reconciled(&self) -> anyhow::Result<()> {
        let mut args = vec!["audit".as_ref(), "reconcile".as_ref()];
        args.extend(["--hub".as_ref(), self.hub_folder.as_os_str()]);
        for (folder, _) in self.agents.values() {
            args.extend(["--agent".as_ref(), folder.as_os_str()]);
        }
        succeeds(&args)
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |kind| self.hub.of_kind(kind).count();
        write!(
            f,
            "the hub's log: {} entries, {} decisions, {} outcomes, {} abandoned, {} refusals",
            self.hub.entries.len(),
            count("decision"),
            count("outcome"),
            count("abandoned"),
            count("refusal"),
        )?;
        for (node, (_, book)) in &self.agents {
            write!(f, "; {node}: {}", book.entries.len())?;
        }
        Ok(())
    }
}

fn few(mut faults: Vec<String>) -> Vec<String> {
    let count = faults.len();
    if count > TOLD_MAX {
        faults.truncate(TOLD_MAX);
        faults.push(format!("{} more like these", count - TOLD_MAX));
    }
    faults
}

fn succeeds(args: &[&std::ffi::OsStr]) -> anyhow::Result<()> {
    let program = std::env::current_exe()?.with_file_name(TIANSHU);
    let ended = Command::new(&program).args(args).output();
    let ended = ended.with_context(|| format!("`{}` is not built", program.display()))?;
    let said = [ended.stdout, ended.stderr].concat();
    ensure!(
        ended.status.success(),
        "tianshu {args:?}: {}",
        String::from_utf8_lossy(&said)
    );
    Ok(())
}
