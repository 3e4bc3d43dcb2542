//! The authority on disk: what it writes, what it refuses, and that TLS accepts its work.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;
use time::macros::datetime;
use wire::tls::{ServerTls, TlsFiles};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::*;

const DOMAIN: &str = "tianshu.test";
const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn fresh() -> (TempDir, DevCa) {
    let dir = TempDir::new().unwrap();
    let ca = DevCa::init(&dir.path().join("pki"), DOMAIN, NOW).unwrap();
    (dir, ca)
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn revoked_on(crl: &Path) -> (Vec<String>, OffsetDateTime) {
    let (_, pem) = parse_x509_pem(&fs::read(crl).unwrap()).unwrap();
    let (_, list) = CertificateRevocationList::from_der(&pem.contents).unwrap();
    let serials = list
        .iter_revoked_certificates()
        .map(|entry| serial_text(entry.raw_serial()))
        .collect();
    (serials, list.next_update().unwrap().to_datetime())
}

#[test]
fn a_certificate_names_its_peer_and_nothing_else() {
    let (dir, ca) = fresh();
    let out = dir.path().join("city");
    let paths = ca
        .issue(PeerKind::Node, "city", Validity::usual(NOW), &out)
        .unwrap();
    let (_, pem) = parse_x509_pem(&fs::read(&paths.certificate).unwrap()).unwrap();
    let leaf = pem.parse_x509().unwrap();
    let identity = wire::identity::PeerIdentity::from_certificate(&pem.contents).unwrap();
    assert_eq!(identity.uri(), paths.identity);
    assert_eq!(
        identity.uri().to_string(),
        "spiffe://tianshu.test/node/city"
    );
    assert_eq!(identity.serial, paths.serial);
    assert_eq!(identity.not_after, NOW + LEAF_VALIDITY);
    assert_eq!(leaf.subject().iter().count(), 0);
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && usage.server_auth && !usage.any);
    assert!(!leaf.is_ca());
}

#[test]
fn keys_are_readable_by_their_owner_alone() {
    let (dir, ca) = fresh();
    let out = dir.path().join("city");
    let paths = ca
        .issue(PeerKind::Node, "city", Validity::usual(NOW), &out)
        .unwrap();
    let (case, tag) = (dir.path().join("case.p8"), dir.path().join("tag.key"));
    let public = write_case_key(&case).unwrap();
    write_tag_key(&tag).unwrap();
    for file in [&paths.key, &dir.path().join("pki/ca.key.pem"), &case, &tag] {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    assert_eq!(fs::read(&tag).unwrap().len(), 32);
    use ring::signature::KeyPair as _;
    let pair = ring::signature::Ed25519KeyPair::from_pkcs8(&fs::read(&case).unwrap()).unwrap();
    assert_eq!(
        data_encoding::HEXLOWER.encode(pair.public_key().as_ref()),
        public
    );
    assert!(matches!(
        write_case_key(&case),
        Err(PkiError::WouldOverwrite(_))
    ));
    assert!(matches!(
        write_tag_key(&tag),
        Err(PkiError::WouldOverwrite(_))
    ));
}

#[test]
fn tls_loads_what_is_issued() {
    let (dir, ca) = fresh();
    let out = dir.path().join("hub");
    let paths = ca
        .issue(PeerKind::Hub, "hub-1", Validity::usual(NOW), &out)
        .unwrap();
    let files = TlsFiles {
        certificate: paths.certificate,
        key: paths.key,
        ca: paths.ca,
        crl: paths.crl,
    };
    let status = ServerTls::load(&files, DOMAIN).unwrap().status();
    assert_eq!(status.own.serial, paths.serial);
    assert_eq!(status.revoked, 0);
    assert_eq!(status.crl_next_update, Some(NOW + CRL_VALIDITY));
}

#[test]
fn revoking_by_serial_and_by_name_signs_the_list_again() {
    let (dir, ca) = fresh();
    let usual = Validity::usual(NOW);
    let issue = |name: &str| {
        ca.issue(PeerKind::Node, name, usual, &dir.path().join(name))
            .unwrap()
    };
    let (city, tielu, renewed) = (issue("city"), issue("tielu"), issue("tielu"));
    assert_ne!(tielu.serial, renewed.serial);
    assert_eq!(revoked_on(&ca.crl_path()), (Vec::new(), NOW + CRL_VALIDITY));

    let later = NOW + Duration::hours(1);
    ca.revoke(&city.serial, later).unwrap();
    assert_eq!(
        revoked_on(&ca.crl_path()),
        (vec![city.serial.clone()], later + CRL_VALIDITY)
    );
    assert!(matches!(
        ca.revoke(&city.serial, later),
        Err(PkiError::Unknown(_))
    ));
    assert!(matches!(
        ca.revoke("00ff", later),
        Err(PkiError::Unknown(_))
    ));

    // Another program with the same folder.
    let again = DevCa::open(&dir.path().join("pki")).unwrap();
    let gone = again.revoke_peer(PeerKind::Node, "tielu", later).unwrap();
    assert_eq!(gone, vec![tielu.serial.clone(), renewed.serial.clone()]);
    let (mut serials, _) = revoked_on(&ca.crl_path());
    let mut all = vec![city.serial, tielu.serial, renewed.serial];
    serials.sort();
    all.sort();
    assert_eq!(serials, all);
    assert!(matches!(
        again.revoke_peer(PeerKind::Staff, "tielu", later),
        Err(PkiError::Unknown(_))
    ));
    assert_eq!(
        ca.certificates()
            .unwrap()
            .iter()
            .filter(|one| one.revoked.is_some())
            .count(),
        3
    );
}

#[test]
fn the_list_is_signed_again_with_the_dates_asked_for() {
    let (dir, ca) = fresh();
    let paths = ca
        .issue(
            PeerKind::Node,
            "city",
            Validity::usual(NOW),
            &dir.path().join("city"),
        )
        .unwrap();
    ca.revoke(&paths.serial, NOW).unwrap();
    let until = NOW + Duration::days(3);
    ca.write_crl_until(NOW, until).unwrap();
    assert_eq!(revoked_on(&ca.crl_path()), (vec![paths.serial], until));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (dir, ca) = fresh();
    let folder = dir.path().join("pki");
    assert!(matches!(
        DevCa::init(&folder, DOMAIN, NOW),
        Err(PkiError::Exists(_))
    ));
    assert!(matches!(DevCa::open(dir.path()), Err(PkiError::Missing(_))));
    let elsewhere = dir.path().join("elsewhere");
    assert!(matches!(
        DevCa::init(&elsewhere, "Tianshu.test:443", NOW),
        Err(PkiError::Name(IdentityFault::BadTrustDomain))
    ));
    let usual = Validity::usual(NOW);
    assert!(matches!(
        ca.issue(PeerKind::Node, "City", usual, dir.path()),
        Err(PkiError::Name(IdentityFault::BadName))
    ));
    let backwards = Validity {
        from: NOW,
        until: NOW,
    };
    assert!(matches!(
        ca.issue(PeerKind::Node, "city", backwards, dir.path()),
        Err(PkiError::EndsBeforeItBegins)
    ));
    assert_eq!(ca.certificates().unwrap(), Vec::new());
    fs::write(
        folder.join("ca.toml"),
        "trust_domain = \"x\"\ncrl_number = 1\nsurplus = 1\n",
    )
    .unwrap();
    assert!(matches!(ca.certificates(), Err(PkiError::Ledger { .. })));
}
