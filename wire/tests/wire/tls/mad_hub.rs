//! A hub with a good certificate that floods its agents with frames: they leave it.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::codegen::http::Uri;
use tower::Service as _;
use wire::tls::{
    AcceptLimits, Acceptor, CONTROL_FRAMES_BURST, ClientTls, LiveConnections, ServerTls, connector,
    serve_incoming,
};

use super::world::{Ca, DOMAIN, Leaf, PATIENCE, write_files};

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
/// A ping of HTTP/2.
const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7];
const PINGS: usize = 20_000;

#[tokio::test]
async fn an_agent_leaves_a_hub_that_floods_it_and_one_that_it_gives_up() {
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new("test authority");
    let hub = write_files(dir.path(), "hub-1", &ca, &ca, &HUB);
    let city = write_files(dir.path(), "city", &ca, &ca, &CITY);
    let server = ServerTls::load(&hub, DOMAIN).unwrap();
    let agent = ClientTls::load(&city, DOMAIN, "hub-1").unwrap();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let live = LiveConnections::new();
    let acceptor = Acceptor::new(server, AcceptLimits::default(), live, Arc::new(|_| {}));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri: Uri = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let mut incoming = serve_incoming(acceptor, listener, &tasks, stop.clone());
    tasks.spawn(async move {
        while let Some(Ok(mut mad)) = incoming.next().await {
            for _ in 0..PINGS {
                if mad.write_all(&PING).await.is_err() {
                    break;
                }
            }
        }
    });

    let mut flooded = connector(agent.clone())
        .call(uri.clone())
        .await
        .unwrap()
        .into_inner();
    let mut heard = 0;
    let read = async {
        let mut bytes = [0; 4_096];
        loop {
            match flooded.read(&mut bytes).await {
                Ok(0) => panic!("the hub ended it"),
                Ok(count) => heard += count,
                Err(error) => return error,
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, read).await.expect("it ends");
    assert_eq!(ended.to_string(), "the hub sends frames beyond the limits");
    let most = (CONTROL_FRAMES_BURST as usize + 256) * PING.len();
    assert!(heard <= most, "{heard} bytes");
    assert!(flooded.read(&mut [0; 1]).await.is_err(), "for good");
    drop(flooded);

    let cut = CancellationToken::new();
    let mut quiet = connector(agent)
        .until(cut.clone())
        .call(uri)
        .await
        .unwrap()
        .into_inner();
    let mut byte = [0; 1];
    let first = tokio::time::timeout(PATIENCE, quiet.read(&mut byte)).await;
    assert!(first.expect("it is heard").is_ok(), "it hears the hub");
    cut.cancel();
    assert!(quiet.read(&mut byte).await.is_err() && quiet.write(&[0]).await.is_err());
    stop.cancel();
}
