//! What a hub still answers under ten times what it can: first more and more callers, each asking
//! again when it is answered (closed loop), of which the best rate is what it can do; then ten
//! times that rate whether or not it answers (open loop). What must hold is judged in
//! `bench_overload/verdict.rs`.
//!
//! The questions go past an agent, signed with its keys, so that the callers cost little. The
//! places are few, and one of the centers' systems takes 20 ms, so that places are what is scarce,
//! and not the processors, which hub, agents and callers share here.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement is read on a terminal"
)]

mod caller;
mod memory;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use sandbox::rogue::{FalseAgent, Manner, Thief};
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use sandbox::world::Node;
use tokio::time::{Instant, MissedTickBehavior};
use wire::{LimitName, SystemClock};

use crate::quotas;
use crate::usage::Usage;
use caller::{Callers, Heard};
use memory::Memory;
use verdict::Verdict;

/// The center whose system takes its time.
const WORKING: Node = Node::Tielu;
/// How many times what it can do is asked of the hub.
const OVERLOAD: u32 = 10;
/// Questions are sent in portions, so many a second.
const PORTIONS: u32 = 200;
/// So many times as many callers as there are places and one that waits, one after the other.
const CROWDS: [u32; 4] = [1, 2, 3, 6];
/// A row that does so much of the best, in percent, with the fewest callers shows how long an
/// answer takes at the peak: more callers only wait longer.
const AT_PEAK: usize = 95;

/// How a bench of overload runs.
#[derive(Debug, Args)]
pub(crate) struct BenchOverload {
    /// Folder for everything that the star writes.
    #[arg(long, default_value = "target/bench-overload")]
    home: PathBuf,
    /// Seconds of each part.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Questions that the hub works on at once.
    #[arg(long, default_value_t = 2)]
    places: u32,
    /// Questions that may wait.
    #[arg(long, default_value_t = 32)]
    queue: u32,
}

/// Runs it to its end.
pub(crate) fn run(bench: &BenchOverload) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let measured = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(measured(bench)));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tianshu-sandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measured(bench: &BenchOverload) -> anyhow::Result<()> {
    let options = StarOptions {
        people: 2_000,
        seed: 20_260_101,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    let mut star = Star::prepare(&bench.home, &options, &mut |_, _, _| {})?;
    limit(&star, bench)?;
    let told = async {
        star.start().await?;
        star.stop_agent(WORKING).await?;
        let agent = FalseAgent::in_place_of(Thief::robbing(star.home(), WORKING)?)?;
        agent.be(Manner::Working);
        star.wait_attached(&[WORKING]).await?;
        overload(bench, &star).await
    }
    .await;
    star.stop().await.context("the star did not stop cleanly")?;
    told
}

/// Few places, a short queue, and quotas that nobody meets: what is measured is the shedding.
fn limit(star: &Star, bench: &BenchOverload) -> anyhow::Result<()> {
    let limits = quotas::that_nobody_meets()
        .with(LimitName::InFlightMax, bench.places)
        .with(LimitName::QueueMax, bench.queue);
    quotas::lay(star, &limits)
}

/// Some callers, and what they heard.
struct Row {
    callers: u32,
    heard: Heard,
    from: Usage,
    to: Usage,
}

impl Row {
    fn processor(&self) -> Duration {
        self.to.processor.saturating_sub(self.from.processor)
    }
}

/// What the hub keeps of an answer where nothing is refused, in bytes: the use of a case, who asked
/// about whom, the search index's cache. The first row fills what is filled once.
fn kept(rows: &[Row]) -> u64 {
    let [first, .., last] = rows else {
        return 0;
    };
    let more = last.to.memory.saturating_sub(first.to.memory);
    let answers: usize = rows.iter().skip(1).map(|row| row.heard.answered()).sum();
    more / u64::from(count(answers))
}

/// More and more callers, one row after the other.
async fn sweep(bench: &BenchOverload, callers: &Callers, pid: u32) -> anyhow::Result<Vec<Row>> {
    let time = Duration::from_secs(bench.seconds);
    println!("| | answered/s | refused/s | p50 | p99 | hub's memory | hub's processor |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let mut rows = Vec::new();
    for crowd in CROWDS {
        let asking = (bench.places + 1) * crowd;
        let from = Usage::of(pid)?;
        let heard = closed(callers, asking, time).await?;
        let to = Usage::of(pid)?;
        row(&format!("{asking} callers"), &heard, time, (from, to));
        rows.push(Row {
            callers: asking,
            heard,
            from,
            to,
        });
    }
    Ok(rows)
}

async fn overload(bench: &BenchOverload, star: &Star) -> anyhow::Result<()> {
    let pid = star.hub_pid().context("the hub does not run")?;
    let time = Duration::from_secs(bench.seconds);
    let callers = Callers::connect(star).await?;
    // What the first questions find cold is not measured.
    closed(&callers, bench.places + 1, time / 10).await?;
    let rows = sweep(bench, &callers, pid).await?;
    let best = rows
        .iter()
        .map(|row| row.heard.answered())
        .max()
        .unwrap_or(0);
    let peak = rows
        .iter()
        .find(|row| row.heard.answered() * 100 >= best * AT_PEAK);
    let peak = peak.context("nobody asked")?;
    let each_second = u32::try_from(best)? / u32::try_from(bench.seconds.max(1))?;
    ensure!(each_second > 0, "nothing was answered");
    let from = Usage::of(pid)?;
    let watched = Memory::watch(pid);
    let still = open(&callers, each_second * OVERLOAD, time).await?;
    let memory = watched.ended().await?;
    let to = Usage::of(pid)?;
    row("ten times the best", &still, time, (from, to));
    let answer = peak.processor() / count(peak.heard.answered());
    let used = to.processor.saturating_sub(from.processor);
    let refusals = used.saturating_sub(answer * count(still.answered()));
    let verdict = Verdict {
        peak: best,
        answered: still.answered(),
        refused: still.refused(),
        broken: still.broken(),
        p99_at_peak: peak.heard.at(99),
        p99: still.at(99),
        queue_wait: quotas::that_nobody_meets().time(LimitName::QueueWaitMax),
        answer,
        refusal: refusals / count(still.refused()),
        memory,
        kept: kept(&rows),
    };
    println!(
        "\nat the peak: {} callers; refused: {:?}",
        peak.callers,
        still.codes()
    );
    println!("{verdict}");
    let faults = verdict.faults();
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

fn row(name: &str, heard: &Heard, time: Duration, (from, to): (Usage, Usage)) {
    let seconds = usize::try_from(time.as_secs().max(1)).unwrap_or(1);
    let used = to.processor.saturating_sub(from.processor).as_secs_f64() / time.as_secs_f64();
    println!(
        "| {name} | {} | {} | {:?} | {:?} | {} -> {} MiB | {used:.2} |",
        heard.answered() / seconds,
        heard.refused() / seconds,
        heard.at(50),
        heard.at(99),
        from.memory >> 20,
        to.memory >> 20,
    );
}

fn count(number: usize) -> u32 {
    u32::try_from(number.max(1)).unwrap_or(u32::MAX)
}

/// So many callers, each asking again when it has heard.
async fn closed(callers: &Callers, asking_at_once: u32, time: Duration) -> anyhow::Result<Heard> {
    let end = Instant::now() + time;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..asking_at_once {
        let callers = callers.clone();
        asking.spawn(async move {
            let mut heard = Heard::default();
            while Instant::now() < end {
                heard.add(callers.ask().await);
            }
            heard
        });
    }
    let mut heard = Heard::default();
    while let Some(one) = asking.join_next().await {
        heard.merge(one?);
    }
    Ok(heard)
}

/// So many questions a second, whatever becomes of them.
async fn open(callers: &Callers, each_second: u32, time: Duration) -> anyhow::Result<Heard> {
    let begun = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / PORTIONS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asking = tokio::task::JoinSet::new();
    let mut heard = Heard::default();
    let mut sent = 0_u32;
    while begun.elapsed() < time {
        tick.tick().await;
        let due = begun.elapsed().min(time).as_secs_f64() * f64::from(each_second);
        while f64::from(sent) < due {
            let callers = callers.clone();
            asking.spawn(async move { callers.ask().await });
            sent += 1;
        }
        while let Some(one) = asking.try_join_next() {
            heard.add(one?);
        }
    }
    while let Some(one) = asking.join_next().await {
        heard.add(one?);
    }
    Ok(heard)
}
