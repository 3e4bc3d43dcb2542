//! Many callers that ask for large answers and read none of them, over real sockets: what the hub
//! holds for them stays within the limit of their node, is let go in time, and meanwhile somebody
//! else is answered as ever. In a process of its own, because it measures that.

#![expect(
    clippy::unwrap_used,
    reason = "fixtures fail like the tests that use them"
)]

use std::alloc::System;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub::unread::{BYTES_PER_NODE_MAX, STILL_MAX, Unread, UnreadLayer};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::InterceptorLayer;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};
use wire::identity::{PeerIdentity, PeerKind};
use wire::limits::{ANSWER_BYTES_MAX, FRAME_BYTES_MAX};
use wire::tls::LiveConnections;
use wire::v1;
use wire::v1::broker_client::BrokerClient;
use wire::v1::broker_server::{Broker, BrokerServer};

const ANSWER_BYTES: usize = 8 << 20;
const READERS: usize = 96;
const OTHER_WITHIN: Duration = Duration::from_secs(2);
/// The answers that are held, each once more while it is made, and what the allocator keeps.
const GROWTH_MAX: usize = 3 * BYTES_PER_NODE_MAX;
/// What may still be on the heap of what was let go: a piece of each answer is with the transport.
const LEFT_MAX: usize = 2 << 20;
/// Counts what is on the heap: how much of that the allocator gives back to the system is its own
/// affair, and differs from run to run.
#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;
/// Whose call it is: the test has no certificates.
const NODE: &str = "node";

/// Answers everything with the same large answer.
struct Large;

#[tonic::async_trait]
impl Broker for Large {
    type AskManyStream = tokio_stream::Empty<Result<v1::LineAnswer, Status>>;

    async fn ask(&self, _: Request<v1::AskRequest>) -> Result<Response<v1::Answer>, Status> {
        Ok(Response::new(v1::Answer {
            query_id: "q".repeat(ANSWER_BYTES),
            ..v1::Answer::default()
        }))
    }

    async fn ask_many(
        &self,
        _: Request<Streaming<v1::AskLine>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        Err(Status::unimplemented("no lists here"))
    }
}

fn peer(name: &str) -> Arc<PeerIdentity> {
    Arc::new(PeerIdentity {
        trust_domain: "star.test".into(),
        kind: PeerKind::Node,
        name: name.into(),
        serial: "01".into(),
        not_after: OffsetDateTime::UNIX_EPOCH,
    })
}

async fn served(unread: &Unread) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let named = InterceptorLayer::new(|mut request: Request<()>| {
        let name = request
            .metadata()
            .get(NODE)
            .map(|name| name.to_str().unwrap().to_owned());
        request.extensions_mut().insert(peer(&name.unwrap()));
        Ok(request)
    });
    let serving = Server::builder()
        .layer(named)
        .layer(UnreadLayer(unread.clone()))
        .add_service(BrokerServer::new(Large).max_encoding_message_size(ANSWER_BYTES_MAX))
        .serve_with_incoming(TcpListenerStream::new(listener));
    TaskTracker::new().spawn(async move { serving.await.unwrap() });
    address
}

async fn channel(address: SocketAddr, window: u32) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let endpoint = endpoint.initial_stream_window_size(window);
    endpoint.connect().await.unwrap()
}

async fn ask(channel: Channel, node: &'static str) -> Result<usize, Status> {
    let mut broker = BrokerClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let mut request = Request::new(v1::AskRequest::default());
    request.metadata_mut().insert(NODE, node.parse().unwrap());
    let answer = broker.ask(request).await?;
    Ok(answer.into_inner().query_id.len())
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb: usize = line
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    kb << 10
}

/// Bytes on the heap.
fn on_heap() -> usize {
    let heap = HEAP.stats();
    heap.bytes_allocated.saturating_sub(heap.bytes_deallocated)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_hold_no_more_than_the_part_of_their_node() {
    let unread = Unread::default();
    let address = served(&unread).await;
    let end = CancellationToken::new();
    // Nobody is cut here: what is let go must be enough.
    let live = LiveConnections::new();
    let watching = unread.clone().watch(live, |_| {}, |_| {}, end.clone());
    TaskTracker::new().spawn(watching);
    let (before, heap_before) = (resident(), on_heap());
    let deaf = channel(address, 0).await;
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let deaf = deaf.clone();
            TaskTracker::new().spawn(async move { ask(deaf, "city").await })
        })
        .collect();
    let mut most = (0, 0);
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let held = unread.bytes();
        assert!(held <= BYTES_PER_NODE_MAX, "{held}");
        most = (
            most.0.max(held),
            most.1.max(resident().saturating_sub(before)),
        );
    }
    assert!(
        most.0 > BYTES_PER_NODE_MAX / 2,
        "they do not read: {most:?}"
    );
    assert!(most.1 < GROWTH_MAX, "{most:?}");
    assert!(unread.is_full("city") && !unread.is_full("guoguan"));
    // Those that found no room were told at once.
    let told = readers.iter().filter(|reader| reader.is_finished()).count();
    assert!(
        told >= READERS - BYTES_PER_NODE_MAX / ANSWER_BYTES,
        "{told}"
    );

    let well = channel(address, 1 << 20).await;
    let begun = Instant::now();
    let answer = ask(well, "guoguan").await.expect("is answered");
    let took = begun.elapsed();
    assert_eq!(answer, ANSWER_BYTES);
    assert!(took < OTHER_WITHIN, "{took:?}");

    tokio::time::sleep(STILL_MAX + Duration::from_secs(1)).await;
    let rest = on_heap().saturating_sub(heap_before);
    println!(
        "{READERS} callers that read nothing: {} MiB held, {} MiB more in the process at most, {} \
         KiB on the heap after {STILL_MAX:?}; another node's {} MiB came in {took:?}",
        most.0 >> 20,
        most.1 >> 20,
        rest >> 10,
        ANSWER_BYTES >> 20
    );
    assert!(rest < LEFT_MAX, "it is let go: {rest}");
    // A piece of each is with the transport.
    let pieces = BYTES_PER_NODE_MAX / ANSWER_BYTES * FRAME_BYTES_MAX as usize;
    assert!(unread.bytes() <= pieces, "{}", unread.bytes());
    readers.iter().for_each(tokio::task::JoinHandle::abort);
    end.cancel();
}
