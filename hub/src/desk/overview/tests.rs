//! What the overview is told, over a real broker and its log.

use std::pin::pin;

use dashboards::Language;
use dashboards::overview::Trouble;
use futures_util::StreamExt as _;
use policies::Role;
use wire::SystemRandom;

use super::*;
use crate::acts::Wanted;
use crate::broker::tests::fixture::{self, Ask, Setup, Star};
use crate::desk::bench::{self, Bench};
use crate::staff::Staff;

/// A desk over a star, with an index of its own.
pub(in super::super) fn desk(star: &Star) -> (Arc<Desk>, Bench) {
    let bench = bench::desk(star);
    (Arc::clone(&bench.desk), bench)
}

/// Somebody in a role, signed in.
pub(in super::super) fn viewer_of(desk: &Desk, name: &str, role: Role) -> Viewer {
    signed_in(desk, name, role).0
}

fn staff(name: &str, role: Role) -> Staff {
    Staff {
        name: name.to_owned(),
        serial: "0b".to_owned(),
        roles: [role].into(),
    }
}

fn signed_in(desk: &Desk, name: &str, role: Role) -> (Viewer, String) {
    let (now, staff) = (tokio::time::Instant::now(), staff(name, role));
    let begun = desk.sessions.begin(&staff, &SystemRandom, now);
    let (id, _) = begun.expect("begins");
    let session = desk.sessions.peek(&id, &staff, now).expect("is open");
    let viewer = Viewer {
        name: name.to_owned(),
        serial: "0b".to_owned(),
        zh: "王".to_owned(),
        en: "Wang".to_owned(),
        roles: vec![crate::desk::role_name(role)],
        may: crate::desk::may(&staff),
        language: Language::Chinese,
        here: "/".to_owned(),
        token: session.token,
    };
    (viewer, id)
}

fn trip(class: &str) -> Wanted {
    Wanted {
        act: "trip".to_owned(),
        target: class.to_owned(),
        reason: "演练".to_owned(),
        key: "k-1".to_owned(),
        ..Wanted::default()
    }
}

#[tokio::test]
async fn the_star_says_who_is_there_and_what_is_wrong() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    let _here = ["city", "guoguan", "tielu"].map(|node| star.attach(node, fixture::one_account));
    star.ask(&Ask::honest(&star)).await.expect("is answered");
    let shown = desk.star().await;
    let lamps: Vec<_> = shown
        .edges
        .iter()
        .map(|e| (e.node.id.as_str(), e.lamp))
        .collect();
    assert_eq!(lamps[0], ("city", Lamp::Well));
    assert_eq!(lamps[3], ("zhongzhi", Lamp::Gone));
    let gone = shown
        .troubles
        .iter()
        .any(|trouble| matches!(trouble, Trouble::Detached(node) if node.id == "zhongzhi"));
    assert!(gone, "{:?}", shown.troubles);
    assert!(shown.troubles.contains(&Trouble::WitnessesMissing));
    assert!(shown.pace.per_minute >= 1.0);
    assert_eq!(shown.record.entries, star.journal().size());
    assert!(shown.record.last_s.is_some() && shown.record.is_writing);
    assert_eq!(shown.minutes.len(), 60);
    assert_eq!(shown.minutes[59].label, "10:00", "in Beijing's time");
    assert!(shown.edges[2].per_minute > 0.0 && shown.edges[2].p99_ms.is_some());
    let fresh = shown.freshness.iter().find(|fresh| fresh.class.id == "04");
    let fresh = fresh.expect("is a class");
    assert!(
        fresh.as_of.iter().any(|as_of| !as_of.is_empty()),
        "{fresh:?}"
    );
}

#[tokio::test]
async fn a_change_of_a_breaker_is_shown_at_once() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    let viewer = viewer_of(&desk, "wang", Role::Security);
    let Ok(stars) = live::stars(Arc::clone(&desk), &viewer) else {
        panic!("has room");
    };
    let mut stars = pin!(stars);
    stars.next().await.expect("the first comes at once");
    let begun = tokio::time::Instant::now();
    let done = star
        .broker
        .act(staff("wang", Role::Security), trip("class/tielu/04"));
    done.await.expect("may");
    stars.next().await.expect("goes on");
    let elapsed = begun.elapsed();
    assert!(elapsed < std::time::Duration::from_secs(2), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_ends_with_its_session_and_keeps_none_alive() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    let (viewer, id) = signed_in(&desk, "wang", Role::Security);
    let mut looks = Vec::new();
    for _ in 0..2 {
        let Ok(stars) = live::stars(Arc::clone(&desk), &viewer) else {
            panic!("has room");
        };
        looks.push(Box::pin(stars));
    }
    let begun = tokio::time::Instant::now();
    // Nobody clicks: after a while the session is over, and the look with it.
    while looks[0].next().await.is_some() {
        assert!(begun.elapsed() < 2 * crate::desk::sessions::IDLE_MAX);
    }
    assert!(begun.elapsed() >= crate::desk::sessions::IDLE_MAX);
    assert!(desk.sessions.end(&id).is_some());
    assert!(looks[1].next().await.is_none());
    star.broker.stopping.cancel();
    let viewer = viewer_of(&desk, "wang", Role::Security);
    let Ok(stars) = live::stars(Arc::clone(&desk), &viewer) else {
        panic!("has room");
    };
    assert!(
        Box::pin(stars).next().await.is_none(),
        "the hub is stopping"
    );
}
