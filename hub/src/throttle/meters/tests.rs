//! All quotas or none, from many threads, and a memory that is bounded and forgives nothing.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::*;

fn due(kind: Kind, name: &str, per_second: u32, burst: u32) -> Due {
    Due {
        kind,
        name: name.to_owned(),
        rate: Rate::per_second(per_second, burst),
        code: match kind {
            Kind::Operator => RefusalCode::LimitOperator,
            Kind::Flow => RefusalCode::LimitFlow,
            Kind::Case => RefusalCode::LimitCase,
            _ => RefusalCode::LimitCaller,
        },
    }
}

/// Whether no window holds more than `burst` and what comes in within it. Each rate of the test
/// divides a second.
fn is_within(mut times: Vec<u64>, per_second: u64, burst: u64) -> bool {
    times.sort_unstable();
    let each = 1_000_000_000 / per_second;
    times.iter().enumerate().all(|(first, begin)| {
        let windows = times.iter().enumerate().skip(first);
        windows
            .map(|(last, end)| ((last - first + 1) as u64, end - begin))
            .all(|(count, width)| count <= burst + width / each)
    })
}

/// The four kinds at once, from eight threads over two centers, three operators, two flows and
/// four cases, with an own clock that all push. No window of any of them is exceeded, and a
/// question that one of them refused has used up none of the others: those that are left are used
/// to the last.
#[test]
fn many_threads_exceed_no_window_of_any_quota() {
    const NODE: (u32, u32) = (1_000, 50);
    const OPERATOR: (u32, u32) = (500, 20);
    const FLOW: (u32, u32) = (250, 40);
    const CASE: (u32, u32) = (200, 10);
    let (meters, clock) = (Meters::default(), AtomicU64::new(0));
    let admitted = Mutex::new(Vec::new());
    let refused = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (meters, clock, admitted, refused) = (&meters, &clock, &admitted, &refused);
            scope.spawn(move || {
                for nth in 0..1_500_u64 {
                    let mix = nth.wrapping_mul(2_654_435_761).wrapping_add(thread * 977);
                    let at = clock.fetch_add((mix >> 7) % 60_000, Ordering::Relaxed);
                    let node = ["city", "tielu"][(mix % 2) as usize];
                    let operator = format!("0{}", mix / 3 % 3);
                    let flow = format!("F0{}", mix / 11 % 2);
                    let case = format!("K{}", mix / 7 % 4);
                    let now = Duration::from_nanos(at);
                    let asks = vec![due(Kind::Asks, "", NODE.0, NODE.1)];
                    let Ok(charge) = meters.charge(node, asks, now) else {
                        refused.fetch_add(1, Ordering::Relaxed);
                        continue;
                    };
                    let proven = vec![
                        due(Kind::Operator, &operator, OPERATOR.0, OPERATOR.1),
                        due(Kind::Flow, &flow, FLOW.0, FLOW.1),
                        due(Kind::Case, &case, CASE.0, CASE.1),
                    ];
                    if meters.charge(node, proven, now).is_ok() {
                        let who = [node.to_owned(), operator, flow, case];
                        admitted.lock().unwrap().push((at, who));
                    } else {
                        meters.give_back(&charge, now);
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let admitted = admitted.into_inner().unwrap();
    assert!(refused.into_inner() > 1_000 && admitted.len() > 100);
    for (kind, (per_second, burst)) in [NODE, OPERATOR, FLOW, CASE].into_iter().enumerate() {
        let mut by_name: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
        for (at, who) in &admitted {
            let name = (who[0].clone(), who[kind].clone());
            by_name.entry(name).or_default().push(*at);
        }
        for (name, times) in by_name {
            let within = is_within(times, u64::from(per_second), u64::from(burst));
            assert!(within, "{name:?} exceeds its window");
        }
    }
}

#[test]
fn a_question_is_charged_to_all_or_to_none() {
    let (meters, now) = (Meters::default(), Duration::ZERO);
    let charge = |operator: &str, case: &str| {
        let dues = vec![
            due(Kind::Operator, operator, 1, 3),
            due(Kind::Case, case, 1, 1),
        ];
        meters.charge("city", dues, now)
    };
    charge("a", "K1").expect("has room");
    for _ in 0..10 {
        let refused = charge("a", "K1").expect_err("the case asks too often");
        assert_eq!(refused.code, RefusalCode::LimitCase);
    }
    charge("a", "K2").expect("the operator has used up one of three");
    charge("a", "K3").expect("and two");
    let refused = charge("a", "K4").expect_err("and three");
    assert_eq!(refused.code, RefusalCode::LimitOperator);
    charge("b", "K4").expect("the case was not charged for that");
}

#[test]
fn a_full_memory_refuses_newcomers_and_forgives_nobody() {
    let meters = Meters::default();
    let charge =
        |node: &str, case: &str, now| meters.charge(node, vec![due(Kind::Case, case, 1, 2)], now);
    let begin = Duration::from_secs(1);
    for n in 0..NAMES_MAX {
        charge("city", &format!("K{n}"), begin).expect("has room");
    }
    let refused = charge("city", "new", begin).expect_err("there is no room");
    let told = Refusal::until(RefusalCode::LimitCase, SWEEP_PAUSE);
    assert_eq!(refused, told);
    assert!(
        charge("tielu", "new", begin).is_ok(),
        "another center's own"
    );
    charge("city", "K0", begin).expect("who is known is counted on");
    assert!(charge("city", "K0", begin).is_err());
    // A second later all but K0 are full again and can be forgotten; K0 still owes one.
    let later = begin + Duration::from_secs(1);
    charge("city", "new", later).expect("there is room again");
    assert_eq!(meters.all()["city"][&Kind::Case].meters.len(), 2);
    charge("city", "K0", later).expect("one has come in");
    assert!(charge("city", "K0", later).is_err(), "its debt was kept");
}
