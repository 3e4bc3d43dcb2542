//! A local system on the bench: it calls the agent's routes as HTTP requests.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tonic::codegen::Service as _;
use tonic::transport::Channel;

use super::center::Center;
use crate::api::LocalApi;

pub(crate) const COUNTER: &str = "counter-token-0123456789-0123456789";
pub(crate) const OWNER: &str = "owner-token-0123456789-0123456789-0123";
pub(crate) const KIOSK: &str = "kiosk-token-0123456789-0123456789-0";

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    /// Seconds, where the answer says when to come back.
    pub(crate) retry_after: Option<u32>,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }
}

/// The agent's API with two local systems, `counter` and `kiosk`, and an owner.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    router: Router,
}

impl Counter {
    pub(crate) fn of(center: &Center, channel: Channel) -> Self {
        let api = LocalApi::new(
            center.asker(channel),
            center.book.clone(),
            center.metrics.clone(),
            vec![
                ("counter".into(), COUNTER.into()),
                ("kiosk".into(), KIOSK.into()),
            ],
            Some(OWNER.into()),
        );
        Self {
            router: api.router(),
        }
    }

    /// The routes on a socket of their own, for whoever hangs up in the middle.
    pub(crate) async fn listen(&self) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio_util::task::TaskTracker::new()
            .spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// One request exactly as given.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: impl Into<Body>,
    ) -> Heard {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, token);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().call(request).await.unwrap();
        let status: StatusCode = response.status();
        let later = response.headers().get(header::RETRY_AFTER);
        let retry_after = later.map(|later| later.to_str().unwrap().parse().unwrap());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Heard {
            status: status.as_u16(),
            retry_after,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Heard {
        let token = format!("Bearer {COUNTER}");
        self.call(Method::GET, path, Some(&token), Body::empty())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Heard {
        self.post_as(COUNTER, path, body).await
    }

    pub(crate) async fn post_as(&self, token: &str, path: &str, body: &Json) -> Heard {
        let token = format!("Bearer {token}");
        self.call(Method::POST, path, Some(&token), body.to_string())
            .await
    }

    /// Opens a case of flow F05.
    pub(crate) async fn open(&self, case_no: &str) -> Heard {
        self.post("/v1/cases", &case(case_no, "F05")).await
    }

    /// The handle of case `BJ-1`, opened for asking.
    pub(crate) async fn handle(&self) -> String {
        let opened = self.open("BJ-1").await;
        assert_eq!(opened.status, 200, "{}", opened.body);
        opened.json()["case"].as_str().unwrap().to_owned()
    }

    /// Asks within a case, with more fields if given.
    pub(crate) async fn ask(&self, handle: &str, more: Json) -> Heard {
        let mut body = json!({ "case": handle });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post("/v1/asks", &body).await
    }
}

pub(crate) fn case(case_no: &str, flow: &str) -> Json {
    json!({"case_no": case_no, "flow": flow, "operator": "0231", "counter": "3"})
}
