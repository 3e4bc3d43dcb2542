//! How both programs make what they count: each metric is entered in the registry and remembered
//! with its type and labels, also before it has counted anything, so that a page can list them.

use std::sync::{Mutex, OnceLock, PoisonError};

use prometheus::core::Collector;
use prometheus::{
    Error, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

use crate::traces::Tracer;

/// Upper bounds of the buckets of a wait, in seconds; the tender's 5 s and 10 s are among them, and
/// the longest deadline is the last.
const WAIT_BUCKETS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];
/// The same of a write to a disk.
const WRITE_BUCKETS: [f64; 12] = [
    0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 1.0, 4.0,
];

/// A metric as a page lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name; of a histogram without what its series append.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// What it says.
    pub help: String,
    /// Names of its labels.
    pub labels: Vec<String>,
}

/// Makes metrics, enters each in the registry and remembers it.
#[derive(Debug, Default)]
pub struct Registrar {
    registry: Registry,
    described: Mutex<Vec<Described>>,
}

impl Registrar {
    fn enter<T>(&self, kind: &'static str, metric: Result<T, Error>) -> Result<T, Error>
    where
        T: Collector + Clone + 'static,
    {
        let metric = metric?;
        self.registry.register(Box::new(metric.clone()))?;
        let mut described = self
            .described
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        described.extend(metric.desc().into_iter().map(|desc| Described {
            name: desc.fq_name.clone(),
            kind,
            help: desc.help.clone(),
            labels: desc.variable_labels.clone(),
        }));
        drop(described);
        Ok(metric)
    }

    /// A counter without labels.
    ///
    /// # Errors
    /// The name is taken or none.
    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        self.enter("counter", IntCounter::new(name, help))
    }

    /// Counters, one for each value of the labels.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, Error> {
        self.enter("counter", IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// A gauge without labels.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, Error> {
        self.enter("gauge", IntGauge::new(name, help))
    }

    /// Gauges, one for each value of the labels.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
        self.enter("gauge", IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// Gauges of a share between 0 and 1.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn ratios(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, Error> {
        self.enter("gauge", GaugeVec::new(Opts::new(name, help), labels))
    }

    /// How long something is waited for.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn latency(&self, name: &str, help: &str) -> Result<Histogram, Error> {
        self.histogram(name, help, &WAIT_BUCKETS)
    }

    /// How long a write to a disk takes.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn writing(&self, name: &str, help: &str) -> Result<Histogram, Error> {
        self.histogram(name, help, &WRITE_BUCKETS)
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, Error> {
        let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.enter("histogram", Histogram::with_opts(opts))
    }

    /// The same for each value of the labels.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn latencies(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<HistogramVec, Error> {
        let opts = HistogramOpts::new(name, help).buckets(WAIT_BUCKETS.to_vec());
        self.enter("histogram", HistogramVec::new(opts, labels))
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// What is in it.
    #[must_use]
    pub fn described(&self) -> Vec<Described> {
        let described = self
            .described
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        described.clone()
    }
}

/// What both programs say of the ground that they stand on: version, certificates, clock.
#[derive(Debug)]
pub struct GroundGauges {
    certificate: IntGaugeVec,
    revocation: IntGaugeVec,
    clock: IntGaugeVec,
    spans: IntCounterVec,
    tracer: OnceLock<Tracer>,
}

/// Their names, which stand in the program that shows them.
#[derive(Debug, Clone, Copy)]
pub struct GroundNames {
    /// Which version runs.
    pub build: &'static str,
    /// When the certificate ends.
    pub certificate: &'static str,
    /// When revocation lists must be replaced.
    pub revocation: &'static str,
    /// How the clock is kept.
    pub clock: &'static str,
    /// What became of spans.
    pub spans: &'static str,
}

impl GroundGauges {
    /// Gauges of a program of this version, by these names.
    ///
    /// # Errors
    /// As [`Registrar::counter`].
    pub fn new(r: &Registrar, names: &GroundNames, version: &str) -> Result<Self, Error> {
        let build = r.gauges(
            names.build,
            "1; the label says which version runs.",
            &["version"],
        )?;
        build.with_label_values(&[version]).set(1);
        let gauges = Self {
            certificate: r.gauges(
                names.certificate,
                "When the program's own certificate ends, since 1970.",
                &["door"],
            )?,
            revocation: r.gauges(
                names.revocation,
                "When the first of the revocation lists must be replaced, since 1970; past it \
                 nobody new is let in.",
                &["door"],
            )?,
            clock: r.gauges(
                names.clock,
                "1 for the state that the host's clock is in; `unknown` where the host does not \
                 say.",
                &["state"],
            )?,
            spans: r.counters(
                names.spans,
                "Spans of traces that a collector took, or that were dropped because it did not.",
                &["result"],
            )?,
            tracer: OnceLock::new(),
        };
        gauges.look();
        gauges.clock_is(&crate::ClockState::look());
        Ok(gauges)
    }

    /// What a door is running on; that of the nodes has no name.
    pub fn door_is(&self, door: &str, status: &crate::tls::TlsStatus) {
        let door = [if door.is_empty() { "link" } else { door }];
        let certificate = self.certificate.with_label_values(&door);
        certificate.set(status.own.not_after.unix_timestamp());
        if let Some(next) = status.crl_next_update {
            let revocation = self.revocation.with_label_values(&door);
            revocation.set(next.unix_timestamp());
        }
    }

    /// Whose spans are counted.
    pub fn traces_of(&self, tracer: Tracer) {
        // A program has one.
        let _ = self.tracer.set(tracer);
    }

    /// Follows what counts for itself, before a scrape.
    pub fn look(&self) {
        let counts = self.tracer.get().map(Tracer::counts).unwrap_or_default();
        for (result, count) in [("sent", counts.sent), ("dropped", counts.dropped)] {
            let told = self.spans.with_label_values(&[result]);
            told.inc_by(count.saturating_sub(told.get()));
        }
    }

    /// How the clock is kept.
    pub fn clock_is(&self, clock: &crate::ClockState) {
        for state in ["synchronised", "unsynchronised", "unknown"] {
            let gauge = self.clock.with_label_values(&[state]);
            gauge.set(i64::from(clock.state == state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_listed_before_it_has_counted() {
        let registrar = Registrar::default();
        let made = registrar.counters("x_total", "How many.", &["node"]);
        drop(made.expect("is made"));
        assert!(registrar.counter("x_total", "Again.").is_err(), "is taken");
        assert!(registrar.registry().gather().is_empty());
        let expected = Described {
            name: "x_total".to_owned(),
            kind: "counter",
            help: "How many.".to_owned(),
            labels: vec!["node".to_owned()],
        };
        assert_eq!(registrar.described(), [expected]);
    }

    #[test]
    fn the_clock_is_in_one_state() {
        let registrar = Registrar::default();
        let names = GroundNames {
            build: "x_build_info",
            certificate: "x_certificate",
            revocation: "x_revocation",
            clock: "x_clock_state",
            spans: "x_spans_total",
        };
        let gauges = GroundGauges::new(&registrar, &names, "1").expect("are made");
        gauges.clock_is(&crate::ClockState {
            state: "unsynchronised".to_owned(),
            synchronised_at: String::new(),
        });
        let is = |state| gauges.clock.with_label_values(&[state]).get();
        assert_eq!(
            ["synchronised", "unsynchronised", "unknown"].map(is),
            [0, 1, 0]
        );
    }
}
