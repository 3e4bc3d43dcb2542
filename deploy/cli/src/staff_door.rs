//! The hub's door for its staff: HTTPS with the certificate of whoever acts. One connection a
//! request; nothing is retried, since an act has a key by which it may be sent again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use serde_json::Value;
use wire::identity::PeerIdentity;
use wire::tls::{ClientTls, ConnectError, Connector, TlsError, TlsFiles, connector};

/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long one request may take.
const CALL_WAIT: Duration = Duration::from_secs(15);

/// Why the hub was not heard.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The certificate cannot be read.
    #[error("`{0}` is no certificate of this star")]
    Certificate(PathBuf),
    /// Certificate, key, authority or revocations cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no connection.
    #[error("the hub's door is not open to us: {}", reason(.0))]
    Connect(#[from] ConnectError),
    /// The connection ended.
    #[error("the connection to the hub broke: {0}")]
    Broken(String),
    /// No answer came in time.
    #[error("the hub did not answer in time")]
    Silent,
}

fn reason(error: &ConnectError) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What the hub said.
#[derive(Debug, Clone)]
pub struct Said {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// The door, with who knocks.
#[derive(Debug)]
pub struct StaffDoor {
    connector: Connector,
    address: String,
}

impl StaffDoor {
    /// A door at `host:port` of the hub named `hub`; the folder holds `cert.pem`, `key.pem`,
    /// `ca.pem` and `crl.pem`.
    ///
    /// # Errors
    /// The files cannot be used.
    pub fn of_folder(folder: &Path, hub: &str, address: &str) -> Result<Self, DoorError> {
        Self::new(
            &TlsFiles {
                certificate: folder.join("cert.pem"),
                key: folder.join("key.pem"),
                ca: folder.join("ca.pem"),
                crl: folder.join("crl.pem"),
            },
            hub,
            address,
        )
    }

    /// The same with files that lie anywhere.
    ///
    /// # Errors
    /// The files cannot be used.
    pub fn new(files: &TlsFiles, hub: &str, address: &str) -> Result<Self, DoorError> {
        let wrong = || DoorError::Certificate(files.certificate.clone());
        let pem = std::fs::read(&files.certificate).map_err(|_| wrong())?;
        let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).map_err(|_| wrong())?;
        let own = PeerIdentity::from_certificate(&pem.contents).map_err(|_| wrong())?;
        let tls = ClientTls::load_for_staff(files, &own.trust_domain, hub)?;
        Ok(Self {
            connector: connector(tls),
            address: address.to_owned(),
        })
    }

    /// Reads something.
    ///
    /// # Errors
    /// The hub was not heard.
    pub async fn get(&self, path: &str) -> Result<Said, DoorError> {
        self.call("GET", path, Bytes::new()).await
    }

    /// Asks for something to be done.
    ///
    /// # Errors
    /// The hub was not heard; whether it acted is not known then.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Said, DoorError> {
        let body = Bytes::from(body.to_string());
        self.call("POST", path, body).await
    }

    async fn call(&self, method: &str, path: &str, body: Bytes) -> Result<Said, DoorError> {
        let heard = tokio::time::timeout(CALL_WAIT, self.exchange(method, path, body)).await;
        heard.map_err(|_| DoorError::Silent)?
    }

    async fn exchange(&self, method: &str, path: &str, body: Bytes) -> Result<Said, DoorError> {
        let broken = |error: hyper::Error| DoorError::Broken(error.to_string());
        let stream = self.connector.reach(self.address.as_str()).await?;
        let handshake = hyper::client::conn::http1::handshake(stream).await;
        let (mut sender, connection) = handshake.map_err(broken)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "hub")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(|error| DoorError::Broken(error.to_string()))?;
        let answered = async {
            let response = sender.send_request(request).await.map_err(broken)?;
            let status = response.status().as_u16();
            let read = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
            let read = read.collect().await;
            let bytes = read.map_err(|error| DoorError::Broken(error.to_string()))?;
            let body = serde_json::from_slice(&bytes.to_bytes()).unwrap_or(Value::Null);
            Ok(Said { status, body })
        };
        tokio::pin!(connection, answered);
        tokio::select! {
            biased;
            said = &mut answered => said,
            ended = &mut connection => match ended {
                // The last of the answer may have been read in the same step.
                Ok(()) => answered.await,
                Err(error) => Err(broken(error)),
            },
        }
    }
}
