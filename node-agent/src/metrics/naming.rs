//! Numbers named for the hub's auditor.

use prometheus::{IntCounterVec, Opts, Registry};

#[derive(Debug)]
pub(super) struct NamingMetrics {
    pub(super) named: IntCounterVec,
}

impl NamingMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let help = "Numbers that the hub's auditor wanted named, by how that ended.";
        let options = Opts::new("agent_subjects_named_total", help);
        let named = IntCounterVec::new(options, &["result"])?;
        registry.register(Box::new(named.clone()))?;
        Ok(Self { named })
    }
}
