//! Numbers named for the hub's auditor.

use prometheus::IntCounterVec;
use wire::Registrar;

#[derive(Debug)]
pub(super) struct NamingMetrics {
    pub(super) named: IntCounterVec,
}

impl NamingMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        let help = "Numbers that the hub's auditor wanted named, by how that ended.";
        let named = r.counters("agent_subjects_named_total", help, &["result"])?;
        Ok(Self { named })
    }
}
