//! Turns the neutral facts into the four local systems, side by side. It refuses to write into a
//! database that exists: each is built beside its place and moved there when it is complete.

mod fixed;
mod guoguan;
mod old_rows;
mod sheet;
mod tielu;
mod vendor;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::facts::Facts;
use super::node::Node;
use super::{WorldError, WorldPaths};

#[cfg(test)]
pub(super) use fixed::Line;
#[cfg(test)]
pub(super) use old_rows::{gbk, mistaken};
pub(super) use tielu::DAILY;

/// Database file of a center, relative to its home folder; nothing for the railway.
pub(crate) fn database(node: Node) -> Option<&'static str> {
    match node {
        Node::City | Node::Zhongzhi => Some("data/vendor.db"),
        Node::Guoguan => Some("data/gg.db"),
        Node::Tielu => None,
    }
}

/// The railway's drop folder, relative to its home folder.
pub(super) const DROP: &str = "data/drop";

/// Counts the rows of one center and tells about them.
pub(super) struct Tally<'a> {
    node: Node,
    rows: u64,
    heard: &'a Sender<(Node, u64)>,
}

impl Tally<'_> {
    fn add(&mut self, rows: u64) {
        self.rows += rows;
        // A listener that is gone is no reason to stop writing.
        let _ = self.heard.send((self.node, self.rows));
    }
}

/// Writes the four systems at once; returns the rows of each, in the order of `Node::ALL`.
pub(super) fn write(
    facts: &Facts,
    paths: &WorldPaths,
    on_progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<Vec<(Node, u64)>, WorldError> {
    let (heard, hear) = channel();
    std::thread::scope(|scope| {
        let writers: Vec<_> = Node::ALL
            .into_iter()
            .map(|node| {
                let heard = heard.clone();
                scope.spawn(move || write_center(node, facts, paths.home(node), &heard))
            })
            .collect();
        drop(heard);
        follow(&hear, expected_rows(facts), on_progress);
        Node::ALL
            .into_iter()
            .zip(writers)
            .map(|(node, writer)| {
                let rows = writer
                    .join()
                    .map_err(|_| WorldError::WriterStopped { node })??;
                Ok((node, rows))
            })
            .collect()
    })
}

/// Tells about rows as they arrive, all centers together, until every writer is done.
fn follow(
    hear: &Receiver<(Node, u64)>,
    expected: u64,
    on_progress: &mut dyn FnMut(&str, u64, u64),
) {
    let mut latest = Node::ALL.map(|node| (node, 0));
    on_progress("centers", 0, expected);
    while let Ok((node, rows)) = hear.recv() {
        for slot in &mut latest {
            if slot.0 == node {
                slot.1 = rows;
            }
        }
        let done: u64 = latest.iter().map(|(_, rows)| rows).sum();
        on_progress("centers", done.min(expected), expected);
    }
    on_progress("centers", expected, expected);
}

/// A close guess of all rows: contributions are nearly all of them, the railway's twice.
fn expected_rows(facts: &Facts) -> u64 {
    let rows: usize = facts
        .accounts
        .iter()
        .map(|account| {
            let rows = account.months.len() + 2;
            if account.unit.node == Node::Tielu {
                rows * 2
            } else {
                rows
            }
        })
        .sum();
    let others = facts.withdrawals.len() + facts.loans.len() * 3 + facts.units.len() * 2;
    u64::try_from(rows + others).unwrap_or(u64::MAX)
}

fn write_center(
    node: Node,
    facts: &Facts,
    home: &Path,
    heard: &Sender<(Node, u64)>,
) -> Result<u64, WorldError> {
    let mut tally = Tally {
        node,
        rows: 0,
        heard,
    };
    match database(node) {
        None => write_drop(home, facts, &mut tally)?,
        Some(place) => {
            let path = home.join(place);
            let runtime = runtime(&path)?;
            let source = |path: &Path| {
                let path = path.to_owned();
                move |source| WorldError::Database { path, source }
            };
            runtime
                .block_on(write_database(&path, facts, &mut tally))
                .map_err(source(&path))?;
            let part = part_of(&path);
            fs::rename(&part, &path).map_err(|source| WorldError::File { path: part, source })?;
        }
    }
    Ok(tally.rows)
}

/// A runtime of its own for one thread, so that the caller may be inside another one.
pub(super) fn runtime(path: &Path) -> Result<tokio::runtime::Runtime, WorldError> {
    let folder = path.parent().unwrap_or(path);
    let file = |source| WorldError::File {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(file)?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(file)
}

fn part_of(path: &Path) -> PathBuf {
    path.with_extension("db.part")
}

async fn write_database(
    path: &Path,
    facts: &Facts,
    tally: &mut Tally<'_>,
) -> Result<(), sqlx::Error> {
    let part = part_of(path);
    let _ = fs::remove_file(&part);
    let options = SqliteConnectOptions::new()
        .filename(&part)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .disable_statement_logging();
    let mut db = SqliteConnection::connect_with(&options).await?;
    sheet::run(&mut db, "BEGIN".to_owned()).await?;
    match tally.node {
        Node::Guoguan => guoguan::write(&mut db, facts, tally).await?,
        node => vendor::write(&mut db, facts, node, tally).await?,
    }
    sheet::run(&mut db, "COMMIT".to_owned()).await?;
    db.close().await
}

fn write_drop(home: &Path, facts: &Facts, tally: &mut Tally<'_>) -> Result<(), WorldError> {
    let folder = home.join(DROP);
    let file = |source| WorldError::File {
        path: folder.clone(),
        source,
    };
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(file)?;
    }
    fs::create_dir_all(&folder).map_err(file)?;
    tielu::write(&folder, facts, tally).map_err(file)
}
