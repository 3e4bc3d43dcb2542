//! What this agent takes in of the hub's questions, over all of its streams: so many at once, so
//! many a second. It protects the center from a hub that has gone mad: what is beyond is refused
//! before anything of it is checked, looked up or put on record, and the hub is told when to come
//! back. A sane hub reads that as *busy* and not as failure. Its probes have limits of their
//! own, so that neither uses up what the other may.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use wire::{Meter, Rate};

/// When a hub that has enough under way here may try again: about as long as a look-up takes.
const CROWDED_RETRY: Duration = Duration::from_millis(200);

/// Probes that are tried at once, over all streams: one a class.
const PROBES_AT_ONCE: usize = ClassNo::MAX as usize;
/// Probes that are tried in a second: several times as many of each class as a sane hub sends.
const PROBES_PER_SECOND: u32 = 8 * ClassNo::MAX as u32;

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeRules {
    /// Questions under way at once.
    pub at_once: u32,
    /// Questions a second in the long run.
    pub per_second: u32,
    /// Questions in a burst.
    pub burst: u32,
}

impl Default for IntakeRules {
    fn default() -> Self {
        Self {
            at_once: 256,
            per_second: 2_000,
            burst: 4_000,
        }
    }
}

/// Why a question is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMuch {
    /// As many as may be are under way.
    AtOnce,
    /// They come too fast; there is room again after this time.
    Often(Duration),
    /// As much as may be waits for the hub to read it.
    Unread,
}

impl TooMuch {
    /// As counted in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::Often(_) => "often",
            Self::Unread => "unread",
        }
    }

    /// When to come back.
    #[must_use]
    pub fn retry_after(self) -> Duration {
        match self {
            Self::AtOnce | Self::Unread => CROWDED_RETRY,
            Self::Often(later) => later,
        }
    }
}

/// What is taken in.
#[derive(Debug)]
pub struct Intake {
    places: Arc<Semaphore>,
    rate: Rate,
    /// Touched by whichever stream a question comes over.
    meter: Mutex<Meter>,
    probe_places: Arc<Semaphore>,
    /// As `meter`, for probes.
    probe_meter: Mutex<Meter>,
    started: Instant,
}

/// A question that was taken in, until its reply has left; or a probe, until its word has.
#[derive(Debug)]
pub struct TakenIn {
    _place: OwnedSemaphorePermit,
}

impl Intake {
    /// By these limits.
    #[must_use]
    pub fn new(rules: IntakeRules) -> Self {
        let places = usize::try_from(rules.at_once).unwrap_or(1);
        Self {
            places: Arc::new(Semaphore::new(places)),
            rate: Rate::per_second(rules.per_second, rules.burst),
            meter: Mutex::default(),
            probe_places: Arc::new(Semaphore::new(PROBES_AT_ONCE)),
            probe_meter: Mutex::default(),
            started: Instant::now(),
        }
    }

    /// Takes a question in. One that is refused uses nothing up.
    ///
    /// # Errors
    /// It is too much.
    pub fn take(&self) -> Result<TakenIn, TooMuch> {
        self.take_at(self.started.elapsed())
    }

    /// Takes a probe in. One that is refused uses nothing up.
    ///
    /// # Errors
    /// It is too much.
    pub fn take_probe(&self) -> Result<TakenIn, TooMuch> {
        self.take_probe_at(self.started.elapsed())
    }

    fn take_at(&self, now: Duration) -> Result<TakenIn, TooMuch> {
        taken(&self.places, &self.meter, self.rate, now)
    }

    fn take_probe_at(&self, now: Duration) -> Result<TakenIn, TooMuch> {
        let rate = Rate::per_second(PROBES_PER_SECOND, PROBES_PER_SECOND);
        taken(&self.probe_places, &self.probe_meter, rate, now)
    }
}

fn taken(
    places: &Arc<Semaphore>,
    meter: &Mutex<Meter>,
    rate: Rate,
    now: Duration,
) -> Result<TakenIn, TooMuch> {
    let place = Arc::clone(places).try_acquire_owned();
    let place = place.map_err(|_| TooMuch::AtOnce)?;
    let mut meter = meter.lock().unwrap_or_else(PoisonError::into_inner);
    meter.check(rate, now).map_err(TooMuch::Often)?;
    meter.count(rate, now);
    Ok(TakenIn { _place: place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_so_many_a_second() {
        let intake = Intake::new(IntakeRules {
            at_once: 2,
            per_second: 10,
            burst: 3,
        });
        let now = Duration::from_secs(1);
        let first = intake.take_at(now).expect("is free");
        let second = intake.take_at(now).expect("is free");
        for _ in 0..10 {
            assert_eq!(intake.take_at(now).err(), Some(TooMuch::AtOnce));
        }
        drop(first);
        // What was refused has used nothing up.
        drop(intake.take_at(now).expect("the third of the burst"));
        let often = intake.take_at(now).err();
        assert_eq!(often, Some(TooMuch::Often(Duration::from_millis(100))));
        let later = now + Duration::from_millis(100);
        assert!(intake.take_at(later).is_ok());
        drop(second);
    }

    #[test]
    fn probes_have_limits_of_their_own() {
        let rules = IntakeRules {
            at_once: 1,
            per_second: 1,
            burst: 1,
        };
        let intake = Intake::new(rules);
        let now = Duration::from_secs(1);
        let question = intake.take_at(now).expect("is free");
        let probes: Vec<_> = (0..PROBES_AT_ONCE)
            .map(|_| intake.take_probe_at(now))
            .collect();
        assert!(
            probes.iter().all(Result::is_ok),
            "a question takes none of their places"
        );
        assert_eq!(intake.take_probe_at(now).err(), Some(TooMuch::AtOnce));
        drop(probes);
        let more = (0..PROBES_PER_SECOND).filter(|_| intake.take_probe_at(now).is_ok());
        assert_eq!(more.count(), PROBES_PER_SECOND as usize - PROBES_AT_ONCE);
        assert!(matches!(intake.take_probe_at(now), Err(TooMuch::Often(_))));
        drop(question);
        let later = now + Duration::from_secs(1);
        assert!(
            intake.take_at(later).is_ok(),
            "nor do they use up what questions may"
        );
    }
}
