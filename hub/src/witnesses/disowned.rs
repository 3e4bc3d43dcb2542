//! A log that is not believed any more, and the file that keeps it from starting again. What the
//! file says is for a person; that it is there is for the hub.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use audit::note::SignedCheckpoint;

/// The file in the log's folder.
pub const DISOWNED_NAME: &str = "disowned";

/// Why a log is not believed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disowned {
    /// The node whose witness showed it.
    pub node: String,
    /// `rolled-back` or `forked`.
    pub because: &'static str,
    /// What the witness holds, signed by this log.
    pub theirs: SignedCheckpoint,
    /// What this log signed last.
    pub ours: SignedCheckpoint,
}

impl Disowned {
    /// Writes the file; it is durable when this returns. Blocks.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep(&self, dir: &Path) -> std::io::Result<()> {
        let Self {
            node,
            because,
            theirs,
            ours,
        } = self;
        let text = format!(
            "This log was {because}: the witness of node {node} holds a checkpoint that this log \
             has signed and\nthat is not of this history. The hub does not start with it. What to \
             do: docs/operating.md, TianshuLogForked.\n\n\
             The witness holds:\n\n{}\nThis log has:\n\n{}",
            theirs.note, ours.note
        );
        let mut file = File::create(dir.join(DISOWNED_NAME))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        File::open(dir)?.sync_all()
    }
}

/// Whether a log may be started with.
///
/// # Errors
/// It was disowned.
pub fn check_owned(dir: &Path) -> anyhow::Result<()> {
    let file = dir.join(DISOWNED_NAME);
    // What cannot be seen counts as there.
    anyhow::ensure!(
        matches!(file.try_exists(), Ok(false)),
        "audit.dir: `{}` says that a witness holds another history of this log; nothing starts \
         with it (docs/operating.md, TianshuLogForked)",
        file.display()
    );
    Ok(())
}
