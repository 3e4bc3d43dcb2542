//! What operators look at: the list of metrics, alerts and Grafana dashboards, held against the
//! programs and against Prometheus's own `promtool`. `scrape` starts a whole star, so the programs
//! must be built first: `cargo build --workspace --bins`.

#[cfg(test)]
mod boards {
    mod alerts;
    mod document;
    mod grafana;
    mod labels;
    mod promql;
    mod promtool;
    mod scrape;
}
