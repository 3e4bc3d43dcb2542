//! A folder that says itself which files belong to it: `MANIFEST`, in the form of `sha256sum`,
//! lists every other file. Files that are copied one by one are worth nothing until all of them are
//! there, however long the copy rests half way and however well the half would do.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use catalog::Digest;

use super::{FolderError, FolderFile, read_bytes, unreadable};

/// The file that lists the others.
pub const MANIFEST: &str = "MANIFEST";
/// What is written before it becomes [`MANIFEST`]; never a part of the folder.
const UNFINISHED: &str = ".MANIFEST.unfinished";
/// Most files of such a folder.
const FILES_MAX: usize = 1_000;
/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 4;

/// Why a folder is not what its manifest says.
#[derive(Debug, thiserror::Error)]
pub enum SealFault {
    /// There is no manifest.
    #[error("`{}` has no `{MANIFEST}`: `tianshu policy seal` writes it", .0.display())]
    Missing(PathBuf),
    /// A file that is sealed by itself has no digest beside it.
    #[error("`{}` is missing: `tianshu policy seal-vetoes` writes it", .0.display())]
    DigestMissing(PathBuf),
    /// It is not the file of the digest beside it.
    #[error("`{}` is another than the digest beside it says", .0.display())]
    FileDiffers(PathBuf),
    /// A line of the manifest is not a digest and a file, or names a file twice.
    #[error("{MANIFEST}:{0}: not a digest and the name of another file")]
    BadLine(usize),
    /// The manifest lists a file that is not there.
    #[error("`{0}` is in `{MANIFEST}` and not in the folder")]
    NotThere(String),
    /// A file that the manifest does not list.
    #[error("`{0}` is in the folder and not in `{MANIFEST}`")]
    NotListed(String),
    /// A file is not the one that the manifest lists.
    #[error("`{0}` is another than `{MANIFEST}` says")]
    Differs(String),
}

/// The files of a folder, which are those of its manifest.
#[derive(Debug)]
pub struct SealedFolder {
    folder: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
}

impl SealedFolder {
    /// Reads a folder whole and holds it against its manifest. What is used later are the bytes
    /// that were compared.
    ///
    /// # Errors
    /// The manifest is missing, or it and the folder differ in any file.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let mut files = all_files(folder)?;
        let manifest = files
            .remove(MANIFEST)
            .ok_or_else(|| SealFault::Missing(folder.to_owned()))?;
        let listed = listed(&manifest)?;
        for (name, digest) in &listed {
            match files.get(name) {
                None => return Err(SealFault::NotThere(name.clone()).into()),
                Some(bytes) if Digest::of(bytes) != *digest => {
                    return Err(SealFault::Differs(name.clone()).into());
                }
                Some(_) => {}
            }
        }
        match files.keys().find(|name| !listed.contains_key(*name)) {
            Some(name) => Err(SealFault::NotListed(name.clone()).into()),
            None => Ok(Self {
                folder: folder.to_owned(),
                files,
            }),
        }
    }

    /// The files that a pattern names, as [`super::read_matching`] gives those of any folder.
    ///
    /// # Errors
    /// There is none, or it is no text.
    pub fn matching(&self, pattern: &str) -> Result<Vec<FolderFile>, FolderError> {
        let (inner, ending) = match (pattern.split_once("/*."), pattern.strip_prefix("*.")) {
            (Some((inner, ending)), _) => (inner, ending),
            (None, Some(ending)) => ("", ending),
            (None, None) => {
                let bytes = self.files.get(pattern);
                let bytes = bytes.ok_or_else(|| self.none_of(pattern))?;
                return Ok(vec![self.text(pattern, bytes)?]);
            }
        };
        let is_meant = |name: &&String| {
            let path = Path::new(name);
            let within = path
                .parent()
                .is_some_and(|within| within == Path::new(inner));
            within && path.extension().is_some_and(|found| found == ending)
        };
        let names = self.files.keys().filter(is_meant);
        let files: Vec<FolderFile> = names
            .filter_map(|name| Some(self.text(name, self.files.get(name)?)))
            .collect::<Result<_, _>>()?;
        if files.is_empty() {
            return Err(FolderError::Empty {
                folder: self.folder.join(inner),
                ending: ending.to_owned(),
            });
        }
        Ok(files)
    }

    fn text(&self, name: &str, bytes: &[u8]) -> Result<FolderFile, FolderError> {
        let text = String::from_utf8(bytes.to_vec());
        let no_text = |_| io::Error::from(io::ErrorKind::InvalidData);
        let text = text.map_err(no_text);
        Ok(FolderFile {
            name: name.to_owned(),
            text: text.map_err(unreadable(&self.folder.join(name)))?,
        })
    }

    fn none_of(&self, name: &str) -> FolderError {
        let none = io::Error::from(io::ErrorKind::NotFound);
        unreadable(&self.folder.join(name))(none)
    }
}

/// Writes the manifest of a folder as it lies; whoever seals has validated it.
///
/// # Errors
/// A file cannot be read, or the manifest cannot be written.
pub fn seal(folder: &Path) -> Result<(), FolderError> {
    let mut files = all_files(folder)?;
    files.remove(MANIFEST);
    let lines = files.iter();
    let text: String = lines
        .map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes)))
        .collect();
    let unfinished = folder.join(UNFINISHED);
    let write = || -> io::Result<()> {
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A crash before this line leaves the folder unsealed, as it was.
        fs::rename(&unfinished, folder.join(MANIFEST))
    };
    write().map_err(unreadable(&folder.join(MANIFEST)))
}

/// Every file of a folder and of those within it, by its name relative to the folder.
fn all_files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, FolderError> {
    let mut files = BTreeMap::new();
    let mut open = vec![(folder.to_owned(), String::new(), DEPTH_MAX)];
    while let Some((within, prefix, depth)) = open.pop() {
        for entry in fs::read_dir(&within).map_err(unreadable(&within))? {
            let path = entry.map_err(unreadable(&within))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{prefix}{name}");
            if name == UNFINISHED {
                continue;
            }
            if path.is_dir() {
                let deeper = depth.checked_sub(1);
                let deeper = deeper.ok_or_else(|| FolderError::TooMany(folder.to_owned()))?;
                open.push((path, format!("{name}/"), deeper));
                continue;
            }
            if files.len() > FILES_MAX {
                return Err(FolderError::TooMany(folder.to_owned()));
            }
            files.insert(name, read_bytes(&path)?);
        }
    }
    Ok(files)
}

fn listed(manifest: &[u8]) -> Result<BTreeMap<String, Digest>, SealFault> {
    let text = std::str::from_utf8(manifest).map_err(|_| SealFault::BadLine(1))?;
    let mut listed = BTreeMap::new();
    for (no, line) in (1..).zip(text.lines()) {
        let read = || {
            let (digest, name) = line.split_once(' ')?;
            // `sha256sum` puts a blank before a text and a star before a binary file.
            let name = name.strip_prefix([' ', '*'])?;
            let is_another = !name.is_empty() && name != MANIFEST;
            is_another.then_some((name.to_owned(), digest.parse().ok()?))
        };
        let (name, digest) = read().ok_or(SealFault::BadLine(no))?;
        if listed.insert(name, digest).is_some() {
            return Err(SealFault::BadLine(no));
        }
    }
    Ok(listed)
}

#[cfg(test)]
mod tests;
