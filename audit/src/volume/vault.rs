//! What an archive asks of a disk, as a trait so that tests can cut the power between any two
//! steps. Whatever is put or removed is durable when the call returns.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::publisher::{LocalShelf, Shelf as _};

/// Folders lie no deeper within each other.
const DEPTH_MAX: usize = 12;

/// A folder of files that never change.
pub(crate) trait Vault: fmt::Debug + Send + Sync {
    /// Names of all files under `below`, relative to the folder, in order; none if it is not there.
    fn list(&self, below: &str) -> io::Result<Vec<String>>;
    /// The contents of a file, at most one byte more than `max`; `None` if there is none.
    fn read(&self, name: &str, max: usize) -> io::Result<Option<Vec<u8>>>;
    /// Writes a file that nobody may write to, in place of what has its name.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// A folder of the local file system.
#[derive(Debug)]
pub(crate) struct LocalVault {
    folder: PathBuf,
    shelf: LocalShelf,
}

impl LocalVault {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            shelf: LocalShelf::new(folder.to_owned()),
        }
    }

    fn collect(&self, below: &str, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
        let entries = match fs::read_dir(self.folder.join(below)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let name = match below {
                "" => own,
                _ => format!("{below}/{own}"),
            };
            if depth > 0 && entry.file_type()?.is_dir() {
                self.collect(&name, depth - 1, names)?;
            } else {
                names.push(name);
            }
        }
        Ok(())
    }
}

impl Vault for LocalVault {
    fn list(&self, below: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        self.collect(below, DEPTH_MAX, &mut names)?;
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, name: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        self.shelf.read(name, max)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.shelf.put(name, bytes, true)?;
        self.shelf.sync_folders()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let file = self.folder.join(name);
        fs::remove_file(&file)?;
        File::open(file.parent().unwrap_or(&self.folder))?.sync_all()
    }
}
