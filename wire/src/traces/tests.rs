//! Spans on their way, without a whole star.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;

use super::*;
use crate::{RefusalCode, SystemClock, SystemRandom};

/// Longer than any of it takes.
const SOON: Duration = Duration::from_secs(20);

struct Running {
    tracer: Tracer,
}

impl Running {
    fn to(collector: std::net::SocketAddr, queue_max: usize) -> Self {
        let settings = TraceSettings {
            collector: Some(collector),
            queue_max,
            one_in: 1,
        };
        let service = Service {
            name: "tianshu-hub",
            instance: "hub-1".to_owned(),
            version: "0",
        };
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        Self {
            tracer: Tracer::start(&settings, service, clock, random),
        }
    }

    async fn stop(self) -> SpanCounts {
        let finished = tokio::time::timeout(SOON, self.tracer.finish()).await;
        finished.expect("it stops by itself");
        self.tracer.counts()
    }
}

async fn collector(status: StatusCode) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("there is a port");
    let address = listener.local_addr().expect("has an address");
    let routes = Router::new().route("/v1/traces", post(move || async move { status }));
    TaskTracker::new().spawn(async move { axum::serve(listener, routes).await });
    address
}

/// An address at which nobody listens.
async fn nowhere() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("there is a port");
    listener.local_addr().expect("has an address")
}

#[tokio::test]
async fn spans_reach_their_collector_at_the_latest_when_the_program_stops() {
    let running = Running::to(collector(StatusCode::OK).await, 64);
    let root = running.tracer.begin("local.ask");
    let child = root.child(Kind::Client, "hub.ask");
    child.failed(RefusalCode::HubUnreachable);
    let far = running.tracer.follow(child.context(), "broker.answer");
    assert_eq!(far.trace_id(), root.trace_id());
    assert_ne!(far.header(), child.header());
    drop((far, child, root));
    let counts = running.stop().await;
    assert_eq!(
        counts,
        SpanCounts {
            sent: 3,
            dropped: 0
        }
    );
}

#[tokio::test]
async fn a_dead_or_unwilling_collector_holds_up_nobody() {
    for address in [
        nowhere().await,
        collector(StatusCode::SERVICE_UNAVAILABLE).await,
    ] {
        let running = Running::to(address, 64);
        for _ in 0..200 {
            drop(running.tracer.begin("local.ask"));
        }
        let counts = running.stop().await;
        assert_eq!(
            counts,
            SpanCounts {
                sent: 0,
                dropped: 200
            }
        );
    }
}

#[tokio::test]
async fn who_records_nothing_passes_the_context_on() {
    let context = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let passing = Tracer::off().follow(context, "broker.answer");
    let child = passing.child(Kind::Client, "node.ask");
    assert_eq!(child.context(), context);
    assert!(Tracer::off().begin("local.ask").header().is_empty());
    // A trace that its beginner does not record is recorded by nobody.
    let unsampled = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    let running = Running::to(nowhere().await, 64);
    let followed = running.tracer.follow(unsampled, "broker.answer");
    assert_eq!(followed.context(), unsampled);
    drop(followed);
    assert_eq!(running.stop().await, SpanCounts::default());
}
