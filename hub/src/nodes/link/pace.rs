//! How quickly a node has spoken of late over one stream: the quickest reply or word counts, since
//! the others tell how long its sources took.

use std::time::Duration;

use tokio::time::Instant;

/// What is older than this, or than twice this, says nothing.
const KEPT: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Since when the present ten seconds are.
    since: Option<Instant>,
    now: Option<Duration>,
    before: Option<Duration>,
}

impl Pace {
    /// Something that the node was asked came back after so long.
    pub(super) fn took(&mut self, took: Duration, now: Instant) {
        self.turn(now);
        self.now = Some(self.now.map_or(took, |quickest| quickest.min(took)));
    }

    /// The quickest of late; none where nothing came.
    pub(super) fn quickest(&mut self, now: Instant) -> Option<Duration> {
        self.turn(now);
        self.now.into_iter().chain(self.before).min()
    }

    fn turn(&mut self, now: Instant) {
        let passed = now.duration_since(*self.since.get_or_insert(now));
        if passed < KEPT {
            return;
        }
        self.before = self.now.take().filter(|_| passed < 2 * KEPT);
        self.since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_of_late_counts_and_is_forgotten() {
        let (begun, ms) = (Instant::now(), Duration::from_millis);
        let mut pace = Pace::default();
        assert_eq!(pace.quickest(begun), None, "nothing came");
        pace.took(ms(40), begun);
        pace.took(ms(3), begun + ms(9_000));
        pace.took(ms(700), begun + ms(9_500));
        assert_eq!(pace.quickest(begun + ms(9_999)), Some(ms(3)));
        // The path has become a far one.
        pace.took(ms(300), begun + ms(10_000));
        assert_eq!(pace.quickest(begun + ms(19_999)), Some(ms(3)));
        assert_eq!(pace.quickest(begun + ms(20_000)), Some(ms(300)));
        assert_eq!(pace.quickest(begun + ms(29_999)), Some(ms(300)));
        assert_eq!(pace.quickest(begun + ms(30_000)), None);
        pace.took(ms(5), begun + ms(31_000));
        assert_eq!(pace.quickest(begun + ms(90_000)), None, "long ago");
    }
}
