//! Attacks below the contract: connections that never finish their handshake or come too fast, and
//! proven peers that flood the hub with frames. Meanwhile a healthy counter is answered in time, a
//! node that comes anew is let in, and the hub's memory stays within a bound.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sandbox::client::{Ask, Desk};
use sandbox::evidence::{LogBook, text};
use sandbox::metrics::sum;
use sandbox::rogue::{Flooded, Thief};
use sandbox::star::Star;
use sandbox::world::Node;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use super::ground::Ground;

/// A question of a healthy node is answered within this, whatever goes on.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
/// What the hub may hold more at the worst moment than before.
const GROWTH_KB_MAX: u64 = 64 * 1024;
/// The last numbers of the addresses that attackers without a certificate come from.
const ELSEWHERE: std::ops::Range<u8> = 2..12;
/// Longer than a handshake may take.
const HELD: Duration = Duration::from_secs(6);
const ATTACKS: [&str; 13] = [
    "slow-loris",
    "slow-loris-of-many",
    "connections",
    "connections-of-many",
    "resets",
    "pings",
    "settings",
    "continuations",
    "header-bombs",
    "small-bombs",
    "broken-headers",
    "oversized",
    "data-for-nobody",
];
/// What the counter gives a question.
const DEADLINE_MS: u32 = 1_500;
const ASK_PAUSE: Duration = Duration::from_millis(600);
const KNOCK_PAUSE: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_below_the_contract_harm_nobody_else() {
    let ground = Ground::start("wire-floods").await;
    let star = &ground.star;
    let thief = Thief::robbing(star.home(), Node::Guoguan).expect("robs 国管");
    let newcomer = Thief::robbing(star.home(), Node::Zhongzhi).expect("robs 中直");
    let mut counter = Counter::at(star);
    counter.ask("nothing yet").await;
    let pid = star.hub_pid().expect("the hub runs");
    let before = resident_kb(pid);
    let hub = star.home().link();
    let mut worst = before;
    for attack in ATTACKS {
        let under_attack = async {
            let flooded = fall_upon(attack, hub, &thief).await;
            if let Some(flooded) = flooded {
                assert!(flooded.ended, "{attack}: the hub ends it: {flooded:?}");
            }
            flooded
        };
        let asked = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            counter.ask(attack).await
        };
        forget_peak(pid);
        let under_attack = knocking(&newcomer, attack, under_attack);
        let ((flooded, let_in), during) = tokio::join!(under_attack, asked);
        let after = counter.ask(attack).await;
        let held = peak_kb(pid);
        worst = worst.max(held);
        let growth = held.saturating_sub(before);
        println!(
            "{attack}: answered in {during:?}, then {after:?}; let in within {let_in:?}; at most \
             {growth} kB more; {flooded:?}"
        );
    }
    println!("the hub held {before} kB before and {worst} kB at most");
    assert!(
        worst < before + GROWTH_KB_MAX,
        "{before} kB, then {worst} kB"
    );
    assert_told(star).await;
    let text = star.hub_metrics().await.expect("the hub answers");
    let links = Node::ALL.map(|node| sum(&text, "hub_node_links", &[("node", node.id())]));
    assert!(
        links.iter().all(|links| *links > 0),
        "no agent was lost: {links:?}"
    );
    ground.check().await;
}

/// A node knocks again and again while it lasts, once at least, and is let in each time; the
/// longest that it took.
async fn knocking<T>(
    newcomer: &Thief,
    attack: &str,
    lasting: impl Future<Output = T>,
) -> (T, Duration) {
    let is_over = AtomicBool::new(false);
    let lasting = async {
        let ended = lasting.await;
        is_over.store(true, Ordering::Relaxed);
        ended
    };
    let knocks = async {
        let mut slowest = Duration::ZERO;
        loop {
            let begun = Instant::now();
            let let_in = newcomer.knock().await.expect("has a certificate");
            let took = begun.elapsed();
            assert_eq!(let_in, Ok(()), "during {attack}");
            assert!(took < ANSWERED_WITHIN, "during {attack}: {took:?}");
            slowest = slowest.max(took);
            if is_over.load(Ordering::Relaxed) {
                return slowest;
            }
            tokio::time::sleep(KNOCK_PAUSE).await;
        }
    };
    tokio::join!(lasting, knocks)
}

/// Each kind of attack is counted under its code, and on record with it.
async fn assert_told(star: &Star) {
    let text = star.hub_metrics().await.expect("the hub answers");
    let log = LogBook::read(&star.home().hub_log()).expect("verifies beside its writer");
    for (code, least) in [
        // Of 2,000 connections 320 have their turn, of 4,000 from ten addresses at most 1,500.
        ("TS-TLS-TOO-MANY", 3_000),
        // What one address may hold, and all addresses that nobody knows.
        ("TS-TLS-TIMEOUT", 64 + 192),
        // Resets, pings, settings, continuations, and the bombs that h2 finds.
        ("TS-TLS-FLOOD", 5),
        ("TS-TLS-HEADERS", 1),
        ("TS-TLS-FRAME-SIZE", 1),
        // Headers that name nothing, and data for nobody.
        ("TS-TLS-PROTOCOL", 2),
    ] {
        let count = sum(&text, "hub_handshakes_refused_total", &[("code", code)]);
        assert!(count >= least, "{code}: {count}");
        let on_record = log.of_kind("connection-refused");
        let on_record = on_record.filter(|(_, entry)| self::text(entry, "code") == code);
        assert!(on_record.count() > 0, "{code} is on record");
    }
}

async fn fall_upon(attack: &str, hub: SocketAddr, thief: &Thief) -> Option<Flooded> {
    match attack {
        // The first byte of a handshake, and then nothing.
        "slow-loris" => held(hub, ELSEWHERE.take(1), 300, &[22]).await,
        "slow-loris-of-many" => held(hub, ELSEWHERE, 40, &[22]).await,
        "connections" => held(hub, ELSEWHERE.take(1), 2_000, &[]).await,
        "connections-of-many" => held(hub, ELSEWHERE, 400, &[]).await,
        _ => {
            let mut peer = thief.raw().await.expect("is connected");
            Some(match attack {
                "resets" => peer.rapid_resets(10_000).await,
                "pings" => peer.pings(100_000).await,
                "settings" => peer.settings(100_000).await,
                "continuations" => peer.continuations(10_000).await,
                "header-bombs" => peer.header_bombs(20_000).await,
                "small-bombs" => peer.small_bombs(20_000).await,
                "broken-headers" => peer.broken_headers().await,
                "oversized" => peer.oversized().await,
                _ => peer.data_for_nobody().await,
            })
        }
    }
}

/// So many connections from each address, all open at once until their time is over; they say no
/// more than this.
async fn held(
    hub: SocketAddr,
    addresses: impl Iterator<Item = u8>,
    each: usize,
    word: &[u8],
) -> Option<Flooded> {
    let mut held = Vec::new();
    for last in addresses {
        for _ in 0..each {
            let mut tcp = connect_from(last, hub).await.expect("the port is open");
            // The hub may have closed it already.
            let _ = tcp.write_all(word).await;
            held.push(tcp);
        }
    }
    tokio::time::sleep(HELD).await;
    drop(held);
    None
}

/// A connection from another address of this machine.
pub(super) async fn connect_from(last: u8, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let from = SocketAddr::from(([127, 0, 0, last], 0));
    socket.bind(from)?;
    socket.connect(to).await
}

/// A counter of the city that goes on asking.
pub(super) struct Counter {
    desk: Desk,
    cases: Vec<&'static str>,
    open: Option<(String, u32)>,
    /// A center whose answers do not count.
    pub(super) but: &'static str,
}

impl Counter {
    pub(super) fn at(star: &Star) -> Self {
        Self {
            desk: star.desk(Node::City, "0101").expect("has a desk"),
            cases: vec!["CT-S09", "CT-S10", "CT-S11"],
            open: None,
            but: "",
        }
    }

    /// Asks, and is answered by every center in time; how long it took.
    pub(super) async fn ask(&mut self, during: &str) -> Duration {
        let (case, left) = match self.open.take() {
            Some((case, left)) if left > 0 => (case, left),
            _ => {
                let case_no = self.cases.pop().expect("has another case");
                let open = self.desk.open(case_no, "F19").await.expect("is open");
                (open.case, open.asks_left)
            }
        };
        let wants = BTreeMap::from([("04".to_owned(), vec!["grzhzt".to_owned()])]);
        let ask = Ask {
            case: case.clone(),
            wants: Some(wants),
            deadline_ms: Some(DEADLINE_MS),
            ..Ask::default()
        };
        let begun = Instant::now();
        let answer = self.desk.ask(&ask).await;
        let took = begun.elapsed();
        let answer = answer.unwrap_or_else(|error| panic!("during {during}: {error}"));
        assert!(took < ANSWERED_WITHIN, "during {during}: {took:?}");
        for lamp in answer.lamps.iter().filter(|lamp| lamp.node != self.but) {
            let is_well = ["answered", "no-hit", "nothing"].contains(&lamp.lamp.as_str());
            assert!(is_well, "during {during}: {lamp:?}");
        }
        self.open = Some((case, left - 1));
        tokio::time::sleep(ASK_PAUSE).await;
        took
    }
}

/// The process that runs with this configuration.
pub(super) fn pid_of(config: &Path) -> u32 {
    let config = config.display().to_string();
    let mut found = std::fs::read_dir("/proc")
        .expect("is mounted")
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().to_str()?.parse::<u32>().ok()?;
            let line = std::fs::read_to_string(format!("/proc/{name}/cmdline")).ok()?;
            line.split('\0').any(|word| word == config).then_some(name)
        });
    found.next().expect("it runs")
}

pub(super) fn resident_kb(pid: u32) -> u64 {
    memory_kb(pid, "VmRSS:")
}

/// Begins to measure anew what the process holds at most.
pub(super) fn forget_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("is our process");
}

/// The most that the process has held since then.
pub(super) fn peak_kb(pid: u32) -> u64 {
    memory_kb(pid, "VmHWM:")
}

fn memory_kb(pid: u32, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("runs");
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kb.expect("has memory")
}
