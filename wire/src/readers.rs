//! Serving readers whom nobody knows: each must send its questions soon, may keep its connection
//! idle for a moment only, and has it for a limited time, so that a slow one never holds a place
//! that others could have.

mod bounded;

use std::time::Duration;

use axum::Router;
use axum::serve::Listener as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use bounded::{BoundedListener, Placed};

/// Bytes of a question's head that are kept while it comes in.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Headers of a question; readers send a handful.
const HEADERS_MAX: usize = 32;

/// What a reader may take.
#[derive(Debug, Clone, Copy)]
pub struct ReaderLimits {
    /// From the connection, or the answer before, to the end of a question's head.
    pub head: Duration,
    /// The whole connection, whoever is slow: the reader that sends or the one that takes.
    pub connection: Duration,
}

impl Default for ReaderLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            connection: Duration::from_secs(120),
        }
    }
}

/// Serves until `end`.
pub async fn serve_readers(
    pages: Router,
    mut listener: BoundedListener,
    limits: ReaderLimits,
    end: CancellationToken,
) {
    let readers = TaskTracker::new();
    loop {
        let reader = tokio::select! {
            (reader, _) = listener.accept() => reader,
            () = end.cancelled() => break,
        };
        readers.spawn(serve(reader, pages.clone(), limits, end.clone()));
    }
    readers.close();
    readers.wait().await;
}

async fn serve(reader: Placed, pages: Router, limits: ReaderLimits, end: CancellationToken) {
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let served = server.serve_connection(TokioIo::new(reader), TowerToHyperService::new(pages));
    // What a reader did wrong is its own affair; dropping the connection ends it.
    tokio::select! {
        _ = tokio::time::timeout(limits.connection, served) => {}
        () = end.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Instant;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const LIMITS: ReaderLimits = ReaderLimits {
        head: Duration::from_millis(300),
        connection: Duration::from_millis(1500),
    };
    const QUESTION: &[u8] = b"GET /word HTTP/1.1\r\nhost: x\r\n\r\n";
    /// Far beyond every limit.
    const LATE: Duration = Duration::from_secs(10);

    /// One place only, so that a reader who keeps it is noticed.
    async fn open() -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("is free");
        let address = listener.local_addr().expect("is bound");
        let long = "a".repeat(64 << 20);
        let pages = Router::new()
            .route("/word", get(|| async { "word" }))
            .route("/long", get(move || async { long }));
        let end = CancellationToken::new();
        let bounded = BoundedListener::new(listener, 1);
        let serving = serve_readers(pages, bounded, LIMITS, end.clone());
        TaskTracker::new().spawn(serving);
        (address, end)
    }

    async fn answers(address: SocketAddr) {
        let mut reader = TcpStream::connect(address).await.expect("is let in");
        reader.write_all(QUESTION).await.expect("asks");
        let mut heard = Vec::new();
        let asked = tokio::time::timeout(LATE, async {
            while !heard.ends_with(b"word") {
                let read = reader.read_buf(&mut heard).await.expect("reads");
                assert!(read > 0, "{}", String::from_utf8_lossy(&heard));
            }
        });
        asked.await.expect("the place is free in time");
    }

    /// Until the other side has closed the connection.
    async fn closed(reader: &mut TcpStream) {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(LATE, reader.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "the connection is still open");
    }

    #[tokio::test]
    async fn a_reader_that_says_nothing_or_says_it_slowly_loses_its_place() {
        let (address, end) = open().await;
        let mut silent = TcpStream::connect(address).await.expect("is let in");
        closed(&mut silent).await;
        // A byte now and then keeps no connection open.
        let slow = TcpStream::connect(address).await.expect("is let in");
        let (mut from, mut to) = slow.into_split();
        let dripping = async {
            for byte in QUESTION.iter().cycle() {
                if to.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let mut heard = Vec::new();
        let begun = Instant::now();
        tokio::select! {
            () = dripping => {}
            _ = from.read_to_end(&mut heard) => {}
        }
        assert!(begun.elapsed() < LATE);
        let heard = String::from_utf8_lossy(&heard).into_owned();
        assert!(!heard.contains("word"), "{heard}");
        answers(address).await;
        end.cancel();
    }

    #[tokio::test]
    async fn a_reader_that_keeps_idle_or_takes_nothing_loses_its_place() {
        let (address, end) = open().await;
        let mut idle = TcpStream::connect(address).await.expect("is let in");
        idle.write_all(QUESTION).await.expect("asks");
        closed(&mut idle).await;
        let mut greedy = TcpStream::connect(address).await.expect("is let in");
        greedy
            .write_all(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .expect("asks");
        // It takes nothing of its answer: the next one is answered when its time is up.
        answers(address).await;
        end.cancel();
    }
}
