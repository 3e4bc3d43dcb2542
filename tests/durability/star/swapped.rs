//! The checker on the star's own traces, falsified: whatever a process that does not wait for the
//! disk would leave in them is found.

use super::super::trace::Call;
use super::{Events, Testimony, Witnessed, hold_at_agent, hold_at_hub};

/// How a trace is falsified, given the place of a frame's sync.
type Falsify = fn(&mut Vec<Call>, usize, &Events);

const FALSIFIED: [(&str, Falsify); 4] = [
    (
        "the sync returned after what it must precede",
        |calls, sync, events| after_the_next_send(calls, sync, events),
    ),
    ("the sync failed", |calls, sync, _| {
        calls[sync].result = Some("-1 EIO (Input/output error)".to_owned());
    }),
    ("another file was synced", |calls, sync, _| {
        calls[sync].arguments = "9</somewhere/else>".to_owned();
    }),
    ("nothing was synced", |calls, sync, _| {
        calls.remove(sync);
    }),
];

pub(super) fn are_found(seen: &Testimony) {
    let at_hub = |hub: &Witnessed| hold_at_hub(hub, &seen.links).err();
    // A decision and an outcome for each.
    assert_eq!(found(&seen.hub, at_hub), 2 * seen.queries.len());
    for agent in seen.agents.values() {
        let at_agent = |agent: &Witnessed| hold_at_agent(agent, seen.hub_port).err();
        assert!(found(agent, at_agent) >= seen.queries.len());
    }
}

/// Falsifies the sync of each frame in turn; returns how many there were.
fn found(process: &Witnessed, check: impl Fn(&Witnessed) -> Option<String>) -> usize {
    let events = process.events().expect("the trace can be read");
    // What is published of the log is synced too, and nobody waits for that.
    let journal = process.log.join("journal");
    let is_sync = |call: &Call| {
        let file = call.file().unwrap_or_default();
        call.name == "fdatasync" && file.starts_with(&*journal.to_string_lossy())
    };
    let calls = process.calls.iter().enumerate();
    let syncs: Vec<usize> = calls
        .filter(|(_, call)| is_sync(call))
        .map(|(at, _)| at)
        .collect();
    for sync in &syncs {
        for (how, falsify) in FALSIFIED {
            let mut calls = process.calls.clone();
            falsify(&mut calls, *sync, &events);
            let falsified = Witnessed {
                log: process.log.clone(),
                calls,
            };
            assert!(check(&falsified).is_some(), "{how} at call {sync}");
        }
    }
    syncs.len()
}

/// Exchanges the moment of the sync's return with that of what left next after it.
fn after_the_next_send(calls: &mut [Call], sync: usize, events: &Events) {
    let returned = calls[sync].ended.expect("it returned");
    let left = events
        .sent
        .iter()
        .map(|sent| sent.at)
        .filter(|at| *at > returned);
    let left = left.min().expect("something left");
    for call in calls.iter_mut().filter(|call| call.begun == left) {
        call.begun = returned;
    }
    calls[sync].ended = Some(left);
}
