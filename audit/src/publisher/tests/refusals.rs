//! What stops the publisher: it repairs nothing and signs nothing a second time.

use super::*;

/// A log of 600 entries that was published and closed.
fn whole() -> Image {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    for count in [100, 500] {
        append(&journal, count);
        publisher.advance().unwrap();
    }
    journal.close().unwrap();
    disk.image()
}

fn reopened(image: &Image) -> Result<Publisher, PublishError> {
    let disk = FakeDisk::holding(image);
    let journal = open_journal(&disk);
    open_publisher(&disk, &journal)
}

/// The words with which an image with one change is refused.
fn refused(change: impl FnOnce(&mut Image)) -> String {
    let mut image = whole();
    change(&mut image);
    reopened(&image).map(drop).unwrap_err().to_string()
}

#[test]
fn a_journal_that_was_rolled_back_is_refused() {
    let disk = FakeDisk::new();
    let journal = open_journal(&disk);
    append(&journal, 100);
    journal.close().unwrap();
    let early = disk.image();
    let said = refused(|image| {
        image.retain(|name, _| !name.ends_with(".seg"));
        image.extend(early);
    });
    assert!(
        said.contains("`head` was signed over 600 entries, the journal has 100"),
        "{said}"
    );
}

/// The journal of another history of 702 entries, one of which is forged.
fn forged(at: u64) -> Image {
    let disk = FakeDisk::new();
    let journal = open_journal(&disk);
    append(&journal, at);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(journal.append(b"forged".to_vec()))
        .unwrap();
    append(&journal, 701 - at);
    journal.close().unwrap();
    disk.image()
}

#[test]
fn a_journal_with_another_history_is_refused() {
    let mut image = whole();
    image.retain(|name, _| !name.ends_with(".seg"));
    let root = "`head` has another root over 600 entries than the journal gives";
    let refused = |image: &Image| reopened(image).map(drop).unwrap_err().to_string();
    // Behind the last full bundle the root tells.
    let mut late = image.clone();
    late.extend(forged(550));
    assert_eq!(refused(&late), root);
    // Before it an opening relies on the tiles, and `tianshu audit verify` looks; without tiles to
    // rely on, the signed root tells again.
    image.extend(forged(1));
    image.retain(|name, _| !name.starts_with("tile/0/"));
    assert_eq!(
        refused(&image),
        "`tile/entries/000` is not what the journal says"
    );
    image.retain(|name, _| !name.starts_with("tile/"));
    assert_eq!(refused(&image), root);
}

#[test]
fn an_altered_tile_under_the_edge_is_named_and_left_alone() {
    let said = refused(|image| image.get_mut("tile/0/001").unwrap()[700] ^= 1);
    assert_eq!(said, "`tile/0/001` is not what the journal says");
    let said = refused(|image| image.get_mut("tile/0/001").unwrap().truncate(8191));
    assert_eq!(said, "`tile/0/001` is not what the journal says");
}

#[test]
fn a_tile_that_is_there_is_never_overwritten() {
    let disk = FakeDisk::holding(&whole());
    let (journal, mut publisher) = open(&disk);
    Shelf::put(&disk, "tile/0/002", &[7; 8192], true).unwrap();
    append(&journal, 300);
    let error = publisher.advance().unwrap_err().to_string();
    assert_eq!(error, "`tile/0/002` is not what the journal says");
    assert_eq!(
        publisher.advance().unwrap_err().to_string(),
        error,
        "for good"
    );
    assert_eq!(
        publisher.published().size(),
        600,
        "readers keep what was published"
    );
    assert_eq!(disk.image()["tile/0/002"], [7; 8192]);
}

#[test]
fn any_altered_byte_of_head_checkpoint_and_list_end_is_refused() {
    let image = whole();
    for name in [HEAD_NAME, CHECKPOINT_NAME, CHECKPOINTS_NAME] {
        let length = image[name].len();
        // Of the list an opening reads the end; `tianshu audit verify` reads all of it.
        let last = image[CHECKPOINT_NAME].len() + 1;
        let from = if name == CHECKPOINTS_NAME {
            length - last
        } else {
            0
        };
        for at in from..length {
            let mut image = image.clone();
            image.get_mut(name).unwrap()[at] ^= 1;
            assert!(reopened(&image).is_err(), "{name} at {at}");
        }
    }
}

#[test]
fn files_that_do_not_go_together_are_refused() {
    let said = refused(|image| drop(image.remove(HEAD_NAME)));
    assert_eq!(said, "`head` does not go together with `checkpoint`");
    let said = refused(|image| drop(image.remove(CHECKPOINTS_NAME)));
    assert_eq!(
        said,
        "`proofs/checkpoints.log` does not go together with `checkpoint`"
    );
    // An older list, or an older checkpoint than the list's last two.
    let said = refused(|image| {
        let list = image.get_mut(CHECKPOINTS_NAME).unwrap();
        list.truncate(list.len() / 2);
    });
    assert!(said.contains("does not go together"), "{said}");
    let said = refused(|image| {
        let first = image[CHECKPOINTS_NAME].len() / 2 - 1;
        let first = image[CHECKPOINTS_NAME][..first].to_vec();
        image.insert(HEAD_NAME.to_owned(), first);
    });
    assert_eq!(said, "`head` does not go together with `checkpoint`");
}

#[test]
fn a_key_of_another_log_opens_nothing() {
    let disk = FakeDisk::new();
    let journal = open_journal(&disk);
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let other = NoteSigner::from_pkcs8("other", SignatureKind::Plain, der.as_ref()).unwrap();
    let opened = Publisher::open_on(&journal, Arc::new(Arc::clone(&disk)), other);
    assert!(matches!(opened, Err(PublishError::Key { .. })));
    journal.close().unwrap();
    // A new key of the same name did not sign what is there.
    let disk = FakeDisk::holding(&whole());
    let journal = open_journal(&disk);
    let other = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der.as_ref()).unwrap();
    let opened = Publisher::open_on(&journal, Arc::new(Arc::clone(&disk)), other);
    assert!(matches!(
        opened,
        Err(PublishError::Note {
            file: HEAD_NAME,
            ..
        })
    ));
}

#[test]
fn a_disk_that_fails_ends_publishing_for_good_and_the_next_run_goes_on() {
    for failing in 0..14 {
        for sync in [false, true] {
            let disk = FakeDisk::holding(&whole());
            let (journal, mut publisher) = open(&disk);
            append(&journal, 300);
            if sync {
                disk.fail_sync_after(failing);
            } else {
                disk.fail_write_after(failing);
            }
            let advanced = publisher.advance();
            if advanced.is_err() {
                assert_eq!(publisher.published().size(), 600);
                assert!(
                    publisher.advance().is_err(),
                    "the disk works again; it is not believed"
                );
            }
            let again = FakeDisk::holding(&disk.image());
            drop(publisher);
            let (journal, mut publisher) = open(&again);
            publisher.advance().unwrap();
            assert_eq!(publisher.published().size(), 900, "{failing} {sync}");
            check_served(&journal, &publisher.published());
        }
    }
}

/// What [`AuditError`] says of a damaged journal stops publishing as well.
#[test]
fn a_journal_that_cannot_be_read_publishes_nothing() {
    let disk = FakeDisk::holding(&whole());
    let (journal, mut publisher) = open(&disk);
    append(&journal, 300);
    let last = disk
        .image()
        .keys()
        .rfind(|name| name.ends_with(".seg"))
        .unwrap()
        .clone();
    disk.damage(&last);
    let error = publisher.advance().unwrap_err();
    let is_damage = matches!(error, PublishError::Journal(AuditError::Damaged(_)));
    assert!(is_damage, "{error}");
    assert_eq!(publisher.published().size(), 600);
}
