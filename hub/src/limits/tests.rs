//! A changed file of limits against a broker at work.

use std::fs;

use wire::LimitName;

use super::*;
use crate::broker::tests::fixture::{Setup, Star};

fn write(file: &Path, text: &str) {
    fs::write(file, text).expect("is written");
    wire::seal_file(file).expect("is sealed");
}

fn of_city(star: &Star) -> (u32, usize) {
    let limit = star.broker.throttle.in_force();
    let states = star.broker.nodes.loads().states();
    let city = states.iter().find(|state| state.node == "city");
    (
        limit.of(LimitName::NodeBurst, "city"),
        city.expect("is there").limit,
    )
}

#[tokio::test]
async fn a_changed_file_is_taken_whole_and_on_record() {
    let star = Star::new(Setup::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("limits.toml");
    write(&file, "");
    let mut watch = LimitsWatch::new(&file);
    look(&star.broker, &mut watch).await;
    assert_eq!(of_city(&star), (100_000, 128), "nothing has changed");
    let text = "[node.only.city]\nburst = 7\n[target.only.city]\nin_flight_max = 9\n";
    write(&file, text);
    let before = star.broker.throttle.reviewed().digest().to_string();
    for _ in 0..3 {
        look(&star.broker, &mut watch).await;
    }
    assert_eq!(of_city(&star), (7, 9));
    let changed: Vec<LimitsChanged> = entries(&star, |entry| match entry {
        Entry::LimitsChanged(changed) => Some(changed),
        _ => None,
    });
    let [changed] = changed.as_slice() else {
        panic!("{changed:?}")
    };
    assert_eq!(changed.from, before);
    let in_force = star.broker.throttle.reviewed();
    assert_eq!(changed.to, in_force.digest().to_string());
    let told = "node.only.\"city\".burst: none -> 7".to_owned();
    assert!(changed.changed.contains(&told), "{changed:?}");
    // The same limits in other words are no change.
    write(&file, &format!("# reviewed\n{text}"));
    for _ in 0..3 {
        look(&star.broker, &mut watch).await;
    }
    let changed = entries(&star, |e| {
        matches!(e, Entry::LimitsChanged(_)).then_some(())
    });
    assert_eq!(changed.len(), 1);
}

fn entries<T>(star: &Star, is: impl Fn(Entry) -> Option<T>) -> Vec<T> {
    star.entries(0).into_iter().filter_map(is).collect()
}

#[tokio::test]
async fn a_file_that_cannot_be_used_keeps_the_old_limits_and_says_why() {
    let star = Star::new(Setup::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("limits.toml");
    write(&file, "");
    let mut watch = LimitsWatch::new(&file);
    let before = star.broker.throttle.reviewed();
    let mut told = Vec::new();
    for text in [
        "[node]\nburst = 0\n",
        "[node.only.nowhere]\nburst = 1\n",
        "[flow.only.F99]\nburst = 1\n",
    ] {
        write(&file, text);
        for _ in 0..3 {
            look(&star.broker, &mut watch).await;
        }
        assert_eq!(star.broker.throttle.reviewed(), before, "{text}");
    }
    // As a copy that stopped leaves it.
    fs::write(&file, "[node]\n").expect("is written");
    for _ in 0..3 {
        look(&star.broker, &mut watch).await;
    }
    assert_eq!(star.broker.metrics.lately().kept(), [Changing::Limits]);
    write(&file, "");
    for _ in 0..3 {
        look(&star.broker, &mut watch).await;
    }
    assert_eq!(star.broker.metrics.lately().kept(), [], "as it was");
    told.extend(entries(&star, |entry| match entry {
        Entry::LimitsKept(kept) => Some(kept.because),
        _ => None,
    }));
    assert_eq!(told.len(), 4, "{told:?}");
    for (said, part) in told.iter().zip([
        "limits.toml:2: `node.burst` must be a whole number",
        "no node or flow of that name: node.only.nowhere",
        "no node or flow of that name: flow.only.F99",
        "is another than the digest beside it",
    ]) {
        assert!(said.contains(part), "{said}");
    }
}
