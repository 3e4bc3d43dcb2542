//! What goes wrong and when. Each seed has some kinds of trouble and not others, so that rare
//! mixtures come up as often as common ones.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::agent::Agent;
use super::answer::Mood;
use super::caller::Caller;
use super::chance::Chance;
use super::disk::Trouble;
use super::history::{Event, History};
use super::hub::Host;
use super::network::Latency;

/// By when each end gives up a path that is silent: half of the hub's keep-alive to all of it.
const KEEP_ALIVE: (u64, u64) = (2_500, 5_000);
pub(super) const USUAL: Latency = Latency {
    least: Duration::from_micros(200),
    most: Duration::from_millis(4),
    tail_percent: 1,
};
const FAR: Latency = Latency {
    least: Duration::from_millis(40),
    most: Duration::from_millis(400),
    tail_percent: 3,
};

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    AgentCrash,
    MachineCrash,
    Partition,
    HalfOpen,
    Far,
    Mood(Mood),
    Kill,
    PowerCut,
    PowerCutAtOperation,
    Stop,
    DiskFails(Trouble),
    DiskSlow,
    HubClock,
    NodeClock,
    Flood,
    Farewell,
}

const KINDS: [Kind; 22] = [
    Kind::AgentCrash,
    Kind::MachineCrash,
    Kind::Partition,
    Kind::HalfOpen,
    Kind::Far,
    Kind::Mood(Mood::Slow),
    Kind::Mood(Mood::Silent),
    Kind::Mood(Mood::SourceDown),
    Kind::Mood(Mood::Liar),
    Kind::Mood(Mood::Stutter),
    Kind::Kill,
    Kind::PowerCut,
    Kind::PowerCutAtOperation,
    Kind::Stop,
    Kind::DiskFails(Trouble::Write),
    Kind::DiskFails(Trouble::Sync),
    Kind::DiskFails(Trouble::Full),
    Kind::DiskSlow,
    Kind::HubClock,
    Kind::NodeClock,
    Kind::Flood,
    Kind::Farewell,
];

/// Does things to the world until it is healed.
pub(super) struct Faults {
    pub(super) host: Arc<Host>,
    pub(super) agents: Vec<Arc<Agent>>,
    pub(super) callers: Vec<Arc<Caller>>,
    pub(super) history: Arc<History>,
    pub(super) tasks: TaskTracker,
    pub(super) chance: Chance,
    /// Those that there are; by chance if none is named.
    pub(super) kinds: &'static [Kind],
}

impl Faults {
    /// Trouble for so long.
    pub(super) async fn rage(&mut self, time: Duration) {
        let share = *self.chance.pick(&[10, 30, 60]);
        let chance = &mut self.chance;
        let drawn = KINDS.into_iter().filter(|_| chance.percent(share));
        let kinds: Vec<Kind> = match self.kinds {
            [] => drawn.collect(),
            named => named.to_vec(),
        };
        let most = *self.chance.pick(&[1_500, 4_000, 9_000]);
        let end = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < end {
            let pause = self.chance.ms(200, most);
            tokio::time::sleep(pause).await;
            if !kinds.is_empty() {
                let kind = *self.chance.pick(&kinds);
                self.strike(kind);
            }
        }
    }

    fn strike(&mut self, kind: Kind) {
        let agent = Arc::clone(self.chance.pick(&self.agents));
        self.history
            .note(Event::Fault(format!("{kind:?} {}", agent.node)));
        match kind {
            Kind::AgentCrash | Kind::MachineCrash => self.crash(agent, kind),
            Kind::Partition | Kind::HalfOpen => self.part(agent, kind),
            Kind::Far => {
                agent.path.set_latency(FAR);
                self.later((4_000, 12_000), move || agent.path.set_latency(USUAL));
            }
            Kind::Mood(mood) => {
                agent.feels(mood);
                self.later((2_000, 20_000), move || agent.feels(Mood::Well));
            }
            Kind::Kill => self.host.kill(),
            Kind::PowerCut => self.host.cut_power(),
            Kind::PowerCutAtOperation => {
                let operations = u32::try_from(self.chance.below(9)).expect("is small");
                self.host.disk.lose_power_after(operations);
            }
            Kind::Stop => {
                let host = Arc::clone(&self.host);
                self.tasks.spawn(async move { host.stop().await });
            }
            Kind::DiskFails(trouble) => {
                self.host.disk.trouble(Some(trouble));
                let host = Arc::clone(&self.host);
                self.later((1_000, 6_000), move || host.disk.trouble(None));
            }
            Kind::DiskSlow => {
                self.host.slow_disk(50 + self.chance.below(750));
                let host = Arc::clone(&self.host);
                self.later((1_000, 6_000), move || host.slow_disk(0));
            }
            Kind::HubClock => {
                let by = *self
                    .chance
                    .pick(&[-7_200_000, -60_000, -1_500, 20_000, 270_000, 5_000_000]);
                self.host.set_clock_off(by);
                let host = Arc::clone(&self.host);
                self.later((1_000, 20_000), move || host.set_clock_off(0));
            }
            Kind::Flood => {
                let caller = self.callers.iter().find(|caller| caller.node == agent.node);
                caller.expect("each node asks").flood();
            }
            Kind::Farewell => {
                agent.leave();
                self.later((500, 4_000), move || {
                    agent.crash();
                    agent.start();
                });
            }
            Kind::NodeClock => {
                let by = *self.chance.pick(&[-100_000, -5_000, 10_000, 40_000]);
                agent.clock.set_off(by);
                self.later((1_000, 20_000), move || agent.clock.set_off(0));
            }
        }
    }

    /// A process that dies is heard of at once, a machine by keep-alive alone.
    fn crash(&mut self, agent: Arc<Agent>, kind: Kind) {
        agent.crash();
        agent.path.cut_at_node();
        if kind == Kind::AgentCrash {
            agent.path.cut_at_hub();
        } else {
            agent.path.silence(true);
            let path = Arc::clone(&agent.path);
            self.later(KEEP_ALIVE, move || path.cut_at_hub());
        }
        self.later((100, 6_000), move || {
            // Two crashes in a row are one: only one process comes back.
            agent.path.silence(false);
            agent.crash();
            agent.start();
        });
    }

    /// Nothing passes. Both ends give up by themselves; of a half-open path one does so at once.
    fn part(&mut self, agent: Arc<Agent>, kind: Kind) {
        agent.path.stall(true);
        let lasts = self.chance.ms(300, 15_000);
        let ends = [self.chance.percent(50), self.chance.percent(50)];
        for at_hub in ends {
            let path = Arc::clone(&agent.path);
            let after = if kind == Kind::HalfOpen && at_hub {
                (0, 1)
            } else {
                KEEP_ALIVE
            };
            self.later(after, move || {
                // A path that is well again in time loses nothing.
                if !path.is_stalled() && kind == Kind::Partition {
                    return;
                }
                if at_hub {
                    path.cut_at_hub()
                } else {
                    path.cut_at_node()
                }
            });
        }
        self.tasks.spawn(async move {
            tokio::time::sleep(lasts).await;
            agent.path.stall(false);
        });
    }

    fn later(&mut self, after: (u64, u64), what: impl FnOnce() + Send + 'static) {
        let pause = self.chance.ms(after.0, after.1);
        self.tasks.spawn(async move {
            tokio::time::sleep(pause).await;
            what();
        });
    }

    /// One node goes and stays away.
    pub(super) fn lose_node(&mut self) {
        let agent = Arc::clone(&self.agents[1]);
        self.tasks.spawn(async move {
            loop {
                agent.crash();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
    }

    /// Everything is well from now on.
    pub(super) fn heal(&mut self) {
        self.host.disk.trouble(None);
        self.host.slow_disk(0);
        self.host.set_clock_off(0);
        for agent in &self.agents {
            agent.clock.set_off(0);
            agent.feels(Mood::Well);
            agent.path.set_latency(USUAL);
            agent.path.stall(false);
            agent.path.silence(false);
        }
        self.history.note(Event::Healed);
    }
}
