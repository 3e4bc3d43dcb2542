//! What must hold after every fault, whatever it was.

use std::collections::BTreeMap;
use std::path::Path;

use audit::verify::{verify_dir, verify_receipts};
use audit::{Journal, Receipt, VerifyError};
use tests::numbered_entry;

use super::super::frames::Frame;
use super::super::trace::Call;
use super::plan::relevant;
use super::run::{Ended, Printed};
use super::scene::{Scene, append, config, log_of};

/// Entries of a life of its own that are appended afterwards.
const APPENDED_AFTERWARDS: u64 = 4;
const LIFE_AFTERWARDS: u64 = 3;

/// Nothing acknowledged is missing or different, there is one history only, and the log goes on.
pub(super) fn holds(scene: &Scene, folder: &Path, printed: &Printed, place: &str) {
    let printed_receipts = printed.receipts.values().map(|(receipt, _)| receipt);
    let acknowledged: BTreeMap<u64, &Receipt> = scene
        .earlier
        .values()
        .chain(printed_receipts)
        .map(|receipt| (receipt.index, receipt))
        .collect();
    let due = acknowledged.len() as u64;
    assert!(
        acknowledged.keys().copied().eq(0..due),
        "{place}: indexes have gaps"
    );
    match verify_dir(&log_of(folder), |_| {}) {
        // Not even a verifier that comes before the recovery sees damage.
        Ok(_) | Err(VerifyError::UnfinishedTail { .. }) => {}
        Err(VerifyError::NoLog { .. }) if due == 0 => {}
        Err(error) => panic!("{place}: {error}"),
    }
    let (journal, recovery) =
        Journal::open(&config(folder)).unwrap_or_else(|error| panic!("{place}: {error}"));
    let size = journal.size();
    assert_eq!(recovery.entries, size, "{place}");
    // One entry at most was on its way.
    let most = (due + 1).min(scene.from + scene.count);
    assert!(
        (due..=most).contains(&size),
        "{place}: {size} entries, {due} acknowledged"
    );
    if printed.ended == Ended::Done {
        assert_eq!((size, due), (most, most), "{place}");
        assert!(!recovery.tail_copied, "{place}: closed in good order");
    }
    for next in journal.scan(0) {
        let (index, bytes) = next.unwrap_or_else(|error| panic!("{place}: {error}"));
        let life = if index < scene.from { 1 } else { scene.life };
        assert!(
            bytes == numbered_entry(life, index),
            "{place}: entry {index} is another"
        );
        if let Some(receipt) = acknowledged.get(&index) {
            assert!(receipt.is_for(&bytes), "{place}: the receipt of {index}");
        }
    }
    one_history(folder, printed, place);
    let mut receipts: Vec<Receipt> = acknowledged.into_values().cloned().collect();
    for number in size..size + APPENDED_AFTERWARDS {
        let receipt = append(&journal, LIFE_AFTERWARDS, number);
        assert_eq!(receipt.index, number, "{place}");
        receipts.push(receipt);
    }
    journal
        .close()
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let verified = verify_receipts(&log_of(folder), &receipts, |_| {});
    let verified = verified.unwrap_or_else(|error| panic!("{place}: {error}"));
    assert_eq!(
        (verified.entries, verified.closed),
        (size + APPENDED_AFTERWARDS, true),
        "{place}"
    );
    one_history(folder, printed, place);
}

/// For every length at which the process told its chain hash, the log has this hash and no other.
fn one_history(folder: &Path, printed: &Printed, place: &str) {
    let mut chains = BTreeMap::new();
    for entry in std::fs::read_dir(log_of(folder).join("journal")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "seg") {
            let frames = Frame::of_segment(&std::fs::read(&path).unwrap());
            let with_entries = frames.into_iter().filter(|frame| !frame.entries.is_empty());
            chains.extend(with_entries.map(|frame| (frame.next(), frame.chain)));
        }
    }
    for (index, (_, chain)) in &printed.receipts {
        assert_eq!(
            chains.get(&(index + 1)),
            Some(chain),
            "{place}: history of {index}"
        );
    }
}

/// A name counts only once its folder is synced: every folder and segment that the undisturbed run
/// makes has its parent synced before the first frame behind it is.
pub(super) fn names_are_synced_before(calls: &[Call], folder: &Path) {
    let calls = relevant(calls, folder);
    for (at, (call, files)) in calls.iter().enumerate() {
        let made = match call.name.as_str() {
            "mkdir" | "rename" if call.succeeded() => files.last(),
            _ => None,
        };
        let Some(made) = made else { continue };
        let (parent, _) = made.rsplit_once('/').unwrap();
        let later = &calls[at..];
        let synced = later.iter().position(|(call, files)| {
            call.name == "fsync" && call.succeeded() && files.iter().any(|file| file == parent)
        });
        // The first frame is what the writing thread writes first to a file with its final name.
        let frame = later.iter().position(|(call, files)| {
            call.name == "pwrite64" && files.iter().any(|file| file.ends_with(".seg"))
        });
        let synced = synced.unwrap_or_else(|| panic!("the folder of `{made}` is never synced"));
        assert!(
            frame.is_none_or(|frame| synced < frame),
            "`{made}` carries entries before its name is durable"
        );
    }
}
