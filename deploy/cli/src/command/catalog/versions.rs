//! `tianshu catalog diff` and `check`: catalogue folders, compared and judged.
//!
//! Reads only what a catalogue is made of, never further than two folders deep, and refuses a
//! folder of unbounded size.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use catalog::diff::{Change, Diff, diff};
use catalog::{Catalog, CatalogError, Source};
use serde_json::json;

use crate::command::{FOUND, Unreadable};

/// The word for the catalogue this program was built with.
const BUILTIN: &str = "builtin";
/// Most files of a catalogue: a class or a code set each.
const FILES_MAX: usize = 1_000;
/// The longest file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Compares two catalogues; ends with 0 when peers of both can work together.
pub(super) fn compare(
    a: &str,
    b: &str,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let (a, b) = (load(a)?, load(b)?);
    let diff = diff(&a, &b);
    if as_json {
        serde_json::to_writer_pretty(&mut *out, &document(&a, &b, &diff))?;
        writeln!(out)?;
    } else {
        table(&a, &b, &diff, out)?;
    }
    if diff.is_breaking() {
        Ok(ExitCode::from(FOUND))
    } else {
        Ok(ExitCode::SUCCESS)
    }
}

/// Lists every fault of a folder, a line each; ends with 0 when there is none.
pub(super) fn check(folder: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let files = files(folder).map_err(|error| Unreadable(format!("{error:#}")))?;
    match parse(&files) {
        Ok(catalog) => {
            let (version, digest) = (catalog.version(), catalog.digest());
            writeln!(out, "version {version} is sound, digest {digest}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            for fault in error.faults() {
                writeln!(out, "{fault}")?;
            }
            Ok(ExitCode::from(FOUND))
        }
    }
}

fn load(place: &str) -> Result<Catalog, Unreadable> {
    let read = || -> anyhow::Result<Catalog> {
        if place == BUILTIN {
            return Ok(Catalog::builtin()?);
        }
        parse(&files(Path::new(place))?).with_context(|| format!("`{place}`"))
    };
    read().map_err(|error| Unreadable(format!("{error:#}")))
}

fn parse(files: &[(String, String)]) -> Result<Catalog, CatalogError> {
    let sources: Vec<_> = files
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    Catalog::parse(&sources)
}

/// The files of a catalogue folder by their names within it, in a fixed order.
fn files(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    ensure!(folder.is_dir(), "`{}` is not a folder", folder.display());
    let mut names: Vec<(String, PathBuf)> = Vec::new();
    let heading = folder.join("catalog.toml");
    if heading.exists() {
        names.push(("catalog.toml".to_owned(), heading));
    }
    for part in ["classes", "code-sets"] {
        let within = folder.join(part);
        let entries = match fs::read_dir(&within) {
            Ok(entries) => entries,
            // The loader says better what is missing.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("`{}`", within.display())),
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("`{}`", within.display()))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                bail!("`{}` holds a file whose name is not text", within.display());
            };
            // Editors leave other files about.
            if name.ends_with(".toml") && !name.starts_with('.') {
                names.push((format!("{part}/{name}"), entry.path()));
            }
            ensure!(names.len() <= FILES_MAX, "more than {FILES_MAX} files");
        }
    }
    names.sort();
    names
        .into_iter()
        .map(|(name, path)| Ok((name, text(&path)?)))
        .collect()
}

fn text(path: &Path) -> anyhow::Result<String> {
    let named = || format!("`{}`", path.display());
    let about = fs::metadata(path).with_context(named)?;
    ensure!(about.is_file(), "{} is not a file", named());
    ensure!(about.len() <= FILE_BYTES_MAX, "{} is too large", named());
    fs::read_to_string(path).with_context(named)
}

fn table(a: &Catalog, b: &Catalog, diff: &Diff, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "from {} {}", a.version(), a.digest())?;
    writeln!(out, "to   {} {}", b.version(), b.digest())?;
    writeln!(out)?;
    for change in diff.changes() {
        let (place, kind) = (&change.place, change.kind);
        let (weight, reason) = (kind.weight().as_str(), kind.reason());
        let (code, said) = (kind.as_str(), said(change));
        writeln!(out, "{weight:<10}  {place:<24}  {code:<20}  {said}{reason}")?;
    }
    let verdict = verdict(diff);
    writeln!(out, "{} changes: {verdict}", diff.changes().len())?;
    if a.digest() != b.digest() {
        writeln!(out, "{}", advice(a, b, diff))?;
    }
    Ok(())
}

fn said(change: &Change) -> String {
    match (change.from.as_str(), change.to.as_str()) {
        ("", "") => String::new(),
        ("", to) => format!("+ {to}: "),
        (from, "") => format!("- {from}: "),
        (from, to) => format!("{from} -> {to}: "),
    }
}

fn verdict(diff: &Diff) -> &'static str {
    diff.weight().map_or("same", |weight| weight.as_str())
}

fn is_named(a: &Catalog, b: &Catalog) -> bool {
    b.previous()
        .is_some_and(|previous| previous.digest == *a.digest())
}

/// What the `[previous]` of the later version should say.
fn advice(a: &Catalog, b: &Catalog, diff: &Diff) -> String {
    let version = b.version();
    match (diff.is_breaking(), is_named(a, b)) {
        (false, true) => format!("{version} names its predecessor: peers of both work together"),
        (false, false) => format!(
            "{version} does not name its predecessor: peers of both are kept apart; put into its \
             catalog.toml: [previous] version = \"{}\" digest = \"{}\"",
            a.version(),
            a.digest()
        ),
        (true, false) => {
            format!("{version} names no such predecessor: peers of both are kept apart")
        }
        (true, true) => format!(
            "{version} names its predecessor although it breaks with it: take `[previous]` out"
        ),
    }
}

fn document(a: &Catalog, b: &Catalog, diff: &Diff) -> serde_json::Value {
    let side =
        |catalog: &Catalog| json!({ "version": catalog.version(), "digest": catalog.digest() });
    let changes: Vec<_> = diff.changes().iter().map(change).collect();
    json!({
        "from": side(a),
        "to": side(b),
        "verdict": verdict(diff),
        "names_predecessor": is_named(a, b),
        "changes": changes,
    })
}

fn change(change: &Change) -> serde_json::Value {
    json!({
        "place": change.place,
        "change": change.kind.as_str(),
        "weight": change.kind.weight().as_str(),
        "from": change.from,
        "to": change.to,
        "reason": change.kind.reason(),
    })
}
