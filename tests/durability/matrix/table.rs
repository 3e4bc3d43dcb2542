//! The matrix as a table in `docs/audit-crash-matrix.md`, which the test writes and compares.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::plan::{Cell, Fault, Kind};
use super::run::Ended;

/// A page of the docs: its file, and what stands before the tables.
pub(in super::super) type Page = (&'static str, &'static str);

pub(super) const PAGE: Page = ("docs/audit-crash-matrix.md", BEFORE);

const BEFORE: &str = "\
# What a failing disk or a kill does to the journal

This page is written by a test; `UPDATE_GOLDEN=1 cargo test -p tests --test durability` writes it
anew.

A small process opens a log and appends entries one after the other, three to a segment, and
prints each receipt once it holds it. strace shows every system call that it makes on the log's
files. Then it is started again for each of these calls and each fault: the call fails with EIO
(and is not carried out), fails with ENOSPC, or the process is killed with SIGKILL where the call
begins. After each run the test checks that

- whoever verifies the folder at once sees a whole log or an unfinished tail, never damage;
- the log opens; every printed receipt is honoured, each entry has the bytes that were appended,
  and at most the one entry that was on its way stands behind them;
- there is one history: the chain hash printed with each receipt is the log's chain hash at this
  length, before and after;
- after a refused append every later one was refused;
- further entries can be appended and the log closed; it verifies whole and honours the receipts
  of before and after.

A run in which one of these does not hold fails the test, so that no row below can say it.

What the process did: *not opened*: it refused to open the log. *stopped*: it refused this append
and every later one. *not closed*: all appends were acknowledged and the closing was refused.
*went on*: the fault harmed nothing, everything was acknowledged. *broke down*: the standard
library ends a process whose folder cannot be closed after listing. *killed*.

strace counts calls by thread. *hit* says how many of the calls can be hit before the rule hits
any other thread's call; the rest are calls of the same kind, at the same line of the code. Where
the filling of a spare segment fails with EIO, the writing thread fills it once more and meets the
same fault; that a fault which does not repeat is survived shows
`a_spare_that_failed_is_tried_again_when_it_is_needed`. ENOSPC there is a full disk: the process
waits two seconds for room. Each thread that looks for some is a new one to strace, and may meet the
fault again; then it stops, and otherwise it goes on.

What strace cannot do is lose what was not synced, tear a write or reorder names:
`audit/src/journal/tests/crash.rs` cuts the power at every byte of every write on a simulated
disk, in writing and in recovering, with what was not synced kept and dropped. The folders of
this test lie in memory (`/dev/shm`) where there is such a file system: a kill leaves the same in
either cache.

Signed checkpoints have a matrix of their own: `audit-publishing-matrix.md`.
";

/// One row: a kind of call in a scene.
#[derive(Debug)]
pub(in super::super) struct Row {
    scene: &'static str,
    kind: Kind,
    calls: usize,
    pub(in super::super) reached: usize,
    outcomes: BTreeMap<Fault, BTreeMap<Ended, usize>>,
}

/// Scene, place of the call, fault.
pub(in super::super) type Key = (&'static str, usize, Fault);

impl Row {
    /// The rows in the order in which their first calls are made.
    pub(in super::super) fn of(
        planned: &[(&'static str, &[Cell])],
        ended: &[(Key, Ended)],
    ) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        let ended: BTreeMap<Key, Ended> = ended.iter().copied().collect();
        for (scene, cells) in planned {
            for cell in *cells {
                let known = rows
                    .iter()
                    .position(|row| row.scene == *scene && row.kind == cell.kind);
                let place = known.unwrap_or_else(|| {
                    rows.push(Self::empty(scene, cell.kind.clone()));
                    rows.len() - 1
                });
                let row = &mut rows[place];
                row.calls += 1;
                row.reached += usize::from(cell.injection.is_some());
                for fault in Fault::ALL {
                    if let Some(how) = ended.get(&(*scene, cell.place, fault)) {
                        let outcomes = row.outcomes.entry(fault).or_default();
                        *outcomes.entry(*how).or_default() += 1;
                    }
                }
            }
        }
        rows
    }

    const fn empty(scene: &'static str, kind: Kind) -> Self {
        Self {
            scene,
            kind,
            calls: 0,
            reached: 0,
            outcomes: BTreeMap::new(),
        }
    }

    fn said(&self, fault: Fault) -> String {
        let outcomes = self.outcomes.get(&fault).into_iter().flatten();
        let words = outcomes.map(|(how, count)| format!("{} {count}", how.words()));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Which of these calls a library makes differs from version to version.
fn shown(call: &str) -> &str {
    match call {
        "stat" | "lstat" | "fstat" | "newfstatat" | "statx" => "stat",
        other => other,
    }
}

/// The page must be what the test found.
pub(in super::super) fn compare((name, before): Page, rows: &[Row], runs: usize) {
    let mut page = before.to_owned();
    writeln!(page, "\n{runs} runs, each with one fault.").unwrap();
    let mut scene = "";
    for row in rows {
        if row.scene != scene {
            scene = row.scene;
            let capital = scene[..1].to_uppercase() + &scene[1..];
            writeln!(page, "\n## {capital}\n").unwrap();
            writeln!(
                page,
                "| who | call | on | calls | hit | EIO | ENOSPC | SIGKILL |"
            )
            .unwrap();
            writeln!(page, "|---|---|---|--:|--:|---|---|---|").unwrap();
        }
        let Kind { who, call, on } = &row.kind;
        let call = shown(call);
        let [eio, enospc, kill] = Fault::ALL.map(|fault| row.said(fault));
        let (calls, hit) = (row.calls, row.reached);
        writeln!(
            page,
            "| {who} | `{call}` | {on} | {calls} | {hit} | {eio} | {enospc} | {kill} |"
        )
        .unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kinds(&committed) == kinds(&page),
        "{name} is not what the test found; UPDATE_GOLDEN=1 writes it anew:\n{page}"
    );
}

/// The text of a page, and which calls were hit on what. How often each is made depends on when a
/// thread of the journal began its next segment: the counts are those of the run that wrote them.
fn kinds(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| !line.contains(" runs, each "));
    let heads = lines.map(|line| match line.strip_prefix("| ") {
        Some(row) => row.split('|').take(3).collect(),
        None => line.to_owned(),
    });
    heads.collect()
}
