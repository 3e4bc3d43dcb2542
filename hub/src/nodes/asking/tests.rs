//! Questions whose time is over go to nobody.

use std::sync::atomic::{AtomicUsize, Ordering};

use wire::{LimitName, Limits};

use super::*;
use crate::nodes::breaker::State;
use crate::nodes::ground::{self, NODE, class};

/// A node that says nothing, and how much went down to it.
fn silent(nodes: &Arc<Nodes>) -> (crate::nodes::Attachment, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let attachment = ground::attach(nodes, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Vec::new()
    });
    (attachment, sent)
}

fn code(found: Option<Found>) -> RefusalCode {
    let found = found.expect("is let through");
    assert_eq!(found.tries.made, 0, "it was never sent");
    found.reply.expect_err("was not asked").code
}

#[tokio::test(start_paused = true)]
async fn a_question_whose_time_is_over_is_not_sent() {
    let nodes = ground::nodes();
    let (_attached, sent) = silent(&nodes);
    for left in [Duration::ZERO, SENT_MIN - Duration::from_millis(1)] {
        let found = ground::ask(&nodes, &[4], left).await;
        assert_eq!(code(found), RefusalCode::NodeTimeout, "{left:?}");
    }
    tokio::task::yield_now().await;
    assert_eq!(
        sent.load(Ordering::SeqCst),
        0,
        "neither asked nor cancelled"
    );
    let found = ground::ask(&nodes, &[4], SENT_MIN)
        .await
        .expect("let through");
    assert_eq!(found.tries.made, 1, "there is time");
}

/// What is not sent has used up nothing, and gives its try back.
#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_until_the_time_is_over_has_used_up_nothing() {
    let nodes = ground::nodes();
    let (_attached, sent) = silent(&nodes);
    let limits = Limits::default()
        .with(LimitName::TargetInFlightMin, 1)
        .with(LimitName::TargetInFlightMax, 1)
        .with(LimitName::ClassPerSecond, 1)
        .with(LimitName::ClassBurst, 1);
    nodes.loads().replace(Arc::new(limits));
    let half_open = [(class(4), Event::Set(crate::nodes::breaker::Hand::HeldOpen))];
    nodes.heard(NODE, &half_open);
    nodes.heard(NODE, &[(class(4), Event::Released)]);
    assert_eq!(ground::states(&nodes)[&class(4)], State::HalfOpen);
    for _ in 0..5 {
        let found = ground::ask(&nodes, &[4], Duration::from_millis(10)).await;
        assert_eq!(code(found), RefusalCode::NodeTimeout);
    }
    // The only place is given back when too little of the question's time is left for the node.
    let going = Going {
        node: NODE,
        classes: &[class(5)],
        from: "tielu",
        manner: Manner::COUNTER,
        deadline: Instant::now() + Duration::from_secs(5),
    };
    let taken = nodes.loads().enter(going).await.expect("a place");
    let waiting = ground::ask(&nodes, &[4], Duration::from_millis(38));
    let giving = async {
        tokio::time::sleep(Duration::from_millis(15)).await;
        drop(taken);
    };
    let (found, ()) = tokio::join!(waiting, giving);
    assert_eq!(code(found), RefusalCode::NodeTimeout);
    assert_eq!(sent.load(Ordering::SeqCst), 0);
    assert_eq!(ground::states(&nodes)[&class(4)], State::HalfOpen);
    let found = ground::ask(&nodes, &[4], Duration::from_secs(1)).await;
    let found = found.expect("the try was given back");
    assert_eq!(found.tries.made, 1);
}
