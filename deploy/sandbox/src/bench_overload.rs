//! What a hub still answers under ten times what it can: first as many callers as it has places,
//! each asking again when it is answered (closed loop), which shows what it can do; then ten times
//! that rate whether or not it answers (open loop).
//!
//! The questions go past an agent, signed with its keys, so that the callers cost little. The
//! places are few, so that they are what is scarce, and not the processors, which hub, agents and
//! callers share here.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement is read on a terminal"
)]

mod caller;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use tokio::time::{Instant, MissedTickBehavior};
use wire::{LimitName, SystemClock};

use crate::quotas;
use crate::usage::Usage;
use caller::{Callers, Heard};

/// How many times what it can do is asked of the hub.
const OVERLOAD: u32 = 10;
/// Questions are sent in portions, so many a second.
const PORTIONS: u32 = 200;
/// What the hub must still do of what it can, in percent.
const GOODPUT_MIN: u32 = 90;

/// How a bench of overload runs.
#[derive(Debug, Args)]
pub(crate) struct BenchOverload {
    /// Folder for everything that the star writes.
    #[arg(long, default_value = "target/bench-overload")]
    home: PathBuf,
    /// Seconds of each of the two parts.
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

async fn overload(bench: &BenchOverload, star: &Star) -> anyhow::Result<()> {
    let pid = star.hub_pid().context("the hub does not run")?;
    let time = Duration::from_secs(bench.seconds);
    let callers = Callers::connect(star).await?;
    // What the first questions find cold is not measured.
    closed(&callers, bench.places, time / 10).await?;
    let before = Usage::of(pid)?;
    let can = closed(&callers, bench.places, time).await?;
    let between = Usage::of(pid)?;
    let each_second =
        u32::try_from(can.answered()).unwrap_or(u32::MAX) / u32::try_from(bench.seconds)?;
    ensure!(each_second > 0, "nothing was answered");
    let still = open(&callers, each_second * OVERLOAD, time).await?;
    let after = Usage::of(pid)?;
    println!("| | answered/s | refused/s | p50 | p99 | hub's memory | hub's processor |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    row("as fast as it answers", &can, time, (before, between));
    row("ten times that", &still, time, (between, after));
    let answer = between.processor.saturating_sub(before.processor) / count(can.answered());
    let refusals = (after.processor.saturating_sub(between.processor))
        .saturating_sub(answer * count(still.answered()));
    println!(
        "\nan answer costs the hub {answer:?}, a refusal {:?}",
        refusals / count(still.refused())
    );
    println!("refused: {:?}", still.codes());
    let goodput = still.answered() * 100 / can.answered().max(1);
    println!("goodput: {goodput} % of what it can");
    ensure!(
        still.broken() == 0,
        "{} questions were lost",
        still.broken()
    );
    ensure!(
        goodput >= usize::try_from(GOODPUT_MIN)?,
        "it answers less than {GOODPUT_MIN} % of what it can"
    );
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

/// As many callers as there are places and one that waits, each asking again when it has heard.
async fn closed(callers: &Callers, places: u32, time: Duration) -> anyhow::Result<Heard> {
    let end = Instant::now() + time;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..=places {
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
    let end = Instant::now() + time;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / PORTIONS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asking = tokio::task::JoinSet::new();
    let mut heard = Heard::default();
    let portion = (each_second / PORTIONS).max(1);
    while Instant::now() < end {
        tick.tick().await;
        for _ in 0..portion {
            let callers = callers.clone();
            asking.spawn(async move { callers.ask().await });
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
