//! What it costs to keep values beside an entry: the same clients append entries alone, and entries
//! with a record kept before, in turns on one disk, so that whatever else the machine does meets
//! both.
//!
//! `cargo bench -p audit --bench sides`

#![expect(clippy::print_stdout, reason = "a measurement is read on a terminal")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::side::{Field, SIDE_KEY_BYTES, SideKey, SideStore};
use audit::{Journal, JournalConfig};
use ring::rand::SystemRandom;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

const ENTRY_BYTES: usize = 700;
/// A person's answer: 40 values.
const FIELDS: usize = 40;
const PER_CLIENT: usize = 200;
const ROUNDS: usize = 4;

fn fields() -> Vec<Field> {
    let field = |n: usize| Field {
        name: format!("city/04.grzhye/{n}"),
        value: Zeroizing::new("\"12345.67\"".to_owned()),
    };
    (0..FIELDS).map(field).collect()
}

async fn append(
    journal: Journal,
    store: Option<Arc<SideStore>>,
    client: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::with_capacity(PER_CLIENT);
    for n in 0..PER_CLIENT {
        let begun = Instant::now();
        if let Some(store) = store.clone() {
            let place = (202_611, journal.size());
            // Every third question of a client is about somebody new.
            let group = format!("{client}-{}", n / 3);
            let keep = move || store.keep(place, group.as_bytes(), fields(), &SystemRandom::new());
            tokio::task::spawn_blocking(keep).await??;
        }
        journal.append(vec![7; ENTRY_BYTES]).await?;
        waits.push(begun.elapsed());
    }
    Ok(waits)
}

async fn round(
    journal: &Journal,
    store: Option<&Arc<SideStore>>,
    clients: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut running = JoinSet::new();
    for client in 0..clients {
        running.spawn(append(journal.clone(), store.cloned(), client));
    }
    let mut waits = Vec::new();
    while let Some(ended) = running.join_next().await {
        waits.extend(ended??);
    }
    Ok(waits)
}

fn percentile(waits: &[Duration], percent: usize) -> f64 {
    let at = (waits.len() * percent / 100).min(waits.len().saturating_sub(1));
    waits.get(at).copied().unwrap_or_default().as_secs_f64() * 1_000.0
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (journal, _) = Journal::open(&JournalConfig::new(dir.path(), "bench"))?;
    let key = SideKey::new(&[1; SIDE_KEY_BYTES]);
    let store = Arc::new(SideStore::open(dir.path(), "bench", key)?);
    println!("| clients | entry alone: p50 ms | p99 | with {FIELDS} values: p50 ms | p99 |");
    println!("|--:|--:|--:|--:|--:|");
    for clients in [1, 4, 16] {
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            alone.extend(runtime.block_on(round(&journal, None, clients))?);
            beside.extend(runtime.block_on(round(&journal, Some(&store), clients))?);
        }
        alone.sort_unstable();
        beside.sort_unstable();
        let [a50, a99] = [50, 99].map(|percent| percentile(&alone, percent));
        let [b50, b99] = [50, 99].map(|percent| percentile(&beside, percent));
        println!("| {clients} | {a50:.2} | {a99:.1} | {b50:.2} | {b99:.1} |");
    }
    Ok(())
}
