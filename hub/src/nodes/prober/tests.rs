//! Who hangs is out within a second of the last reply; whoever says anything in time is not, nor
//! whoever was not asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::v1::Standing;
use wire::v1::hub_frame::Frame;

use crate::nodes::breaker::State;
use crate::nodes::ground::{self, Up, class};
use crate::nodes::{Attachment, Nodes};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How long after `begun` the breaker of class 04 is out as stalled, if it is within `wait`.
async fn stalled_after(nodes: &Nodes, begun: Instant, wait: Duration) -> Option<Duration> {
    let mut changes = nodes.changes();
    let stalled = async {
        loop {
            let change = changes.recv().await.expect("none is missed");
            let is_stalled = change.transition.because() == "stalled";
            if is_stalled && change.classes.contains(&class(4)) {
                return begun.elapsed();
            }
        }
    };
    tokio::time::timeout(wait, stalled).await.ok()
}

/// Probes and listens while `course` lasts.
async fn listening<T>(nodes: &Arc<Nodes>, course: impl Future<Output = T>) -> T {
    let probing = Arc::clone(nodes).keep_probing(CancellationToken::new());
    tokio::select! {
        biased;
        value = course => value,
        () = probing => panic!("it goes on"),
    }
}

/// An agent on a path of this round trip, whose system takes so long, until it hangs: what its
/// system has begun still comes.
fn agent(
    nodes: &Arc<Nodes>,
    (trip, work): (Duration, Duration),
    hangs: &Arc<AtomicBool>,
) -> Attachment {
    let hangs = Arc::clone(hangs);
    ground::attach(nodes, move |down| match down {
        _ if hangs.load(Ordering::SeqCst) => Vec::new(),
        Frame::Ask(_) => vec![(trip + work, Up::Reply)],
        Frame::Probe(_) => vec![(trip + ms(1), Up::Word(Standing::Well))],
        _ => Vec::new(),
    })
}

#[tokio::test(start_paused = true)]
async fn who_hangs_is_out_within_a_second_of_the_last_reply() {
    let near = [(1, 2, 25), (20, 2, 25), (75, 2, 25)];
    // The agent is asked between replies, and the last of them comes after it hangs.
    let slow = [(1, 120, 100), (20, 200, 150), (5, 480, 100)];
    for (trip, work, pace) in near.into_iter().chain(slow) {
        let nodes = ground::nodes();
        let hangs = Arc::new(AtomicBool::new(false));
        let _streams = [(); 2].map(|()| agent(&nodes, (ms(trip), ms(work)), &hangs));
        let course = async {
            tokio::time::sleep(ms(2_013)).await;
            hangs.store(true, Ordering::SeqCst);
            let last_reply = Instant::now() + ms(trip + work);
            stalled_after(&nodes, last_reply, ms(9_000)).await
        };
        let asking = ground::keep_asking(&nodes, ms(pace));
        let after = listening(&nodes, async {
            tokio::select! {
                after = course => after,
                () = asking => None,
            }
        });
        let after = after.await.expect("it hangs");
        assert!(
            (ms(800)..ms(980)).contains(&after),
            "{trip} {work}: {after:?}"
        );
        let states = ground::states(&nodes);
        assert_eq!(states[&class(5)], State::Closed, "nobody asked for it");
    }
}

/// The same path becomes far at once, or was so before: whoever answers as fast as it lets them is
/// asked on.
#[tokio::test(start_paused = true)]
async fn who_is_far_is_not_out() {
    for (before, after) in [(3, 790), (300, 1_990), (790, 790), (1_900, 1_900)] {
        let nodes = ground::nodes();
        let trip = Arc::new(Mutex::new(ms(before)));
        let way = Arc::clone(&trip);
        let _streams = [(); 2].map(|()| {
            let way = Arc::clone(&way);
            ground::attach(&nodes, move |down| {
                let trip = *way.lock().expect("is whole");
                match down {
                    // The reply is the later one.
                    Frame::Ask(_) => vec![(trip + ms(400), Up::Reply)],
                    Frame::Probe(_) => vec![(trip, Up::Word(Standing::Well))],
                    _ => Vec::new(),
                }
            })
        });
        let course = async {
            // One at a time, so that nothing else is heard meanwhile.
            for _ in 0..5 {
                ground::ask(&nodes, &[4], ms(5_000)).await.expect("closed");
            }
            *trip.lock().expect("is whole") = ms(after);
            for _ in 0..20 {
                let found = ground::ask(&nodes, &[4], ms(5_000)).await;
                let reply = found.expect("closed").reply;
                assert!(reply.is_ok(), "{before} {after}: {reply:?}");
            }
        };
        listening(&nodes, course).await;
    }
}

/// Of a node that has said nothing yet nobody knows how far it is.
#[tokio::test(start_paused = true)]
async fn who_was_never_heard_has_the_longest_time() {
    let nodes = ground::nodes();
    let hangs = Arc::new(AtomicBool::new(true));
    let _stream = agent(&nodes, (ms(1), ms(2)), &hangs);
    let begun = Instant::now();
    let asking = ground::ask(&nodes, &[4], ms(5_000));
    let both = async { tokio::join!(asking, stalled_after(&nodes, begun, ms(4_000))) };
    let (_, after) = listening(&nodes, both).await;
    let after = after.expect("it hangs");
    assert!((ms(2_050)..ms(2_200)).contains(&after), "{after:?}");
}

/// Asks one question, of a quick node, whose agent goes by this script from then on.
async fn is_stalled<S>(script: S) -> bool
where
    S: Fn(&Frame) -> Vec<(Duration, Up)> + Send + 'static,
{
    let nodes = ground::nodes();
    let mut asked = 0;
    let _stream = ground::attach(&nodes, move |down| {
        if matches!(down, Frame::Ask(_)) {
            asked += 1;
        }
        if asked == 1 {
            return vec![(ms(2), Up::Reply)];
        }
        script(down)
    });
    let course = async {
        ground::ask(&nodes, &[4], ms(5_000)).await.expect("closed");
        let begun = Instant::now();
        let asking = ground::ask(&nodes, &[4], ms(5_000));
        let (_, after) = tokio::join!(asking, stalled_after(&nodes, begun, ms(6_000)));
        after.is_some()
    };
    listening(&nodes, course).await
}

#[tokio::test(start_paused = true)]
async fn who_says_anything_in_time_is_not_out() {
    let is_out = is_stalled(|_| Vec::new()).await;
    assert!(is_out, "it says nothing");
    let is_out = is_stalled(|down| match down {
        // The word is lost, the reply is not.
        Frame::Ask(_) => vec![(ms(600), Up::Reply)],
        _ => Vec::new(),
    });
    assert!(!is_out.await, "a reply between the question and its time");
    let is_out = is_stalled(|down| match down {
        // Four megabytes over a thin line: words stand behind them.
        Frame::Ask(_) => {
            let pieces = (1..33).map(|nth| (ms(100 * nth), Up::Piece));
            pieces.chain([(ms(3_300), Up::Reply)]).collect()
        }
        _ => Vec::new(),
    });
    assert!(!is_out.await, "a large reply");
    let is_out = is_stalled(|down| match down {
        Frame::Probe(_) => vec![(ms(1), Up::Word(Standing::Busy))],
        _ => Vec::new(),
    });
    assert!(!is_out.await, "its sources are slow");
}

#[tokio::test(start_paused = true)]
async fn whoever_the_hub_could_not_ask_or_hear_is_not_out() {
    // Its own queue is full.
    let nodes = ground::nodes();
    let (_stream, _unread) = ground::attach_unread(&nodes, 1);
    let course = async {
        let begun = Instant::now();
        let asking = ground::ask(&nodes, &[4], ms(5_000));
        tokio::join!(asking, stalled_after(&nodes, begun, ms(6_000))).1
    };
    assert_eq!(listening(&nodes, course).await, None, "the queue was full");
    // It reads nothing, since its disk is slow.
    let nodes = ground::nodes();
    let hangs = Arc::new(AtomicBool::new(true));
    let stream = agent(&nodes, (ms(1), ms(2)), &hangs);
    stream.link.hold_up(true);
    let course = async {
        let begun = Instant::now();
        let asking = ground::ask(&nodes, &[4], ms(5_000));
        tokio::join!(asking, stalled_after(&nodes, begun, ms(6_000))).1
    };
    assert_eq!(listening(&nodes, course).await, None, "nothing was read");
}

/// A report runs on one stream while the other one goes.
#[tokio::test(start_paused = true)]
async fn a_stream_that_goes_takes_nobody_with_it() {
    let nodes = ground::nodes();
    let words = |after| {
        move |down: &Frame| match down {
            Frame::Ask(_) => vec![(ms(3_000), Up::Reply)],
            Frame::Probe(_) => vec![(after, Up::Word(Standing::Well))],
            _ => Vec::new(),
        }
    };
    let _stays = ground::attach(&nodes, words(ms(700)));
    let goes = ground::attach(&nodes, words(ms(9_000)));
    let course = async {
        let begun = Instant::now();
        let going = async {
            tokio::time::sleep(ms(500)).await;
            drop(goes);
        };
        let asking = ground::ask(&nodes, &[4], ms(5_000));
        let stalled = stalled_after(&nodes, begun, ms(3_500));
        let (found, stalled, ()) = tokio::join!(asking, stalled, going);
        assert!(found.expect("closed").reply.is_ok());
        stalled
    };
    assert_eq!(listening(&nodes, course).await, None);
}

/// A source that takes its time to say that it is out keeps no other from being asked, and whoever
/// waits longer is asked again twice a second.
#[tokio::test(start_paused = true)]
async fn each_class_is_asked_when_its_time_has_come() {
    let nodes = ground::nodes();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (seen, begun) = (Arc::clone(&asked), Instant::now());
    let _stream = ground::attach(&nodes, move |down| match down {
        Frame::Probe(probe) if probe.class == 0 => vec![(ms(1), Up::Word(Standing::Well))],
        Frame::Probe(probe) => {
            let at = begun.elapsed();
            seen.lock().expect("is whole").push((probe.class, at));
            vec![(ms(900), Up::Word(Standing::Well))]
        }
        _ => Vec::new(),
    });
    let course = async {
        let first = ground::ask(&nodes, &[4], ms(2_500));
        let second = async {
            tokio::time::sleep(ms(300)).await;
            ground::ask(&nodes, &[5], ms(2_500)).await
        };
        tokio::join!(first, second);
    };
    listening(&nodes, course).await;
    let asked = asked.lock().expect("is whole").clone();
    let expected = [(4, 1_000), (5, 1_300), (4, 1_900), (5, 2_200)];
    assert_eq!(asked.len(), expected.len(), "{asked:?}");
    for ((class, at), (expected, due)) in asked.into_iter().zip(expected) {
        assert_eq!(class, expected);
        assert!((ms(due)..ms(due + 60)).contains(&at), "{class}: {at:?}");
    }
}
