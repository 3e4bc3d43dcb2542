//! What a verification of a log's folder says.

use std::io::{self, Write};

use audit::Verified;
use audit::note::NoteKey;
use audit::verify::VerifiedLog;

use super::{WHOLE, checkpoint, verdict};

pub(super) fn report(
    verified: &VerifiedLog,
    receipts: usize,
    keys: &[NoteKey],
    out: &mut dyn Write,
) -> io::Result<&'static str> {
    let VerifiedLog {
        journal,
        base,
        tree,
    } = verified;
    self::journal(journal, receipts, out)?;
    if base.as_ref().is_some_and(|base| !base.is_signed()) {
        writeln!(out, "base            NOT SIGNED: restored from an archive")?;
    }
    let Some(tree) = tree else {
        writeln!(
            out,
            "checkpoint      none: nothing was published of this log"
        )?;
        if !keys.is_empty() {
            writeln!(
                out,
                "signed          only where it begins; what comes after is held by nothing but its \
                 chain"
            )?;
        }
        // There are no signatures to be checked.
        return Ok(WHOLE);
    };
    checkpoint(&tree.checkpoint, keys, out)?;
    if tree.successors > 0 {
        writeln!(
            out,
            "successors      {} keys, each introduced by an entry",
            tree.successors
        )?;
    }
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
    match verified.first {
        0 => writeln!(out, "entries         {}", verified.entries)?,
        first => writeln!(
            out,
            "entries         {} to {}; those before were removed to the archive, only their hashes \
             are here",
            first,
            verified.entries.saturating_sub(1)
        )?,
    }
    writeln!(out, "chain hash      {}", verified.chain)?;
    writeln!(out, "receipts        {receipts}, all honoured")?;
    let end = match (verified.closed, verified.bytes_in_progress) {
        (true, _) => "closed in good order".to_owned(),
        (false, 0) => "not closed: in use, or ended by a crash".to_owned(),
        (false, bytes) => format!("in use, {bytes} bytes being written"),
    };
    writeln!(out, "end             {end}")
}
