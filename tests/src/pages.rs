//! A visitor of the staff's pages without a screen: a certificate, cookies, and the token of the
//! page that was seen last, as a browser would carry them.

use std::collections::BTreeMap;

use anyhow::{Context as _, anyhow};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, LOCATION, SET_COOKIE};
use hyper::http::request::Builder;
use hyper::{Request, Response};
use sandbox::star::{HUB, Home, TRUST_DOMAIN};
use wire::tls::{ClientTls, Connector, TlsFiles, connector};

/// Largest page that is read.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What is before and after a token within a page.
const TOKEN: &str = r#"name="token" value=""#;

/// What came back.
#[derive(Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Page {
    /// Where it leads.
    #[must_use]
    pub fn location(&self) -> &str {
        let location = self.headers.get(LOCATION);
        location.and_then(|to| to.to_str().ok()).unwrap_or_default()
    }
}

/// Somebody of the staff with a browser.
#[derive(Debug)]
pub struct Visitor {
    connector: Connector,
    address: String,
    cookies: BTreeMap<String, String>,
    token: String,
}

impl Visitor {
    /// With the certificate of `name`, not signed in.
    ///
    /// # Errors
    /// The certificate cannot be read.
    pub fn of(home: &Home, name: &str) -> anyhow::Result<Self> {
        let folder = home.staff_folder(name);
        let files = TlsFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: folder.join("ca.pem"),
            crl: folder.join("crl.pem"),
        };
        Ok(Self {
            connector: connector(ClientTls::load_for_staff(&files, TRUST_DOMAIN, HUB)?),
            address: home.staff_door().to_string(),
            cookies: BTreeMap::new(),
            token: String::new(),
        })
    }

    /// The same, signed in.
    ///
    /// # Errors
    /// The hub does not let them in.
    pub async fn signed_in(home: &Home, name: &str) -> anyhow::Result<Self> {
        let mut visitor = Self::of(home, name)?;
        let page = visitor.post("/sign-in", &[("to", "/")]).await?;
        anyhow::ensure!(page.status == 303, "{}: {}", page.status, page.text);
        Ok(visitor)
    }

    /// Looks at a page; a token in it is remembered.
    ///
    /// # Errors
    /// The hub was not heard.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Page> {
        self.ask(("GET", path), &[], String::new()).await
    }

    /// The same of a page that is there.
    ///
    /// # Errors
    /// The hub was not heard, or turned the visitor away.
    pub async fn sees(&mut self, path: &str) -> anyhow::Result<Page> {
        let page = self.get(path).await?;
        anyhow::ensure!(page.status == 200, "{path}: {}: {}", page.status, page.text);
        Ok(page)
    }

    /// Opens a page that never ends, as the stream of an overview.
    ///
    /// # Errors
    /// The hub was not heard.
    pub async fn stays(&self, path: &str) -> anyhow::Result<Response<Incoming>> {
        let stream = self.connector.reach(self.address.as_str()).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        tokio::spawn(connection);
        let request = self.request(("GET", path));
        let request = request.body(Full::new(Bytes::new()))?;
        Ok(sender.send_request(request).await?)
    }

    /// Sends a form as a page of ours would, with the token of the page that was seen last.
    ///
    /// # Errors
    /// The hub was not heard.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Page> {
        let origin = format!("https://{}", self.address);
        let headers = [
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let token = self.token.clone();
        let mut all = vec![("token", token.as_str())];
        all.extend(fields);
        self.ask(("POST", path), &headers, form(&all)).await
    }

    /// Sends anything: a method and a path, further headers, a body.
    ///
    /// # Errors
    /// The hub was not heard.
    pub async fn ask(
        &mut self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: String,
    ) -> anyhow::Result<Page> {
        let stream = self.connector.reach(self.address.as_str()).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        let mut request = self.request((method, path));
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let answered = async {
            let response = sender.send_request(request).await?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, PAGE_BYTES_MAX).collect().await;
            let body = body.map_err(|error| anyhow!("the page broke off: {error}"))?;
            let text = String::from_utf8(body.to_bytes().to_vec()).context("a page is text")?;
            anyhow::Ok(Page {
                status: parts.status.as_u16(),
                headers: parts.headers,
                text,
            })
        };
        tokio::pin!(connection, answered);
        let page = tokio::select! {
            biased;
            page = &mut answered => page?,
            _ = &mut connection => answered.await?,
        };
        self.keep(&page);
        Ok(page)
    }

    fn request(&self, (method, path): (&str, &str)) -> Builder {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", &self.address);
        let cookies = self.cookie_header();
        if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies)
        }
    }

    /// The cookies as they are sent.
    #[must_use]
    pub fn cookie_header(&self) -> String {
        let cookies = self.cookies.iter();
        let cookies = cookies.map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, page: &Page) {
        for cookie in page.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let pair = cookie.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let token = page.text.split_once(TOKEN);
        let token = token.and_then(|(_, rest)| rest.split('"').next());
        if let Some(token) = token {
            token.clone_into(&mut self.token);
        }
    }
}

/// Fields as a browser writes them.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        bytes.collect::<String>()
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}
