//! Who of the staff was here lately: a sign-in is on record once a minute, and nobody asks more
//! often than a person and their programs can.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

use crate::staff::Staff;

const WINDOW: Duration = Duration::MINUTE;
/// Requests of one person in a window.
const REQUESTS_MAX: u32 = 240;

/// How somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// For the first time in a window, or with another certificate.
    Anew,
    /// As before.
    Often,
    /// Beyond the limit.
    TooOften,
}

/// By name; names are those of the trust list, so there are never more.
#[derive(Debug, Default)]
pub(super) struct Attendance(Mutex<BTreeMap<String, Visit>>);

#[derive(Debug)]
struct Visit {
    serial: String,
    since: OffsetDateTime,
    count: u32,
}

impl Attendance {
    pub(super) fn comes(&self, staff: &Staff, now: OffsetDateTime) -> Came {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = visits.get_mut(&staff.name);
        // A clock that went back begins anew as well.
        let known = visit.filter(|visit| {
            visit.serial == staff.serial && visit.since <= now && now < visit.since + WINDOW
        });
        match known {
            Some(visit) => {
                visit.count = visit.count.saturating_add(1);
                if visit.count > REQUESTS_MAX {
                    Came::TooOften
                } else {
                    Came::Often
                }
            }
            None => {
                let visit = Visit {
                    serial: staff.serial.clone(),
                    since: now,
                    count: 1,
                };
                visits.insert(staff.name.clone(), visit);
                Came::Anew
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_visit_is_told_once_a_minute_and_bounded() {
        let attendance = Attendance::default();
        let staff = |serial: &str| Staff {
            name: "li".into(),
            serial: serial.into(),
            roles: [].into(),
        };
        let now = datetime!(2026-11-26 10:00 +8);
        assert_eq!(attendance.comes(&staff("01"), now), Came::Anew);
        for _ in 1..REQUESTS_MAX {
            assert_eq!(attendance.comes(&staff("01"), now), Came::Often);
        }
        assert_eq!(attendance.comes(&staff("01"), now), Came::TooOften);
        let later = now + WINDOW;
        assert_eq!(attendance.comes(&staff("01"), later), Came::Anew);
        assert_eq!(attendance.comes(&staff("02"), later), Came::Anew);
    }
}
