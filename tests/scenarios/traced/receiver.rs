//! A tiny collector: takes OTLP over HTTP, keeps what came as it came, and reads it with the
//! messages that OpenTelemetry generates, not with ours.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A span as it came, and who sent it.
#[derive(Debug, Clone)]
pub(super) struct Came {
    /// `tianshu-agent city`.
    pub(super) service: String,
    pub(super) trace: String,
    pub(super) span: Vec<u8>,
    pub(super) parent: Vec<u8>,
    pub(super) name: String,
    pub(super) began: u64,
    pub(super) ended: u64,
    pub(super) said: BTreeMap<String, String>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) port: u16,
    bodies: Arc<Mutex<Vec<Bytes>>>,
    end: CancellationToken,
}

impl Receiver {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("has an address").port();
        let bodies: Arc<Mutex<Vec<Bytes>>> = Arc::default();
        let (kept, end) = (Arc::clone(&bodies), CancellationToken::new());
        let take = move |headers: HeaderMap, body: Bytes| {
            assert_eq!(headers["content-type"], "application/x-protobuf");
            kept.lock().expect("is whole").push(body);
            async { "" }
        };
        let routes = Router::new().route("/v1/traces", post(take));
        let serving = axum::serve(listener, routes);
        let until = end.clone();
        TaskTracker::new().spawn(async move {
            until.run_until_cancelled(async { serving.await }).await;
        });
        Self { port, bodies, end }
    }

    /// From now on nobody listens.
    pub(super) fn close(&self) {
        self.end.cancel();
    }

    /// Everything that came, as it came.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().expect("is whole").concat()
    }

    /// The spans of a trace.
    pub(super) fn spans(&self, trace: &str) -> Vec<Came> {
        let bodies = self.bodies.lock().expect("is whole");
        let all = bodies.iter().flat_map(read);
        all.filter(|came| came.trace == trace).collect()
    }
}

fn read(body: &Bytes) -> Vec<Came> {
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("is OTLP");
    let mut all = Vec::new();
    for of_program in request.resource_spans {
        let resource = said(of_program.resource.expect("has one").attributes);
        let service = format!(
            "{} {}",
            resource["service.name"], resource["service.instance.id"]
        );
        for span in of_program
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans)
        {
            all.push(Came {
                service: service.clone(),
                trace: span
                    .trace_id
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect(),
                span: span.span_id,
                parent: span.parent_span_id,
                name: span.name,
                began: span.start_time_unix_nano,
                ended: span.end_time_unix_nano,
                said: said(span.attributes),
            });
        }
    }
    all
}

fn said(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |attribute: KeyValue| match attribute.value?.value? {
        Value::StringValue(text) => Some((attribute.key, text)),
        _ => None,
    };
    attributes.into_iter().filter_map(text).collect()
}
