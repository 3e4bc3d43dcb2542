//! Reading the texts of a folder, such as the flows of a star. Refuses an empty folder and passes
//! over no file: with one left out the rest would mean something else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use catalog::Source;

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder or one of its files cannot be read.
    #[error("`{}` cannot be read: {source}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is larger than any of its kind.
    #[error("`{}` is larger than {FILE_BYTES_MAX} bytes", .0.display())]
    TooLarge(PathBuf),
    /// There is no such file in it.
    #[error("`{}` holds no file `*.{ending}`", .folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
        /// How the names end.
        ending: String,
    },
}

/// A file that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    name: String,
    text: String,
}

impl FolderFile {
    /// As a loader takes it, under its whole path.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}

/// Every file of a folder whose name ends in `.ending`, in the order of their names. Hidden files
/// and other endings are let pass; folders within it are not entered.
///
/// # Errors
/// The folder or one of the files cannot be read, or there is none.
pub fn read_folder(folder: &Path, ending: &str) -> Result<Vec<FolderFile>, FolderError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_some_and(|found| found == ending) && path.is_file() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(FolderError::Empty {
            folder: folder.to_owned(),
            ending: ending.to_owned(),
        });
    }
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Result<FolderFile, FolderError> {
    let bytes = fs::metadata(&path).map_err(unreadable(&path))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(FolderError::TooLarge(path));
    }
    Ok(FolderFile {
        name: path.display().to_string(),
        text: fs::read_to_string(&path).map_err(unreadable(&path))?,
    })
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unreadable {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_order_and_others_are_let_pass() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [
            ("b.toml", "2"),
            ("a.toml", "1"),
            ("a.toml~", "old"),
            ("README.md", "why"),
            (".toml", "hidden"),
        ] {
            fs::write(folder.path().join(name), text).expect("is written");
        }
        fs::create_dir(folder.path().join("c.toml")).expect("is made");
        let files = read_folder(folder.path(), "toml").expect("is read");
        let texts: Vec<_> = files.iter().map(|file| file.source().text).collect();
        assert_eq!(texts, ["1", "2"]);
        assert!(files[0].source().name.ends_with("/a.toml"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let said = |folder: &Path| {
            let refused = read_folder(folder, "toml").expect_err("is refused");
            refused.to_string()
        };
        assert!(said(folder.path()).contains("holds no file `*.toml`"));
        assert!(said(&folder.path().join("none")).contains("none` cannot be read"));
        fs::write(folder.path().join("a.toml"), b"\xff").expect("is written");
        assert!(said(folder.path()).contains("a.toml` cannot be read"));
        let large = vec![b' '; (1 << 20) + 1];
        fs::write(folder.path().join("a.toml"), large).expect("is written");
        assert!(said(folder.path()).contains("a.toml` is larger than"));
    }
}
