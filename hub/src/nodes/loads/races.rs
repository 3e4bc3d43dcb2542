//! Limits that change under questions of several threads: once a change is made, no question is let
//! through by what stood before it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio_util::task::TaskTracker;

use super::*;

const TASKS: usize = 8;
const CHANGES: usize = 200;

fn most(places: u32) -> Arc<Limits> {
    let limits = Limits::default()
        .with(LimitName::TargetInFlightMin, 1)
        .with(LimitName::TargetInFlightMax, places);
    Arc::new(limits)
}

#[derive(Debug, Default)]
struct Seen {
    /// Odd while the lower limit stands and nobody is left over from before it.
    phase: AtomicUsize,
    /// The most that were under way at once when a question was let through in such a phase.
    peak: AtomicUsize,
    over: AtomicBool,
}

/// Asks until told to stop.
async fn ask(loads: Arc<Loads>, seen: Arc<Seen>) {
    let classes = [ClassNo::new(4).expect("a class")];
    while !seen.over.load(Ordering::Acquire) {
        let phase = seen.phase.load(Ordering::Acquire);
        let going = Going {
            node: "city",
            classes: &classes,
            from: "guoguan",
            manner: Manner::COUNTER,
            deadline: Instant::now() + Duration::from_secs(5),
        };
        if let Ok(at_node) = loads.enter(going).await {
            if phase % 2 == 1 && seen.phase.load(Ordering::Acquire) == phase {
                seen.peak.fetch_max(at_node.in_flight, Ordering::AcqRel);
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lowered_limit_is_exceeded_by_nobody_who_comes_after_it() {
    let loads = Arc::new(Loads::new(["city"].into_iter(), Instant::now()));
    let (seen, asking) = (Arc::new(Seen::default()), TaskTracker::new());
    for _ in 0..TASKS {
        asking.spawn(ask(Arc::clone(&loads), Arc::clone(&seen)));
    }
    for change in 0..CHANGES {
        loads.replace(most(128));
        tokio::time::sleep(Duration::from_micros(200)).await;
        loads.replace(most(2));
        // Nobody who has a place loses it.
        while loads.states()[0].in_flight > 2 {
            tokio::task::yield_now().await;
        }
        seen.phase.fetch_add(1, Ordering::AcqRel);
        tokio::time::sleep(Duration::from_micros(200)).await;
        seen.phase.fetch_add(1, Ordering::AcqRel);
        let most = seen.peak.load(Ordering::Acquire);
        assert!(most <= 2, "{most} at once after change {change}");
    }
    seen.over.store(true, Ordering::Release);
    asking.close();
    asking.wait().await;
}
