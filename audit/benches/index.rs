//! How fast the search index is made anew from a log, and how fast a log is read without one.
//! Entries are of the hub's form, 700 bytes long, half decisions and half outcomes.
//!
//! Beside the time stands the processor time of all threads: on a busy machine it alone can be
//! compared.
//!
//! `make bench-audit`; `ENTRIES=200000 make bench-audit` for another size. Everything lies in a
//! folder under `target/`, so on the disk that the build is on.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark prints what it measured, and fails where it cannot measure"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use audit::{Index, IndexKey, Journal, JournalConfig, Keys, LogReader, Order};
use wire::Heading;

/// Entries of the log.
const ENTRIES: u64 = 1_000_000;
/// Length of an entry.
const ENTRY_BYTES: usize = 700;
/// Entries that wait for the disk together while the log is written.
const APPENDED_TOGETHER: u64 = 2_000;

fn main() {
    let entries = std::env::var("ENTRIES").map_or(ENTRIES, |text| text.parse().unwrap());
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-index");
    let _ = std::fs::remove_dir_all(&root);
    let (journal, _) = Journal::open(&JournalConfig::new(root.join("log"), "hub-1")).unwrap();
    let begun = Begun::now();
    write(&journal, entries);
    begun.told("written, durable", entries);
    journal.close().unwrap();

    let log = LogReader::open(&root.join("log")).unwrap();
    let begun = Begun::now();
    log.visit(0..u64::MAX, |_, _| {}).unwrap();
    begun.told("read and verified", entries);

    let begun = Begun::now();
    let mut found = 0;
    let visited = log.visit(0..u64::MAX, |_, entry| {
        let heading = Heading::read(entry).unwrap();
        found += u64::from(heading.asking_operator() == "0007");
    });
    visited.unwrap();
    begun.told("searched without index", entries);

    let index = Index::open(&root.join("index")).unwrap();
    let begun = Begun::now();
    index.catch_up_log(&log, &keys_of, |_| {}).unwrap();
    begun.told("index rebuilt", entries);
    println!(
        "index on disk            {} MiB",
        bytes_of(&root.join("index")) >> 20
    );

    let key = IndexKey::new("query:00000000000000000000000000012345").unwrap();
    let begun = Instant::now();
    let hits = index
        .lookup(&key, 0..u64::MAX, Order::OldestFirst, 9)
        .unwrap();
    println!(
        "one question looked up   {:?}, {} entries",
        begun.elapsed(),
        hits.len()
    );
    drop(index);
    std::fs::remove_dir_all(&root).unwrap();
}

struct Begun {
    at: Instant,
    processor: Duration,
}

impl Begun {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            processor: processor_time(),
        }
    }

    fn told(&self, what: &str, entries: u64) {
        let took = self.at.elapsed();
        let processor = processor_time() - self.processor;
        let rate = entries as f64 / took.as_secs_f64();
        let each = processor.as_secs_f64() * 1e6 / entries as f64;
        println!(
            "{what:<24} {entries} entries of {ENTRY_BYTES} bytes in {took:.2?}: {rate:.0} \
             entries/s; {each:.2} us of processor time an entry"
        );
    }
}

/// What all threads of this process have used so far, by Linux's count in hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name in brackets, which may hold anything.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks.map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

fn keys_of(entry: &[u8], keys: &mut Keys<'_>) {
    if let Some(heading) = Heading::read(entry) {
        heading.each_key("hub-1", |key| keys.add(key));
    }
}

fn write(journal: &Journal, entries: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut next = 0;
    while next < entries {
        let upto = entries.min(next + APPENDED_TOGETHER);
        runtime.block_on(async {
            let appends: Vec<_> = (next..upto)
                .map(|number| {
                    let journal = journal.clone();
                    let entry = entry(number);
                    // The entry is queued at the first poll, so that they wait together.
                    Box::pin(async move { journal.append(entry).await })
                })
                .collect();
            let mut set = tokio::task::JoinSet::new();
            for append in appends {
                set.spawn(append);
            }
            while let Some(appended) = set.join_next().await {
                appended.unwrap().unwrap();
            }
        });
        next = upto;
    }
}

/// Decision and outcome by turns, from 400 operators of four centers over all flows.
fn entry(number: u64) -> Vec<u8> {
    let (n, second) = (number / 2, number / 400);
    let node = ["city", "guoguan", "zhongzhi", "tielu"][(n % 4) as usize];
    let at = format!(
        "2026-11-23T{:02}:{:02}:{:02}.123456+08:00",
        second / 3600 % 24,
        second / 60 % 60,
        second % 60
    );
    let salt = format!("{number:032x}");
    let said = if number.is_multiple_of(2) {
        format!(
            r#""kind":"decision","query":"{n:032x}","who":{{"node":"{node}","serial":"0a","operator":"{:04}","counter":"{}","system":"counter"}},"case":{{"number":"{node}-2026-{n}","flow":"F{:02}","matter":"02","basis":"A","basis_number":"A-{n}","use_no":1,"nonce":"{salt}","expires_at":"{at}"}},"subject":"{:064x}","mode":"details","items":{{"04":["04-01","04-02","04-05"]}},"asked":["city","tielu"],"skipped":{{}},"rules":{{"catalog":"c","flows":"f","policies":"p"}}"#,
            n % 400,
            n % 40,
            n % 31 + 1,
            n % 7_919 * 104_729
        )
    } else {
        format!(
            r#""kind":"outcome","query":"{n:032x}","decision":{},"nodes":[{{"node":"city","elapsed_ms":3,"classes":[{{"class":"04","outcome":"answered","records":1}}]}},{{"node":"tielu","elapsed_ms":4,"classes":[{{"class":"04","outcome":"no-record","records":0}}]}}],"elapsed_ms":5"#,
            number - 1
        )
    };
    let mut entry = format!(r#"{{"v":1,"at":"{at}","salt":"{salt}",{said},"facts":{{"x":""#);
    let room = ENTRY_BYTES - entry.len() - r#""}}"#.len();
    entry.push_str(&"x".repeat(room));
    entry.push_str(r#""}}"#);
    entry.into_bytes()
}

fn bytes_of(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.metadata().unwrap() {
            meta if meta.is_dir() => bytes_of(&entry.path()),
            meta => meta.len(),
        })
        .sum()
}
