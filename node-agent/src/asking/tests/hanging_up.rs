//! A local system that hangs up: the hub hears of it, it is on record, and a place is free again.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{honest, star};
use crate::tests::eventually;
use crate::tests::http::COUNTER;

/// Sends a whole request and gives the connection.
async fn asking(address: std::net::SocketAddr, handle: &str) -> TcpStream {
    let body = json!({ "case": handle }).to_string();
    let request = format!(
        "POST /v1/asks HTTP/1.1\r\nhost: agent\r\nauthorization: Bearer {COUNTER}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_hears_of_it_within_a_second() {
    let (hub, center, counter) = star().await;
    hub.answers(|request| Ok(honest(request)));
    hub.waits(Duration::from_secs(30));
    let handle = counter.handle().await;
    let address = counter.listen().await;
    let system = asking(address, &handle).await;
    eventually("the question is at the hub", || hub.asked().len() == 1).await;
    let begun = Instant::now();
    drop(system);
    eventually("the hub hears of it", || hub.hung_up() == 1).await;
    eventually("it is on record", || {
        let entries = center.entries();
        entries.iter().any(|entry| {
            (&entry["kind"], &entry["code"], &entry["case_no"])
                == (
                    &json!("refused"),
                    &json!("TS-ASK-CANCELLED"),
                    &json!("BJ-1"),
                )
        })
    })
    .await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    hub.waits(Duration::ZERO);
    let answered = counter.ask(&handle, json!({})).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(hub.hung_up(), 1, "an answer that was taken is none");
}
