//! Logs that are written, archived, shortened and cut off in any order: whatever happens, every
//! entry that was acknowledged is in the journal or in a volume, and the log opens.

use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::crash::{archive, open, pass_with};
use super::*;
use crate::journal::tests::fake_disk::{FakeDisk, Last, Unsynced};

/// One run of a log's owner.
#[derive(Debug, Clone)]
struct Run {
    /// Entries, in frames of 50 at the most.
    entries: u64,
    /// Of 100: how much of the log may be archived short, and may leave.
    close_percent: u64,
    hot_percent: u64,
    /// Where among the run's operations the power goes, if it does.
    cut: Option<(prop::sample::Index, bool, bool)>,
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    let cut = prop::option::of((any::<prop::sample::Index>(), any::<bool>(), any::<bool>()));
    let run = (0..400_u64, 0..=100_u64, 0..=100_u64, cut);
    let run = run.prop_map(|(entries, close_percent, hot_percent, cut)| Run {
        entries,
        close_percent,
        hot_percent,
        cut,
    });
    prop::collection::vec(run, 1..7)
}

/// Every entry begins with its index.
fn is_at(index: u64, entry: &[u8]) -> bool {
    time_of(entry) == i64::try_from(index).ok()
}

fn check(disk: &Arc<FakeDisk>, journal: &Journal, acknowledged: u64) {
    let archive = archive(disk);
    let mut archived = 0;
    for manifest in archive.manifests().unwrap() {
        let volume = archive.entries(&manifest).unwrap();
        assert!(volume.entries().all(|(index, entry)| is_at(index, entry)));
        archived = manifest.end();
    }
    let first = journal.first();
    assert!(first <= archived && journal.size() >= acknowledged);
    let mut rest = (first..).zip(journal.scan(first));
    assert!(rest.all(|(index, next)| is_at(index, &next.unwrap().1)));
    if first > 0 {
        let said = format!(" {first}");
        let texts = journal.scan(first).map(|next| next.unwrap().1);
        let mut texts = texts.map(|entry| String::from_utf8(entry).unwrap());
        assert!(
            texts.any(|text| text.contains("removing") && text.ends_with(&said)),
            "{first} is not on record"
        );
    }
}

fn play(disk: &Arc<FakeDisk>, run: &Run) -> u64 {
    let (journal, mut publisher) = open(disk);
    for _ in 0..run.entries / 50 {
        append(&journal, 50);
    }
    append(&journal, run.entries % 50);
    publisher.advance().unwrap();
    let part = |percent: u64| i64::try_from(journal.size() * percent / 100).unwrap();
    let times = (part(run.close_percent), part(run.hot_percent));
    pass_with(disk, (&journal, &publisher), times);
    check(disk, &journal, 0);
    let size = journal.size();
    journal.close().unwrap();
    size
}

/// Plays the runs one after the other; tells how often the power went and where the log begins.
fn play_all(runs: &[Run]) -> (u32, u64) {
    let mut disk = FakeDisk::new();
    let (mut acknowledged, mut cuts, mut begins) = (0, 0, 0);
    for run in runs {
        let size = play(&disk, run);
        let image = match &run.cut {
            None => {
                acknowledged = size;
                disk.image()
            }
            // What the run had acknowledged by then is not counted; what was before it is.
            Some((at, whole, kept)) => {
                cuts += 1;
                let count = at.index(disk.ops().len()) + 1;
                let last = if *whole { Last::Whole } else { Last::Head(0) };
                let unsynced = if *kept {
                    Unsynced::Kept
                } else {
                    Unsynced::Dropped
                };
                disk.after_crash(count, last, unsynced)
            }
        };
        disk = FakeDisk::holding(&image);
        let (journal, _publisher) = open(&disk);
        check(&disk, &journal, acknowledged);
        acknowledged = journal.size();
        begins = journal.first();
        journal.close().unwrap();
    }
    (cuts, begins)
}

#[test]
fn whatever_happens_every_entry_is_somewhere_and_the_log_opens() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
    let (cut, shortened) = (Cell::new(0_u32), Cell::new(0_u32));
    let played = runner.run(&runs(), |runs| {
        let (cuts, begins) = play_all(&runs);
        cut.set(cut.get() + cuts);
        shortened.set(shortened.get() + u32::from(begins > 0));
        Ok(())
    });
    played.unwrap();
    // Of some 140 runs about half are cut, and most logs of several runs are shortened.
    let (cut, shortened) = (cut.get(), shortened.get());
    assert!(cut > 15 && shortened > 5, "{cut} {shortened}");
}
