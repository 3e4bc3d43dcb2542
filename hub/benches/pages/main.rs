//! How long the staff's pages take over a long log: a real journal, index and publisher behind the
//! real router, asked by a signed-in member of the staff, in this process and without TLS.
//!
//! `make bench-pages`; `ENTRIES=10000000 make bench-pages` for another size. The log is made once
//! and kept under `target/`. A page that takes longer than its bound fails the run.
//!
//! A room adds its pages in `asks.rs`, and those of rooms beside Audit in `asks/rooms.rs`, a line
//! each.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark prints what it measured, and fails where it cannot measure"
)]

mod asks;
mod house;
mod made;
mod rows;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use asks::{ASKS, Page, ROOMS};
use house::House;

/// Sizes of the log, unless told otherwise.
const SIZES: [u64; 2] = [100_000, 1_000_000];
/// How often a page is asked for behind the first time.
const REPEATED: usize = 15;

fn main() -> ExitCode {
    let sizes = std::env::var("ENTRIES").map_or(SIZES.to_vec(), |text| {
        text.split(',').map(|size| size.parse().unwrap()).collect()
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut broken = 0;
    for size in sizes {
        broken += runtime.block_on(measure(size));
    }
    if broken == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{broken} pages take longer than they may");
    ExitCode::FAILURE
}

/// Measures every page; gives how many break their bound.
async fn measure(entries: u64) -> usize {
    let mut house = House::open(entries).await;
    println!("\n{} entries\n", house.entries());
    println!("| room | asked for | first | median | slowest | may | |");
    println!("|---|---|--:|--:|--:|--:|---|");
    let mut broken = 0;
    for ask in ASKS.iter().chain(ROOMS) {
        let address = (ask.address)(entries);
        let first = timed(&mut house, ask, &address).await;
        let mut times = Vec::new();
        for _ in 0..REPEATED {
            times.push(timed(&mut house, ask, &address).await);
        }
        times.sort_unstable();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        let may = Duration::from_millis(ask.may_ms);
        let verdict = if median <= may {
            "holds"
        } else {
            broken += 1;
            "BROKEN"
        };
        println!(
            "| {} | {} | {} | {} | {} | {} ms | {verdict} |",
            ask.room,
            ask.what,
            told(first),
            told(median),
            told(slowest),
            ask.may_ms
        );
    }
    house.close();
    broken
}

async fn timed(house: &mut House, ask: &Page, address: &str) -> Duration {
    let request = house.request(address);
    let begun = Instant::now();
    let (status, page) = house.answer(request).await;
    let took = begun.elapsed();
    assert!(status == 200, "{address}: {status}: {page}");
    assert!(
        page.contains(ask.shows),
        "{address} does not show {}: {page}",
        ask.shows
    );
    took
}

fn told(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
