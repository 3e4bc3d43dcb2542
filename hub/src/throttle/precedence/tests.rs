//! The width of a list as a table, and the gate on a clock that stands still.

use futures_util::FutureExt as _;

use super::*;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

use Next::{Begin, Later};

/// Lines under way, when the last one began, how long the counters are quiet, the time, what next.
type Row = (&'static str, usize, Option<u64>, Option<u64>, u64, Next);

const ROWS: &[Row] = &[
    ("nobody waits", 0, None, Some(60_000), 0, Begin),
    (
        "a second beside the first",
        1,
        Some(0),
        Some(60_000),
        0,
        Begin,
    ),
    ("the last of four", 3, Some(0), Some(60_000), 0, Begin),
    (
        "never more than four",
        4,
        Some(0),
        Some(60_000),
        0,
        Later(WIDEN_AFTER),
    ),
    ("somebody waits: the first", 0, None, None, 0, Begin),
    (
        "no second beside it",
        1,
        Some(0),
        None,
        100,
        Later(WIDEN_AFTER),
    ),
    (
        "the floor is not reached",
        0,
        Some(100),
        None,
        106,
        Later(ms(10)),
    ),
    ("the floor", 0, Some(100), None, 116, Begin),
    ("far behind the floor", 0, Some(100), None, 5_000, Begin),
    (
        "what was wide before ends first",
        3,
        Some(0),
        None,
        5_000,
        Later(WIDEN_AFTER),
    ),
    (
        "just quiet: one after the other",
        0,
        Some(100),
        Some(0),
        101,
        Begin,
    ),
    (
        "just quiet: no second",
        1,
        Some(100),
        Some(19),
        120,
        Later(WIDEN_AFTER),
    ),
    (
        "quiet for a while: a second",
        1,
        Some(100),
        Some(20),
        121,
        Begin,
    ),
    (
        "no third yet",
        2,
        Some(100),
        Some(39),
        140,
        Later(WIDEN_AFTER),
    ),
    ("a third", 2, Some(100), Some(40), 141, Begin),
    ("a fourth", 3, Some(100), Some(60), 161, Begin),
];

#[test]
fn a_list_narrows_for_a_counter_and_widens_when_it_is_quiet() {
    for (name, under_way, begun_last, quiet_for, now, next) in ROWS.iter().copied() {
        let width = Width {
            max: 4,
            under_way,
            begun_last: begun_last.map(ms),
        };
        assert_eq!(width.next(quiet_for.map(ms), ms(now)), next, "{name}");
    }
}

/// Counters that never rest: the list goes on at its floor, and in time.
#[test]
fn a_list_does_not_starve_beside_counters_that_never_rest() {
    let mut width = Width {
        max: 4,
        under_way: 0,
        begun_last: None,
    };
    let (line_takes, mut now, mut ends) = (ms(9), Duration::ZERO, None);
    let mut begun = 0;
    while begun < 500 {
        if ends.is_some_and(|ends| ends <= now) {
            width.end();
            ends = None;
        }
        if width.next(None, now) == Next::Begin {
            width.begin(now);
            assert_eq!(width.under_way, 1, "one at a time");
            (begun, ends) = (begun + 1, Some(now + line_takes));
        }
        now += ms(1);
    }
    assert!(now < Duration::from_secs(10), "{now:?}");
    assert!(
        now > Duration::from_secs(7),
        "no faster than the floor: {now:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn lines_begin_by_what_the_counters_do() {
    let counters = Counters::quiet(Instant::now());
    let gate = ListGate::new(counters.clone(), 3);
    let mut lines: Vec<InGate> = Vec::new();
    for _ in 0..3 {
        lines.push(gate.pass().now_or_never().expect("nobody waits"));
    }
    assert!(gate.pass().now_or_never().is_none(), "it is full");
    let somebody = counters.wait();
    lines.truncate(1);
    tokio::time::advance(ms(100)).await;
    assert!(gate.pass().now_or_never().is_none(), "somebody waits");
    lines.clear();
    let begun = Instant::now();
    let first = gate.pass().await;
    drop(first);
    let second = gate.pass().await;
    assert!(begun.elapsed() >= FLOOR_INTERVAL && begun.elapsed() < ms(40));
    drop(somebody);
    let third = gate.pass().await;
    let waited = begun.elapsed();
    assert!(waited < FLOOR_INTERVAL + WIDEN_AFTER * 2, "{waited:?}");
    drop((second, third));
}

/// A line that ends lets the next one begin at once, not at the next look.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_line_is_heard() {
    let gate = ListGate::new(Counters::quiet(Instant::now()), 1);
    let line = gate.pass().await;
    let begun = Instant::now();
    let next = gate.pass();
    let ends = async {
        tokio::time::sleep(ms(5)).await;
        drop(line);
    };
    let (_next, ()) = tokio::join!(next, ends);
    assert!(begun.elapsed() < ms(8), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn counters_are_quiet_when_the_last_question_has_ended() {
    let counters = Counters::quiet(Instant::now());
    assert!(counters.quiet_for(Instant::now()).is_some());
    let (one, other) = (counters.wait(), counters.wait());
    drop(one);
    assert_eq!(counters.quiet_for(Instant::now()), None);
    drop(other);
    tokio::time::advance(ms(30)).await;
    assert_eq!(counters.quiet_for(Instant::now()), Some(ms(30)));
}
