//! A center that hangs, with far more questions for it than it takes: those for the others find
//! their places.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use wire::{LimitName, Limits, v1};

use super::fixture::{self, Ask, Setup, Star};

const FLOOD: usize = 400;

fn ask(star: &Star, at: &'static str) -> Ask {
    let mut ask = Ask::honest(star);
    ask.asks_named(("F24", "32"), &["10-06", "10-09"], &[at]);
    ask
}

#[tokio::test]
async fn a_hung_center_leaves_three_quarters_of_the_places() {
    let star = Star::new(Setup::default());
    let _hung = star.attach("city", |_| None);
    let _well = star.attach("tielu", |ask| {
        fixture::reply(ask, |class| v1::ClassReply {
            outcome: v1::Outcome::NoRecord.into(),
            ..fixture::answered(class, &[])
        })
    });
    let asks = (0..FLOOD).map(|_| ask(&star, "city"));
    let asks: Vec<_> = asks
        .map(|ask| (Arc::new(ask.peer.clone()), ask.request()))
        .collect();
    let mut flood = JoinSet::new();
    for (peer, request) in asks {
        let broker = Arc::clone(&star.broker);
        flood.spawn(async move { broker.handle(peer, request).await.is_ok() });
    }
    let limits = Limits::default();
    let held = [LimitName::TargetInFlightMax, LimitName::TargetQueueMax];
    let held: usize = held.iter().map(|name| limits.places(*name)).sum();
    let most = limits.places(LimitName::TargetInFlightMax);
    let city = || {
        let mut states = star.broker.nodes.loads().states().into_iter();
        let city = states.find(|state| state.node == "city").expect("is there");
        city.in_flight + city.waiting
    };
    for _ in 0..600 {
        if city() >= most {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(city() >= most, "it is flooded");
    for _ in 0..20 {
        assert!(city() <= held, "it has more than it may have");
        // Not by the star's own hand: that the flood is on record lies too far back for it.
        let ask = ask(&star, "tielu");
        let answer = star
            .broker
            .handle(Arc::new(ask.peer.clone()), ask.request());
        let answer = answer.await;
        let answer = answer.expect("there is a place");
        let classes = &answer.nodes[0].classes;
        assert_eq!(classes[0].outcome(), v1::Outcome::NoRecord);
    }
}
