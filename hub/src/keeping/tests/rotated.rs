//! A shortened, archived log whose key is replaced: the next passes archive and let go as before.

use audit::note::Succession;
use audit::publisher::own_keys;
use audit::volume::verify_archive;

use super::*;
use crate::ledger::succession::KeyIntroduced;

fn again(der: &[u8]) -> NoteSigner {
    NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der).expect("is a key")
}

#[test]
fn a_shortened_log_is_archived_further_after_its_key_was_replaced() {
    let mut ground = Ground::new(1_000);
    let [li, wang] = &ground.officers;
    ground.order(1, LET_GO, &[li, wang]);
    ground.clock.advance(time::Duration::days(400));
    let before = ground.look();
    assert!(before.volumes > 0 && before.removed > 0, "{before:?}");

    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let new = || again(der.as_ref());
    let old = again(&ground.key);
    let statement = Succession::sign(&old, &new()).expect("are two keys");
    let journal = ground.keeping.ledger.journal().clone();
    let mut publisher = Publisher::open(&journal, old).expect("opens");
    let entry = Entry::KeyIntroduced(KeyIntroduced {
        predecessor: statement.old().to_string(),
        successor: statement.new_key().to_string(),
        statement: statement.digest().to_string(),
        note: statement.note().to_string(),
    });
    let noted = ground.runtime.block_on(ground.keeping.ledger.note(entry));
    noted.expect("is written");
    publisher.succeed(&statement, new()).expect("is ours");
    publisher.advance().expect("is published");

    // The start after the cut-over, with the new key alone.
    let mut publisher = Publisher::open(&journal, new()).expect("a shortened log opens");
    for hour in 0..1_000 {
        let refused = Refused {
            case: format!("TQ-{hour}"),
            ..Refused::default()
        };
        let noted = ground
            .keeping
            .ledger
            .note(Entry::Refusal(Box::new(refused)));
        ground.runtime.block_on(noted).expect("is written");
    }
    publisher.advance().expect("is published");
    ground.keeping.signer = new();
    ground.keeping.published = publisher.published();
    ground.clock.advance(time::Duration::days(400));
    let after = ground.look();
    assert!(
        after.volumes > 0 && after.archived > before.archived,
        "{after:?}"
    );
    let log = ground.home.path().join("log");
    let keys = own_keys(&log, new().key()).expect("is read");
    assert_eq!(keys.len(), 2);
    let archive = &ground.keeping.archive.dir;
    verify_archive(archive, &keys, None, Some(&log), |_| {}).expect("verifies");
}
