//! The breaker against a model: the same rules written down once more, naively. The model keeps
//! every call for ever and looks at all of them each time; it shares no code with the breaker.

use proptest::prelude::*;

use super::*;

/// What a call was, to the model.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Was {
    Well,
    Slow,
    Failed,
}

#[derive(Debug)]
struct Model {
    rules: BreakerRules,
    /// `closed`, `open` or `half`.
    phase: &'static str,
    since: u64,
    until: u64,
    why: &'static str,
    lost: bool,
    hand: Option<Hand>,
    /// Every call and overload since the last change of phase, with its time.
    calls: Vec<(u64, Option<Was>)>,
    /// Number and beginning of each probe under way.
    probes: Vec<(usize, u64)>,
    /// Probes ever let pass.
    tried: usize,
    good: usize,
    row: u32,
}

impl Model {
    fn new(rules: BreakerRules) -> Self {
        Self {
            rules,
            phase: "closed",
            since: 0,
            until: 0,
            why: "",
            lost: false,
            hand: None,
            calls: Vec::new(),
            probes: Vec::new(),
            tried: 0,
            good: 0,
            row: 0,
        }
    }

    fn shown(&self) -> State {
        match self.hand {
            Some(Hand::HeldClosed) => State::Closed,
            Some(_) => State::Open,
            None => match self.phase {
                "closed" => State::Closed,
                "open" => State::Open,
                _ => State::HalfOpen,
            },
        }
    }

    fn go(&mut self, phase: &'static str, now: u64) {
        self.phase = phase;
        self.since = now;
        self.good = 0;
        self.probes.clear();
        if phase != "half" {
            self.calls.clear();
        }
    }

    fn open(&mut self, why: &'static str, now: u64) {
        let window = ms(self.rules.window);
        if self.phase == "closed" && now - self.since >= window {
            self.row = 0;
        }
        let first = ms(self.rules.open_first);
        let mut wait = first;
        for _ in 0..self.row.min(16) {
            wait = (wait * 2).min(ms(self.rules.open_max));
        }
        self.row += 1;
        self.go("open", now);
        self.until = now + wait.min(ms(self.rules.open_max));
        self.why = why;
    }

    fn is_sick(&self, now: u64) -> bool {
        let kept = self.calls.len().saturating_sub(self.rules.window_calls);
        let recent = |at: u64| at >= now.saturating_sub(ms(self.rules.window));
        let judged: Vec<Was> = self.calls[kept..]
            .iter()
            .filter(|(at, _)| recent(*at))
            .filter_map(|(_, was)| *was)
            .collect();
        let of = |kind: Was| judged.iter().filter(|was| **was == kind).count();
        let mut row = 0;
        for was in &judged {
            row = if *was == Was::Failed { row + 1 } else { 0 };
        }
        let enough = judged.len() >= self.rules.calls_min;
        let share = |part: usize| 100.0 * part as f64 / judged.len() as f64;
        row >= self.rules.failures_in_row
            || enough && share(of(Was::Failed)) >= self.rules.failure_percent as f64
            || enough && share(of(Was::Slow)) >= self.rules.slow_percent as f64
    }

    fn call(&mut self, (was, probe): (Was, usize), why: &'static str, now: u64) {
        if self.phase == "closed" {
            self.calls.push((now, Some(was)));
            let held = self.hand == Some(Hand::HeldClosed);
            if was != Was::Well && !held && self.is_sick(now) {
                self.open(why, now);
            }
        } else if self.phase == "half" && self.end_probe(probe) {
            if was == Was::Well {
                self.good(now);
            } else {
                self.open(why, now);
            }
        }
    }

    fn good(&mut self, now: u64) {
        self.good += 1;
        if self.good >= self.rules.probes {
            self.go("closed", now);
        }
    }

    fn end_probe(&mut self, probe: usize) -> bool {
        let at = self.probes.iter().position(|(nth, _)| *nth == probe);
        at.map(|at| self.probes.remove(at)).is_some()
    }

    fn lose(&mut self, now: u64) {
        self.lost = true;
        if self.phase != "open" {
            self.go("open", now);
            self.until = now;
            self.why = "link";
        }
    }

    /// `probe` is the number of the probe that the event is about, or none.
    fn apply(&mut self, event: Event, probe: usize, now: u64) {
        let listens = self.hand.is_none() && !self.lost;
        match event {
            Event::Answered(long) => {
                let slow = long >= self.rules.slow_call;
                let was = if slow { Was::Slow } else { Was::Well };
                self.call((was, probe), "silence", now);
            }
            Event::Failed(Failure::Silent) => self.call((Was::Failed, probe), "silence", now),
            Event::Failed(Failure::Broken) => self.call((Was::Failed, probe), "broken", now),
            Event::Overloaded => {
                self.calls.push((now, None));
                self.end_probe(probe);
            }
            Event::Unjudged => {
                self.end_probe(probe);
            }
            Event::Breached => {
                if self.phase != "open" && self.hand != Some(Hand::HeldClosed) {
                    self.open("broken", now);
                }
            }
            Event::Stalled => {
                if self.phase == "closed" && self.hand != Some(Hand::HeldClosed) {
                    self.open("silence", now);
                }
            }
            Event::LinkLost => self.lose(now),
            Event::Attached => {
                if self.lost && self.phase == "open" && now >= self.until {
                    self.go("half", now);
                }
                self.lost = false;
            }
            Event::Healthy | Event::Untried if !listens => {}
            Event::Healthy | Event::Untried => {
                let floor = (self.until.saturating_sub(self.since)).min(3_000);
                if self.phase == "open" && now >= self.since + floor {
                    self.go("half", now);
                } else if self.phase == "half"
                    && self.why != "broken"
                    && (event == Event::Healthy || self.why == "link")
                {
                    self.good(now);
                }
            }
            Event::Unwell if self.phase == "half" => {
                let is_broken = self.why == "broken";
                self.open(if is_broken { "broken" } else { "silence" }, now);
            }
            Event::Unwell => {}
            Event::Set(hand) => self.hand = Some(hand),
            Event::Reset => self.reset(now),
            Event::Released => self.release(now),
        }
    }

    fn reset(&mut self, now: u64) {
        if matches!(self.hand, None | Some(Hand::Tripped)) {
            self.hand = None;
            self.row = 0;
            self.go("closed", now);
            if self.lost {
                self.lose(now);
            }
        }
    }

    fn release(&mut self, now: u64) {
        if let Some(hand) = self.hand.take() {
            self.go("closed", now);
            if self.lost {
                self.lose(now);
            } else if hand != Hand::HeldClosed {
                self.go("half", now);
                self.why = "silence";
            }
        }
    }

    /// The number that a call passes by; 0 for one that is no probe.
    fn admit(&mut self, now: u64) -> Option<usize> {
        match self.hand {
            Some(Hand::HeldClosed) => return Some(0),
            Some(_) => return None,
            None => {}
        }
        if self.phase == "open" && !self.lost && now >= self.until {
            self.go("half", now);
        }
        match self.phase {
            "closed" => Some(0),
            "open" => None,
            _ => {
                self.probes.retain(|(_, begun)| now < begun + 60_000);
                if self.probes.len() >= self.rules.probes {
                    return None;
                }
                self.tried += 1;
                self.probes.push((self.tried, now));
                Some(self.tried)
            }
        }
    }
}

fn ms(time: Duration) -> u64 {
    time.as_millis().try_into().expect("is short")
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Told(Event),
    Asked,
}

fn step() -> impl Strategy<Value = Step> {
    let told = |event| Just(Step::Told(event));
    prop_oneof![
        6 => Just(Step::Asked),
        4 => told(A),
        3 => told(SLOW),
        6 => told(F),
        1 => told(BROKEN),
        1 => told(BUSY),
        1 => told(Event::Unjudged),
        1 => told(Event::LinkLost),
        1 => told(Event::Breached),
        1 => told(Event::Stalled),
        2 => told(Event::Attached),
        2 => told(Event::Healthy),
        1 => told(Event::Untried),
        1 => told(Event::Unwell),
        1 => prop_oneof![told(TRIP), told(HOLD_OPEN), told(HOLD_CLOSED)],
        1 => told(Event::Reset),
        1 => told(Event::Released),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever happens: the breaker is what the model is, lets pass what the model does, tells
    /// every change and nothing else, and its memory stays bounded.
    #[test]
    fn the_breaker_is_its_model(
        steps in proptest::collection::vec((step(), 0_usize..4, 0_u64..1_500), 0..300),
        probes in 1_usize..3,
    ) {
        let rules = BreakerRules { probes, ..RULES };
        let (mut breaker, mut model) = (Breaker::new(rules), Model::new(rules));
        let mut now = 0;
        // What passed, the latest first, as both call it: a report may be about any of them.
        let mut passed = vec![(Pass::CALL, 0)];
        for (step, about, wait) in steps {
            now += wait;
            let at = Duration::from_millis(now);
            let before = (breaker.state(), breaker.hand());
            let changed = match step {
                Step::Told(event) => {
                    let (pass, probe) = passed[about.min(passed.len() - 1)];
                    model.apply(event, probe, now);
                    breaker.apply_as(event, pass, at, 0)
                }
                Step::Asked => {
                    let (pass, changed) = breaker.admit(at);
                    let same = model.admit(now);
                    prop_assert_eq!(pass.is_some(), same.is_some(), "{:?} {:?}", &breaker, &model);
                    prop_assert!(pass.is_none() || breaker.state() != State::Open);
                    if let (Some(pass), Some(same)) = (pass, same) {
                        prop_assert_eq!(pass == Pass::CALL, same == 0);
                        passed.insert(0, (pass, same));
                    }
                    changed
                }
            };
            prop_assert_eq!(breaker.state(), model.shown(), "{:?} {:?}", &breaker, &model);
            prop_assert_eq!(changed.is_some(), before != (breaker.state(), breaker.hand()));
            if let Some(changed) = changed {
                prop_assert_eq!((changed.from, changed.to), (before.0, breaker.state()));
            }
            prop_assert!(breaker.window.len() <= rules.window_calls);
        }
    }
}
