//! A file of several entries, each with its own proof, as the staff's pages hand them out.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use audit::note::{
    NoteKey, PROOF_FILE_BYTES_MAX, PROOF_FILE_HEADING, PROOF_FILE_LINES_MAX, ProofLine,
};
use audit::witness::Policy;
use serde::Deserialize;

use super::{TOO_FEW, UNPROVEN, UNWITNESSED, checkpoint, limited, refuse, witnessed};
use crate::command::Unreadable;

/// What is told of an entry.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    kind: String,
    at: String,
}

/// What the file proves; nothing if it is none of these.
pub(super) fn verify(
    file: &Path,
    (keys, policy): (&[NoteKey], Option<&Policy>),
    out: &mut dyn Write,
) -> anyhow::Result<Option<ExitCode>> {
    if !is_one(file)? {
        return Ok(None);
    }
    anyhow::ensure!(
        !keys.is_empty(),
        "a proof proves nothing without --key or --policy"
    );
    let bytes = limited(file, PROOF_FILE_BYTES_MAX).map_err(Unreadable::from)?;
    let Ok(text) = String::from_utf8(bytes) else {
        return refuse(UNPROVEN, "the file is no text", out).map(Some);
    };
    let mut lines = text.lines().skip(1);
    let mut heads = BTreeSet::new();
    let mut proven = 0_usize;
    for line in lines.by_ref().take(PROOF_FILE_LINES_MAX) {
        let Ok(line) = serde_json::from_str::<ProofLine>(line) else {
            let fault = format!("line {} is no entry with its proof", proven + 2);
            return refuse(UNPROVEN, &fault, out).map(Some);
        };
        let head = match line.verify(keys) {
            Ok(head) => head,
            Err(fault) => {
                let fault = format!("entry {} of `{}`: {fault}", line.index, plain(&line.log));
                return refuse(UNPROVEN, &fault, out).map(Some);
            }
        };
        let told: Told = serde_json::from_str(&line.entry).unwrap_or_default();
        writeln!(
            out,
            "entry           {} of {} ({} of {}), leaf hash {}",
            line.index,
            plain(&line.log),
            plain(&told.kind),
            plain(&told.at),
            line.leaf_hash
        )?;
        let size = head.checkpoint.size;
        if heads.insert((line.log.clone(), size)) {
            checkpoint(&head, keys, out)?;
            if let Some(policy) = policy
                && !witnessed::said(policy, &head, out)?
            {
                return refuse(UNWITNESSED, TOO_FEW, out).map(Some);
            }
        }
        proven += 1;
    }
    if proven == 0 || lines.next().is_some() {
        let fault = format!("a file has from 1 to {PROOF_FILE_LINES_MAX} entries");
        return refuse(UNPROVEN, &fault, out).map(Some);
    }
    writeln!(out, "verdict         {proven} entries, each proven")?;
    Ok(Some(ExitCode::SUCCESS))
}

fn is_one(file: &Path) -> anyhow::Result<bool> {
    use std::io::Read as _;
    let mut begin = Vec::new();
    let heading = PROOF_FILE_HEADING.len() as u64;
    let opened = std::fs::File::open(file).map_err(anyhow::Error::from);
    let read = opened
        .map_err(Unreadable::from)?
        .take(heading)
        .read_to_end(&mut begin);
    read.map_err(anyhow::Error::from)
        .map_err(Unreadable::from)?;
    Ok(begin == PROOF_FILE_HEADING.as_bytes())
}

/// What stands in a file may not move the cursor.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
