//! What the witnesses of a log say: who has cosigned a checkpoint, when, and whether that is enough
//! by the policy.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use audit::note::{NoteKey, SignedCheckpoint};
use audit::verify::last_listed;
use audit::witness::{Policy, Quorum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::clock::beijing;

use super::limited;

/// Longest policy that is read.
const POLICY_BYTES_MAX: u64 = 256 << 10;

/// Reads a policy.
pub(super) fn read(file: &Path) -> anyhow::Result<Policy> {
    let name = file.display();
    let bytes = limited(file, POLICY_BYTES_MAX)?;
    let text = String::from_utf8(bytes).with_context(|| format!("`{name}` is no text"))?;
    Policy::parse(&text).map_err(|fault| anyhow::anyhow!("`{name}`, {fault}"))
}

/// The keys whose signatures are looked at: the logs' and the witnesses'. A wrong one of any of
/// them spoils a checkpoint.
pub(super) fn keys(policy: &Policy) -> Vec<NoteKey> {
    let witnesses = policy.witnesses().cloned();
    policy.logs().iter().cloned().chain(witnesses).collect()
}

/// Says who has cosigned, and whether it is enough.
pub(super) fn said(
    policy: &Policy,
    checkpoint: &SignedCheckpoint,
    out: &mut dyn Write,
) -> io::Result<bool> {
    for cosigned in policy.cosigned(checkpoint) {
        let at = i64::try_from(cosigned.at).ok();
        let at = at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        let at = at.and_then(|at| at.to_offset(beijing()).format(&Rfc3339).ok());
        let at = at.unwrap_or_else(|| format!("second {}", cosigned.at));
        writeln!(out, "witnessed by    {} at {at}", cosigned.name)?;
    }
    let is_met = is_met(policy, checkpoint);
    let quorum = if is_met { "met" } else { "MISSED" };
    writeln!(out, "quorum          {quorum}")?;
    Ok(is_met)
}

pub(super) fn is_met(policy: &Policy, checkpoint: &SignedCheckpoint) -> bool {
    policy.judge(checkpoint) == Ok(Quorum::Met)
}

/// Of a log's folder: the last checkpoint with a quorum, and how much came after it. The newest one
/// of a log that was stopped never has one: nobody was attached any more.
pub(super) fn of_log(
    policy: &Policy,
    dir: &Path,
    entries: u64,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let Some(last) = last_listed(dir, |listed| is_met(policy, listed))? else {
        writeln!(out, "quorum          MISSED: no checkpoint ever had one")?;
        return Ok(false);
    };
    let size = last.checkpoint.size;
    let root = last.checkpoint.root.to_base64();
    writeln!(out, "witnessed       {size} entries, root {root}")?;
    let is_met = said(policy, &last, out)?;
    let later = entries.saturating_sub(size);
    writeln!(out, "not witnessed   {later} entries came after it")?;
    Ok(is_met)
}
