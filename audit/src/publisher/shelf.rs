//! What the publisher asks of a disk, as a trait so that tests can cut the power between any two
//! steps. A file that is put has its whole contents on disk before it has its name.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::publisher::unfinished::Unfinished;

/// Full tiles and bundles never change.
const FIXED: u32 = 0o444;
const USUAL: u32 = 0o644;

/// The folder of a log.
pub(crate) trait Shelf: fmt::Debug + Send + Sync {
    /// The contents of a file, at most one byte more than `max`; `None` if there is none.
    fn read(&self, name: &str, max: usize) -> io::Result<Option<Vec<u8>>>;
    /// The last bytes of a file, at most `max`, and where they begin; `None` if there is none.
    fn tail(&self, name: &str, max: u64) -> io::Result<Option<(u64, Vec<u8>)>>;
    /// Writes and syncs a file, then gives it its name in place of what had it. The name is durable
    /// after [`Shelf::sync_folders`].
    fn put(&self, name: &str, bytes: &[u8], fixed: bool) -> io::Result<()>;
    /// Syncs every folder in which names were given since the last time.
    fn sync_folders(&self) -> io::Result<()>;
    /// Writes at an offset, drops what stands behind it, syncs. A file that it makes has a durable
    /// name.
    fn append(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()>;
}

/// A folder of the local file system.
#[derive(Debug)]
pub(crate) struct LocalShelf {
    folder: PathBuf,
    unsynced: Mutex<BTreeSet<PathBuf>>,
}

impl LocalShelf {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            unsynced: Mutex::new(BTreeSet::new()),
        }
    }

    fn note(&self, folder: &Path) {
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        unsynced.insert(folder.to_owned());
    }

    /// Makes the folder of a file; a folder's own name lies in the one above it.
    fn make_parents(&self, file: &Path) -> io::Result<()> {
        let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) else {
            return Ok(());
        };
        self.make_parents(folder)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if let Some(above) = folder.parent() {
            self.note(above);
        }
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Option<File>> {
        match File::open(self.folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }
}

impl Shelf for LocalShelf {
    fn read(&self, name: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = self.open(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.take((max as u64).saturating_add(1))
            .read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn tail(&self, name: &str, max: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
        let Some(mut file) = self.open(name)? else {
            return Ok(None);
        };
        let begin = file.metadata()?.len().saturating_sub(max);
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::new();
        file.take(max).read_to_end(&mut bytes)?;
        Ok(Some((begin, bytes)))
    }

    fn put(&self, name: &str, bytes: &[u8], fixed: bool) -> io::Result<()> {
        let mode = if fixed { FIXED } else { USUAL };
        let mut unfinished = Unfinished::begin(&self.folder, name, mode)?;
        unfinished.file.write_all(bytes)?;
        unfinished.file.sync_all()?;
        let target = self.folder.join(name);
        self.make_parents(&target)?;
        unfinished.rename(&target)?;
        if let Some(folder) = target.parent() {
            self.note(folder);
        }
        Ok(())
    }

    fn sync_folders(&self) -> io::Result<()> {
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(folder) = unsynced.first() {
            File::open(folder)?.sync_all()?;
            // Only what was synced is forgotten.
            unsynced.pop_first();
        }
        Ok(())
    }

    fn append(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder.join(name);
        let is_new = !path.exists();
        self.make_parents(&path)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = options.mode(USUAL).open(&path)?;
        file.set_len(at)?;
        file.write_all_at(bytes, at)?;
        file.sync_data()?;
        if is_new {
            if let Some(folder) = path.parent() {
                self.note(folder);
            }
            self.sync_folders()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_has_its_name_whole_and_every_folder_of_a_new_name_is_synced() {
        let home = tempfile::tempdir().unwrap();
        let shelf = LocalShelf::new(home.path().to_owned());
        // What a crash left behind is no hindrance, read-only or not.
        let left = home.path().join("tile-0-x001-000.0.tmp");
        fs::write(&left, "torn").unwrap();
        shelf.put("tile/0/x001/000", b"bytes", true).unwrap();
        let unsynced: Vec<_> = shelf.unsynced.lock().unwrap().iter().cloned().collect();
        let expected = ["", "tile", "tile/0", "tile/0/x001"].map(|name| home.path().join(name));
        assert!(unsynced.iter().eq(&expected), "{unsynced:?}");
        shelf.sync_folders().unwrap();
        assert!(shelf.unsynced.lock().unwrap().is_empty());
        assert!(!left.exists());
        let file = home.path().join("tile/0/x001/000");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, FIXED);
        assert_eq!(shelf.read("tile/0/x001/000", 5).unwrap().unwrap(), b"bytes");
        assert_eq!(shelf.read("tile/0/x001/000", 2).unwrap().unwrap(), b"byt");
        assert_eq!(shelf.read("tile/0/001", 5).unwrap(), None);
        assert_eq!(shelf.read("nowhere/001", 5).unwrap(), None);
    }

    #[test]
    fn an_append_drops_what_stands_behind_its_place() {
        let home = tempfile::tempdir().unwrap();
        let shelf = LocalShelf::new(home.path().to_owned());
        assert_eq!(shelf.tail("proofs/list", 9).unwrap(), None);
        shelf.append("proofs/list", 0, b"one two").unwrap();
        shelf.append("proofs/list", 4, b"six").unwrap();
        let tail = shelf.tail("proofs/list", 5).unwrap();
        assert_eq!(tail, Some((2, b"e six".to_vec())));
        assert!(shelf.unsynced.lock().unwrap().is_empty());
    }

    #[test]
    fn writers_of_one_folder_do_not_disturb_each_other() {
        let home = tempfile::tempdir().unwrap();
        let mine = |name: &'static str| {
            let folder = home.path().to_owned();
            move || {
                let shelf = LocalShelf::new(folder);
                for round in 0..200 {
                    let bytes = format!("{name} {round}").repeat(50);
                    shelf.put(name, bytes.as_bytes(), round % 2 == 0).unwrap();
                    let there = shelf.read(name, bytes.len()).unwrap().unwrap();
                    assert!(there.starts_with(name.as_bytes()), "of another file");
                }
            }
        };
        std::thread::scope(|threads| {
            // Two of the same file as well.
            for name in ["head", "orders", "orders", "witness/a/checkpoint"] {
                threads.spawn(mine(name));
            }
        });
        let names = fs::read_dir(home.path()).unwrap();
        let left = names.filter(|name| {
            let name = name.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".tmp")
        });
        assert_eq!(left.count(), 0);
    }
}
