//! Ten minutes of mixed load with random troubles, and what must be true at the end: every answer
//! that somebody has is on record, every question has one decision and one end, the books of all
//! sides agree, and neither memory nor descriptors grow.
//!
//! Troubles follow from a seed. In the first half processes are killed too; in the second they only
//! hang or cannot be reached, so that each lives long enough for its memory to be judged. With
//! `--without-kills` nobody is killed at all, and a small leak is found.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement is read on a terminal"
)]

mod books;
mod clerks;
mod heard;
mod lists;
mod samples;
mod troubles;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use sandbox::black_hole::BlackHole;
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use sandbox::world::Node;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::SystemClock;

use heard::Heard;
use samples::{Judged, Samples};

/// The center that packets to and from can vanish.
const BEHIND_THE_HOLE: Node = Node::Zhongzhi;
/// The flow of the counters, and what it says of how often a case may ask.
const FLOW_FILE: &str = "rules/flows/F05.toml";
const FEW_ASKS: &str = "asks_per_case = 20";
const MANY_ASKS: &str = "asks_per_case = 10000";
/// What is under way at the end may end so long.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// How a soak runs.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// Folder for everything that the star writes.
    #[arg(long, default_value = "target/soak")]
    home: PathBuf,
    /// Minutes of load.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Seconds of load, in place of minutes.
    #[arg(long)]
    seconds: Option<u64>,
    /// From which the troubles follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Nobody is killed, and memory is judged more strictly: five minutes at least.
    #[arg(long)]
    without_kills: bool,
    /// Counters of each of three centers.
    #[arg(long, default_value_t = 8)]
    counters: usize,
}

/// Runs it to its end.
pub(crate) fn run(soak: &Soak) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let soaked = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(soaked(soak)));
    match soaked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tianshu-sandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn soaked(soak: &Soak) -> anyhow::Result<()> {
    let options = StarOptions {
        people: 2_000,
        seed: 20_260_101,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    let year = options.now.year();
    let mut star = Star::prepare(&soak.home, &options, &mut |_, _, _| {})?;
    let hole = BlackHole::before(star.home().link()).await?;
    hole.lead(&star, BEHIND_THE_HOLE)?;
    let_cases_ask(&star)?;
    star.start().await?;
    let (heard, samples) = (Heard::default(), Samples::default());
    let lasted = loaded(soak, &mut star, &hole, year, (&heard, &samples)).await;
    star.stop().await.context("the star did not stop cleanly")?;
    println!("{}", lasted?);
    println!("{heard}");
    let judged = if soak.without_kills {
        Judged::Fifths
    } else {
        Judged::Thirds
    };
    println!("{}", samples.table(judged));
    let books = books::Books::of(&star)?;
    println!("{books}");
    let grown = samples.faults(judged, |process| books.entries(process));
    let faults = [heard.faults(), grown, books.faults(&heard)].concat();
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    println!("nothing lost, nothing twice, nothing unexplained");
    Ok(())
}

/// A case of the world asks a few times in its life; here each asks all the while.
fn let_cases_ask(star: &Star) -> anyhow::Result<()> {
    let homes = Node::ALL.map(|node| star.home().node(node));
    for home in homes.iter().chain([&star.home().dir().join("hub")]) {
        let file = home.join(FLOW_FILE);
        let text = std::fs::read_to_string(&file)?;
        ensure!(text.contains(FEW_ASKS), "the flow says otherwise");
        std::fs::write(&file, text.replace(FEW_ASKS, MANY_ASKS))?;
        wire::seal(&home.join("rules"))?;
    }
    Ok(())
}

/// Load and troubles until the time is over; gives the troubles.
async fn loaded(
    soak: &Soak,
    star: &mut Star,
    hole: &BlackHole,
    year: i32,
    (heard, samples): (&Heard, &Samples),
) -> anyhow::Result<troubles::Troubles> {
    let time = soak.seconds.unwrap_or(soak.minutes * 60);
    let time = Duration::from_secs(time);
    let counters = clerks::counters(star, year, soak.counters).await?;
    let stopping = CancellationToken::new();
    let mut load = JoinSet::new();
    for counter in counters {
        let clerk = counter.serve(heard.clone(), soak.seed, stopping.clone());
        load.spawn(clerk);
    }
    load.spawn(lists::ask(
        star.desk(Node::Guoguan, "0500")?,
        heard.clone(),
        stopping.clone(),
    ));
    let until = Instant::now() + time;
    samples.watch(star);
    let sampling = samples.clone().take(stopping.clone());
    let troubled = async {
        let met =
            troubles::meet(star, hole, samples, (soak.seed, !soak.without_kills), until).await;
        stopping.cancel();
        met
    };
    let (met, ()) = tokio::join!(troubled, sampling);
    while let Some(ended) = load.join_next().await {
        ended?;
    }
    // Whatever is under way gets its end on record.
    tokio::time::sleep(LAST_WORDS).await;
    met
}
