//! Entries that arrive together share a sync, and everybody gets the receipt of their own.

use super::*;

#[test]
fn what_queues_during_a_sync_shares_the_next_one() {
    let disk = FakeDisk::new();
    let config = JournalConfig {
        segment_bytes: 1 << 20,
        ..small()
    };
    let (journal, _) = Journal::open_on(Arc::new(Arc::clone(&disk)), &config, None).unwrap();
    disk.stall();
    let first = journal.inner.submit(entry(0), false).unwrap();
    disk.wait_for_stalled_sync();
    let queued: Vec<_> = (1..=60)
        .map(|number| journal.inner.submit(entry(number), false).unwrap())
        .collect();
    disk.go_on();
    for (number, answered) in (0..).zip(std::iter::once(first).chain(queued)) {
        let receipt = answered.blocking_recv().unwrap().unwrap();
        assert_eq!(receipt.index, number);
        assert!(receipt.is_for(&entry(number)));
    }
    journal.close().unwrap();
    let verified = verify(&disk.image()).unwrap();
    assert_eq!(
        (verified.entries, verified.frames),
        (61, 3),
        "one, sixty, and the closing frame"
    );
}

#[test]
fn a_crowd_gets_contiguous_indexes_and_the_right_receipts() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap();
    let mut receipts = runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..32 {
            let journal = journal.clone();
            tasks.spawn(async move {
                let mut receipts = Vec::new();
                for number in 0..25 {
                    let entry = format!("task {task} entry {number}").into_bytes();
                    receipts.push((journal.append(entry.clone()).await.unwrap(), entry));
                }
                receipts
            });
        }
        tasks.join_all().await.concat()
    });
    receipts.sort_by_key(|(receipt, _)| receipt.index);
    let read = entries(&journal);
    assert_eq!((receipts.len(), read.len()), (800, 800));
    for ((index, (receipt, entry)), read) in (0..).zip(&receipts).zip(&read) {
        assert_eq!((receipt.index, receipt.log.as_str()), (index, ORIGIN));
        assert_eq!(entry, read);
        assert!(receipt.is_for(read));
    }
    journal.close().unwrap();
    let verified = verify(&disk.image()).unwrap();
    assert_eq!((verified.entries, verified.chain), (800, journal.chain()));
}

#[test]
fn closing_keeps_what_is_queued_and_readers_follow_the_writer() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    let mut scan = journal.scan(0);
    assert!(scan.next().is_none());
    let queued: Vec<_> = (0..20)
        .map(|number| journal.inner.submit(entry(number), false).unwrap())
        .collect();
    journal.close().unwrap();
    for answered in queued {
        answered.blocking_recv().unwrap().unwrap();
    }
    let read: Vec<_> = scan.map(|next| next.unwrap().1).collect();
    assert_eq!(read, (0..20).map(entry).collect::<Vec<_>>());
}
