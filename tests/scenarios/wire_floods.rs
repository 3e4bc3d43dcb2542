//! Attacks below the contract: connections that never finish their handshake or come too fast, and
//! proven peers that flood the hub with frames. Meanwhile a healthy counter is answered in time,
//! and the hub's memory stays within a bound.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
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
const GROWTH_KB_MAX: u64 = 128 * 1024;
/// Where attackers without a certificate come from.
const ELSEWHERE: &str = "127.0.0.2:0";
const ATTACKS: [&str; 11] = [
    "slow-loris",
    "connections",
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_below_the_contract_harm_nobody_else() {
    let ground = Ground::start("wire-floods").await;
    let star = &ground.star;
    let thief = Thief::robbing(star.home(), Node::Guoguan).expect("robs 国管");
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
        let (flooded, during) = tokio::join!(under_attack, asked);
        let after = counter.ask(attack).await;
        let held = resident_kb(pid);
        worst = worst.max(held);
        let growth = held.saturating_sub(before);
        println!("{attack}: answered in {during:?}, then {after:?}; {growth} kB more; {flooded:?}");
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

/// Each kind of attack is counted under its code, and on record with it.
async fn assert_told(star: &Star) {
    let text = star.hub_metrics().await.expect("the hub answers");
    let log = LogBook::read(&star.home().hub_log()).expect("verifies beside its writer");
    for (code, least) in [
        ("TS-TLS-TOO-MANY", 500),
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
        "slow-loris" => {
            let mut held = Vec::new();
            for _ in 0..300 {
                let Ok(mut tcp) = from_elsewhere(hub).await else {
                    continue;
                };
                // The first byte of a handshake, and then nothing.
                let _ = tcp.write_all(&[22]).await;
                held.push(tcp);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(held);
            None
        }
        "connections" => {
            for _ in 0..2_000 {
                drop(from_elsewhere(hub).await);
            }
            None
        }
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

async fn from_elsewhere(hub: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(ELSEWHERE.parse().expect("is an address"))?;
    socket.connect(hub).await
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
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kb.expect("has memory")
}
