//! A center's own vetoes before they are put in force: validated as its agent would, then sealed.
//! Refuses to seal what has a fault, or changed while it was read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use catalog::{Catalog, Digest};
use policies::guard::Vetoes;
use policies::{FlowBook, PolicyError};
use wire::{FolderError, FolderFile, SealedFolder};

use super::folder::{list, load};
use crate::command::{FOUND, Unreadable};

/// Seals a file of plain vetoes or a folder of Cedar policies. What is sealed is read once more: a
/// file that changed meanwhile would be sealed unchecked.
pub(super) fn seal(
    place: &Path,
    rules: &str,
    catalog: &Catalog,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let loaded = load(rules, catalog)?;
    let read = Place::of(place);
    let files = read.files().map_err(unreadable)?;
    let before = match digest(&read, &files, catalog, loaded.rules.flows()) {
        Ok(digest) => digest,
        Err(error) => {
            list(&error, out)?;
            return Ok(ExitCode::from(FOUND));
        }
    };
    let seal = read.seal()?;
    let after = read.sealed()?;
    if digest(&read, &after, catalog, loaded.rules.flows()).ok() != Some(before) {
        fs::remove_file(seal)?;
        bail!("the files changed meanwhile; nothing is sealed");
    }
    let said = before.map_or_else(|| "no veto".to_owned(), |digest| digest.to_string());
    writeln!(out, "sealed: `{}`, {said}", seal.display())?;
    Ok(ExitCode::SUCCESS)
}

fn unreadable(error: FolderError) -> Unreadable {
    Unreadable::from(anyhow::Error::from(error))
}

/// Where vetoes lie.
enum Place<'p> {
    File(&'p Path),
    Folder(&'p Path),
}

impl<'p> Place<'p> {
    fn of(path: &'p Path) -> Self {
        if path.is_dir() {
            Self::Folder(path)
        } else {
            Self::File(path)
        }
    }

    fn files(&self) -> Result<Vec<FolderFile>, FolderError> {
        match self {
            Self::File(file) => Ok(vec![wire::read_file(file)?]),
            Self::Folder(folder) => wire::read_matching(folder, "*.cedar"),
        }
    }

    /// As an agent reads them.
    fn sealed(&self) -> Result<Vec<FolderFile>, FolderError> {
        match self {
            Self::File(file) => Ok(vec![wire::read_sealed_file(file)?]),
            Self::Folder(folder) => SealedFolder::read(folder)?.matching("*.cedar"),
        }
    }

    /// Writes the seal and says where it is.
    fn seal(&self) -> Result<PathBuf, FolderError> {
        match self {
            Self::File(file) => wire::seal_file(file).map(|()| wire::digest_beside(file)),
            Self::Folder(folder) => {
                wire::seal(folder).map(|()| folder.join(wire::folder::MANIFEST))
            }
        }
    }
}

/// Of the vetoes, if they are sound; nothing where the file vetoes nothing.
fn digest(
    place: &Place<'_>,
    files: &[FolderFile],
    catalog: &Catalog,
    flows: &FlowBook,
) -> Result<Option<Digest>, PolicyError> {
    let sources: Vec<_> = files.iter().map(FolderFile::source).collect();
    let vetoes = match (place, sources.as_slice()) {
        (Place::File(_), [only]) => Vetoes::parse(only, catalog)?,
        _ => Vetoes::default().cedar(&sources, catalog, flows)?,
    };
    Ok(vetoes.digest())
}
