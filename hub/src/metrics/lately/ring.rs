//! An hour of minutes, and what is counted in each.

use std::time::Duration;

/// Minutes that are remembered.
pub const MINUTES: usize = 60;

/// Upper bounds of the latency steps, in milliseconds; the last step has none.
const STEPS_MS: [u32; 20] = [
    1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
];

/// How long things took, by step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    steps: [u32; STEPS_MS.len()],
    beyond: u32,
}

impl Latency {
    pub(super) fn note(&mut self, elapsed: Duration) {
        let micros = elapsed.as_micros();
        let within = |bound: &u32| micros <= u128::from(*bound) * 1_000;
        let step = STEPS_MS.iter().position(within);
        let count = step.and_then(|step| self.steps.get_mut(step));
        *count.unwrap_or(&mut self.beyond) += 1;
    }

    /// How long this share of them took at most, in milliseconds, as near as the steps tell; none
    /// where nothing was counted, and infinite where it was longer than the last step tells.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let counts = self.steps.iter().copied();
        let total = counts.clone().map(u64::from).sum::<u64>() + u64::from(self.beyond);
        if total == 0 {
            return None;
        }
        let wanted = share * total as f64;
        let (mut below, mut lower) = (0.0, 0.0);
        for (count, upper) in counts.zip(STEPS_MS) {
            let (count, upper) = (f64::from(count), f64::from(upper));
            if count > 0.0 && below + count >= wanted {
                let part = ((wanted - below) / count).clamp(0.0, 1.0);
                return Some(lower + (upper - lower) * part);
            }
            below += count;
            lower = upper;
        }
        Some(if self.beyond > 0 {
            f64::INFINITY
        } else {
            lower
        })
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let mut sum = *self;
        for (mine, theirs) in sum.steps.iter_mut().zip(other.steps) {
            *mine = mine.saturating_add(theirs);
        }
        sum.beyond = sum.beyond.saturating_add(other.beyond);
        sum
    }
}

/// What one minute came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Questions answered; at a node, questions that it was sent.
    pub asks: u32,
    /// Of a node: questions of which a class got no answer.
    pub failed: u32,
    /// Of a node: questions that went on without it, because it was not there, its breaker open,
    /// suspended or full.
    pub left_out: u32,
    /// Of the hub: questions refused.
    pub refused: u32,
    /// How long they took.
    pub latency: Latency,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            asks: self.asks.saturating_add(other.asks),
            failed: self.failed.saturating_add(other.failed),
            left_out: self.left_out.saturating_add(other.left_out),
            refused: self.refused.saturating_add(other.refused),
            latency: self.latency.and(&other.latency),
        }
    }

    /// Share of the questions of which a class got no answer, in percent; none without a question.
    #[must_use]
    pub fn failed_percent(&self) -> Option<f64> {
        let asks = f64::from(self.asks);
        (self.asks > 0).then(|| f64::from(self.failed) * 100.0 / asks)
    }
}

pub(super) fn minute(since_start: Duration) -> u64 {
    since_start.as_secs() / 60
}

/// The last [`MINUTES`] minutes. INVARIANT: a slot that is of no minute within them is at zero.
#[derive(Debug)]
pub(super) struct Ring<T> {
    slots: [T; MINUTES],
    newest: u64,
}

impl<T: Copy + Default> Default for Ring<T> {
    fn default() -> Self {
        Self {
            slots: [T::default(); MINUTES],
            newest: 0,
        }
    }
}

impl<T: Copy + Default> Ring<T> {
    /// The slot of a minute; one that is over is not counted in any more, but in the newest.
    pub(super) fn at(&mut self, minute: u64) -> &mut T {
        let passed = minute.saturating_sub(self.newest);
        if passed >= MINUTES as u64 {
            self.slots = [T::default(); MINUTES];
        } else {
            for later in 1..=passed {
                if let Some(slot) = self.slots.get_mut(place(self.newest + later)) {
                    *slot = T::default();
                }
            }
        }
        self.newest = self.newest.max(minute);
        let [first, rest @ ..] = &mut self.slots;
        match place(self.newest).checked_sub(1) {
            Some(nth) => rest.get_mut(nth).unwrap_or(first),
            None => first,
        }
    }

    /// So many minutes back from `minute`, which is the last; oldest first.
    pub(super) fn back(&self, minute: u64, count: usize) -> impl Iterator<Item = T> + '_ {
        let offsets = (0..count.min(MINUTES) as u64).rev();
        offsets.map(move |offset| {
            let wanted = minute.checked_sub(offset);
            let is_held =
                |wanted: &u64| *wanted <= self.newest && *wanted + (MINUTES as u64) > self.newest;
            let slot = wanted
                .filter(is_held)
                .and_then(|at| self.slots.get(place(at)));
            slot.copied().unwrap_or_default()
        })
    }
}

fn place(minute: u64) -> usize {
    usize::try_from(minute % MINUTES as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_remembered_and_what_is_older_is_gone() {
        let mut ring: Ring<u32> = Ring::default();
        *ring.at(0) += 1;
        *ring.at(3) += 2;
        assert_eq!(ring.back(3, 4).collect::<Vec<_>>(), [1, 0, 0, 2]);
        assert_eq!(ring.back(5, 4).collect::<Vec<_>>(), [0, 2, 0, 0]);
        *ring.at(60) += 5;
        let hour: Vec<_> = ring.back(60, MINUTES).collect();
        assert_eq!(hour.iter().sum::<u32>(), 7, "minute 0 is gone");
        assert_eq!((hour[2], hour[59]), (2, 5));
        *ring.at(59) += 1;
        assert_eq!(ring.back(60, 2).collect::<Vec<_>>(), [0, 6], "never back");
        assert_eq!(ring.back(200, MINUTES).sum::<u32>(), 0);
        *ring.at(1_000) += 1;
        assert_eq!(ring.back(1_000, MINUTES).sum::<u32>(), 1);
    }

    #[test]
    fn latencies_lie_within_their_steps() {
        let mut latency = Latency::default();
        assert_eq!(latency.quantile_ms(0.5), None);
        for ms in 1..=100 {
            latency.note(Duration::from_millis(ms));
        }
        for (share, low, high) in [(0.5, 45.0, 52.0), (0.9, 86.0, 93.0), (0.99, 97.0, 100.0)] {
            let found = latency.quantile_ms(share).expect("is known");
            assert!((low..=high).contains(&found), "{share}: {found}");
        }
        let mut slow = Latency::default();
        slow.note(Duration::from_secs(60));
        assert_eq!(slow.quantile_ms(0.99), Some(f64::INFINITY));
        let last = STEPS_MS.last().map(|ms| f64::from(*ms));
        assert_eq!(
            last,
            Some(dashboards::chart::LATENCY_MAX_MS),
            "as pages say it"
        );
        let both = latency.and(&slow);
        assert_eq!(both.quantile_ms(1.0), Some(f64::INFINITY));
        assert!(both.quantile_ms(0.5).is_some_and(f64::is_finite));
    }
}
