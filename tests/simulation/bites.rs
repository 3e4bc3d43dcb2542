//! Each check bites: a sound run that is forged in one place is found out by the check that is for
//! it; and a world that breaks a promise of its own is found out too.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use wire::v1;

use super::answer::Mood;
use super::checks::violations;
use super::faults::Kind;
use super::history::{Ending, Event};
use super::question::item_no;
use super::world::{Run, Setup, Twist, run};

/// Answers, refusals, lies, restarts and changed breakers.
const RICH: Setup = Setup {
    kinds: &[
        Kind::AgentCrash,
        Kind::Mood(Mood::Silent),
        Kind::Mood(Mood::SourceDown),
        Kind::Mood(Mood::Liar),
        Kind::Kill,
    ],
    ..Setup::of(3)
};
static SOUND: LazyLock<Run> = LazyLock::new(|| run(&RICH));

/// The checks that a forged run breaks.
fn found(forge: impl FnOnce(&mut Run)) -> Vec<&'static str> {
    let mut run = SOUND.clone();
    forge(&mut run);
    let mut found: Vec<_> = violations(&run)
        .iter()
        .map(|violation| violation.check)
        .collect();
    found.dedup();
    found
}

#[track_caller]
fn bites(check: &str, forge: impl FnOnce(&mut Run)) {
    let found = found(forge);
    assert!(
        found.contains(&check),
        "{check} found nothing, but {found:?}"
    );
}

/// Changes the first event for which `change` says so.
fn change(run: &mut Run, change: impl Fn(&mut Event) -> bool) {
    let changed = run.events.iter_mut().any(|(_, event)| change(event));
    assert!(changed, "there is no such event");
}

/// Changes the first answer that leaves the hub and fits.
fn change_answer(run: &mut Run, change_it: impl Fn(&mut v1::Answer) -> bool) {
    change(run, |event| match event {
        Event::Left {
            ending: Ending::Answer(answer),
            ..
        } => change_it(answer),
        _ => false,
    });
}

/// Changes the first entry of a kind.
fn change_entry(run: &mut Run, kind: &str, change: impl FnOnce(&mut Value)) {
    let (index, mut value) = entry(run, kind);
    change(&mut value);
    run.log[index] = serde_json::to_vec(&value).expect("is JSON");
}

fn entry(run: &Run, kind: &str) -> (usize, Value) {
    let entries = run
        .log
        .iter()
        .map(|raw| serde_json::from_slice::<Value>(raw).expect("is JSON"));
    let found = entries.enumerate().find(|(_, value)| value["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in the log"))
}

#[test]
fn a_sound_run_is_sound() {
    assert_eq!(found(|_| {}), Vec::<&str>::new());
}

#[test]
fn a_node_asked_too_early_or_without_being_named_is_found() {
    bites("asked-after-decision", |run| {
        change(run, |event| match event {
            Event::NodeAsked { durable, .. } => {
                *durable = 0;
                true
            }
            _ => false,
        });
    });
    bites("asked-after-decision", |run| {
        change_entry(run, "decision", |decision| {
            decision["asked"] = Value::Array(Vec::new())
        });
    });
}

#[test]
fn an_answer_before_its_outcome_is_found() {
    bites("answered-after-outcome", |run| {
        change(run, |event| match event {
            Event::Left {
                ending: Ending::Answer(_),
                durable,
                ..
            } => {
                *durable = 0;
                true
            }
            _ => false,
        });
    });
}

#[test]
fn a_receipt_that_is_not_true_is_found() {
    bites("receipts-stay-true", |run| {
        change_answer(run, |answer| {
            answer.outcome.as_mut().expect("has one").leaf_hash[0] ^= 1;
            true
        });
    });
    bites("receipts-stay-true", |run| {
        change_answer(run, |answer| {
            answer.decision = None;
            true
        });
    });
    bites("receipts-stay-true", |run| {
        drop(run.log.pop().and_then(|_| run.log.pop()))
    });
    bites("receipts-stay-true", |run| {
        change_entry(run, "refusal", |refusal| refusal["salt"] = "00".into())
    });
}

#[test]
fn an_answer_that_the_log_tells_otherwise_is_found() {
    bites("log-says-what-was-answered", |run| {
        change_answer(run, |answer| {
            answer.nodes[0].classes[0].record_count += 1;
            true
        });
    });
}

#[test]
fn a_decision_that_ends_twice_or_never_is_found() {
    bites("ends-once", |run| {
        let (index, _) = entry(run, "outcome");
        run.log.push(run.log[index].clone());
    });
    bites("ends-once", |run| {
        let (index, _) = entry(run, "outcome");
        run.log.remove(index);
    });
    bites("ends-once", |run| {
        let (index, _) = entry(run, "decision");
        run.log.remove(index);
    });
}

#[test]
fn an_item_or_a_value_that_nobody_granted_is_found() {
    let swap = |from: &'static str, to: &'static str| {
        move |run: &mut Run| {
            change_answer(run, |answer| {
                let mut classes = answer.nodes.iter_mut().flat_map(|node| &mut node.classes);
                let class = classes.find(|class| class.class == 4 && class.record_count == 1);
                let Some(class) = class else { return false };
                let (mut record, item) =
                    (catalog::Record::new(item_no(from).class()), item_no(from));
                let value = super::ground::CATALOG
                    .parse_value(item, to)
                    .expect("is sound");
                record.insert(item, value);
                class.payload = wire::convert::records_to_wire(&[record]);
                true
            });
        }
    };
    bites("nothing-outside-the-permit", swap("04-14", "12.00"));
    bites("nothing-outside-the-permit", swap("04-09", "1999-01-01"));
    bites("no-canary", swap("04-14", super::answer::CANARY));
    bites("nothing-outside-the-permit", |run| {
        change_answer(run, |answer| {
            answer.nodes[0].classes[0].class = 9;
            true
        });
    });
}

#[test]
fn a_center_that_is_left_out_or_silent_without_a_reason_is_found() {
    bites("every-center-is-there", |run| {
        change_answer(run, |answer| answer.nodes.pop().is_some())
    });
    bites("every-center-is-there", |run| {
        change_answer(run, |answer| answer.nodes[0].classes.pop().is_some());
    });
    bites("every-center-is-there", |run| {
        change_answer(run, |answer| {
            answer.nodes[0].classes[0].outcome = v1::Outcome::Unavailable.into();
            true
        });
    });
}

#[test]
fn a_missing_center_that_looks_clean_is_found() {
    bites("nothing-looks-clean-by-itself", |run| {
        change_answer(run, |answer| {
            let mut classes = answer.nodes.iter_mut().flat_map(|node| &mut node.classes);
            let absent = classes.find(|class| class.outcome() == v1::Outcome::Unavailable);
            absent.is_some_and(|class| {
                class.outcome = v1::Outcome::NoRecord.into();
                class.code.clear();
                true
            })
        });
    });
}

#[test]
fn a_center_that_spoke_in_time_and_is_not_heard_is_found() {
    bites("what-was-said-in-time-counts", |run| {
        change_answer(run, |answer| {
            let mut classes = answer.nodes.iter_mut().flat_map(|node| &mut node.classes);
            let heard = classes.find(|class| class.outcome() == v1::Outcome::Answered);
            heard.is_some_and(|class| {
                class.outcome = v1::Outcome::Unavailable.into();
                class.code = "TS-NODE-TIMEOUT".to_owned();
                true
            })
        });
    });
}

#[test]
fn a_statement_that_serves_twice_is_found() {
    bites("no-statement-serves-twice", |run| {
        let (_, mut again) = entry(run, "decision");
        again["query"] = "another".into();
        run.log.push(serde_json::to_vec(&again).expect("is JSON"));
    });
}

#[test]
fn a_question_without_a_case_is_found() {
    let other = "00".repeat(16);
    bites("no-question-without-a-case", |run| {
        change_entry(run, "decision", |decision| {
            decision["case"]["nonce"] = other.as_str().into()
        });
    });
    bites("no-question-without-a-case", |run| {
        change_entry(run, "decision", |decision| {
            decision["items"]["07"] = Value::Array(Vec::new())
        });
    });
    bites("no-question-without-a-case", |run| {
        let unfair = run.events.iter().find_map(|(_, event)| match event {
            Event::Signed(asked) if !asked.is_fair => Some(asked.nonce.clone()),
            _ => None,
        });
        let unfair = unfair.expect("somebody may not ask");
        change(run, |event| match event {
            Event::NodeAsked { nonce, .. } => {
                nonce.clone_from(&unfair);
                true
            }
            _ => false,
        });
    });
}

#[test]
fn a_log_that_forks_or_goes_back_in_time_is_found() {
    bites("the-log-never-forks", |run| run.log.swap(3, 4));
    bites("the-log-never-forks", |run| {
        run.log.truncate(run.durable.len() - 1)
    });
    bites("the-log-never-forks", |run| {
        change_entry(run, "outcome", |outcome| {
            outcome["at"] = "2020-01-01T00:00:00+08:00".into()
        });
    });
}

#[test]
fn a_breaker_that_jumps_is_found() {
    bites("breakers-keep-their-rules", |run| {
        change_entry(run, "breaker", |breaker| breaker["to"] = "half-open".into());
    });
    bites("breakers-keep-their-rules", |run| {
        change_entry(run, "breaker", |breaker| {
            breaker["because"] = "answered".into()
        });
    });
    bites("breakers-keep-their-rules", |run| {
        let (index, _) = entry(run, "breaker");
        run.log.remove(index);
    });
}

#[test]
fn a_center_that_speaks_and_is_cut_off_is_found() {
    let cut_after = |is_it: fn(&Event) -> Option<&'static str>| {
        move |run: &mut Run| {
            let mut events = run.events.iter().enumerate();
            let found = events.find_map(|(nth, (at, event))| Some((nth, *at, is_it(event)?)));
            let (nth, at, node) = found.expect("there is one");
            let node = node.to_owned();
            run.events.insert(nth + 1, (at, Event::CutOff { node }));
        }
    };
    bites(
        "whoever-speaks-in-time-is-not-cut",
        cut_after(|event| match event {
            Event::Replied { node, .. } => Some(node),
            _ => None,
        }),
    );
    // Nothing came before, the word itself comes after.
    bites("whoever-speaks-in-time-is-not-cut", |run| {
        let is_word = |event: &Event| matches!(event, Event::Word { is_out: false, .. });
        let first = run.events.iter().position(|(_, event)| is_word(event));
        let first = first.expect("somebody says a word");
        let Event::Word { node: of, .. } = run.events[first].1 else {
            panic!("is one")
        };
        let is_reply = |event: &Event| matches!(event, Event::Replied { node, .. } if *node == of);
        run.events.retain(|(_, event)| !is_reply(event));
        cut_after(|event| match event {
            Event::Probed { node, .. } => Some(node),
            _ => None,
        })(run);
    });
}

#[test]
fn more_under_way_than_allowed_is_found() {
    bites("bounded", |run| {
        change(run, |event| match event {
            Event::InFlight { questions, .. } => {
                *questions = 5_000;
                true
            }
            _ => false,
        });
    });
    bites("bounded", |run| {
        run.in_flight_max = 0;
        let (_, decision) = entry(run, "decision");
        for nth in 0..200 {
            let mut open = decision.clone();
            open["query"] = format!("open {nth}").into();
            run.log.push(serde_json::to_vec(&open).expect("is JSON"));
        }
    });
}

#[test]
fn an_answer_that_comes_late_or_never_is_found() {
    bites("answers-in-time", |run| {
        let late = run.events.iter_mut().find(|(_, event)| {
            matches!(
                event,
                Event::Left {
                    ending: Ending::Answer(_),
                    ..
                }
            )
        });
        late.expect("somebody is answered").0 += Duration::from_secs(20);
    });
    bites("answers-in-time", |run| {
        let left = run
            .events
            .iter()
            .position(|(_, event)| matches!(event, Event::Left { .. }));
        let (at, left) = run.events.remove(left.expect("somebody is answered"));
        let Event::Left { call, .. } = left else {
            panic!("is one")
        };
        run.events
            .retain(|(_, event)| !matches!(event, Event::HubDown { .. }));
        let lost = Event::Lost {
            call,
            because: "gave up",
        };
        run.events.push((at + Duration::from_secs(12), lost));
    });
}

#[test]
fn a_star_that_stays_sick_is_found() {
    bites("well-again", |run| run.last[2].1 = None);
    bites("well-again", |run| {
        let last = (run.lasted, Event::InFlight { questions: 1 });
        run.events.push(last);
    });
    bites("well-again", |run| {
        if let Some(Ending::Answer(answer)) = &mut run.last[1].1 {
            answer.nodes[3].classes[0].outcome = v1::Outcome::Unavailable.into();
        }
    });
}

/// What a world that breaks one promise is found out by.
fn found_of(twist: Twist, kinds: &'static [Kind]) -> BTreeSet<&'static str> {
    let run = run(&Setup {
        twist,
        kinds,
        ..RICH
    });
    violations(&run)
        .iter()
        .map(|violation| violation.check)
        .collect()
}

/// Nobody is cut off whose path is far, or whose sources are slow, while words are back in time. (A
/// far path has tails of seconds: whose words are caught in them on both streams is.)
#[test]
fn whoever_is_far_or_slow_is_not_cut_off() {
    for seed in [7, 8] {
        let run = run(&Setup {
            kinds: &[Kind::Far, Kind::Mood(Mood::Slow)],
            ..Setup::of(seed)
        });
        assert_eq!(violations(&run), [], "seed {seed}");
        let is_far = |event: &Event| matches!(event, Event::Fault(text) if text.contains("Far"));
        assert!(run.events.iter().any(|(_, event)| is_far(event)));
    }
}

/// A disk that says it has synced and has not: what it loses was acknowledged.
#[test]
fn a_disk_that_lies_about_syncs_is_found() {
    let found = found_of(Twist::LyingDisk, &[Kind::PowerCut]);
    assert!(found.contains("receipts-stay-true"), "{found:?}");
    assert!(found.contains("the-log-never-forks"), "{found:?}");
}

/// A node that never comes back.
#[test]
fn a_node_that_stays_away_is_found() {
    let found = found_of(Twist::LostNode, &[Kind::AgentCrash]);
    assert_eq!(found, ["well-again"].into());
}

/// A hub that does not read back which statements were used.
#[test]
fn a_hub_that_forgets_what_was_used_is_found() {
    let found = found_of(Twist::Forgetful, &[Kind::Kill]);
    assert_eq!(found, ["no-statement-serves-twice"].into());
}

/// A hub that does not close what a crash left open.
#[test]
fn a_hub_that_leaves_decisions_open_is_found() {
    let found = found_of(Twist::Careless, &[Kind::Kill, Kind::Mood(Mood::Slow)]);
    assert_eq!(found, ["ends-once"].into());
}

mod staffed;
