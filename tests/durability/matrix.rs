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

use plan::{Cell, Fault, cells};
use run::{Ended, traced, under_fault};
use scene::Scene;
use table::Row;

/// Processes under test at the same time: most of their time they wait for strace.
const WORKERS: usize = 4;

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
    let total = jobs.len();
    let queue = Mutex::new(jobs);
    let ended = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (queue, ended, folder) = (&queue, &ended, ground.path().join(worker.to_string()));
            scope.spawn(move || {
                while let Some(job) = next(queue) {
                    let how = carry_out(&job, &folder);
                    let key = (job.scene.name, job.cell.place, job.fault);
                    ended.lock().unwrap().push((key, how));
                }
            });
        }
    });
    let ended = ended.into_inner().unwrap();
    assert_eq!(ended.len(), total, "every fault was tried and checked");
    let rows = Row::of(&planned, &ended);
    for row in &rows {
        assert!(row.reached > 0, "no fault ever reached {row:?}");
    }
    table::compare(&rows, total);
}

fn next<'s>(queue: &Mutex<Vec<Job<'s>>>) -> Option<Job<'s>> {
    queue.lock().unwrap().pop()
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
