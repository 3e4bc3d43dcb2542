//! One piece of work in a trace.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;

use super::Recorder;
use super::context::TraceContext;
use crate::RefusalCode;

/// Attributes of one span; further ones are left out.
const ATTRIBUTES_MAX: usize = 8;

/// What a span may say. There is no variant for free text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// Id of the question, as the hub gave it.
    Query(String),
    /// Flow.
    Flow(String),
    /// A node of the trust list.
    Node(String),
    /// A class of the catalog.
    Class(u8),
    /// How a local system is spoken to.
    Connector(&'static str),
}

/// Where a span stands between programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Within a program.
    Internal,
    /// It answers another one.
    Server,
    /// It asks another one.
    Client,
}

/// A piece of work; it ends when it is dropped.
#[derive(Debug, Default)]
pub struct TraceSpan {
    context: Option<TraceContext>,
    recording: Option<Recording>,
}

#[derive(Debug)]
struct Recording {
    recorder: Arc<Recorder>,
    parent: Option<[u8; 8]>,
    kind: Kind,
    name: &'static str,
    began_nanos: u64,
    began: Instant,
    attributes: Mutex<Vec<Attribute>>,
    failed: OnceLock<RefusalCode>,
}

/// A piece of work that is over.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) context: TraceContext,
    pub(super) parent: Option<[u8; 8]>,
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) began_nanos: u64,
    pub(super) ended_nanos: u64,
    pub(super) attributes: Vec<Attribute>,
    pub(super) failed: Option<RefusalCode>,
}

impl TraceSpan {
    /// One that is in no trace.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One that is not recorded here; whoever comes after it goes on with its context.
    pub(super) fn passing(context: TraceContext) -> Self {
        Self {
            context: Some(context),
            recording: None,
        }
    }

    pub(super) fn root(
        recorder: &Arc<Recorder>,
        context: TraceContext,
        name: &'static str,
    ) -> Self {
        if !context.is_sampled() {
            return Self::passing(context);
        }
        Self::recorded(recorder, context, None, (Kind::Server, name))
    }

    pub(super) fn under(
        recorder: &Arc<Recorder>,
        parent: TraceContext,
        kind: Kind,
        name: &'static str,
    ) -> Self {
        match parent.next(recorder.random.as_ref()) {
            Some(own) => Self::recorded(recorder, own, Some(parent.span()), (kind, name)),
            None => Self::passing(parent),
        }
    }

    fn recorded(
        recorder: &Arc<Recorder>,
        context: TraceContext,
        parent: Option<[u8; 8]>,
        (kind, name): (Kind, &'static str),
    ) -> Self {
        Self {
            context: Some(context),
            recording: Some(Recording {
                recorder: Arc::clone(recorder),
                parent,
                kind,
                name,
                began_nanos: recorder.now_nanos(),
                began: Instant::now(),
                attributes: Mutex::default(),
                failed: OnceLock::new(),
            }),
        }
    }

    /// A piece of this piece.
    #[must_use]
    pub fn child(&self, kind: Kind, name: &'static str) -> Self {
        match (&self.recording, self.context) {
            (Some(recording), Some(context)) => {
                Self::under(&recording.recorder, context, kind, name)
            }
            (_, context) => Self {
                context,
                recording: None,
            },
        }
    }

    /// A piece of work within the program, as long as `work` takes.
    pub async fn during<T>(&self, name: &'static str, work: impl Future<Output = T>) -> T {
        let _span = self.child(Kind::Internal, name);
        work.await
    }

    /// Says something about it.
    pub fn says(&self, attribute: Attribute) {
        let Some(recording) = &self.recording else {
            return;
        };
        let mut attributes = recording
            .attributes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if attributes.len() < ATTRIBUTES_MAX {
            attributes.push(attribute);
        }
    }

    /// It came to nothing.
    pub fn failed(&self, code: RefusalCode) {
        if let Some(recording) = &self.recording {
            // The first reason stands.
            let _ = recording.failed.set(code);
        }
    }

    /// Where whoever is asked next goes on.
    #[must_use]
    pub const fn context(&self) -> Option<TraceContext> {
        self.context
    }

    /// The same as it travels; empty where there is no trace.
    #[must_use]
    pub fn header(&self) -> String {
        self.context
            .map_or_else(String::new, |context| context.header())
    }

    /// The trace's id; empty where there is none.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.context
            .map_or_else(String::new, |context| context.trace_id())
    }
}

impl Drop for TraceSpan {
    fn drop(&mut self) {
        let (Some(recording), Some(context)) = (self.recording.take(), self.context) else {
            return;
        };
        let elapsed = u64::try_from(recording.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let attributes = recording.attributes.into_inner();
        recording.recorder.take(Ended {
            context,
            parent: recording.parent,
            kind: recording.kind,
            name: recording.name,
            began_nanos: recording.began_nanos,
            ended_nanos: recording.began_nanos.saturating_add(elapsed),
            attributes: attributes.unwrap_or_else(PoisonError::into_inner),
            failed: recording.failed.into_inner(),
        });
    }
}
