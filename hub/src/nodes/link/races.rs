//! A reply and the giving up of its question meet on two threads, again and again: it was asked
//! for, whichever of the two comes first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use wire::v1;

use super::{Came, Link};

const ROUNDS: usize = 20_000;

#[test]
fn a_reply_that_meets_giving_up_is_no_strangers() {
    let (down, mut sent) = mpsc::channel(4);
    let link = Arc::new(Link::new("01".into(), down));
    let (asked, replied) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let node = std::thread::spawn({
        let (link, asked, replied) = (Arc::clone(&link), Arc::clone(&asked), Arc::clone(&replied));
        move || {
            let mut strangers = 0;
            for round in 1..=ROUNDS {
                while asked.load(Ordering::Acquire) < round {
                    std::thread::yield_now();
                }
                let reply = v1::NodeReply {
                    query_id: round.to_string(),
                    outcome: None,
                };
                strangers += usize::from(link.deliver(reply) == Came::Stranger);
                replied.store(round, Ordering::Release);
            }
            strangers
        }
    });
    for round in 1..=ROUNDS {
        let ask = v1::NodeAsk {
            query_id: round.to_string(),
            ..v1::NodeAsk::default()
        };
        let mut waiting = Box::pin(link.ask(ask));
        assert!((&mut waiting).now_or_never().is_none());
        asked.store(round, Ordering::Release);
        for _ in 0..round % 64 {
            std::hint::spin_loop();
        }
        drop(waiting);
        while replied.load(Ordering::Acquire) < round {
            std::thread::yield_now();
        }
        while sent.try_recv().is_ok() {}
    }
    assert_eq!(
        node.join().expect("ends"),
        0,
        "replies that nobody asked for"
    );
}
