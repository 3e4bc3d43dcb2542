//! The breaker as a table; `model` holds it against another writing of the same rules.

use super::*;

mod model;

const RULES: BreakerRules = BreakerRules {
    window: Duration::from_secs(10),
    window_calls: 8,
    failures_in_row: 3,
    calls_min: 4,
    failure_percent: 50,
    slow_call: Duration::from_secs(2),
    slow_percent: 75,
    probes: 1,
    open_first: Duration::from_secs(1),
    open_max: Duration::from_secs(8),
};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What a call passes as now, if it does.
fn passes(breaker: &mut Breaker, now: Duration) -> Option<Pass> {
    breaker.admit(now).0
}

/// An event; while half open, that of a probe.
fn told(breaker: &mut Breaker, event: Event, now: Duration) -> Option<Transition> {
    let is_half_open = breaker.state() == State::HalfOpen;
    let pass = is_half_open.then(|| passes(breaker, now)).flatten();
    breaker.apply_as(event, pass.unwrap_or(Pass::CALL), now, 0)
}

/// A name, events with their seconds, and the state after them.
type Row<'a> = (&'a str, &'a [(u64, Event)], State);

const A: Event = Event::Answered(Duration::ZERO);
const SLOW: Event = Event::Answered(Duration::from_secs(2));
const F: Event = Event::Failed(Failure::Silent);
const BROKEN: Event = Event::Failed(Failure::Broken);
const BUSY: Event = Event::Overloaded;
const TRIP: Event = Event::Set(Hand::Tripped);
const HOLD_OPEN: Event = Event::Set(Hand::HeldOpen);
const HOLD_CLOSED: Event = Event::Set(Hand::HeldClosed);

const TABLE: &[Row<'_>] = &[
    ("two failures are too few", &[(0, F), (0, F)], State::Closed),
    ("three failures", &[(0, F), (0, F), (0, F)], State::Open),
    (
        "half of four",
        &[(0, A), (0, A), (0, F), (0, F)],
        State::Open,
    ),
    (
        "a third of too few",
        &[(0, A), (0, A), (0, F)],
        State::Closed,
    ),
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
    (
        "three of four are slow",
        &[(0, A), (0, SLOW), (0, SLOW), (1, SLOW)],
        State::Open,
    ),
    (
        "half of them are slow",
        &[(0, A), (0, SLOW), (0, A), (1, SLOW)],
        State::Closed,
    ),
    (
        "three slow ones are too few",
        &[(0, SLOW), (0, SLOW), (0, SLOW)],
        State::Closed,
    ),
    (
        "overload is no failure",
        &[(0, BUSY), (0, BUSY), (0, BUSY), (0, BUSY), (0, BUSY)],
        State::Closed,
    ),
    (
        "overload does not break a row of failures",
        &[(0, F), (0, BUSY), (0, F), (0, BUSY), (0, F)],
        State::Open,
    ),
    (
        "the oldest calls leave by count",
        &[
            (0, F),
            (0, F),
            (1, A),
            (1, A),
            (1, A),
            (1, A),
            (1, A),
            (1, A),
            (2, A),
            (2, A),
            (3, F),
            (3, F),
        ],
        State::Closed,
    ),
    (
        "a word of health before its time says nothing",
        &[(0, F), (0, F), (0, F), (0, Event::Healthy)],
        State::Open,
    ),
    (
        "a word of health lets one call pass",
        &[(0, F), (0, F), (0, F), (1, Event::Healthy)],
        State::HalfOpen,
    ),
    (
        "two words of health close it without any call",
        &[
            (0, F),
            (0, F),
            (0, F),
            (1, Event::Healthy),
            (2, Event::Healthy),
        ],
        State::Closed,
    ),
    (
        "an agent that cannot try its source lets a call try",
        &[
            (0, F),
            (0, F),
            (0, F),
            (1, Event::Untried),
            (2, Event::Untried),
        ],
        State::HalfOpen,
    ),
    (
        "after a lost link its being there is enough",
        &[
            (0, Event::LinkLost),
            (1, Event::Attached),
            (1, Event::Untried),
        ],
        State::Closed,
    ),
    (
        "a word of trouble opens it again",
        &[
            (0, F),
            (0, F),
            (0, F),
            (1, Event::Healthy),
            (2, Event::Unwell),
        ],
        State::Open,
    ),
    (
        "whoever sends nonsense is let try, and is not believed",
        &[
            (0, BROKEN),
            (0, BROKEN),
            (0, BROKEN),
            (1, Event::Healthy),
            (2, Event::Healthy),
        ],
        State::HalfOpen,
    ),
    (
        "a sound reply ends what nonsense began",
        &[
            (0, BROKEN),
            (0, BROKEN),
            (0, BROKEN),
            (1, Event::Healthy),
            (2, A),
        ],
        State::Closed,
    ),
    (
        "nonsense once more begins anew, and a word of health comes after three seconds at most",
        &[
            (0, BROKEN),
            (0, BROKEN),
            (0, BROKEN),
            (1, Event::Healthy),
            (1, BROKEN),
            (3, Event::Healthy),
            (3, BROKEN),
            (5, Event::Healthy),
        ],
        State::Open,
    ),
    (
        "however far the open time has grown",
        &[
            (0, BROKEN),
            (0, BROKEN),
            (0, BROKEN),
            (1, Event::Healthy),
            (1, BROKEN),
            (3, Event::Healthy),
            (3, BROKEN),
            (6, Event::Healthy),
        ],
        State::HalfOpen,
    ),
    (
        "a stream that breaks the contract opens it at once, and its return does not shorten that",
        &[
            (0, A),
            (0, Event::Breached),
            (0, Event::LinkLost),
            (0, Event::Attached),
            (0, Event::Healthy),
        ],
        State::Open,
    ),
    (
        "then it is let try",
        &[
            (0, Event::Breached),
            (0, Event::LinkLost),
            (0, Event::Attached),
            (1, Event::Healthy),
            (2, Event::Healthy),
        ],
        State::HalfOpen,
    ),
    (
        "silence opens it at once, and a word of health lets try",
        &[(0, A), (0, Event::Stalled), (1, Event::Healthy)],
        State::HalfOpen,
    ),
    (
        "silence says nothing new to whoever is tried",
        &[
            (0, Event::LinkLost),
            (1, Event::Attached),
            (1, Event::Stalled),
        ],
        State::HalfOpen,
    ),
    ("a trip opens", &[(0, A), (1, TRIP)], State::Open),
    (
        "a trip stays, whatever is heard",
        &[
            (0, TRIP),
            (9, A),
            (9, Event::Healthy),
            (9, Event::LinkLost),
            (9, Event::Attached),
        ],
        State::Open,
    ),
    (
        "a reset ends a trip",
        &[(0, TRIP), (1, Event::Reset)],
        State::Closed,
    ),
    (
        "a reset ends an opening and its count",
        &[(0, F), (0, F), (0, F), (0, Event::Reset), (0, F), (0, F)],
        State::Closed,
    ),
    (
        "a trip whose time is over is tried first",
        &[(0, TRIP), (1, Event::Released)],
        State::HalfOpen,
    ),
    (
        "a reset does not end a hold",
        &[(0, HOLD_OPEN), (1, Event::Reset)],
        State::Open,
    ),
    (
        "a release ends a hold",
        &[(0, HOLD_OPEN), (1, Event::Released)],
        State::HalfOpen,
    ),
    (
        "held closed, nothing opens it",
        &[
            (0, HOLD_CLOSED),
            (0, F),
            (0, F),
            (0, F),
            (0, F),
            (0, Event::LinkLost),
        ],
        State::Closed,
    ),
    (
        "what failed while it was held closed does not count afterwards",
        &[
            (0, HOLD_CLOSED),
            (0, F),
            (0, F),
            (0, Event::Released),
            (0, F),
        ],
        State::Closed,
    ),
    (
        "a release does not bring a lost node back",
        &[(0, HOLD_CLOSED), (0, Event::LinkLost), (1, Event::Released)],
        State::Open,
    ),
    (
        "nor does a reset",
        &[(0, Event::LinkLost), (1, Event::Reset)],
        State::Open,
    ),
];

#[test]
fn opens_at_the_rate_and_not_before_enough_calls() {
    for (name, events, expected) in TABLE {
        let mut breaker = Breaker::new(RULES);
        for (at, event) in *events {
            told(&mut breaker, *event, s(*at));
        }
        assert_eq!(breaker.state(), *expected, "{name}");
    }
}

#[test]
fn open_times_double_up_to_the_cap_and_start_over_after_a_good_while() {
    let mut breaker = Breaker::new(RULES);
    let mut now = s(0);
    let mut probe = Pass::CALL;
    for wait in [1, 2, 4, 8, 8] {
        for _ in 0..3 {
            breaker.apply_as(F, probe, now, 0);
        }
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(breaker.retry_after(now), Some(s(wait)));
        now += s(wait);
        let (pass, transition) = breaker.admit(now);
        probe = pass.expect("is let try");
        assert!(transition.is_some_and(|t| t.to == State::HalfOpen));
        assert_eq!(passes(&mut breaker, now), None, "only one probe at a time");
    }
    let closes = |breaker: &mut Breaker, probe, now| {
        let transition = breaker.apply_as(A, probe, now, 0);
        assert!(transition.is_some_and(|t| t.to == State::Closed));
    };
    closes(&mut breaker, probe, now);
    for _ in 0..3 {
        breaker.apply(F, now, 0);
    }
    assert_eq!(breaker.retry_after(now), Some(s(8)), "it flaps");
    now += s(8);
    let probe = passes(&mut breaker, now).expect("is let try");
    closes(&mut breaker, probe, now);
    now += RULES.window;
    for _ in 0..3 {
        breaker.apply(F, now, 0);
    }
    assert_eq!(breaker.retry_after(now), Some(s(1)), "it was well for long");
}

#[test]
fn chance_takes_off_a_quarter_at_the_most() {
    for (chance, wait_ms) in [(0, 1_000), (u16::MAX / 2, 875), (u16::MAX, 750)] {
        let mut breaker = Breaker::new(RULES);
        for _ in 0..3 {
            breaker.apply(F, s(0), chance);
        }
        let wait = breaker.retry_after(s(0)).expect("can be told");
        assert_eq!(wait.as_millis(), wait_ms, "{chance}");
    }
}

#[test]
fn a_probe_that_told_nothing_is_given_back() {
    for nothing in [Event::Unjudged, BUSY] {
        let mut breaker = Breaker::new(RULES);
        breaker.apply(Event::LinkLost, s(0), 0);
        breaker.apply(Event::Attached, s(1), 0);
        let probe = passes(&mut breaker, s(1)).expect("is let try");
        assert_eq!(passes(&mut breaker, s(1)), None);
        breaker.apply_as(nothing, probe, s(1), 0);
        assert!(passes(&mut breaker, s(1)).is_some());
    }
}

#[test]
fn a_probe_nobody_reports_on_is_given_up() {
    let mut breaker = Breaker::new(RULES);
    breaker.apply(Event::LinkLost, s(0), 0);
    assert_eq!(passes(&mut breaker, s(100)), None, "no stream, no probe");
    breaker.apply(Event::Attached, s(100), 0);
    let lost = passes(&mut breaker, s(100)).expect("is let try");
    assert_eq!(passes(&mut breaker, s(159)), None);
    let probe = passes(&mut breaker, s(160)).expect("is let try");
    // Whoever was given up frees nobody else's place and decides nothing.
    breaker.apply_as(F, lost, s(161), 0);
    assert_eq!(passes(&mut breaker, s(161)), None);
    breaker.apply_as(A, probe, s(161), 0);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn as_many_probes_as_the_rules_say_pass_and_must_go_well() {
    let mut breaker = Breaker::new(BreakerRules { probes: 2, ..RULES });
    breaker.apply(Event::LinkLost, s(0), 0);
    breaker.apply(Event::Attached, s(0), 0);
    let mut probes = || passes(&mut breaker, s(0));
    let (first, second) = (probes().expect("one"), probes().expect("two"));
    assert_eq!(probes(), None);
    assert_eq!(breaker.apply_as(A, second, s(0), 0), None, "not enough");
    assert_eq!(breaker.apply_as(A, second, s(0), 0), None, "not twice");
    let closed = breaker.apply_as(A, first, s(0), 0);
    assert!(closed.is_some_and(|t| t.to == State::Closed));
}

/// Calls that passed while it was closed end while it is half open: they decide nothing then.
#[test]
fn a_call_from_before_is_no_probe() {
    for late in [A, F, SLOW, BROKEN, BUSY, Event::Unjudged] {
        let mut breaker = Breaker::new(RULES);
        let before = passes(&mut breaker, s(0)).expect("passes");
        breaker.apply(Event::LinkLost, s(0), 0);
        breaker.apply(Event::Attached, s(1), 0);
        let probe = passes(&mut breaker, s(1)).expect("is let try");
        assert_eq!(breaker.apply_as(late, before, s(1), 0), None, "{late:?}");
        assert_eq!(passes(&mut breaker, s(1)), None, "{late:?}: its place");
        // Nor does a probe of an earlier time.
        assert!(breaker.apply_as(F, probe, s(1), 0).is_some());
        assert!(passes(&mut breaker, s(9)).is_some());
        assert_eq!(breaker.apply_as(late, probe, s(9), 0), None, "{late:?}");
        assert_eq!(breaker.state(), State::HalfOpen, "{late:?}");
    }
}

/// The entry of an opening says what counted.
#[test]
fn a_transition_tells_the_rates_before_it() {
    let mut breaker = Breaker::new(RULES);
    for event in [A, SLOW, BUSY, F] {
        assert_eq!(breaker.apply(event, s(0), 0), None, "{event:?}");
    }
    let opened = breaker.apply(F, s(1), 0).expect("opens");
    let rates = opened.rates;
    assert_eq!(
        (rates.calls, rates.failed, rates.slow, rates.busy),
        (4, 2, 1, 1),
        "the last failure too"
    );
    assert_eq!((rates.failure_percent(), rates.slow_percent()), (50, 25));
}
