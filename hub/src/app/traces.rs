//! Where the hub's spans go.

use std::sync::Arc;

use wire::SystemRandom;
use wire::traces::{Service, Tracer};

use crate::broker::Broker;
use crate::config::Config;

/// The hub goes on with traces that agents begin; off unless a collector is configured.
pub(super) fn tracer(broker: &Broker, config: &Config) -> Tracer {
    let service = Service {
        name: "tianshu-hub",
        instance: config.id.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let clock = Arc::clone(&broker.clock);
    let tracer = Tracer::start(&config.traces, service, clock, Arc::new(SystemRandom));
    broker.metrics.traces_of(tracer.clone());
    tracer
}
