//! Every piece that comes up an agent's stream beats its pulse: a reply of megabytes takes seconds
//! over a thin line until it is whole, and its agent does not hang.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Bytes, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};

use crate::nodes::pulse::Pulse;

/// The one method whose streams come from agents.
const ATTACH: &str = "/tianshu.v1.Link/Attach";

/// The layer.
#[derive(Debug, Clone, Copy)]
pub struct BeatingLayer;

/// A service whose agents' streams beat.
#[derive(Debug, Clone)]
pub struct Beating<S> {
    inner: S,
}

impl<S> tower::Layer<S> for BeatingLayer {
    type Service = Beating<S>;

    fn layer(&self, inner: S) -> Beating<S> {
        Beating { inner }
    }
}

impl<S> Service<Request<Body>> for Beating<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if request.uri().path() != ATTACH {
            return self.inner.call(request);
        }
        let pulse: Arc<Pulse> = Arc::default();
        request.extensions_mut().insert(Arc::clone(&pulse));
        let beating = |body| Body::new(BeatingBody { body, pulse });
        self.inner.call(request.map(beating))
    }
}

/// What comes up a stream.
#[derive(Debug)]
struct BeatingBody {
    body: Body,
    pulse: Arc<Pulse>,
}

impl hyper::body::Body for BeatingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(_))) = &polled {
            self.pulse.beat();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
