//! `tianshu audit export`: every entry once, whatever run wrote it, and what is wrong is named.

use std::fs;
use std::path::Path;

use audit::{Journal, JournalConfig};
use serde_json::Value;
use tempfile::TempDir;

use super::search::{entries, log, log_of};
use super::{Ran, done, run};

fn export(log: &str, args: &[&str]) -> Ran {
    run(&[&["audit", "export", log], args].concat())
}

/// The indexes of exported events, in order.
fn indexes(text: &str) -> Vec<u64> {
    let events = text.lines().map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["metadata"]["version"], "1.8.0");
        event["unmapped"]["log"]["index"].as_u64().unwrap()
    });
    events.collect()
}

#[test]
fn every_entry_is_exported_with_its_place() {
    let home = TempDir::new().unwrap();
    let entries = entries(40);
    let log = log(home.path(), &entries);
    let out = done(&["audit", "export", &log]);
    assert_eq!(indexes(&out), (0..80).collect::<Vec<_>>());
    for (line, entry) in out.lines().zip(&entries) {
        let event: Value = serde_json::from_str(line).unwrap();
        let leaf = audit::leaf_hash(entry.as_bytes()).to_string();
        assert_eq!(event["unmapped"]["log"]["leaf_hash"], leaf);
        assert_eq!(event["unmapped"]["log"]["name"], "hub-1");
    }
    assert_eq!(
        indexes(&export(&log, &["--from-index", "77"]).out),
        [77, 78, 79]
    );
    let day = export(&log, &["--from", "2026-11-24", "--to", "2026-11-24T01:00"]);
    assert_eq!(indexes(&day.out), [48, 49]);
    let syslog = export(&log, &["--format", "syslog", "--from-index", "79"]).out;
    let head =
        "<110>1 2026-11-24T15:39:00+08:00 hub-1 tianshu - outcome [tianshu@32473 log=\"hub-1\"";
    assert!(syslog.starts_with(head), "{syslog}");
}

#[test]
fn the_next_run_goes_on_where_the_last_one_ended() {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("log");
    let all = entries(30);
    let log = log(&dir, &all[..20]);
    let (cursor, out) = (home.path().join("c"), home.path().join("out"));
    let args = [
        "--cursor",
        cursor.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    let first = export(&log, &args);
    assert!(
        first.code == 0 && first.out.contains("20 entries exported, the next is 20"),
        "{first:?}"
    );
    let again = export(&log, &args);
    assert!(again.out.contains("0 entries exported"), "{again:?}");
    // A run that was cut off has written something and moved no cursor.
    let half = format!("{}{{\"cut off", fs::read_to_string(&out).unwrap());
    fs::write(&out, half).unwrap();
    more(&dir, &all[20..]);
    assert_eq!(export(&log, &args).code, 0);
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(indexes(&written), (0..60).collect::<Vec<_>>());
    let checked = export(&log, &["--check", out.to_str().unwrap()]);
    assert!(
        checked.code == 0 && checked.out.contains("complete"),
        "{checked:?}"
    );
    // A cursor of another log is refused.
    let other = log_of("hub-2", &home.path().join("other"), &all);
    let refused = export(&other, &args);
    assert!(
        refused.code == 2 && refused.err.contains("is of another log"),
        "{refused:?}"
    );
    fs::write(&cursor, "{}").unwrap();
    assert_eq!(export(&log, &args).code, 2);
}

/// Writes on in a log that was closed.
fn more(dir: &Path, entries: &[String]) {
    let mut config = JournalConfig::new(dir, "hub-1");
    (config.segment_bytes, config.entry_bytes_max) = (8_192, 2_048);
    let (journal, _) = Journal::open(&config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for entry in entries {
        let appended = runtime.block_on(journal.append(entry.clone().into_bytes()));
        appended.unwrap();
    }
    journal.close().unwrap();
}

#[test]
fn a_log_is_exported_beside_its_writer_and_up_to_its_damage() {
    let home = TempDir::new().unwrap();
    let all = entries(30);
    let log = log(home.path(), &all);
    let config = JournalConfig::new(home.path(), "hub-1");
    let (journal, _) = Journal::open(&config).unwrap();
    let beside = export(&log, &[]);
    assert_eq!(
        (beside.code, indexes(&beside.out).len()),
        (0, 60),
        "{beside:?}"
    );
    journal.close().unwrap();
    drop(journal);

    let journal = home.path().join("journal");
    let mut segments: Vec<_> = fs::read_dir(&journal)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    segments.sort();
    let mut bytes = fs::read(&segments[1]).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    fs::write(&segments[1], bytes).unwrap();
    let cursor = home.path().join("c");
    let damaged = export(&log, &["--cursor", cursor.to_str().unwrap()]);
    let sound = indexes(&damaged.out);
    assert!(
        damaged.code != 0 && !sound.is_empty() && sound.len() < 60,
        "{damaged:?}"
    );
    assert_eq!(sound, (0..sound.len() as u64).collect::<Vec<_>>());
    let kept: Value = serde_json::from_slice(&fs::read(&cursor).unwrap()).unwrap();
    assert_eq!(kept["next"], sound.len() as u64);
}

#[test]
fn what_a_receiver_lacks_is_named() {
    let home = TempDir::new().unwrap();
    let log = log(home.path(), &entries(10));
    let out = done(&["audit", "export", &log, "--format", "syslog"]);
    let received = home.path().join("received");
    let check = |lines: &[&str]| {
        fs::write(&received, lines.join("\n")).unwrap();
        export(&log, &["--check", received.to_str().unwrap()])
    };
    let lines: Vec<&str> = out.lines().collect();
    let mut mixed: Vec<&str> = lines.iter().rev().copied().collect();
    mixed.extend(&lines[3..6]);
    let complete = check(&mixed);
    assert!(
        complete.code == 0 && complete.out.contains("23 messages, 3 of them again"),
        "{complete:?}"
    );
    let late = check(&lines[..15]);
    assert!(
        late.code == 0 && late.out.contains("not received yet: 5"),
        "{late:?}"
    );
    let gap = check(&[&lines[..4], &lines[7..]].concat());
    assert!(
        gap.code == 1 && gap.out.contains("missing: 4 to 6"),
        "{gap:?}"
    );
    let altered = lines[5].replace("tielu", "city");
    let found = check(&[&lines[..5], &[altered.as_str()], &lines[6..]].concat());
    assert!(
        found.code == 1 && found.out.contains("entry 5 was received with another text"),
        "{found:?}"
    );
    assert_eq!(check(&[]).code, 1);
}
