//! Places in the hands of many tasks: never more than there are, none lost, whoever gives up.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn wants(node: &str, wait: Duration) -> Wants<'_> {
    Wants {
        node,
        urgency: Urgency::Counter,
        latest: Instant::now() + wait,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn never_more_than_there_are_and_none_is_lost() {
    let places = Places::new(5, 64);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..400_u64 {
        let (places, now, most) = (places.clone(), Arc::clone(&now), Arc::clone(&most));
        tasks.spawn(async move {
            let node = ["city", "tielu", "guoguan"][n as usize % 3];
            let taking = places.take(wants(node, Duration::from_millis(1 + n % 40)));
            // Some give up before they are told anything.
            let patience = Duration::from_micros(200 * (1 + n % 60));
            let Ok(taken) = tokio::time::timeout(patience, taking).await else {
                return 0;
            };
            let Ok(_place) = taken else { return 0 };
            let at_once = now.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(at_once, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(n % 3)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            1
        });
    }
    let served: usize = tasks.join_all().await.into_iter().sum();
    assert!(most.load(Ordering::SeqCst) <= 5, "{most:?}");
    assert!(served >= 5, "{served}");
    assert_eq!((places.taken(), places.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn fewer_places_take_none_away_and_more_are_given_at_once() {
    let places = Places::new(2, 4);
    let held = [
        places.take(wants("city", Duration::ZERO)).await,
        places.take(wants("city", Duration::ZERO)).await,
    ];
    assert!(held.iter().all(Result::is_ok));
    places.set(1, 4);
    assert_eq!(places.taken(), 2);
    let waiting = places.take(wants("tielu", Duration::from_secs(1)));
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let [first, second] = held;
    drop(first);
    assert!(
        futures_util::poll!(&mut waiting).is_pending(),
        "one too many"
    );
    places.set(2, 4);
    let third = waiting.await.expect("a place more");
    drop((second, third));
    assert_eq!(places.taken(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_would_be_late_does_not_wait() {
    let places = Places::new(1, 4);
    let _held = places.take(wants("city", Duration::ZERO)).await;
    let late = places.take(wants("city", Duration::ZERO)).await;
    assert_eq!(late.expect_err("is late"), Crowded::Late);
    assert_eq!(places.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn those_who_find_no_room_are_told_different_times() {
    let places = Places::new(1, 4);
    for _ in 0..20 {
        let place = places.take(wants("city", Duration::ZERO)).await;
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(place);
    }
    let mut hints: Vec<_> = (0..100).map(|_| places.hint()).collect();
    hints.sort_unstable();
    let (first, last) = (hints[0], hints[99]);
    assert!(first >= Duration::from_millis(900), "{first:?}");
    assert!(last <= Duration::from_secs(2) && last > first.mul_f64(1.9));
    let widest = hints.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(widest < Some(Duration::from_millis(40)), "{widest:?}");
}
