//! A shortened log whose key is replaced, and what `tianshu audit verify` says of it and of logs
//! whose beginning is gone.

use std::fs;

use audit::note::{NoteSigner, SignatureKind, Succession};
use audit::{Journal, JournalConfig, Publisher};

use super::archive::{Ground, write};
use super::{done, run};

/// As the hub does it: an entry, both keys, then the new one alone.
fn rotated(ground: &Ground) -> String {
    let (old, new, note) = (ground.at("key.p8"), ground.at("new.p8"), ground.at("note"));
    let mut words = vec!["audit", "rotate-key", "--origin", "hub-1", "--key", &old];
    words.extend(["--out", &new, "--statement", &note]);
    let new_key = done(&words).trim().to_owned();
    let signer = || {
        let der = fs::read(&new).unwrap();
        NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, &der).unwrap()
    };
    let statement = Succession::parse(&fs::read(&note).unwrap()).unwrap();
    let config = JournalConfig::new(ground.file("log"), "hub-1");
    let (journal, _) = Journal::open(&config).unwrap();
    let mut publisher = Publisher::open(&journal, ground.signer()).unwrap();
    let digest = statement.digest();
    write(
        &journal,
        &format!(r#""kind":"key-introduced","statement":"{digest}""#),
    );
    publisher.succeed(&statement, signer()).unwrap();
    publisher.advance().unwrap().unwrap();
    drop(publisher);
    let mut publisher = Publisher::open(&journal, signer()).unwrap();
    for _ in 0..600 {
        write(&journal, r#""kind":"clock""#);
    }
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    new_key
}

#[tokio::test]
async fn a_shortened_log_is_archived_and_verified_after_its_key_was_replaced() {
    let ground = Ground::new().await;
    ground.archived();
    ground.shortened(true);
    let new_key = rotated(&ground);
    let (log, archive) = (ground.at("log"), ground.at("archive"));
    let new = ground.at("new.p8");
    let said = done(&["audit", "archive", &log, "--to", &archive, "--key", &new]);
    assert!(said.contains("1 volumes made"), "{said}");
    for key in [&ground.key, &new_key] {
        let said = done(&["audit", "verify", &log, "--key", key]);
        assert!(said.contains("verdict         whole\n"), "{said}");
        assert!(said.contains("successors      1 keys"), "{said}");
    }
    let verify = ["audit", "verify", &archive, "--key", &new_key];
    let said = done(&[&verify[..], &["--log", &log]].concat());
    assert!(said.contains("verdict         whole\n"), "{said}");
    // Without the log nobody knows the key before.
    assert_eq!(run(&verify).code, 1);
    let both = ["--successor", &ground.at("note")];
    done(&[&verify[..], &both].concat());
}

#[tokio::test]
async fn entries_that_are_gone_and_on_no_record_are_a_finding() {
    let ground = Ground::new().await;
    ground.archived();
    ground.shortened(false);
    let log = ground.at("log");
    for words in [vec![], vec!["--key", &ground.key]] {
        let ran = run(&[&["audit", "verify", &log][..], &words].concat());
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains("no entry says"), "{}", ran.out);
    }
}

#[tokio::test]
async fn a_log_that_publishes_nothing_is_verified_by_its_base_where_that_is_said() {
    let ground = Ground::new().await;
    ground.archived();
    ground.shortened(true);
    for name in ["head", "checkpoint"] {
        fs::remove_file(ground.file("log").join(name)).unwrap();
    }
    for name in ["proofs", "tile"] {
        fs::remove_dir_all(ground.file("log").join(name)).unwrap();
    }
    let log = ground.at("log");
    let verify = ["audit", "verify", &log, "--key", &ground.key];
    let ran = run(&verify);
    assert!(
        ran.code == 1 && ran.out.contains("no checkpoint"),
        "{}",
        ran.out
    );
    let said = done(&[&verify[..], &["--unpublished"]].concat());
    assert!(said.contains("only where it begins"), "{said}");
}
