//! Why a star cannot be made or does not run, in words that say what to do next.

use std::io;
use std::path::{Path, PathBuf};

use crate::bus::TransactionError;
use crate::client::CallError;
use crate::world::WorldError;
use crate::world::servers::ServerError;

/// Why a star cannot be made or does not run.
#[derive(Debug, thiserror::Error)]
pub enum StarError {
    /// A program of the star is not built.
    #[error("`{}` is missing: run `cargo build --workspace --bins` first", .0.display())]
    ProgramMissing(PathBuf),
    /// The home folder holds something that no sandbox has made.
    #[error("`{}` was not made by the sandbox; name another folder", .0.display())]
    ForeignHome(PathBuf),
    /// Another sandbox runs in the folder.
    #[error("`{}` is in use by another sandbox; stop that one first", .0.display())]
    HomeInUse(PathBuf),
    /// A file or folder cannot be used.
    #[error("cannot use `{}`", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The rules cannot be sealed.
    #[error("the rules cannot be sealed")]
    Rules(#[from] wire::FolderError),
    /// No port is free.
    #[error("no free port on 127.0.0.1")]
    NoPort,
    /// The development authority failed.
    #[error("certificates and keys cannot be made")]
    Pki(#[from] cli::pki::PkiError),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandom,
    /// The sample world could not be made.
    #[error("the sample world cannot be made")]
    World(#[from] WorldError),
    /// A database server could not be started or filled.
    #[error("the centers' stores cannot be put on servers")]
    Servers(#[from] ServerError),
    /// The mappings of a center cannot be turned to its bus.
    #[error(transparent)]
    Transactions(#[from] TransactionError),
    /// A process is not running.
    #[error("`{0}` is not running")]
    NotRunning(String),
    /// A process ended by itself.
    #[error("`{name}` ended ({status}); the end of `{}`:\n{said}", .log.display())]
    Ended {
        /// The process.
        name: String,
        /// How.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        said: String,
    },
    /// A process did not become ready.
    #[error("`{name}` is not ready after {seconds} s; the end of `{}`:\n{said}", .log.display())]
    NotReady {
        /// The process.
        name: String,
        /// How long it was waited for.
        seconds: u64,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        said: String,
    },
    /// Nodes did not attach to the hub.
    #[error("not attached to the hub in time: {nodes}")]
    NotAttached {
        /// Their names.
        nodes: String,
    },
    /// A process did not stop when told and was killed.
    #[error("`{name}` did not stop within {seconds} s and was killed")]
    DidNotStop {
        /// The process.
        name: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A door of the star did not answer as it should.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl StarError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    pub(crate) fn not_running(name: &str) -> Self {
        Self::NotRunning(name.to_owned())
    }
}
