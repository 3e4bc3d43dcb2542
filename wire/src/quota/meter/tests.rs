//! A meter against what it promises, against another implementation, and from many threads.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use proptest::prelude::*;

use super::*;

mod changes;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The most that was admitted beyond what any window allows: nothing above zero may be found.
/// `times` are in nanoseconds. All windows that begin and end with an event are looked at; no other
/// holds more.
fn excess(times: &mut [u64], rate: Rate) -> Option<(u64, u64)> {
    times.sort_unstable();
    // Windows from `first` to `last` hold `last - first + 1` events; with `each` rounded up, the
    // bound is checked in whole events and never loosened.
    for (first, begin) in times.iter().enumerate() {
        for (last, end) in times.iter().enumerate().skip(first) {
            let count = (last - first + 1) as u64;
            let bound = u64::from(rate.burst) + (end - begin) / rate.each;
            if count > bound {
                return Some((*begin, *end));
            }
        }
    }
    None
}

#[test]
fn a_burst_then_the_rate_and_a_wait_that_is_exact() {
    let rate = Rate::per_second(10, 3);
    let mut meter = Meter::default();
    for _ in 0..3 {
        meter.check(rate, ms(0)).expect("within the burst");
        meter.count(rate, ms(0));
    }
    assert_eq!(meter.check(rate, ms(0)), Err(ms(100)));
    assert_eq!(meter.check(rate, ms(99)), Err(ms(1)));
    assert_eq!(meter.check(rate, ms(100)), Ok(()));
    assert!(!meter.is_full(ms(299)) && meter.is_full(ms(300)));
}

#[test]
fn a_rate_that_does_not_divide_is_rounded_against_the_one_who_asks() {
    let rate = Rate::per_second(3, 1);
    assert_eq!(rate.each, 333_333_334);
    assert_eq!(Rate::per_second(0, 0), Rate::per_second(1, 1));
}

/// Whoever was charged in vain has all of it back, and never more: what was replenished meanwhile
/// would have been replenished without the charge.
#[test]
fn giving_back_never_gives_more_than_was_taken() {
    let rate = Rate::per_second(1, 2);
    let mut meter = Meter::default();
    meter.count(rate, ms(0));
    meter.count(rate, ms(900));
    // The first is given back at once after the second: all but a tenth of it is replenished.
    meter.give_back(rate, ms(0), ms(900));
    let mut alone = Meter::default();
    alone.count(rate, ms(900));
    assert_eq!(meter, alone);
    let mut meter = Meter::default();
    meter.count(rate, ms(0));
    meter.give_back(rate, ms(0), ms(0));
    assert!(meter.is_full(ms(0)));
    meter.give_back(rate, ms(0), ms(5_000));
    assert!(meter.is_full(ms(0)), "an old charge gives nothing");
}

/// What happens to one meter: time passes, somebody asks, somebody gets it back.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pass(u64),
    Ask,
    GiveBack(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0_u64..400_000_000).prop_map(Step::Pass),
        4 => Just(Step::Ask),
        1 => (0_usize..8).prop_map(Step::GiveBack),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn no_window_holds_more_than_burst_and_rate_also_when_some_are_given_back(
        events in 1_u32..50, burst in 1_u32..20, steps in steps(),
    ) {
        let rate = Rate::per_second(events, burst);
        let (mut meter, mut now, mut kept) = (Meter::default(), Duration::ZERO, Vec::new());
        let (mut admitted, mut refused) = (0, 0);
        for step in steps {
            match step {
                Step::Pass(nanos) => now += Duration::from_nanos(nanos),
                Step::Ask if meter.check(rate, now).is_ok() => {
                    meter.count(rate, now);
                    kept.push(nanos(now));
                    admitted += 1;
                }
                Step::Ask => refused += 1,
                Step::GiveBack(nth) if nth < kept.len() => {
                    let counted = kept.remove(kept.len() - 1 - nth);
                    meter.give_back(rate, Duration::from_nanos(counted), now);
                }
                Step::GiveBack(_) => {}
            }
        }
        prop_assert_eq!(excess(&mut kept, rate), None, "{} / {}", admitted, refused);
    }

    /// The same answers as governor, which is an implementation of others; its rates divide a
    /// second here, because it rounds the other way.
    #[test]
    fn it_decides_as_governor_does(
        events in prop::sample::select(vec![1_u32, 2, 4, 5, 8, 10, 20, 25, 50, 100]),
        burst in 1_u32..20,
        pauses in proptest::collection::vec(0_u64..300_000_000, 1..200),
    ) {
        let rate = Rate::per_second(events, burst);
        let n = |n| NonZeroU32::new(n).unwrap();
        let clock = FakeRelativeClock::default();
        let quota = Quota::per_second(n(events)).allow_burst(n(burst));
        let other = RateLimiter::direct_with_clock(quota, clock.clone());
        let (mut meter, mut now) = (Meter::default(), Duration::ZERO);
        for pause in pauses {
            clock.advance(Duration::from_nanos(pause));
            now += Duration::from_nanos(pause);
            let ours = meter.check(rate, now).is_ok();
            if ours {
                meter.count(rate, now);
            }
            prop_assert_eq!(ours, other.check().is_ok(), "at {:?}", now);
        }
    }
}

/// Many threads, one clock that all of them push: whatever the order in which they come, no window
/// is exceeded.
#[test]
fn many_threads_exceed_no_window() {
    for (events, burst) in [(1_000, 1), (200, 40), (7, 5), (50_000, 100)] {
        let rate = Rate::per_second(events, burst);
        let (clock, meter) = (AtomicU64::new(0), Mutex::new(Meter::default()));
        let admitted = Mutex::new(Vec::new());
        let asked = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (clock, meter, admitted, asked) = (&clock, &meter, &admitted, &asked);
                scope.spawn(move || {
                    for nth in 0..2_000_u64 {
                        // A moment that is old by the time it is used, as it is in life.
                        let step = (nth * 7 + thread * 13) % 40 * 1_000;
                        let seen = clock.fetch_add(step, Ordering::Relaxed);
                        let now = Duration::from_nanos(seen);
                        asked.fetch_add(1, Ordering::Relaxed);
                        let mut meter = meter.lock().unwrap();
                        if meter.check(rate, now).is_ok() {
                            meter.count(rate, now);
                            admitted.lock().unwrap().push(seen);
                        }
                    }
                });
            }
        });
        let mut admitted = admitted.into_inner().unwrap();
        let least = u64::from(burst).min(asked.into_inner());
        assert!(admitted.len() as u64 >= least, "the burst is given");
        assert!(admitted.len() < 16_000, "something was refused");
        assert_eq!(excess(&mut admitted, rate), None, "{events}/{burst}");
    }
}
