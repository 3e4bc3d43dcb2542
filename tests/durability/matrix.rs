//! The crash matrix: every system call that a journal makes on its files is failed with EIO, failed
//! with ENOSPC, and never reached because the process is killed there. Afterwards nothing that was
//! acknowledged may be missing or different, and the log must go on.

mod check;
mod plan;
mod run;
mod scene;
mod table;

use std::path::Path;
use std::sync::Mutex;

use run::{traced, under_fault};
use scene::Scene;
use table::PAGE;

pub(super) use plan::{Cell, Fault, Kind, PUBLISHING, cells};
pub(super) use run::{Ended, rules, was_hit, watched};
pub(super) use scene::{Watched, copy, ground, log_of};
pub(super) use table::{Key, Page, Row, compare};

/// Processes under test at the same time: most of their time they wait for strace.
const WORKERS: usize = 12;

/// One cell of the matrix.
struct Job<'s> {
    scene: &'s Scene,
    cell: &'s Cell,
    fault: Fault,
}

#[test]
fn no_call_that_fails_or_kills_loses_an_acknowledged_entry() {
    let ground = scene::ground();
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

/// Does every job once, several at a time, each worker in a folder of its own.
pub(super) fn all_at_work<J: Send>(
    jobs: Vec<J>,
    ground: &Path,
    work: impl Fn(&J, &Path) -> (Key, Ended) + Sync,
) -> Vec<(Key, Ended)> {
    let total = jobs.len();
    let (queue, ended) = (Mutex::new(jobs), Mutex::new(Vec::new()));
    let next = || queue.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (next, ended, work) = (&next, &ended, &work);
            let folder = ground.join(worker.to_string());
            scope.spawn(move || {
                while let Some(job) = next() {
                    let how = work(&job, &folder);
                    ended.lock().unwrap().push(how);
                }
            });
        }
    });
    let ended = ended.into_inner().unwrap();
    assert_eq!(ended.len(), total, "every fault was tried and checked");
    ended
}

/// Every kind of call was reached, and the page says what was found.
pub(super) fn conclude(page: Page, planned: &[(&'static str, &[Cell])], ended: &[(Key, Ended)]) {
    let rows = Row::of(planned, ended);
    for row in &rows {
        assert!(row.reached > 0, "no fault ever reached {row:?}");
    }
    compare(page, &rows, ended.len());
}

/// The calls of a run that nothing disturbs, and how to hit each of them.
fn baseline(scene: &Scene, ground: &Path) -> Vec<Cell> {
    let folder = ground.join("baseline");
    scene.lay_out(&folder);
    let (calls, printed) = traced(scene, &folder);
    assert_eq!(printed.ended, Ended::Done, "{}: {printed:?}", scene.name);
    assert_eq!(printed.receipts.len() as u64, scene.count);
    check::names_are_synced_before(&calls, &folder);
    check::holds(scene, &folder, &printed, scene.name);
    cells(&calls, &folder, scene.watched)
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
