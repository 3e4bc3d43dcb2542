//! The hub's probe: is the system behind a class well? Nobody is asked about, and nothing is told
//! but that.

use std::time::Duration;

use catalog::ClassNo;
use tokio::time::Instant;
use wire::v1::Standing;

use super::{Answerer, WAY_BACK};
use crate::translate::SourceError;

/// Longest time that a probe may take, whatever the hub allows.
const PROBE_MAX: Duration = Duration::from_secs(2);

impl Answerer {
    /// Tries the source of a class within the limits that protect it.
    pub(crate) async fn probe(&self, class: u32, deadline_ms: u32) -> Standing {
        // A class that is not held, or not known, has no source that could be sick.
        let class = u8::try_from(class).ok().and_then(ClassNo::new);
        let Some(class) = class.filter(|class| self.translator.classes().contains(class)) else {
            return Standing::Well;
        };
        let wait = Duration::from_millis(u64::from(deadline_ms)).saturating_sub(WAY_BACK);
        let wait = wait.min(PROBE_MAX);
        let standing = self
            .translator
            .standing(class, self.clock.now(), Instant::now() + wait);
        match tokio::time::timeout(wait, standing).await {
            Ok(Some(Ok(()))) => Standing::Well,
            // A missing file is told with each answer; the system itself is there.
            Ok(Some(Err(SourceError::FileMissing | SourceError::FileRefused))) => Standing::Well,
            Ok(Some(Err(SourceError::Overloaded))) => Standing::Busy,
            Ok(Some(Err(_))) | Err(_) => Standing::Out,
            Ok(None) => Standing::Untried,
        }
    }
}
