//! What the callers of three centers notice of the trouble of a fourth: a false agent stands in the
//! place of 国管 and is sick in every way in turn, each time between two healthy phases of the same
//! run. Two streams of questions go on all the while whether or not they are answered: one to the
//! other three alone, one to all four.
//!
//! The questions go past an agent, signed with its keys, so that the callers cost little.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement is read on a terminal"
)]

mod load;
mod phases;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use sandbox::rogue::{FalseAgent, Manner, Thief};
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use sandbox::world::Node;
use wire::SystemClock;

use crate::quotas;
use load::{Load, Rates};
use phases::Course;

/// The center whose agent is sick.
const SICK: Node = Node::Guoguan;

/// How often a trouble is measured at most, until the healthy phases around it are alike.
const TRIES_MAX: u32 = 3;

/// How a bench of bulkheads runs.
#[derive(Debug, Args)]
pub(crate) struct BenchBulkhead {
    /// Folder for everything that the star writes.
    #[arg(long, default_value = "target/bench-bulkhead")]
    home: PathBuf,
    /// Seconds of each phase, healthy or sick.
    #[arg(long, default_value_t = 9)]
    seconds: u64,
    /// Questions a second to the other three centers.
    #[arg(long, default_value_t = 100)]
    others: u32,
    /// Questions a second to all four.
    #[arg(long, default_value_t = 40)]
    all: u32,
    /// What the callers of all four wait, in milliseconds.
    #[arg(long, default_value_t = 1_300)]
    deadline_ms: u32,
    /// Only these manners, by name; all of them if none is named.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// Runs it to its end.
pub(crate) fn run(bench: &BenchBulkhead) -> ExitCode {
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

async fn measured(bench: &BenchBulkhead) -> anyhow::Result<()> {
    let manners = manners(&bench.only)?;
    let options = StarOptions {
        people: 2_000,
        seed: 20_260_101,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    let mut star = Star::prepare(&bench.home, &options, &mut |_, _, _| {})?;
    quotas::lay(&star, &quotas::that_nobody_meets())?;
    let told = async {
        star.start().await?;
        star.stop_agent(SICK).await?;
        let agent = FalseAgent::in_place_of(Thief::robbing(star.home(), SICK)?)?;
        star.wait_attached(&[SICK]).await?;
        bulkheads(bench, &star, &agent, &manners).await
    }
    .await;
    star.stop().await.context("the star did not stop cleanly")?;
    told
}

fn manners(only: &[String]) -> anyhow::Result<Vec<Manner>> {
    for name in only {
        let is_known = Manner::SICK.iter().any(|manner| manner.name() == name);
        ensure!(is_known, "there is no manner `{name}`");
    }
    let is_wanted = |manner: &Manner| only.is_empty() || only.iter().any(|n| n == manner.name());
    Ok(Manner::SICK.into_iter().filter(is_wanted).collect())
}

async fn bulkheads(
    bench: &BenchBulkhead,
    star: &Star,
    agent: &FalseAgent,
    manners: &[Manner],
) -> anyhow::Result<()> {
    let rates = Rates {
        others: bench.others,
        all: bench.all,
        deadline_ms: bench.deadline_ms,
    };
    let load = Load::begin(star, rates).await?;
    let course = Course {
        star,
        agent,
        load: &load,
        time: Duration::from_secs(bench.seconds),
        hub: star.hub_pid().context("the hub does not run")?,
    };
    // What the first questions find cold is not measured.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut told = Vec::new();
    let mut before = course.healthy().await?;
    for manner in manners {
        for again in (0..TRIES_MAX).rev() {
            let trouble = course.trouble(*manner).await?;
            let after = course.healthy().await?;
            eprintln!("{}", report::in_short(&trouble));
            let one = report::Told {
                before,
                trouble,
                after: after.clone(),
            };
            before = after;
            if again == 0 || one.is_calm(&load.heard_since(one.before.from)) {
                told.push(one);
                break;
            }
        }
    }
    let heard = load.end().await;
    println!("{}", report::table(&told, &heard));
    let waits = Duration::from_millis(u64::from(bench.deadline_ms));
    report::judge(&told, &heard, waits)
}
