//! A set of rules in a folder, laid out as `policies/` is: written out, read, checked.
//!
//! Refuses to write into a folder that holds anything, and reads a set whole or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use catalog::Catalog;
use policies::{PolicyError, RuleFile, RuleFiles, RuleSet};

use crate::command::{FOUND, Unreadable};

/// The word for the rules this program was built with.
pub(in crate::command) const BUILTIN: &str = "builtin";

/// A set that has been read and validated.
#[derive(Debug)]
pub(in crate::command) struct Loaded {
    pub(super) files: RuleFiles,
    pub(in crate::command) rules: RuleSet,
}

/// Reads and validates the set in a folder, or the delivered one.
pub(in crate::command) fn load(place: &str, catalog: &Catalog) -> Result<Loaded, Unreadable> {
    let read = || -> anyhow::Result<Loaded> {
        let files = files_at(place)?;
        let rules = RuleSet::parse(&files, catalog).with_context(|| format!("`{place}`"))?;
        Ok(Loaded { files, rules })
    };
    read().map_err(Unreadable::from)
}

/// The files of a set, not yet validated.
fn files_at(place: &str) -> anyhow::Result<RuleFiles> {
    if place == BUILTIN {
        return Ok(RuleFiles::builtin());
    }
    gather(Path::new(place))
}

/// Reads a set from the folder in which it lies.
fn gather(folder: &Path) -> anyhow::Result<RuleFiles> {
    ensure!(folder.is_dir(), "`{}` is not a folder", folder.display());
    let files = RuleFiles::gather(|pattern| rule_files(wire::read_matching(folder, pattern)))?;
    Ok(files)
}

fn rule_files(
    read: Result<Vec<wire::FolderFile>, wire::FolderError>,
) -> Result<Vec<RuleFile>, wire::FolderError> {
    let files = read?.into_iter();
    Ok(files
        .map(|file| RuleFile::from(file.into_parts()))
        .collect())
}

/// Writes the delivered set; ends with an error if anything lies there already.
pub(super) fn export(
    folder: &Path,
    catalog: &Catalog,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let named = |path: &Path| format!("`{}` cannot be written", path.display());
    fs::create_dir_all(folder).with_context(|| named(folder))?;
    let mut there = fs::read_dir(folder).with_context(|| named(folder))?;
    let shown = folder.display();
    ensure!(
        there.next().is_none(),
        "`{shown}` is not empty, nothing is written over"
    );
    let files = RuleFiles::builtin();
    for file in files.all() {
        let path = folder.join(&file.name);
        if let Some(within) = path.parent() {
            fs::create_dir_all(within).with_context(|| named(within))?;
        }
        let mut written = fs::File::create_new(&path).with_context(|| named(&path))?;
        written
            .write_all(file.text.as_bytes())
            .with_context(|| named(&path))?;
    }
    let digest = *RuleSet::parse(&gather(folder)?, catalog)?.digest();
    wire::seal(folder)?;
    let count = files.all().count();
    writeln!(out, "{count} files in `{shown}`, digest {digest}")?;
    Ok(ExitCode::SUCCESS)
}

/// Lists every fault of a folder, a line each; ends with 0 when there is none. A draft is not
/// sealed, which is said and is no fault.
pub(super) fn check(
    folder: &Path,
    catalog: &Catalog,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let code = checked(folder, catalog, out)?;
    if code == ExitCode::SUCCESS
        && let Err(fault) = wire::SealedFolder::read(folder)
    {
        writeln!(out, "not sealed: {fault}")?;
    }
    Ok(code)
}

/// Writes the manifest of a folder whose rules are sound. What is sealed is read once more: a file
/// that changed meanwhile would be sealed unchecked.
pub(super) fn seal(
    folder: &Path,
    catalog: &Catalog,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let code = checked(folder, catalog, out)?;
    if code != ExitCode::SUCCESS {
        return Ok(code);
    }
    let before = gather(folder).map_err(Unreadable::from)?;
    wire::seal(folder)?;
    let sealed = wire::SealedFolder::read(folder)?;
    let after = RuleFiles::gather(|pattern| rule_files(sealed.matching(pattern)))?;
    let is_same = before == after && RuleSet::parse(&after, catalog).is_ok();
    if !is_same {
        fs::remove_file(folder.join(wire::folder::MANIFEST))?;
        bail!("the files changed meanwhile; nothing is sealed");
    }
    writeln!(
        out,
        "sealed: `{}`",
        folder.join(wire::folder::MANIFEST).display()
    )?;
    Ok(ExitCode::SUCCESS)
}

fn checked(folder: &Path, catalog: &Catalog, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let files = gather(folder).map_err(Unreadable::from)?;
    match RuleSet::parse(&files, catalog) {
        Ok(rules) => {
            let (flows, centers) = (files.flows.len(), files.centers.len());
            let (base, digest) = (files.base.len(), rules.digest());
            writeln!(
                out,
                "{flows} flows, {centers} centers, {base} base policies are sound, digest {digest}"
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            list(&error, out)?;
            Ok(ExitCode::from(FOUND))
        }
    }
}

pub(super) fn list(error: &PolicyError, out: &mut dyn Write) -> anyhow::Result<()> {
    for fault in error.faults() {
        writeln!(out, "{fault}")?;
    }
    Ok(())
}
