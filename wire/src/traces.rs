//! Traces: where the time of one question went, from the local system that asked to the database
//! that answered, over every program on the way. Off unless a collector is configured.
//!
//! What leaves is closed: names of spans are written in the program, attributes are the variants of
//! [`Attribute`], and none of them has room for a person, a case or an amount. Nothing waits for a
//! collector: what does not fit its queue is dropped and counted.

mod collector;
mod context;
mod otlp;
mod settings;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Clock, Random};

pub use context::TraceContext;
pub use settings::TraceSettings;
pub use span::{Attribute, Kind, Span};

use collector::Collector;
use span::Ended;

/// The metadata and header that carries a context.
pub const TRACEPARENT: &str = "traceparent";

/// What a program calls itself in its spans.
#[derive(Debug, Clone)]
pub struct Service {
    /// `tianshu-hub` or `tianshu-agent`.
    pub name: &'static str,
    /// Which one: the hub's or the node's name.
    pub instance: String,
    /// Version of the program.
    pub version: &'static str,
}

/// Begins spans; the one that is off makes spans that record nothing and pass contexts on.
#[derive(Debug, Clone, Default)]
pub struct Tracer(Option<Arc<Recorder>>);

/// What became of spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// A collector has taken them.
    pub sent: u64,
    /// The queue was full, or the collector took them not.
    pub dropped: u64,
}

/// What spans need on their way.
#[derive(Debug)]
struct Recorder {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Of so many traces that begin here, one is recorded.
    one_in: u64,
    queue: mpsc::Sender<Ended>,
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl Tracer {
    /// One that records nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// One that sends to the configured collector until `end`; off where none is.
    #[must_use]
    pub fn start(
        settings: &TraceSettings,
        service: Service,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        (tasks, end): (&TaskTracker, &CancellationToken),
    ) -> Self {
        let Some(address) = settings.collector else {
            return Self::off();
        };
        let (queue, ended) = mpsc::channel(settings.queue_max);
        let recorder = Arc::new(Recorder {
            clock,
            random,
            one_in: settings.one_in,
            queue,
            sent: AtomicU64::default(),
            dropped: AtomicU64::default(),
        });
        let collector = Collector::new(address, service, Arc::clone(&recorder));
        tasks.spawn(collector.run(ended, end.clone()));
        Self(Some(recorder))
    }

    /// Begins a trace. Whether it is recorded is decided here, for every program on its way.
    #[must_use]
    pub fn begin(&self, name: &'static str) -> Span {
        let Some(recorder) = &self.0 else {
            return Span::none();
        };
        let Some(context) = TraceContext::fresh(recorder.random.as_ref(), recorder.one_in) else {
            return Span::none();
        };
        Span::root(recorder, context, name)
    }

    /// Goes on with a trace that another program has begun.
    #[must_use]
    pub fn follow(&self, context: Option<TraceContext>, name: &'static str) -> Span {
        let Some(context) = context else {
            return Span::none();
        };
        match &self.0 {
            Some(recorder) if context.is_sampled() => {
                Span::under(recorder, context, Kind::Server, name)
            }
            _ => Span::passing(context),
        }
    }

    /// What became of this program's spans.
    #[must_use]
    pub fn counts(&self) -> SpanCounts {
        let recorder = self.0.as_deref();
        recorder.map_or_else(SpanCounts::default, |recorder| SpanCounts {
            sent: recorder.sent.load(Ordering::Relaxed),
            dropped: recorder.dropped.load(Ordering::Relaxed),
        })
    }
}

impl Recorder {
    fn now_nanos(&self) -> u64 {
        u64::try_from(self.clock.now().unix_timestamp_nanos()).unwrap_or_default()
    }

    /// Never waits.
    fn take(&self, ended: Ended) {
        if self.queue.try_send(ended).is_err() {
            self.drop_spans(1);
        }
    }

    fn drop_spans(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }

    fn sent_spans(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.sent.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
