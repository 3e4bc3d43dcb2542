//! `tianshu audit restore`: a log put together again from its archive, to be verified, searched and
//! counted like any other.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use audit::volume::restore;
use clap::Args;

use super::verify::read_keys;

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
}

impl Restore {
    pub(super) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys = read_keys(&self.key)?;
        let restored = restore(&self.from, &self.to, &keys, |_| {})?;
        let last = restored.end.saturating_sub(1);
        writeln!(out, "log             {}", restored.origin)?;
        writeln!(
            out,
            "entries         {} to {last}, from {} volumes, each with its manifest and checkpoint",
            restored.first, restored.volumes
        )?;
        if restored.first > 0 {
            let before = restored.first.saturating_sub(1);
            writeln!(
                out,
                "expired         entries 0 to {before} are not in the archive any more"
            )?;
        }
        writeln!(
            out,
            "restored into   {}: verify and search it without a key; its chain hash is its own",
            self.to.display()
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
