//! A node whose agent goes by a script: the ground of the tests of links, prober and asking.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use catalog::ClassNo;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::limits::HOP_RESERVE;
use wire::traces::TraceSpan;
use wire::{Random, SystemRandom, v1};

use super::breaker::{BreakerRulebook, Event, State, Transition};
use super::link::Link;
use super::passes::Passes;
use super::plan::{Manner, Plan, Target};
use super::pulse::Pulse;
use super::{Attachment, BreakerWatch, Found, Nodes};

/// The node.
pub(super) const NODE: &str = "city";

/// What comes up a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Up {
    /// The reply to the question.
    Reply,
    /// The word that was asked for.
    Word(v1::Standing),
    /// A piece of something larger.
    Piece,
}

#[derive(Debug)]
struct Unwatched;

impl BreakerWatch for Unwatched {
    fn changed(&self, _: &str, _: &[ClassNo], _: Transition) {}
}

pub(super) fn class(no: u8) -> ClassNo {
    ClassNo::new(no).expect("a class")
}

pub(super) fn nodes() -> Arc<Nodes> {
    nodes_drawing(Arc::new(SystemRandom))
}

pub(super) fn nodes_drawing(random: Arc<dyn Random>) -> Arc<Nodes> {
    let member = (NODE.to_owned(), "C11000".to_owned());
    let (rules, watch) = (BreakerRulebook::default(), Arc::new(Unwatched));
    let now = Instant::now();
    Arc::new(Nodes::drawing(random, [member], &rules, now, watch))
}

/// Attaches a stream that nobody reads.
pub(super) fn attach_unread(nodes: &Arc<Nodes>, frames: usize) -> (Attachment, impl Sized) {
    let (down, unread) = mpsc::channel(frames);
    let link = Link::new("01".into(), down).probed(true);
    let attached = nodes.attach(NODE, Arc::new(link), BTreeSet::new(), String::new());
    (attached.expect("is registered"), unread)
}

/// Attaches a stream to an agent that lets this come up, each after so long, for what goes down.
pub(super) fn attach<S>(nodes: &Arc<Nodes>, mut script: S) -> Attachment
where
    S: FnMut(&v1::hub_frame::Frame) -> Vec<(Duration, Up)> + Send + 'static,
{
    let (down, mut frames) = mpsc::channel(256);
    let pulse: Arc<Pulse> = Arc::default();
    let link = Link::new("01".into(), down).probed(true);
    let link = Arc::new(link.beating(Arc::clone(&pulse)));
    let attached = nodes.attach(NODE, Arc::clone(&link), BTreeSet::new(), String::new());
    let tasks = TaskTracker::new();
    let words = tasks.clone();
    tasks.spawn(async move {
        while let Some(Ok(down)) = frames.recv().await {
            let down = down.frame.expect("is one");
            for (after, up) in script(&down) {
                let (link, pulse, down) = (Arc::clone(&link), Arc::clone(&pulse), down.clone());
                words.spawn(async move {
                    tokio::time::sleep(after).await;
                    come(&link, &pulse, &down, up);
                });
            }
        }
    });
    attached.expect("is registered")
}

fn come(link: &Link, pulse: &Pulse, down: &v1::hub_frame::Frame, up: Up) {
    match (up, down) {
        (Up::Piece, _) => pulse.beat(),
        (Up::Reply, v1::hub_frame::Frame::Ask(ask)) => {
            link.deliver(v1::NodeReply {
                query_id: ask.query_id.clone(),
                outcome: None,
            });
        }
        (Up::Word(standing), v1::hub_frame::Frame::Probe(probe)) => {
            link.told(v1::Probed {
                id: probe.id,
                class: probe.class,
                standing: standing.into(),
            });
        }
        (up, down) => panic!("{up:?} answers no {down:?}"),
    }
}

/// Asks the node for some classes as the broker does, for so long; none where its breakers let
/// nothing through.
pub(super) async fn ask(nodes: &Arc<Nodes>, classes: &[u8], wait: Duration) -> Option<Found> {
    let member = nodes.member(NODE).expect("is registered");
    let classes: Vec<_> = classes.iter().map(|no| class(*no)).collect();
    let admitted = member
        .breakers
        .admit(&classes, nodes.started.elapsed(), |_| {});
    if admitted.left_out.len() == classes.len() {
        return None;
    }
    let target = Target {
        node: NODE.to_owned(),
        center: "C11000".to_owned(),
        classes,
        left_out: admitted.left_out,
        route: Ok(member.next_link()?),
        passes: Passes::of(nodes, NODE, admitted.probes),
    };
    let plan = Plan {
        targets: vec![target],
        manner: Manner::COUNTER,
    };
    let nth = member.turn.load(std::sync::atomic::Ordering::Relaxed);
    let question = v1::NodeAsk {
        query_id: format!("{nth}"),
        ..v1::NodeAsk::default()
    };
    let (nobody, span) = (CancellationToken::new(), TraceSpan::none());
    let until = Instant::now() + wait + HOP_RESERVE;
    let found = nodes.ask(plan, &question, until, (&nobody, &span)).await;
    let mut found = found.into_iter().next()?;
    if found.reply.is_ok() {
        let answered = Event::Answered(found.elapsed);
        let events = found.classes.iter().map(|class| (*class, answered));
        let events: Vec<_> = events.collect();
        nodes.reported(NODE, &mut found.passes, &events);
    }
    Some(found)
}

/// Asks again and again, whatever becomes of the questions.
pub(super) async fn keep_asking(nodes: &Arc<Nodes>, every: Duration) {
    let tasks = TaskTracker::new();
    loop {
        let nodes = Arc::clone(nodes);
        tasks.spawn(async move { ask(&nodes, &[4], Duration::from_secs(5)).await });
        tokio::time::sleep(every).await;
    }
}

/// The states of its breakers.
pub(super) fn states(nodes: &Nodes) -> BTreeMap<ClassNo, State> {
    let states = nodes.states().into_iter().flat_map(|node| node.breakers);
    states.map(|state| (state.class, state.state)).collect()
}
