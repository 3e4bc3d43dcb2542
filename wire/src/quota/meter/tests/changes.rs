//! What is owed when the rate changes: so many questions as before, in whatever order changes and
//! questions come, and from whichever thread.

use super::*;

/// A meter of which the whole burst is used up at once.
fn used_up(rate: Rate) -> Meter {
    let mut meter = Meter::default();
    while meter.check(rate, ms(0)).is_ok() {
        meter.count(rate, ms(0));
    }
    meter
}

/// How many more fit now.
fn fit(meter: &mut Meter, rate: Rate, now: Duration) -> usize {
    let mut ask = || {
        let is_in = meter.check(rate, now).is_ok();
        if is_in {
            meter.count(rate, now);
        }
        is_in
    };
    (0..100).take_while(|_| ask()).count()
}

#[test]
fn a_lower_rate_forgives_nothing_and_a_higher_one_takes_nothing() {
    for (before, after, wait) in [
        ((60, 30), (1, 30), 60_000),
        ((60, 30), (120, 30), 500),
        ((1, 30), (60, 30), 1_000),
        // Only the burst, and both.
        ((60, 30), (60, 10), 21_000),
        ((60, 30), (120, 10), 10_500),
        ((60, 30), (6, 10), 210_000),
    ] {
        let rate = |(often, burst)| Rate::per_minute(often, burst);
        let mut meter = used_up(rate(before));
        let after_it = rate(after);
        let told = meter.check(after_it, ms(0));
        assert_eq!(told, Err(ms(wait)), "{before:?} to {after:?}");
        assert_eq!(fit(&mut meter, after_it, ms(wait - 1)), 0, "{after:?}");
        assert_eq!(fit(&mut meter, after_it, ms(wait)), 1, "{after:?}");
    }
    for after in [Rate::per_minute(60, 40), Rate::per_minute(7, 40)] {
        let mut meter = used_up(Rate::per_minute(60, 30));
        assert_eq!(fit(&mut meter, after, ms(0)), 10, "the burst is larger");
    }
}

#[test]
fn what_a_refused_question_was_told_is_kept_though_nobody_is_let_in_meanwhile() {
    let (slow, quick) = (Rate::per_minute(1, 30), Rate::per_minute(60, 30));
    let mut meter = used_up(slow);
    for second in 0..1_000 {
        let told = meter.check(quick, ms(second));
        assert_eq!(told, Err(ms(1_000 - second)), "from the first look on");
    }
    assert_eq!(meter.check(quick, ms(1_000)), Ok(()));
}

#[test]
fn a_rate_for_a_while_leaves_what_it_found() {
    let (usual, low) = (Rate::per_minute(30, 30), Rate::per_minute(1, 30));
    let mut meter = used_up(usual);
    for _ in 0..1_000 {
        assert!(meter.check(low, ms(0)).is_err());
        assert!(meter.check(usual, ms(0)).is_err());
    }
    assert_eq!((meter.used(usual, ms(0)), meter.each), (30, usual.each));
    let lost = meter.full_at - used_up(usual).full_at;
    assert!(lost <= 2_000, "{lost} ns in 2,000 changes");
}

#[test]
fn what_is_shown_is_counted_in_questions_before_the_first_look_too() {
    let meter = used_up(Rate::per_minute(60, 30));
    assert_eq!(meter.used(Rate::per_minute(1, 30), ms(3_000)), 27);
    assert_eq!(meter.used(Rate::per_minute(600, 20), ms(3_000)), 20);
    assert_eq!(Meter::default().used(Rate::per_minute(1, 30), ms(0)), 0);
}

#[test]
fn giving_back_over_a_change_gives_one_and_no_more() {
    let (low, high) = (Rate::per_second(1, 3), Rate::per_second(10, 3));
    for (before, after) in [(low, low), (low, high), (high, low)] {
        for (changed, given) in [(0, 0), (10, 20), (50, 70), (500, 900)] {
            let (mut meter, mut alone) = (Meter::default(), Meter::default());
            for one in [&mut meter, &mut alone] {
                one.count(before, ms(0));
            }
            meter.count(before, ms(0));
            let _ = meter.check(after, ms(changed));
            let _ = alone.check(after, ms(changed));
            meter.give_back(before, ms(0), ms(given));
            assert!(meter.full_at >= alone.full_at, "{changed} {given}");
        }
        let mut meter = Meter::default();
        meter.count(before, ms(0));
        let _ = meter.check(after, ms(0));
        meter.give_back(before, ms(0), ms(0));
        assert!(meter.is_full(ms(0)), "all of it, at once");
    }
}

/// A quota in numbers of questions, which it loses at the rate of the last look.
#[derive(Debug)]
struct Counted {
    used: f64,
    at: f64,
    each: f64,
}

impl Counted {
    /// How many more fit at this moment, as a part of one.
    fn room(&mut self, rate: Rate, now: Duration) -> f64 {
        let now = now.as_secs_f64() * 1e9;
        self.used = (self.used - (now - self.at) / self.each).max(0.0);
        self.at = now;
        #[expect(clippy::cast_precision_loss, reason = "of seconds in a test")]
        {
            self.each = rate.each as f64;
        }
        f64::from(rate.burst) - self.used
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Pass(u64),
    Ask,
    Change(u32, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_u64..400_000_000).prop_map(Step::Pass),
        8 => Just(Step::Ask),
        1 => (1_u32..50, 1_u32..20).prop_map(|(events, burst)| Step::Change(events, burst)),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    /// It lets in whom a count of questions would, and under one rate no window holds more than
    /// that rate says, whatever was owed when it began.
    #[test]
    fn questions_are_owed_and_not_time(steps in steps()) {
        let (mut rate, mut now) = (Rate::per_second(10, 10), Duration::ZERO);
        let mut meter = Meter::default();
        let mut counted = Counted { used: 0.0, at: 0.0, each: 1.0 };
        let (mut under_one, mut all) = (Vec::new(), Vec::new());
        let (mut quickest, mut most) = (rate.each, rate.burst);
        for step in steps {
            match step {
                Step::Pass(nanos) => now += Duration::from_nanos(nanos),
                Step::Change(events, burst) => {
                    prop_assert_eq!(excess(&mut under_one, rate), None);
                    under_one.clear();
                    rate = Rate::per_second(events, burst);
                    (quickest, most) = (quickest.min(rate.each), most.max(burst));
                }
                Step::Ask => {
                    let room = counted.room(rate, now);
                    let is_in = meter.check(rate, now);
                    if (room - 1.0).abs() > 1e-6 {
                        prop_assert_eq!(is_in.is_ok(), room > 1.0, "{} at {:?}", room, now);
                    }
                    if let Err(wait) = is_in {
                        let expected = (1.0 - room) * counted.each / 1e9;
                        prop_assert!((wait.as_secs_f64() - expected).abs() < 1e-6);
                        continue;
                    }
                    meter.count(rate, now);
                    counted.used += 1.0;
                    under_one.push(nanos(now));
                    all.push(nanos(now));
                }
            }
        }
        prop_assert_eq!(excess(&mut under_one, rate), None);
        let widest = Rate { each: quickest, burst: most };
        prop_assert_eq!(excess(&mut all, widest), None);
    }
}

/// Whoever comes late with an old moment and an old rate turns back neither.
#[test]
fn an_old_moment_at_a_change_forgives_nothing() {
    let (slow, quick) = (Rate::per_second(10, 20), Rate::per_second(1_000, 20));
    let mut meter = used_up(quick);
    let _ = meter.check(slow, ms(10));
    let owed = meter.used(quick, ms(10));
    for _ in 0..100 {
        let _ = meter.check(quick, ms(5));
        let _ = meter.check(slow, ms(10));
    }
    assert_eq!((owed, meter.used(quick, ms(10))), (10, 10));
}

/// Threads that still go by the old rate and threads that go by the new one, each with a moment
/// that is old by the time it is used: together they get no more than the quicker of both gives.
#[test]
fn threads_of_two_rates_exceed_no_window_of_the_quicker_one() {
    let rates = [Rate::per_second(1_000, 20), Rate::per_second(10, 20)];
    let (clock, meter) = (AtomicU64::new(0), Mutex::new(Meter::default()));
    let admitted = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (clock, meter, admitted) = (&clock, &meter, &admitted);
            scope.spawn(move || {
                for nth in 0..2_000_u64 {
                    let step = (nth * 7 + thread * 13) % 40 * 1_000;
                    let seen = clock.fetch_add(step, Ordering::Relaxed);
                    let age = (nth + thread) % 5 * 3_000_000;
                    let now = Duration::from_nanos(seen.saturating_sub(age));
                    let rate = rates[usize::from(nth % 2 == 0)];
                    let mut meter = meter.lock().unwrap();
                    if meter.check(rate, now).is_ok() {
                        meter.count(rate, now);
                        admitted.lock().unwrap().push(nanos(now));
                    }
                }
            });
        }
    });
    let mut admitted = admitted.into_inner().unwrap();
    assert!((20..16_000).contains(&admitted.len()));
    assert_eq!(excess(&mut admitted, rates[0]), None);
}
