//! One quota: so many in the long run, so many at once (GCRA). A pure value: time comes in.
//!
//! INVARIANT: of the questions that a meter admits and that are not given back, no window of any
//! length `w` holds more than `burst + w × rate`. Where the rate changes, as many questions are
//! owed as before: none is forgiven, and none takes longer to come back than the new rate says.

use std::time::Duration;

/// How often, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Time that one event uses up, in nanoseconds; rounded up, so that the rate is never exceeded.
    each: u64,
    /// Events from a full quota.
    burst: u32,
}

impl Rate {
    /// `events` in each `per`, and `burst` at once. Nothing is ever without an event or a burst.
    #[must_use]
    pub fn new(events: u32, per: Duration, burst: u32) -> Self {
        let events = u64::from(events.max(1));
        let nanos = u64::try_from(per.as_nanos()).unwrap_or(u64::MAX);
        Self {
            each: nanos.div_ceil(events).max(1),
            burst: burst.max(1),
        }
    }

    /// So many a second.
    #[must_use]
    pub fn per_second(events: u32, burst: u32) -> Self {
        Self::new(events, Duration::from_secs(1), burst)
    }

    /// So many a minute.
    #[must_use]
    pub fn per_minute(events: u32, burst: u32) -> Self {
        Self::new(events, Duration::from_mins(1), burst)
    }

    fn whole(self) -> u64 {
        self.each.saturating_mul(u64::from(self.burst))
    }
}

/// What is used up of one quota: the moment at which it is full again, at the rate at which it was
/// last looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meter {
    full_at: u64,
    /// Time in which one event comes back; zero before the first look.
    each: u64,
    /// The latest moment that was counted: whoever comes with an older one turns no time back.
    seen: u64,
}

impl Meter {
    /// Whether one more fits now; if not, after what time it will. From here on what is owed comes
    /// back at this rate.
    ///
    /// # Errors
    /// The time until it fits.
    pub fn check(&mut self, rate: Rate, now: Duration) -> Result<(), Duration> {
        let now = nanos(now);
        self.go_by(rate, now);
        let after = self.full_at.max(now).saturating_add(rate.each);
        let allowed = now.saturating_add(rate.whole());
        if after <= allowed {
            Ok(())
        } else {
            Err(Duration::from_nanos(after - allowed))
        }
    }

    /// Counts one. Whoever counts has checked, under the same lock.
    pub fn count(&mut self, rate: Rate, now: Duration) {
        let now = nanos(now);
        self.go_by(rate, now);
        self.full_at = self.full_at.max(now).saturating_add(rate.each);
        self.seen = self.seen.max(now);
    }

    /// Gives one back that was counted at `counted` and at this rate: what has been replenished
    /// since would have been replenished without it, so only the rest comes back.
    pub fn give_back(&mut self, rate: Rate, counted: Duration, now: Duration) {
        // When the rate changed is not known, so the quicker one counts: never too much.
        let since = nanos(now).saturating_sub(nanos(counted));
        let since = scaled(since, self.each, self.each.min(rate.each));
        self.full_at = self.full_at.saturating_sub(self.each.saturating_sub(since));
    }

    /// How many of the burst are used up now; never more than the burst.
    #[must_use]
    pub fn used(self, rate: Rate, now: Duration) -> u32 {
        let left = self.full_at.saturating_sub(nanos(now));
        let used = u32::try_from(left.div_ceil(self.each.max(1))).unwrap_or(u32::MAX);
        used.min(rate.burst)
    }

    /// Whether nothing is used up: to forget it forgives nothing.
    #[must_use]
    pub fn is_full(self, now: Duration) -> bool {
        self.full_at <= nanos(now)
    }

    /// So many events are owed at this rate as were at the last.
    fn go_by(&mut self, rate: Rate, now: u64) {
        if self.each != rate.each {
            self.seen = self.seen.max(now);
            let left = self.full_at.saturating_sub(self.seen);
            if left > 0 {
                self.full_at = self.seen.saturating_add(scaled(left, rate.each, self.each));
            }
            self.each = rate.each;
        }
    }
}

/// A time in which something comes back at one event in `by`, where it is one in `to`; rounded
/// against the one who asks.
fn scaled(time: u64, to: u64, by: u64) -> u64 {
    let scaled = (u128::from(time) * u128::from(to)).div_ceil(u128::from(by.max(1)));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
