//! `tianshu pki`, and that hub and agent get along with what it writes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use cli::pki::{DevCa, IssuedPaths, Validity};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::identity::PeerKind;
use wire::tls::{
    AcceptLimits, Acceptor, ClientTls, HandshakeAlert, LiveConnections, ServerTls, TlsFiles, probe,
    serve_incoming,
};

use super::{done, run};

const DOMAIN: &str = "tianshu.test";

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn after<'a>(out: &'a str, word: &str) -> &'a str {
    let line = out.lines().find_map(|line| line.strip_prefix(word));
    line.unwrap_or_else(|| unreachable!("no `{word}` in {out}"))
        .trim()
}

#[test]
fn the_help_says_what_kind_of_authority_this_is() {
    let ran = run(&["pki", "--help"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("FOR DEVELOPMENT"), "{}", ran.out);
}

#[test]
fn an_authority_is_made_used_and_listed_at_the_prompt() {
    let dir = TempDir::new().unwrap();
    let (pki, city) = (
        text(&dir.path().join("pki")),
        text(&dir.path().join("city")),
    );
    done(&["pki", "init", &pki, "--trust-domain", DOMAIN]);
    let again = run(&["pki", "init", &pki, "--trust-domain", DOMAIN]);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("holds an authority already"),
        "{again:?}"
    );

    let issue = [
        "pki", "issue", &pki, "--kind", "node", "--name", "city", "--out", &city,
    ];
    let out = done(&issue);
    assert_eq!(after(&out, "identity"), "spiffe://tianshu.test/node/city");
    let serial = after(&out, "serial").to_owned();
    for file in ["cert.pem", "key.pem", "ca.pem", "crl.pem"] {
        assert!(out.contains(&format!("{city}/{file}\n")), "{out}");
        assert!(fs::metadata(Path::new(&city).join(file)).unwrap().len() > 0);
    }
    let second = after(&done(&issue), "serial").to_owned();
    let out = done(&["pki", "revoke", &pki, "--serial", &serial]);
    assert_eq!(after(&out, "revoked"), serial);
    let out = done(&["pki", "revoke", &pki, "--name", "city"]);
    assert_eq!(after(&out, "revoked"), second);
    let none = run(&["pki", "revoke", &pki, "--name", "city"]);
    assert_eq!(none.code, 1);
    assert_eq!(
        none.err,
        "tianshu: no certificate that is still good fits `node/city`\n"
    );
    assert_eq!(run(&["pki", "revoke", &pki]).code, 2);
    let list = done(&["pki", "list", &pki]);
    assert_eq!(
        list.lines().filter(|line| line.contains("revoked")).count(),
        2,
        "{list}"
    );
    done(&["pki", "crl", &pki, "--days", "3"]);
}

#[test]
fn keys_are_made_once() {
    let dir = TempDir::new().unwrap();
    let (case, tag) = (
        text(&dir.path().join("case.p8")),
        text(&dir.path().join("tag.key")),
    );
    let public = done(&["pki", "case-key", "--out", &case]);
    assert_eq!(public.trim().len(), 64);
    done(&["pki", "tag-key", "--out", &tag]);
    for file in [&case, &tag] {
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let before = fs::read(&tag).unwrap();
    let again = run(&["pki", "tag-key", "--out", &tag]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("is not overwritten"), "{again:?}");
    assert_eq!(fs::read(&tag).unwrap(), before);
}

fn tls_files(paths: &IssuedPaths, crl: &Path) -> TlsFiles {
    TlsFiles {
        certificate: paths.certificate.clone(),
        key: paths.key.clone(),
        ca: paths.ca.clone(),
        crl: crl.to_owned(),
    }
}

#[tokio::test]
async fn a_node_revoked_at_the_prompt_is_refused_by_a_hub_that_reloads() {
    let dir = TempDir::new().unwrap();
    let now = wire::Clock::now(&wire::SystemClock);
    let pki = dir.path().join("pki");
    let ca = DevCa::init(&pki, DOMAIN, now).unwrap();
    let issue = |kind, name: &str| {
        ca.issue(kind, name, Validity::usual(now), &dir.path().join(name))
            .unwrap()
    };
    let (hub, city) = (issue(PeerKind::Hub, "hub-1"), issue(PeerKind::Node, "city"));
    let server = ServerTls::load(&tls_files(&hub, &ca.crl_path()), DOMAIN).unwrap();
    let agent = ClientTls::load(&tls_files(&city, &city.crl), DOMAIN, "hub-1").unwrap();

    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let live = LiveConnections::new();
    let acceptor = Acceptor::new(
        server.clone(),
        AcceptLimits::default(),
        live.clone(),
        Arc::new(drop),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Whoever is let in is hung up on at once: the probe then hears an end, and no alert.
    drop_all(
        serve_incoming(acceptor, listener, &tracker, stop.clone()),
        &tracker,
    );
    assert_eq!(probe(address, &agent).await, Err(HandshakeAlert::Closed));

    done(&["pki", "revoke", &text(&pki), "--serial", &city.serial]);
    assert_eq!(server.reload().unwrap().revoked, 1);
    assert_eq!(probe(address, &agent).await, Err(HandshakeAlert::Revoked));
    stop.cancel();
}

fn drop_all(incoming: wire::tls::Incoming, tracker: &TaskTracker) {
    use futures_util::StreamExt as _;

    tracker.spawn(incoming.for_each(|connection| async move { drop(connection) }));
}
