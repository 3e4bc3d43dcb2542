//! A real process is killed while it fills its search index, at one write after the other. Whoever
//! searches with what is left finds every entry that the log has: the index is gone on with, or
//! made anew.

use std::path::Path;
use std::process::{Command, Output};

use audit::{Journal, JournalConfig};

use super::altered::tianshu;
use super::trace;

const ORIGIN: &str = "hub-1";
const ENTRIES: usize = 900;
/// The writes at which the process is killed; those beyond its last one kill nothing.
const KILLS: std::ops::RangeInclusive<usize> = 1..=14;

fn laid_out(dir: &Path) {
    let mut config = JournalConfig::new(dir, ORIGIN);
    config.segment_bytes = 256 << 10;
    let (journal, _) = Journal::open(&config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    for number in 0..ENTRIES {
        let (second, code) = (number % 60, number % 3);
        let entry = format!(
            r#"{{"v":1,"at":"2026-11-23T10:{:02}:{second:02}+08:00","salt":"00","kind":"refusal","query":"q{number}","code":"TS-CASE-CLOSED","who":{{"node":"city","operator":"03{code}"}},"flow":"F05","case":"CT-1","subject":"s{code}"}}"#,
            number / 60,
        );
        runtime
            .block_on(journal.append(entry.into_bytes()))
            .unwrap();
    }
    journal.close().unwrap();
}

/// The words that search for a third of the entries.
fn search(log: &Path, index: Option<&Path>) -> Vec<String> {
    let mut words = [
        "audit",
        "search",
        "--operator",
        "city/031",
        "--limit",
        "1000",
        "--json",
    ]
    .map(str::to_owned)
    .to_vec();
    words.push(log.display().to_string());
    if let Some(index) = index {
        words.extend(["--index".to_owned(), index.display().to_string()]);
        words.push("--trust-index".to_owned());
    }
    words
}

fn rows(done: &Output) -> Vec<u64> {
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&done.stderr).into_owned();
    let page: serde_json::Value =
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{wrong}"));
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["index"].as_u64().unwrap()).collect()
}

#[test]
fn an_index_whose_filling_was_killed_hides_nothing() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log");
    laid_out(&log);
    let plain = Command::new(tianshu()).args(search(&log, None)).output();
    let due = rows(&plain.unwrap());
    assert_eq!(due.len(), ENTRIES / 3);
    let mut killed = 0;
    for nth in KILLS {
        let index = home.path().join(format!("index-{nth}"));
        let words = search(&log, Some(&index));
        let mut strace = trace::strace(&home.path().join("trace"));
        // Whatever the store writes with, each thread is counted by itself.
        let calls = "write,pwrite64,ftruncate,fsync,fdatasync,sync_file_range,rename,mkdir";
        strace.args(["-e", &format!("trace={calls}"), "-e"]);
        strace.arg(format!("inject={calls}:signal=SIGKILL:when={nth}"));
        let hurt = strace.arg(tianshu()).args(&words).output().unwrap();
        killed += usize::from(hurt.status.code() != Some(0));
        for _ in 0..2 {
            let again = Command::new(tianshu()).args(&words).output().unwrap();
            assert_eq!(rows(&again), due, "killed at write {nth}");
        }
    }
    assert!(killed >= 5, "{killed} were killed");
}
