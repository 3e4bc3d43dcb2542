//! Whom a REST connector believes and what it shows of itself, over real TLS; and which connectors
//! and sources do not load.

use std::sync::Arc;
use std::time::Duration;

use node_agent::translate::{FoundOutcome, SourceError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use crate::bench::{Home, ask, items};
use crate::office::{Office, Script, reply};
use crate::systems::{JSON, limits, open, rest, rest_home, says, unavailable};

/// A root with the certificate of one server or client, and the key of that.
struct Papers {
    root: CertifiedIssuer<'static, KeyPair>,
}

impl Papers {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { root }
    }

    fn leaf(&self, host: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (params.signed_by(&key, &self.root).unwrap(), key)
    }

    fn acceptor(&self, host: &str, client: Option<&Self>) -> TlsAcceptor {
        let (certificate, key) = self.leaf(host);
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match client {
            None => builder.with_no_client_auth(),
            Some(papers) => {
                let mut roots = RootCertStore::empty();
                roots.add(papers.root.der().clone()).unwrap();
                let provider = Arc::new(ring::default_provider());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn good() -> Script {
    says(reply(
        "200 OK",
        JSON,
        b"{\"rows\":[{\"who\":{\"name\":\"x\"}}]}",
    ))
}

async fn over_tls(
    tls: TlsAcceptor,
    own: &Papers,
    prepare: impl Fn(&Home),
    more: &str,
) -> FoundOutcome {
    let office = Office::open(Some(tls), good()).await;
    let base = format!("https://127.0.0.1:{}", office.address.port());
    let home = rest_home(&base, &format!("ca = \"ca.pem\"\n{more}"));
    std::fs::write(home.path().join("ca.pem"), own.root.pem()).unwrap();
    prepare(&home);
    let found = ask(&open(&home).await, "04-05").await;
    found.outcome
}

#[tokio::test]
async fn only_the_connectors_own_roots_are_believed() {
    let (ours, theirs) = (Papers::new(), Papers::new());
    let here = |papers: &Papers| papers.acceptor("127.0.0.1", None);
    let nothing = |_: &Home| {};
    assert_eq!(
        over_tls(here(&ours), &ours, nothing, "").await,
        FoundOutcome::Answered
    );
    let untrusted = unavailable(SourceError::Untrusted);
    assert_eq!(over_tls(here(&theirs), &ours, nothing, "").await, untrusted);
    let elsewhere = ours.acceptor("office.example", None);
    assert_eq!(over_tls(elsewhere, &ours, nothing, "").await, untrusted);
    // A plain server behind an https address, and nobody at all.
    let plain = Office::open(None, good()).await;
    let home = rest_home(
        &format!("https://127.0.0.1:{}", plain.address.port()),
        "ca = \"ca.pem\"",
    );
    std::fs::write(home.path().join("ca.pem"), ours.root.pem()).unwrap();
    let found = ask(&open(&home).await, "04-05").await;
    assert!(
        [
            SourceError::Broken,
            SourceError::Missing,
            SourceError::TimedOut
        ]
        .map(unavailable)
        .contains(&found.outcome),
        "{:?}",
        found.outcome
    );
    let (nobody, translator, _home) = rest(good(), "").await;
    drop(nobody);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let found = ask(&translator, "04-05").await;
    assert_eq!(found.outcome, unavailable(SourceError::Missing));
}

#[tokio::test]
async fn a_client_certificate_and_a_token_are_shown_where_asked_for() {
    let (ours, clients) = (Papers::new(), Papers::new());
    let guarded = || ours.acceptor("127.0.0.1", Some(&clients));
    let (certificate, key) = clients.leaf("agent");
    let prepare = |home: &Home| {
        std::fs::write(home.path().join("own.pem"), certificate.pem()).unwrap();
        std::fs::write(home.path().join("own.key"), key.serialize_pem()).unwrap();
    };
    let shown = "certificate = \"own.pem\"\nkey = \"own.key\"";
    assert_eq!(
        over_tls(guarded(), &ours, prepare, shown).await,
        FoundOutcome::Answered
    );
    let refused = over_tls(guarded(), &ours, |_: &Home| {}, "").await;
    assert_eq!(refused, unavailable(SourceError::AccessDenied));
    let office = Office::open(None, good()).await;
    let more = "token_file = \"token\"";
    let home = rest_home(&format!("http://{}", office.address), more);
    std::fs::write(home.path().join("token"), "T0KEN\n").unwrap();
    let translator = open(&home).await;
    assert_eq!(
        ask(&translator, "04-05").await.outcome,
        FoundOutcome::Answered
    );
    assert!(office.requests()[0].contains("authorization: Bearer T0KEN\r\n"));
    assert!(!format!("{translator:?}").contains("T0KEN"));
}

async fn faults(connector: &str, source: &str, more: &str) -> String {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        &format!("[[connector]]\nname = \"x\"\n{connector}\n"),
    );
    let items = items("04", &[("04-05", "from = \"a.b\"")]);
    let head = "[subject]\nkind = \"person\"\nforms = [\"id18\"]\n";
    home.mapping(
        "04.toml",
        &format!("class = \"04\"\n{more}[source]\nconnector = \"x\"\n{source}\n{head}{items}"),
    );
    match home.try_open(limits()).await {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    }
}

const REST: &str = "kind = \"rest\"\nbase = \"http://127.0.0.1:1\"";
const SOAP: &str = "kind = \"soap\"\nbase = \"http://127.0.0.1:1\"\nnamespace = \"urn:x\"\n\
    center = \"C\"\noperator = \"O\"\nchannel = \"S\"";
const GET: &str = "method = \"GET\"\npath = \"/{1}\"";

/// Connector, more of it, `[source]`, more of the mapping, and the reason that is given.
type Wrong = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const WRONG: &[Wrong] = &[
    (
        "kind = \"rest\"\nbase = \"http://192.0.2.1\"",
        "",
        GET,
        "",
        "connectors.toml:4: `base`: plain http goes only to a loopback address",
    ),
    (
        "kind = \"rest\"\nbase = \"https://a.example\"",
        "",
        GET,
        "",
        "https needs the file of its roots",
    ),
    (
        "kind = \"rest\"\nbase = \"https://a.example\"\nca = \"none.pem\"",
        "",
        GET,
        "",
        "connectors.toml:5: `ca`: holds no readable certificate",
    ),
    (REST, "ca = \"x\"", GET, "", "`ca`: goes only with https"),
    (
        REST,
        "token_file = \"none\"",
        GET,
        "",
        "`token_file`: holds no usable token",
    ),
    (REST, "proxy = \"x\"", GET, "", "unknown key `proxy`"),
    (
        REST,
        "timeout_ms = 0",
        GET,
        "",
        "`timeout_ms` must be a whole number",
    ),
    (
        REST,
        "",
        "method = \"PUT\"\npath = \"/{1}\"",
        "",
        "`method`: must be GET or POST",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/all\"",
        "",
        "it would answer for everybody",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/{2}\"",
        "",
        "04.toml:5: `path`: `{2}` is not one of",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"x/{1}\"",
        "",
        "must begin with `/`",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/{1}\"\nbody = \"{}\"",
        "",
        "GET sends no body",
    ),
    (
        REST,
        "",
        "method = \"POST\"\npath = \"/{1}\"\nbody = \"{\"",
        "",
        "`body`: not JSON",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/{1}\"\nrows = \"a..b\"",
        "",
        "names joined by dots",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/{1}\"\nempty_status = [403]",
        "",
        "a list of 204, 404 or 410",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/{1}\"\nempty_status = [204, 404]\n\
         [source.reply]\ncode = \"code\"\nok = [\"0\"]",
        "",
        "`empty_status`: the codes of `[source.reply]` must say it too",
    ),
    (
        REST,
        "",
        "method = \"GET\"\npath = \"/{1}\"\nsql = \"SELECT 1\"",
        "",
        "unknown key `sql`",
    ),
    (
        REST,
        "",
        GET,
        "[freshness]\nas_of_sql = \"SELECT 1\"\n",
        "a reply is as old as its question",
    ),
    (
        REST,
        "",
        GET,
        "[rows]\nlatest_by = \"04-05\"\n",
        "no mapped date, month or time",
    ),
    (
        REST,
        "",
        GET,
        "[[when_empty]]\nno = \"04-05\"\nfrom = \"a.b\"\n",
        "no record has no columns to read",
    ),
    (
        REST,
        "",
        GET,
        "[[when_empty]]\nno = \"12-05\"\nconst = \"01\"\n",
        "unknown item `12-05`",
    ),
    (
        SOAP,
        "",
        "operation = \"Q\"\ntransaction = \"T\"\n[source.parameters]\nA = \"x\"",
        "",
        "it would answer for everybody",
    ),
    (
        SOAP,
        "",
        "operation = \"Q Q\"\ntransaction = \"T\"\n[source.parameters]\nA = \"{1}\"",
        "",
        "no name of an element",
    ),
    (SOAP, "", GET, "", "lacks the key `operation`"),
    (
        "kind = \"sqlite\"\npath = \"data/x.db\"",
        "",
        "sql = \"SELECT 1 AS a WHERE ?1 <> ''\"",
        "[[when_empty]]\nno = \"04-05\"\nfrom = \"@subject-number\"\n",
        "`@subject-number` needs a REST or SOAP connector",
    ),
];

#[tokio::test]
async fn a_connector_or_source_that_cannot_be_right_does_not_load() {
    assert_eq!(faults(REST, GET, "").await, "");
    for (connector, beside, source, more, reason) in WRONG {
        let found = faults(&format!("{connector}\n{beside}"), source, more).await;
        assert!(found.contains(reason), "{reason}: {found}");
    }
}
