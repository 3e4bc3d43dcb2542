//! `tianshu audit verify`: a log's folder, a mirror of a log, a single proof, or a disclosure. It
//! says what it checked and what it could not.

mod keys;
mod log;
mod progress;
mod proof_file;
mod witnessed;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::note::{NoteKey, SignedCheckpoint, TlogProof};
use audit::verify::{
    Demands, TreeFault, VerifiedMirror, VerifyError, verify_log_with, verify_mirror,
};
use audit::witness::Policy;
use audit::{Digest, Receipt, leaf_hash};
use clap::Args;

use super::disclose;
use super::verify_archive::{Against, is_archive, is_on_record, is_unreadable, report};
use crate::command::Unreadable;
pub(super) use keys::add_predecessors;
pub(super) use keys::read_keys;
use keys::{said, succeed};
use progress::Shown;

/// Longest file of an entry: as long as an entry can be.
const ENTRY_BYTES_MAX: u64 = u16::MAX as u64;
const DAMAGED: &str = "DAMAGED";
const WHOLE: &str = "whole";
/// Without a key nobody knows who signed.
const WHOLE_UNSIGNED: &str = "whole, signatures not checked";
const UNPROVEN: &str = "NOT PROVEN";
const UNWITNESSED: &str = "NOT WITNESSED";
const TOO_FEW: &str = "fewer witnesses have cosigned than the policy asks for";

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The folder of a log, of a mirror (checkpoint and tile/ as they are served) or of an archive,
    /// or the file of a proof, of several entries with theirs, or of a disclosure.
    path: PathBuf,
    /// A public key of the log (`name+id+key`), or a file that holds it; may be given several
    /// times.
    #[arg(long)]
    key: Vec<String>,
    /// The policy that says which logs and witnesses count and how many cosignatures are enough
    /// (C2SP tlog-policy): without its quorum nothing is proven.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// The statement of a successor of the log's key (`tianshu audit rotate-key`): with one of its
    /// keys the other is believed too. For mirrors and proofs; a log has its own. May be given
    /// several times, oldest first.
    #[arg(long)]
    successor: Vec<PathBuf>,
    /// Receipts, one JSON object a line; a proof is for the one of its index.
    #[arg(long)]
    receipts: Option<PathBuf>,
    /// The entry that a proof is for.
    #[arg(long, conflicts_with_all = ["receipts", "leaf"])]
    entry: Option<PathBuf>,
    /// The leaf hash that a proof is for, as 64 hex digits.
    #[arg(long, conflicts_with = "receipts")]
    leaf: Option<String>,
    /// A checkpoint that somebody kept, which an archive must go together with.
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// The folder of the log, which an archive must go together with, or which must have the entry
    /// of a disclosure.
    #[arg(long)]
    log: Option<PathBuf>,
    /// The log publishes no checkpoint, as an agent's own: the signature on its base is enough.
    #[arg(long)]
    unpublished: bool,
}

impl Verify {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let policy = self.policy.as_deref().map(witnessed::read).transpose();
        let policy = policy.map_err(Unreadable::from)?;
        let mut keys = read_keys(&self.key)?;
        keys.extend(policy.iter().flat_map(witnessed::keys));
        // A log has its own statements; with these a key that was replaced would count again.
        let own_keys = keys.clone();
        for file in &self.successor {
            succeed(&mut keys, file).map_err(Unreadable::from)?;
        }
        let receipts = self.receipts.as_deref();
        let receipts = receipts.map_or_else(|| Ok(Vec::new()), read_receipts);
        let receipts = receipts.map_err(Unreadable::from)?;
        let name = self.path.display();
        let there = std::fs::metadata(&self.path);
        let there = there.with_context(|| format!("`{name}` cannot be read"));
        if there.map_err(Unreadable::from)?.is_file() {
            let known = disclose::Known {
                receipts: &receipts,
                log: self.log.as_deref().map(|log| (log, keys.as_slice())),
            };
            if let Some(said) = disclose::verify(&self.path, &known, out)? {
                return Ok(said);
            }
            if let Some(said) = proof_file::verify(&self.path, (&keys, policy.as_ref()), out)? {
                return Ok(said);
            }
            return self.proof((&keys, policy.as_ref()), &receipts, out);
        }
        anyhow::ensure!(
            self.entry.is_none() && self.leaf.is_none(),
            "--entry and --leaf go with the file of a proof"
        );
        if is_archive(&self.path) {
            return self.archive((&keys, policy.as_ref()), out);
        }
        anyhow::ensure!(
            self.checkpoint.is_none() && self.log.is_none(),
            "--checkpoint and --log go with the folder of an archive"
        );
        let is_mirror =
            !self.path.join("journal").is_dir() && self.path.join("checkpoint").is_file();
        if is_mirror {
            let mut shown = Shown::default();
            anyhow::ensure!(
                receipts.is_empty(),
                "a receipt is checked by a log or a proof"
            );
            let verified = verify_mirror(&self.path, &keys, |done, _| shown.at(done));
            shown.end();
            let verified = readable(verified, |fault| {
                matches!(fault, TreeFault::Unreadable { .. })
            })?;
            return conclude(verified, out, |verified, out| {
                let verdict = mirror(verified, &keys, out)?;
                let checkpoint = &verified.checkpoint;
                let asked = policy.as_ref();
                let is_enough = asked.map(|policy| witnessed::said(policy, checkpoint, out));
                Ok((verdict, is_enough.transpose()?.unwrap_or(true)))
            });
        }
        self.log((&own_keys, policy.as_ref()), &receipts, out)
    }

    fn log(
        &self,
        (keys, policy): (&[NoteKey], Option<&Policy>),
        receipts: &[Receipt],
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let demands = Demands {
            receipts,
            keys,
            says: Some(&said),
            is_published: !self.unpublished,
        };
        let mut shown = Shown::default();
        let verified = verify_log_with(&self.path, &demands, |progress| {
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
            let verdict = log::report(verified, receipts.len(), keys, out)?;
            let entries = verified.journal.entries;
            let is_enough =
                policy.map(|policy| witnessed::of_log(policy, &self.path, entries, out));
            Ok((verdict, is_enough.transpose()?.unwrap_or(true)))
        })
    }

    fn archive(
        &self,
        (keys, policy): (&[NoteKey], Option<&Policy>),
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let checkpoint = self.checkpoint.as_deref().map(|file| {
            let bytes = limited(file, audit::note::NOTE_BYTES_MAX as u64)?;
            let read = SignedCheckpoint::parse(&bytes).and_then(|read| {
                if !keys.is_empty() {
                    read.verify(keys)?;
                }
                Ok(read)
            });
            read.with_context(|| format!("`{}` is not believed", file.display()))
        });
        let checkpoint = checkpoint.transpose().map_err(Unreadable::from)?;
        let mut keys = keys.to_vec();
        if let Some(log) = &self.log {
            add_predecessors(&mut keys, log).map_err(Unreadable::from)?;
        }
        let keys = keys.as_slice();
        let against = Against {
            keys,
            checkpoint: checkpoint.as_ref(),
            log: self.log.as_deref(),
        };
        let mut shown = Shown::default();
        let verified = against.verify(&self.path, |progress| shown.at(progress.entries));
        shown.end();
        let verified = readable(verified, is_unreadable)?;
        let on_record = verified.as_ref().is_ok_and(is_on_record);
        let code = conclude(verified, out, |verified, out| {
            report(verified, out)?;
            self::checkpoint(&verified.checkpoint, keys, out)?;
            let is_enough = policy.map(|policy| witnessed::said(policy, &verified.checkpoint, out));
            let verdict = if on_record { verdict(keys) } else { UNPROVEN };
            Ok((verdict, is_enough.transpose()?.unwrap_or(true)))
        })?;
        Ok(if on_record { code } else { ExitCode::FAILURE })
    }

    fn proof(
        &self,
        (keys, policy): (&[NoteKey], Option<&Policy>),
        receipts: &[Receipt],
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            !keys.is_empty(),
            "a proof proves nothing without --key or --policy"
        );
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
        if let Some(policy) = policy
            && !witnessed::said(policy, &proof.checkpoint, out)?
        {
            return refuse(UNWITNESSED, TOO_FEW, out);
        }
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

/// The report says the verdict on what verified, and whether enough witnesses have seen it.
fn conclude<T, E: std::error::Error + 'static>(
    verified: Result<T, E>,
    out: &mut dyn Write,
    report: impl FnOnce(&T, &mut dyn Write) -> anyhow::Result<(&'static str, bool)>,
) -> anyhow::Result<ExitCode> {
    match verified {
        Ok(verified) => {
            let (verdict, is_witnessed) = report(&verified, out)?;
            if !is_witnessed {
                return refuse(UNWITNESSED, TOO_FEW, out);
            }
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

const fn verdict(keys: &[NoteKey]) -> &'static str {
    if keys.is_empty() {
        WHOLE_UNSIGNED
    } else {
        WHOLE
    }
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
            let own = signers.iter().filter(|key| key.name() == head.origin);
            let signers: Vec<_> = own.map(ToString::to_string).collect();
            writeln!(out, "signed by       {}", signers.join(", "))
        }
        Err(_) if keys.is_empty() => {
            writeln!(out, "signed by       NOT CHECKED: no --key was given")
        }
        // Verified with a key that follows from the given ones.
        Err(_) => writeln!(out, "signed by       a successor of the given key"),
    }
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
