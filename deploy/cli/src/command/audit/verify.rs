//! `tianshu audit verify`: a log's folder, a mirror of a log, a single proof, or a disclosure. It
//! says what it checked and what it could not.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::note::{NoteKey, SignedCheckpoint, TlogProof};
use audit::verify::{
    TreeFault, VerifiedLog, VerifiedMirror, VerifyError, verify_log, verify_mirror,
};
use audit::{Digest, Receipt, Verified, leaf_hash};
use clap::Args;

use super::disclose;
use crate::command::Unreadable;

/// Longest file of an entry: as long as an entry can be.
const ENTRY_BYTES_MAX: u64 = u16::MAX as u64;
/// Progress is shown once for so many entries.
const SHOWN_EVERY: u64 = 1 << 14;
const DAMAGED: &str = "DAMAGED";
const WHOLE: &str = "whole";
/// Without a key nobody knows who signed.
const WHOLE_UNSIGNED: &str = "whole, signatures not checked";
const UNPROVEN: &str = "NOT PROVEN";

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The folder of a log, the folder of a mirror (checkpoint and tile/ as they are served), or
    /// the file of a proof or of a disclosure.
    path: PathBuf,
    /// A public key of the log (`name+id+key`), or a file that holds it; may be given several
    /// times.
    #[arg(long)]
    key: Vec<String>,
    /// Receipts, one JSON object a line; a proof is for the one of its index.
    #[arg(long)]
    receipts: Option<PathBuf>,
    /// The entry that a proof is for.
    #[arg(long, conflicts_with_all = ["receipts", "leaf"])]
    entry: Option<PathBuf>,
    /// The leaf hash that a proof is for, as 64 hex digits.
    #[arg(long, conflicts_with = "receipts")]
    leaf: Option<String>,
}

impl Verify {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys: Vec<NoteKey> = self
            .key
            .iter()
            .map(|given| key(given))
            .collect::<anyhow::Result<_>>()
            .map_err(Unreadable::from)?;
        let receipts = self.receipts.as_deref();
        let receipts = receipts.map_or_else(|| Ok(Vec::new()), read_receipts);
        let receipts = receipts.map_err(Unreadable::from)?;
        let name = self.path.display();
        let there = std::fs::metadata(&self.path);
        let there = there.with_context(|| format!("`{name}` cannot be read"));
        if there.map_err(Unreadable::from)?.is_file() {
            if let Some(said) = disclose::verify(&self.path, &receipts, out)? {
                return Ok(said);
            }
            return self.proof(&keys, &receipts, out);
        }
        anyhow::ensure!(
            self.entry.is_none() && self.leaf.is_none(),
            "--entry and --leaf go with the file of a proof"
        );
        let is_mirror =
            !self.path.join("journal").is_dir() && self.path.join("checkpoint").is_file();
        let mut shown = Shown::default();
        if is_mirror {
            anyhow::ensure!(
                receipts.is_empty(),
                "a receipt is checked by a log or a proof"
            );
            let verified = verify_mirror(&self.path, &keys, |done, _| shown.at(done));
            shown.end();
            let verified = readable(verified, |fault| {
                matches!(fault, TreeFault::Unreadable { .. })
            })?;
            return conclude(verified, out, |verified, out| mirror(verified, &keys, out));
        }
        let verified = verify_log(&self.path, &receipts, &keys, |progress| {
            shown.at(progress.entries);
        });
        shown.end();
        let verified = readable(verified, |fault| {
            matches!(
                fault,
                VerifyError::NoLog { .. }
                    | VerifyError::Unreadable(_)
                    | VerifyError::Tree(TreeFault::Unreadable { .. })
            )
        })?;
        conclude(verified, out, |verified, out| {
            log(verified, receipts.len(), &keys, out)
        })
    }

    fn proof(
        &self,
        keys: &[NoteKey],
        receipts: &[Receipt],
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(!keys.is_empty(), "a proof proves nothing without --key");
        let bytes = limited(&self.path, audit::note::PROOF_BYTES_MAX as u64);
        let bytes = bytes.map_err(Unreadable::from)?;
        let name = self.path.display();
        let proof = match TlogProof::parse(&bytes) {
            Ok(proof) => proof,
            Err(fault) => return refuse(UNPROVEN, &format!("{name}: {fault}"), out),
        };
        let leaf = self.leaf_of(&proof, receipts)?;
        if let Err(fault) = proof.verify(leaf, keys) {
            return refuse(UNPROVEN, &format!("{name}: {fault}"), out);
        }
        let head = &proof.checkpoint.checkpoint;
        writeln!(out, "log             {}", head.origin)?;
        writeln!(out, "entry           {}, leaf hash {leaf}", proof.index)?;
        checkpoint(&proof.checkpoint, keys, out)?;
        let hashes = proof.path.len();
        writeln!(out, "path            {hashes} hashes lead to the root")?;
        writeln!(out, "verdict         proven")?;
        Ok(ExitCode::SUCCESS)
    }

    /// What a proof is for.
    fn leaf_of(&self, proof: &TlogProof, receipts: &[Receipt]) -> anyhow::Result<Digest> {
        if let Some(file) = &self.entry {
            let entry = limited(file, ENTRY_BYTES_MAX).map_err(Unreadable::from)?;
            return Ok(leaf_hash(&entry));
        }
        if let Some(hex) = &self.leaf {
            return Digest::from_hex(hex).context("--leaf is not 64 hex digits");
        }
        let origin = &proof.checkpoint.checkpoint.origin;
        let receipt = receipts
            .iter()
            .find(|receipt| receipt.index == proof.index && receipt.log == *origin);
        let none = || {
            format!(
                "say what is to be proven with --entry, --leaf or --receipts: none is for entry {} \
                 of `{origin}`",
                proof.index
            )
        };
        receipt.map(|receipt| receipt.leaf_hash).with_context(none)
    }
}

/// Progress on the terminal, if there is one.
#[derive(Debug, Default)]
struct Shown {
    next: u64,
    any: bool,
}

impl Shown {
    fn at(&mut self, entries: u64) {
        if entries >= self.next && io::stderr().is_terminal() {
            self.next = entries.saturating_add(SHOWN_EVERY);
            self.any = true;
            // Nobody is helped by a verification that ends because the terminal went away.
            let _ = write!(io::stderr(), "\r{entries} entries verified ");
        }
    }

    fn end(&self) {
        if self.any {
            let _ = writeln!(io::stderr());
        }
    }
}

/// What cannot be read is not damaged: it may be another place than was meant, or another's.
fn readable<T, E: std::error::Error + 'static>(
    verified: Result<T, E>,
    is_unreadable: impl FnOnce(&E) -> bool,
) -> Result<Result<T, E>, Unreadable> {
    match verified {
        Err(fault) if is_unreadable(&fault) => {
            Err(anyhow::anyhow!(super::with_causes(&fault)).into())
        }
        verified => Ok(verified),
    }
}

/// The report says the verdict on what verified.
fn conclude<T, E: std::error::Error + 'static>(
    verified: Result<T, E>,
    out: &mut dyn Write,
    report: impl FnOnce(&T, &mut dyn Write) -> io::Result<&'static str>,
) -> anyhow::Result<ExitCode> {
    match verified {
        Ok(verified) => {
            let verdict = report(&verified, out)?;
            writeln!(out, "verdict         {verdict}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => refuse(DAMAGED, &super::with_causes(&fault), out),
    }
}

fn refuse(verdict: &str, fault: &str, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    writeln!(out, "verdict         {verdict}")?;
    writeln!(out, "fault           {fault}")?;
    Ok(ExitCode::FAILURE)
}

fn log(
    verified: &VerifiedLog,
    receipts: usize,
    keys: &[NoteKey],
    out: &mut dyn Write,
) -> io::Result<&'static str> {
    let VerifiedLog { journal, tree } = verified;
    self::journal(journal, receipts, out)?;
    let Some(tree) = tree else {
        writeln!(
            out,
            "checkpoint      none: nothing was published of this log"
        )?;
        // There are no signatures to be checked.
        return Ok(WHOLE);
    };
    checkpoint(&tree.checkpoint, keys, out)?;
    let size = tree.checkpoint.checkpoint.size;
    writeln!(
        out,
        "checkpoints     {} ever published, each with the root of its entries",
        tree.checkpoints
    )?;
    writeln!(
        out,
        "tiles           {} full ones and {} bundles, byte for byte",
        tree.tiles, tree.bundles
    )?;
    writeln!(
        out,
        "not covered     {} entries came after the checkpoint",
        journal.entries.saturating_sub(size)
    )?;
    Ok(verdict(keys))
}

const fn verdict(keys: &[NoteKey]) -> &'static str {
    if keys.is_empty() {
        WHOLE_UNSIGNED
    } else {
        WHOLE
    }
}

fn journal(verified: &Verified, receipts: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "log             {}", verified.origin)?;
    writeln!(
        out,
        "segments        {}, every byte accounted for",
        verified.segments
    )?;
    writeln!(
        out,
        "frames          {}, checksums and chain hold",
        verified.frames
    )?;
    writeln!(out, "entries         {}", verified.entries)?;
    writeln!(out, "chain hash      {}", verified.chain)?;
    writeln!(out, "receipts        {receipts}, all honoured")?;
    let end = match (verified.closed, verified.bytes_in_progress) {
        (true, _) => "closed in good order".to_owned(),
        (false, 0) => "not closed: in use, or ended by a crash".to_owned(),
        (false, bytes) => format!("in use, {bytes} bytes being written"),
    };
    writeln!(out, "end             {end}")
}

fn mirror(
    verified: &VerifiedMirror,
    keys: &[NoteKey],
    out: &mut dyn Write,
) -> io::Result<&'static str> {
    let head = &verified.checkpoint.checkpoint;
    writeln!(out, "mirror of       {}", head.origin)?;
    checkpoint(&verified.checkpoint, keys, out)?;
    writeln!(
        out,
        "tiles           {}, each as the row below gives it",
        verified.tiles
    )?;
    match verified.bundles {
        0 if head.size > 0 => {
            writeln!(
                out,
                "entries         NOT CHECKED: this mirror has only hashes"
            )
        }
        bundles => writeln!(
            out,
            "entries         {} in {bundles} bundles, each with its leaf hash",
            head.size
        ),
    }?;
    Ok(verdict(keys))
}

fn checkpoint(
    checkpoint: &SignedCheckpoint,
    keys: &[NoteKey],
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = &checkpoint.checkpoint;
    writeln!(
        out,
        "checkpoint      {} entries, root {}",
        head.size,
        head.root.to_base64()
    )?;
    match checkpoint.note.signed_by(keys) {
        Ok(signers) => {
            let signers: Vec<_> = signers.into_iter().map(ToString::to_string).collect();
            writeln!(out, "signed by       {}", signers.join(", "))
        }
        Err(_) => writeln!(out, "signed by       NOT CHECKED: no --key was given"),
    }
}

/// A key, or the file that holds one on its first line.
fn key(given: &str) -> anyhow::Result<NoteKey> {
    if let Some(key) = NoteKey::parse(given) {
        return Ok(key);
    }
    let text = std::fs::read_to_string(given)
        .with_context(|| format!("`{given}` is neither a key nor a file that can be read"))?;
    let line = text.lines().next().unwrap_or_default().trim();
    NoteKey::parse(line).with_context(|| format!("`{given}` holds no key of the form name+id+key"))
}

fn limited(file: &Path, max: u64) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let name = file.display();
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(max.saturating_add(1)).read_to_end(&mut bytes))
        .with_context(|| format!("`{name}` cannot be read"))?;
    anyhow::ensure!(
        bytes.len() as u64 <= max,
        "`{name}` is longer than {max} bytes"
    );
    Ok(bytes)
}

fn read_receipts(file: &Path) -> anyhow::Result<Vec<Receipt>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("`{name}` cannot be read"))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("`{name}`, line {}: no receipt", number.saturating_add(1)))
        })
        .collect()
}
