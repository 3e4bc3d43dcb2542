//! The other way to make a log durable, for comparison only: every batch puts the bundle of its
//! entries, the tile of their leaf hashes, the tile above and the new state into files of their
//! own, each written beside its name, synced, renamed, and its folder synced. It batches as the
//! journal does: what queued while the last batch was written.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::Context as _;
use ring::digest::{Context, SHA256};
use tokio::sync::oneshot;

/// Entries of a bundle and hashes of a tile (C2SP tlog-tiles).
const TILE_WIDTH: usize = 1 << TILE_HEIGHT;
const TILE_HEIGHT: usize = 8;
/// Most entries of one batch; more than there are clients.
const BATCH_MAX: usize = 4096;
const QUEUE_MAX: usize = 4096;

type Hash = [u8; 32];

struct Submission {
    entry: Vec<u8>,
    leaf: Hash,
    durable: oneshot::Sender<u64>,
}

/// A log whose entries lie in tiles.
pub(crate) struct TileLog {
    queue: SyncSender<Submission>,
    thread: JoinHandle<anyhow::Result<(u64, u64)>>,
}

/// Where clients put their entries.
#[derive(Clone)]
pub(crate) struct Appender(SyncSender<Submission>);

impl Appender {
    pub(crate) async fn append(&self, entry: Vec<u8>) -> anyhow::Result<()> {
        // Hashed by the clients, as the journal's are.
        let leaf = hash(&[&[0], &entry]);
        let (durable, answered) = oneshot::channel();
        let submission = Submission {
            entry,
            leaf,
            durable,
        };
        self.0
            .try_send(submission)
            .ok()
            .context("the queue is full or the writer gone")?;
        answered.await.context("the writer ended")?;
        Ok(())
    }
}

impl TileLog {
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let (queue, submitted) = sync_channel(QUEUE_MAX);
        let mut edge = Edge::new(dir)?;
        let thread = std::thread::spawn(move || edge.run(&submitted));
        Ok(Self { queue, thread })
    }

    pub(crate) fn appender(&self) -> Appender {
        Appender(self.queue.clone())
    }

    /// Entries and batches.
    pub(crate) fn close(self) -> anyhow::Result<(u64, u64)> {
        drop(self.queue);
        self.thread.join().ok().context("the writer broke down")?
    }
}

/// The state on disk says this size, and every full bundle is there.
pub(crate) fn check(dir: &Path, size: u64) -> anyhow::Result<()> {
    let state = fs::read_to_string(dir.join(STATE))?;
    anyhow::ensure!(state.starts_with(&format!("{{\"size\":{size},")), "{state}");
    for number in 0..size / TILE_WIDTH as u64 {
        let bundle = dir.join(ENTRIES).join(format!("{number:09}"));
        anyhow::ensure!(bundle.is_file(), "`{}` is missing", bundle.display());
    }
    Ok(())
}

const ENTRIES: &str = "entries";
const LEVELS: [&str; 2] = ["0", "1"];
const STATE: &str = "state";

/// The right edge of the tree: what the next batch goes on from.
struct Edge {
    dir: PathBuf,
    size: u64,
    batches: u64,
    bundle: Vec<u8>,
    leaves: Vec<Hash>,
    /// Roots of the full tiles below the last tile of level 1.
    roots: Vec<Hash>,
    full_roots: u64,
    /// Complete subtrees of the whole tree, by height.
    subtrees: Vec<Option<Hash>>,
}

impl Edge {
    fn new(dir: &Path) -> anyhow::Result<Self> {
        for folder in std::iter::once(ENTRIES).chain(LEVELS) {
            fs::create_dir_all(dir.join(folder))?;
        }
        File::open(dir)?.sync_all()?;
        Ok(Self {
            dir: dir.to_owned(),
            size: 0,
            batches: 0,
            bundle: Vec::new(),
            leaves: Vec::new(),
            roots: Vec::new(),
            full_roots: 0,
            subtrees: Vec::new(),
        })
    }

    fn run(&mut self, submitted: &Receiver<Submission>) -> anyhow::Result<(u64, u64)> {
        while let Ok(first) = submitted.recv() {
            let more = submitted.try_iter().take(BATCH_MAX - 1);
            let batch: Vec<_> = std::iter::once(first).chain(more).collect();
            let mut waiting = Vec::with_capacity(batch.len());
            for submission in batch {
                self.add(&submission)?;
                waiting.push(submission.durable);
            }
            self.write_edge()?;
            self.batches += 1;
            for durable in waiting {
                // A client that went away needs no answer.
                durable.send(self.size).ok();
            }
        }
        Ok((self.size, self.batches))
    }

    fn add(&mut self, submission: &Submission) -> anyhow::Result<()> {
        let length = u16::try_from(submission.entry.len())?;
        self.bundle.extend(length.to_be_bytes());
        self.bundle.extend(&submission.entry);
        self.leaves.push(submission.leaf);
        self.size += 1;
        let tile_root = merge(&mut self.subtrees, submission.leaf);
        if self.leaves.len() == TILE_WIDTH {
            let number = self.size / TILE_WIDTH as u64 - 1;
            self.write(ENTRIES, &format!("{number:09}"), &self.bundle)?;
            self.write(LEVELS[0], &format!("{number:09}"), &self.leaves.concat())?;
            self.bundle.clear();
            self.leaves.clear();
            self.finish_tile(tile_root)?;
        }
        Ok(())
    }

    fn finish_tile(&mut self, root: Option<Hash>) -> anyhow::Result<()> {
        self.roots.push(root.context("a full tile has a root")?);
        if self.roots.len() == TILE_WIDTH {
            self.write(
                LEVELS[1],
                &format!("{:09}", self.full_roots),
                &self.roots.concat(),
            )?;
            self.roots.clear();
            self.full_roots += 1;
        }
        Ok(())
    }

    /// The unfinished bundle and tiles under names that say how full they are, and the new state.
    fn write_edge(&self) -> anyhow::Result<()> {
        let width = self.leaves.len();
        let number = self.size / TILE_WIDTH as u64;
        if width > 0 {
            let name = format!("{number:09}.p{width}");
            self.write(ENTRIES, &name, &self.bundle)?;
            self.write(LEVELS[0], &name, &self.leaves.concat())?;
        }
        let name = format!("{:09}.p{}", self.full_roots, self.roots.len());
        self.write(LEVELS[1], &name, &self.roots.concat())?;
        let root = data_encoding::HEXLOWER.encode(&root(&self.subtrees));
        let state = format!("{{\"size\":{},\"root\":\"{root}\"}}", self.size);
        self.write("", STATE, state.as_bytes())
    }

    fn write(&self, folder: &str, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let folder = self.dir.join(folder);
        let unfinished = folder.join("unfinished");
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, folder.join(name))?;
        Ok(File::open(&folder)?.sync_all()?)
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Adds a leaf; returns the root of the tile that it filled, if it did.
fn merge(subtrees: &mut Vec<Option<Hash>>, leaf: Hash) -> Option<Hash> {
    let (mut node, mut tile_root) = (leaf, None);
    for height in 0.. {
        if height == TILE_HEIGHT {
            tile_root = Some(node);
        }
        match subtrees.get_mut(height).map(Option::take) {
            Some(Some(left)) => node = hash(&[&[1], &left, &node]),
            Some(None) => {
                if let Some(place) = subtrees.get_mut(height) {
                    *place = Some(node);
                }
                break;
            }
            None => {
                subtrees.push(Some(node));
                break;
            }
        }
    }
    tile_root
}

/// The root of the tree: its complete subtrees, from the smallest to the largest.
fn root(subtrees: &[Option<Hash>]) -> Hash {
    let mut complete = subtrees.iter().flatten();
    let smallest = complete.next().copied().unwrap_or_else(|| hash(&[]));
    complete.fold(smallest, |right, left| hash(&[&[1], left, &right]))
}
