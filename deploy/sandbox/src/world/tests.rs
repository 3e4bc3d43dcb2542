//! Tests of the sample world: same bytes from a seed, well-formed numbers and files, and every
//! expectation of the samples read back through the centers' own mappings with the agents' reader.

mod lookups;
mod mappings;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use catalog::{Catalog, ClassNo, ItemNo};
use node_agent::translate::{Found, LocalLimits, Translator};
use tempfile::TempDir;
use time::macros::date;
use time::{Date, OffsetDateTime, UtcOffset};

use super::*;

/// A Monday: Friday's loan files are three days old.
const DAY: Date = date!(2026 - 11 - 23);
const SEED: u64 = 7;
const PEOPLE: u32 = 300;

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::builtin().unwrap()));

/// A world that no test changes.
static SHARED: LazyLock<(TempDir, WorldSummary)> = LazyLock::new(|| make(SEED, PEOPLE));

fn make(seed: u64, people: u32) -> (TempDir, WorldSummary) {
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(
        seed,
        people,
        DAY,
        &WorldPaths::under(folder.path()),
        &mut |_, _, _| {},
    )
    .unwrap();
    (folder, summary)
}

fn home(world: &Path, node: Node) -> PathBuf {
    WorldPaths::under(world).home(node).to_owned()
}

fn mappings_of(node: Node) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("centers")
        .join(node.id())
        .join("mappings")
}

async fn reader(world: &Path, node: Node) -> Translator {
    let limits = LocalLimits {
        statement_timeout: Duration::from_secs(20),
        ..LocalLimits::default()
    };
    Translator::open(
        &home(world, node),
        &mappings_of(node),
        Arc::clone(&CATALOG),
        limits,
    )
    .await
    .unwrap_or_else(|faults| panic!("{}: {faults}", node.id()))
}

async fn readers(world: &Path) -> BTreeMap<Node, Translator> {
    let mut readers = BTreeMap::new();
    for node in Node::ALL {
        readers.insert(node, reader(world, node).await);
    }
    readers
}

/// Three in the afternoon of the world's day.
fn afternoon() -> OffsetDateTime {
    DAY.with_hms(15, 0, 0)
        .unwrap()
        .assume_offset(UtcOffset::from_hms(8, 0, 0).unwrap())
}

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_secs(20)
}

/// All items of a class that may be asked for.
fn items_of(class: ClassNo) -> BTreeSet<ItemNo> {
    let class = CATALOG.class(class).unwrap();
    class
        .items
        .iter()
        .filter(|item| !item.input_only)
        .map(|item| item.no)
        .collect()
}

async fn ask(reader: &Translator, class: u8, subject: &catalog::Subject) -> Found {
    let class = ClassNo::new(class).unwrap();
    reader
        .find(class, &items_of(class), subject, afternoon(), soon())
        .await
}
