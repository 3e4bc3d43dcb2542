//! `tianshu audit erase`: the second officer signs what the first has (`tianshu officer erasure`),
//! and it is handed to the agent. The agent alone writes its log: it verifies both signatures,
//! erases, and says beside the request what came of it. A stopped agent does it at its next start.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use audit::side::PRIVATE_FOLDER;
use clap::Args;
use cli::officer::read_key;
use policies::{ErasureStatement, ErasureTarget, SignedErasure};

/// Longest line that is read when it is asked for.
const TYPED_BYTES_MAX: u64 = 256;
/// How often it is looked whether the agent has answered.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The folder of the agent's log.
    dir: PathBuf,
    /// What the first officer has signed (`tianshu officer erasure`).
    #[arg(long)]
    officer_statement: PathBuf,
    /// The second officer's key; nobody else may read the file.
    #[arg(long)]
    key: PathBuf,
    /// How long to wait for the agent, in seconds.
    #[arg(long, default_value_t = 15)]
    wait: u64,
    /// Do not ask before signing.
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let key = read_key(&self.key).with_context(|| self.key.display().to_string())?;
        let text = fs::read(&self.officer_statement)
            .with_context(|| self.officer_statement.display().to_string())?;
        let mut signed: SignedErasure =
            serde_json::from_slice(&text).context("it is no signed erasure")?;
        let said = ErasureStatement::decode(&signed.body)?;
        out.write_all(account(&said).as_bytes())?;
        if !self.yes {
            write!(out, "To sign as {}, type the basis: ", said.approved_by)?;
            out.flush()?;
            confirm(&said.basis)?;
        }
        let signature = key.sign_erasure(&signed.body)?;
        signed
            .signatures
            .insert(said.approved_by.clone(), signature);
        let name = data_encoding::HEXLOWER.encode(&said.nonce);
        let folder = self.dir.join(PRIVATE_FOLDER).join("requests");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        hand_over(&folder, &name, &signed)?;
        self.answer(&folder, &name, out)
    }

    fn answer(&self, folder: &Path, name: &str, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let looks = Duration::from_secs(self.wait).as_millis() / LOOK_EVERY.as_millis();
        for _ in 0..=looks {
            for (ending, code) in [("done", ExitCode::SUCCESS), ("refused", ExitCode::FAILURE)] {
                let told = fs::read_to_string(folder.join(format!("{name}.{ending}")));
                // Without its end it is still being written.
                if let Some(told) = told.ok().filter(|told| told.ends_with('\n')) {
                    out.write_all(told.as_bytes())?;
                    return Ok(code);
                }
            }
            std::thread::sleep(LOOK_EVERY);
        }
        writeln!(
            out,
            "handed over; the agent has not answered yet, and will when it runs"
        )?;
        Ok(ExitCode::from(2))
    }
}

/// What is signed, for the person who signs.
pub(crate) fn account(said: &ErasureStatement) -> String {
    let target = match &said.target {
        ErasureTarget::Query(query) => format!("the values of question {query}"),
        ErasureTarget::Index(index) => format!("the values of entry {index}"),
        ErasureTarget::SubjectOfIndex(index) => {
            format!("all values about the subject of entry {index}")
        }
    };
    format!(
        "erases      {target}\nof          {}, written until {}\nbasis       {}\nasked by    {}\n\
         approved by {}\n",
        said.node, said.issued_at, said.basis, said.asked_by, said.approved_by
    )
}

/// The agent sees it whole or not at all.
fn hand_over(folder: &Path, name: &str, signed: &SignedErasure) -> anyhow::Result<()> {
    let new = folder.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options
        .open(&new)
        .with_context(|| new.display().to_string())?;
    file.write_all(&serde_json::to_vec(signed)?)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(format!("{name}.json")))?;
    Ok(())
}

/// Erasing cannot be undone: the basis is typed, not clicked away.
fn confirm(basis: &str) -> anyhow::Result<()> {
    let mut typed = String::new();
    let stdin = std::io::stdin().lock();
    stdin.take(TYPED_BYTES_MAX).read_line(&mut typed)?;
    if typed.trim() == basis {
        Ok(())
    } else {
        bail!("that is not the basis: nothing was signed")
    }
}
