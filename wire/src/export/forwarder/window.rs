//! What was sent, what may be lost with the connection, and what is settled. A pure value; time is
//! passed in.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Marks kept over the time in which sent entries may still be lost.
const MARKS: u32 = 16;

/// So much had been sent by then.
#[derive(Debug, Clone, Copy)]
struct Mark {
    opened: Instant,
    latest: Instant,
    upto: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Window {
    next: u64,
    settled: u64,
    marks: VecDeque<Mark>,
    entries: u64,
    time: Duration,
}

impl Window {
    pub(super) fn new(entries: u64, time: Duration) -> Self {
        Self {
            next: 0,
            settled: 0,
            marks: VecDeque::new(),
            entries,
            time,
        }
    }

    pub(super) fn begin(&mut self, from: u64) {
        (self.next, self.settled) = (from, from);
        self.marks.clear();
    }

    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    pub(super) const fn settled(&self) -> u64 {
        self.settled
    }

    /// Everything before `next` was handed to the connection.
    pub(super) fn sent(&mut self, next: u64, now: Instant) {
        self.next = self.next.max(next);
        match self.marks.back_mut() {
            Some(mark) if now < mark.opened + self.time / MARKS => {
                mark.latest = now;
                mark.upto = self.next;
            }
            _ => self.marks.push_back(Mark {
                opened: now,
                latest: now,
                upto: self.next,
            }),
        }
        self.settle(now);
    }

    /// What has been away for the whole time, and is none of the latest entries, is settled.
    pub(super) fn settle(&mut self, now: Instant) -> u64 {
        let latest = self.next.saturating_sub(self.entries);
        while let Some(mark) = self.marks.front()
            && mark.latest + self.time <= now
        {
            // A mark over the latest entries counts again when others have followed.
            self.settled = self.settled.max(mark.upto.min(latest));
            if mark.upto > latest {
                break;
            }
            self.marks.pop_front();
        }
        self.settled
    }

    /// The connection is gone, and with it perhaps what was not settled by then.
    pub(super) fn interrupted(&mut self, now: Instant) {
        self.settle(now);
        self.marks.clear();
    }

    /// The first entry of a new connection.
    pub(super) fn resume(&mut self) -> u64 {
        self.marks.clear();
        self.next = self.settled;
        self.next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    #[test]
    fn only_what_has_been_away_for_long_is_settled() {
        let mut window = Window::new(5, TIME);
        let begin = Instant::now();
        window.begin(0);
        window.sent(100, begin);
        assert_eq!(window.settle(begin + TIME / 2), 0);
        assert_eq!(window.settle(begin + TIME), 95, "the latest five are not");
        window.sent(200, begin + TIME);
        window.interrupted(begin + TIME * 3 / 2);
        assert_eq!(window.settled(), 100);
        assert_eq!(window.resume(), 100);
    }

    #[test]
    fn a_pause_while_interrupted_settles_nothing() {
        let mut window = Window::new(0, TIME);
        let begin = Instant::now();
        window.begin(7);
        window.sent(50, begin);
        window.interrupted(begin + TIME / 2);
        assert_eq!(window.settle(begin + TIME * 100), 7);
        assert_eq!(window.resume(), 7);
    }

    proptest! {
        #[test]
        fn nothing_is_settled_early_and_memory_is_bounded(
            steps in prop::collection::vec(
                (0_u64..50, 0_u64..3_000, prop::bool::weighted(0.1)),
                1..80,
            ),
            entries in 0_u64..100,
        ) {
            let mut window = Window::new(entries, TIME);
            let mut now = Instant::now();
            let mut sent: Vec<(Instant, u64)> = Vec::new();
            let mut settled = 0;
            for (more, pause_ms, breaks) in steps {
                now += Duration::from_millis(pause_ms);
                if breaks {
                    window.interrupted(now);
                } else {
                    window.sent(window.next() + more, now);
                    sent.push((now, window.next()));
                }
                let by_now = window.settle(now);
                prop_assert!(by_now >= settled && by_now <= window.next());
                if by_now > settled {
                    let old = sent.iter().filter(|(at, _)| *at + TIME <= now);
                    let old = old.map(|(_, upto)| *upto).max().unwrap_or(0);
                    prop_assert!(by_now <= old.max(settled), "{by_now} of {old}");
                    prop_assert!(by_now + entries <= window.next());
                }
                if breaks {
                    prop_assert_eq!(window.resume(), window.settled());
                    sent.clear();
                }
                settled = by_now;
                prop_assert!(window.marks.len() <= MARKS as usize + 2);
            }
        }
    }
}
