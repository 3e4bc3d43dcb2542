//! `tianshu audit verify` of an archive: what it checked, and what it could not.

use std::io::{self, Write};
use std::path::Path;

use audit::VolumeError;
use audit::note::{NoteKey, SignedCheckpoint};
use audit::volume::{ArchiveProgress, VerifiedArchive, verify_archive};

/// Whether a folder is an archive and no log or mirror.
pub(super) fn is_archive(dir: &Path) -> bool {
    let is_other = dir.join("journal").is_dir() || dir.join("checkpoint").is_file();
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let is_manifest = |entry: &std::fs::DirEntry| {
        let name = entry.file_name();
        let ending = Path::new(&name).extension().map(std::ffi::OsStr::to_owned);
        ending.is_some_and(|ending| ending == "manifest" || ending == "volume")
    };
    !is_other && names.into_iter().any(|entry| is_manifest(&entry))
}

/// What an archive is held against.
#[derive(Debug, Default)]
pub(super) struct Against<'a> {
    pub(super) keys: &'a [NoteKey],
    pub(super) checkpoint: Option<&'a SignedCheckpoint>,
    pub(super) log: Option<&'a Path>,
}

impl Against<'_> {
    pub(super) fn verify(
        &self,
        dir: &Path,
        on_progress: impl FnMut(ArchiveProgress),
    ) -> Result<VerifiedArchive, VolumeError> {
        verify_archive(dir, self.keys, self.checkpoint, self.log, on_progress)
    }
}

/// Whether a fault says that nothing could be looked at.
pub(super) const fn is_unreadable(fault: &VolumeError) -> bool {
    matches!(
        fault,
        VolumeError::Disk { .. } | VolumeError::NoArchive { .. } | VolumeError::Record(_)
    )
}

pub(super) fn report(verified: &VerifiedArchive, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "archive of      {}", verified.origin)?;
    writeln!(
        out,
        "volumes         {}, every byte as its manifest says, none missing between",
        verified.volumes
    )?;
    for expired in &verified.expired {
        let last = expired
            .first
            .saturating_add(expired.count)
            .saturating_sub(1);
        let by = expired.order.by.join(" and ");
        writeln!(
            out,
            "expired         entries {} to {last}, by {by}",
            expired.first
        )?;
    }
    writeln!(
        out,
        "entries         up to {}",
        verified.end.saturating_sub(1)
    )?;
    if let Some(file) = &verified.unfinished {
        writeln!(
            out,
            "NOT FINISHED    {file} has no manifest: it is being written, was cut off by a crash, \
             or its manifest was taken away"
        )?;
    }
    match verified.beyond {
        Some(0) => writeln!(
            out,
            "checkpoint      every entry under it is in the archive"
        ),
        Some(beyond) => writeln!(
            out,
            "checkpoint      {beyond} entries under it came after the archive's end"
        ),
        None => writeln!(
            out,
            "checkpoint      NONE GIVEN: whether volumes are missing at the end is not known"
        ),
    }?;
    match verified.log {
        Some(log) => writeln!(
            out,
            "log             begins with entry {}; {} leaf hashes and {} entries compared",
            log.first, log.tiled, log.entries
        ),
        None => writeln!(out, "log             not compared: no --log was given"),
    }
}
