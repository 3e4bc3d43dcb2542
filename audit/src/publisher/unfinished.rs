//! A file before it has its name. Several writers may work in one folder, in this program or in
//! another one: each unfinished file is locked by whoever writes it, and one that nobody locks was
//! left behind by a crash.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Most writers of one file at once; a later one gets an error.
const WRITERS_MAX: u32 = 16;
/// How often one place is tried; each further time somebody else was quicker.
const TRIES: u32 = 4;

/// See the module.
#[derive(Debug)]
pub(super) struct Unfinished {
    /// Locked until it is dropped.
    pub(super) file: File,
    path: PathBuf,
    has_name: bool,
}

impl Unfinished {
    /// Begins the file that will be called `name` in `folder`. What a crash left of it is removed.
    pub(super) fn begin(folder: &Path, name: &str, mode: u32) -> io::Result<Self> {
        let flat = name.replace('/', "-");
        for writer in 0..WRITERS_MAX {
            let path = folder.join(format!("{flat}.{writer}.tmp"));
            for _ in 0..TRIES {
                match Self::create(&path, mode)? {
                    Some(file) => {
                        return Ok(Self {
                            file,
                            path,
                            has_name: false,
                        });
                    }
                    None if is_left_behind(&path)? => {}
                    None => break,
                }
            }
        }
        let busy = io::ErrorKind::ResourceBusy;
        Err(io::Error::new(busy, "too many writers of one file"))
    }

    fn create(path: &Path, mode: u32) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        let file = match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            opened => opened?,
        };
        match file.try_lock() {
            // Somebody looks whether it was left behind.
            Err(TryLockError::WouldBlock) => return Ok(None),
            locked => locked?,
        }
        // INVARIANT: only who holds the lock removes it, so that from here on it stays.
        Ok((file.metadata()?.nlink() > 0).then_some(file))
    }

    /// Gives it its name, in place of what had it.
    pub(super) fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.has_name = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.has_name {
            // It takes up room that the next attempt needs. Who cannot remove it loses nothing:
            // the next writer of this file does.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes an unfinished file that nobody writes any more; false if somebody does.
fn is_left_behind(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        // It has got its name meanwhile, or was removed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        opened => opened?,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(false),
        locked => locked?,
    }
    let (held, named) = (file.metadata()?, fs::symlink_metadata(path));
    // What has this name by now may be another one.
    let is_same = matches!(&named, Ok(named) if named.ino() == held.ino());
    if is_same {
        fs::remove_file(path)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_is_written_is_left_alone_and_one_that_was_left_behind_is_not() {
        let home = tempfile::tempdir().unwrap();
        let begin = |name| Unfinished::begin(home.path(), name, 0o444);
        let mut first = begin("tile/0/000").unwrap();
        let second = begin("tile/0/000").unwrap();
        assert_ne!(first.path, second.path, "each has its own");
        first.file.write_all(b"first").unwrap();
        let target = home.path().join("done");
        let left = first.path.clone();
        assert!(!is_left_behind(&left).unwrap(), "somebody writes it");
        first.rename(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"first");
        // A crash of the second one.
        let place = second.path.clone();
        drop(second);
        assert!(!place.exists(), "what failed leaves nothing");
        fs::write(&left, "torn").unwrap();
        let third = begin("tile/0/000").unwrap();
        assert_eq!(third.path, left);
        assert_eq!(third.file.metadata().unwrap().len(), 0, "nothing of it");
        assert_eq!(begin("tile/0/000").unwrap().path, place);
    }

    #[test]
    fn writers_are_bounded() {
        let home = tempfile::tempdir().unwrap();
        let all: Vec<_> = (0..WRITERS_MAX)
            .map(|_| Unfinished::begin(home.path(), "head", 0o644).unwrap())
            .collect();
        let more = Unfinished::begin(home.path(), "head", 0o644);
        assert_eq!(more.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        drop(all);
        Unfinished::begin(home.path(), "head", 0o644).unwrap();
    }
}
