//! Clients that append, and how long each of them waited: in a closed loop, each when its last
//! entry is durable; in an open loop, by the clock, whether or not answers come.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// Length of every entry.
pub(crate) const ENTRY_BYTES: usize = 700;
/// How finely the open loop keeps its rate.
const TICK: Duration = Duration::from_millis(1);
/// Threads that the clients share, as many as the machine has cores that the goal speaks of.
const THREADS: usize = 2;

/// Appends an entry and returns once it is durable.
pub(crate) trait Append: Clone + Send + 'static {
    fn call(&self, entry: Vec<u8>) -> impl Future<Output = anyhow::Result<()>> + Send;
}

impl<F, W> Append for F
where
    F: Fn(Vec<u8>) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = anyhow::Result<()>> + Send,
{
    async fn call(&self, entry: Vec<u8>) -> anyhow::Result<()> {
        self(entry).await
    }
}

/// What the clients saw.
#[derive(Debug)]
pub(crate) struct Measured {
    elapsed: Duration,
    /// In order of length.
    waits_us: Vec<u32>,
    /// Writes that were made durable as one.
    pub(crate) commits: u64,
}

impl Measured {
    fn new(elapsed: Duration, mut waits_us: Vec<u32>) -> Self {
        waits_us.sort_unstable();
        Self {
            elapsed,
            waits_us,
            commits: 0,
        }
    }

    pub(crate) fn entries(&self) -> u64 {
        self.waits_us.len() as u64
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.entries() as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn entries_per_commit(&self) -> f64 {
        self.entries() as f64 / self.commits.max(1) as f64
    }

    pub(crate) fn percentile_ms(&self, percent: usize) -> f64 {
        let at = self.waits_us.len().saturating_sub(1) * percent / 100;
        f64::from(self.waits_us.get(at).copied().unwrap_or_default()) / 1000.0
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.worker_threads(THREADS).enable_time().build()?)
}

/// No two are the same.
fn entry(client: usize, number: usize) -> Vec<u8> {
    let mut entry = format!("client {client} entry {number} ").into_bytes();
    entry.resize(ENTRY_BYTES, b'.');
    entry
}

fn waited_us(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)
}

/// So many clients append for so long, each its next entry when its last one is durable.
pub(crate) fn closed_loop(
    clients: usize,
    time: Duration,
    append: impl Append,
) -> anyhow::Result<Measured> {
    runtime()?.block_on(async {
        let begun = Instant::now();
        let mut set = JoinSet::new();
        for client in 0..clients {
            let append = append.clone();
            set.spawn(async move {
                let mut waits = Vec::new();
                while begun.elapsed() < time {
                    let since = Instant::now();
                    append.call(entry(client, waits.len())).await?;
                    waits.push(waited_us(since));
                }
                anyhow::Ok(waits)
            });
        }
        let mut waits = Vec::new();
        while let Some(done) = set.join_next().await {
            waits.extend(done??);
        }
        Ok(Measured::new(begun.elapsed(), waits))
    })
}

/// Entries come at this rate; the wait of each counts from when it was due. What is due within one
/// tick of the clock comes at once.
pub(crate) fn open_loop(
    per_second: u32,
    time: Duration,
    append: impl Append,
) -> anyhow::Result<Measured> {
    let total = u64::from(per_second) * time.as_secs();
    runtime()?.block_on(async {
        let begun = Instant::now();
        let mut set = JoinSet::new();
        let mut offered = 0;
        while offered < total {
            tokio::time::sleep(TICK).await;
            let due = begun.elapsed().as_nanos() * u128::from(per_second) / 1_000_000_000;
            while offered < total && u128::from(offered) < due {
                let since = begun + Duration::from_secs(1) * offered as u32 / per_second;
                let (append, number) = (append.clone(), offered as usize);
                set.spawn(async move {
                    append.call(entry(0, number)).await?;
                    anyhow::Ok(waited_us(since))
                });
                offered += 1;
            }
        }
        let mut waits = Vec::new();
        while let Some(done) = set.join_next().await {
            waits.push(done??);
        }
        Ok(Measured::new(begun.elapsed(), waits))
    })
}

/// So many clients append so many entries each.
pub(crate) fn fill(clients: usize, each: usize, append: impl Append) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let mut set = JoinSet::new();
        for client in 0..clients {
            let append = append.clone();
            set.spawn(async move {
                for number in 0..each {
                    append.call(entry(client, number)).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = set.join_next().await {
            done??;
        }
        Ok(())
    })
}
