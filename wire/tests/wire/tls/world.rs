//! A certification authority, its certificates in files, and a small server behind the door.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber,
};
use tempfile::TempDir;
use time::{Duration as Span, OffsetDateTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::identity::PeerIdentity;
use wire::tls::{
    AcceptLimits, Acceptor, ClientTls, HandshakeRefusal, LiveConnections, ServerTls, TlsConn,
    TlsFiles, serve_incoming,
};

pub(super) const DOMAIN: &str = "tianshu.test";
/// Longer than anything here takes; reaching it is a failure.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub(super) pem: String,
}

pub(super) struct Leaf<'a> {
    pub(super) uris: &'a [&'a str],
    pub(super) serial: u64,
    pub(super) days: i64,
}

impl Ca {
    pub(super) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    pub(super) fn leaf(&self, leaf: &Leaf<'_>) -> (String, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = leaf
            .uris
            .iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()))
            .collect();
        params.serial_number = Some(SerialNumber::from(leaf.serial));
        params.not_before = wire::Clock::now(&wire::SystemClock) - Span::days(30);
        params.not_after = wire::Clock::now(&wire::SystemClock) + Span::days(leaf.days);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key)
    }

    pub(super) fn crl(&self, revoked: &[u64], next_update: OffsetDateTime) -> String {
        let this_update = wire::Clock::now(&wire::SystemClock) - Span::days(20);
        let params = CertificateRevocationListParams {
            this_update,
            next_update,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from(*serial),
                    revocation_time: this_update,
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// Authority, folder, and a running server for `hub-1`.
pub(super) struct World {
    pub(super) dir: TempDir,
    pub(super) ca: Ca,
    pub(super) server: ServerTls,
    pub(super) server_files: TlsFiles,
    pub(super) live: LiveConnections,
    pub(super) address: SocketAddr,
    pub(super) refusals: mpsc::UnboundedReceiver<HandshakeRefusal>,
    pub(super) seen: Arc<Mutex<Vec<Arc<PeerIdentity>>>>,
    pub(super) tracker: TaskTracker,
    pub(super) stop: CancellationToken,
}

pub(super) fn tomorrow() -> OffsetDateTime {
    wire::Clock::now(&wire::SystemClock) + Span::days(1)
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(AcceptLimits::default()).await
    }

    pub(super) async fn with(limits: AcceptLimits) -> Self {
        let dir = TempDir::new().unwrap();
        let ca = Ca::new("test authority");
        let hub = Leaf {
            uris: &["spiffe://tianshu.test/hub/hub-1"],
            serial: 1,
            days: 10,
        };
        let server_files = write_files(dir.path(), "hub-1", &ca, &ca, &hub);
        let server = ServerTls::load(&server_files, DOMAIN).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, refusals) = mpsc::unbounded_channel();
        let live = LiveConnections::new();
        let acceptor = Acceptor::new(
            server.clone(),
            limits,
            live.clone(),
            Arc::new(move |refusal| drop(told.send(refusal))),
        );
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let mut incoming = serve_incoming(acceptor, listener, &tracker, stop.clone());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (tasks, names) = (tracker.clone(), seen.clone());
        tracker.spawn(async move {
            while let Some(Ok(connection)) = incoming.next().await {
                names.lock().unwrap().push(connection.identity().clone());
                tasks.spawn(echo(connection));
            }
        });
        Self {
            dir,
            ca,
            server,
            server_files,
            live,
            address,
            refusals,
            seen,
            tracker,
            stop,
        }
    }

    pub(super) fn files(&self, name: &str, issuer: &Ca, leaf: &Leaf<'_>) -> TlsFiles {
        write_files(self.dir.path(), name, issuer, &self.ca, leaf)
    }

    /// An agent with a certificate of `issuer`, trusting the world's authority.
    pub(super) fn agent_of(&self, issuer: &Ca, leaf: &Leaf<'_>) -> ClientTls {
        let name = format!("agent-{}", leaf.serial);
        ClientTls::load(&self.files(&name, issuer, leaf), DOMAIN, "hub-1").unwrap()
    }

    pub(super) fn agent(&self, leaf: &Leaf<'_>) -> ClientTls {
        self.agent_of(&self.ca, leaf)
    }

    pub(super) fn revoke(&self, serials: &[u64]) {
        fs::write(&self.server_files.crl, self.ca.crl(serials, tomorrow())).unwrap();
    }

    pub(super) async fn refusal(&mut self) -> HandshakeRefusal {
        tokio::time::timeout(PATIENCE, self.refusals.recv())
            .await
            .expect("a refusal")
            .unwrap()
    }
}

/// Speaks first, as a server of HTTP/2 does, and then says back what it hears.
async fn echo(mut connection: TlsConn) {
    let mut heard = [0_u8; 64];
    if connection.write_all(b"!").await.is_err() || connection.flush().await.is_err() {
        return;
    }
    while let Ok(count @ 1..) = connection.read(&mut heard).await {
        if connection.write_all(&heard[..count]).await.is_err() {
            return;
        }
        if connection.flush().await.is_err() {
            return;
        }
    }
}

pub(super) fn write_files(
    dir: &Path,
    name: &str,
    issuer: &Ca,
    trusted: &Ca,
    leaf: &Leaf<'_>,
) -> TlsFiles {
    let path = |suffix: &str| dir.join(format!("{name}.{suffix}"));
    let files = TlsFiles {
        certificate: path("crt.pem"),
        key: path("key.pem"),
        ca: path("ca.pem"),
        crl: path("crl.pem"),
    };
    let (certificate, key) = issuer.leaf(leaf);
    fs::write(&files.certificate, certificate).unwrap();
    write_key(&files.key, &key.serialize_pem());
    fs::write(&files.ca, &trusted.pem).unwrap();
    fs::write(&files.crl, trusted.crl(&[], tomorrow())).unwrap();
    files
}

pub(super) fn write_key(path: &Path, pem: &str) {
    use std::io::Write as _;

    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(pem.as_bytes()).unwrap();
}
