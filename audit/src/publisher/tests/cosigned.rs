//! Witnesses' signatures on a checkpoint, at once and later: whatever cuts the power, the three
//! files go together and no size gets a second root.

use super::*;
use crate::journal::tests::fake_disk::{Last, Unsynced};
use crate::verify::{last_listed, verify_log};

fn witness(name: &str) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    NoteSigner::from_pkcs8(name, SignatureKind::Cosignature, der.as_ref()).unwrap()
}

/// One round with witnesses at once and one that comes later, then a round without any.
fn recorded(witnesses: &[NoteSigner; 2]) -> Arc<FakeDisk> {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    for _ in 0..2 {
        append(&journal, 3);
        let offer = publisher.prepare().unwrap().unwrap();
        let text = offer.checkpoint().note.text().to_owned();
        for witness in witnesses {
            let shown = publisher.publish(&[witness.sign(&text, 7)]).unwrap();
            assert_eq!(shown.unwrap().checkpoint, offer.checkpoint().checkpoint);
        }
        let again = publisher.publish(&[witnesses[0].sign(&text, 9)]).unwrap();
        assert_eq!(again, None, "a witness that has signed adds nothing");
    }
    append(&journal, 1);
    publisher.advance().unwrap();
    journal.close().unwrap();
    disk
}

#[test]
fn cosignatures_at_once_and_later_are_shown_and_stay() {
    let witnesses = [witness("city"), witness("guoguan")];
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    append(&journal, 3);
    let offer = publisher.prepare().unwrap().unwrap();
    assert_eq!(publisher.published().size(), 0, "nobody sees it yet");
    let text = offer.checkpoint().note.text().to_owned();
    publisher.publish(&[witnesses[0].sign(&text, 7)]).unwrap();
    publisher.publish(&[witnesses[1].sign(&text, 8)]).unwrap();
    journal.close().unwrap();
    let (_, publisher) = open(&disk);
    let shown = publisher.published().proof(1).unwrap().unwrap().checkpoint;
    let keys = witnesses.each_ref().map(|witness| witness.key().clone());
    assert_eq!(shown.note.signed_by(&keys).unwrap().len(), 2);
    let image = disk.image();
    let list = String::from_utf8(image[CHECKPOINTS_NAME].clone()).unwrap();
    assert_eq!(list.matches(&text).count(), 2, "the list only grows");
}

#[test]
fn a_power_cut_at_any_operation_leaves_files_that_go_together() {
    let witnesses = [witness("city"), witness("guoguan")];
    let disk = recorded(&witnesses);
    for count in 0..=disk.ops().len() {
        for last in [Last::Head(0), Last::Head(90), Last::Rest(200), Last::Whole] {
            for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                let image = disk.after_crash(count, last, unsynced);
                let place = format!("{count}, {last:?}, {unsynced:?}");
                let left = FakeDisk::holding(&image);
                let journal = open_journal(&left);
                let opened = open_publisher(&left, &journal);
                let mut publisher = opened.unwrap_or_else(|e| panic!("{place}: {e}"));
                append(&journal, 1);
                publisher
                    .advance()
                    .unwrap_or_else(|e| panic!("{place}: {e}"));
                check_served(&journal, &publisher.published());
                journal.close().unwrap();
                let again = FakeDisk::holding(&left.image());
                let journal = open_journal(&again);
                open_publisher(&again, &journal).unwrap_or_else(|e| panic!("{place}: {e}"));
            }
        }
    }
}

#[test]
fn the_list_has_one_record_a_size_where_witnesses_are_asked_first() {
    let city = witness("city");
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    for round in 1..=20 {
        append(&journal, 1);
        let offer = publisher.prepare().unwrap().unwrap();
        let text = offer.checkpoint().note.text().to_owned();
        publisher.publish(&[city.sign(&text, 7)]).unwrap();
        // Offered once more without anything new to say.
        publisher.publish(&[]).unwrap();
        publisher.publish(&[city.sign(&text, 8)]).unwrap();
        let list = disk.image()[CHECKPOINTS_NAME].clone();
        let list = String::from_utf8(list).unwrap();
        assert_eq!(list.matches("\n\n— ").count(), round);
        assert_eq!(publisher.published().list_bytes(), list.len() as u64);
    }
    journal.close().unwrap();
    let (_, publisher) = open(&disk);
    let length = disk.image()[CHECKPOINTS_NAME].len() as u64;
    assert_eq!(publisher.published().list_bytes(), length, "after a start");
}

#[test]
fn a_folder_with_later_cosignatures_verifies_and_says_which_checkpoint_has_them() {
    let home = tempfile::tempdir().unwrap();
    let mut config = JournalConfig::new(home.path(), ORIGIN);
    config.segment_bytes = 64 << 10;
    let (journal, _) = Journal::open(&config).unwrap();
    let mut publisher = Publisher::open(&journal, signer()).unwrap();
    let city = witness("city");
    let offer = {
        append(&journal, 3);
        publisher.prepare().unwrap().unwrap()
    };
    publisher.publish(&[]).unwrap();
    let text = offer.checkpoint().note.text().to_owned();
    publisher.publish(&[city.sign(&text, 7)]).unwrap();
    append(&journal, 2);
    publisher.advance().unwrap();
    journal.close().unwrap();
    let verified = verify_log(home.path(), &[], &[key(), city.key().clone()], |_| {}).unwrap();
    assert_eq!(verified.tree.unwrap().checkpoints, 3);
    let keys = [city.key().clone()];
    let found = last_listed(home.path(), |read| read.note.signed_by(&keys).is_ok()).unwrap();
    assert_eq!(found.unwrap().checkpoint.size, 3);
    // A cosignature that somebody changed is found by whoever knows the witness.
    let list = home.path().join(CHECKPOINTS_NAME);
    let text = std::fs::read_to_string(&list).unwrap();
    let at = text.find("— city ").unwrap() + "— city ".len() + 24;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    std::fs::write(&list, bytes).unwrap();
    assert!(verify_log(home.path(), &[], &[key(), city.key().clone()], |_| {}).is_err());
}

#[test]
fn an_offer_tells_its_own_past_from_another_history() {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    append(&journal, 5);
    let first = publisher.advance().unwrap().unwrap();
    append(&journal, 300);
    let offer = publisher.prepare().unwrap().unwrap();
    assert_eq!(offer.standing(&first).unwrap(), Standing::Ours);
    assert!(offer.request(5).unwrap().unwrap().starts_with("old 5\n"));
    assert_eq!(offer.request(306).unwrap(), None);
    let mut other = first.as_ref().clone();
    other.checkpoint.root = leaf_hash(b"another");
    assert_eq!(offer.standing(&other).unwrap(), Standing::Other);
    other.checkpoint.size = 306;
    assert_eq!(offer.standing(&other).unwrap(), Standing::Ahead);
}
