//! The course of a bench: healthy phases, and troubles with what follows them.

use std::time::Duration;

use anyhow::Context as _;
use sandbox::metrics::{highest, sum};
use sandbox::rogue::{FalseAgent, Manner};
use sandbox::star::Star;
use tokio::time::Instant;

use super::SICK;
use super::load::{Load, Whom, Word};
use crate::usage::Usage;

/// What the hub's metrics say of a breaker that lets nothing through.
const OPEN: u64 = 2;
/// How often the hub's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often it is asked whether the sick one is back.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// How long it is waited for that.
const BACK_WAIT: Duration = Duration::from_secs(12);
/// After so long without a missing answer it is back.
const STEADY: Duration = Duration::from_millis(1_500);
/// How long a second trouble lasts, after which nobody asks.
const AGAIN: Duration = Duration::from_millis(2_500);
/// What is under way at its end may end so long.
const LAST_WORDS: Duration = Duration::from_millis(800);
/// A pause between two calls that is longer than those of the load.
const CALLS_STOPPED: Duration = Duration::from_millis(500);

/// A part of the run.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    pub(super) from: Instant,
    pub(super) until: Instant,
    /// The most that the hub held, in bytes.
    pub(super) memory: u64,
    /// Processor time that the hub used, by the time that went by.
    pub(super) processor: f64,
}

/// A sick phase and its aftermath.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) manner: Manner,
    pub(super) phase: Phase,
    /// From the beginning until the last call before they stopped; none where they never did.
    pub(super) stopped: Option<Duration>,
    /// From the third call that went wrong, which is the threshold, until then.
    pub(super) after_threshold: Option<Duration>,
    /// Calls after they had stopped: trials whether it is well.
    pub(super) trials: usize,
    /// From health until no answer was missing any more, with questions all the while.
    pub(super) back: Option<Duration>,
    /// From health until the next question would be let through, with none meanwhile.
    pub(super) back_unasked: Option<Duration>,
}

/// What a course needs.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) star: &'a Star,
    pub(super) agent: &'a FalseAgent,
    pub(super) load: &'a Load,
    pub(super) time: Duration,
    pub(super) hub: u32,
}

impl Course<'_> {
    /// A phase in which everybody is well.
    pub(super) async fn healthy(&self) -> anyhow::Result<Phase> {
        self.phase(self.time).await
    }

    /// A sick phase, the way back with questions, a shorter one, and the way back without.
    pub(super) async fn trouble(&self, manner: Manner) -> anyhow::Result<Trouble> {
        self.agent.be(manner);
        let phase = self.phase(self.time).await?;
        let (stopped, trials) = self.stopped(&phase);
        let threshold = self.threshold(&phase);
        self.agent.be(Manner::Healthy);
        let back = self.back().await;
        self.agent.be(manner);
        tokio::time::sleep(AGAIN).await;
        self.load.ask_all(false);
        tokio::time::sleep(LAST_WORDS).await;
        self.agent.be(Manner::Healthy);
        let back_unasked = self.back_unasked().await?;
        self.load.ask_all(true);
        // A trouble that is over for the breakers may not be over for the callers.
        self.back().await;
        Ok(Trouble {
            manner,
            after_threshold: stopped
                .map(|stopped| stopped.saturating_sub(threshold.unwrap_or_default())),
            stopped,
            phase,
            trials,
            back,
            back_unasked,
        })
    }

    async fn phase(&self, time: Duration) -> anyhow::Result<Phase> {
        let (from, before) = (Instant::now(), Usage::of(self.hub)?);
        let mut memory = 0;
        while from.elapsed() < time {
            memory = memory.max(Usage::of(self.hub)?.memory);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let used = Usage::of(self.hub)?.processor;
        let used = used.saturating_sub(before.processor);
        Ok(Phase {
            from,
            until: Instant::now(),
            memory,
            processor: used.as_secs_f64() / from.elapsed().as_secs_f64(),
        })
    }

    /// The last call before the first pause, and how many came after it.
    fn stopped(&self, phase: &Phase) -> (Option<Duration>, usize) {
        let asked = self.agent.asked();
        let asked = asked.iter().copied();
        let calls: Vec<_> = asked
            .filter(|at| (phase.from..phase.until).contains(at))
            .collect();
        let mut last = phase.from;
        for (nth, at) in calls.iter().enumerate() {
            if *at - last >= CALLS_STOPPED {
                return (Some(last - phase.from), calls.len() - nth);
            }
            last = *at;
        }
        let have_stopped = phase.until - last >= CALLS_STOPPED;
        (have_stopped.then(|| last - phase.from), 0)
    }

    /// When the third of the calls that went wrong had done so.
    fn threshold(&self, phase: &Phase) -> Option<Duration> {
        let heard = self.load.heard_since(phase.from);
        let wrong = heard
            .iter()
            .filter(|asked| asked.word == Word::Without { asked: true });
        let mut ends: Vec<_> = wrong.map(|asked| asked.begun + asked.took).collect();
        ends.sort_unstable();
        let third = ends.get(2).or(ends.last());
        third.map(|end| *end - phase.from)
    }

    async fn back(&self) -> Option<Duration> {
        let well = Instant::now();
        loop {
            tokio::time::sleep(ASK_EVERY).await;
            let heard = self.load.heard_since(well);
            let of_all = heard.iter().filter(|asked| asked.whom == Whom::All);
            let missing = of_all.filter(|asked| matches!(asked.word, Word::Without { .. }));
            let last = missing.map(|asked| asked.begun - well).max();
            let steady_since = last.unwrap_or_default();
            if well.elapsed() >= steady_since + STEADY {
                return Some(steady_since);
            }
            if well.elapsed() >= BACK_WAIT {
                return None;
            }
        }
    }

    async fn back_unasked(&self) -> anyhow::Result<Option<Duration>> {
        let well = Instant::now();
        while well.elapsed() < BACK_WAIT {
            let text = self.star.hub_metrics().await.context("the hub is well")?;
            let links = sum(&text, "hub_node_links", &[("node", SICK.id())]);
            let worst = highest(&text, "hub_breaker_state", &[("node", SICK.id())]);
            if links > 0 && worst < OPEN {
                return Ok(Some(well.elapsed()));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok(None)
    }
}
