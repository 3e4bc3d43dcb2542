//! One star from its seed: a hub, four agents, four counters, the network between them, and
//! trouble; then peace, in which all of it must become well; then the log as a power cut leaves it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use audit::{Journal, JournalConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::agent::Agent;
use super::caller::Caller;
use super::chance::{Chance, Shared};
use super::faults::{Faults, Kind, USUAL};
use super::ground::{NODES, config, limits};
use super::history::{Ending, Event, History, checksum};
use super::hub::{ENTRY_BYTES_MAX, Host, SEGMENT_BYTES};
use super::network::Path;
use super::staff::Staffed;

/// How long there is trouble.
const TROUBLE: (u64, u64) = (20_000, 60_000);
/// By then everything must be well again: the breaker's longest time open, the agent's longest
/// pause, the keep-alive, and the trouble that was still under way.
pub(super) const WELL_WITHIN: Duration = Duration::from_secs(75);
/// Entries that may wait for the disk: as delivered, and in every so-manieth seed so few that a
/// slow disk refuses entries.
const QUEUE_MAX: usize = 4_096;
const NARROW_QUEUE_MAX: usize = 16;
const NARROW_EVERY: u64 = 16;
/// Between two questions of a node once there is peace: breakers need them as probes.
const IN_PEACE: (u64, u64) = (1_500, 5_000);
/// Operations look after the hub so often, and take a while to bring it back.
const LOOKS: Duration = Duration::from_millis(250);
const BROUGHT_BACK: (u64, u64) = (200, 3_000);

/// What one seed came to.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) seed: u64,
    pub(super) events: Vec<(Duration, Event)>,
    /// The entries that were ever synced, in that order.
    pub(super) durable: Vec<Vec<u8>>,
    /// The log at the end, read by the journal.
    pub(super) log: Vec<Vec<u8>>,
    pub(super) in_flight_max: usize,
    /// What each node was told at the very end.
    pub(super) last: Vec<(&'static str, Option<Ending>)>,
    pub(super) lasted: Duration,
}

impl Run {
    /// The same for the same seed, in every bit that anybody saw.
    pub(super) fn digest(&self) -> u64 {
        let mut text = Vec::new();
        for (at, event) in &self.events {
            text.extend(format!("{at:?} {event}\n").into_bytes());
        }
        self.log.iter().for_each(|entry| text.extend(entry));
        checksum(&text)
    }
}

/// A promise that the world breaks, to see that somebody finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    /// The disk says that it has synced, and has not.
    LyingDisk,
    /// One node never comes back.
    LostNode,
    /// The hub does not read back which statements were used.
    Forgetful,
    /// The hub does not close what a crash left open.
    Careless,
    /// The hub does not read back what operators have done.
    Lax,
}

/// What makes a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) seed: u64,
    pub(super) twist: Twist,
    /// Kinds of trouble; by chance if none is named.
    pub(super) kinds: &'static [Kind],
}

impl Setup {
    /// A seed as it comes.
    pub(super) const fn of(seed: u64) -> Self {
        Self {
            seed,
            twist: Twist::None,
            kinds: &[],
        }
    }
}

/// Runs a star to its end.
pub(super) fn run(setup: &Setup) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(star(setup))
}

async fn star(setup: &Setup) -> Run {
    let mut chance = Chance::new(setup.seed);
    let (history, tasks) = (Arc::new(History::begun_now()), TaskTracker::new());
    let is_narrow = setup.seed % NARROW_EVERY == 1;
    let queue_max = if is_narrow {
        NARROW_QUEUE_MAX
    } else {
        QUEUE_MAX
    };
    let in_flight_max = *chance.pick(&[2, 6, 1_024]);
    let host = Host::new(
        (config(queue_max), limits(in_flight_max), setup.twist),
        Arc::clone(&history),
        tasks.clone(),
        chance.fork("hub"),
    );
    let end = CancellationToken::new();
    tasks.spawn(look_after(
        Arc::clone(&host),
        chance.fork("operations"),
        end.clone(),
    ));
    let (agents, callers) = centers(&host, &history, &tasks, &mut chance);
    let in_trouble = CancellationToken::new();
    let gap = *chance.pick(&[(20, 900), (300, 1_500), (500, 4_000)]);
    for caller in &callers {
        tasks.spawn(Arc::clone(caller).work(in_trouble.clone(), gap));
    }
    tasks.spawn(sample(Arc::clone(&host), Arc::clone(&history), end.clone()));
    let staffed = Staffed::of(setup.seed, &host, &history);
    if let Some(staffed) = &staffed {
        tasks.spawn(staffed.clone().work(in_trouble.clone()));
    }
    let mut faults = Faults {
        host: Arc::clone(&host),
        agents,
        callers: callers.clone(),
        history: Arc::clone(&history),
        tasks: tasks.clone(),
        chance: chance.fork("faults"),
        kinds: setup.kinds,
    };
    let trouble = chance.ms(TROUBLE.0, TROUBLE.1);
    faults.rage(trouble).await;
    in_trouble.cancel();
    if let Some(staffed) = staffed {
        tasks.spawn(staffed.clear_up());
    }
    peace(&mut faults, setup.twist).await;
    let mut last = Vec::new();
    for caller in &callers {
        last.push((caller.node, caller.put_plain().await));
    }
    // One more look at the gauges.
    tokio::time::sleep(Duration::from_secs(1)).await;
    end.cancel();
    host.cut_power();
    finish(setup.seed, &host, &history, (in_flight_max, last))
}

/// Nothing goes wrong any more; after a while nobody asks any more either.
async fn peace(faults: &mut Faults, twist: Twist) {
    faults.heal();
    for caller in &faults.callers {
        let asking = Arc::clone(caller).work(caller.quiet.clone(), IN_PEACE);
        faults.tasks.spawn(asking);
    }
    if twist == Twist::LostNode {
        faults.lose_node();
    }
    tokio::time::sleep(WELL_WITHIN / 2).await;
    // What was still to come of the trouble is over by now.
    faults.heal();
    tokio::time::sleep(WELL_WITHIN / 2).await;
    for caller in &faults.callers {
        caller.quiet.cancel();
    }
    tokio::time::sleep(Duration::from_secs(15)).await;
}

/// Agent and counters of each center.
fn centers(
    host: &Arc<Host>,
    history: &Arc<History>,
    tasks: &TaskTracker,
    chance: &mut Chance,
) -> (Vec<Arc<Agent>>, Vec<Arc<Caller>>) {
    let calls = Arc::new(AtomicU64::new(0));
    let center = |node| {
        let path = Path::new(chance.fork(node), USUAL);
        let way = Arc::clone(&path);
        let agent = Agent::new(node, host, way, history, tasks, chance.fork(node));
        agent.start();
        let caller = Arc::new(Caller {
            node,
            clock: Arc::clone(&agent.clock),
            path,
            host: Arc::clone(host),
            history: Arc::clone(history),
            chance: Shared::new(chance.fork(node)),
            tasks: tasks.clone(),
            quiet: CancellationToken::new(),
            calls: Arc::clone(&calls),
        });
        (agent, caller)
    };
    NODES.into_iter().map(center).unzip()
}

fn finish(
    seed: u64,
    host: &Host,
    history: &History,
    (in_flight_max, last): (usize, Vec<(&'static str, Option<Ending>)>),
) -> Run {
    let config = JournalConfig::new("simulated", "hub-1");
    let durable = host.disk.durable();
    let config = JournalConfig {
        segment_bytes: SEGMENT_BYTES,
        entry_bytes_max: ENTRY_BYTES_MAX,
        ..config
    };
    // A log that does not open is one that has lost everything.
    let opened = Journal::open_stepped(host.disk.mount(), &config);
    let log = opened.map(|(journal, _, _writer)| {
        let entries = journal.scan(0).map(|read| read.map(|(_, entry)| entry));
        entries.map_while(Result::ok).collect()
    });
    let log: Vec<Vec<u8>> = log.unwrap_or_default();
    let events = history.taken();
    let lasted = events.last().map_or(Duration::ZERO, |(at, _)| *at);
    Run {
        seed,
        events,
        durable,
        log,
        in_flight_max,
        last,
        lasted,
    }
}

/// What systemd and its operators do: a hub that is gone, or whose log takes nothing, is started
/// again.
async fn look_after(host: Arc<Host>, mut chance: Chance, end: CancellationToken) {
    loop {
        if host.life().is_none() {
            host.start().await;
        }
        tokio::select! {
            biased;
            () = end.cancelled() => return,
            () = tokio::time::sleep(LOOKS) => {}
        }
        let is_gone = host.life().is_none();
        if is_gone || !host.is_recording() {
            tokio::time::sleep(chance.ms(BROUGHT_BACK.0, BROUGHT_BACK.1)).await;
            if !is_gone && !host.is_recording() {
                host.kill();
            }
        }
    }
}

/// The hub's own gauge, now and then.
async fn sample(host: Arc<Host>, history: Arc<History>, end: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            () = end.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(700)) => {}
        }
        if let Some(life) = host.life() {
            let questions = host.in_flight(&life).await;
            history.note(Event::InFlight { questions });
        }
    }
}
