//! A full disk under the agent's log and the values beside it: what is owed is written, nothing
//! else is, and when there is room again the agent goes on by itself. A small file system in
//! memory, so it runs as root, as the hub's test does.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration as Pause;

use audit::Receipt;
use audit::side::{Field, SideFault};
use zeroize::Zeroizing;

use super::super::values::Values;
use super::super::{Answered, Erased, Stopped};
use super::erasing::{is_there, key, serve, served, values};
use super::*;

/// Some of them fill what a volume has grown by.
const LONG_BYTES: usize = 200 << 10;

struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Self {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]);
        let mounted = mount.arg(folder).status().expect("mount is there");
        assert!(
            mounted.success(),
            "this test mounts a file system: run it as root"
        );
        Self(folder.to_owned())
    }

    fn fill_up(&self) {
        let mut file = File::create(self.0.join("ballast")).unwrap();
        let error = loop {
            if let Err(error) = file.write_all(&[0x55; 4096]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn long(subject: u8) -> Values {
    let mut values = values(subject);
    values.fields.push(Field {
        name: "city/01.long/1".to_owned(),
        value: Zeroizing::new("x".repeat(LONG_BYTES)),
    });
    values
}

fn answered(sides: Option<audit::side::Sides>) -> Entry {
    let receipt = Receipt {
        log: "hub".to_owned(),
        index: 7,
        leaf_hash: audit::leaf_hash(b"hub"),
    };
    Entry::Answered(Box::new(Answered {
        query: "q-9".to_owned(),
        trace: String::new(),
        question: String::new(),
        case_no: "GG-1".to_owned(),
        flow: "F05".to_owned(),
        operator: "0231".to_owned(),
        counter: "3".to_owned(),
        system: "counter".to_owned(),
        approver: String::new(),
        items: Default::default(),
        gives: Vec::new(),
        named: Vec::new(),
        verdicts: Vec::new(),
        subject: String::new(),
        measures: Default::default(),
        lamps: Default::default(),
        rules: Default::default(),
        records: 1,
        decision: receipt.clone(),
        outcome: receipt,
        digests: Default::default(),
        sides,
        values_lost: false,
    }))
}

#[tokio::test]
async fn what_is_owed_is_written_and_the_agent_goes_on_when_there_is_room() {
    let home = TempDir::new().unwrap();
    let disk = Disk::mount(home.path());
    let dir = home.path().join("book");
    let clock: Arc<ManualClock> = Arc::new(ManualClock::at(NOW));
    let open = || {
        let book = Book::open(&dir, "city", 64 << 10, 64, clock.clone()).unwrap();
        Arc::new(book.keeping(&dir, key()).unwrap())
    };
    let book = open();
    let kept = serve(&book, "q-1", 1).await;
    assert!(book.has_room());

    disk.fill_up();
    let mut tries = 0..64;
    let refused = loop {
        tries.next().expect("the volume is full some time");
        let entry = |sides| served("q-2", sides);
        if let Err(refused) = book.write_beside(Some(long(1)), entry).await {
            break refused;
        }
    };
    assert!(
        matches!(refused, BookError::Sides(SideFault::NoRoom)),
        "{refused:?}"
    );
    assert!(!book.has_room(), "nothing new is asked or answered");
    assert!(book.is_recording(), "nothing has failed");
    book.look_for_room().await;
    assert!(!book.has_room());
    let full_since = book.tell_room(None).await;
    assert_eq!(full_since, Some(1));

    // The log itself is full as well, up to its reserve.
    while book.write(super::refused("q-3")).await.is_ok() {}
    let owed = book.write_beside(Some(long(2)), answered).await.unwrap();
    let entry: serde_json::Value =
        serde_json::from_slice(&book.journal.read(owed.index).unwrap()).unwrap();
    assert_eq!(entry["values_lost"], true);
    assert!(entry["sides"].is_null());
    let erased = Entry::Erased(Box::<Erased>::default());
    book.write(erased).await.unwrap();
    book.write(Entry::Stopped(Stopped { entries: 0 }))
        .await
        .unwrap();

    disk.make_room();
    let mut told = full_since;
    for _ in 0..100 {
        book.look_for_room().await;
        told = book.tell_room(told).await;
        if told.is_none() {
            break;
        }
        tokio::time::sleep(Pause::from_millis(100)).await;
    }
    assert!(book.has_room() && told.is_none());
    let last = entries(&book).pop().unwrap();
    assert_eq!(last["kind"], "log-has-room");
    let again = serve(&book, "q-4", 1).await;
    book.close().unwrap();
    drop(book);
    let book = open();
    assert!(is_there(&dir, &book, kept) && is_there(&dir, &book, again));
    assert!(audit::verify::verify_dir(&dir, |_| {}).is_ok());
}
