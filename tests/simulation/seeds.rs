//! Seeds, run and checked, as many at once as there are cores. A seed that fails is told with the
//! command that replays it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::checks::violations;
use super::coverage::Coverage;
use super::world::{Run, Setup, run};

/// Seeds that every test run runs.
const FEW: u64 = 4;
/// Seeds that broke something once; they run with the few.
const BROKE_ONCE: [u64; 3] = [105, 106, 3_057];
/// So many seeds have met everything below many times over.
const MANY: usize = 60;
/// What many seeds must have met.
const MET: [&str; 36] = [
    "acted hold-open",
    "acted lift",
    "acted limit",
    "acted suspend",
    "acted trip",
    "fault ",
    "guard ",
    "hub killed",
    "hub power",
    "hub stopped",
    "lamp Answered  held back",
    "lamp NoRecord",
    "lamp Refused TS-GUARD-CASE",
    "lamp Unavailable TS-NODE-BREAKER",
    "lamp Unavailable TS-NODE-CLASS-RATE",
    "lamp Unavailable TS-NODE-DOWN",
    "lamp Unavailable TS-NODE-HELD",
    "lamp Unavailable TS-NODE-REPLY",
    "lamp Unavailable TS-NODE-SOURCE",
    "lamp Unavailable TS-NODE-SUSPENDED",
    "lamp Unavailable TS-NODE-THROTTLED",
    "lamp Unavailable TS-NODE-TIMEOUT",
    "lie",
    "log abandoned crash",
    "log breaker closed open stalled",
    "log breaker half-open closed answered",
    "log clock-went-back",
    "log detached drained true",
    "log limits-changed",
    "log refusals-folded",
    "refused TS-AUDIT-UNAVAILABLE",
    "refused TS-CASE-REPLAYED",
    "refused TS-HUB-STOPPING",
    "refused TS-LIMIT-HUB",
    "refused TS-LIMIT-OPERATOR",
    "refused TS-SUSPENDED",
];
/// Violations of one seed that are shown.
const SHOWN: usize = 8;

/// What the seeds came to.
#[derive(Debug, Default)]
struct Tally {
    coverage: Coverage,
    lasted: Duration,
    failed: Vec<u64>,
}

/// A number of `make sim`, which passes them on as `SIM_SEEDS`, `SIM_FIRST` and `SIM_SEED`.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var_os(name).filter(|text| !text.is_empty())?;
    let number = text.to_str().and_then(|text| text.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{name} is not a number: {}", text.display())))
}

/// What a seed broke, in lines.
fn broken(run: &Run) -> Vec<String> {
    let found = violations(run);
    let line =
        |violation: &super::evidence::Violation| format!("{}: {}", violation.check, violation.said);
    found.iter().map(line).collect()
}

fn run_all(seeds: &[u64]) -> Tally {
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let Some(seed) = seeds.get(next.fetch_add(1, Ordering::SeqCst)).copied() else {
                        return;
                    };
                    let run = run(&Setup::of(seed));
                    let broken = broken(&run);
                    let mut coverage = Coverage::default();
                    coverage.add(&run);
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.lasted += run.lasted;
                    tally.coverage.merge(coverage);
                    if !broken.is_empty() {
                        println!(
                            "seed {seed} breaks {} times; replay it: make sim SEED={seed}",
                            broken.len()
                        );
                        broken
                            .iter()
                            .take(SHOWN)
                            .for_each(|line| println!("    {line}"));
                        tally.failed.push(seed);
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn seeds_hold() {
    let first = number("SIM_FIRST").unwrap_or(1);
    let seeds: Vec<u64> = match number("SIM_SEEDS") {
        Some(count) => (first..first + count).collect(),
        None => (1..=FEW).chain(BROKE_ONCE).collect(),
    };
    let begun = Instant::now();
    let tally = run_all(&seeds);
    tally.coverage.print();
    println!(
        "{} seeds, {:?} of the star's time, in {:?}",
        seeds.len(),
        tally.lasted,
        begun.elapsed()
    );
    let is_unmet = |what: &&&str| tally.coverage.of(what) == 0;
    let unmet: Vec<_> = MET.iter().filter(is_unmet).collect();
    assert!(
        seeds.len() < MANY || unmet.is_empty(),
        "never met, so that nothing is proven about it: {unmet:?}"
    );
    assert!(
        tally.failed.is_empty(),
        "seeds that broke an invariant: {:?}",
        tally.failed
    );
}

/// One seed with all that was seen and all that is in its log.
#[test]
#[ignore = "prints a trace: make sim SEED=17"]
fn one_seed_is_replayed() {
    let run = run(&Setup::of(number("SIM_SEED").unwrap_or(1)));
    for (at, event) in &run.events {
        println!("{at:>14?} {event}");
    }
    for (index, entry) in run.log.iter().enumerate() {
        println!("{index:>6} {}", String::from_utf8_lossy(entry));
    }
    let broken = broken(&run);
    assert!(broken.is_empty(), "seed {}: {broken:#?}", run.seed);
}

/// The same seed is the same in every bit: each frame, each answer, each entry of the log, each
/// moment.
#[test]
fn a_seed_is_the_same_each_time() {
    let digests = [2, 5].map(|seed| {
        let [first, second] = [run(&Setup::of(seed)), run(&Setup::of(seed))];
        let mut pairs = first.events.iter().zip(&second.events);
        let differs = pairs.find(|((at, event), (other_at, other))| {
            (at, event.to_string()) != (other_at, other.to_string())
        });
        assert!(differs.is_none(), "seed {seed}: {differs:?}");
        assert_eq!(first.digest(), second.digest(), "seed {seed}");
        first.digest()
    });
    assert_ne!(digests[0], digests[1], "two seeds are two runs");
}
