//! The breaker as a table, and against random events.

use super::*;
use proptest::prelude::*;

const RULES: BreakerRules = BreakerRules {
    window: Duration::from_secs(10),
    failures_in_row: 3,
    calls_min: 3,
    failure_percent: 50,
    open_first: Duration::from_secs(1),
    open_max: Duration::from_secs(4),
};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A name, events with their seconds, and the state after them.
type Row<'a> = (&'a str, &'a [(u64, Event)], State);

const A: Event = Event::Answered;
const F: Event = Event::Failed;

const TABLE: &[Row<'_>] = &[
    ("two failures are too few", &[(0, F), (0, F)], State::Closed),
    ("three failures", &[(0, F), (0, F), (0, F)], State::Open),
    (
        "half of four",
        &[(0, A), (0, A), (0, F), (0, F)],
        State::Open,
    ),
    ("a third", &[(0, A), (0, A), (0, F)], State::Closed),
    (
        "old failures leave the window",
        &[(0, F), (0, F), (11, F)],
        State::Closed,
    ),
    (
        "answers never open it",
        &[(0, A), (1, A), (2, A), (3, A)],
        State::Closed,
    ),
    (
        "a lost link opens at once",
        &[(0, A), (1, Event::LinkLost)],
        State::Open,
    ),
    (
        "attaching gives a probe",
        &[(0, Event::LinkLost), (1, Event::Attached)],
        State::HalfOpen,
    ),
    (
        "an answered probe closes",
        &[(0, Event::LinkLost), (1, Event::Attached), (2, A)],
        State::Closed,
    ),
    (
        "a failed probe opens again",
        &[(0, Event::LinkLost), (1, Event::Attached), (2, F)],
        State::Open,
    ),
    (
        "three in a row, whatever went well before",
        &[
            (0, A),
            (0, A),
            (0, A),
            (0, A),
            (0, A),
            (1, F),
            (1, F),
            (1, F),
        ],
        State::Open,
    ),
    (
        "what says nothing does not count",
        &[
            (0, Event::Unjudged),
            (0, Event::Unjudged),
            (0, Event::Unjudged),
            (0, F),
            (0, F),
        ],
        State::Closed,
    ),
    (
        "coming back does not shorten a time-out",
        &[
            (0, F),
            (0, F),
            (0, F),
            (0, Event::LinkLost),
            (0, Event::Attached),
        ],
        State::Open,
    ),
    (
        "coming back after the time-out gives a probe",
        &[
            (0, F),
            (0, F),
            (0, F),
            (0, Event::LinkLost),
            (1, Event::Attached),
        ],
        State::HalfOpen,
    ),
    (
        "another stream does not end a time-out",
        &[(0, F), (0, F), (0, F), (0, Event::Attached)],
        State::Open,
    ),
];

#[test]
fn opens_at_the_rate_and_not_before_enough_calls() {
    for (name, events, expected) in TABLE {
        let mut breaker = Breaker::new(RULES);
        for (at, event) in *events {
            breaker.apply(*event, s(*at));
        }
        assert_eq!(breaker.state(), *expected, "{name}");
    }
}

#[test]
fn open_times_double_up_to_the_cap_and_start_over_after_success() {
    let mut breaker = Breaker::new(RULES);
    let mut now = s(0);
    for wait in [1, 2, 4, 4] {
        for _ in 0..3 {
            breaker.apply(Event::Failed, now);
        }
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(breaker.retry_after(now), Some(s(wait)));
        now += s(wait);
        let (admitted, transition) = breaker.admit(now);
        assert!(admitted && transition.is_some_and(|t| t.to == State::HalfOpen));
        assert!(!breaker.admit(now).0, "only one probe at a time");
    }
    assert!(
        breaker
            .apply(Event::Answered, now)
            .is_some_and(|t| t.to == State::Closed)
    );
    for _ in 0..3 {
        breaker.apply(Event::Failed, now);
    }
    assert_eq!(breaker.retry_after(now), Some(s(1)));
}

#[test]
fn a_probe_that_told_nothing_is_given_back() {
    let mut breaker = Breaker::new(RULES);
    breaker.apply(Event::LinkLost, s(0));
    breaker.apply(Event::Attached, s(1));
    assert!(breaker.admit(s(1)).0 && !breaker.admit(s(1)).0);
    breaker.apply(Event::Unjudged, s(1));
    assert!(breaker.admit(s(1)).0);
}

#[test]
fn a_probe_nobody_reports_on_is_given_up() {
    let mut breaker = Breaker::new(RULES);
    breaker.apply(Event::LinkLost, s(0));
    assert!(!breaker.admit(s(100)).0, "no stream, no probe");
    breaker.apply(Event::Attached, s(100));
    assert!(breaker.admit(s(100)).0);
    assert!(!breaker.admit(s(159)).0);
    assert!(breaker.admit(s(160)).0);
}

proptest! {
    /// Whatever happens: open means refused, a refusal without stream lasts until one attaches, at
    /// most one probe passes while half open, and memory stays bounded.
    #[test]
    fn holds_for_any_sequence(steps in proptest::collection::vec((0u8..6, 0u64..3_000), 0..400)) {
        let mut breaker = Breaker::new(RULES);
        let mut now = Duration::ZERO;
        let mut has_link = true;
        for (step, wait_ms) in steps {
            now += Duration::from_millis(wait_ms);
            let before = breaker.state();
            match step {
                0 => { breaker.apply(Event::Answered, now); }
                1 => { breaker.apply(Event::Failed, now); }
                2 => { breaker.apply(Event::LinkLost, now); has_link = false; }
                3 => { breaker.apply(Event::Attached, now); has_link = true; }
                5 => { breaker.apply(Event::Unjudged, now); }
                _ => {
                    let (admitted, _) = breaker.admit(now);
                    prop_assert!(!(admitted && breaker.state() == State::Open));
                    if breaker.state() == State::HalfOpen && admitted {
                        prop_assert!(!breaker.admit(now).0);
                    }
                    if !has_link && before == State::Open {
                        prop_assert!(!admitted);
                    }
                }
            }
            prop_assert!(breaker.calls.len() <= CALLS_MAX);
        }
    }
}
