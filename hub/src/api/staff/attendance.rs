//! Who of the staff was here lately: a sign-in is on record once a minute, and nobody asks more
//! often than a person and their programs can.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use time::{Duration, OffsetDateTime};

use crate::staff::Staff;

/// A sign-in of the same certificate is told again after this.
const TOLD_EVERY: Duration = Duration::MINUTE;
/// Requests of one person: a minute in the long run, and at once.
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(240).expect("is not zero");
const AT_ONCE: NonZeroU32 = NonZeroU32::new(60).expect("is not zero");

/// How somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// For the first time in a minute, or with another certificate.
    Anew,
    /// As before.
    Often,
    /// Beyond the limit.
    TooOften,
}

type Pace<C> =
    RateLimiter<String, DashMapStateStore<String>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// By name; names are those of the trust list, so there are never more.
#[derive(Debug)]
pub(super) struct Attendance<C: Clock = DefaultClock> {
    pace: Pace<C>,
    visits: Mutex<BTreeMap<String, Visit>>,
}

#[derive(Debug)]
struct Visit {
    serial: String,
    told: OffsetDateTime,
}

impl Default for Attendance {
    fn default() -> Self {
        Self::by(DefaultClock::default())
    }
}

impl<C: Clock> Attendance<C> {
    fn by(clock: C) -> Self {
        let quota = Quota::per_minute(PER_MINUTE).allow_burst(AT_ONCE);
        Self {
            pace: RateLimiter::new(quota, DashMapStateStore::default(), clock),
            visits: Mutex::default(),
        }
    }

    pub(super) fn comes(&self, staff: &Staff, now: OffsetDateTime) -> Came {
        if self.pace.check_key(&staff.name).is_err() {
            return Came::TooOften;
        }
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = visits.get(&staff.name);
        // A clock that went back tells anew as well.
        let is_told = visit.is_some_and(|visit| {
            visit.serial == staff.serial && visit.told <= now && now < visit.told + TOLD_EVERY
        });
        if is_told {
            return Came::Often;
        }
        let visit = Visit {
            serial: staff.serial.clone(),
            told: now,
        };
        visits.insert(staff.name.clone(), visit);
        Came::Anew
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_visit_is_told_once_a_minute_and_bounded() {
        let clock = FakeRelativeClock::default();
        let attendance = Attendance::by(clock.clone());
        let staff = |name: &str, serial: &str| Staff {
            name: name.into(),
            serial: serial.into(),
            roles: [].into(),
        };
        let (li, now) = (staff("li", "01"), datetime!(2026-11-26 10:00 +8));
        assert_eq!(attendance.comes(&li, now), Came::Anew);
        for _ in 1..AT_ONCE.get() {
            assert_eq!(attendance.comes(&li, now), Came::Often);
        }
        assert_eq!(attendance.comes(&li, now), Came::TooOften);
        let renewed = attendance.comes(&staff("li", "02"), now);
        assert_eq!(
            renewed,
            Came::TooOften,
            "another certificate is no way around"
        );
        let other = attendance.comes(&staff("wang", "03"), now);
        assert_eq!(other, Came::Anew, "nobody else is held up");
        clock.advance(std::time::Duration::from_secs(60));
        let later = now + TOLD_EVERY;
        assert_eq!(attendance.comes(&li, later), Came::Anew);
        assert_eq!(attendance.comes(&li, later), Came::Often);
        let renewed = attendance.comes(&staff("li", "02"), later);
        assert_eq!(renewed, Came::Anew);
    }
}
