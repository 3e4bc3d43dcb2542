//! How many entries a second become durable, and how long one waits for it: the journal beside a
//! writer that puts every tile into a file of its own, on the same disk in the same run. Then how
//! fast a log of a million entries is verified offline. `make bench-audit` runs it; the figures
//! are in `docs/performance.md`.
//!
//! It only measures, and what it measured must be there: a journal that does not verify with as
//! many entries as were acknowledged, or a tile log whose state says another size, ends the run.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod load;
mod place;
mod tiles;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;
use audit::verify::verify_dir;
use audit::{Journal, JournalConfig};

use load::{Append, ENTRY_BYTES, Measured, closed_loop, open_loop};
use place::Place;
use tiles::TileLog;

const CLIENTS: [usize; 4] = [1, 16, 64, 256];
/// Each figure is the middle one of so many rounds, in which the two writers take turns.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
/// What the open loop offers, whether or not answers come.
const OFFERED_PER_SECOND: u32 = 10_000;
/// The log that is verified, and how many clients fill it.
const VERIFIED_ENTRIES: usize = 1_000_000;
const FILLING_CLIENTS: usize = 1000;
const ORIGIN: &str = "bench.tianshu.test";

fn main() -> anyhow::Result<()> {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-audit");
    clear(&home)?;
    let place = Place::of(&home)?;
    println!("{place}\n");
    println!(
        "| clients | writer | entries/s | p50 ms | p99 ms | entries a commit | rounds, entries/s |"
    );
    println!("|--:|---|--:|--:|--:|--:|---|");
    for clients in CLIENTS {
        compare(&home, clients)?;
    }
    offered(&home)?;
    verification(&home)?;
    println!("\nAfterwards: {}", place::load_average());
    clear(&home)
}

/// Both writers in turn, and a row of the table for each.
fn compare(home: &Path, clients: usize) -> anyhow::Result<()> {
    let (mut journals, mut tiles) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        journals.push(journal_round(home, clients)?);
        tiles.push(tiles_round(home, clients)?);
    }
    row(clients, "journal", journals);
    row(clients, "file a tile", tiles);
    Ok(())
}

fn row(clients: usize, writer: &str, mut rounds: Vec<Measured>) {
    rounds.sort_by(|a, b| a.per_second().total_cmp(&b.per_second()));
    let all: Vec<_> = rounds
        .iter()
        .map(|round| format!("{:.0}", round.per_second()))
        .collect();
    let Some(middle) = rounds.get(rounds.len() / 2) else {
        return;
    };
    println!(
        "| {clients} | {writer} | {:.0} | {:.2} | {:.2} | {:.1} | {} |",
        middle.per_second(),
        middle.percentile_ms(50),
        middle.percentile_ms(99),
        middle.entries_per_commit(),
        all.join(" "),
    );
}

fn journal_in(dir: &Path) -> anyhow::Result<Journal> {
    clear(dir)?;
    Ok(Journal::open(&JournalConfig::new(dir, ORIGIN))?.0)
}

fn appending(journal: &Journal) -> impl Append {
    let journal = journal.clone();
    move |entry| {
        let journal = journal.clone();
        async move { Ok(journal.append(entry).await.map(drop)?) }
    }
}

fn journal_round(home: &Path, clients: usize) -> anyhow::Result<Measured> {
    let dir = home.join("journal");
    let journal = journal_in(&dir)?;
    let append = appending(&journal);
    let mut measured = closed_loop(clients, ROUND, append)?;
    journal.close()?;
    check_journal(&dir, &mut measured)?;
    Ok(measured)
}

/// The log must verify and hold what was acknowledged; every frame but the closing one was a
/// commit with one sync.
fn check_journal(dir: &Path, measured: &mut Measured) -> anyhow::Result<()> {
    let verified = verify_dir(dir, |_| {})?;
    ensure!(verified.entries == measured.entries(), "{verified:?}");
    measured.commits = verified.frames - 1;
    Ok(())
}

fn tiles_round(home: &Path, clients: usize) -> anyhow::Result<Measured> {
    let dir = home.join("tiles");
    clear(&dir)?;
    let log = TileLog::open(&dir)?;
    let appender = log.appender();
    let append = move |entry| {
        let appender = appender.clone();
        async move { appender.append(entry).await }
    };
    let mut measured = closed_loop(clients, ROUND, append)?;
    let (size, batches) = log.close()?;
    ensure!(
        size == measured.entries(),
        "{size} of {}",
        measured.entries()
    );
    tiles::check(&dir, size)?;
    measured.commits = batches;
    Ok(measured)
}

/// Entries come at a fixed rate, and each waits from the moment at which it was due.
fn offered(home: &Path) -> anyhow::Result<()> {
    let dir = home.join("journal");
    let journal = journal_in(&dir)?;
    let append = appending(&journal);
    let mut measured = open_loop(OFFERED_PER_SECOND, 2 * ROUND, append)?;
    journal.close()?;
    check_journal(&dir, &mut measured)?;
    println!(
        "\nOpen loop, {OFFERED_PER_SECOND} entries/s offered to the journal: {:.0} entries/s, \
         p50 {:.2} ms, p99 {:.2} ms, {:.1} entries a commit.",
        measured.per_second(),
        measured.percentile_ms(50),
        measured.percentile_ms(99),
        measured.entries_per_commit(),
    );
    Ok(())
}

fn verification(home: &Path) -> anyhow::Result<()> {
    let dir = home.join("journal");
    let journal = journal_in(&dir)?;
    let append = appending(&journal);
    let begun = Instant::now();
    load::fill(FILLING_CLIENTS, VERIFIED_ENTRIES / FILLING_CLIENTS, append)?;
    let filled = begun.elapsed();
    journal.close()?;
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let verified = verify_dir(&dir, |_| {})?;
        ensure!(verified.closed && verified.entries == VERIFIED_ENTRIES as u64);
        rates.push(VERIFIED_ENTRIES as f64 / begun.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let rate = rates.get(ROUNDS / 2).copied().unwrap_or_default();
    println!(
        "Offline verification of {VERIFIED_ENTRIES} entries of {ENTRY_BYTES} bytes (written in \
         {:.1} s by {FILLING_CLIENTS} clients): {rate:.0} entries/s, {:.0} MiB/s.",
        filled.as_secs_f64(),
        rate * ENTRY_BYTES as f64 / f64::from(1 << 20),
    );
    Ok(())
}

fn clear(dir: &Path) -> anyhow::Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    Ok(std::fs::create_dir_all(dir)?)
}
