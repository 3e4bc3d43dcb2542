//! Runs the publishing process under strace, undisturbed or with one fault, and reads what it
//! printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use audit::Receipt;
use audit::note::SignedCheckpoint;
use tests::{OPEN, PUBLISHED};

use super::super::matrix::{Cell, Ended, Fault, Kind, log_of, rules, was_hit, watched};
use super::super::trace::{self, Call};
use super::scene::{ORIGIN, Scene};

/// What the process said.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) ended: Ended,
    pub(super) receipts: BTreeMap<u64, Receipt>,
    pub(super) checkpoints: Vec<SignedCheckpoint>,
}

/// An undisturbed run with all its calls.
pub(super) fn traced(scene: &Scene, folder: &Path) -> (Vec<Call>, Printed) {
    let output = folder.with_extension("trace");
    let printed = write(scene, folder, &output, &[]);
    let text = std::fs::read_to_string(&output).unwrap();
    (trace::read(&text), printed)
}

/// A run with one fault, and which call was the first to be hit.
pub(super) fn under_fault(
    scene: &Scene,
    folder: &Path,
    cell: &Cell,
    fault: Fault,
) -> (Printed, Kind) {
    let output = folder.with_extension("trace");
    let printed = write(scene, folder, &output, &rules(cell, fault, folder));
    let text = std::fs::read_to_string(&output).unwrap();
    let hit = was_hit(&trace::read(&text), folder, cell, fault);
    (printed, hit)
}

fn write(scene: &Scene, folder: &Path, output: &Path, rules: &[String]) -> Printed {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_log-writer"));
    writer.arg(log_of(folder)).arg(ORIGIN).arg(&scene.key_file);
    writer.arg(scene.segment_bytes.to_string());
    writer.arg(scene.life.to_string());
    for batch in scene.batches {
        writer.arg(batch.to_string());
    }
    let (text, status) = watched(scene.watched, writer, output, rules);
    let mut printed = Printed {
        ended: Ended::of(status),
        receipts: BTreeMap::new(),
        checkpoints: Vec::new(),
    };
    let whole = text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'));
    for line in whole.filter(|line| *line != OPEN) {
        if let Some(note) = line.strip_prefix(PUBLISHED) {
            let note: String = serde_json::from_str(note).unwrap();
            let checkpoint = SignedCheckpoint::parse(note.as_bytes()).unwrap();
            printed.checkpoints.push(checkpoint);
        } else {
            let receipt: Receipt = serde_json::from_str(line).unwrap();
            printed.receipts.insert(receipt.index, receipt);
        }
    }
    printed
}
