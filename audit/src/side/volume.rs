//! A volume: one file of rows, written by one process within one month and never appended to by
//! another, so that no torn row of a crash is ever in the middle. It is filled with zeros ahead of
//! its rows; a row that begins with a zero length is the end.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::fault::SideFault;
use super::row::{self, HEAD_BYTES, RowHead};
use crate::digest::leaf_hash;
use crate::journal::is_no_room;

/// Longest volume; a row that does not fit begins the next one.
pub const VOLUME_BYTES_MAX: u64 = 64 << 20;
/// The file grows by this much.
const GROWTH_BYTES: u64 = 1 << 20;
const SUFFIX: &str = ".vol";
const MAGIC: &[u8; 8] = b"TSSIDE1\n";
/// Magic, and which log it belongs to.
const HEADER_BYTES: u64 = 8 + 32;

/// An open volume.
#[derive(Debug)]
pub(super) struct Volume {
    file: File,
    pub(super) name: String,
    path: PathBuf,
    /// Where the next row goes.
    pub(super) at: u64,
    filled: u64,
}

impl Volume {
    /// Makes a volume that is not there yet; its name is durable afterwards.
    pub(super) fn create(folder: &Path, name: String, log: &str) -> Result<Self, SideFault> {
        let path = folder.join(format!("{name}{SUFFIX}"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| no_room_or("create", &path, e))?;
        let mut volume = Self {
            file,
            name,
            path,
            at: HEADER_BYTES,
            filled: 0,
        };
        if let Err(fault) = volume.make_room(0) {
            // Without its header it would be taken for a damaged one.
            let gone = std::fs::remove_file(&volume.path);
            gone.map_err(|e| SideFault::disk("remove", &volume.path, e))?;
            return Err(fault);
        }
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(leaf_hash(log.as_bytes()).bytes());
        volume.write(&header, 0)?;
        volume.sync()?;
        sync_folder(folder)?;
        Ok(volume)
    }

    /// Opens one that is there.
    pub(super) fn open(
        folder: &Path,
        name: &str,
        log: &str,
        writes: bool,
    ) -> Result<Self, SideFault> {
        let path = folder.join(format!("{name}{SUFFIX}"));
        let opened = OpenOptions::new().read(true).write(writes).open(&path);
        let file = opened.map_err(|e| SideFault::disk("open", &path, e))?;
        let volume = Self {
            file,
            name: name.to_owned(),
            path,
            at: HEADER_BYTES,
            filled: 0,
        };
        let header = volume.read(0, HEADER_BYTES)?;
        let is_whole = header.starts_with(MAGIC)
            && header.get(MAGIC.len()..) == Some(leaf_hash(log.as_bytes()).bytes());
        if is_whole {
            Ok(volume)
        } else {
            Err(volume.damaged(0))
        }
    }

    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.at + bytes as u64 <= VOLUME_BYTES_MAX || self.at == HEADER_BYTES
    }

    /// Writes rows at the end; durable after [`Volume::sync`].
    pub(super) fn append(&mut self, rows: &[u8]) -> Result<(), SideFault> {
        self.make_room(rows.len() as u64)?;
        self.write(rows, self.at)?;
        self.at += rows.len() as u64;
        Ok(())
    }

    /// Another handle, to be synced without holding up the next row.
    pub(super) fn handle(&self) -> Result<File, SideFault> {
        let cloned = self.file.try_clone();
        cloned.map_err(|e| SideFault::disk("open", &self.path, e))
    }

    pub(super) fn sync(&self) -> Result<(), SideFault> {
        let synced = self.file.sync_data();
        synced.map_err(|e| SideFault::disk("sync", &self.path, e))
    }

    /// Heads of the rows with their offsets; ends at the first place where no row stands, which is
    /// where a crash has torn a write that nobody was told of.
    pub(super) fn heads(&self) -> Result<Vec<(u64, RowHead)>, SideFault> {
        let length = self.file.metadata();
        let length = length.map_err(|e| SideFault::disk("read", &self.path, e))?;
        let (mut at, mut heads) = (HEADER_BYTES, Vec::new());
        while at + HEAD_BYTES as u64 <= length.len() {
            let Some(head) = RowHead::read(&self.read(at, HEAD_BYTES as u64)?) else {
                break;
            };
            let next = at + u64::from(head.length);
            if u64::from(head.length) < HEAD_BYTES as u64 || next > length.len() {
                break;
            }
            heads.push((at, head));
            at = next;
        }
        Ok(heads)
    }

    /// The bytes of the row at `offset`.
    pub(super) fn row(&self, offset: u64, head: &RowHead) -> Result<Vec<u8>, SideFault> {
        self.read(offset, u64::from(head.length))
    }

    /// Overwrites a row with nothing but its length; durable after [`Volume::sync`].
    pub(super) fn blot(&self, offset: u64, length: u32) -> Result<(), SideFault> {
        self.write(&row::blot(length), offset + 4)
    }

    /// Overwrites the whole file and takes it away.
    pub(super) fn destroy(self, folder: &Path) -> Result<(), SideFault> {
        let length = self.file.metadata();
        let length = length.map_err(|e| SideFault::disk("read", &self.path, e))?;
        fill(&self.file, 0, length.len())
            .and_then(|()| self.file.sync_all())
            .and_then(|()| std::fs::remove_file(&self.path))
            .map_err(|e| SideFault::disk("erase", &self.path, e))?;
        sync_folder(folder)
    }

    pub(super) fn damaged(&self, offset: u64) -> SideFault {
        SideFault::Damaged {
            file: self.path.display().to_string(),
            offset,
        }
    }

    /// Zeros, not a hole: a sync of an overwritten block is cheap, and a row after it cannot fail
    /// for want of space. Where there is none, the volume is as before and takes what fits into it.
    fn make_room(&mut self, bytes: u64) -> Result<(), SideFault> {
        let needed = self.at + bytes + HEAD_BYTES as u64;
        if needed <= self.filled {
            return Ok(());
        }
        let until = needed.next_multiple_of(GROWTH_BYTES);
        if let Err(error) = fill(&self.file, self.filled, until) {
            // Others need what little there is.
            let shrunk = self.file.set_len(self.filled);
            shrunk.map_err(|e| SideFault::disk("shrink", &self.path, e))?;
            return Err(no_room_or("grow", &self.path, error));
        }
        let synced = self.file.sync_all();
        synced.map_err(|e| SideFault::disk("grow", &self.path, e))?;
        self.filled = until;
        Ok(())
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<(), SideFault> {
        let written = self.file.write_all_at(bytes, offset);
        written.map_err(|e| SideFault::disk("write", &self.path, e))
    }

    fn read(&self, offset: u64, bytes: u64) -> Result<Vec<u8>, SideFault> {
        let mut read = vec![0; usize::try_from(bytes).unwrap_or_default()];
        match self.file.read_exact_at(&mut read, offset) {
            Ok(()) => Ok(read),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(self.damaged(offset)),
            Err(e) => Err(SideFault::disk("read", &self.path, e)),
        }
    }
}

fn no_room_or(action: &'static str, path: &Path, error: io::Error) -> SideFault {
    if is_no_room(&error) {
        SideFault::NoRoom
    } else {
        SideFault::disk(action, path, error)
    }
}

/// Whether a file of so many bytes finds room; it is gone again when this returns.
pub(super) fn has_room(path: &Path, bytes: u64) -> Result<bool, SideFault> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let filled = options.open(path).and_then(|file| fill(&file, 0, bytes));
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            return Err(SideFault::disk("remove", path, e));
        }
        _ => {}
    }
    match filled {
        Ok(()) => Ok(true),
        Err(error) if is_no_room(&error) => Ok(false),
        Err(error) => Err(SideFault::disk("write", path, error)),
    }
}

fn fill(file: &File, from: u64, until: u64) -> io::Result<()> {
    let zeros = vec![0; usize::try_from(GROWTH_BYTES).unwrap_or_default()];
    let mut at = from;
    while at < until {
        let part = usize::try_from(until - at).unwrap_or(zeros.len());
        let part = zeros.get(..part.min(zeros.len())).unwrap_or_default();
        file.write_all_at(part, at)?;
        at += part.len() as u64;
    }
    Ok(())
}

/// Names of the volumes in a folder, oldest first.
pub(super) fn volumes(folder: &Path) -> Result<Vec<String>, SideFault> {
    let mut names = Vec::new();
    let listed = std::fs::read_dir(folder).map_err(|e| SideFault::disk("read", folder, e))?;
    for entry in listed {
        let entry = entry.map_err(|e| SideFault::disk("read", folder, e))?;
        let name = entry.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        names.extend(name.map(ToOwned::to_owned));
    }
    names.sort();
    Ok(names)
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), SideFault> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| SideFault::disk("sync", folder, e))
}
