//! `tianshu audit rotate-key`: the successor of a log's signing key.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use cli::pki::write_successor_key;

#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    /// The name of the log: the `id` of its hub.
    #[arg(long)]
    origin: String,
    /// The key that signs the log now (`audit.checkpoint_key`).
    #[arg(long)]
    key: PathBuf,
    /// The file of the new key; it must not exist.
    #[arg(long)]
    out: PathBuf,
    /// The file of the statement that both keys sign; it must not exist.
    #[arg(long)]
    statement: PathBuf,
}

impl RotateKey {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let vkey = write_successor_key(&self.key, &self.origin, &self.out, &self.statement)?;
        writeln!(out, "{vkey}")?;
        Ok(ExitCode::SUCCESS)
    }
}
