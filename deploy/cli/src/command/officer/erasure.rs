//! `tianshu officer erasure`: the first of two officers says what is to be erased, on which basis,
//! and signs it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use cli::officer::read_key;
use policies::{ErasureStatement, ErasureTarget, NONCE_BYTES, SignedErasure};
use ring::rand::{SecureRandom as _, SystemRandom};
use time::OffsetDateTime;
use wire::clock::beijing;

use crate::command::audit::erase::account;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("target").required(true)))]
pub(crate) struct Erasure {
    /// This officer's key; nobody else may read the file.
    #[arg(long)]
    key: PathBuf,
    /// This officer's name in the trust list.
    #[arg(long)]
    officer: String,
    /// The name of the officer who is to approve.
    #[arg(long)]
    approver: String,
    /// The node whose log it is.
    #[arg(long)]
    node: String,
    /// Values of this question.
    #[arg(long, group = "target")]
    query: Option<String>,
    /// Values of this entry.
    #[arg(long, group = "target")]
    index: Option<u64>,
    /// All values about the subject of this entry.
    #[arg(long, group = "target")]
    subject_of_index: Option<u64>,
    /// The legal basis, in a few words; nobody's name or number.
    #[arg(long)]
    basis: String,
    /// Where the signed statement goes, for `tianshu audit erase`.
    #[arg(long)]
    out: PathBuf,
}

impl Erasure {
    pub(super) fn run(self, out: &mut dyn Write, now: OffsetDateTime) -> anyhow::Result<()> {
        let key = read_key(&self.key).with_context(|| self.key.display().to_string())?;
        let target = match (self.query, self.index, self.subject_of_index) {
            (Some(query), ..) => ErasureTarget::Query(query),
            (_, Some(index), _) => ErasureTarget::Index(index),
            (_, _, Some(index)) => ErasureTarget::SubjectOfIndex(index),
            (None, None, None) => anyhow::bail!("say what is to be erased"),
        };
        let mut nonce = [0; NONCE_BYTES];
        let drawn = SystemRandom::new().fill(&mut nonce);
        drawn.map_err(|_| anyhow::anyhow!("the random generator failed"))?;
        let said = ErasureStatement {
            node: self.node,
            target,
            basis: self.basis,
            asked_by: self.officer.clone(),
            approved_by: self.approver,
            issued_at: now.to_offset(beijing()),
            nonce,
        };
        let body = said.encode()?;
        let signature = key.sign_erasure(&body)?;
        let signatures = [(self.officer, signature)].into();
        let signed = serde_json::to_vec(&SignedErasure { body, signatures })?;
        fs::write(&self.out, signed).with_context(|| self.out.display().to_string())?;
        out.write_all(account(&said).as_bytes())?;
        writeln!(out, "signed, into {}", self.out.display())?;
        Ok(())
    }
}
