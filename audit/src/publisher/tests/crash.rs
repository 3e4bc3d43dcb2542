//! The power is cut at every operation of publishing: no size ever has two roots, and everything
//! that was shown stays true.

use super::*;
use crate::journal::tests::fake_disk::{Last, Op, Unsynced};
use crate::publisher::nodes::{Shelved, TileNodes};

/// A checkpoint that readers saw, and after how many operations it was shown.
struct Shown {
    at: usize,
    checkpoint: Checkpoint,
}

/// Entries a round, over two bundles; every second round is another run.
const ROUNDS: [u64; 6] = [1, 2, 252, 1, 1, 300];

fn recorded() -> (Arc<FakeDisk>, Vec<Shown>) {
    let disk = FakeDisk::new();
    let mut shown = Vec::new();
    for rounds in ROUNDS.chunks(2) {
        let (journal, mut publisher) = open(&disk);
        for count in rounds {
            append(&journal, *count);
            let checkpoint = publisher.advance().unwrap().unwrap().checkpoint.clone();
            let at = disk.ops().len();
            shown.push(Shown { at, checkpoint });
        }
        journal.close().unwrap();
    }
    (disk, shown)
}

/// The ways in which the power may go during an operation; of long writes a sample.
fn cuts(op: &Op) -> Vec<Last> {
    match op {
        Op::Write { bytes, .. } => {
            let length = bytes.len();
            let step = (length / 5).max(1);
            let heads = (0..=length).step_by(step).map(Last::Head);
            let rests = (1..length).step_by(step).map(Last::Rest);
            heads.chain(rests).chain([Last::Head(length - 1)]).collect()
        }
        _ => vec![Last::Head(0), Last::Whole],
    }
}

/// Every root that stands signed on a disk, by size.
fn signed(image: &Image, roots: &mut BTreeMap<u64, Digest>, place: &str) {
    let mut list = image
        .get(CHECKPOINTS_NAME)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut notes = Vec::new();
    while let Record::Whole(note) = read_record(&mut list).unwrap() {
        // An append that was cut off may leave a last record with zeros in it.
        if !note.contains(&0) || !list.is_empty() {
            notes.push(note);
        }
    }
    notes.extend(
        [HEAD_NAME, CHECKPOINT_NAME]
            .iter()
            .filter_map(|name| image.get(*name).cloned()),
    );
    for note in notes {
        let read = SignedCheckpoint::parse(&note).unwrap_or_else(|e| panic!("{place}: {e}"));
        let Checkpoint { size, root, .. } = read.checkpoint;
        let before = *roots.entry(size).or_insert(root);
        assert_eq!(before, root, "{place}: two roots for {size}");
    }
}

/// Opens what a crash left, goes on with other entries, and checks everything that must hold.
fn check(image: &Image, shown: &[&Checkpoint], place: &str) {
    let mut roots = BTreeMap::new();
    for checkpoint in shown {
        roots.insert(checkpoint.size, checkpoint.root);
    }
    signed(image, &mut roots, place);
    let disk = FakeDisk::holding(image);
    let journal = open_journal(&disk);
    let mut publisher = open_publisher(&disk, &journal).unwrap_or_else(|e| panic!("{place}: {e}"));
    signed(&disk.image(), &mut roots, place);
    let last = shown.last().map_or(0, |checkpoint| checkpoint.size);
    assert!(publisher.published().size() >= last, "{place}");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for number in 0..3 {
        let entry = format!("after the crash {number}").into_bytes();
        runtime.block_on(journal.append(entry)).unwrap();
    }
    publisher
        .advance()
        .unwrap_or_else(|e| panic!("{place}: {e}"));
    let published = publisher.published();
    assert_eq!(published.size(), journal.size(), "{place}");
    journal.close().unwrap();
    signed(&disk.image(), &mut roots, place);
    let head = published.checkpoint().unwrap();
    let head = (head.checkpoint.size, &head.checkpoint.root);
    // Whatever was ever signed, shown or not, is a beginning of the tree of today.
    for (size, root) in &roots {
        let path = published.consistency(*size).unwrap().unwrap().path;
        assert!(
            verify_consistency((*size, root), head, &path),
            "{place}: {size}"
        );
    }
    let again = FakeDisk::holding(&disk.image());
    let (_, publisher) = open(&again);
    assert_eq!(publisher.published().size(), head.0, "{place}");
}

#[test]
fn a_power_cut_at_any_operation_gives_no_size_two_roots() {
    let (disk, shown) = recorded();
    let ops = disk.ops();
    let mut checked = 0;
    for count in 1..=ops.len() {
        let due: Vec<_> = shown
            .iter()
            .filter(|shown| shown.at < count)
            .map(|shown| &shown.checkpoint)
            .collect();
        for last in cuts(&ops[count - 1]) {
            for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                let image = disk.after_crash(count, last, unsynced);
                check(
                    &image,
                    &due,
                    &format!("operation {count}, {last:?}, {unsynced:?}"),
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 400, "{checked}");
}

#[test]
fn a_power_cut_while_recovering_gives_no_size_two_roots() {
    let (disk, shown) = recorded();
    let mut recoveries = 0;
    for (count, op) in (1..).zip(disk.ops()) {
        // Where a head was kept and not shown yet, and where tiles were being made.
        let Op::Rename { to, .. } = op else { continue };
        if to.ends_with(".seg") {
            continue;
        }
        let due: Vec<_> = shown
            .iter()
            .filter(|shown| shown.at < count)
            .map(|shown| &shown.checkpoint)
            .collect();
        let torn = disk.after_crash(count, Last::Whole, Unsynced::Kept);
        let recovering = FakeDisk::holding(&torn);
        let (journal, mut publisher) = open(&recovering);
        publisher.advance().unwrap();
        let ops = recovering.ops();
        drop((journal, publisher));
        for count in (1..=ops.len()).step_by(3) {
            for last in cuts(&ops[count - 1]).into_iter().step_by(4) {
                for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                    let image = recovering.after_crash(count, last, unsynced);
                    check(
                        &image,
                        &due,
                        &format!("{to}, then {count}, {last:?}, {unsynced:?}"),
                    );
                }
            }
        }
        recoveries += 1;
    }
    assert!(recoveries > 10, "{recoveries}");
}

#[test]
fn a_tree_rebuilt_from_nothing_but_the_journal_has_the_signed_roots() {
    let (disk, shown) = recorded();
    let mut image = disk.image();
    image.retain(|name, _| name.ends_with(".seg"));
    let again = FakeDisk::holding(&image);
    let (_, mut publisher) = open(&again);
    publisher.advance().unwrap();
    let view = publisher.published();
    let mut nodes = TileNodes::new(Shelved(&again), &publisher.edge);
    for Shown { checkpoint, .. } in &shown {
        assert_eq!(
            root_of(&mut nodes, checkpoint.size).unwrap(),
            checkpoint.root
        );
    }
    assert_eq!(view.size(), ROUNDS.iter().sum::<u64>());
}
