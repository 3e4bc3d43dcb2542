//! The subject of a search. A number is typed on standard input, never given as an argument, where
//! other users of the machine could see it; nothing but its pseudonym leaves this file.

use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use catalog::{CreditCode, PersonId};
use clap::Args;
use data_encoding::HEXLOWER;
use policies::{SubjectTag, TagKey};
use ring::hmac;
use zeroize::Zeroizing;

/// Longest line that is read as a number.
const NUMBER_BYTES_MAX: u64 = 256;
/// Type of the resident identity card.
const IDENTITY_CARD: &str = "01";
const KEY_BYTES: usize = 32;
/// Stands for a number on standard input.
const TYPED: &str = "-";

#[derive(Debug, Args)]
pub(super) struct Subject {
    /// About whom: the pseudonym as entries have it; with --pseudonym-key a subject tag; with both
    /// keys `-`, and the identity number or credit code on standard input.
    #[arg(long)]
    subject: Option<String>,
    /// The agents' key of subject tags.
    #[arg(long, requires = "pseudonym_key")]
    tag_key: Option<PathBuf>,
    /// The hub's key of pseudonyms.
    #[arg(long, requires = "subject")]
    pseudonym_key: Option<PathBuf>,
    /// Type of the document whose number is typed; a credit code needs none.
    #[arg(long, default_value = IDENTITY_CARD, requires = "tag_key")]
    id_type: String,
}

impl Subject {
    /// The pseudonym to look for, if a subject was named.
    pub(super) fn pseudonym(self) -> anyhow::Result<Option<String>> {
        let Some(subject) = self.subject else {
            return Ok(None);
        };
        let is_typed = subject == TYPED;
        anyhow::ensure!(
            is_typed == self.tag_key.is_some(),
            "--tag-key goes with `--subject -` and the number on standard input, and with nothing \
             else: a number is never an argument"
        );
        let tag: SubjectTag = match &self.tag_key {
            Some(file) => TagKey::new(&*key(file)?).tag(&typed(&self.id_type)?),
            // The words of the reader would quote what was given, which may be a number after all.
            None => subject.parse().ok().context(
                "--subject is 64 hexadecimal digits: a pseudonym, or a tag with --pseudonym-key",
            )?,
        };
        let Some(file) = &self.pseudonym_key else {
            return Ok(Some(subject));
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*key(file)?);
        let pseudonym = hmac::sign(&key, tag.as_bytes());
        Ok(Some(HEXLOWER.encode(pseudonym.as_ref())))
    }
}

fn key(file: &Path) -> anyhow::Result<Zeroizing<[u8; KEY_BYTES]>> {
    let name = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("`{name}` cannot be read"))?;
    let bytes = Zeroizing::new(bytes);
    let key = bytes.as_slice().try_into().ok();
    let key = key.with_context(|| format!("`{name}` must be exactly {KEY_BYTES} bytes"))?;
    Ok(Zeroizing::new(key))
}

/// The normalised number on standard input. No error quotes it.
fn typed(id_type: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    let input = std::io::stdin().lock();
    input
        .take(NUMBER_BYTES_MAX)
        .read_line(&mut line)
        .ok()
        .context("standard input cannot be read")?;
    let number = line.trim();
    if let Ok(person) = PersonId::parse(id_type, number) {
        return Ok(Zeroizing::new(person.number().to_owned()));
    }
    let code = CreditCode::parse(number).ok();
    let code = code.context(
        "what was typed is neither the number of such a document nor a unified social credit code",
    )?;
    Ok(Zeroizing::new(code.as_str().to_owned()))
}
