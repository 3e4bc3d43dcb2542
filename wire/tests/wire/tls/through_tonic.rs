//! The whole way as hub and agent use it: tonic on both ends, our connections between them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Ready, ready};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint, Server};
use tower::Service;
use wire::identity::PeerIdentity;
use wire::tls::{
    AcceptLimits, Acceptor, ClientTls, HandshakeAlert, HandshakeRefusal, LiveConnections,
    RefusalReason, ServerTls, connector, probe, serve_incoming,
};

use super::world::{Ca, DOMAIN, Leaf, PATIENCE, tomorrow, write_files};

const HUB: Leaf<'_> = Leaf {
    uris: &["spiffe://tianshu.test/hub/hub-1"],
    serial: 1,
    days: 10,
};
const CITY: Leaf<'_> = Leaf {
    uris: &["spiffe://tianshu.test/node/city"],
    serial: 0xc1,
    days: 10,
};

/// Answers every call with the name of the caller, as the handlers of the hub learn it.
#[derive(Clone)]
struct WhoAmI;

impl NamedService for WhoAmI {
    const NAME: &'static str = "test.WhoAmI";
}

impl Service<Request<Body>> for WhoAmI {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let peer = request
            .extensions()
            .get::<Arc<PeerIdentity>>()
            .expect("an identity");
        let answer = Response::builder().header("peer", peer.uri().to_string());
        ready(Ok(answer.body(Body::empty()).unwrap()))
    }
}

async fn ask(channel: &mut Channel) -> Result<String, tonic::transport::Error> {
    let request = Request::builder()
        .method("POST")
        .uri("http://hub/test.WhoAmI/Ask")
        .header("content-type", "application/grpc")
        .body(Body::empty())
        .unwrap();
    std::future::poll_fn(|cx| channel.poll_ready(cx)).await?;
    let response = channel.call(request).await?;
    Ok(response.headers()["peer"].to_str().unwrap().to_owned())
}

type Serving = JoinHandle<Result<(), tonic::transport::Error>>;

async fn serve(
    server: &ServerTls,
    live: &LiveConnections,
    refusals: Arc<Mutex<Vec<HandshakeRefusal>>>,
) -> (SocketAddr, CancellationToken, Serving) {
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let acceptor = Acceptor::new(
        server.clone(),
        AcceptLimits::default(),
        live.clone(),
        Arc::new(move |refusal| refusals.lock().unwrap().push(refusal)),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = serve_incoming(acceptor, listener, &tracker, stop.clone());
    let ended = stop.clone().cancelled_owned();
    let server = Server::builder().add_service(WhoAmI);
    let serving = tracker.spawn(server.serve_with_incoming_shutdown(incoming, ended));
    (address, stop, serving)
}

#[tokio::test]
async fn tonic_learns_the_identity_and_loses_a_revoked_peer() {
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new("test authority");
    let hub_files = write_files(dir.path(), "hub-1", &ca, &ca, &HUB);
    let city_files = write_files(dir.path(), "city", &ca, &ca, &CITY);
    let server = ServerTls::load(&hub_files, DOMAIN).unwrap();
    let agent = ClientTls::load(&city_files, DOMAIN, "hub-1").unwrap();
    let live = LiveConnections::new();
    let refusals: Arc<Mutex<Vec<HandshakeRefusal>>> = Arc::default();
    let (address, stop, serving) = serve(&server, &live, refusals.clone()).await;

    assert_eq!(probe(address, &agent).await, Ok(()));
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut channel = endpoint
        .connect_with_connector(connector(agent.clone()))
        .await
        .unwrap();
    assert_eq!(
        ask(&mut channel).await.unwrap(),
        "spiffe://tianshu.test/node/city"
    );

    std::fs::write(&hub_files.crl, ca.crl(&[0xc1], tomorrow())).unwrap();
    server.reload().unwrap();
    assert_eq!(
        live.close_refused(&server, wire::Clock::now(&wire::SystemClock))
            .len(),
        1
    );
    // Whichever way the cut shows, no further call is answered, and the probe says why.
    let cut = async { while ask(&mut channel).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, cut)
        .await
        .expect("the peer is cut off");
    assert_eq!(probe(address, &agent).await, Err(HandshakeAlert::Revoked));
    let noted = refusals.lock().unwrap().clone();
    assert!(
        noted
            .iter()
            .all(|refusal| refusal.reason == RefusalReason::Revoked),
        "{noted:?}"
    );
    assert!(!noted.is_empty());

    drop(channel);
    stop.cancel();
    tokio::time::timeout(PATIENCE, serving)
        .await
        .expect("the server ends")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_silent_hub_costs_the_agent_its_time_limit_only() {
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new("test authority");
    let files = write_files(dir.path(), "city", &ca, &ca, &CITY);
    let agent = ClientTls::load(&files, DOMAIN, "hub-1").unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let connector = connector(agent).with_limit(Duration::from_millis(100));
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let connecting = endpoint.connect_with_connector(connector);
    let outcome = tokio::time::timeout(PATIENCE, connecting)
        .await
        .expect("a time limit");
    assert!(outcome.is_err());
}
