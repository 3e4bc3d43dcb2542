//! `tianshu audit restore`: a log put together again from its archive, to be verified, searched and
//! counted like any other.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use audit::volume::restore_stretch;
use clap::Args;

use super::verify::read_keys;
use crate::command::FOUND;

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder of the archive.
    #[arg(long)]
    from: PathBuf,
    /// The folder to make; it must be empty or not there.
    #[arg(long)]
    to: PathBuf,
    /// A public key of the log (`name+id+key`), or a file that holds it.
    #[arg(long, required = true)]
    key: Vec<String>,
    /// Of an archive in which volumes have expired between held ones: the stretch with this entry,
    /// instead of the latest one.
    #[arg(long)]
    with_entry: Option<u64>,
}

impl Restore {
    pub(super) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys = read_keys(&self.key)?;
        let restored = restore_stretch(&self.from, &self.to, &keys, self.with_entry, |_| {})?;
        let last = restored.end.saturating_sub(1);
        writeln!(out, "log             {}", restored.origin)?;
        writeln!(
            out,
            "entries         {} to {last}, from {} volumes, each with its manifest and checkpoint",
            restored.first, restored.volumes
        )?;
        for gone in &restored.expired {
            let (first, last) = (gone.first, gone.end.saturating_sub(1));
            writeln!(
                out,
                "expired         entries {first} to {last} are not in the archive any more"
            )?;
        }
        for rest in &restored.left_out {
            let (first, last) = (rest.first, rest.end.saturating_sub(1));
            writeln!(
                out,
                "NOT RESTORED    entries {first} to {last} are in the archive: restore them into \
                 another folder, --with-entry {first}"
            )?;
        }
        writeln!(
            out,
            "restored into   {}: verify and search it without a key; its chain hash is its own",
            self.to.display()
        )?;
        // Who has chosen knows that there is more.
        let is_all = restored.left_out.is_empty() || self.with_entry.is_some();
        Ok(ExitCode::from(if is_all { 0 } else { FOUND }))
    }
}
