//! A visitor of the staff's pages without a screen: a certificate, the cookie of the session, and
//! the token of the page that was seen last.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, LOCATION, SET_COOKIE};
use sandbox::star::{HUB, Home, TRUST_DOMAIN};
use wire::tls::{ClientTls, Connector, TlsFiles, connector};

const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
const TOKEN: &str = r#"name="token" value=""#;

/// What came back.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Page {
    pub(super) fn location(&self) -> &str {
        let location = self.headers.get(LOCATION);
        location.and_then(|to| to.to_str().ok()).unwrap_or_default()
    }
}

/// Somebody of the staff with a browser.
pub(super) struct Visitor {
    connector: Connector,
    address: String,
    cookie: String,
    token: String,
}

impl Visitor {
    pub(super) async fn signed_in(home: &Home, name: &str) -> Self {
        let folder = home.staff_folder(name);
        let files = TlsFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: folder.join("ca.pem"),
            crl: folder.join("crl.pem"),
        };
        let tls = ClientTls::load_for_staff(&files, TRUST_DOMAIN, HUB);
        let mut visitor = Self {
            connector: connector(tls.expect("has a certificate")),
            address: home.staff_door().to_string(),
            cookie: String::new(),
            token: String::new(),
        };
        let page = visitor.post("/sign-in", &[("to", "/")]).await;
        assert_eq!(page.status, 303, "{}", page.text);
        visitor
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, String::new()).await
    }

    /// Sends a form as a page of ours would.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token.clone();
        let all = [("token", token.as_str())];
        let pairs = all.iter().chain(fields);
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.ask("POST", path, body).await
    }

    async fn ask(&mut self, method: &str, path: &str, body: String) -> Page {
        let stream = self.connector.reach(self.address.as_str()).await;
        let stream = stream.expect("the door is open");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
            .await
            .expect("speaks HTTP");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)))
            .expect("is a request");
        let answered = async {
            let response = sender.send_request(request).await.expect("answers");
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, PAGE_BYTES_MAX).collect().await;
            let bytes = body.expect("is whole").to_bytes();
            Page {
                status: parts.status.as_u16(),
                headers: parts.headers,
                text: String::from_utf8(bytes.to_vec()).expect("is text"),
            }
        };
        tokio::pin!(connection, answered);
        let page = tokio::select! {
            biased;
            page = &mut answered => page,
            _ = &mut connection => answered.await,
        };
        if let Some(cookie) = page.headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().expect("is text");
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let token = page.text.split_once(TOKEN);
        if let Some(token) = token.and_then(|(_, rest)| rest.split('"').next()) {
            token.clone_into(&mut self.token);
        }
        page
    }
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}
