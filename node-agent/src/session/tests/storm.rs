//! A hundred agents lose their hub at one moment and come back to its real door, each with its own
//! certificate and the pauses of an agent: when the last is back, and what somebody else waits.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use tempfile::TempDir;
use time::Duration as Span;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use wire::Clock as _;
use wire::tls::{
    AcceptLimits, Acceptor, ClientTls, LiveConnections, ServerTls, TlsConn, TlsFiles, connector,
    serve_incoming,
};

use super::*;

const DOMAIN: &str = "tianshu.test";
const AGENTS: usize = 100;
/// The longest pause, an attempt, and what two busy cores need for a hundred handshakes.
const ALL_BACK_WITHIN: Duration = Duration::from_secs(5);
const OTHER_WITHIN: Duration = Duration::from_secs(2);
const OTHER_PAUSE: Duration = Duration::from_millis(50);

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    crl: String,
    dir: TempDir,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let now = wire::SystemClock.now();
        let crl = CertificateRevocationListParams {
            this_update: now - Span::days(1),
            next_update: now + Span::days(1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let crl = crl.signed_by(&issuer).unwrap().pem().unwrap();
        let dir = TempDir::new().unwrap();
        Self {
            issuer,
            pem,
            crl,
            dir,
        }
    }

    fn files(&self, who: &str) -> TlsFiles {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        let uri = format!("spiffe://{DOMAIN}/{who}");
        params.subject_alt_names = vec![SanType::URI(uri.as_str().try_into().unwrap())];
        params.not_before = wire::SystemClock.now() - Span::days(1);
        params.not_after = wire::SystemClock.now() + Span::days(1);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        let path = |suffix: &str| {
            let name = format!("{}.{suffix}", who.replace('/', "-"));
            self.dir.path().join(name)
        };
        let files = TlsFiles {
            certificate: path("crt.pem"),
            key: path("key.pem"),
            ca: path("ca.pem"),
            crl: path("crl.pem"),
        };
        write(&files.certificate, &certificate);
        write(&files.key, &key.serialize_pem());
        write(&files.ca, &self.pem);
        write(&files.crl, &self.crl);
        files
    }

    fn agent(&self, name: &str) -> ClientTls {
        let files = self.files(&format!("node/{name}"));
        ClientTls::load(&files, DOMAIN, "hub-1").unwrap()
    }
}

fn write(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A hub's door with the limits of a hub; behind it each connection hears one byte, as from
/// HTTP/2, and stays.
struct Hub {
    address: SocketAddr,
    refused: Arc<AtomicUsize>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Hub {
    async fn at(address: &str, tls: &ServerTls) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let refused = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&refused);
        let acceptor = Acceptor::new(
            tls.clone(),
            AcceptLimits::default(),
            LiveConnections::new(),
            Arc::new(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
            }),
        );
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let mut incoming = serve_incoming(acceptor, listener, &tasks, stop.clone());
        let (held, end) = (tasks.clone(), stop.clone());
        tasks.spawn(async move {
            while let Some(Ok(connection)) = incoming.next().await {
                held.spawn(end.clone().run_until_cancelled_owned(hold(connection)));
            }
        });
        Self {
            address,
            refused,
            stop,
            tasks,
        }
    }

    /// Gone from one moment to the next, with every connection.
    async fn dies(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn hold(mut connection: TlsConn) {
    if connection.write_all(b"!").await.is_ok() && connection.flush().await.is_ok() {
        // Until the peer goes.
        let _ = connection.read(&mut [0]).await;
    }
}

/// Connects and is heard; then stays until the hub is gone.
async fn attach(tls: &ClientTls, hub: SocketAddr, heard: impl FnOnce()) -> bool {
    let Ok(connection) = connector(tls.clone()).reach(hub).await else {
        return false;
    };
    let mut connection = connection.into_inner();
    if connection.read_u8().await.is_err() {
        return false;
    }
    heard();
    let _ = connection.read_u8().await;
    true
}

/// What became of a storm: when the last agent was back, and the longest that somebody else waited
/// for a new connection until then.
async fn storm(down: Duration) -> (Duration, Duration, usize) {
    let authority = Authority::new();
    let tls = ServerTls::load(&authority.files("hub/hub-1"), DOMAIN).unwrap();
    let hub = Hub::at("127.0.0.1:0", &tls).await;
    let address = hub.address;
    let back = Arc::new(Mutex::new(vec![0_usize; AGENTS]));
    let end = CancellationToken::new();
    let tasks = TaskTracker::new();
    for nth in 0..AGENTS {
        let agent = authority.agent(&format!("node-{nth}"));
        let back = Arc::clone(&back);
        let kept = async move {
            let mut pause = Pause::default();
            loop {
                let heard = || back.lock().unwrap()[nth] += 1;
                if attach(&agent, address, heard).await {
                    pause = Pause::default();
                }
                tokio::time::sleep(pause.next()).await;
            }
        };
        tasks.spawn(end.clone().run_until_cancelled_owned(kept));
    }
    let all = |times: usize| back.lock().unwrap().iter().all(|back| *back >= times);
    eventually("all are attached", || all(1)).await;

    hub.dies().await;
    tokio::time::sleep(down).await;
    let hub = Hub::at(&address.to_string(), &tls).await;
    let begun = Instant::now();
    let other = authority.agent("another");
    let mut slowest = Duration::ZERO;
    while !all(2) {
        assert!(begun.elapsed() < ALL_BACK_WITHIN, "not all are back");
        let asked = Instant::now();
        let connection = connector(other.clone()).reach(address).await.unwrap();
        let mut connection = connection.into_inner();
        connection.read_u8().await.expect("is let in");
        slowest = slowest.max(asked.elapsed());
        tokio::time::sleep(OTHER_PAUSE).await;
    }
    let last = begun.elapsed();
    let refused = hub.refused.load(Ordering::Relaxed);
    end.cancel();
    hub.dies().await;
    tasks.close();
    tasks.wait().await;
    (last, slowest, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_agents_come_back_through_one_door_and_nobody_waits_for_them() {
    for down_ms in [0, 1_000] {
        let (last, slowest, refused) = storm(Duration::from_millis(down_ms)).await;
        println!(
            "down for {down_ms} ms: the last of {AGENTS} was back after {last:?}, {refused} were \
             refused; somebody else waited {slowest:?} at most for a new connection"
        );
        assert!(slowest < OTHER_WITHIN, "{slowest:?}");
    }
}
