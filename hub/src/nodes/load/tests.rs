//! The limit as a table of windows, within its bounds whatever comes, and against models of the
//! systems that it is to find.

use proptest::prelude::*;

use super::*;

mod model;

use model::{Model, System};

const RULES: LoadRules = LoadRules { min: 4, max: 128 };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Feeds a node's load with windows of replies that all take so long.
struct Fed {
    load: Load,
    now: Duration,
}

impl Fed {
    fn new() -> Self {
        let mut fed = Self {
            load: Load::new(RULES),
            now: Duration::ZERO,
        };
        // Nothing is known at first, so the first window is looked into.
        fed.window(ms(10), 100);
        assert!(fed.load.look.is_some());
        for _ in 0..2 {
            // At ease, and with still less: it makes no difference.
            fed.look(ms(10));
        }
        assert!(fed.load.look.is_none());
        fed
    }

    fn reply(&mut self, took: Duration, in_flight: usize, said: Said) {
        self.load.take(Sample {
            began: self.now.saturating_sub(took),
            ended: self.now,
            in_flight,
            said,
        });
    }

    fn window(&mut self, took: Duration, in_flight: usize) -> usize {
        for _ in 0..SAMPLES_PER_WINDOW {
            self.now += ms(8);
            self.reply(took, in_flight, Said::Took);
        }
        self.load.found()
    }

    /// A look at the node at ease, in which replies take so long.
    fn look(&mut self, took: Duration) {
        self.now += took;
        for _ in 0..LOOK_SAMPLES {
            self.now += took / 8;
            self.reply(took, 4, Said::Took);
        }
    }
}

#[test]
fn a_node_that_keeps_its_pace_is_asked_all_that_may_be() {
    let mut fed = Fed::new();
    for _ in 0..20 {
        assert_eq!(fed.window(ms(12), 100), 128);
    }
}

#[test]
fn a_little_longer_is_not_slow_however_often_it_is_so_long() {
    let mut load = Fed::new();
    assert_eq!(load.window(ms(29), 128), 128, "not three times");
    let mut quick = Fed::new();
    quick.load.ease = Some(ms(1));
    assert_eq!(quick.window(ms(11), 128), 128, "not by ten ms");
}

#[test]
fn it_shrinks_while_replies_take_too_long_and_grows_while_it_is_used_and_they_do_not() {
    let mut fed = Fed::new();
    let shrunk = fed.window(ms(60), 128);
    assert_eq!(shrunk, 89, "not more than to seven tenths");
    assert_eq!(fed.window(ms(36), 89), 74, "three times ten of 36");
    assert_eq!(fed.window(ms(12), 20), 74, "it is not used");
    assert_eq!(fed.window(ms(12), 74), 83, "and a root");
    for _ in 0..20 {
        fed.window(ms(12), 128);
    }
    assert_eq!(fed.load.found(), 128);
}

#[test]
fn a_node_that_is_slow_by_itself_gets_a_new_measure_and_its_limit_back() {
    let mut fed = Fed::new();
    for _ in 0..SLOW_ROW {
        fed.window(ms(50), 128);
    }
    let shrunk = fed.load.found();
    assert!(shrunk >= 16, "{shrunk}");
    let at_ease = fed.load.limit(fed.now);
    assert!(at_ease < shrunk && at_ease >= RULES.min, "{at_ease}");
    fed.look(ms(50));
    assert_eq!(fed.load.ease, Some(ms(50)));
    assert_eq!(fed.load.found(), 128, "at once");
    assert_eq!(fed.window(ms(55), 128), 128);
}

#[test]
fn a_node_that_gets_quicker_when_asked_less_stays_asked_less() {
    let mut fed = Fed::new();
    for _ in 0..SLOW_ROW {
        fed.window(ms(50), 128);
    }
    let shrunk = fed.load.found();
    fed.look(ms(10));
    assert_eq!((fed.load.ease, fed.load.found()), (Some(ms(10)), shrunk));
    // It has made a difference, so a quarter of that is looked at as well; that makes none.
    fed.look(ms(9));
    assert!(fed.load.look.is_none());
    assert!(fed.window(ms(50), shrunk) < shrunk);
}

#[test]
fn a_look_that_nobody_answers_comes_to_an_end() {
    let mut fed = Fed::new();
    for _ in 0..SLOW_ROW {
        fed.window(ms(50), 128);
    }
    let found = fed.load.found();
    assert!(fed.load.limit(fed.now) < found);
    assert_eq!(fed.load.limit(fed.now + LOOK_MAX), found);
    assert_eq!(fed.load.ease, Some(ms(10)), "nothing was seen");
}

#[test]
fn a_busy_node_is_asked_less_at_once_and_again_while_it_says_so() {
    let mut fed = Fed::new();
    for _ in 0..10 {
        fed.reply(ms(1), 100, Said::Busy);
    }
    assert_eq!(fed.load.found(), 96, "however many say it");
    let after = fed.window(ms(10), 96);
    assert_eq!(after, 96, "it does not grow in that window");
    for _ in 0..50 {
        fed.now += ms(100);
        fed.reply(ms(1), 96, Said::Busy);
    }
    assert_eq!(fed.load.found(), RULES.min);
}

#[test]
fn other_bounds_hold_at_once() {
    let mut fed = Fed::new();
    fed.load.set(LoadRules { min: 4, max: 20 });
    assert_eq!(fed.load.found(), 20);
    fed.load.set(RULES);
    assert_eq!(
        fed.load.found(),
        128,
        "nothing was found, so nothing is kept"
    );
    fed.window(ms(60), 128);
    fed.load.set(LoadRules { min: 100, max: 128 });
    assert_eq!(fed.load.found(), 100);
    fed.load.set(LoadRules { min: 9, max: 3 });
    assert_eq!(fed.load.found(), 9, "what is always let through counts");
}

/// Duty lowers what a node may be asked while it is in trouble, and lifts that again.
#[test]
fn what_was_found_outlives_a_lower_bound() {
    let mut fed = Fed::new();
    fed.window(ms(60), 128);
    assert_eq!(fed.window(ms(36), 89), 74);
    let low = LoadRules { min: 4, max: 20 };
    // Twice: what is set again must not take the bound for what was found.
    for _ in 0..2 {
        fed.load.set(low);
        assert_eq!(fed.load.found(), 20);
    }
    fed.load.set(RULES);
    assert_eq!(fed.load.found(), 74, "and no more");
    // All of a low bound is borne: that says nothing of what lies above it, and forgets nothing.
    fed.load.set(low);
    for _ in 0..10 {
        assert_eq!(fed.window(ms(12), 20), 20);
    }
    fed.load.set(RULES);
    assert_eq!(fed.load.found(), 74);
    assert_eq!(fed.window(ms(12), 74), 83, "it grows from there");
    // What is found under a low bound was found.
    fed.load.set(low);
    assert_eq!(fed.window(ms(60), 20), 14);
    fed.load.set(RULES);
    assert_eq!(fed.load.found(), 14);
    fed.load.set(LoadRules { min: 50, max: 128 });
    fed.reply(ms(1), 50, Said::Busy);
    assert_eq!(fed.load.found(), 50, "is always let through");
    fed.load.set(RULES);
    assert_eq!(fed.load.found(), 14, "is not raised by that");
}

#[test]
fn a_node_that_bore_all_may_be_asked_all_under_another_bound() {
    let mut fed = Fed::new();
    fed.load.set(LoadRules { min: 4, max: 20 });
    for _ in 0..5 {
        assert_eq!(fed.window(ms(12), 20), 20);
    }
    fed.load.set(LoadRules { min: 4, max: 200 });
    assert_eq!(fed.load.found(), 200);
    for _ in 0..SLOW_ROW {
        fed.window(ms(50), 200);
    }
    fed.look(ms(50));
    fed.load.set(LoadRules { min: 4, max: 300 });
    assert_eq!(fed.load.found(), 300, "it was asked less for nothing");
}

#[test]
fn a_calm_node_tells_its_pace_by_itself() {
    let mut fed = Fed::new();
    for _ in 0..3 {
        assert_eq!(fed.window(ms(80), RULES.min), fed.load.found());
    }
    assert!(fed.load.ease > Some(ms(45)), "{:?}", fed.load.ease);
    assert!(fed.load.look.is_none(), "less could not be asked");
}

proptest! {
    #[test]
    fn no_sample_and_no_bounds_lead_out_of_the_bounds(
        samples in proptest::collection::vec(
            (0_u64..5_000, 0_u64..5_000, 0_usize..500, 0_u8..12), 1..800,
        ),
        min in 0_usize..20, max in 0_usize..300,
    ) {
        let rules = in_order(LoadRules { min, max });
        let mut load = Load::new(rules);
        let mut now = Duration::ZERO;
        for (pause, took, in_flight, what) in samples {
            now += ms(pause / 10);
            let said = if what == 0 { Said::Busy } else { Said::Took };
            // Also what ends before it began.
            let began = if what == 1 { now + ms(took) } else { now.saturating_sub(ms(took)) };
            load.take(Sample { began, ended: now, in_flight, said });
            let limit = load.limit(now);
            prop_assert!((rules.min..=rules.max).contains(&limit), "{limit} of {rules:?}");
            prop_assert!((rules.min..=rules.max).contains(&load.found()));
            prop_assert!(load.window.times.len() <= SAMPLES_MAX);
        }
    }
}

/// Eight servers, twenty milliseconds each, and a hundred callers who ask again at once.
#[test]
fn it_finds_what_a_busy_system_bears_within_five_seconds_and_keeps_it_busy() {
    for seed in 1..=5 {
        let mut model = Model::new(System::of(8, ms(20)), 100, seed);
        model.run(ms(5_000));
        let found = model.run(ms(60_000));
        assert!(found.limit_mean <= 40.0, "{seed}: {found:?}");
        assert!(found.limit_mean >= 8.0, "{seed}: {found:?}");
        let share = found.throughput / 400.0;
        assert!(share >= 0.9, "{seed}: {share} of what the system can do");
    }
}

/// A system that gets slower the more it is asked: without a limit it would do a fraction.
#[test]
fn it_keeps_a_system_that_thrashes_from_thrashing() {
    let thrashing = System {
        thrash_from: 24,
        ..System::of(8, ms(20))
    };
    for seed in 1..=5 {
        let mut free = Model::new(thrashing, 100, seed);
        free.is_free = true;
        free.run(ms(5_000));
        let without = free.run(ms(20_000)).throughput;
        let mut model = Model::new(thrashing, 100, seed);
        model.run(ms(10_000));
        let with = model.run(ms(60_000)).throughput;
        assert!(
            without < 200.0,
            "{seed}: the model shows nothing: {without}"
        );
        assert!(with >= 0.85 * 400.0, "{seed}: {with}, without {without}");
    }
}

/// A system with room for all becomes five times slower for everybody, and stays so: no limit would
/// help, so none may hold it back.
#[test]
fn a_latency_step_of_a_healthy_system_does_not_end_in_a_trickle() {
    for seed in 1..=5 {
        let mut model = Model::new(System::of(200, ms(20)), 60, seed);
        let before = model.run(ms(10_000));
        assert!(before.throughput >= 0.9 * 3_000.0, "{seed}: {before:?}");
        model.system.each = ms(100);
        let during = model.run(ms(5_000));
        assert!(during.limit_least >= RULES.min, "{seed}: {during:?}");
        let after = model.run(ms(30_000));
        assert!(after.throughput >= 0.9 * 600.0, "{seed}: {after:?}");
    }
}

/// Most of a system fails for ten seconds: it is asked less at once, and all of it ten seconds
/// after it is back.
#[test]
fn it_follows_a_system_that_fails_in_part_and_comes_back() {
    for seed in 1..=5 {
        let mut model = Model::new(System::of(32, ms(20)), 100, seed);
        model.run(ms(10_000));
        model.system.servers = 4;
        model.run(ms(5_000));
        let failing = model.run(ms(5_000));
        assert!(failing.throughput >= 0.8 * 200.0, "{seed}: {failing:?}");
        assert!(failing.limit_mean <= 40.0, "{seed}: {failing:?}");
        model.system.servers = 32;
        model.run(ms(10_000));
        let back = model.run(ms(20_000));
        assert!(back.throughput >= 0.9 * 1_600.0, "{seed}: {back:?}");
    }
}
