//! A form that was sent from one of our pages, and from no other: it carries the token that only
//! this session's pages have. No handler takes a form in any other way.

use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::turned::Turned;
use crate::viewer::Viewer;

/// The fields of a form whose token was right, and who sent it.
#[derive(Debug)]
pub struct Posted<T> {
    /// Who.
    pub viewer: Viewer,
    /// What they filled in.
    pub fields: T,
}

/// Stands with the answer to a form that no page of this session has sent: whoever lets people in
/// puts it on record.
#[derive(Clone, Copy, Debug)]
pub struct Forged;

/// Read before the fields: whatever else is wrong with it, a form without it is not ours.
#[derive(Default, Deserialize)]
struct Signed {
    #[serde(default)]
    token: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let viewer = <Viewer as FromRequestParts<S>>::from_request_parts(&mut parts, state).await;
        let viewer = viewer.map_err(IntoResponse::into_response)?;
        let request = Request::from_parts(parts.clone(), body);
        let Ok(body) = Bytes::from_request(request, state).await else {
            return Err(Turned::unreadable(&viewer).into_response());
        };
        let request = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        let signed = Form::<Signed>::from_request(request(), state).await;
        let signed = signed.map_or_else(|_| Signed::default(), |Form(signed)| signed);
        if !is_same(signed.token.as_bytes(), viewer.token.as_bytes()) {
            let mut away = Turned::forged(&viewer).into_response();
            away.extensions_mut().insert(Forged);
            return Err(away);
        }
        match Form::<T>::from_request(request(), state).await {
            Ok(Form(fields)) => Ok(Self { viewer, fields }),
            Err(_) => Err(Turned::unreadable(&viewer).into_response()),
        }
    }
}

/// Takes as long for a wrong token as for the right one.
fn is_same(given: &[u8], known: &[u8]) -> bool {
    let differing = given.iter().zip(known).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == known.len() && !known.is_empty() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn a_token_is_the_same_or_it_is_not() {
        assert!(is_same(b"abc", b"abc"));
        for (given, known) in [("abd", "abc"), ("ab", "abc"), ("abcd", "abc"), ("", "")] {
            assert!(!is_same(given.as_bytes(), known.as_bytes()));
        }
    }
}
