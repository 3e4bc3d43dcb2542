//! A caller of `AskMany` on a socket of its own, behind a handshake that has proven 国管.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_util::task::TaskTracker;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Status, Streaming};
use wire::identity::PeerKind;
use wire::v1::broker_client::BrokerClient;
use wire::v1::broker_server::BrokerServer;
use wire::{RefusalCode, v1};

use crate::api::ask::AskDoor;
use crate::broker::tests::fixture::{self as star, Ask, NODES, Setup, Star, peer};
use crate::nodes::Attachment;
use crate::nodes::link::Link;

/// Longest wait for what happens in another task.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of answers that the caller's side holds ahead of its reader.
const WINDOW: u32 = 64 * 1024;
/// Questions whose median is taken.
const ASKS: usize = 15;

type Outcome = Option<v1::line_answer::Outcome>;

/// A star whose F05 is asked by list.
pub(super) fn lists() -> Star {
    Star::new(Setup {
        is_list: true,
        ..Setup::default()
    })
}

/// Line `n` of a list.
pub(super) fn list(ask: &Ask, n: u32) -> v1::AskLine {
    v1::AskLine {
        line: n,
        ask: Some(ask.line(n).request()),
    }
}

/// The code of a refused line.
pub(super) fn code(outcome: &Outcome) -> Option<String> {
    match outcome.as_ref().expect("a line has an outcome") {
        v1::line_answer::Outcome::Refusal(refusal) => Some(refusal.code.clone()),
        v1::line_answer::Outcome::Answer(_) => None,
    }
}

pub(super) fn heard(status: &Status) -> Option<RefusalCode> {
    wire::refusal::from_status(status).map(|(code, _)| code)
}

pub(super) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "in vain: {what}");
}

/// Waits until every list has ended and all it began is on record.
pub(super) async fn settled(star: &Star) {
    star.settle().await;
    assert_eq!(star.broker.throttle.in_flight(), 0);
}

/// A node that asks by list.
pub(super) struct Caller {
    client: BrokerClient<Channel>,
}

impl Caller {
    pub(super) async fn of(star: &Star) -> Self {
        Self::named(star, PeerKind::Node, "guoguan").await
    }

    pub(super) async fn named(star: &Star, kind: PeerKind, name: &str) -> Self {
        let door = AskDoor {
            broker: Arc::clone(&star.broker),
            unread: crate::unread::Unread::default(),
            tracer: wire::traces::Tracer::off(),
        };
        let proven = Arc::new(peer(kind, name));
        let service = BrokerServer::with_interceptor(door, move |mut request: Request<()>| {
            request.extensions_mut().insert(Arc::clone(&proven));
            Ok(request)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        TaskTracker::new().spawn(async move { serving.await.expect("serves") });
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let endpoint = endpoint.initial_stream_window_size(WINDOW);
        let channel = endpoint.connect().await.expect("connects");
        Self {
            client: BrokerClient::new(channel),
        }
    }

    pub(super) async fn try_begin(
        &mut self,
    ) -> Result<(mpsc::Sender<v1::AskLine>, Streaming<v1::LineAnswer>), Status> {
        let (lines, sent) = mpsc::channel(1_000);
        let answers = self.client.ask_many(ReceiverStream::new(sent)).await?;
        Ok((lines, answers.into_inner()))
    }

    pub(super) async fn begin(&mut self) -> (mpsc::Sender<v1::AskLine>, Streaming<v1::LineAnswer>) {
        self.try_begin().await.expect("is let in")
    }

    /// Sends a whole list and reads to the end.
    pub(super) async fn ask_all(
        &mut self,
        all: impl IntoIterator<Item = v1::AskLine>,
    ) -> BTreeMap<u32, Outcome> {
        let (lines, mut answers) = self.begin().await;
        for line in all {
            lines.send(line).await.expect("is taken");
        }
        drop(lines);
        let mut by_line = BTreeMap::new();
        while let Some(answer) = answers.message().await.expect("is sound") {
            let twice = by_line.insert(answer.line, answer.outcome);
            assert!(twice.is_none(), "line {} twice", answer.line);
        }
        by_line
    }
}

/// Four honest nodes, each of which takes its time for every question without holding up another.
pub(super) fn slow_nodes(star: &Star, time: Duration) -> Vec<Attachment> {
    let attach = |node: &&str| {
        let (down, mut frames) = mpsc::channel(256);
        let link = Arc::new(Link::new("0a".to_owned(), down));
        let (held, at_work) = (Arc::clone(&link), TaskTracker::new());
        TaskTracker::new().spawn(async move {
            while let Some(Ok(frame)) = frames.recv().await {
                let Some(v1::hub_frame::Frame::Ask(ask)) = frame.frame else {
                    continue;
                };
                let link = Arc::clone(&held);
                at_work.spawn(async move {
                    tokio::time::sleep(time).await;
                    link.deliver(star::one_account(&ask).expect("says something"));
                });
            }
        });
        let nodes = &star.broker.nodes;
        let attached = nodes.attach(node, link, BTreeSet::new(), "fake".to_owned());
        attached.expect("is registered")
    };
    NODES.iter().map(attach).collect()
}

/// How long a single question takes, asked one after the other.
pub(super) async fn median_of_asks(star: &Star) -> Duration {
    let mut times = Vec::new();
    for _ in 0..ASKS {
        let begun = Instant::now();
        star.ask(&Ask::honest(star)).await.expect("is permitted");
        times.push(begun.elapsed());
    }
    times.sort();
    times[ASKS / 2]
}
