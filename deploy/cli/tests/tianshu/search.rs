//! `tianshu audit search`, over logs of the hub's form, sound ones and meddled ones.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use audit::{Index, IndexKey, IndexedEntry, Journal, JournalConfig, leaf_hash};
use tempfile::TempDir;

use super::{Ran, done, run};

/// Entries of three operators over some days, a decision and its outcome by turns.
pub(super) fn entries(exchanges: u64) -> Vec<String> {
    let mut entries = Vec::new();
    for n in 0..exchanges {
        let (day, hour, minute) = (23 + n / 24, n % 24, n % 60);
        let at = format!("2026-11-{day}T{hour:02}:{minute:02}:00+08:00");
        let node = ["city", "guoguan"][usize::try_from(n % 2).unwrap()];
        let head = format!(r#"{{"v":1,"at":"{at}","salt":"{n:032x}""#);
        entries.push(format!(
            r#"{head},"kind":"decision","query":"q{n}","who":{{"node":"{node}","serial":"0a","operator":"03{}","counter":"2","system":"s"}},"case":{{"number":"C-{n}","flow":"F0{}","matter":"02"}},"subject":"{:064x}","asked":["tielu"],"skipped":{{}}}}"#,
            n % 3, n % 5, n % 7
        ));
        entries.push(format!(
            r#"{head},"kind":"outcome","query":"q{n}","decision":{},"nodes":[{{"node":"tielu","elapsed_ms":1,"classes":[{{"class":"04","outcome":"unavailable","code":"TS-NODE-TIMEOUT","records":0}}]}}],"elapsed_ms":2}}"#,
            2 * n
        ));
    }
    entries
}

/// A log of the hub, of many segments.
pub(super) fn log(dir: &Path, entries: &[String]) -> String {
    log_of("hub-1", dir, entries)
}

pub(super) fn log_of(origin: &str, dir: &Path, entries: &[String]) -> String {
    let mut config = JournalConfig::new(dir, origin);
    (config.segment_bytes, config.entry_bytes_max) = (8_192, 2_048);
    let (journal, _) = Journal::open(&config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for entry in entries {
        runtime
            .block_on(journal.append(entry.clone().into_bytes()))
            .unwrap();
    }
    journal.close().unwrap();
    dir.to_str().unwrap().to_owned()
}

fn json(args: &[&str]) -> (i32, serde_json::Value) {
    let ran = run(&[&["audit", "search"], args, &["--json"]].concat());
    let said = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    (ran.code, said)
}

fn indexes(said: &serde_json::Value) -> Vec<u64> {
    let rows = said["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| row["index"].as_u64().unwrap())
        .collect()
}

#[test]
fn everything_given_must_fit_and_every_row_is_its_leaf() {
    let home = TempDir::new().unwrap();
    let entries = entries(96);
    let dir = log(&home.path().join("log"), &entries);
    let all: Vec<(&str, &str, usize)> = vec![
        ("--center", "city", 48),
        ("--node", "tielu", 192),
        ("--operator", "guoguan/031", 16),
        ("--flow", "F03", 19),
        ("--case", "C-17", 1),
        ("--query", "q17", 2),
        ("--kind", "outcome", 96),
        ("--code", "TS-NODE-TIMEOUT", 96),
        ("--counter", "city/2", 48),
    ];
    for (option, value, count) in all {
        let (code, said) = json(&[&dir, option, value, "--limit", "1000"]);
        assert_eq!(
            (code, said["complete"].as_bool()),
            (0, Some(true)),
            "{said}"
        );
        assert_eq!(said["found"], count, "{option} {value}");
        assert_eq!(indexes(&said).len(), count);
        for row in said["rows"].as_array().unwrap() {
            let index = usize::try_from(row["index"].as_u64().unwrap()).unwrap();
            let leaf = leaf_hash(entries[index].as_bytes()).to_string();
            assert_eq!(row["leaf_hash"], leaf);
            let entry: serde_json::Value = serde_json::from_str(&entries[index]).unwrap();
            assert_eq!(row["entry"], entry);
        }
    }
    let subject = format!("{:064x}", 3);
    let both = json(&[&dir, "--subject", &subject, "--operator", "city/030"]).1;
    let expected: Vec<u64> = (0..96)
        .filter(|n| n % 7 == 3 && n % 3 == 0 && n % 2 == 0)
        .collect();
    let expected: Vec<u64> = expected.into_iter().rev().map(|n| 2 * n).collect();
    assert_eq!(indexes(&both), expected, "newest first");
}

#[test]
fn pages_follow_each_other_until_nothing_is_left() {
    let home = TempDir::new().unwrap();
    let dir = log(&home.path().join("log"), &entries(50));
    for first in ["oldest", "newest"] {
        let mut seen = Vec::new();
        let mut after: Vec<String> = Vec::new();
        loop {
            let mut args = vec![dir.as_str(), "--kind", "decision", "--limit", "7"];
            args.extend(["--first", first]);
            args.extend(after.iter().map(String::as_str));
            let said = json(&args).1;
            seen.extend(indexes(&said));
            let Some(next) = said["next"].as_u64() else {
                break;
            };
            after = vec!["--after".to_owned(), next.to_string()];
        }
        let mut expected: Vec<u64> = (0..50).map(|n| 2 * n).collect();
        if first == "newest" {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_time_is_whole_between_what_stands_around_it() {
    let home = TempDir::new().unwrap();
    // One day alone, so that times only rise.
    let entries = entries(24);
    let dir = log(&home.path().join("log"), &entries);
    let args = [
        dir.as_str(),
        "--from",
        "2026-11-23T20:00",
        "--to",
        "2026-11-23T22:00",
    ];
    let (code, said) = json(&args);
    assert_eq!(
        (code, said["complete"].as_bool()),
        (0, Some(true)),
        "{said}"
    );
    assert_eq!(indexes(&said), [43, 42, 41, 40]);
    let time = &said["time"];
    assert_eq!(
        (&time["before"]["index"], &time["after"]["index"]),
        (&39.into(), &44.into())
    );
    assert!(
        said["read"]["begin"].as_u64() > Some(0),
        "only a part was read: {said}"
    );
    let table = done(&[&["audit", "search"], args.as_slice()].concat());
    assert!(
        table.contains("complete  yes: no gap, and times never go back"),
        "{table}"
    );
    assert!(table.contains("4, 4 shown, each hashed anew"), "{table}");
    let day = json(&[&dir, "--to", "2026-11-23", "--limit", "100"]).1;
    assert_eq!(day["found"], 48, "a day belongs to it whole");

    // An entry whose time goes back, and one that is none.
    let mut entries = entries;
    entries.push(r#"{"v":1,"at":"2026-11-23T09:00:00+08:00","kind":"stopped"}"#.to_owned());
    entries.push("no entry".to_owned());
    let dir = log(&home.path().join("other"), &entries);
    let (code, said) = json(&[&dir, "--kind", "stopped"]);
    assert_eq!((code, said["complete"].as_bool()), (1, Some(false)));
    let faults = said["faults"].to_string();
    assert!(
        faults.contains("entry 48 is of an earlier time"),
        "{faults}"
    );
    assert!(
        faults.contains("entry 49 is none of this version"),
        "{faults}"
    );
}

#[test]
fn damage_is_named_and_what_stands_behind_it_is_not_passed_off_as_searched() {
    let home = TempDir::new().unwrap();
    let dir = log(&home.path().join("log"), &entries(40));
    let mut files: Vec<_> = fs::read_dir(Path::new(&dir).join("journal"))
        .unwrap()
        .collect();
    files.sort_by_key(|file| file.as_ref().unwrap().path());
    let file = files[2].as_ref().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes
        .windows(3)
        .position(|three| three == b"q\"")
        .unwrap_or(900);
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let (code, said) = json(&[&dir, "--kind", "decision"]);
    assert_eq!((code, said["complete"].as_bool()), (1, Some(false)));
    assert!(
        said["faults"].to_string().contains("is damaged at offset"),
        "{said}"
    );
}

/// Every way in which an index can be wrong: it hides entries, it invents them, it is of another
/// log. The log decides.
#[test]
fn a_meddled_index_neither_hides_nor_invents() {
    let home = TempDir::new().unwrap();
    let texts = entries(40);
    let dir = log(&home.path().join("log"), &texts);
    let folder = home.path().join("index");
    let index = folder.to_str().unwrap();
    let args = [dir.as_str(), "--operator", "city/030", "--index", index];
    let (code, honest) = json(&args);
    assert_eq!(
        (code, honest["complete"].as_bool()),
        (0, Some(true)),
        "{honest}"
    );
    let rows = indexes(&honest);
    let trusted = json(&[&args[..], &["--trust-index"]].concat()).1;
    assert_eq!(
        (indexes(&trusted), &trusted["complete"]),
        (rows.clone(), &false.into())
    );

    // One entry is hidden, one invented; the index still fits the log by its last entry.
    let meddled = |origin: &str, hidden: u64, invented: u64| {
        fs::remove_dir_all(&folder).unwrap();
        let made = Index::open(&folder).unwrap();
        let entries = (0..).zip(&texts).map(|(index, text)| IndexedEntry {
            index,
            leaf_hash: leaf_hash(text.as_bytes()),
            keys: (rows.contains(&index) && index != hidden || index == invented)
                .then(|| IndexKey::new("operator:city/030").unwrap())
                .into_iter()
                .collect(),
        });
        made.apply(origin, &entries.collect::<Vec<_>>()).unwrap();
    };
    meddled("hub-1", rows[1], 7);
    let (code, said) = json(&args);
    let faults = said["faults"].to_string();
    assert_eq!((code, indexes(&said)), (1, rows.clone()), "{faults}");
    assert!(
        faults.contains(&format!("the index hides entry {}", rows[1])),
        "{faults}"
    );
    assert!(faults.contains("the index invents entry 7"), "{faults}");
    let (code, trusted) = json(&[&args[..], &["--trust-index"]].concat());
    assert_eq!((code, trusted["complete"].as_bool()), (1, Some(false)));
    assert!(
        !indexes(&trusted).contains(&7),
        "an invented row is not shown"
    );

    meddled("hub-2", u64::MAX, u64::MAX);
    let (code, said) = json(&args);
    assert_eq!(
        (code, indexes(&said), &said["index_rebuilt"]),
        (0, rows, &true.into())
    );
}

/// Whatever byte of a kept index changes: the rows stay those of the log, and where the index says
/// something else it is named or made anew.
#[test]
fn a_flipped_byte_of_a_kept_index_changes_no_answer() {
    let home = TempDir::new().unwrap();
    let dir = log(&home.path().join("log"), &entries(40));
    let folder = home.path().join("index");
    let index = folder.to_str().unwrap();
    let args = [dir.as_str(), "--operator", "city/030", "--index", index];
    let (code, honest) = json(&args);
    assert_eq!(code, 0);
    let kept = home.path().join("kept");
    copy(&folder, &kept);
    let (mut flipped, mut found) = (0, 0);
    for name in ["conf", "db"] {
        let sound = fs::read(kept.join(name)).unwrap();
        // Beyond what sled has written there are only zeros.
        let end = sound.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        for at in (0..end).step_by(end.div_ceil(20)) {
            fs::remove_dir_all(&folder).unwrap();
            copy(&kept, &folder);
            let mut altered = sound.clone();
            altered[at] ^= 0x10;
            fs::write(folder.join(name), &altered).unwrap();
            let (code, said) = json(&args);
            assert_eq!(indexes(&said), indexes(&honest), "{name} at {at}");
            let faults = said["faults"].as_array().map(Vec::len);
            assert_eq!(code == 0, faults == Some(0), "{name} at {at}: {said}");
            found += u32::from(code != 0 || said["index_rebuilt"] == true);
            flipped += 1;
        }
    }
    // A byte that holds nothing makes no difference.
    assert!(
        flipped > 20 && found > 0,
        "{flipped} flipped, {found} found"
    );
    println!("{flipped} bytes flipped, {found} found, the others changed nothing");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &name);
        } else {
            fs::copy(&path, &name).unwrap();
        }
    }
}

/// The number is typed, and nothing but its pseudonym is used.
#[test]
fn a_person_is_found_by_a_number_that_is_only_typed() {
    let home = TempDir::new().unwrap();
    let number = "110101199001010015";
    let number = (0..10)
        .chain(10..11)
        .map(|check| {
            if check == 10 {
                'X'.to_string()
            } else {
                check.to_string()
            }
        })
        .map(|check| format!("{}{check}", &number[..17]))
        .find(|number| catalog::PersonId::parse("01", number).is_ok())
        .unwrap();
    let (tag_key, pseudonym_key) = ([3; 32], [4; 32]);
    let tag = policies::TagKey::new(&tag_key).tag(&number);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &pseudonym_key);
    let pseudonym = ring::hmac::sign(&key, tag.as_bytes());
    let pseudonym = data_encoding::HEXLOWER.encode(pseudonym.as_ref());
    let mut texts = entries(6);
    texts[4] = texts[4].replace(&format!("{:064x}", 2), &pseudonym);
    let dir = log(&home.path().join("log"), &texts);
    let file = |name: &str, bytes: &[u8]| {
        let file = home.path().join(name);
        fs::write(&file, bytes).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (tag_key, pseudonym_key) = (file("tag", &tag_key), file("pseudonym", &pseudonym_key));

    let keys = ["--tag-key", &tag_key, "--pseudonym-key", &pseudonym_key];
    let args = [&["audit", "search", &dir, "--subject", "-"], &keys[..]].concat();
    let ran = typed(&args, &number);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("found     1, 1 shown"), "{ran:?}");
    assert!(!format!("{ran:?}").contains(&number));
    let by_tag = [
        "--subject",
        &tag.to_string(),
        "--pseudonym-key",
        &pseudonym_key,
    ];
    assert_eq!(json(&[&[dir.as_str()], &by_tag[..]].concat()).1["found"], 1);
    assert_eq!(json(&[&dir, "--subject", &pseudonym]).1["found"], 1);

    let wrong = typed(&args, "110101199001010099");
    assert_eq!(wrong.code, 2);
    assert!(!format!("{wrong:?}").contains("1101011990"), "{wrong:?}");
    let argument = run(&[&["audit", "search", &dir, "--subject", &number], &keys[..]].concat());
    assert_eq!(argument.code, 2);
    assert!(!format!("{argument:?}").contains(&number), "{argument:?}");
}

/// What no entry can have is refused; it must not look like a log without such entries.
#[test]
fn what_no_entry_can_have_is_refused() {
    let home = TempDir::new().unwrap();
    let dir = log(&home.path().join("log"), &entries(4));
    let index = home.path().join("index");
    let index = index.to_str().unwrap();
    for (args, said) in [
        (
            &["--kind", "nonsense"][..],
            "kinds are abandoned, act-refused",
        ),
        (&["--flow", "X99"], "a flow is `F` and two digits"),
        (&["--operator", "0231"], "as in guoguan/0231"),
        (&["--counter", "2"], "as in guoguan/0231"),
        (&["--code", "TS-NOTHING"], "docs/refusals.md"),
        (&["--center", "city/031"], "without `/`"),
        (
            &["--from", "2026-11-23", "--index", index, "--trust-index"],
            "--trust-index needs a filter besides --from and --to",
        ),
    ] {
        let ran = run(&[&["audit", "search", &dir], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.err.contains(said), "{args:?}: {ran:?}");
    }
}

fn typed(args: &[&str], line: &str) -> Ran {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tianshu"));
    program
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut started = program.spawn().unwrap();
    let mut input = started.stdin.take().unwrap();
    writeln!(input, "{line}").unwrap();
    drop(input);
    let ended = started.wait_with_output().unwrap();
    Ran {
        code: ended.status.code().unwrap(),
        out: String::from_utf8(ended.stdout).unwrap(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}
