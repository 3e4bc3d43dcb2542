//! Which calls there are and how strace hits each of them. strace counts calls by thread and name,
//! so that a place is hit by its number among all calls on the log's files, or among those on one
//! file, whichever hits it before any other.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::trace::Call;
use super::scene::Watched;

/// Of no interest: the start of the program, and the standard library's own check of a descriptor
/// in debug builds.
const LEFT_OUT: [&str; 2] = ["execve", "fcntl"];

/// The thread that opens the log, and does nothing to it later; of the publishing process the one
/// that also publishes.
const OPENING: &str = "opening";
pub(in super::super) const PUBLISHING: &str = "publishing";
/// Name of its process and thread.
const PUBLISHER: &str = "log-writer";

const FOLDERS_OF_TILES: [&str; 4] = [
    "/log/tile",
    "/log/tile/0",
    "/log/tile/1",
    "/log/tile/entries",
];

/// What is done to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Fault {
    Eio,
    Enospc,
    Kill,
}

impl Fault {
    pub(in super::super) const ALL: [Self; 3] = [Self::Eio, Self::Enospc, Self::Kill];

    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::Eio => "EIO",
            Self::Enospc => "ENOSPC",
            Self::Kill => "SIGKILL",
        }
    }

    pub(in super::super) const fn rule(self) -> &'static str {
        match self {
            Self::Eio => "error=EIO",
            Self::Enospc => "error=ENOSPC",
            Self::Kill => "signal=SIGKILL",
        }
    }
}

/// Who calls what on which kind of file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Kind {
    pub(in super::super) who: &'static str,
    pub(in super::super) call: String,
    pub(in super::super) on: String,
}

/// One call of the undisturbed run.
#[derive(Debug, Clone)]
pub(in super::super) struct Cell {
    /// Its place among the calls of the scene.
    pub(in super::super) place: usize,
    pub(in super::super) kind: Kind,
    /// None where every rule that hits it hits another thread's call before.
    pub(in super::super) injection: Option<Injection>,
}

/// The `nth` call of this name in a thread, on these files.
#[derive(Debug, Clone)]
pub(in super::super) struct Injection {
    /// Below the folder of the log.
    pub(in super::super) files: Vec<String>,
    pub(in super::super) nth: usize,
}

/// Calls on files of the log, in order.
pub(in super::super) fn relevant(calls: &[Call], folder: &Path) -> Vec<(Call, Vec<String>)> {
    let kept = calls
        .iter()
        .filter(|call| !LEFT_OUT.contains(&call.name.as_str()));
    kept.map(|call| (call.clone(), files_of(call, folder)))
        .filter(|(_, files)| !files.is_empty())
        .collect()
}

/// Files below `folder` that a call names, as paths from there.
fn files_of(call: &Call, folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let mut files = Vec::new();
    for (open, close) in [('"', '"'), ('<', '>')] {
        for named in call.arguments.split(&format!("{open}{folder}")).skip(1) {
            if let Some((file, _)) = named.split_once(close)
                && (file.is_empty() || file.starts_with('/'))
            {
                files.push(file.to_owned());
            }
        }
    }
    files
}

pub(super) fn kind_of(call: &Call, files: &[String]) -> Kind {
    let on: Vec<_> = files.iter().map(|file| kind_of_file(file)).collect();
    Kind {
        who: match call.comm.as_str() {
            "audit-commit" => "writing thread",
            "audit-spare" => "spare's thread",
            PUBLISHER => PUBLISHING,
            _ => OPENING,
        },
        call: call.name.clone(),
        on: on.join(" → "),
    }
}

fn kind_of_file(file: &str) -> String {
    match file {
        "" => "folder above the log".to_owned(),
        "/log" => "folder of the log".to_owned(),
        "/log/journal" => "folder of the segments".to_owned(),
        "/log/proofs" => "folder of the list".to_owned(),
        folder if FOLDERS_OF_TILES.contains(&folder) => "folder of tiles".to_owned(),
        bundle if bundle.starts_with("/log/tile/entries/") => "bundle".to_owned(),
        tile if tile.starts_with("/log/tile/0/") => "tile".to_owned(),
        tile if tile.starts_with("/log/tile/") => "tile of level 1".to_owned(),
        segment if segment.ends_with(".seg") => "segment".to_owned(),
        // Each file that is put has its own: `head.0.tmp`.
        unfinished if unfinished.ends_with(".0.tmp") => "unfinished file".to_owned(),
        other => format!("`{}`", other.rsplit('/').next().unwrap_or(other)),
    }
}

/// Every relevant call with the rule that hits it.
pub(in super::super) fn cells(calls: &[Call], folder: &Path, watched: Watched) -> Vec<Cell> {
    let calls = relevant(calls, folder);
    let mut all: Vec<String> = calls.iter().flat_map(|(_, files)| files.clone()).collect();
    all.sort();
    all.dedup();
    let rule = |place: usize| {
        let (call, files) = &calls[place];
        let mut choices: Vec<_> = files.iter().map(|file| vec![file.clone()]).collect();
        // Nobody else touches a publisher's files, so that no race decides who is hit first.
        let at = if call.comm == PUBLISHER {
            choices.len()
        } else {
            0
        };
        choices.insert(at, all.clone());
        let mut rules = choices.into_iter().map(|files| hits(&calls, place, &files));
        rules.find_map(|(injection, first)| (first == place).then_some(injection))
    };
    let kinds = calls.iter().map(|(call, files)| kind_of(call, files));
    let of_interest =
        |who: &str| watched == Watched::Writing || [OPENING, PUBLISHING].contains(&who);
    kinds
        .enumerate()
        .filter(|(_, kind)| of_interest(kind.who))
        .map(|(place, kind)| Cell {
            place,
            kind,
            injection: rule(place),
        })
        .collect()
}

/// The rule for one call when only these files count, and the first call that it hits.
fn hits(calls: &[(Call, Vec<String>)], place: usize, files: &[String]) -> (Injection, usize) {
    let name = &calls[place].0.name;
    let mut counted: BTreeMap<u32, usize> = BTreeMap::new();
    let mut numbers = Vec::new();
    for (at, (call, named)) in calls.iter().enumerate() {
        if call.name == *name && named.iter().any(|file| files.contains(file)) {
            let number = counted.entry(call.thread).or_default();
            *number += 1;
            numbers.push((at, *number));
        }
    }
    let own = numbers.iter().find(|(at, _)| *at == place);
    let nth = own.map_or(0, |(_, number)| *number);
    let first = numbers.iter().find(|(_, number)| *number == nth);
    let injection = Injection {
        files: files.to_vec(),
        nth,
    };
    (injection, first.map_or(usize::MAX, |(at, _)| *at))
}
