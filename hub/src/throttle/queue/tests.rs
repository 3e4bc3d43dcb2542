//! Whose turn it is, and who goes when there is no room.

use proptest::prelude::*;

use super::*;

const LONG: Duration = Duration::from_secs(60);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Puts somebody in line who is called as they are told, and says who was shed.
fn put(
    queue: &mut Queue<&'static str>,
    (node, urgency, who): (&str, Urgency, &'static str),
    latest: Duration,
    most: usize,
) -> Vec<(&'static str, Crowded)> {
    let mut shed = Vec::new();
    if let Err(refused) = queue.put((node, urgency, who), latest, (most, ms(0)), &mut shed) {
        shed.push(refused);
    }
    shed
}

fn rest(queue: &mut Queue<&'static str>, now: Duration) -> Vec<&'static str> {
    let mut shed = Vec::new();
    std::iter::from_fn(|| queue.next(now, &mut shed)).collect()
}

use Urgency::{Batch, Counter};

#[test]
fn counters_first_then_centers_in_turn_then_first_come() {
    let mut queue = Queue::default();
    let come = [
        ("city", Batch, "list-1"),
        ("city", Counter, "c-1"),
        ("city", Counter, "c-2"),
        ("city", Counter, "c-3"),
        ("tielu", Counter, "t-1"),
        ("guoguan", Batch, "list-2"),
        ("tielu", Counter, "t-2"),
    ];
    for one in come {
        assert_eq!(put(&mut queue, one, LONG, 10), []);
    }
    assert_eq!(queue.len(), 7);
    let order = rest(&mut queue, ms(0));
    assert_eq!(
        order,
        ["c-1", "t-1", "c-2", "t-2", "c-3", "list-1", "list-2"]
    );
    assert_eq!(queue.len(), 0);
}

#[test]
fn who_went_without_waiting_has_had_its_turn() {
    let mut queue = Queue::default();
    queue.went("city", Counter);
    put(&mut queue, ("city", Counter, "c"), LONG, 10);
    put(&mut queue, ("guoguan", Counter, "g"), LONG, 10);
    assert_eq!(rest(&mut queue, ms(0)), ["g", "c"]);
}

#[test]
fn those_without_time_go_first_when_there_is_no_room() {
    let mut queue = Queue::default();
    put(&mut queue, ("city", Counter, "late"), ms(0), 2);
    put(&mut queue, ("city", Batch, "list"), LONG, 2);
    let shed = put(&mut queue, ("tielu", Counter, "new"), LONG, 2);
    assert_eq!(shed, [("late", Crowded::Late)]);
    let shed = put(&mut queue, ("tielu", Counter, "newer"), LONG, 2);
    assert_eq!(shed, [("list", Crowded::Full)], "then lists");
    let shed = put(&mut queue, ("tielu", Counter, "newest"), LONG, 2);
    assert_eq!(shed, [("newest", Crowded::Full)], "then the newest");
    let shed = put(&mut queue, ("tielu", Batch, "list"), LONG, 2);
    assert_eq!(shed, [("list", Crowded::Full)], "for a list nobody goes");
    assert_eq!(rest(&mut queue, ms(0)), ["new", "newer"]);
}

#[test]
fn a_flood_makes_room_for_others_from_its_own() {
    let mut queue = Queue::default();
    for who in ["1", "2", "3", "4"] {
        put(&mut queue, ("city", Counter, who), LONG, 4);
    }
    let shed = put(&mut queue, ("city", Counter, "5"), LONG, 4);
    assert_eq!(shed, [("5", Crowded::Full)]);
    let shed = put(&mut queue, ("tielu", Counter, "t-1"), LONG, 4);
    assert_eq!(shed, [("4", Crowded::Full)]);
    let shed = put(&mut queue, ("tielu", Counter, "t-2"), LONG, 4);
    assert_eq!(shed, [("3", Crowded::Full)]);
    let shed = put(&mut queue, ("tielu", Counter, "t-3"), LONG, 4);
    assert_eq!(shed, [("t-3", Crowded::Full)], "both have their half");
    assert_eq!(rest(&mut queue, ms(0)), ["1", "t-1", "2", "t-2"]);
}

#[test]
fn whoever_waited_too_long_is_passed_over_and_told() {
    let mut queue = Queue::default();
    put(&mut queue, ("city", Counter, "short"), ms(10), 4);
    put(&mut queue, ("city", Counter, "long"), LONG, 4);
    let mut shed = Vec::new();
    assert_eq!(queue.next(ms(10), &mut shed), Some("long"));
    assert_eq!(shed, [("short", Crowded::Late)]);
    assert_eq!((queue.next(ms(10), &mut shed), queue.len()), (None, 0));
}

#[test]
fn whoever_gives_up_leaves() {
    let mut queue = Queue::default();
    let mut shed = Vec::new();
    let id = queue.put(("city", Batch, "a"), LONG, (4, ms(0)), &mut shed);
    let id = id.expect("has room");
    assert!(queue.leave(id) && !queue.leave(id));
    assert_eq!((queue.len(), rest(&mut queue, ms(0)).len()), (0, 0));
}

proptest! {
    /// Whatever comes, in whatever order: nobody is lost, nobody is told twice, there are never
    /// more than there is room for, and no center that has fewer waiting than the others is shed
    /// for another.
    #[test]
    fn nobody_is_lost_and_room_is_never_exceeded(
        steps in proptest::collection::vec((0_u8..5, 0_usize..4, any::<bool>(), 0_u64..40), 1..300),
        most in 0_usize..12,
    ) {
        let nodes = ["city", "guoguan", "tielu", "zhongzhi"];
        let (mut queue, mut now) = (Queue::<usize>::default(), Duration::ZERO);
        let (mut put, mut out) = (0, Vec::new());
        let mut ids = Vec::new();
        for (what, node, is_batch, wait) in steps {
            let mut shed = Vec::new();
            match what {
                0..=2 => {
                    let urgency = if is_batch { Batch } else { Counter };
                    let latest = now + ms(wait);
                    let who = (nodes[node], urgency, put);
                    match queue.put(who, latest, (most, now), &mut shed) {
                        Ok(id) => ids.push((id, put)),
                        Err((who, _)) => out.push(who),
                    }
                    put += 1;
                }
                3 => out.extend(queue.next(now, &mut shed)),
                _ => {
                    now += ms(wait);
                    if let Some((id, who)) = ids.pop()
                        && queue.leave(id)
                    {
                        out.push(who);
                    }
                }
            }
            out.extend(shed.into_iter().map(|(who, _)| who));
            prop_assert!(queue.len() <= most);
            prop_assert_eq!(queue.len() + out.len(), put);
        }
        let mut shed = Vec::new();
        while let Some(who) = queue.next(now, &mut shed) {
            out.push(who);
        }
        out.extend(shed.into_iter().map(|(who, _)| who));
        out.sort_unstable();
        prop_assert_eq!(out, (0..put).collect::<Vec<_>>());
    }
}
