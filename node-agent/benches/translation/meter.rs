//! What is measured, and the table of it. Times are those of the fastest of many short windows:
//! another program on the machine can only make a window slower. Allocations are counted, so they
//! do not vary; a count covers the whole process and includes `realloc`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use catalog::{Catalog, ClassNo, ItemNo};
use node_agent::translate::{Found, FoundOutcome};
use stats_alloc::Region;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::Runtime;

use crate::COUNTING;
use crate::homes::Home;
use crate::ledger::MANY;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00:00 +8);
const WINDOWS: usize = 40;
const WINDOW: Duration = Duration::from_millis(50);
/// Runs before anything counts: pools fill, files are indexed, caches warm up.
const WARM_UP: usize = 50;
/// Runs over which allocations are counted.
const COUNTED: usize = 50;
/// Lookups under way at once in the crowded measurement: as many as a pool has connections.
const AT_ONCE: usize = 8;
const WAIT: Duration = Duration::from_secs(10);

/// What was measured at one connector.
pub(crate) struct Line {
    connector: &'static str,
    /// Rows already fetched, per record.
    alone: Measured,
    /// From the question to the records, per lookup of one record.
    one: Measured,
    /// The same with [`AT_ONCE`] under way, per lookup.
    crowd: Measured,
    /// From the question to the records, per record of a lookup of many.
    many: Measured,
}

/// Something done over and over.
#[derive(Debug, Clone, Copy)]
struct Measured {
    per_second: f64,
    allocations: f64,
    bytes: f64,
}

impl Measured {
    /// Measures `work`, each run of which does `parts` of what is counted.
    fn of(parts: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Self> {
        for _ in 0..WARM_UP {
            work()?;
        }
        let region = Region::new(COUNTING);
        for _ in 0..COUNTED {
            work()?;
        }
        let change = region.change();
        let each = |count: usize| count as f64 / (COUNTED * parts) as f64;
        let mut fastest = 0.0_f64;
        for _ in 0..WINDOWS {
            let (begun, mut runs) = (Instant::now(), 0_usize);
            while begun.elapsed() < WINDOW {
                work()?;
                runs += 1;
            }
            fastest = fastest.max((runs * parts) as f64 / begun.elapsed().as_secs_f64());
        }
        Ok(Self {
            per_second: fastest,
            allocations: each(change.allocations + change.reallocations),
            bytes: each(change.bytes_allocated),
        })
    }
}

impl Line {
    pub(crate) fn of(home: &Home, runtime: &Runtime) -> anyhow::Result<Self> {
        let class: ClassNo = "04".parse().ok().context("is a class")?;
        let items = items(class)?;
        let fetching = home.translator.fetched(class, &home.many, NOW, soon());
        let fetched = runtime.block_on(fetching)?;
        let fetched = fetched.context("the class is held")?;
        let alone = Measured::of(MANY, || whole(&fetched.translated(), MANY))?;
        let find = |subject| home.translator.find(class, &items, subject, NOW, soon());
        let one = Measured::of(1, || whole(&runtime.block_on(find(&home.one)), 1))?;
        let crowd = Measured::of(AT_ONCE, || {
            let all = (0..AT_ONCE).map(|_| find(&home.one));
            let found = runtime.block_on(futures_util::future::join_all(all));
            found.iter().try_for_each(|found| whole(found, 1))
        })?;
        let many = Measured::of(MANY, || whole(&runtime.block_on(find(&home.many)), MANY))?;
        Ok(Self {
            connector: home.connector,
            alone,
            one,
            crowd,
            many,
        })
    }
}

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + WAIT
}

/// Every item that may be answered, as a caller with every right would ask.
fn items(class: ClassNo) -> anyhow::Result<BTreeSet<ItemNo>> {
    let catalog = Catalog::builtin()?;
    let class = catalog.class(class).context("is in the catalog")?;
    Ok(class.items.iter().map(|item| item.no).collect())
}

/// What is measured must have been done: all records, with nothing withheld.
fn whole(found: &Found, records: usize) -> anyhow::Result<()> {
    ensure!(
        found.outcome == FoundOutcome::Answered
            && found.records.len() == records
            && found.notes.is_empty(),
        "{:?} with {} of {records} records and {} notes",
        found.outcome,
        found.records.len(),
        found.notes.len()
    );
    Ok(())
}

/// The machine that the figures are of.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores, {} {}",
        model.as_deref().unwrap_or("processor unknown"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

/// The table, as it stands in `docs/performance.md`.
pub(crate) fn table(lines: &[Line]) -> String {
    let mut text = format!(
        "| connector | alone: records/s | allocations/record | bytes/record \
         | lookups/s | {AT_ONCE} at once | allocations/lookup \
         | {MANY} records: records/s | allocations/record |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for line in lines {
        let Line {
            connector,
            alone,
            one,
            crowd,
            many,
        } = line;
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| {connector} | {:.0} | {:.1} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} |",
            alone.per_second,
            alone.allocations,
            alone.bytes,
            one.per_second,
            crowd.per_second,
            one.allocations,
            many.per_second,
            many.allocations
        );
    }
    text
}
