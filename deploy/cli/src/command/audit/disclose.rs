//! `tianshu audit disclose`: shows chosen values of one entry with proof, or says under what they
//! were erased. Needs the key of the values; writes nothing but the disclosure.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::note::NoteKey;
use audit::side::{
    DISCLOSURE_BYTES_MAX, Disclosure, SIDE_KEY_BYTES, SideFault, SideKey, SideStore, Sides,
};
use audit::verify::{VerifyError, verify_log, visit_dir};
use audit::{Receipt, leaf_hash};
use clap::Args;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{opened, with_causes};
use crate::command::Unreadable;

/// Permissions of anybody but the owner.
const OTHERS: u32 = 0o077;
const UNTIED: &str = "fits its entry, NOT SHOWN to be in a log (give a receipt that was kept with \
                      --receipts, or the folder of the log with --log)";

#[derive(Debug, Args)]
pub(crate) struct Disclose {
    /// The folder of an agent's log.
    dir: PathBuf,
    /// The entry.
    #[arg(long)]
    index: u64,
    /// A value to show, such as `04.grzhye`, `subject` or `city/04.grzhye/1`; may be given several
    /// times. All of them if none is given.
    #[arg(long)]
    field: Vec<String>,
    /// The folder of the log that the values lie beside, where DIR is a part of it that was
    /// restored from the archive.
    #[arg(long)]
    values: Option<PathBuf>,
    /// The agent's key of the values (`keys.side`).
    #[arg(long)]
    key: PathBuf,
    /// The file to write; it must not exist.
    #[arg(long)]
    out: PathBuf,
}

/// The part of an entry that tells of values.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Telling {
    kind: String,
    at: String,
    sides: Option<Sides>,
    because: String,
    basis: String,
    asked_by: String,
    approved_by: String,
    indexes: Vec<u64>,
    unplaced: Vec<String>,
    volumes: Vec<String>,
    values_lost: bool,
}

impl Disclose {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let log = opened(&self.dir)?;
        anyhow::ensure!(
            self.index >= log.first(),
            "entry {} lies in the archive: restore it (`tianshu audit restore`), and name the \
             restored folder here and this one with --values",
            self.index
        );
        let entry = log.read(self.index).map_err(anyhow::Error::from)?;
        let entry = entry.with_context(|| format!("the log has no entry {}", self.index))?;
        let origin = log.origin().to_owned();
        let telling: Telling = serde_json::from_slice(&entry).unwrap_or_default();
        anyhow::ensure!(
            !telling.values_lost,
            "entry {} commits to no values: there was no room for them when it was written",
            self.index
        );
        let sides = telling.sides;
        let sides = sides.with_context(|| format!("entry {} commits to no values", self.index))?;
        let store = SideStore::reading(self.values(), &origin, side_key(&self.key)?);
        let values = match store.find(&sides.record) {
            Ok(values) => values,
            Err(SideFault::Missing) => return self.gone(&sides, out),
            Err(fault) => anyhow::bail!(with_causes(&fault)),
        };
        anyhow::ensure!(
            values.root() == sides.root,
            "the record is not what entry {} commits to",
            self.index
        );
        let receipt = Receipt {
            log: origin,
            index: self.index,
            leaf_hash: leaf_hash(&entry),
        };
        let text = String::from_utf8(entry).context("the entry is no text")?;
        let shown = Disclosure::of(receipt, text, &values, &self.field)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        let mut file = file
            .open(&self.out)
            .with_context(|| self.out.display().to_string())?;
        let bytes = Zeroizing::new(serde_json::to_vec_pretty(&shown)?);
        file.write_all(&bytes)?;
        file.sync_all()?;
        writeln!(
            out,
            "{} of {} values of entry {}, into {}",
            shown.fields.len(),
            sides.count,
            self.index,
            self.out.display()
        )?;
        Ok(ExitCode::SUCCESS)
    }

    fn values(&self) -> &Path {
        self.values.as_deref().unwrap_or(&self.dir)
    }

    /// The values are not there: the log says why, or it is a finding.
    fn gone(&self, sides: &Sides, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let volume = sides.record.split_once('/').map(|(volume, _)| volume);
        let mut found: Option<(u64, Telling)> = None;
        visit_dir(
            self.values(),
            |index, entry| {
                let Ok(telling) = serde_json::from_slice::<Telling>(entry) else {
                    return;
                };
                let names_it = telling.indexes.contains(&self.index)
                    || telling.unplaced.contains(&sides.record)
                    || telling
                        .volumes
                        .iter()
                        .any(|name| Some(name.as_str()) == volume);
                if telling.kind == "erased" && names_it {
                    found = Some((index, telling));
                }
            },
            |_| {},
        )
        .map_err(|fault| anyhow::anyhow!(with_causes(&fault)))?;
        match found {
            Some((index, by)) if by.because == "retention" => writeln!(
                out,
                "erased on {}, when the time for which this center keeps values was over (entry \
                 {index})",
                by.at
            )?,
            Some((index, by)) => writeln!(
                out,
                "erased under `{}` on {}, asked by {}, approved by {} (entry {index})",
                by.basis, by.at, by.asked_by, by.approved_by
            )?,
            None => writeln!(
                out,
                "MISSING: the values of entry {} are not there, and no entry says that they were \
                 erased",
                self.index
            )?,
        }
        Ok(ExitCode::FAILURE)
    }
}

/// By what the entry of a disclosure is known to be in a log.
pub(super) struct Known<'k> {
    /// Receipts that somebody held.
    pub(super) receipts: &'k [Receipt],
    /// The folder of the log, and the keys that its checkpoints are checked with.
    pub(super) log: Option<(&'k Path, &'k [NoteKey])>,
}

/// What the file of a disclosure proves; nothing if it is none. Its own receipt proves nothing: who
/// makes up an entry makes up a receipt for it.
pub(super) fn verify(
    file: &Path,
    known: &Known<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<Option<ExitCode>> {
    let meta = std::fs::metadata(file)?;
    if meta.len() > DISCLOSURE_BYTES_MAX {
        return Ok(None);
    }
    let bytes = std::fs::read(file).map_err(anyhow::Error::from);
    let bytes = Zeroizing::new(bytes.map_err(Unreadable::from)?);
    if !bytes.starts_with(b"{") {
        return Ok(None);
    }
    let Ok(shown) = serde_json::from_slice::<Disclosure>(&bytes) else {
        return refuse("it is no disclosure of this version", out);
    };
    let telling: Telling = serde_json::from_str(&shown.entry).unwrap_or_default();
    let Some(sides) = telling.sides else {
        return refuse("the entry commits to no values", out);
    };
    if let Err(fault) = shown.verify(&sides) {
        return refuse(&fault.to_string(), out);
    }
    let own = &shown.receipt;
    let held = known
        .receipts
        .iter()
        .find(|held| (&held.log, held.index) == (&own.log, own.index));
    if held.is_some_and(|held| held.leaf_hash != own.leaf_hash) {
        return refuse(
            "the entry is not the one of the receipt that was given",
            out,
        );
    }
    told(&shown, (&telling.kind, &telling.at, sides.count), out)?;
    tied(own, held, known.log, out)
}

fn refuse(says: &str, out: &mut dyn Write) -> anyhow::Result<Option<ExitCode>> {
    writeln!(out, "verdict         NOT PROVEN: {says}")?;
    Ok(Some(ExitCode::FAILURE))
}

/// Whether the entry is known to be in its log.
fn tied(
    own: &Receipt,
    held: Option<&Receipt>,
    log: Option<(&Path, &[NoteKey])>,
    out: &mut dyn Write,
) -> anyhow::Result<Option<ExitCode>> {
    if held.is_some() {
        writeln!(out, "receipt         the one that was given")?;
    }
    if let Some((dir, keys)) = log {
        let honoured = verify_log(dir, std::slice::from_ref(own), keys, |_| {});
        if let Err(fault) = honoured {
            return match fault {
                VerifyError::NoLog { .. } | VerifyError::Unreadable(_) => {
                    Err(Unreadable::from(anyhow::anyhow!(with_causes(&fault))).into())
                }
                fault => refuse(&with_causes(&fault), out),
            };
        }
        writeln!(out, "log given       verified, and has the entry")?;
    }
    if held.is_none() && log.is_none() {
        writeln!(
            out,
            "receipt         {}  (the disclosure's own: it proves nothing)",
            serde_json::to_string(own)?
        )?;
        writeln!(out, "verdict         {UNTIED}")?;
        return Ok(Some(ExitCode::FAILURE));
    }
    writeln!(out, "verdict         proven")?;
    Ok(Some(ExitCode::SUCCESS))
}

/// What was proven.
fn told(
    shown: &Disclosure,
    (kind, at, count): (&str, &str, u64),
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let own = &shown.receipt;
    writeln!(out, "log             {}", own.log)?;
    writeln!(
        out,
        "entry           {} ({kind} of {at}), leaf hash {}",
        own.index, own.leaf_hash
    )?;
    for field in &shown.fields {
        let value = plain(&field.value);
        writeln!(out, "value           {} = {value}", field.field)?;
    }
    writeln!(
        out,
        "shown           {} of {count} values; nothing is said of the others",
        shown.fields.len(),
    )
}

/// A value that moves the cursor could hide another one.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn side_key(file: &Path) -> anyhow::Result<SideKey> {
    let named = || file.display().to_string();
    let mode = std::fs::metadata(file).with_context(named)?.permissions();
    anyhow::ensure!(
        mode.mode() & OTHERS == 0,
        "others may read the key file: chmod 600"
    );
    let bytes = Zeroizing::new(std::fs::read(file).with_context(named)?);
    let key = <[u8; SIDE_KEY_BYTES]>::try_from(bytes.as_slice());
    let key = Zeroizing::new(key.context("the key file must be exactly 32 bytes")?);
    Ok(SideKey::new(&key))
}
