//! Who waits at a counter goes first: while a single question is under way, each list begins its
//! lines one at a time and not faster than a floor; when the counters are quiet it widens again,
//! step by step.
//!
//! The floor is each list's own, so that no list starves, however many lists and counters there
//! are: a list of five hundred lines needs eight seconds beside counters that never rest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Lines of a list under way while somebody waits at a counter.
const WIDTH_MIN: usize = 1;
/// While somebody waits, a list begins no more than one line in this time, and no less where its
/// lines are done by then.
const FLOOR_INTERVAL: Duration = Duration::from_millis(16);
/// Once nobody waits, a list has room for one line more after each such time.
const WIDEN_AFTER: Duration = Duration::from_millis(20);

/// The single questions under way, as the lists see them.
#[derive(Debug, Clone)]
pub(super) struct Counters(Arc<Mutex<Waiting>>);

#[derive(Debug)]
struct Waiting {
    singles: usize,
    /// When the last of them ended.
    quiet_since: Instant,
}

/// One single question under way.
#[derive(Debug)]
pub(super) struct AtCounter(Counters);

impl Counters {
    /// Nobody waits, and nobody has for as long as it matters.
    pub(super) fn quiet(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Waiting {
            singles: 0,
            quiet_since: now.checked_sub(Duration::from_secs(60)).unwrap_or(now),
        })))
    }

    /// Somebody waits until this is dropped.
    pub(super) fn wait(&self) -> AtCounter {
        self.waiting().singles += 1;
        AtCounter(self.clone())
    }

    /// How long nobody has waited; nothing while somebody does.
    fn quiet_for(&self, now: Instant) -> Option<Duration> {
        let waiting = self.waiting();
        let is_quiet = waiting.singles == 0;
        is_quiet.then(|| now.saturating_duration_since(waiting.quiet_since))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AtCounter {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.singles = waiting.singles.saturating_sub(1);
        waiting.quiet_since = Instant::now();
    }
}

/// What a list may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Begin a line.
    Begin,
    /// Look again after this time, or when one of its lines has ended.
    Later(Duration),
}

/// The width of one list: a pure value, with time passed in as the time since the list began.
#[derive(Debug)]
struct Width {
    max: usize,
    under_way: usize,
    begun_last: Option<Duration>,
}

impl Width {
    /// `quiet_for` is how long nobody has waited at a counter; nothing while somebody does.
    fn next(&self, quiet_for: Option<Duration>, now: Duration) -> Next {
        let Some(quiet_for) = quiet_for else {
            let rests = self.begun_last.map_or(Duration::ZERO, |last| {
                (last + FLOOR_INTERVAL).saturating_sub(now)
            });
            return match (self.under_way < WIDTH_MIN, rests) {
                (true, Duration::ZERO) => Next::Begin,
                (true, rests) => Next::Later(rests),
                (false, _) => Next::Later(WIDEN_AFTER),
            };
        };
        let steps = quiet_for.as_micros() / WIDEN_AFTER.as_micros();
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        if self.under_way < WIDTH_MIN.saturating_add(steps).min(self.max) {
            Next::Begin
        } else {
            Next::Later(WIDEN_AFTER)
        }
    }

    fn begin(&mut self, now: Duration) {
        self.under_way += 1;
        self.begun_last = Some(now);
    }

    fn end(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

/// Lets the lines of one list begin.
#[derive(Debug)]
pub struct ListGate {
    counters: Counters,
    /// Touched when a line begins and ends.
    width: Mutex<Width>,
    ended: Notify,
    begun: Instant,
}

/// A line that has begun, until its answer has been taken.
#[derive(Debug)]
pub struct InGate(Arc<ListGate>);

impl Drop for InGate {
    fn drop(&mut self) {
        self.0.width().end();
        self.0.ended.notify_one();
    }
}

impl ListGate {
    /// The gate of a list that works on at most `width_max` lines at once.
    pub(super) fn new(counters: Counters, width_max: usize) -> Arc<Self> {
        Arc::new(Self {
            counters,
            width: Mutex::new(Width {
                max: width_max,
                under_way: 0,
                begun_last: None,
            }),
            ended: Notify::new(),
            begun: Instant::now(),
        })
    }

    /// Waits until the next line may begin. The list reads no line meanwhile, which holds its
    /// caller back.
    pub async fn pass(self: &Arc<Self>) -> InGate {
        loop {
            let later = match self.try_pass(Instant::now()) {
                Ok(passed) => return passed,
                Err(later) => later,
            };
            // Whichever comes first; a notice that nobody waited for is kept for the next look.
            let _ = tokio::time::timeout(later, self.ended.notified()).await;
        }
    }

    fn try_pass(self: &Arc<Self>, now: Instant) -> Result<InGate, Duration> {
        let quiet_for = self.counters.quiet_for(now);
        let since = now.saturating_duration_since(self.begun);
        let mut width = self.width();
        match width.next(quiet_for, since) {
            Next::Later(later) => Err(later),
            Next::Begin => {
                width.begin(since);
                Ok(InGate(Arc::clone(self)))
            }
        }
    }

    fn width(&self) -> MutexGuard<'_, Width> {
        self.width.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
