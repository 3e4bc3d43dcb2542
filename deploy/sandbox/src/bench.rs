//! How long somebody at a counter waits, alone and beside a running list: the same questions, one
//! after the other, in rounds that alternate, so that whatever else the machine does meets both.
//! It refuses to call a round measured in which a question or a line was not answered.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement is read on a terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use sandbox::client::{Ask, Desk};
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use sandbox::world::{Node, ROSTER_CASE, ROSTER_LINES};
use serde_json::json;
use wire::SystemClock;

/// Flow of the questions at the counter, and of the list.
const COUNTER: &str = "F05";
const LIST: &str = "F06";
/// Ordinary cases of each center that are tried; a few of them are of the counter's matter.
const CASES_TRIED: usize = 120;
/// Questions that one case of the counter may ask.
const ASKS_PER_CASE: usize = 20;
/// Pause of a clerk between two questions.
const THINKS: Duration = Duration::from_millis(20);

/// How a bench of lists runs.
#[derive(Debug, Args)]
pub(crate) struct BenchLists {
    /// Folder for everything that the star writes.
    #[arg(long, default_value = "target/bench-lists")]
    home: PathBuf,
    /// How often both are measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Questions alone, in each round.
    #[arg(long, default_value_t = 60)]
    asks: usize,
    /// Agents keep no values beside their logs, to see what keeping them costs.
    #[arg(long)]
    keep_nothing: bool,
}

/// Runs it to its end.
pub(crate) fn run(bench: &BenchLists) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
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

async fn measured(bench: &BenchLists) -> anyhow::Result<()> {
    let options = StarOptions {
        people: 2_000,
        seed: 20_260_101,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    let year = options.now.year();
    let mut star = Star::prepare(&bench.home, &options, &mut |_, _, _| {})?;
    if bench.keep_nothing {
        keep_nothing(&star)?;
    }
    let told = async {
        star.start().await?;
        let mut counters = Counters::open(&star, year).await?;
        rounds(bench, &star, &mut counters).await
    }
    .await;
    star.stop().await.context("the star did not stop cleanly")?;
    told
}

fn keep_nothing(star: &Star) -> anyhow::Result<()> {
    for node in Node::ALL {
        let file = star.home().node(node).join("agent.toml");
        let text = std::fs::read_to_string(&file)?;
        std::fs::write(&file, text.replace("[book]\n", "[book]\nkeep_days = 0\n"))?;
    }
    Ok(())
}

async fn rounds(bench: &BenchLists, star: &Star, counters: &mut Counters) -> anyhow::Result<()> {
    let (mut alone, mut beside, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    // What the first questions find cold is not measured.
    for _ in 0..ASKS_PER_CASE {
        counters.ask().await?;
    }
    for _ in 0..bench.rounds {
        for _ in 0..bench.asks {
            alone.push(counters.ask().await?);
        }
        lists.push(list(star, counters, &mut beside).await?);
    }
    println!("| | questions | median | p90 | p99 |\n|---|--:|--:|--:|--:|");
    for (name, times) in [("alone", &mut alone), ("beside a list", &mut beside)] {
        times.sort();
        let at = |percent| millis(percentile(times, percent));
        println!(
            "| {name} | {} | {} | {} | {} |",
            times.len(),
            at(50),
            at(90),
            at(99)
        );
    }
    let ratio = percentile(&beside, 50).as_secs_f64() / percentile(&alone, 50).as_secs_f64();
    println!("\nmedian beside a list: {ratio:.2} of that alone");
    for took in lists {
        println!(
            "a list of {ROSTER_LINES} lines: {:.1} s",
            took.as_secs_f64()
        );
    }
    Ok(())
}

/// One list to its end, and the questions asked meanwhile.
async fn list(
    star: &Star,
    counters: &mut Counters,
    beside: &mut Vec<Duration>,
) -> anyhow::Result<Duration> {
    let desk = star.desk(Node::Guoguan, "0500")?;
    let open = desk.open(ROSTER_CASE, LIST).await?;
    let begun = Instant::now();
    let listing = desk.list(&json!({ "case": open.case })).await?;
    let mut rest = std::pin::pin!(listing.rest());
    let (_, summary) = loop {
        tokio::select! {
            ended = &mut rest => break ended?,
            asked = counters.ask() => beside.push(asked?),
        }
    };
    ensure!(
        summary.answered == ROSTER_LINES,
        "not every line was answered"
    );
    Ok(begun.elapsed())
}

/// Counters of all centers with cases that may still ask.
struct Counters {
    cases: Vec<(Desk, String, usize)>,
    next: usize,
}

impl Counters {
    async fn open(star: &Star, year: i32) -> anyhow::Result<Self> {
        let mut cases = Vec::new();
        for (node, prefix) in [
            (Node::Guoguan, "GG"),
            (Node::City, "CT"),
            (Node::Zhongzhi, "ZZ"),
        ] {
            for order in 1..=CASES_TRIED {
                // A clerk asks a few times a minute: each case has one of its own.
                let desk = star.desk(node, &format!("b{order:03}"))?;
                // Most cases are of another matter, closed or without consent.
                let opened = desk
                    .open(&format!("{prefix}{year}{order:06}"), COUNTER)
                    .await;
                if let Ok(open) = opened {
                    cases.push((desk, open.case, ASKS_PER_CASE));
                }
            }
        }
        let mut counters = Self { cases, next: 0 };
        counters.keep_those_that_ask().await;
        ensure!(!counters.cases.is_empty(), "no case may ask in {COUNTER}");
        Ok(counters)
    }

    /// A case without consent opens and asks nothing.
    async fn keep_those_that_ask(&mut self) {
        let mut kept = Vec::new();
        for (desk, case, left) in std::mem::take(&mut self.cases) {
            if ask(&desk, &case).await.is_ok() {
                kept.push((desk, case, left - 1));
            }
        }
        self.cases = kept;
    }

    /// How long the next question takes; the counters take turns.
    async fn ask(&mut self) -> anyhow::Result<Duration> {
        tokio::time::sleep(THINKS).await;
        self.cases.retain(|(_, _, left)| *left > 0);
        ensure!(
            !self.cases.is_empty(),
            "every case has asked as often as it may"
        );
        self.next = (self.next + 1) % self.cases.len();
        let (desk, case, left) = self.cases.get_mut(self.next).context("a case")?;
        *left -= 1;
        ask(desk, case).await
    }
}

async fn ask(desk: &Desk, case: &str) -> anyhow::Result<Duration> {
    let question = Ask {
        case: case.to_owned(),
        ..Ask::default()
    };
    let begun = Instant::now();
    let answer = desk.ask(&question).await?;
    let took = begun.elapsed();
    ensure!(
        answer.lamps.len() == Node::ALL.len(),
        "not every center is in the answer"
    );
    Ok(took)
}

/// Of times in order.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}

fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
}
