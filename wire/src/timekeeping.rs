//! How the host's clock is kept, as far as the host says so without privilege: by the mark that
//! systemd-timesyncd, and systemd-time-wait-sync for any other time service, leave when the
//! kernel's clock is synchronised. The kernel's own estimate of its error takes a call that safe
//! Rust has not; it is not guessed here.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::beijing;

/// Where the mark is.
const MARK: &str = "/run/systemd/timesync/synchronized";
/// It is told at least so often, so that an hour without an entry in a log is a gap.
pub const CLOCK_TOLD_EVERY: Duration = Duration::from_secs(3_600);
/// So often it is looked at.
pub const CLOCK_LOOKED_AT_EVERY: Duration = Duration::from_secs(60);

/// What is known of the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockState {
    /// `synchronised`, `unsynchronised`, or `unknown` where the host does not say.
    pub state: String,
    /// When it was last set right, RFC 3339; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub synchronised_at: String,
}

impl ClockState {
    /// Looks. Reads two names of the file system at most.
    #[must_use]
    pub fn look() -> Self {
        Self::by(Path::new(MARK))
    }

    fn by(mark: &Path) -> Self {
        let state = |state: &str, synchronised_at| Self {
            state: state.to_owned(),
            synchronised_at,
        };
        if let Ok(meta) = fs::metadata(mark) {
            let at = meta.modified().map(OffsetDateTime::from);
            let at = at
                .ok()
                .and_then(|at| at.to_offset(beijing()).format(&Rfc3339).ok());
            return state("synchronised", at.unwrap_or_default());
        }
        // A time service without its mark has not yet set the clock; without one nobody knows.
        let is_kept = mark.parent().is_some_and(Path::is_dir);
        let unmarked = if is_kept { "unsynchronised" } else { "unknown" };
        state(unmarked, String::new())
    }
}

/// When the state of the clock is to be told: at once when it is another one, and every hour.
#[derive(Debug, Default)]
pub struct ClockTeller {
    told: Option<(String, Duration)>,
}

impl ClockTeller {
    /// For a program whose `started` has just told it.
    #[must_use]
    pub fn after(clock: &ClockState) -> Self {
        Self {
            told: Some((clock.state.clone(), Duration::ZERO)),
        }
    }

    /// Whether it is to be told now, `since` the start.
    pub fn is_due(&mut self, clock: &ClockState, since: Duration) -> bool {
        let is_due = match &self.told {
            Some((state, at)) => *state != clock.state || since >= *at + CLOCK_TOLD_EVERY,
            None => true,
        };
        if is_due {
            self.told = Some((clock.state.clone(), since));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_says_when_and_its_absence_is_not_taken_for_a_fault_where_nobody_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("timesync");
        let mark = folder.join("synchronized");
        assert_eq!(ClockState::by(&mark).state, "unknown");
        fs::create_dir(&folder).unwrap();
        assert_eq!(ClockState::by(&mark).state, "unsynchronised");
        fs::write(&mark, "").unwrap();
        let kept = ClockState::by(&mark);
        assert_eq!(kept.state, "synchronised");
        assert!(OffsetDateTime::parse(&kept.synchronised_at, &Rfc3339).is_ok());
    }

    #[test]
    fn it_is_told_hourly_and_when_it_changes() {
        let mut teller = ClockTeller::default();
        let state = |state: &str| ClockState {
            state: state.to_owned(),
            ..ClockState::default()
        };
        let minutes = |n: u64| Duration::from_secs(60 * n);
        assert!(teller.is_due(&state("synchronised"), minutes(0)));
        assert!(!teller.is_due(&state("synchronised"), minutes(59)));
        assert!(teller.is_due(&state("unsynchronised"), minutes(59)));
        assert!(!teller.is_due(&state("unsynchronised"), minutes(60)));
        assert!(teller.is_due(&state("unsynchronised"), minutes(119)));
    }
}
