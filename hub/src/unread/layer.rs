//! Puts every answer of the nodes' door under the count.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use wire::identity::PeerIdentity;

use super::body::CountedBody;
use super::{Kind, Unread};

/// The one method whose answers may stand still while its list is worked on.
const LIST: &str = "/tianshu.v1.Broker/AskMany";
/// The one method that carries the questions of others.
const ATTACH: &str = "/tianshu.v1.Link/Attach";

/// The layer.
#[derive(Debug, Clone)]
pub struct UnreadLayer(pub Unread);

/// A service whose answers are counted.
#[derive(Debug, Clone)]
pub struct Counted<S> {
    inner: S,
    unread: Unread,
}

impl<S> tower::Layer<S> for UnreadLayer {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        let unread = self.0.clone();
        Counted { inner, unread }
    }
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering<Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let peer = request.extensions().get::<Arc<PeerIdentity>>().cloned();
        let kind = match request.uri().path() {
            LIST => Kind::List,
            ATTACH => Kind::Attach,
            _ => Kind::Answer,
        };
        let unread = self.unread.clone();
        let answering = self.inner.call(request);
        Box::pin(async move {
            let response = answering.await?;
            // Without an identity the service has answered nothing but a refusal.
            let Some(peer) = peer else {
                return Ok(response);
            };
            let counted = |body| Body::new(CountedBody::new(body, &unread, peer, kind));
            Ok(response.map(counted))
        })
    }
}
