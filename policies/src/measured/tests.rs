//! Yardsticks are counted by case, subject and verdict, survive a restart, and a full memory
//! refuses instead of forgetting.

use proptest::prelude::*;
use rust_decimal::Decimal;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);

fn key() -> TagKey {
    TagKey::new(&[7; 32])
}

fn verdict(id: &str) -> VerdictId {
    id.parse().expect("a verdict")
}

fn limit(text: &str) -> Yardstick {
    Yardstick::Limit(text.parse::<Decimal>().expect("a number"))
}

fn measuring(node: &str, case_no: &str, subject: &str, limits: &[(&str, &str)]) -> Measuring {
    let of = key().measured(&key().tag(subject));
    let measure = |(id, text): &(&str, &str)| {
        let id = verdict(id);
        let measure = key().measure((node, case_no), &of, &id, &limit(text));
        (id, measure)
    };
    Measuring {
        node: node.to_owned(),
        case_no: case_no.to_owned(),
        subject: of,
        measures: limits.iter().map(measure).collect(),
    }
}

fn price(text: &str) -> Measuring {
    measuring("guoguan", "GG-1", "a", &[("within-price", text)])
}

/// Three different yardsticks, whatever the verdict.
fn ask(
    guard: &mut MeasureGuard,
    asked: &Measuring,
    now: OffsetDateTime,
) -> Result<(), MeasureFault> {
    guard.check_and_record(asked, |_| 3, now)
}

#[test]
fn the_fourth_limit_is_one_too_many_and_the_same_one_is_none() {
    let mut guard = MeasureGuard::new(100, 1_000);
    for text in ["100", "200", "300", "100.00", "0300"] {
        assert_eq!(ask(&mut guard, &price(text), NOW), Ok(()), "{text}");
    }
    assert_eq!(
        ask(&mut guard, &price("250"), NOW),
        Err(MeasureFault::UsedUp)
    );
    assert_eq!(guard.len(), 3);
    // Another case, subject, verdict or node has its own.
    for other in [
        measuring("guoguan", "GG-2", "a", &[("within-price", "250")]),
        measuring("guoguan", "GG-1", "b", &[("within-price", "250")]),
        measuring("guoguan", "GG-1", "a", &[("drawn-since", "250")]),
        measuring("city", "GG-1", "a", &[("within-price", "250")]),
    ] {
        assert_eq!(ask(&mut guard, &other, NOW), Ok(()));
    }
}

#[test]
fn a_question_is_counted_whole_or_not_at_all() {
    let mut guard = MeasureGuard::new(100, 1_000);
    for text in ["1", "2", "3"] {
        assert_eq!(ask(&mut guard, &price(text), NOW), Ok(()));
    }
    let both = [("drawn-since", "1"), ("within-price", "4")];
    let both = measuring("guoguan", "GG-1", "a", &both);
    assert_eq!(ask(&mut guard, &both, NOW), Err(MeasureFault::UsedUp));
    assert_eq!(guard.len(), 3, "a refused question leaves no trace");
}

#[test]
fn each_yardstick_is_forgotten_a_week_after_its_own_last_use() {
    let mut guard = MeasureGuard::new(100, 1_000);
    for text in ["1", "2", "3"] {
        assert_eq!(ask(&mut guard, &price(text), NOW), Ok(()));
    }
    let later = NOW + MEASURE_KEPT - Duration::from_secs(1);
    assert_eq!(
        ask(&mut guard, &price("4"), later),
        Err(MeasureFault::UsedUp)
    );
    assert_eq!(ask(&mut guard, &price("3"), later), Ok(()));
    // Two are over, the third goes on.
    let next = NOW + MEASURE_KEPT;
    assert_eq!(ask(&mut guard, &price("4"), next), Ok(()));
    assert_eq!(ask(&mut guard, &price("5"), next), Ok(()));
    assert_eq!(
        ask(&mut guard, &price("6"), next),
        Err(MeasureFault::UsedUp)
    );
    let rested = next + MEASURE_KEPT;
    assert_eq!(ask(&mut guard, &price("6"), rested), Ok(()));
    assert_eq!(guard.len(), 1);
}

fn on_day(day: u32) -> OffsetDateTime {
    NOW + Duration::from_secs(24 * 60 * 60) * day
}

#[test]
fn a_guard_that_ran_on_and_one_that_was_started_anew_remember_the_same() {
    let log = [(price("100"), on_day(0)), (price("200"), on_day(5))];
    let mut ran_on = MeasureGuard::new(100, 1_000);
    for (asked, at) in &log {
        assert_eq!(ask(&mut ran_on, asked, *at), Ok(()));
    }
    for (day, remembered) in [(6, 2), (9, 1), (12, 0)] {
        let mut anew = MeasureGuard::new(100, 1_000);
        assert_eq!(anew.restore(log.clone(), on_day(day)), Ok(()));
        assert_eq!(anew.len(), remembered, "day {day}");
        let mut ran_on = ran_on.clone();
        for guard in [&mut ran_on, &mut anew] {
            // Room for the rest, and no more.
            for n in remembered..3 {
                let further = price(&format!("{}", 300 + n));
                assert_eq!(ask(guard, &further, on_day(day)), Ok(()), "day {day}");
            }
            let further = ask(guard, &price("400"), on_day(day));
            assert_eq!(further, Err(MeasureFault::UsedUp), "day {day}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was asked and when, a restart changes no answer.
    #[test]
    fn a_restart_changes_no_answer(
        asks in prop::collection::vec((0_u8..6, 0_u32..4), 1..40),
    ) {
        let mut ran_on = MeasureGuard::new(100, 1_000);
        let (mut log, mut day) = (Vec::new(), 0);
        for (limit, days) in asks {
            day += days;
            let (asked, at) = (price(&limit.to_string()), on_day(day));
            // As a log is read: the latest first.
            let latest_first = log.iter().rev().cloned();
            let mut anew = MeasureGuard::new(100, 1_000);
            prop_assert_eq!(anew.restore(latest_first, at), Ok(()));
            let said = ask(&mut ran_on, &asked, at);
            prop_assert_eq!(said, ask(&mut anew, &asked, at));
            if said.is_ok() {
                log.push((asked, at));
            }
        }
    }
}

#[test]
fn a_full_memory_refuses_what_is_new_and_keeps_what_it_has() {
    let mut guard = MeasureGuard::new(2, 1_000);
    assert_eq!(ask(&mut guard, &price("1"), NOW), Ok(()));
    assert_eq!(ask(&mut guard, &price("2"), NOW), Ok(()));
    assert_eq!(ask(&mut guard, &price("3"), NOW), Err(MeasureFault::Full));
    assert_eq!(ask(&mut guard, &price("2"), NOW), Ok(()));
    let other = measuring("city", "C-1", "a", &[("within-price", "1")]);
    assert_eq!(
        ask(&mut guard, &other, NOW),
        Ok(()),
        "another node has room"
    );
}

#[test]
fn all_nodes_together_have_a_bound_and_what_is_over_makes_room_for_all() {
    let mut guard = MeasureGuard::new(2, 3);
    let of = |node, text| measuring(node, "1", "a", &[("within-price", text)]);
    for (node, text) in [("guoguan", "1"), ("guoguan", "2"), ("city", "1")] {
        assert_eq!(ask(&mut guard, &of(node, text), NOW), Ok(()));
    }
    assert_eq!(
        ask(&mut guard, &of("city", "2"), NOW),
        Err(MeasureFault::Full)
    );
    assert_eq!(
        ask(&mut guard, &of("tielu", "1"), NOW),
        Err(MeasureFault::Full)
    );
    assert_eq!(
        ask(&mut guard, &of("city", "1"), NOW),
        Ok(()),
        "is no further"
    );
    let over = NOW + MEASURE_KEPT;
    assert_eq!(ask(&mut guard, &of("tielu", "1"), over), Ok(()));
    assert_eq!((guard.len(), guard.nodes.len()), (1, 1));
    // A log with more than may be remembered is not half remembered.
    let log = ["1", "2", "3", "4"].map(|case_no| {
        let measuring = measuring(case_no, "1", "a", &[("within-price", "1")]);
        (measuring, NOW)
    });
    let mut anew = MeasureGuard::new(2, 3);
    assert_eq!(anew.restore(log, NOW), Err(MeasureFault::Full));
}

#[test]
fn many_cases_together_do_not_guess_oftener_than_a_week_allows() {
    let mut guard = MeasureGuard::new(1_000, 1_000);
    let of = |case_no: &str, subject, text: &str| {
        measuring("guoguan", case_no, subject, &[("within-price", text)])
    };
    let mut log = Vec::new();
    for n in 0..MEASURES_OF_SUBJECT_MAX {
        let asked = of(&format!("GG-{n}"), "a", &format!("{n}00"));
        assert_eq!(ask(&mut guard, &asked, NOW), Ok(()), "{n}");
        log.push((asked, NOW));
    }
    let mut anew = MeasureGuard::new(1_000, 1_000);
    assert_eq!(anew.restore(log, NOW), Ok(()));
    for guard in [&mut guard, &mut anew] {
        let further = of("GG-99", "a", "5");
        assert_eq!(ask(guard, &further, NOW), Err(MeasureFault::UsedUpOverall));
        assert_eq!(
            ask(guard, &of("GG-0", "a", "5"), NOW),
            Err(MeasureFault::UsedUpOverall)
        );
        // What its case has used is no further one; another subject, verdict or node has its own.
        assert_eq!(ask(guard, &of("GG-0", "a", "000"), NOW), Ok(()));
        for other in [
            of("GG-99", "b", "5"),
            measuring("guoguan", "GG-99", "a", &[("drawn-since", "5")]),
            measuring("city", "GG-99", "a", &[("within-price", "5")]),
        ] {
            assert_eq!(ask(guard, &other, NOW), Ok(()));
        }
        assert_eq!(ask(guard, &further, NOW + MEASURE_KEPT), Ok(()));
    }
    // A flow that allows one case more than that is not cut short.
    let mut guard = MeasureGuard::new(1_000, 1_000);
    for n in 0..20 {
        let asked = of("GG-1", "a", &n.to_string());
        assert_eq!(guard.check_and_record(&asked, |_| 20, NOW), Ok(()));
    }
    let more = guard.check_and_record(&of("GG-2", "a", "1"), |_| 20, NOW);
    assert_eq!(more, Err(MeasureFault::UsedUpOverall));
}

#[test]
fn what_the_log_holds_counts_after_a_restart() {
    let before = NOW - Duration::from_secs(3_600);
    let old = NOW - MEASURE_KEPT;
    let log = [
        (price("9"), old),
        (price("1"), before),
        (price("2"), before),
        (price("1"), before),
        (price("3"), NOW + Duration::from_secs(60)),
    ];
    let mut guard = MeasureGuard::new(3, 1_000);
    assert_eq!(guard.restore(log.clone(), NOW), Ok(()));
    assert_eq!(guard.len(), 3);
    assert_eq!(ask(&mut guard, &price("2"), NOW), Ok(()));
    assert_eq!(ask(&mut guard, &price("4"), NOW), Err(MeasureFault::UsedUp));
    let mut small = MeasureGuard::new(2, 1_000);
    assert_eq!(small.restore(log, NOW), Err(MeasureFault::Full));
}

#[test]
fn a_measure_is_keyed_and_of_its_case_its_subject_and_its_verdict() {
    let (verdict_id, other_id) = (verdict("within-price"), verdict("drawn-since"));
    let case = ("guoguan", "GG-1");
    let one = key().measured(&key().tag("a"));
    let other = key().measured(&key().tag("b"));
    let million = limit("1000000.00");
    let digest = key().measure(case, &one, &verdict_id, &million);
    assert_eq!(
        digest,
        key().measure(case, &one, &verdict_id, &limit("1000000"))
    );
    let other_key = TagKey::new(&[8; 32]);
    for differing in [
        key().measure(case, &one, &other_id, &million),
        key().measure(case, &other, &verdict_id, &million),
        key().measure(("guoguan", "GG-2"), &one, &verdict_id, &million),
        key().measure(("city", "GG-1"), &one, &verdict_id, &million),
        key().measure(case, &one, &verdict_id, &limit("1000001")),
        other_key.measure(case, &one, &verdict_id, &million),
    ] {
        assert_ne!(digest, differing);
    }
    let month = |text: &str| text.parse().expect("a month");
    let span = |until| Yardstick::Months(month("202601"), month(until));
    assert_ne!(
        key().measure(case, &one, &verdict_id, &span("202602")),
        key().measure(case, &one, &verdict_id, &span("202603"))
    );
    assert_ne!(one, *key().tag("a").as_bytes());
}
