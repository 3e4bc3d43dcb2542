//! The few words of W3C WebDriver that the tests say to Chromium's driver, over plain HTTP on the
//! loopback. The crates that speak it bring a copyleft licence (deny.toml) or a second HTTP stack.

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// One session of a driver.
pub(super) struct Driver {
    port: u16,
    session: String,
}

impl Driver {
    /// Starts a browser.
    pub(super) async fn begin(port: u16, capabilities: Value) -> Self {
        let mut driver = Self {
            port,
            session: String::new(),
        };
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let begun = driver.say("POST", "/session", Some(wanted)).await;
        let begun = begun.unwrap_or_else(|error| panic!("no browser starts: {error}"));
        let session = begun["sessionId"].as_str().expect("a session has an id");
        session.clone_into(&mut driver.session);
        driver
    }

    /// Asks for something that must be there.
    pub(super) async fn post(&self, command: &str, body: Value) -> Value {
        let said = self.ask(command, body).await;
        said.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Asks for something that may not be there.
    pub(super) async fn ask(&self, command: &str, body: Value) -> Result<Value, String> {
        let path = format!("/session/{}/{command}", self.session);
        self.say("POST", &path, Some(body)).await
    }

    pub(super) async fn get(&self, command: &str) -> Value {
        let path = format!("/session/{}/{command}", self.session);
        let said = self.say("GET", &path, None).await;
        said.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub(super) async fn end(&self) {
        let path = format!("/session/{}", self.session);
        let ended = self.say("DELETE", &path, None).await;
        ended.expect("the browser closes");
    }

    async fn say(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        #[expect(clippy::disallowed_methods, reason = "it ends with the answer")]
        let connection = tokio::spawn(connection);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1")
            .header("content-type", "application/json; charset=utf-8")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let response = sender.send_request(request).await;
        let response = response.map_err(|error| error.to_string())?;
        let is_good = response.status().is_success();
        let bytes = response.into_body().collect().await;
        let bytes = bytes.map_err(|error| error.to_string())?.to_bytes();
        connection.abort();
        let said: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        if is_good {
            Ok(said["value"].clone())
        } else {
            Err(said["value"]["message"].to_string())
        }
    }
}
