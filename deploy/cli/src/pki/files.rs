//! Writing files so that a reader sees the old one or the new one and never half of either.
//!
//! Refuses to leave a secret readable by anybody but its owner, not even for a moment.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::PkiError;

const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;
const FOLDER: u32 = 0o700;
const LOCK: &str = ".lock";

fn fault(file: &Path) -> impl FnOnce(io::Error) -> PkiError {
    let file = file.to_owned();
    move |cause| PkiError::File { file, cause }
}

pub(super) fn read(file: &Path) -> Result<String, PkiError> {
    fs::read_to_string(file).map_err(fault(file))
}

pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>, PkiError> {
    fs::read(file).map_err(fault(file))
}

/// Makes the folder if it is not there; a new one is its owner's alone.
pub(super) fn make_folder(dir: &Path) -> Result<(), PkiError> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER)
        .create(dir)
        .map_err(fault(dir))
}

/// Holds the folder for one change; let go when the file is dropped.
pub(super) fn lock(dir: &Path) -> Result<File, PkiError> {
    let file = dir.join(LOCK);
    let mut options = OpenOptions::new();
    let opened = options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(SECRET)
        .open(&file);
    let lock = opened.map_err(fault(&file))?;
    lock.lock().map_err(fault(&file))?;
    Ok(lock)
}

pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    replace(file, bytes, PUBLIC).map_err(fault(file))
}

pub(super) fn write_secret(file: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    replace(file, bytes, SECRET).map_err(fault(file))
}

/// Like [`write_secret`], but never over a file that is there.
pub(super) fn write_new_secret(file: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).mode(SECRET).open(file) {
        Ok(mut created) => created
            .write_all(bytes)
            .and_then(|()| created.sync_all())
            .map_err(fault(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(PkiError::WouldOverwrite(file.to_owned()))
        }
        Err(error) => Err(fault(file)(error)),
    }
}

fn replace(file: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = beside(file);
    // What a crash left behind would keep its own mode.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut written = options
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&beside)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    drop(written);
    fs::rename(&beside, file)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}
