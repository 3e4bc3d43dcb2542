//! Reading the texts of a folder, such as the rules of a star. Refuses an empty folder and passes
//! over no file: with one left out the rest would mean something else.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use catalog::Source;

mod sealed;
mod sealed_file;

pub use sealed::{MANIFEST, SealFault, SealedFolder, seal};
pub use sealed_file::{digest_beside, read_sealed_file, seal_file};

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
    /// More files, or folders within folders, than any of its kind has.
    #[error("`{}` holds too many files or folders", .0.display())]
    TooMany(PathBuf),
    /// It is not what its manifest says.
    #[error(transparent)]
    Unsealed(#[from] SealFault),
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

    /// Its name and its text.
    #[must_use]
    pub fn into_parts(self) -> (String, String) {
        (self.name, self.text)
    }
}

/// The files under a folder that a pattern names: one file (`calendar.toml`), every one of it
/// (`*.cedar`) or of a subfolder (`flows/*.toml`). Their names are relative to the folder, so that
/// equal rules look alike wherever they lie.
///
/// # Errors
/// As [`read_folder`].
pub fn read_matching(folder: &Path, pattern: &str) -> Result<Vec<FolderFile>, FolderError> {
    let files = match (pattern.split_once("/*."), pattern.strip_prefix("*.")) {
        (Some((inner, ending)), _) => read_folder(&folder.join(inner), ending)?,
        (None, Some(ending)) => read_folder(folder, ending)?,
        (None, None) => vec![read(folder.join(pattern))?],
    };
    let root = format!("{}/", folder.display());
    let relative = |file: FolderFile| FolderFile {
        name: file
            .name
            .strip_prefix(&root)
            .unwrap_or(&file.name)
            .to_owned(),
        text: file.text,
    };
    Ok(files.into_iter().map(relative).collect())
}

/// What tells a changed file from an unchanged one.
type Marks = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Tells when a file, or files under a folder, have changed and lie still again: files that are
/// copied one by one must not be read half way.
#[derive(Debug)]
pub struct FolderWatch {
    folder: PathBuf,
    /// What was told last; nothing if it is to be told again, whatever there is.
    taken: Option<Marks>,
    seen: Marks,
}

impl FolderWatch {
    /// Watches a file, or a folder and its subfolders, from the present state on.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let now = marks(folder);
        Self {
            folder: folder.to_owned(),
            taken: Some(now.clone()),
            seen: now,
        }
    }

    /// Whether something has changed since the last time this said so, and nothing since the last
    /// look.
    pub fn has_changed_and_rests(&mut self) -> bool {
        let now = marks(&self.folder);
        let rests = now == self.seen;
        self.seen.clone_from(&now);
        if rests && self.taken.as_ref() != Some(&now) {
            self.taken = Some(now);
            return true;
        }
        false
    }
}

impl FolderWatch {
    /// Says so again at the next look: what was read could not be used, through no fault of the
    /// files.
    pub fn tell_again(&mut self) {
        self.taken = None;
    }
}

/// What cannot be read is left out here: reading the folder reports it.
fn marks(folder: &Path) -> Marks {
    if folder.is_file() {
        return Marks::from([marked(folder.to_owned())]);
    }
    let mut marks = Marks::new();
    let inner = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in inner(folder) {
        let path = entry.path();
        if path.is_dir() {
            marks.extend(inner(&path).map(|entry| marked(entry.path())));
        } else {
            marks.extend([marked(path)]);
        }
    }
    marks
}

fn marked(path: PathBuf) -> (PathBuf, (u64, Option<SystemTime>)) {
    let found = fs::metadata(&path).ok();
    let size = found.as_ref().map_or(0, fs::Metadata::len);
    let changed = found.and_then(|found| found.modified().ok());
    (path, (size, changed))
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

/// One file, not held against any digest.
///
/// # Errors
/// It cannot be read.
pub fn read_file(file: &Path) -> Result<FolderFile, FolderError> {
    read(file.to_owned())
}

fn read(path: PathBuf) -> Result<FolderFile, FolderError> {
    is_small(&path)?;
    Ok(FolderFile {
        name: path.display().to_string(),
        text: fs::read_to_string(&path).map_err(unreadable(&path))?,
    })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, FolderError> {
    is_small(path)?;
    fs::read(path).map_err(unreadable(path))
}

fn is_small(path: &Path) -> Result<(), FolderError> {
    let bytes = fs::metadata(path).map_err(unreadable(path))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(FolderError::TooLarge(path.to_owned()));
    }
    Ok(())
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
    fn a_pattern_names_files_relative_to_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("flows")).expect("is made");
        for name in ["flows/b.toml", "flows/a.toml", "calendar.toml"] {
            fs::write(folder.path().join(name), name).expect("is written");
        }
        let names = |pattern| -> Vec<String> {
            let files = read_matching(folder.path(), pattern).expect("is read");
            files.into_iter().map(|file| file.into_parts().0).collect()
        };
        assert_eq!(names("flows/*.toml"), ["flows/a.toml", "flows/b.toml"]);
        assert_eq!(names("calendar.toml"), ["calendar.toml"]);
        assert!(read_matching(folder.path(), "none.toml").is_err());
        assert!(read_matching(folder.path(), "base/*.cedar").is_err());
    }

    #[test]
    fn a_change_is_told_once_and_only_when_the_files_lie_still() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("flows")).expect("is made");
        let mut watch = FolderWatch::new(folder.path());
        assert!(!watch.has_changed_and_rests());
        fs::write(folder.path().join("flows/a.toml"), "1").expect("is written");
        assert!(!watch.has_changed_and_rests(), "may still be written");
        fs::write(folder.path().join("flows/b.toml"), "22").expect("is written");
        assert!(!watch.has_changed_and_rests(), "another one came");
        assert!(watch.has_changed_and_rests());
        assert!(!watch.has_changed_and_rests(), "was told");
        fs::remove_file(folder.path().join("flows/b.toml")).expect("is removed");
        assert!(!watch.has_changed_and_rests());
        assert!(watch.has_changed_and_rests());
        watch.tell_again();
        assert!(watch.has_changed_and_rests());
        assert!(!watch.has_changed_and_rests());
        // An emptied folder is told again too.
        fs::remove_dir_all(folder.path().join("flows")).expect("is removed");
        assert!(!watch.has_changed_and_rests());
        assert!(watch.has_changed_and_rests());
        watch.tell_again();
        assert!(watch.has_changed_and_rests());
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
