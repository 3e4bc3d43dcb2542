//! Health, metrics and the pages, over plain HTTP on an address that only operators reach. Nothing
//! personal is here.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dashboards::{NodeLamp, Star, StarSource};
use tokio::time::Instant;
use wire::RefusalCode;

use crate::broker::Broker;

/// What Prometheus expects.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The routes of the admin address.
pub fn router(broker: &Arc<Broker>) -> Router {
    let pages = dashboards::router(Arc::new(BrokerStar(Arc::clone(broker))));
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::clone(broker))
        .merge(pages)
}

async fn ready(State(broker): State<Arc<Broker>>) -> Response {
    if broker.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match broker.witnesses.admit() {
        Err(RefusalCode::AuditUnchecked) => {
            let waits = "the log is being checked by its witnesses\n";
            return (StatusCode::SERVICE_UNAVAILABLE, waits).into_response();
        }
        Err(_) => {
            let disowned = "a witness holds another history of the audit log\n";
            return (StatusCode::SERVICE_UNAVAILABLE, disowned).into_response();
        }
        Ok(()) => {}
    }
    let unready = match (broker.is_recording(), broker.has_room()) {
        (true, true) => return "ready\n".into_response(),
        (true, false) => "the disk has no room for the audit log\n",
        (false, _) => "the audit log cannot be written\n",
    };
    (StatusCode::SERVICE_UNAVAILABLE, unready).into_response()
}

async fn metrics(State(broker): State<Arc<Broker>>) -> Response {
    let witnesses = &broker.witnesses;
    broker.metrics.witnesses(
        witnesses.state_of().witnesses.len(),
        witnesses.lacking(Instant::now()),
        witnesses.is_disowned(),
    );
    broker.metrics.indexed(broker.ledger.indexed());
    broker.metrics.witness_policy(witnesses.are_asked());
    let journal = (broker.ledger.journal().size(), broker.is_recording());
    let loads = broker.nodes.loads().states();
    broker.metrics.loads(broker.throttle.waiting(), &loads);
    let scrape =
        broker
            .metrics
            .scrape(broker.throttle.in_flight(), journal, &broker.nodes.states());
    match scrape {
        Ok(text) => ([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Feeds the pages from the broker.
#[derive(Debug)]
struct BrokerStar(Arc<Broker>);

impl StarSource for BrokerStar {
    fn star(&self) -> Star {
        let broker = &self.0;
        let nodes = broker.nodes.states().into_iter().map(|node| {
            let trust = broker.trust.node(&node.id);
            NodeLamp {
                zh: trust.map(|trust| trust.zh.clone()).unwrap_or_default(),
                en: trust.map(|trust| trust.en.clone()).unwrap_or_default(),
                center: node.center,
                links: node.links,
                classes: node.classes.len(),
                breaker: node.breaker.as_str(),
                software: node.software,
                id: node.id,
            }
        });
        let shown = broker.witnesses.state_of();
        Star {
            witnesses: dashboards::Witnesses {
                known: shown.known,
                signed: shown.witnesses.len(),
                are_enough: shown.quorum,
                are_against: broker.witnesses.is_disowned(),
            },
            nodes: nodes.collect(),
            catalog_version: broker.catalog.version().to_owned(),
            journal_entries: broker.ledger.journal().size(),
            journal_healthy: broker.is_recording() && broker.has_room(),
            in_flight: broker.throttle.in_flight(),
        }
    }
}
