//! `tianshu audit archive`: volumes by hand, of a log whose owner is stopped. A running hub or
//! agent does the same by itself, and puts it on record; here the archive itself is the record.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::note::{NoteSigner, SignatureKind};
use audit::publisher::own_keys;
use audit::volume::{Archiver, Covering, OwnCheckpoints, VolumeSize};
use audit::{Archive, Journal, JournalConfig, Publisher};
use clap::Args;
use time::OffsetDateTime;
use wire::Clock;
use wire::keeping::{days_before, written_at};
use zeroize::Zeroizing;

use super::opened;

#[derive(Debug, Args)]
pub(crate) struct ArchiveLog {
    /// The folder of the log; its hub or agent must be stopped.
    dir: PathBuf,
    /// The folder of the archive, best on another disk; it must be there.
    #[arg(long)]
    to: PathBuf,
    /// The private key of the log (PKCS#8 in DER): of a hub `audit.checkpoint_key`, of an agent
    /// `book.archive.key`.
    #[arg(long)]
    key: PathBuf,
    /// Close a volume that is not full if its oldest entry is older than so many days.
    #[arg(long, default_value_t = 30)]
    after_days: u64,
}

impl ArchiveLog {
    pub(super) fn run(self, clock: &dyn Clock, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.to.is_dir(), "no such folder: `{}`", self.to.display());
        let origin = opened(&self.dir)?.origin().to_owned();
        let signer = || signer(&self.key, &origin);
        let (journal, _) = Journal::open(&JournalConfig::new(&self.dir, &origin))?;
        let publishes = self.dir.join(audit::publisher::HEAD_NAME).is_file();
        let own = signer()?;
        let covering: Box<dyn Covering + '_> = if publishes {
            Box::new(Publisher::open(&journal, signer()?)?.published())
        } else {
            Box::new(OwnCheckpoints {
                journal: &journal,
                signer: &own,
            })
        };
        let archive = Archive::new(&self.to, own_keys(&self.dir, own.key())?);
        let time_of = |entry: &[u8]| written_at(entry).map(OffsetDateTime::unix_timestamp);
        let archiver = Archiver {
            journal: &journal,
            archive: &archive,
            signer: &own,
            covering: covering.as_ref(),
            time_of: &time_of,
            size: VolumeSize::default(),
        };
        let close_before = days_before(clock.now(), self.after_days);
        let mut volumes = 0_u64;
        while let Some(manifest) = archiver.next(close_before)? {
            volumes = volumes.saturating_add(1);
            let (file, last) = (manifest.entries_file(), manifest.end().saturating_sub(1));
            let (first, bytes) = (manifest.first(), manifest.bytes);
            writeln!(
                out,
                "{file}  entries {first} to {last}, {bytes} bytes, read back"
            )?;
        }
        let end = archive.manifests()?.last().map_or(0, audit::Manifest::end);
        let rest = journal.size().saturating_sub(end);
        writeln!(
            out,
            "{volumes} volumes made; {rest} entries are in none yet"
        )?;
        journal.close()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn signer(file: &Path, origin: &str) -> anyhow::Result<NoteSigner> {
    let name = file.display();
    let der = Zeroizing::new(std::fs::read(file).with_context(|| format!("`{name}`"))?);
    let signer = NoteSigner::from_pkcs8(origin, SignatureKind::Plain, &der);
    signer.with_context(|| format!("`{name}` is no Ed25519 key as PKCS#8 in DER, version 2"))
}
