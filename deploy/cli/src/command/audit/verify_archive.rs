//! `tianshu audit verify` of an archive: what it checked, and what it could not.

use std::io::{self, Write};
use std::path::Path;

use audit::VolumeError;
use audit::note::{NoteKey, SignedCheckpoint};
use audit::volume::{ArchiveProgress, ExpiredVolume, VerifiedArchive, verify_archive};
use wire::Heading;
use wire::keeping::VolumeExpired;

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

/// Whether the log itself says of every expired volume that it was let go.
pub(super) fn is_on_record(verified: &VerifiedArchive) -> bool {
    verified
        .expired
        .iter()
        .all(|expired| said(expired).is_some())
}

/// What the log says of an expiry. The record in the archive says nothing by itself: whoever has
/// the archive's disk can write it.
fn said(expired: &ExpiredVolume) -> Option<(u64, VolumeExpired)> {
    let (index, entry) = expired.entry.as_ref()?;
    let is_kind = &*Heading::read(entry)?.kind == "volume-expired";
    let said: VolumeExpired = serde_json::from_slice(entry).ok()?;
    let record = &expired.record;
    let is_same = (said.first, said.last) == (record.first, record.last())
        && said.sha256 == record.sha256.to_string()
        && said.orders == record.order.orders.to_string();
    (is_kind && is_same).then_some((*index, said))
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
    report_expired(verified, out)?;
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

fn report_expired(verified: &VerifiedArchive, out: &mut dyn Write) -> io::Result<()> {
    for expired in &verified.expired {
        let (first, last) = (expired.record.first, expired.record.last());
        match said(expired) {
            Some((index, said)) => {
                let by = said.approved_by.join(" and ");
                let late = if said.superseded {
                    ", whose orders others had followed"
                } else {
                    ""
                };
                writeln!(
                    out,
                    "expired         entries {first} to {last}, by {by}{late}: entry {index}"
                )?;
            }
            None => writeln!(
                out,
                "NOT ON RECORD   entries {first} to {last} are gone, and no entry of the log that \
                 is here says by whose order (--log?)"
            )?,
        }
    }
    Ok(())
}
