//! The time that entries carry: the clock's, but never earlier than what is written already. A
//! clock that falls behind is told once, and again only after it has caught up.

use std::sync::{Mutex, PoisonError};

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use wire::Clock;

use super::entry::ClockWentBack;

/// Steps of time synchronization below this are nothing to tell.
const TOLD_FROM: Duration = Duration::seconds(1);

/// What the log knows of time.
#[derive(Debug)]
pub(super) struct Watch(Mutex<State>);

#[derive(Debug)]
struct State {
    /// The latest time written.
    latest: OffsetDateTime,
    is_told: bool,
}

impl Watch {
    pub(super) const fn new(latest: OffsetDateTime) -> Self {
        let is_told = false;
        Self(Mutex::new(State { latest, is_told }))
    }

    /// Hands out the time for a new entry, and whether it must first be said that the clock went
    /// back. Nobody else gets a time before `enter` has put the entry in its place in the log.
    pub(super) fn in_order<T>(
        &self,
        clock: &dyn Clock,
        enter: impl FnOnce(&str, Option<ClockWentBack>) -> T,
    ) -> T {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let behind = state.latest - now;
        state.latest = state.latest.max(now);
        let is_new = behind >= TOLD_FROM && !state.is_told;
        state.is_told = (state.is_told || is_new) && behind.is_positive();
        let text = |moment: OffsetDateTime| moment.format(&Rfc3339).unwrap_or_default();
        let went_back = is_new.then(|| ClockWentBack {
            clock: text(now),
            behind_ms: u64::try_from(behind.whole_milliseconds()).unwrap_or(u64::MAX),
        });
        enter(&text(state.latest), went_back)
    }

    /// What was to be said may not be on record: it is said again with the next entry.
    pub(super) fn tell_again(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_told = false;
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use wire::ManualClock;

    use super::*;

    #[test]
    fn a_clock_that_falls_behind_is_told_once_until_it_has_caught_up() {
        let watch = Watch::new(datetime!(2026-11-23 10:00 +8));
        let mut told = Vec::new();
        for seconds in [0, 5, 4, -3_600, -3_500, 6, 7, -20] {
            let now = datetime!(2026-11-23 10:00 +8) + Duration::seconds(seconds);
            watch.in_order(&ManualClock::at(now), |at, went_back| {
                told.push((at[11..19].to_owned(), went_back.map(|back| back.behind_ms)));
            });
        }
        let expected = [
            ("10:00:00", None),
            ("10:00:05", None),
            ("10:00:05", Some(1_000)),
            ("10:00:05", None),
            ("10:00:05", None),
            ("10:00:06", None),
            ("10:00:07", None),
            ("10:00:07", Some(27_000)),
        ];
        assert_eq!(told, expected.map(|(at, back)| (at.to_owned(), back)));
    }
}
