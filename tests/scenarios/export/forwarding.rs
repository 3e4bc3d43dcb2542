//! The forwarder over a journal of many entries and a real receiver: killed, hanging, slow to come
//! back, its cursor lost. Whatever happens, every entry arrives, and no writer waits.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use audit::{Journal, JournalConfig};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sandbox::star::until;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::Settings;
use wire::export::{
    Act, Entries, ExportedLog, Keeper, Numbered, Receiver, Surroundings, receivers, start,
};

use super::rsyslog::Rsyslogd;

/// One at a time: one of them measures the memory of the process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// Longer than any of it takes; reaching it is a failure.
const ARRIVES: Duration = Duration::from_secs(90);

#[derive(Debug)]
struct Log(Journal);

impl ExportedLog for Log {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn first(&self) -> u64 {
        self.0.first()
    }

    fn size(&self) -> u64 {
        self.0.size()
    }

    fn checkpoint(&self) -> Option<u64> {
        Some(self.0.size())
    }

    fn entries(&self, from: u64) -> Entries {
        Box::new(self.0.scan(from).map(|read| {
            let (index, entry) = read.map_err(|error| error.to_string())?;
            Ok(Numbered {
                index,
                leaf_hash: audit::leaf_hash(&entry).to_string(),
                entry,
            })
        }))
    }
}

#[derive(Debug, Default)]
struct Watched {
    acts: Mutex<Vec<Act>>,
    lag: AtomicU64,
    connected: AtomicU64,
    broke: AtomicU64,
}

impl Keeper for Watched {
    fn note(&self, act: Act) -> BoxFuture<'static, bool> {
        self.acts.lock().unwrap().push(act);
        async { true }.boxed()
    }

    fn state(&self, _: &str, lag: u64, connected: bool) {
        self.lag.store(lag, Ordering::Relaxed);
        self.connected
            .store(u64::from(connected), Ordering::Relaxed);
    }

    fn sent(&self, _: &str, _: u64, _: u64) {}

    fn broke(&self, _: &str) {
        self.broke.fetch_add(1, Ordering::Relaxed);
    }
}

/// A log in a folder, and its export.
struct Sender {
    home: PathBuf,
    journal: Journal,
    receivers: Vec<Receiver>,
    running: Option<(CancellationToken, TaskTracker)>,
    watched: Arc<Watched>,
}

impl Sender {
    fn new(home: &Path, receiver: &Rsyslogd, more: &str) -> Self {
        let dir = home.join("log");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("is emptied");
        }
        let mut config = JournalConfig::new(&dir, "hub-1");
        config.segment_bytes = 1 << 20;
        let (journal, _) = Journal::open(&config).expect("opens");
        let text = format!("{}{more}", receiver.table("audit.export"));
        let mut settings = Settings::parse(&home.join("x.toml"), &text).expect("is TOML");
        let receivers = receivers(&mut settings, "audit.export");
        settings.finish().expect("is sound");
        Self {
            home: dir,
            journal,
            receivers,
            running: None,
            watched: Arc::default(),
        }
    }

    async fn start(&mut self) {
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        let around = Surroundings {
            log: Arc::new(Log(self.journal.clone())),
            keeper: self.watched.clone(),
            app: "tianshu-hub",
            dir: self.home.join("export"),
            jitter: Arc::new(|| 0),
        };
        let started = start(&self.receivers, &around, &tasks, &end).await;
        started.expect("starts");
        self.running = Some((end, tasks));
    }

    /// Stops in order.
    async fn stop(&mut self) {
        let (end, tasks) = self.running.take().expect("is running");
        end.cancel();
        tasks.close();
        tasks.wait().await;
    }

    /// Entries like those of questions, written as fast as the disk takes them.
    async fn write(&self, count: u64) -> Duration {
        let begun = Instant::now();
        let mut waiting = Vec::new();
        for _ in 0..count {
            let number = self.journal.size() + waiting.len() as u64;
            let entry = format!(
                r#"{{"v":1,"at":"2026-11-23T09:00:00+08:00","salt":"{number:032x}","kind":"decision","query":"q{number}","who":{{"node":"city","serial":"0a","operator":"0301","counter":"2","system":"s"}},"case":{{"number":"C-{number}","flow":"F05","matter":"02"}},"subject":"{number:064x}","mode":"match","items":{{"04":["04.grzhzt"]}},"asked":["tielu"],"skipped":{{}}}}"#
            );
            waiting.push(self.journal.begin(entry.into_bytes()).expect("is taken"));
            if waiting.len() >= 512 {
                for appending in waiting.drain(..) {
                    appending.durable().await.expect("is durable");
                }
            }
        }
        for appending in waiting {
            appending.durable().await.expect("is durable");
        }
        begun.elapsed()
    }

    fn began(&self) -> Vec<(u64, String)> {
        let acts = self.watched.acts.lock().unwrap();
        let began = acts.iter().filter_map(|act| match act {
            Act::Began(began) => Some((began.from, began.cursor.clone())),
            _ => None,
        });
        began.collect()
    }

    fn settled(&self) -> u64 {
        let file = self.home.join("export/soc.cursor");
        let cursor = wire::export::Cursor::read(&file).expect("is read");
        cursor.map_or(0, |cursor| cursor.next)
    }
}

/// Indexes that have arrived.
fn arrived(receiver: &Rsyslogd) -> BTreeSet<u64> {
    let text = std::fs::read_to_string(receiver.received()).unwrap_or_default();
    let index = |line: &str| {
        let rest = line.split_once(" index=\"")?.1;
        // A line that is cut short was being written when the receiver was killed.
        line.ends_with('}')
            .then(|| rest.split('"').next()?.parse().ok())?
    };
    text.lines().filter_map(index).collect()
}

async fn all_arrive(sender: &Sender, receiver: &Rsyslogd) {
    let size = sender.journal.size();
    let all: BTreeSet<u64> = (0..size).collect();
    let done = until(ARRIVES, async || (arrived(receiver) == all).then_some(())).await;
    if done.is_none() {
        let arrived = arrived(receiver);
        let missing: Vec<u64> = all.difference(&arrived).copied().take(20).collect();
        panic!(
            "of {size} entries {} arrived; missing {missing:?}",
            arrived.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_killed_again_and_again_has_every_entry() {
    let _alone = ALONE.lock().await;
    let home = super::super::ground::folder("export-killed");
    let mut receiver = Rsyslogd::prepare(&home);
    receiver.start().await;
    let mut sender = Sender::new(&home, &receiver, "resend_ms = 3000\n");
    sender.start().await;
    for kills in 1..=4 {
        let connected = || sender.watched.connected.load(Ordering::Relaxed) == 1;
        let up = until(ARRIVES, async || connected().then_some(())).await;
        up.expect("is connected");
        let writing = sender.write(10_000);
        let killing = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            receiver.kill();
        };
        tokio::join!(writing, killing);
        let broke = || sender.watched.broke.load(Ordering::Relaxed) >= kills;
        let down = until(ARRIVES, async || broke().then_some(())).await;
        down.expect("it is noticed");
        sender.write(1_000).await;
        receiver.start().await;
    }
    all_arrive(&sender, &receiver).await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_cursor_sends_everything_again_and_says_so() {
    let _alone = ALONE.lock().await;
    let home = super::super::ground::folder("export-cursor");
    let mut receiver = Rsyslogd::prepare(&home);
    receiver.start().await;
    let mut sender = Sender::new(&home, &receiver, "resend_ms = 0\nresend_entries = 10\n");
    sender.write(500).await;
    sender.start().await;
    all_arrive(&sender, &receiver).await;
    let kept = until(ARRIVES, async || (sender.settled() == 490).then_some(())).await;
    kept.expect("the cursor follows");
    sender.stop().await;

    // It goes on where it stood, and ten entries before that.
    receiver.forget();
    receiver.kill();
    receiver.start().await;
    sender.write(10).await;
    sender.start().await;
    let rest: BTreeSet<u64> = (490..510).collect();
    let came = until(ARRIVES, async || (arrived(&receiver) == rest).then_some(())).await;
    came.expect("exactly the rest arrives");
    sender.stop().await;

    let file = sender.home.join("export/soc.cursor");
    for broken in [None, Some("{}"), Some(OTHER_LOG)] {
        match broken {
            None => std::fs::remove_file(&file).expect("is removed"),
            Some(text) => std::fs::write(&file, text).expect("is written"),
        }
        receiver.forget();
        receiver.kill();
        receiver.start().await;
        sender.start().await;
        all_arrive(&sender, &receiver).await;
        sender.stop().await;
    }
    let (new, lost) = ((0, "new".to_owned()), (0, "lost".to_owned()));
    let expected = [
        new.clone(),
        (490, "kept".to_owned()),
        new,
        lost.clone(),
        lost,
    ];
    assert_eq!(sender.began(), expected);
    // A receiver that is taken out of the configuration goes on record, once.
    sender.receivers.clear();
    for _ in 0..2 {
        sender.start().await;
        sender.stop().await;
    }
    let acts = sender.watched.acts.lock().unwrap();
    let removed = acts.iter().filter(|act| match act {
        Act::Ended(ended) => ended.because == "removed",
        _ => false,
    });
    assert_eq!(removed.count(), 1, "{acts:?}");
    assert!(!file.exists());
}

/// A cursor of this log before it was exchanged.
const OTHER_LOG: &str = r#"{"v":1,"log":"hub-1","next":5,"leaf_hash":"ab"}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_holds_nobody_up() {
    let _alone = ALONE.lock().await;
    let home = super::super::ground::folder("export-hangs");
    let mut receiver = Rsyslogd::prepare(&home);
    receiver.start().await;
    let mut sender = Sender::new(&home, &receiver, "patience_ms = 2000\n");
    sender.start().await;
    sender.write(100).await;
    all_arrive(&sender, &receiver).await;
    receiver.hang();
    let before = resident_kib();
    sender.write(60_000).await;
    // Time enough for the connection to be given up and others to be tried.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let grown = resident_kib().saturating_sub(before);
    let lag = sender.watched.lag.load(Ordering::Relaxed);
    assert!(lag > 30_000, "the lag shows: {lag}");
    assert_eq!(sender.watched.connected.load(Ordering::Relaxed), 0);
    assert!(
        sender.watched.broke.load(Ordering::Relaxed) >= 1,
        "it is given up"
    );
    // The messages are some 90 MiB; what is kept is a batch, a frame and what TLS holds.
    assert!(grown < 48 << 10, "{grown} KiB more");
    receiver.go_on();
    all_arrive(&sender, &receiver).await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_not_who_it_should_be_gets_nothing() {
    let _alone = ALONE.lock().await;
    let home = super::super::ground::folder("export-stranger");
    let mut receiver = Rsyslogd::prepare(&home);
    receiver.start().await;
    let mut sender = Sender::new(&home, &receiver, "resend_ms = 0\nresend_entries = 0\n");
    sender.write(50).await;
    let own = sender.receivers.clone();
    sender.receivers[0].server_name = "other.test".to_owned();
    sender.start().await;
    let refused = || sender.watched.broke.load(Ordering::Relaxed) >= 2;
    let refused = until(ARRIVES, async || refused().then_some(())).await;
    refused.expect("is tried and refused");
    sender.stop().await;
    assert_eq!((sender.settled(), arrived(&receiver).len()), (0, 0));
    // The right name, and entries go out at once.
    sender.receivers = own;
    sender.start().await;
    all_arrive(&sender, &receiver).await;
    sender.stop().await;
}

/// Memory of this process that is in use.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("is there");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.expect("is a number")
}
