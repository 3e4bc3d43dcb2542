//! How many questions at once a node bears, found from how long its replies take: a value with
//! samples and times going in and a limit coming out. It knows no task, no lock and no clock.
//!
//! A system that has more to do than it can takes longer for each question, and no more of them get
//! done. So the limit shrinks while replies take much longer than they take at ease, and grows
//! while it is used and they do not. What "at ease" is, is measured: after a while, or when
//! shrinking does not help, the node is for a moment asked a quarter of it. If that does not make
//! it quicker, then it is slow by itself, today, and no limit would help; that time is the new
//! measure. (Why not the known algorithms as they are: docs/adr/0023-limits-are-data.md.)

use std::time::Duration;

/// A window has so many replies and lasts so long, or is closed with fewer after a longer time.
const SAMPLES_PER_WINDOW: usize = 20;
const WINDOW_MIN: Duration = Duration::from_millis(100);
const WINDOW_MAX: Duration = Duration::from_secs(1);
const SAMPLES_MIN: usize = 5;
/// Replies of one window that are kept; further ones say the same.
const SAMPLES_MAX: usize = 512;
/// So many times its time at ease, and at least so much longer, is slow.
const SLOW_TIMES: u32 = 3;
const SLOW_BY: Duration = Duration::from_millis(10);
/// After so many slow windows in a row, shrinking does not help.
const SLOW_ROW: u32 = 5;
/// The time at ease is believed for so many windows.
const BELIEVED: u32 = 200;
/// How many times as long as a reply one has to look, or only the quick ones are seen.
const SEEN_TIMES: u32 = 3;
/// A look at the node at ease: the part of what is under way, the replies, after how many windows
/// another follows one that was cut off, the longest time.
const LOOK_PART: usize = 4;
const LOOK_SAMPLES: usize = 25;
const LOOK_SAMPLES_MIN: usize = 5;
const AGAIN: u32 = 10;
/// Longer than any reply takes.
const LONG: Duration = Duration::from_secs(3_600);
/// A look that takes less than this part of before has made a difference.
const MUCH_QUICKER: f64 = 0.67;
const LOOK_MAX: Duration = Duration::from_secs(1);
/// What is left of the limit when the node says itself that it has too much.
const BUSY_LEFT: f64 = 0.75;
/// The most that one window takes away.
const SHRINK_MAX: f64 = 0.7;

/// Within which bounds a limit is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadRules {
    /// Always let through.
    pub min: usize,
    /// Never exceeded.
    pub max: usize,
}

/// What a reply says about its node's load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It came after the node had worked on the question, or did not come in time.
    Took,
    /// The node said that it has too much to do.
    Busy,
}

/// One reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When the question went down.
    pub began: Duration,
    /// When the reply was there.
    pub ended: Duration,
    /// Questions under way at the node when it went down, itself among them.
    pub in_flight: usize,
    /// What it says.
    pub said: Said,
}

#[derive(Debug, Default)]
struct Window {
    since: Option<Duration>,
    times: Vec<Duration>,
    peak: usize,
    was_busy: bool,
}

/// The node is asked little for a moment.
#[derive(Debug)]
struct Look {
    since: Duration,
    limit: usize,
    /// How long replies took before it.
    before: Duration,
    times: Vec<Duration>,
}

/// The load of one node.
#[derive(Debug)]
pub struct Load {
    rules: LoadRules,
    /// What was found, within the bounds of its time; nothing as long as it has borne all.
    found: Option<f64>,
    /// How long a reply takes at ease.
    ease: Option<Duration>,
    /// How long the replies of the recent windows took, smoothed: of windows as they are, the
    /// quickest would be far quicker than any is on the mean.
    recent: Option<Duration>,
    /// Whether that was ever measured by a look.
    is_measured: bool,
    /// Windows since that was measured.
    age: u32,
    slow_row: u32,
    /// The limit before the first of them, and how long a reply took in the last.
    before: Option<f64>,
    slow: Duration,
    /// When the node last said that it has too much to do.
    busy_at: Option<Duration>,
    window: Window,
    look: Option<Look>,
}

impl Load {
    /// Nothing is known: all that may be is let through, and the first window is looked into.
    #[must_use]
    pub fn new(rules: LoadRules) -> Self {
        Self {
            rules: in_order(rules),
            found: None,
            ease: None,
            recent: None,
            is_measured: false,
            age: BELIEVED,
            slow_row: 0,
            before: None,
            slow: Duration::ZERO,
            busy_at: None,
            window: Window::default(),
            look: None,
        }
    }

    /// Other bounds; what was found stays, also while it is out of them.
    pub fn set(&mut self, rules: LoadRules) {
        self.rules = in_order(rules);
    }

    /// Questions that may be under way now.
    #[must_use]
    pub fn limit(&mut self, now: Duration) -> usize {
        if let Some(look) = &self.look
            && now >= look.since.saturating_add(LOOK_MAX)
        {
            self.close_look(false, now);
        }
        match &self.look {
            Some(look) => look.limit,
            None => self.found(),
        }
    }

    /// The limit that was found, whether or not the node is being looked at.
    #[must_use]
    pub fn found(&self) -> usize {
        whole(self.bounded()).clamp(self.rules.min, self.rules.max)
    }

    /// A reply came, or did not come in time.
    pub fn take(&mut self, sample: Sample) {
        if sample.said == Said::Busy {
            self.busy(sample.ended);
            return;
        }
        let took = sample.ended.saturating_sub(sample.began);
        if let Some(look) = &mut self.look {
            // What went down before says how it was under load.
            if sample.began >= look.since {
                look.times.push(took);
            }
            let lasted = sample.ended.saturating_sub(look.since);
            let has_seen = look.times.len() >= LOOK_SAMPLES;
            if has_seen && lasted >= median(&mut look.times) * SEEN_TIMES {
                self.close_look(true, sample.ended);
            }
            return;
        }
        let window = &mut self.window;
        window.peak = window.peak.max(sample.in_flight);
        let since = *window.since.get_or_insert(sample.began);
        if window.times.len() < SAMPLES_MAX {
            window.times.push(took);
        }
        let lasted = sample.ended.saturating_sub(since);
        let is_long = lasted >= WINDOW_MIN.max(self.recent.unwrap_or_default() * SEEN_TIMES);
        let is_full = window.times.len() >= SAMPLES_PER_WINDOW && is_long;
        if is_full || (window.times.len() >= SAMPLES_MIN && lasted >= WINDOW_MAX) {
            self.close_window(sample.ended);
        }
    }

    /// However many say it at once, it is said once.
    fn busy(&mut self, now: Duration) {
        self.window.was_busy = true;
        if self.busy_at.is_none_or(|said| now >= said + WINDOW_MIN) {
            self.busy_at = Some(now);
            self.shrink(BUSY_LEFT);
        }
    }

    fn close_window(&mut self, now: Duration) {
        let mut window = std::mem::take(&mut self.window);
        let took = median(&mut window.times);
        // It could not be asked less than this: whatever it takes, it takes at ease.
        let is_at_ease = window.peak <= self.rules.min;
        let recent = self
            .recent
            .map_or(took, |recent| recent.mul_f64(0.75) + took.mul_f64(0.25));
        self.recent = Some(recent);
        let ease = match self.ease {
            Some(ease) if !is_at_ease => ease.min(recent),
            Some(_) | None => recent,
        };
        self.ease = Some(ease);
        self.age = if is_at_ease {
            0
        } else {
            self.age.saturating_add(1)
        };
        let is_slow = took > ease * SLOW_TIMES && took > ease + SLOW_BY;
        if is_slow {
            if self.slow_row == 0 {
                self.before = self.found;
            }
            self.slow_row += 1;
            self.slow = took;
            // As many as there may be for a reply to take so long and no longer.
            let part = (ease * SLOW_TIMES).as_secs_f64() / took.as_secs_f64();
            self.shrink(part.max(SHRINK_MAX));
        } else {
            self.slow_row = 0;
            let is_used = window.peak * 2 >= self.found();
            if is_used && !window.was_busy {
                self.grow();
            }
        }
        if !is_at_ease && (self.slow_row >= SLOW_ROW || self.age >= BELIEVED) {
            // The first windows of a node have seen its quick replies only.
            let before = if self.is_measured { took } else { LONG };
            self.look_at(self.found().min(window.peak), before, now);
        }
    }

    /// What was seen is the new measure; if too little was, the old one stays. A look that was cut
    /// off has seen the quick ones only, so it shortens nothing.
    fn close_look(&mut self, is_whole: bool, now: Duration) {
        let Some(mut look) = self.look.take() else {
            return;
        };
        let mut seen = median(&mut look.times);
        if !is_whole {
            seen = self.ease.unwrap_or_default().max(seen);
        }
        if look.times.len() >= LOOK_SAMPLES_MIN {
            self.is_measured = true;
            self.ease = Some(seen);
            self.recent = Some(seen);
            if self.slow_row > 0 && self.slow <= seen * SLOW_TIMES {
                // It is no quicker at ease: it was asked less for nothing.
                self.found = self.before;
            }
        }
        self.slow_row = 0;
        self.window = Window::default();
        // A look that was cut off is repeated soon: what was under way may have been in its way.
        self.age = if is_whole { 0 } else { BELIEVED - AGAIN };
        // Much quicker than before: with a quarter of that it may be quicker still.
        if is_whole && look.limit > self.rules.min && seen < look.before.mul_f64(MUCH_QUICKER) {
            self.look_at(look.limit, seen, now);
        }
    }

    /// Asks a quarter of so many from now on, to see whether replies come quicker than `before`.
    fn look_at(&mut self, in_flight: usize, before: Duration, now: Duration) {
        let limit = in_flight / LOOK_PART;
        self.look = Some(Look {
            since: now,
            limit: limit.clamp(self.rules.min, self.rules.max),
            before,
            times: Vec::new(),
        });
    }

    /// It bears only this part of what it may be asked now.
    fn shrink(&mut self, part: f64) {
        let less = (self.bounded() * part).max(real(self.rules.min));
        self.found = Some(self.found.map_or(less, |found| found.min(less)));
    }

    /// It bears more than it was found to. That it bears all of a bound says nothing of what lies
    /// above.
    fn grow(&mut self) {
        let limit = self.bounded();
        let more = (limit + limit.sqrt()).min(real(self.rules.max));
        self.found = self.found.map(|found| found.max(more));
    }

    fn bounded(&self) -> f64 {
        let most = real(self.rules.max);
        let found = self.found.unwrap_or(most);
        found.clamp(real(self.rules.min), most)
    }
}

fn in_order(rules: LoadRules) -> LoadRules {
    let min = rules.min.max(1);
    LoadRules {
        min,
        max: rules.max.max(min),
    }
}

/// Of times in no order; the window that has none is never closed.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn real(limit: usize) -> f64 {
    f64::from(u32::try_from(limit).unwrap_or(u32::MAX))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a limit is bounded by two whole numbers"
)]
fn whole(limit: f64) -> usize {
    limit as usize
}

#[cfg(test)]
mod tests;
