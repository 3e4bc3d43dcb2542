//! `[traces]` of a configuration file.

use std::net::SocketAddr;

use crate::Settings;

const QUEUE: usize = 4_096;

/// Where traces go, if they go anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceSettings {
    /// OTLP over HTTP, on this machine; nothing is traced without it.
    pub collector: Option<SocketAddr>,
    /// Spans that wait for it; further ones are dropped.
    pub queue_max: usize,
    /// Of so many traces that begin here, one is recorded.
    pub one_in: u64,
}

impl TraceSettings {
    /// Of a program that goes on with the traces of others.
    pub fn gather(s: &mut Settings) -> Self {
        let collector = s.optional_address("traces.collector");
        if collector.is_some_and(|address| !address.ip().is_loopback()) {
            s.fault(
                "traces.collector",
                "must be an address of this machine (127.0.0.1 or ::1): spans are sent without TLS",
            );
        }
        Self {
            collector,
            queue_max: s.size("traces.queue_max", QUEUE, 64..=65_536),
            one_in: 1,
        }
    }

    /// Of a program in which traces begin.
    pub fn gather_of_beginner(s: &mut Settings) -> Self {
        Self {
            one_in: s.number("traces.one_in", 1, 1..=1_000_000),
            ..Self::gather(s)
        }
    }
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self {
            collector: None,
            queue_max: QUEUE,
            one_in: 1,
        }
    }
}
