//! What operators do is obeyed, and it is found out where it is not.

use super::*;
use crate::simulation::staff::LOWERED;

/// A seed in which the staff acts, on a hub that is killed and whose clock goes wrong.
const STAFFED: Setup = Setup {
    kinds: &[Kind::Kill, Kind::HubClock],
    ..Setup::of(5)
};
static OBEYED: LazyLock<Run> = LazyLock::new(|| run(&STAFFED));

fn found_in(forge: impl FnOnce(&mut Run)) -> BTreeSet<&'static str> {
    let mut run = OBEYED.clone();
    forge(&mut run);
    let violations = violations(&run);
    violations.iter().map(|violation| violation.check).collect()
}

/// As if the first act of its kind had stood from the beginning on.
fn from_the_beginning(run: &mut Run, kind: &str, over: &str) {
    let mut events = run.events.iter_mut();
    let first = events.find(|(_, event)| {
        matches!(event, Event::Acted { act, target, .. } if (*act, *target) == (kind, over))
    });
    let (at, event) = first.unwrap_or_else(|| panic!("no {kind} of {over}"));
    *at = Duration::ZERO;
    if let Event::Acted { until_ms, .. } = event {
        *until_ms = None;
    }
}

#[test]
fn a_run_with_a_staff_is_sound_and_met_what_it_is_for() {
    assert_eq!(found_in(|_| {}), BTreeSet::new());
    let events = || OBEYED.events.iter();
    let acted = events().filter(|(_, event)| matches!(event, Event::Acted { .. }));
    assert!(acted.count() > 10);
    for met in [
        |event: &Event| matches!(event, Event::HubUp { life } if *life > 1),
        |event: &Event| matches!(event, Event::HubClock { off_ms } if *off_ms > 0),
    ] {
        assert!(events().any(|(_, event)| met(event)));
    }
}

#[test]
fn a_node_that_is_asked_though_suspended_is_found() {
    let found = found_in(|run| from_the_beginning(run, "suspend", "node/zhongzhi"));
    assert_eq!(found, ["acts-are-obeyed"].into());
}

#[test]
fn a_class_that_is_asked_though_its_breaker_is_open_by_hand_is_found() {
    for kind in ["trip", "hold-open"] {
        let found = found_in(|run| {
            let of = |target| {
                let is_it = move |(_, event): &(Duration, Event)| {
                    matches!(event, Event::Acted { act, target: over, .. }
                        if (*act, *over) == (kind, target))
                };
                move |run: &Run| run.events.iter().any(is_it)
            };
            let targets = ["class/guoguan/04", "class/city/04"];
            let target = targets.into_iter().find(|target| of(*target)(run));
            from_the_beginning(run, kind, target.expect("one is"));
        });
        assert_eq!(found, ["acts-are-obeyed"].into(), "{kind}");
    }
}

#[test]
fn a_limit_that_is_not_kept_is_found() {
    let found = found_in(|run| {
        for target in LOWERED {
            from_the_beginning(run, "limit", target);
        }
    });
    assert_eq!(found, ["limits-are-kept"].into());
}

/// A hub that does not read back what operators have done.
#[test]
fn a_hub_that_forgets_what_was_done_is_found() {
    let run = run(&Setup {
        twist: Twist::Lax,
        ..STAFFED
    });
    let violations = violations(&run);
    let found: BTreeSet<_> = violations.iter().map(|violation| violation.check).collect();
    assert!(found.contains("acts-are-obeyed"), "{found:?}");
}
