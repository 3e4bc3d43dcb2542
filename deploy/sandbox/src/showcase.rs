//! What the star can do, shown on itself: every line asks the running processes and compares what
//! it saw with what must be. It refuses to know the result beforehand: expectations come from the
//! planted samples and the rules, findings come from the star.

mod crash;
mod finding;
mod frozen;
mod hit;
mod quality;
mod refused;
mod show;
mod told;

use catalog::Catalog;

use crate::client::CallError;
use crate::rogue::RogueError;
use crate::star::{Star, StarError};
use crate::world::WorldError;

pub use show::Show;
pub use told::{Check, Line};

/// Why a line could not be shown at all.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The star does not run.
    #[error(transparent)]
    Star(#[from] StarError),
    /// A call to an agent failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The thief failed before the hub could refuse.
    #[error(transparent)]
    Rogue(#[from] RogueError),
    /// The local data could not be changed.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A file could not be set aside or put back.
    #[error("the local files cannot be set aside")]
    Aside(#[from] std::io::Error),
    /// The hub's log does not verify.
    #[error("the hub's log does not verify: {0}")]
    Log(#[from] audit::VerifyError),
    /// The catalog cannot be read.
    #[error("the catalog cannot be read")]
    Catalog(#[from] catalog::CatalogError),
    /// Something that the sample world plants is not there.
    #[error("the sample world has no `{0}`")]
    NoSample(String),
    /// Something did not happen in time.
    #[error("not in time: {0}")]
    Late(&'static str),
}

/// Shows every line on a running star, and tells each as soon as it is known. The star is healthy
/// afterwards if it held.
pub async fn run(star: &mut Star, on_line: &mut dyn FnMut(&Line)) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut tell = |line: Line| {
        on_line(&line);
        lines.push(line);
    };
    let catalog = match Catalog::builtin() {
        Ok(catalog) => catalog,
        Err(error) => {
            tell(Line::failed(
                "catalog",
                "目录",
                "the catalog",
                &error.into(),
            ));
            return lines;
        }
    };
    let mut show = Show::new(star, &catalog);
    for id in ["S1", "S2", "S4", "S9"] {
        tell(finding::sample(&show, id).await);
    }
    tell(finding::stale(&show).await);
    tell(quality::wrong_trailer(&show).await);
    tell(quality::unknown_code(&show).await);
    for line in refused::all(&show).await {
        tell(line);
    }
    tell(frozen::railway(&mut show).await);
    tell(crash::hub_killed(&mut show).await);
    lines
}

impl Show<'_> {
    /// A planted sample found by a question from a counter.
    pub async fn sample(&self, id: &str) -> Line {
        finding::sample(self, id).await
    }

    /// The railway's file of today is missing.
    pub async fn stale(&self) -> Line {
        finding::stale(self).await
    }

    /// The railway's newest file counts its lines wrongly.
    pub async fn wrong_trailer(&self) -> Line {
        quality::wrong_trailer(self).await
    }

    /// A center's system holds a code that nobody knows.
    pub async fn unknown_code(&self) -> Line {
        quality::unknown_code(self).await
    }

    /// Everything that must be refused.
    pub async fn refusals(&self) -> Vec<Line> {
        refused::all(self).await
    }

    /// The railway hangs, is cut off, and heals.
    pub async fn railway_hangs(&mut self) -> Line {
        frozen::railway(self).await
    }

    /// The hub is killed while questions are under way.
    pub async fn hub_killed(&mut self) -> Line {
        crash::hub_killed(self).await
    }
}
