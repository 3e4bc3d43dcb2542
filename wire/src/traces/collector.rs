//! The way to the collector: OTLP over HTTP on this very machine, in batches. A collector that is
//! dead, slow or says no loses its spans and holds up nobody.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::span::Ended;
use super::{Recorder, Service, otlp};

/// Spans of one export.
const BATCH_MAX: usize = 512;
/// How long spans wait for others to go with them.
const BATCH_WAIT: Duration = Duration::from_millis(500);
/// How long one export may take.
const EXPORT_MAX: Duration = Duration::from_secs(2);
/// Where a collector takes traces.
const PATH: &str = "/v1/traces";

/// Why a batch was lost.
#[derive(Debug, thiserror::Error)]
enum ExportFault {
    #[error("no connection")]
    Connection(#[from] std::io::Error),
    #[error("broken off")]
    Broken(#[from] hyper::Error),
    #[error("answered {0}")]
    Refused(StatusCode),
    #[error("took too long")]
    TimedOut(#[from] tokio::time::error::Elapsed),
    #[error("request")]
    Request(#[from] hyper::http::Error),
}

/// Sends batches to one collector.
#[derive(Debug)]
pub(super) struct Collector {
    address: SocketAddr,
    service: Service,
    recorder: Arc<Recorder>,
    /// Whether the last export failed; said once.
    is_lost: bool,
}

impl Collector {
    pub(super) fn new(address: SocketAddr, service: Service, recorder: Arc<Recorder>) -> Self {
        Self {
            address,
            service,
            recorder,
            is_lost: false,
        }
    }

    /// Sends what ends, until `end`; what is there then goes out too.
    pub(super) async fn run(mut self, mut ended: mpsc::Receiver<Ended>, end: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while end
            .run_until_cancelled(ended.recv_many(&mut batch, BATCH_MAX))
            .await
            .is_some()
        {
            let mut pause = std::pin::pin!(tokio::time::sleep(BATCH_WAIT));
            while batch.len() < BATCH_MAX {
                let room = BATCH_MAX - batch.len();
                tokio::select! {
                    _ = ended.recv_many(&mut batch, room) => {}
                    () = &mut pause => break,
                    () = end.cancelled() => break,
                }
            }
            self.send(std::mem::take(&mut batch)).await;
        }
        while let Ok(span) = ended.try_recv() {
            batch.push(span);
            if batch.len() == BATCH_MAX {
                self.send(std::mem::take(&mut batch)).await;
            }
        }
        if !batch.is_empty() {
            self.send(batch).await;
        }
    }

    async fn send(&mut self, batch: Vec<Ended>) {
        let count = batch.len();
        let body = otlp::body(&self.service, batch);
        let exported = tokio::time::timeout(EXPORT_MAX, self.export(body)).await;
        match exported.map_err(ExportFault::from).and_then(|sent| sent) {
            Ok(()) => {
                self.recorder.sent_spans(count);
                if std::mem::take(&mut self.is_lost) {
                    tracing::info!("traces reach their collector again");
                }
            }
            Err(fault) => {
                self.recorder.drop_spans(count);
                if !std::mem::replace(&mut self.is_lost, true) {
                    tracing::warn!(%fault, "traces do not reach their collector and are dropped");
                }
            }
        }
    }

    /// A connection for each export: it is on this machine, and twice a second at most.
    async fn export(&self, body: Vec<u8>) -> Result<(), ExportFault> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::post(PATH)
            .header(header::HOST, self.address.to_string())
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .body(Body::from(body))?;
        let asked = sender.send_request(request);
        let mut connection = std::pin::pin!(connection);
        let mut asked = std::pin::pin!(asked);
        let answer = tokio::select! {
            biased;
            answer = &mut asked => answer?,
            closed = &mut connection => {
                closed?;
                asked.await?
            }
        };
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(ExportFault::Refused(status)),
        }
    }
}
