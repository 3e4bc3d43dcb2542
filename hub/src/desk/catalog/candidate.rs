//! A candidate of the next catalog: read from its folder and compared with the one in force. It
//! changes nothing.

use std::path::Path;

use ::catalog::diff::diff;
use ::catalog::{Catalog, Source};
use dashboards::catalog::{CandidateShown, ChangeShown, VersionLabel};
use wire::{FolderFile, read_matching};

/// What a catalog is made of.
const FILES: [&str; 3] = ["catalog.toml", "classes/*.toml", "code-sets/*.toml"];
/// Changes that are listed.
const CHANGES_MAX: usize = 500;

/// What differs, or the faults of the candidate. Blocks.
pub(super) fn compared(current: &Catalog, folder: &Path) -> Result<CandidateShown, String> {
    let candidate = read(folder)?;
    let found = diff(current, &candidate);
    let changes = found.changes().iter().take(CHANGES_MAX);
    let changes = changes.map(|change| ChangeShown {
        place: change.place.clone(),
        kind: change.kind.as_str().to_owned(),
        weight: change.kind.weight().as_str(),
        reason: change.kind.reason().to_owned(),
        from: change.from.clone(),
        to: change.to.clone(),
    });
    Ok(CandidateShown {
        label: VersionLabel {
            version: candidate.version().to_owned(),
            digest: candidate.digest().to_string(),
        },
        changes: changes.collect(),
    })
}

fn read(folder: &Path) -> Result<Catalog, String> {
    let mut files: Vec<FolderFile> = Vec::new();
    for pattern in FILES {
        files.extend(read_matching(folder, pattern).map_err(|fault| fault.to_string())?);
    }
    let sources: Vec<Source<'_>> = files.iter().map(FolderFile::source).collect();
    Catalog::parse(&sources).map_err(|faults| faults.to_string())
}
