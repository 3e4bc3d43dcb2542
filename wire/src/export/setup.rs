//! Starting the exports of a log: the folder of its cursors, and what is left in it of receivers
//! that are no longer configured.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::act::{Act, ExportEnded};
use super::{Cursor, Forwarder, Receiver, Surroundings};

/// Folder of the cursors within the folder of a log.
pub const EXPORT_FOLDER: &str = "export";
const ENDING: &str = "cursor";

/// Why the exports cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder of the cursors.
    #[error("folder of the cursors `{dir}`")]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The files for a receiver.
    #[error("receiver `{receiver}`")]
    Files {
        /// What the configuration calls it.
        receiver: String,
        /// Why.
        source: crate::tls::TlsError,
    },
}

/// Starts a task for each receiver, after saying on record which exports are over. Blocks for a
/// moment, before anything is served.
///
/// # Errors
/// The folder cannot be made, or the files for a receiver are broken.
pub async fn start(
    receivers: &[Receiver],
    around: &Surroundings,
    tasks: &TaskTracker,
    end: &CancellationToken,
) -> Result<(), ExportError> {
    let dir = &around.dir;
    let failed = |source| ExportError::Folder {
        dir: dir.clone(),
        source,
    };
    let mut forwarders = Vec::new();
    for receiver in receivers {
        let made = Forwarder::new(receiver.clone(), around.clone(), Instant::now());
        forwarders.push(made.map_err(|source| ExportError::Files {
            receiver: receiver.name.clone(),
            source,
        })?);
    }
    if !receivers.is_empty() {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    for (name, file) in left_over(dir, receivers).map_err(failed)? {
        let next = Cursor::read(&file).ok().flatten();
        let ended = ExportEnded {
            receiver: name,
            next: next.map_or(0, |cursor| cursor.next),
            because: "removed".to_owned(),
        };
        // Without the entry the cursor stays, and the next start says it.
        if around.keeper.note(Act::Ended(ended)).await {
            std::fs::remove_file(&file).map_err(failed)?;
        }
    }
    for forwarder in forwarders {
        tasks.spawn(forwarder.run(end.clone()));
    }
    Ok(())
}

/// Cursors of receivers that are no longer configured.
fn left_over(dir: &Path, receivers: &[Receiver]) -> io::Result<Vec<(String, PathBuf)>> {
    let known: BTreeSet<&str> = receivers.iter().map(|r| r.name.as_str()).collect();
    let files = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        files => files?,
    };
    let mut left = Vec::new();
    for file in files {
        let file = file?.path();
        let name = file.file_stem().and_then(|name| name.to_str());
        let is_cursor = file.extension().is_some_and(|ending| ending == ENDING);
        if let (Some(name), true) = (name, is_cursor)
            && !known.contains(name)
        {
            left.push((name.to_owned(), file.clone()));
        }
    }
    Ok(left)
}
