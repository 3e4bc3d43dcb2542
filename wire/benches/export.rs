//! How many entries a second leave as syslog messages over mutual TLS, and whether whoever writes
//! the log notices: the journal with and without an export beside it, in turn, on the same disk.
//! `make bench-export` runs it; the figures are in `docs/performance.md`.
//!
//! The receiver is `openssl s_server`, which reads and drops, so that what is measured is ours.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "its figures are what it is for, and it ends at the first thing that fails"
)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use audit::{Journal, JournalConfig};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::Settings;
use wire::export::{
    Act, Entries, ExportedLog, Keeper, Numbered, Place, Receiver, Surroundings, receivers, start,
    syslog,
};

const MAPPED: u64 = 200_000;
const FORWARDED: u64 = 300_000;
const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// An entry such as a decision is, of some 900 bytes.
fn entry(number: u64) -> Vec<u8> {
    let filling = "04.grzhzt\",\"04.khrq\",\"04.jcjs\",\"04.xhrq";
    format!(
        r#"{{"v":1,"at":"2026-11-23T09:00:00.125+08:00","salt":"{number:032x}","kind":"decision","query":"{number:032x}","who":{{"node":"city","serial":"0a1b2c3d","operator":"0301","counter":"2","system":"counter"}},"case":{{"number":"CT-{number}","flow":"F05","matter":"02","basis":"A","basis_number":"A-{number}","use_no":1,"nonce":"{number:032x}","expires_at":"2026-11-23T09:30:00+08:00"}},"subject":"{number:064x}","mode":"match","items":{{"04":["{filling}"]}},"verdicts":["live-account"],"asked":["guoguan","tielu","zhongzhi"],"skipped":{{}},"rules":{{"catalog":"{number:032x}","flows":"{number:032x}","policies":"{number:032x}"}}}}"#
    )
    .into_bytes()
}

fn main() {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-export");
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).expect("is made");
    println!("load before: {}", load());
    mapping();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let sink = Sink::start(&home);
        forwarding(&home, &sink).await;
        beside(&home, &sink).await;
    });
    println!("load after: {}", load());
    std::fs::remove_dir_all(&home).expect("is removed");
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(1).collect()
}

/// Entries to messages, on one thread.
fn mapping() {
    let entries: Vec<Vec<u8>> = (0..1_000).map(entry).collect();
    let octets: usize = entries.iter().map(Vec::len).sum::<usize>() / entries.len();
    let begun = Instant::now();
    let mut length = 0;
    for (number, entry) in (0..MAPPED).zip(entries.iter().cycle()) {
        let leaf_hash = audit::leaf_hash(entry).to_string();
        let place = Place {
            log: "hub-1",
            index: number,
            leaf_hash: &leaf_hash,
            checkpoint: Some(MAPPED),
        };
        length += syslog::message(entry, &place, "tianshu-hub", 8_192)
            .text
            .len();
    }
    let rate = MAPPED as f64 / begun.elapsed().as_secs_f64();
    let message = length as u64 / MAPPED;
    println!("mapped on one thread: {rate:.0}/s (entry {octets} bytes, message {message} octets)");
}

/// A log that is there, sent as fast as it goes.
async fn forwarding(home: &Path, sink: &Sink) {
    let journal = open(&home.join("forwarding"));
    let mut waiting = Vec::new();
    for number in 0..FORWARDED {
        waiting.push(journal.begin(entry(number)).expect("is taken"));
        if waiting.len() == 2_048 {
            for appending in waiting.drain(..) {
                appending.durable().await.expect("is durable");
            }
        }
    }
    for appending in waiting {
        appending.durable().await.expect("is durable");
    }
    let begun = Instant::now();
    let export = Export::start(&journal, sink).await;
    while export.sent.0.load(Ordering::Relaxed) < FORWARDED {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rate = FORWARDED as f64 / begun.elapsed().as_secs_f64();
    println!("read, mapped and sent over mutual TLS 1.3: {rate:.0}/s");
    export.stop().await;
}

/// Appends of many clients, with and without an export of what they write.
async fn beside(home: &Path, sink: &Sink) {
    for with in [false, true] {
        round(&home.join("warm"), with.then_some(sink)).await;
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for number in 0..ROUNDS {
        let dir = home.join(format!("round-{number}"));
        without.push(round(&dir, None).await);
        with.push(round(&dir, Some(sink)).await);
    }
    println!(
        "\n| {CLIENTS} clients | entries/s | p50 ms | p99 ms | sent/s |\n|---|--:|--:|--:|--:|"
    );
    for (name, mut rounds) in [("without export", without), ("with export", with)] {
        rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        let all: Vec<String> = rounds
            .iter()
            .map(|round| format!("{:.0}", round.rate))
            .collect();
        if let Some(Round {
            rate,
            p50,
            p99,
            sent,
        }) = rounds.get(ROUNDS / 2)
        {
            let all = all.join(" ");
            println!("| {name} | {rate:.0} ({all}) | {p50:.2} | {p99:.2} | {sent:.0} |");
        }
    }
}

struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    sent: f64,
}

async fn round(dir: &Path, sink: Option<&Sink>) -> Round {
    let _ = std::fs::remove_dir_all(dir);
    let journal = open(dir);
    let export = match sink {
        Some(sink) => Some(Export::start(&journal, sink).await),
        None => None,
    };
    let tasks = TaskTracker::new();
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS as u64)
        .map(|client| {
            let journal = journal.clone();
            tasks.spawn(async move {
                let mut waits = Vec::new();
                while begun.elapsed() < ROUND {
                    let entry = entry(client << 32 | waits.len() as u64);
                    let asked = Instant::now();
                    journal.append(entry).await.expect("is durable");
                    waits.push(asked.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.expect("comes to its end"));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let sent = export
        .as_ref()
        .map_or(0, |export| export.sent.0.load(Ordering::Relaxed));
    if let Some(export) = export {
        export.stop().await;
    }
    waits.sort_unstable();
    let at = |percent: usize| {
        let wait = waits.get(waits.len() * percent / 100);
        wait.map_or(0.0, |wait| wait.as_secs_f64() * 1_000.0)
    };
    Round {
        rate: waits.len() as f64 / seconds,
        p50: at(50),
        p99: at(99),
        sent: sent as f64 / seconds,
    }
}

fn open(dir: &Path) -> Journal {
    Journal::open(&JournalConfig::new(dir, "hub-1"))
        .expect("opens")
        .0
}

/// A running export.
struct Export {
    end: CancellationToken,
    tasks: TaskTracker,
    sent: Arc<Sent>,
}

impl Export {
    async fn start(journal: &Journal, sink: &Sink) -> Self {
        let (end, tasks, sent) = (CancellationToken::new(), TaskTracker::new(), Arc::default());
        let sent: Arc<Sent> = sent;
        let around = Surroundings {
            log: Arc::new(Log(journal.clone())),
            keeper: Arc::clone(&sent) as Arc<dyn Keeper>,
            app: "tianshu-hub",
            dir: journal.dir().join("export"),
            jitter: Arc::new(|| 0),
        };
        let started = start(&sink.receivers, &around, &tasks, &end).await;
        started.expect("starts");
        Self { end, tasks, sent }
    }

    async fn stop(self) {
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[derive(Debug)]
struct Log(Journal);

impl ExportedLog for Log {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn first(&self) -> u64 {
        0
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
            let leaf_hash = audit::leaf_hash(&entry).to_string();
            Ok(Numbered {
                index,
                leaf_hash,
                entry,
            })
        }))
    }
}

#[derive(Debug, Default)]
struct Sent(AtomicU64);

impl Keeper for Sent {
    fn note(&self, _: Act) -> BoxFuture<'static, bool> {
        async { true }.boxed()
    }

    fn state(&self, _: &str, _: u64, _: bool) {}

    fn sent(&self, _: &str, messages: u64, _: u64) {
        self.0.fetch_add(messages, Ordering::Relaxed);
    }

    fn broke(&self, _: &str) {}
}

/// A receiver that reads and drops.
struct Sink {
    process: Child,
    receivers: Vec<Receiver>,
}

impl Sink {
    fn start(home: &Path) -> Self {
        certificates(home);
        let free = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = free.local_addr().expect("has an address").port();
        drop(free);
        let process = Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                "-tls1_3",
                "-accept",
                &port.to_string(),
            ])
            .args([
                "-cert",
                "receiver.pem",
                "-key",
                "receiver.key",
                "-CAfile",
                "ca.pem",
            ])
            .args(["-Verify", "1", "-verify_return_error"])
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is there");
        std::thread::sleep(Duration::from_secs(1));
        let text = format!(
            "[[e]]\nname = \"sink\"\naddress = \"127.0.0.1:{port}\"\n\
             server_name = \"receiver.test\"\ncertificate = \"sender.pem\"\n\
             key = \"sender.key\"\nca = \"ca.pem\"\nmax_octets = 8192\n"
        );
        let mut settings = Settings::parse(&home.join("x.toml"), &text).expect("is TOML");
        let receivers = receivers(&mut settings, "e");
        settings.finish().expect("is sound");
        Self { process, receivers }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn certificates(home: &Path) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "sink");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).expect("is signed").pem();
    std::fs::write(home.join("ca.pem"), ca).expect("is written");
    let issuer = Issuer::new(params, key);
    for name in ["receiver", "sender"] {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        let dns = format!("{name}.test").try_into().expect("is a name");
        params.subject_alt_names = vec![SanType::DnsName(dns)];
        let pem = params.signed_by(&key, &issuer).expect("is signed").pem();
        std::fs::write(home.join(format!("{name}.pem")), pem).expect("is written");
        let secret = home.join(format!("{name}.key"));
        std::fs::write(&secret, key.serialize_pem()).expect("is written");
        use std::os::unix::fs::PermissionsExt as _;
        let hidden = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&secret, hidden).expect("is hidden");
    }
}
