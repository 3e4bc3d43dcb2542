//! The hub's disk: what is written is durable after a sync and not before. It fails, tears and
//! loses power by the seed, and tells what became durable to whoever checks, without asking the
//! journal.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit::journal::{Access, Disk, SegmentFile};

use super::chance::Chance;
use super::durable::Durable;

/// What goes wrong at the next operation of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A write leaves its first half and fails.
    Write,
    /// A sync fails, and nobody knows what it made durable.
    Sync,
    /// There is no room for another file.
    Full,
}

#[derive(Debug, Clone, Default)]
struct File {
    /// As the running system sees it.
    seen: Vec<u8>,
    /// As it is after the power was lost.
    durable: Vec<u8>,
    /// Written since the last sync: where, and what.
    unsynced: Vec<(usize, Vec<u8>)>,
}

#[derive(Debug)]
struct State {
    chance: Chance,
    files: BTreeMap<u64, File>,
    next: u64,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    trouble: Option<Trouble>,
    /// Operations until the power goes.
    power: Option<u32>,
    /// Which process may touch it; one that was killed may not.
    owner: u32,
    durable: Durable,
    /// It says that it has synced, and has not.
    lies: bool,
}

/// One disk under all lives of a hub.
#[derive(Debug, Clone)]
pub(super) struct SimDisk(Arc<Mutex<State>>);

/// The disk as one process has it.
#[derive(Debug)]
pub(super) struct Mounted {
    disk: SimDisk,
    owner: u32,
}

#[derive(Debug)]
struct OpenFile {
    disk: SimDisk,
    owner: u32,
    id: u64,
}

impl SimDisk {
    pub(super) fn new(chance: Chance, lies: bool) -> Self {
        Self(Arc::new(Mutex::new(State {
            chance,
            files: BTreeMap::new(),
            next: 0,
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            trouble: None,
            power: None,
            owner: 0,
            durable: Durable::default(),
            lies,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk for the next process; whatever the one before still does fails.
    pub(super) fn mount(&self) -> Arc<Mounted> {
        let mut state = self.state();
        state.owner += 1;
        state.power = None;
        Arc::new(Mounted {
            disk: self.clone(),
            owner: state.owner,
        })
    }

    /// The process is gone; what it wrote the system still has.
    pub(super) fn process_killed(&self) {
        self.state().owner += 1;
    }

    /// The machine is gone: of what was not synced, any part may have reached the disk.
    pub(super) fn power_lost(&self) {
        let mut state = self.state();
        state.owner += 1;
        state.trouble = None;
        state.lose_power();
    }

    /// So many operations later the power goes.
    pub(super) fn lose_power_after(&self, operations: u32) {
        self.state().power = Some(operations);
    }

    /// Whether it went.
    pub(super) fn has_no_power(&self) -> bool {
        self.state().power == Some(0)
    }

    pub(super) fn trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    /// How many entries were ever synced.
    pub(super) fn durable_count(&self) -> usize {
        self.state().durable.count()
    }

    /// The entries that were ever synced, in that order.
    pub(super) fn durable(&self) -> Vec<Vec<u8>> {
        self.state().durable.entries()
    }
}

impl State {
    fn admit(&mut self, owner: u32) -> io::Result<()> {
        if owner != self.owner {
            return Err(io::Error::other("the process was killed"));
        }
        match &mut self.power {
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn fails(&mut self, kind: Trouble) -> bool {
        let is_now = self.trouble == Some(kind);
        if is_now && kind != Trouble::Full {
            self.trouble = None;
        }
        is_now
    }

    fn lose_power(&mut self) {
        let Self { files, chance, .. } = self;
        for file in files.values_mut() {
            for (at, bytes) in std::mem::take(&mut file.unsynced) {
                match chance.below(4) {
                    0 => {}
                    1 => {
                        let torn = chance.index(bytes.len() + 1);
                        put(&mut file.durable, at, &bytes[..torn]);
                    }
                    2 => {
                        let torn = chance.index(bytes.len() + 1);
                        put(&mut file.durable, at + torn, &bytes[torn..]);
                    }
                    _ => put(&mut file.durable, at, &bytes),
                }
            }
            file.seen.clone_from(&file.durable);
        }
        // Names that were changed and not synced: all of them stay, or none does.
        if chance.percent(50) {
            self.durable_names.clone_from(&self.names);
        }
        self.names.clone_from(&self.durable_names);
    }
}

fn put(into: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if into.len() < at + bytes.len() {
        into.resize(at + bytes.len(), 0);
    }
    into[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Mounted {
    fn file(&self, id: u64) -> Arc<dyn SegmentFile> {
        Arc::new(OpenFile {
            disk: self.disk.clone(),
            owner: self.owner,
            id,
        })
    }
}

impl Disk for Mounted {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        Ok(state.names.keys().cloned().collect())
    }

    fn open(&self, name: &str, _: Access) -> io::Result<Arc<dyn SegmentFile>> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        let id = state.names.get(name).copied();
        Ok(self.file(id.ok_or(io::ErrorKind::NotFound)?))
    }

    fn create_filled(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        if state.fails(Trouble::Full) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let zeros = vec![0; usize::try_from(bytes).expect("fits")];
        let id = state.next;
        state.next += 1;
        let file = File {
            seen: zeros.clone(),
            durable: zeros,
            unsynced: Vec::new(),
        };
        state.files.insert(id, file);
        state.names.insert(name.to_owned(), id);
        state.durable_names = state.names.clone();
        drop(state);
        Ok(self.file(id))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        let id = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), id);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        state.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        state.durable_names = state.names.clone();
        Ok(())
    }
}

impl SegmentFile for OpenFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        Ok(state.files[&self.id].seen.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let from = usize::try_from(offset).expect("fits");
        let rest = state.files[&self.id].seen.get(from..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        let fails = state.fails(Trouble::Write);
        let half = if fails { bytes.len() / 2 } else { bytes.len() };
        let at = usize::try_from(offset).expect("fits");
        let file = state.files.get_mut(&self.id).expect("is there");
        put(&mut file.seen, at, &bytes[..half]);
        file.unsynced.push((at, bytes[..half].to_vec()));
        if fails {
            return Err(io::Error::other("simulated input/output error"));
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.admit(self.owner)?;
        if state.fails(Trouble::Sync) {
            return Err(io::Error::other("simulated input/output error"));
        }
        let lies = state.lies;
        let file = state.files.get_mut(&self.id).expect("is there");
        let synced = if lies {
            file.unsynced.clone()
        } else {
            std::mem::take(&mut file.unsynced)
        };
        for (at, bytes) in &synced {
            if !lies {
                put(&mut file.durable, *at, bytes);
            }
        }
        for (_, bytes) in &synced {
            state.durable.read(bytes);
        }
        Ok(())
    }
}
