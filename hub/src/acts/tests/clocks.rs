//! A clock that is wrong for a while, and acts that have an end.

use super::limits::{CITY, done, of_city, set, setup};
use super::*;

async fn turned(star: &Star) {
    let mut register = star.broker.acts.register.lock().await;
    star.broker.turn(&mut register, star.broker.clock.now());
}

fn suspends_zhongzhi(star: &Star) -> bool {
    let suspensions = star.broker.suspensions.read().expect("is whole");
    suspensions.has_node("zhongzhi")
}

fn for_an_hour(act: &str, target: &str) -> Wanted {
    Wanted {
        until: (NOW + time::Duration::HOUR).format(&Rfc3339).ok(),
        ..wanted(act, target)
    }
}

/// What stands in the log holds again as soon as the clock is right, without a start.
#[tokio::test]
async fn a_clock_that_ran_ahead_ends_nothing_for_good() {
    let star = Star::new(setup());
    done(
        &star,
        Role::Security,
        for_an_hour("suspend", "node/zhongzhi"),
    )
    .await;
    done(&star, Role::Security, for_an_hour("trip", CLASS)).await;
    done(&star, Role::Duty, set(CITY, 5, 2)).await;
    let lift = done(&star, Role::Security, wanted("lift", "node/zhongzhi")).await;
    let numbers = star.broker.acts.now().await.numbers();
    let ahead = time::Duration::days(500);
    star.clock.advance(ahead);
    turned(&star).await;
    assert_eq!(state(&star), State::HalfOpen);
    assert_eq!((suspends_zhongzhi(&star), of_city(&star)), (false, 400));
    let confirm = wanted("confirm", &format!("act/{}", lift.number));
    let late = refused(&star, staff("li", Role::System), confirm.clone()).await;
    assert_eq!(late, RefusalCode::ActNothing);
    star.clock.advance(-ahead);
    turned(&star).await;
    assert_eq!(state(&star), State::Open);
    assert_eq!((suspends_zhongzhi(&star), of_city(&star)), (true, 5));
    assert_eq!(star.broker.acts.now().await.numbers(), numbers);
    let again = refused(
        &star,
        staff("security-1", Role::Security),
        wanted("trip", CLASS),
    )
    .await;
    assert_eq!(again, RefusalCode::ActKey, "nor is a key free again");
    let confirmed = star.broker.act(staff("li", Role::System), confirm).await;
    confirmed.expect("still waits");
    assert!(!suspends_zhongzhi(&star));
    // The true end comes all the same.
    star.clock.advance(time::Duration::hours(3));
    turned(&star).await;
    assert_eq!((state(&star), of_city(&star)), (State::HalfOpen, 400));
}

/// The same of a hub that was started, and has written down what stands, by a wrong clock.
#[tokio::test]
async fn a_start_by_a_wrong_clock_forgets_no_act() {
    let star = Star::new(setup());
    done(
        &star,
        Role::Security,
        for_an_hour("suspend", "node/zhongzhi"),
    )
    .await;
    star.settle().await;
    let ahead = time::Duration::days(500);
    let star = star.restarted(Setup {
        now: NOW + ahead,
        ..setup()
    });
    star.broker.restore_acts().await;
    star.broker.renew_acts().await;
    assert!(!suspends_zhongzhi(&star));
    let standing = star.broker.acts.now().await.numbers();
    let snapshot = Entry::ActsStanding(ActsStanding { standing });
    star.broker.ledger.note(snapshot).await.expect("is written");
    star.clock.advance(-ahead);
    turned(&star).await;
    assert!(suspends_zhongzhi(&star));
    let star = star.restarted(setup());
    star.broker.restore_acts().await;
    assert!(suspends_zhongzhi(&star), "from the log alone");
}
