//! Evidence against the hub's log, whole: a file of its own that only the agent's user reads. The
//! center's own log holds its SHA-256, and the checkpoints as far as nobody but the log's keys and
//! this witness could have written into them.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use audit::Digest;
use audit::note::SignedCheckpoint;
use audit::witness::Caught;

/// The folder, beneath the center's own log; each file bears its SHA-256 as its name.
pub const EVIDENCE_FOLDER: &str = "hub-caught";
/// Most files in it: what is caught beyond proves nothing more.
const FILES_MAX: usize = 64;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    text: String,
    digest: Digest,
}

impl Evidence {
    pub(super) fn of(caught: &Caught) -> Self {
        let mut text = String::new();
        // Writing to a text cannot fail.
        if let Some(seen) = &caught.seen {
            let _ = write!(text, "Cosigned here:\n\n{}\n", seen.note);
        }
        let _ = write!(text, "Shown later:\n\n{}", caught.shown.note);
        if !caught.path.is_empty() {
            text.push_str("\nThe path by which it was shown:\n\n");
        }
        for hash in &caught.path {
            let _ = writeln!(text, "{hash}");
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let digest = <[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default();
        Self {
            text,
            digest: Digest::new(digest),
        }
    }

    /// All of it, for a person.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Its SHA-256, which is its name too.
    pub(super) const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Writes the file, if it is not there; it is durable when this returns.
    pub(super) async fn keep(&self, folder: &Path) {
        let (evidence, folder) = (self.clone(), folder.to_owned());
        let written = tokio::task::spawn_blocking(move || evidence.write(&folder));
        if !matches!(written.await, Ok(Ok(()))) {
            tracing::error!("the evidence cannot be kept whole: the log has what it may hold");
        }
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let file = folder.join(self.digest.to_string());
        if file.exists() {
            return Ok(());
        }
        if fs::read_dir(folder)?.count() >= FILES_MAX {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        write_private(&file, &self.text)
    }
}

/// Writes a file that nobody else reads; it is durable when this returns.
pub(super) fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut written = options.open(file)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    for folder in file.ancestors().skip(1).take(2) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A note as it may stand in this center's log: further lines of a checkpoint, and names of
/// signatures that nobody checked, may say anything.
pub(super) fn told(checkpoint: &SignedCheckpoint) -> String {
    let more = checkpoint.checkpoint.extensions.iter().map(String::as_str);
    let signatures = checkpoint.note.signatures().iter();
    let mut said = more.chain(signatures.map(|signature| signature.name.as_str()));
    if said.any(catalog::identity::may_hold_id_number) {
        return "a line of it may hold a person's number: whole in the file of the evidence\n"
            .to_owned();
    }
    checkpoint.note.to_string()
}
