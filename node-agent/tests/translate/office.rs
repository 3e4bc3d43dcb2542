//! A small server of the tests: it reads one HTTP request, does what its script says, byte by byte,
//! and closes. It counts how many asks are open at once, and speaks TLS when given a certificate.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// One act of a reply.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Say(Vec<u8>),
    Wait(Duration),
    /// So many bytes of blanks.
    Flood(usize),
    /// Nothing, until the asker hangs up.
    Hold,
}

/// What is said to a request.
pub(crate) type Script = Arc<dyn Fn(&str) -> Vec<Act> + Send + Sync>;

pub(crate) struct Office {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    peak: Arc<AtomicUsize>,
    hung_up: Arc<AtomicUsize>,
    /// Ends, with every connection, when this is dropped.
    _server: JoinSet<()>,
}

impl Office {
    pub(crate) async fn open(tls: Option<TlsAcceptor>, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (open, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (kept, highest) = (Arc::clone(&requests), Arc::clone(&peak));
        let hung_up = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&hung_up);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, script) = (tls.clone(), Arc::clone(&script));
                let (kept, open, highest) =
                    (Arc::clone(&kept), Arc::clone(&open), Arc::clone(&highest));
                let left = Arc::clone(&left);
                connections.spawn(async move {
                    let now = open.fetch_add(1, Ordering::SeqCst) + 1;
                    highest.fetch_max(now, Ordering::SeqCst);
                    match tls {
                        None => serve(stream, &script, &kept, &left).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &script, &kept, &left).await;
                            }
                        }
                    }
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            requests,
            peak,
            hung_up,
            _server: server,
        }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Askers that hung up while they were held.
    pub(crate) fn hung_up(&self) -> usize {
        self.hung_up.load(Ordering::SeqCst)
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    script: &Script,
    kept: &Mutex<Vec<String>>,
    hung_up: &AtomicUsize,
) {
    let Some(request) = request(&mut stream).await else {
        return;
    };
    kept.lock().unwrap().push(request.clone());
    for act in script(&request) {
        let done = match act {
            Act::Say(bytes) => stream.write_all(&bytes).await.is_ok(),
            Act::Wait(pause) => {
                let _flushed = stream.flush().await;
                tokio::time::sleep(pause).await;
                true
            }
            Act::Flood(bytes) => flood(&mut stream, bytes).await,
            Act::Hold => {
                let _end = stream.read(&mut [0; 1]).await;
                hung_up.fetch_add(1, Ordering::SeqCst);
                false
            }
        };
        if !done {
            return;
        }
    }
    let _closed = stream.shutdown().await;
}

async fn flood<S: AsyncWrite + Unpin>(stream: &mut S, bytes: usize) -> bool {
    let chunk = vec![b' '; 64 << 10];
    for _ in 0..bytes / chunk.len() {
        if stream.write_all(&chunk).await.is_err() {
            return false;
        }
    }
    true
}

/// Head and body of a request as text.
async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let head = text
            .windows(4)
            .position(|end| end == b"\r\n\r\n")
            .map(|at| at + 4);
        if let Some(head) = head {
            let lines = String::from_utf8_lossy(&text[..head]).to_ascii_lowercase();
            let length = lines
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if text.len() >= head + length {
                return String::from_utf8(text).ok();
            }
        }
        if stream.read_buf(&mut text).await.ok()? == 0 {
            return None;
        }
    }
}

/// A whole reply.
pub(crate) fn reply(status: &str, media: &str, body: &[u8]) -> Vec<Act> {
    let mut bytes = head(status, media, body.len());
    bytes.extend_from_slice(body);
    vec![Act::Say(bytes)]
}

/// A head that announces so many bytes.
pub(crate) fn head(status: &str, media: &str, length: usize) -> Vec<u8> {
    let fixed = "connection: close\r\nset-cookie: a=b\r\n";
    format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\n{fixed}content-length: {length}\r\n\r\n")
        .into_bytes()
}
