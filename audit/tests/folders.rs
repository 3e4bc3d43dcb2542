//! The folders of a log: made wherever they are wanted, with every name synced (which the crash
//! matrix in `tests/` watches in the system calls).

use audit::{AuditError, Journal, JournalConfig};

#[test]
fn a_log_is_made_with_all_folders_above_it_and_opens_again() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("var/lib/tianshu/log");
    let config = JournalConfig {
        segment_bytes: 32 << 10,
        ..JournalConfig::new(&dir, "folders.tianshu.test")
    };
    for _ in 0..2 {
        let (journal, _) = Journal::open(&config).unwrap();
        journal.close().unwrap();
    }
    assert!(dir.join("journal").is_dir());
}

#[test]
fn a_file_in_the_way_is_named() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("log"), b"").unwrap();
    let config = JournalConfig::new(home.path().join("log"), "folders.tianshu.test");
    let error = Journal::open(&config).unwrap_err();
    let AuditError::Disk { action, file, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*action, "create");
    assert!(file.ends_with("log/journal"), "{file}");
}
