//! Limits as a file: what is read, what is refused and where, what two sets differ in, and what may
//! be lent.

use catalog::Source;
use time::macros::datetime;

use super::*;

const NOW: time::OffsetDateTime = datetime!(2026-11-23 10:00 +8);

fn read(text: &str) -> Result<Limits, LimitsError> {
    let name = "limits.toml";
    Limits::parse(&Source { name, text })
}

fn faults(text: &str) -> Vec<String> {
    let error = read(text).expect_err("is faulty");
    error.faults().iter().map(ToString::to_string).collect()
}

#[test]
fn every_default_is_within_its_range_and_no_place_is_taken_twice() {
    let mut paths = std::collections::BTreeSet::new();
    for name in LimitName::ALL {
        assert!(name.range().contains(&name.default()), "{}", name.path());
        assert!(paths.insert(name.path()), "{} twice", name.path());
        assert_eq!(LimitName::find(name.table(), name.key()), Some(*name));
    }
    assert_eq!(read("").expect("is sound"), Limits::default());
}

/// The commented file that operators read is what the program shows of its defaults.
#[test]
fn the_full_file_is_current() {
    let heading = "# Every limit of tianshu-hub with its unit, range and default, \
                   as `tianshu limits show` prints them.\n# A file may say less. \
                   Seal it with `tianshu limits seal FILE`; exceptions and what \
                   refusals mean: docs/operating.md.\n\n";
    let page = format!("{heading}{}", Limits::default());
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/limits.full.toml");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).expect("the full file is written");
    }
    let current = std::fs::read_to_string(&path).expect("the full file is there");
    assert!(current == page, "run `UPDATE_GOLDEN=1 cargo test -p wire`");
    assert_eq!(read(&current).expect("is sound"), Limits::default());
}

#[test]
fn what_is_shown_is_read_back() {
    let limits = Limits::default()
        .with(LimitName::NodePerSecond, 50)
        .with_only(LimitName::NodePerSecond, "city", 20)
        .with_only(LimitName::NodeBurst, "city", 40)
        .with_only(LimitName::OperatorPerMinute, "city/0231", 6)
        .with_only(LimitName::FlowPerSecond, "F05", 7)
        .with_only(LimitName::TargetInFlightMax, "tielu", 8)
        .with_only(LimitName::ClassPerSecond, "tielu/04", 9);
    let shown = limits.to_string();
    assert_eq!(read(&shown).expect("is sound"), limits);
    assert_eq!(read(&shown).expect("is sound").digest(), limits.digest());
    assert_ne!(limits.digest(), Limits::default().digest());
    // A file that says a default says nothing new.
    let said = read("[node]\nburst = 400\n").expect("is sound");
    assert_eq!(said.digest(), Limits::default().digest());
}

#[test]
fn the_narrowest_exception_counts() {
    let text = "[target]\nclass_per_second = 100\n[target.only.tielu]\nclass_per_second = 50\n\
                [target.only.\"tielu/04\"]\nclass_per_second = 5\n";
    let limits = read(text).expect("is sound");
    let of = |node, class| limits.of_class(LimitName::ClassPerSecond, node, class);
    assert_eq!(
        (of("city", "04"), of("tielu", "05"), of("tielu", "04")),
        (100, 50, 5)
    );
}

#[test]
fn every_fault_is_named_with_its_line() {
    let text = "[node]\nper_second = 0\nburst = 1.5\nspeed = 1\n[nodes]\n[case.only.K1]\n\
                burst = 1\n[operator.only.0231]\nburst = 3\n[target.only.\"city/99\"]\n\
                class_burst = 5\n[target.only.\"city/04\"]\nin_flight_max = 3\n\
                [flow.only.F5]\nburst = 0x10\n";
    let said = faults(text);
    let expected = [
        "limits.toml:2: `node.per_second` must be a whole number from 1 to 1000000 (a second)",
        "limits.toml:3: `node.burst` must be a whole number from 1 to 1000000 \
         (at once, from a full quota)",
        "limits.toml:4: unknown key `node.speed`",
        "limits.toml:5: unknown table `nodes`",
        "limits.toml:7: `case.burst` has no exceptions",
        "limits.toml:9: `0231` is not an operator such as `city/0231`, in small letters",
        "limits.toml:11: `city/99` is not a node such as `city` or a class such as `city/04`",
        "limits.toml:13: `city/04` is not a node such as `city`",
        "limits.toml:15: `F5` is not a flow such as `F05`",
    ];
    assert_eq!(said, expected);
    assert!(faults("[node\n")[0].starts_with("limits.toml:1: "));
    assert!(faults("[target]\nin_flight_min = 9\nin_flight_max = 8\n")[0].contains("above"));
    let of_one = "[target.only.city]\nin_flight_max = 3\n";
    assert!(faults(of_one)[0].contains("`city` is 4, above in_flight_max 3"));
}

/// Whatever hangs at one target, three quarters of the hub's places are not there.
#[test]
fn one_target_holds_a_quarter_of_the_places_at_most() {
    let said = faults("[hub]\nin_flight_max = 256\n");
    assert_eq!(
        said,
        [
            "limits.toml:1: target.in_flight_max and queue_max are 256 together, above 64, \
          one in 4 of hub.in_flight_max 256"
        ]
    );
    let of_one = faults("[target.only.city]\nqueue_max = 129\n");
    assert!(
        of_one[0].contains("of `city` are 257 together"),
        "{of_one:?}"
    );
    let narrow = "[hub]\nin_flight_max = 256\n[target]\nin_flight_max = 40\nqueue_max = 24\n";
    assert!(read(narrow).is_ok());
    // So few places are not parted.
    assert!(read("[hub]\nin_flight_max = 63\n").is_ok());
}

/// What operators set is drawn in: what waits gives way first.
#[test]
fn what_is_set_for_a_while_keeps_the_quarter() {
    let target = |limits: &Limits, node| {
        let of = |name| limits.of(name, node);
        (
            of(LimitName::TargetInFlightMax),
            of(LimitName::TargetQueueMax),
        )
    };
    let limits = Limits::default();
    for (places, held) in [
        (1_024, (128, 128)),
        (640, (128, 32)),
        (400, (100, 0)),
        (8, (16, 0)),
    ] {
        let during = limits.overlaid(&[temporary(LimitName::InFlightMax, None, places)], NOW);
        assert_eq!(target(&during, "city"), held, "{places}");
    }
    let raised = temporary(LimitName::TargetInFlightMax, Some("city"), 250);
    let during = limits.overlaid(&[raised], NOW);
    assert_eq!(target(&during, "city"), (250, 6));
    assert_eq!(target(&during, "tielu"), (128, 128));
}

#[test]
fn a_name_that_nobody_bears_is_told() {
    let limits = read(
        "[node.only.ctiy]\nburst = 1\n[flow.only.F99]\nburst = 1\n\
                       [target.only.\"city/04\"]\nclass_burst = 1\n",
    )
    .expect("is sound");
    let strangers = limits.strangers(|node| node == "city", |flow| flow == "F05");
    assert_eq!(strangers, ["node.only.ctiy", "flow.only.F99"]);
}

#[test]
fn changes_are_told_by_path() {
    let before = Limits::default().with_only(LimitName::NodeBurst, "city", 4);
    let after = Limits::default().with(LimitName::CaseBurst, 5);
    let told: Vec<String> = before
        .changes(&after)
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = ["case.burst: 40 -> 5", "node.only.\"city\".burst: 4 -> none"];
    assert_eq!(told, expected);
    assert_eq!(before.changes(&before), []);
}

fn temporary(name: LimitName, whom: Option<&str>, value: u32) -> Temporary {
    Temporary {
        name,
        whom: whom.map(str::to_owned),
        value,
        until: NOW + time::Duration::hours(1),
        raises: value > Limits::default().value(name, whom),
    }
}

#[test]
fn a_temporary_limit_holds_until_its_end_and_not_beyond_its_cap() {
    let reviewed = Limits::default().with_only(LimitName::NodePerSecond, "city", 50);
    let lent = [
        Temporary {
            raises: true,
            ..temporary(LimitName::NodePerSecond, Some("city"), 100)
        },
        temporary(LimitName::CaseBurst, None, 1),
    ];
    let during = reviewed.overlaid(&lent, NOW);
    assert_eq!(during.of(LimitName::NodePerSecond, "city"), 100);
    assert_eq!(during.of(LimitName::NodePerSecond, "tielu"), 200);
    assert_eq!(during.each(LimitName::CaseBurst), 1);
    let after = NOW + time::Duration::hours(1);
    assert_eq!(reviewed.overlaid(&lent, after), reviewed);
    // A review that lowers the limit lowers what may be lent, also of what is lent already.
    let lowered = Limits::default().with_only(LimitName::NodePerSecond, "city", 10);
    let during = lowered.overlaid(&lent, NOW);
    assert_eq!(during.of(LimitName::NodePerSecond, "city"), 10);
}

#[test]
fn what_may_not_be_lent_is_refused() {
    let reviewed = Limits::default();
    let fault = |one: &Temporary| reviewed.check(one, NOW).expect_err("is refused");
    let name = LimitName::NodePerSecond;
    let too_much = fault(&temporary(name, None, 401));
    assert_eq!(too_much, TemporaryFault::Cap(name.path(), 1, 400));
    assert!(matches!(
        fault(&temporary(name, None, 0)),
        TemporaryFault::Cap(..)
    ));
    let nobody = fault(&temporary(name, Some("F05"), 10));
    assert!(matches!(nobody, TemporaryFault::Whom(..)));
    for until in [NOW, NOW + TEMPORARY_LIFE_MAX + time::Duration::SECOND] {
        let long = Temporary {
            until,
            ..temporary(name, None, 10)
        };
        assert_eq!(fault(&long), TemporaryFault::Life);
    }
    let over = Temporary {
        until: NOW,
        ..temporary(name, None, 10)
    };
    assert_eq!(reviewed.overlaid(&[over], NOW), reviewed);
}

/// A review may come while a temporary limit stands.
#[test]
fn what_lowers_never_raises_a_review_and_what_raises_never_lowers_it() {
    let name = LimitName::NodePerSecond;
    let city = Some("city");
    let (lowers, raises) = (temporary(name, city, 50), temporary(name, city, 300));
    assert!(!lowers.raises && raises.raises);
    for (reviewed, lowered, raised) in
        [(200, 50, 300), (20, 20, 20), (160, 50, 300), (500, 50, 500)]
    {
        let review = Limits::default().with_only(name, "city", reviewed);
        let of = |one: &Temporary| {
            review
                .overlaid(std::slice::from_ref(one), NOW)
                .value(name, city)
        };
        assert_eq!(of(&lowers), lowered, "50 over {reviewed}");
        assert_eq!(of(&raises), raised, "300 over {reviewed}");
    }
}

#[test]
fn the_most_at_a_target_bounds_what_is_always_let_through() {
    let reviewed = Limits::default().with_only(LimitName::TargetInFlightMax, "tielu", 5);
    let lent = [
        temporary(LimitName::TargetInFlightMax, Some("city"), 2),
        temporary(LimitName::TargetInFlightMin, None, 8),
    ];
    let during = reviewed.overlaid(&lent, NOW);
    let of = |name, node: &str| during.of(name, node);
    for (node, min, max) in [("city", 2, 2), ("tielu", 5, 5), ("guoguan", 8, 128)] {
        assert_eq!(of(LimitName::TargetInFlightMin, node), min, "{node}");
        assert_eq!(of(LimitName::TargetInFlightMax, node), max, "{node}");
    }
    assert_eq!(reviewed.overlaid(&[], NOW), reviewed);
}
