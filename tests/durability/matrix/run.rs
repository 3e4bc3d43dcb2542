//! Runs the writing process under strace, undisturbed or with one fault, and reads what it printed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use audit::Receipt;
use tests::OPEN;

use super::super::trace::{self, Call, Watch};
use super::plan::{Cell, Fault, Kind, kind_of, relevant};
use super::scene::{ORIGIN, SEGMENT_BYTES, Scene, Watched, log_of};

const SIGKILL: i32 = 9;

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Ended {
    /// Everything was acknowledged and the log was closed.
    Done,
    NotOpened,
    /// An append was refused, and all that came after it.
    Stopped,
    NotClosed,
    /// A checkpoint was refused, and all that came after it.
    NotPublished,
    /// It broke down, in the standard library's own words.
    Panicked,
    Killed,
}

impl Ended {
    pub(in super::super) fn of(status: ExitStatus) -> Self {
        // strace ends as its process did.
        if status.signal() == Some(SIGKILL) {
            return Self::Killed;
        }
        match status.code() {
            Some(0) => Self::Done,
            Some(10) => Self::NotOpened,
            Some(11) => Self::Stopped,
            Some(12) => Self::NotClosed,
            Some(14) => Self::NotPublished,
            Some(101) => Self::Panicked,
            other => panic!("the writer ended with {other:?}"),
        }
    }

    pub(in super::super) const fn words(self) -> &'static str {
        match self {
            Self::Done => "went on",
            Self::NotOpened => "not opened",
            Self::Stopped => "stopped",
            Self::NotClosed => "not closed",
            Self::NotPublished => "not published",
            Self::Panicked => "broke down",
            Self::Killed => "killed",
        }
    }
}

/// What the process said.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) ended: Ended,
    /// By index, each with the chain hash after it.
    pub(super) receipts: BTreeMap<u64, (Receipt, String)>,
}

/// An undisturbed run with all its calls.
pub(super) fn traced(scene: &Scene, folder: &Path) -> (Vec<Call>, Printed) {
    let output = folder.with_extension("trace");
    let printed = write(scene, folder, &output, &[]);
    (
        trace::read(&std::fs::read_to_string(&output).unwrap()),
        printed,
    )
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
    let calls = trace::read(&std::fs::read_to_string(&output).unwrap());
    (printed, was_hit(&calls, folder, cell, fault))
}

/// What strace is told, to hit one call.
pub(in super::super) fn rules(cell: &Cell, fault: Fault, folder: &Path) -> Vec<String> {
    let injection = cell.injection.as_ref().unwrap();
    let (name, nth) = (&cell.kind.call, injection.nth);
    let mut rules = Vec::new();
    for file in &injection.files {
        rules.extend(["-P".to_owned(), format!("{}{file}", folder.display())]);
    }
    rules.extend(["-e".to_owned(), format!("trace={name}")]);
    let inject = format!("inject={name}:{}:when={nth}", fault.rule());
    rules.extend(["-e".to_owned(), inject]);
    rules
}

/// Which kind of call was the first to be hit.
pub(in super::super) fn was_hit(calls: &[Call], folder: &Path, cell: &Cell, fault: Fault) -> Kind {
    let nth = cell.injection.as_ref().unwrap().nth;
    let mut counted: BTreeMap<u32, usize> = BTreeMap::new();
    let hit = relevant(calls, folder).into_iter().find(|(call, _)| {
        let number = counted.entry(call.thread).or_default();
        *number += 1;
        *number == nth
    });
    let (call, files) = hit.unwrap_or_else(|| panic!("{cell:?} was not reached: {calls:?}"));
    assert!(call.injected || fault == Fault::Kill, "{call:?}");
    kind_of(&call, &files)
}

fn write(scene: &Scene, folder: &Path, output: &Path, rules: &[String]) -> Printed {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_journal-writer"));
    writer.arg(log_of(folder)).arg(ORIGIN);
    for number in [SEGMENT_BYTES, scene.life, scene.from, scene.count] {
        writer.arg(number.to_string());
    }
    let (text, status) = watched(scene.watched, writer, output, rules);
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let receipts = whole.filter(|line| line.trim() != OPEN).map(|line| {
        let (chain, receipt) = line.split_once(' ').unwrap();
        let receipt: Receipt = serde_json::from_str(receipt).unwrap();
        (receipt.index, (receipt, chain.to_owned()))
    });
    let receipts = receipts.collect();
    let ended = Ended::of(status);
    Printed { ended, receipts }
}

/// Runs a writer under strace from the moment that its scene says; what it printed, how it ended.
pub(in super::super) fn watched(
    from: Watched,
    mut writer: Command,
    output: &Path,
    rules: &[String],
) -> (String, ExitStatus) {
    match from {
        Watched::Opening => watched_from_the_start(&writer, output, rules),
        Watched::Writing => watched_once_open(&mut writer, output, rules),
    }
}

fn watched_from_the_start(
    writer: &Command,
    output: &Path,
    rules: &[String],
) -> (String, ExitStatus) {
    let mut strace = trace::strace(output);
    strace
        .args(rules)
        .arg(writer.get_program())
        .args(writer.get_args());
    let said = strace.stdin(Stdio::null()).output().expect("strace runs");
    (String::from_utf8(said.stdout).unwrap(), said.status)
}

fn watched_once_open(
    writer: &mut Command,
    output: &Path,
    rules: &[String],
) -> (String, ExitStatus) {
    writer.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut writer = writer
        .stderr(Stdio::null())
        .spawn()
        .expect("the writer runs");
    let mut said = BufReader::new(writer.stdout.take().unwrap());
    let mut text = String::new();
    said.read_line(&mut text).unwrap();
    assert_eq!(text.trim(), OPEN, "the log is open");
    let mut watch = Watch::attach(writer.id(), output, rules);
    // It reads this or is dead already.
    drop(writer.stdin.take());
    said.read_to_string(&mut text).unwrap();
    let status = writer.wait().unwrap();
    watch.wait();
    (text, status)
}
