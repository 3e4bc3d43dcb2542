//! `tianshu audit hold`: the officers' orders about what is kept. Each officer reads and seals them
//! on a workstation of their own; with two seals they are put where the log's owner looks.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::note::{NOTE_BYTES_MAX, Note, NoteSigner, SealedText, SignatureKind};
use clap::{Args, Subcommand};
use cli::officer::read_key;
use policies::{KeepingOrders, ORDERS_SIGNERS_MIN};
use zeroize::Zeroizing;

use super::expire::officer_keys;
use crate::command::{FOUND, Unreadable};

#[derive(Debug, Subcommand)]
pub(crate) enum Hold {
    /// Show what orders say, and put an officer's seal under them.
    Seal(Seal),
    /// Show what orders say and who sealed them; ends with 0 when two officers have.
    Check(Check),
}

#[derive(Debug, Args)]
pub(crate) struct Seal {
    /// The file of the orders, sealed by nobody yet or by another officer.
    file: PathBuf,
    /// The officer, as `node/name` of the trust list.
    #[arg(long)]
    officer: String,
    /// The officer's key; nobody else may read the file.
    #[arg(long)]
    key: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The file of the orders.
    file: PathBuf,
    /// The trust list, with the keys of the officers.
    #[arg(long)]
    trust_list: PathBuf,
    /// Of an agent's log: the node whose officers may order.
    #[arg(long)]
    node: Option<String>,
}

impl Hold {
    pub(super) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Seal(seal) => seal.run(out),
            Self::Check(check) => check.run(out),
        }
    }
}

impl Seal {
    fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let name = self.key.display().to_string();
        // It must be an officer's key that nobody else may read.
        read_key(&self.key).with_context(|| name.clone())?;
        let der = Zeroizing::new(fs::read(&self.key).with_context(|| name.clone())?);
        let signer = NoteSigner::from_pkcs8(&self.officer, SignatureKind::Plain, &der);
        let signer = signer.context("--officer must be node/name, without blanks and `+`")?;
        let bytes = read(&self.file)?;
        let (text, mut signatures) = match Note::parse(&bytes) {
            Some(note) => (note.text().to_owned(), note.signatures().to_vec()),
            None => {
                let text = String::from_utf8(bytes).context("the orders are no text")?;
                (format!("{}\n", text.trim_end()), Vec::new())
            }
        };
        show(&KeepingOrders::parse(&text)?, out)?;
        signatures.retain(|signature| signature.name != self.officer);
        signatures.push(signer.sign(&text, 0));
        let note = Note::new(text, signatures).context("orders must not hold tabs")?;
        replace(&self.file, note.to_string().as_bytes())?;
        writeln!(out, "sealed by       {}", self.officer)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys = officer_keys(&self.trust_list, self.node.as_deref());
        let keys = keys.map_err(Unreadable::from)?;
        let bytes = read(&self.file).map_err(Unreadable::from)?;
        match SealedText::read(&bytes, &keys, ORDERS_SIGNERS_MIN) {
            Ok(sealed) => {
                show(&KeepingOrders::parse(&sealed.text)?, out)?;
                writeln!(out, "sealed by       {}", sealed.by.join(", "))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(fault) => {
                writeln!(out, "NOT SEALED      {fault}: two officers must")?;
                Ok(ExitCode::from(FOUND))
            }
        }
    }
}

fn show(orders: &KeepingOrders, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "orders          {} for the log {}",
        orders.serial, orders.log
    )?;
    for (what, day) in [
        ("may leave the log", orders.hot_until),
        ("may leave the archive", orders.archived_until),
    ] {
        match day {
            Some(day) => writeln!(out, "entries before  {day} {what}")?,
            None => writeln!(out, "no entry        {what}")?,
        }
    }
    for hold in &orders.holds {
        let (name, reason) = (&hold.name, &hold.reason);
        writeln!(
            out,
            "hold            {name}, by {} and {}: {reason}",
            hold.by, hold.second
        )?;
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let name = file.display();
    let length = fs::metadata(file)
        .with_context(|| format!("`{name}`"))?
        .len();
    anyhow::ensure!(
        length <= NOTE_BYTES_MAX as u64,
        "`{name}` is too long for orders"
    );
    fs::read(file).with_context(|| format!("`{name}`"))
}

/// The file is there whole, before and after.
fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".unfinished");
    let beside = PathBuf::from(beside);
    let mut written = fs::File::create(&beside)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    fs::rename(&beside, file)?;
    Ok(())
}
