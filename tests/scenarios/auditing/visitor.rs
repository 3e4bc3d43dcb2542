//! A browser without a screen: a certificate, a cookie, and the token of the page seen last.

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{COOKIE, SET_COOKIE};
use sandbox::star::{HUB, Home, TRUST_DOMAIN};
use wire::tls::{ClientTls, Connector, TlsFiles, connector};

/// What came back.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Visitor {
    connector: Connector,
    address: String,
    cookie: String,
    token: String,
}

impl Visitor {
    /// With the certificate of `name`, not signed in.
    pub(super) fn of(home: &Home, name: &str) -> Self {
        let folder = home.staff_folder(name);
        let files = TlsFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: folder.join("ca.pem"),
            crl: folder.join("crl.pem"),
        };
        let tls = ClientTls::load_for_staff(&files, TRUST_DOMAIN, HUB);
        Self {
            connector: connector(tls.expect("has a certificate")),
            address: home.staff_door().to_string(),
            cookie: String::new(),
            token: String::new(),
        }
    }

    pub(super) async fn signed_in(home: &Home, name: &str) -> Self {
        let mut visitor = Self::of(home, name);
        let page = visitor.post("/sign-in", &[("to", "/")]).await;
        assert_eq!(page.status, 303, "{}", page.text);
        visitor
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, String::new()).await
    }

    /// Sends a form with the token of the page that was seen last.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = format!("token={}", self.token);
        for (name, value) in fields {
            form.push_str(&format!("&{name}={value}"));
        }
        self.ask("POST", path, form).await
    }

    async fn ask(&mut self, method: &str, path: &str, body: String) -> Page {
        let stream = self
            .connector
            .reach(self.address.as_str())
            .await
            .expect("is reached");
        let made = hyper::client::conn::http1::handshake(stream).await;
        let (mut sender, connection) = made.expect("speaks HTTP");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(COOKIE, &self.cookie)
            .body(Full::new(Bytes::from(body)))
            .expect("is a request");
        let answered = async {
            let response = sender.send_request(request).await.expect("answers");
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.expect("is whole").to_bytes();
            (parts, String::from_utf8(bytes.to_vec()).expect("is text"))
        };
        tokio::pin!(connection, answered);
        let (parts, text) = tokio::select! {
            biased;
            answered = &mut answered => answered,
            _ = &mut connection => answered.await,
        };
        let cookie = parts
            .headers
            .get(SET_COOKIE)
            .and_then(|cookie| cookie.to_str().ok());
        if let Some(cookie) = cookie.and_then(|cookie| cookie.split(';').next()) {
            cookie.clone_into(&mut self.cookie);
        }
        let token = text.split_once("name=\"token\" value=\"");
        if let Some(token) = token.and_then(|(_, rest)| rest.split('"').next()) {
            token.clone_into(&mut self.token);
        }
        Page {
            status: parts.status.as_u16(),
            text,
        }
    }
}
