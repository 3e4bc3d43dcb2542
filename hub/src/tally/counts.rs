//! Counts by line and stretch of time, bounded in time and in number.

use std::collections::BTreeMap;
use std::ops::{AddAssign, RangeInclusive};

/// What is counted of one line in one stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Questions that were allowed and that somebody asked about one person.
    pub asks: u32,
    /// Questions that were allowed to lists, jobs and systems; of them nothing else is counted but
    /// what was refused or forbidden.
    pub unattended: u32,
    /// Those that found a record.
    pub answered: u32,
    /// Those that found nothing anywhere.
    pub misses: u32,
    /// Questions that were refused.
    pub refused: u32,
    /// Questions that the case or a rule forbade, here or at an answering center.
    pub guarded: u32,
    /// Questions outside office hours, also those that were refused for that.
    pub off_hours: u32,
    /// Questions about somebody about whom the same person had asked on another case.
    pub repeats: u32,
    /// Questions right after another center had begun to ask about the same person.
    pub coincidences: u32,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        for (count, more) in [
            (&mut self.asks, more.asks),
            (&mut self.unattended, more.unattended),
            (&mut self.answered, more.answered),
            (&mut self.misses, more.misses),
            (&mut self.refused, more.refused),
            (&mut self.guarded, more.guarded),
            (&mut self.off_hours, more.off_hours),
            (&mut self.repeats, more.repeats),
            (&mut self.coincidences, more.coincidences),
        ] {
            *count = count.saturating_add(more);
        }
    }
}

/// Counts by stretch, hours or days, and line.
#[derive(Debug)]
pub struct Buckets {
    each: BTreeMap<(u32, u32), Counts>,
    /// How many stretches are kept.
    kept: u32,
    max: usize,
    /// Nothing before it is kept any more.
    from: u32,
}

impl Buckets {
    /// Keeps `kept` stretches and `max` counts at the most.
    #[must_use]
    pub fn new(kept: u32, max: usize) -> Self {
        Self {
            each: BTreeMap::new(),
            kept,
            max,
            from: 0,
        }
    }

    /// Adds to a count.
    pub fn add(&mut self, stretch: u32, line: u32, counts: Counts) {
        let over = stretch.saturating_sub(self.kept.saturating_sub(1));
        if over > self.from {
            self.drop_before(over);
        }
        if stretch < self.from {
            return;
        }
        *self.each.entry((stretch, line)).or_default() += counts;
        while self.each.len() > self.max {
            let Some(((first, _), _)) = self.each.first_key_value() else {
                return;
            };
            // A stretch is whole or gone.
            self.drop_before(first.saturating_add(1));
        }
    }

    fn drop_before(&mut self, stretch: u32) {
        self.from = stretch;
        self.each = self.each.split_off(&(stretch, 0));
    }

    /// Nothing before this stretch is kept.
    #[must_use]
    pub const fn from(&self) -> u32 {
        self.from
    }

    /// How many counts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.each.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// The counts of some stretches, oldest first: stretch, line, counts.
    pub fn within(
        &self,
        stretches: RangeInclusive<u32>,
    ) -> impl Iterator<Item = (u32, u32, &Counts)> {
        let (from, to) = stretches.into_inner();
        let is_some = from <= to;
        let range = is_some.then(|| self.each.range((from, 0)..=(to, u32::MAX)));
        let range = range.into_iter().flatten();
        range.map(|((stretch, line), counts)| (*stretch, *line, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Counts {
        Counts {
            asks: 1,
            ..Counts::default()
        }
    }

    #[test]
    fn what_is_too_old_or_too_much_goes_by_whole_stretches() {
        let mut buckets = Buckets::new(10, 4);
        for line in 0..4 {
            buckets.add(5, line, one());
        }
        buckets.add(5, 0, one());
        assert_eq!((buckets.len(), buckets.from()), (4, 0));
        buckets.add(6, 9, one());
        assert_eq!((buckets.len(), buckets.from()), (1, 6), "all of 5 is gone");
        buckets.add(5, 1, one());
        assert_eq!(buckets.len(), 1, "what is gone does not come back");
        buckets.add(16, 9, one());
        assert_eq!((buckets.len(), buckets.from()), (1, 7));
        let found: Vec<_> = buckets.within(0..=99).collect();
        assert_eq!(found, [(16, 9, &one())]);
        assert_eq!(buckets.within(RangeInclusive::new(9, 3)).count(), 0);
    }
}
