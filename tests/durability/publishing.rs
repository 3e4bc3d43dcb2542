//! The crash matrix of a log that is published: every system call of writer and publisher is failed
//! with EIO, failed with ENOSPC, and never reached because the process is killed there. Afterwards
//! nothing acknowledged is missing, no size has two roots, and every checkpoint that anybody may
//! have seen is one of the log of today.

mod check;
mod run;
mod scene;

use std::path::Path;

use super::matrix::{Cell, Ended, Fault, PUBLISHING, Page, all_at_work, cells, conclude, ground};
use run::{traced, under_fault};
use scene::Scene;

const PAGE: Page = ("docs/audit-publishing-matrix.md", BEFORE);

const BEFORE: &str = "\
# What a failing disk or a kill does to a published log

This page is written by a test; `UPDATE_GOLDEN=1 cargo test -p tests --test durability publishing`
writes it anew. How calls are counted and hit stands in `audit-crash-matrix.md`.

A small process opens a log and its publisher, appends entries one after the other, and publishes a
checkpoint after each batch of them. It prints each receipt and each checkpoint once it holds it.
In one scene a bundle and a tile are filled, in one the 65,536th entry fills a tile of level 1, in
one it finds the head that another process kept and did not live to show; segments are small, so
that new ones are begun meanwhile. Each call that the publishing thread makes on the log's files
fails once with EIO, fails once with ENOSPC, or the process is killed where it begins; a kill behind
a call is one before the next. The calls of the threads that write the journal are in the other
matrix.
After each run the test checks that

- whoever verifies the folder at once sees a whole log or what a crash leaves, never damage;
- log and publisher open; every printed receipt is honoured, every entry has the bytes that were
  appended, and at most the one entry that was on its way stands behind them;
- of all checkpoints that were printed, or stood in `checkpoint`, `head` or the list when the
  process was gone, after the recovery and after going on, no two have one size and different
  roots; each
  root is the one that the recursion of RFC 6962 gives over the entries of today, and the log
  serves a consistency proof from each to the last. The publishing process is the only one that
  replaces `checkpoint`, and prints each as soon as it has; so these are all that a reader may see;
- further entries are appended and published, the log is closed, and it verifies whole with its
  key and all receipts.

A run in which one of these does not hold fails the test, so that no row below can say it.

*not published*: it refused this checkpoint and every later one, and the hub would stop in order.
*stopped*: it refused an append and every later one, and published what it had acknowledged.
*went on*: the fault harmed nothing; of ENOSPC also: it waited for room, which was there soon, and
went on. The others as in the other matrix.

What was not synced is lost on a simulated disk: `audit/src/publisher/tests/crash.rs` cuts the power
at every operation of publishing and of recovering.
";

/// One cell of the matrix.
struct Job<'s> {
    scene: &'s Scene,
    cell: &'s Cell,
    fault: Fault,
}

#[test]
fn no_call_that_fails_or_kills_takes_back_a_checkpoint() {
    let ground = ground();
    let scenes = Scene::all(ground.path());
    let planned: Vec<(&Scene, Vec<Cell>)> = scenes
        .iter()
        .map(|scene| (scene, baseline(scene, ground.path())))
        .collect();
    let mut jobs = Vec::new();
    for (scene, cells) in &planned {
        for cell in cells.iter().filter(|cell| cell.injection.is_some()) {
            for fault in Fault::ALL {
                jobs.push(Job { scene, cell, fault });
            }
        }
    }
    let ended = all_at_work(jobs, ground.path(), |job, folder| {
        let key = (job.scene.name, job.cell.place, job.fault);
        (key, carry_out(job, folder))
    });
    let planned: Vec<_> = planned
        .iter()
        .map(|(scene, cells)| (scene.name, cells.as_slice()))
        .collect();
    conclude(PAGE, &planned, &ended);
}

/// The calls of a run that nothing disturbs, and how to hit each of them.
fn baseline(scene: &Scene, ground: &Path) -> Vec<Cell> {
    let folder = ground.join("baseline");
    scene.lay_out(&folder);
    let (calls, printed) = traced(scene, &folder);
    assert_eq!(printed.ended, Ended::Done, "{}: {printed:?}", scene.name);
    let added: u64 = scene.batches.iter().sum();
    assert_eq!(printed.receipts.len() as u64, added, "{}", scene.name);
    assert_eq!(
        printed.checkpoints.len(),
        scene.batches.len(),
        "{}",
        scene.name
    );
    check::holds(scene, &folder, &printed, scene.name);
    let mut cells = cells(&calls, &folder, scene.watched);
    cells.retain(|cell| cell.kind.who == PUBLISHING);
    cells
}

fn carry_out(job: &Job<'_>, folder: &Path) -> Ended {
    let Job { scene, cell, fault } = job;
    let place = format!("{}: {} at {cell:?}", scene.name, fault.name());
    scene.lay_out(folder);
    let (printed, first_hit) = under_fault(scene, folder, cell, *fault);
    assert_eq!(first_hit, cell.kind, "{place}: another call was hit");
    check::holds(scene, folder, &printed, &place);
    printed.ended
}
