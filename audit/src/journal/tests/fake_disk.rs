//! A disk in memory that records every operation, so that a test can have the disk as a power cut
//! after any of them would leave it. It can also fail, tear and stall on request.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Condvar, Mutex};

use crate::journal::disk::{Access, Disk, SegmentFile};
use crate::publisher::Shelf;
use crate::volume::Vault;

/// Names and contents of the files.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Create {
        id: u64,
        name: String,
        bytes: u64,
    },
    Write {
        id: u64,
        offset: u64,
        bytes: Vec<u8>,
    },
    Sync {
        id: u64,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    SyncFolder,
    /// Drops what stands behind so many bytes.
    Cut {
        id: u64,
        bytes: u64,
    },
}

/// What the power cut does to what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsynced {
    Kept,
    Dropped,
}

/// How much of the last operation reached the disk.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Last {
    Whole,
    /// Only the first bytes.
    Head(usize),
    /// All but the first bytes: the sectors arrived in another order.
    Rest(usize),
}

impl Last {
    fn part_of(self, bytes: usize) -> std::ops::Range<usize> {
        match self {
            Self::Whole => 0..bytes,
            Self::Head(head) => 0..head.min(bytes),
            Self::Rest(rest) => rest.min(bytes)..bytes,
        }
    }
}

#[derive(Debug, Default)]
struct State {
    base: Image,
    names: BTreeMap<String, u64>,
    files: BTreeMap<u64, Vec<u8>>,
    ops: Vec<Op>,
    /// Operations of the kind that still succeed before one fails, and only that one.
    writes_left: Option<u32>,
    syncs_left: Option<u32>,
    creations_failing: u32,
    puts_failing: u32,
    stalled: bool,
    stalling: u32,
}

#[derive(Debug, Default)]
pub(crate) struct FakeDisk {
    state: Mutex<State>,
    changed: Condvar,
}

impl FakeDisk {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn holding(image: &Image) -> Arc<Self> {
        let disk = Self::default();
        {
            let mut state = disk.state.lock().unwrap();
            state.base = image.clone();
            for (id, (name, bytes)) in (0..).zip(image) {
                state.names.insert(name.clone(), id);
                state.files.insert(id, bytes.clone());
            }
        }
        Arc::new(disk)
    }

    pub(crate) fn image(&self) -> Image {
        let state = self.state.lock().unwrap();
        state
            .names
            .iter()
            .map(|(name, id)| (name.clone(), state.files[id].clone()))
            .collect()
    }

    pub(crate) fn ops(&self) -> Vec<Op> {
        self.state.lock().unwrap().ops.clone()
    }

    pub(crate) fn fail_write_after(&self, successes: u32) {
        self.state.lock().unwrap().writes_left = Some(successes);
    }

    pub(crate) fn fail_sync_after(&self, successes: u32) {
        self.state.lock().unwrap().syncs_left = Some(successes);
    }

    pub(crate) fn fail_creations(&self, times: u32) {
        self.state.lock().unwrap().creations_failing = times;
    }

    /// As [`FakeDisk::fail_creations`], of files that a shelf puts in place alone: a journal's
    /// thread may make its next segment at any moment, and would take the failure away.
    pub(crate) fn fail_puts(&self, times: u32) {
        self.state.lock().unwrap().puts_failing = times;
    }

    pub(crate) fn is_failing_creations(&self) -> bool {
        self.state.lock().unwrap().creations_failing > 0
    }

    /// Overwrites the middle of what a file holds.
    pub(crate) fn damage(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        let id = state.names[name];
        let bytes = state.files.get_mut(&id).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[end / 2..end].fill(0xee);
    }

    /// Makes syncs wait until [`FakeDisk::go_on`].
    pub(crate) fn stall(&self) {
        self.state.lock().unwrap().stalled = true;
    }

    /// Waits until a sync is waiting.
    pub(crate) fn wait_for_stalled_sync(&self) {
        let state = self.state.lock().unwrap();
        drop(
            self.changed
                .wait_while(state, |state| state.stalling == 0)
                .unwrap(),
        );
    }

    pub(crate) fn go_on(&self) {
        self.state.lock().unwrap().stalled = false;
        self.changed.notify_all();
    }

    /// The disk after a power cut behind the first `count` operations.
    pub(crate) fn after_crash(&self, count: usize, last: Last, unsynced: Unsynced) -> Image {
        let state = self.state.lock().unwrap();
        replay(&state.base, &state.ops[..count], last, unsynced)
    }
}

fn replay(base: &Image, ops: &[Op], last: Last, unsynced: Unsynced) -> Image {
    let mut names: BTreeMap<String, u64> = (0..)
        .zip(base)
        .map(|(id, (n, _))| (n.clone(), id))
        .collect();
    let mut files: BTreeMap<u64, Vec<u8>> = (0..).zip(base.values().cloned()).collect();
    let last_sync_folder = ops.iter().rposition(|op| matches!(op, Op::SyncFolder));
    for (at, op) in ops.iter().enumerate() {
        let is_last = at + 1 == ops.len();
        let synced_later = |id: u64| {
            ops[at..]
                .iter()
                .any(|later| matches!(later, Op::Sync { id: synced } if *synced == id))
        };
        let folder_synced = last_sync_folder.is_some_and(|sync| sync > at);
        match op {
            Op::Create { id, name, bytes } => {
                let length = usize::try_from(*bytes).unwrap();
                let length = match last {
                    Last::Head(head) if is_last => head.min(length),
                    _ => length,
                };
                names.insert(name.clone(), *id);
                files.insert(*id, vec![0; length]);
            }
            Op::Write { id, offset, bytes } => {
                if unsynced == Unsynced::Dropped && !is_last && !synced_later(*id) {
                    continue;
                }
                let part = match last {
                    _ if !is_last => 0..bytes.len(),
                    last => last.part_of(bytes.len()),
                };
                put_at(
                    files.get_mut(id).unwrap(),
                    *offset,
                    part.start,
                    &bytes[part],
                );
            }
            Op::Rename { from, to } => {
                if unsynced == Unsynced::Kept || folder_synced {
                    let id = names.remove(from).unwrap();
                    names.insert(to.clone(), id);
                }
            }
            Op::Remove { name } => {
                if unsynced == Unsynced::Kept || folder_synced {
                    names.remove(name);
                }
            }
            Op::Cut { id, bytes } => {
                let length = usize::try_from(*bytes).unwrap();
                files.get_mut(id).unwrap().truncate(length);
            }
            Op::Sync { .. } | Op::SyncFolder => {}
        }
    }
    as_image(names, &files)
}

fn as_image(names: BTreeMap<String, u64>, files: &BTreeMap<u64, Vec<u8>>) -> Image {
    let used: BTreeSet<_> = names.values().collect();
    assert_eq!(used.len(), names.len());
    names
        .into_iter()
        .map(|(name, id)| (name, files[&id].clone()))
        .collect()
}

/// Writes behind `offset` + `skip`; a file that ends before is filled up with zeros.
fn put_at(file: &mut Vec<u8>, offset: u64, skip: usize, bytes: &[u8]) {
    let from = usize::try_from(offset).unwrap() + skip;
    if file.len() < from + bytes.len() {
        file.resize(from + bytes.len(), 0);
    }
    file[from..from + bytes.len()].copy_from_slice(bytes);
}

fn full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

impl FakeDisk {
    fn file(self: &Arc<Self>, id: u64) -> Arc<dyn SegmentFile> {
        Arc::new(FakeFile {
            disk: Arc::clone(self),
            id,
        })
    }
}

// The trait hands out files that keep their disk, so it is the shared pointer that implements it.
impl Disk for Arc<FakeDisk> {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state.lock().unwrap().names.keys().cloned().collect())
    }

    fn open(&self, name: &str, _: Access) -> io::Result<Arc<dyn SegmentFile>> {
        let id = self.state.lock().unwrap().names.get(name).copied();
        Ok(self.file(id.ok_or(io::ErrorKind::NotFound)?))
    }

    fn create_filled(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let mut state = self.state.lock().unwrap();
        if state.creations_failing > 0 {
            state.creations_failing -= 1;
            return Err(full());
        }
        let id = state.files.keys().last().map_or(0, |last| last + 1);
        state.names.insert(name.to_owned(), id);
        state
            .files
            .insert(id, vec![0; usize::try_from(bytes).unwrap()]);
        state.ops.push(Op::Create {
            id,
            name: name.to_owned(),
            bytes,
        });
        drop(state);
        Ok(self.file(id))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let id = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), id);
        state.ops.push(Op::Rename {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        state.ops.push(Op::Remove {
            name: name.to_owned(),
        });
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.state.lock().unwrap().ops.push(Op::SyncFolder);
        Ok(())
    }
}

#[derive(Debug)]
struct FakeFile {
    disk: Arc<FakeDisk>,
    id: u64,
}

impl SegmentFile for FakeFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state.lock().unwrap().files[&self.id].len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state.lock().unwrap();
        let from = usize::try_from(offset).unwrap();
        let rest = state.files[&self.id].get(from..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state.lock().unwrap();
        let fails = state.writes_left == Some(0);
        state.writes_left = state.writes_left.and_then(|left| left.checked_sub(1));
        // A write that fails half way leaves its first half.
        let bytes = if fails {
            &bytes[..bytes.len() / 2]
        } else {
            bytes
        };
        put_at(state.files.get_mut(&self.id).unwrap(), offset, 0, bytes);
        state.ops.push(Op::Write {
            id: self.id,
            offset,
            bytes: bytes.to_vec(),
        });
        if fails { Err(full()) } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.state.lock().unwrap();
        state.stalling += 1;
        self.disk.changed.notify_all();
        state = self
            .disk
            .changed
            .wait_while(state, |state| state.stalled)
            .unwrap();
        state.stalling -= 1;
        let fails = state.syncs_left == Some(0);
        state.syncs_left = state.syncs_left.and_then(|left| left.checked_sub(1));
        if fails {
            return Err(io::Error::other("simulated input/output error"));
        }
        state.ops.push(Op::Sync { id: self.id });
        Ok(())
    }
}

/// So does the archive.
impl Vault for Arc<FakeDisk> {
    fn list(&self, below: &str) -> io::Result<Vec<String>> {
        let state = self.state.lock().unwrap();
        let names = state.names.keys().filter(|name| name.starts_with(below));
        Ok(names.cloned().collect())
    }

    fn read(&self, name: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        Shelf::read(self, name, max)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        Shelf::put(self, name, bytes, true)?;
        self.sync_folder()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Disk::remove(self, name)?;
        self.sync_folder()
    }
}

/// The publisher's files lie on the same disk, so that one power cut hits both.
impl Shelf for Arc<FakeDisk> {
    fn read(&self, name: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        let state = self.state.lock().unwrap();
        let bytes = state.names.get(name).map(|id| &state.files[id]);
        Ok(bytes.map(|bytes| bytes.iter().copied().take(max + 1).collect()))
    }

    fn tail(&self, name: &str, max: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
        let state = self.state.lock().unwrap();
        let bytes = state.names.get(name).map(|id| &state.files[id]);
        Ok(bytes.map(|bytes| {
            let begin = bytes.len().saturating_sub(usize::try_from(max).unwrap());
            (begin as u64, bytes[begin..].to_vec())
        }))
    }

    fn put(&self, name: &str, bytes: &[u8], _fixed: bool) -> io::Result<()> {
        {
            let mut state = self.state.lock().unwrap();
            if state.puts_failing > 0 {
                state.puts_failing -= 1;
                return Err(full());
            }
        }
        let file = self.create_filled("tree.unfinished", 0)?;
        file.write_at(bytes, 0)?;
        file.sync_data()?;
        self.rename("tree.unfinished", name)
    }

    fn sync_folders(&self) -> io::Result<()> {
        self.sync_folder()
    }

    fn append(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let there = self.state.lock().unwrap().names.get(name).copied();
        let file = match there {
            Some(id) => self.file(id),
            None => self.create_filled(name, 0)?,
        };
        if let Some(id) = there {
            let mut state = self.state.lock().unwrap();
            let length = usize::try_from(at).unwrap();
            if state.files[&id].len() > length {
                state.files.get_mut(&id).unwrap().truncate(length);
                state.ops.push(Op::Cut { id, bytes: at });
            }
        }
        file.write_at(bytes, at)?;
        file.sync_data()
    }
}
