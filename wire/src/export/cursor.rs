//! How far a receiver has its log, kept in a file: written whole beside the old one, synced, and
//! put in its place. A crash leaves the old one or the new one, and the old one only sends more.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Version of the file.
const VERSION: u8 = 1;
/// Longest file that is read.
const BYTES_MAX: u64 = 4_096;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    v: u8,
    /// Name of the log.
    pub log: String,
    /// Index of the first entry that is sent after the next start.
    pub next: u64,
    /// Leaf hash of the entry before it, in hex: by it a log that was exchanged is noticed. Empty
    /// at the beginning of a log.
    pub leaf_hash: String,
    /// Octets of the file that was written up to there; 0 for a receiver.
    #[serde(default)]
    pub written: u64,
}

/// Why a cursor is of no use.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The file cannot be read or written.
    #[error("cursor `{file}` cannot be {what}")]
    Disk {
        /// The file.
        file: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It is no cursor.
    #[error("`{file}` is no cursor of this version")]
    Form {
        /// The file.
        file: PathBuf,
    },
}

impl Cursor {
    /// A cursor of a log.
    #[must_use]
    pub fn new(log: &str, next: u64, leaf_hash: &str) -> Self {
        Self {
            v: VERSION,
            log: log.to_owned(),
            next,
            leaf_hash: leaf_hash.to_owned(),
            written: 0,
        }
    }

    /// Reads a cursor; `None` if there is no such file.
    ///
    /// # Errors
    /// The file cannot be read or is no cursor.
    pub fn read(file: &Path) -> Result<Option<Self>, CursorError> {
        let failed = |source| CursorError::Disk {
            file: file.to_owned(),
            what: "read",
            source,
        };
        let form = || CursorError::Form {
            file: file.to_owned(),
        };
        match std::fs::metadata(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            Ok(meta) if meta.len() > BYTES_MAX => return Err(form()),
            Ok(_) => {}
        }
        let bytes = std::fs::read(file).map_err(failed)?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| form())?;
        let is_sound = cursor.v == VERSION && (cursor.next == 0) == cursor.leaf_hash.is_empty();
        if is_sound {
            Ok(Some(cursor))
        } else {
            Err(form())
        }
    }

    /// Writes it, durable when this returns. Blocks.
    ///
    /// # Errors
    /// The disk fails; the old cursor is still there.
    pub fn write(&self, file: &Path) -> Result<(), CursorError> {
        self.put(file).map_err(|source| CursorError::Disk {
            file: file.to_owned(),
            what: "written",
            source,
        })
    }

    fn put(&self, file: &Path) -> io::Result<()> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let fresh = file.with_file_name(name);
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        let mut out = File::create(&fresh)?;
        out.write_all(&text)?;
        out.sync_all()?;
        std::fs::rename(&fresh, file)?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_broken_one_is_no_cursor() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("soc.cursor");
        assert_eq!(Cursor::read(&file).expect("is read"), None);
        for cursor in [Cursor::new("hub-1", 0, ""), Cursor::new("hub-1", 5, "ab")] {
            cursor.write(&file).expect("is written");
            assert_eq!(Cursor::read(&file).expect("is read"), Some(cursor));
        }
        for broken in [
            "",
            "{}",
            "{\"v\":1,\"log\":\"h\",\"next\":5,\"leaf_hash\":\"\"}",
        ] {
            std::fs::write(&file, broken).expect("is written");
            assert!(Cursor::read(&file).is_err(), "{broken}");
        }
    }
}
