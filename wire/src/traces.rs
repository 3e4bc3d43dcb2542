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

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::metadata::MetadataValue;

use crate::{Clock, Random};

pub use context::TraceContext;
pub use settings::TraceSettings;
pub use span::{Attribute, Kind, TraceSpan};

use collector::Collector;
use span::Ended;

/// The metadata and header that carries a context.
pub const TRACEPARENT: &str = "traceparent";

/// How long a stop waits for the last spans.
const FINISH_MAX: Duration = Duration::from_secs(3);

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
    tasks: TaskTracker,
    end: CancellationToken,
}

impl Tracer {
    /// One that records nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// One that sends to the configured collector; off where none is.
    #[must_use]
    pub fn start(
        settings: &TraceSettings,
        service: Service,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
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
            tasks: TaskTracker::new(),
            end: CancellationToken::new(),
        });
        let collector = Collector::new(address, service, Arc::clone(&recorder));
        let sending = collector.run(ended, recorder.end.clone());
        recorder.tasks.spawn(sending);
        Self(Some(recorder))
    }

    /// Sends the last spans, when the program stops.
    pub async fn finish(&self) {
        let Some(recorder) = &self.0 else { return };
        recorder.end.cancel();
        recorder.tasks.close();
        if tokio::time::timeout(FINISH_MAX, recorder.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("the last spans did not reach their collector");
        }
    }

    /// Begins a trace. Whether it is recorded is decided here, for every program on its way.
    #[must_use]
    pub fn begin(&self, name: &'static str) -> TraceSpan {
        let Some(recorder) = &self.0 else {
            return TraceSpan::none();
        };
        let Some(context) = TraceContext::fresh(recorder.random.as_ref(), recorder.one_in) else {
            return TraceSpan::none();
        };
        TraceSpan::root(recorder, context, name)
    }

    /// Goes on with a trace that another program has begun.
    #[must_use]
    pub fn follow(&self, context: Option<TraceContext>, name: &'static str) -> TraceSpan {
        let Some(context) = context else {
            return TraceSpan::none();
        };
        match &self.0 {
            Some(recorder) if context.is_sampled() => {
                TraceSpan::under(recorder, context, Kind::Server, name)
            }
            _ => TraceSpan::passing(context),
        }
    }

    /// Goes on with the trace that a call came with, if it came with one and no more.
    #[must_use]
    pub fn followed<T>(&self, request: &tonic::Request<T>, name: &'static str) -> TraceSpan {
        let mut carried = request.metadata().get_all(TRACEPARENT).iter();
        let context = match (carried.next(), carried.next()) {
            (Some(text), None) => text.to_str().ok().and_then(TraceContext::parse),
            _ => None,
        };
        self.follow(context, name)
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

impl TraceSpan {
    /// Sends a call with this span's context.
    pub fn carry<T>(&self, request: &mut tonic::Request<T>) {
        if let Ok(header) = MetadataValue::try_from(self.header())
            && !header.is_empty()
        {
            request.metadata_mut().insert(TRACEPARENT, header);
        }
    }

    /// Marks what the program says of a question with its trace.
    #[must_use]
    pub fn in_words(&self) -> tracing::Span {
        match self.context() {
            Some(context) => tracing::info_span!("question", trace = context.trace_id()),
            None => tracing::Span::none(),
        }
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
