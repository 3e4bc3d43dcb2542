//! The grammar of peer names, by example and by property.

use proptest::prelude::*;

use super::*;

#[test]
fn well_formed_names_are_read_and_written_alike() {
    for text in [
        "spiffe://tianshu.test/node/guoguan",
        "spiffe://tianshu.test/hub/hub-1",
        "spiffe://gjj.beijing.example/staff/a",
    ] {
        let uri: PeerUri = text.parse().expect(text);
        assert_eq!(uri.to_string(), text);
    }
}

#[test]
fn everything_else_is_refused() {
    use IdentityFault::{BadName, BadPath, BadTrustDomain, WrongScheme};
    for (text, fault) in [
        ("", WrongScheme),
        ("https://tianshu.test/node/city", WrongScheme),
        ("SPIFFE://tianshu.test/node/city", WrongScheme),
        ("spiffe:/tianshu.test/node/city", WrongScheme),
        (" spiffe://tianshu.test/node/city", WrongScheme),
        ("spiffe://tianshu.test", BadPath),
        ("spiffe://tianshu.test/", BadPath),
        ("spiffe://tianshu.test/node", BadPath),
        ("spiffe://tianshu.test/Node/city", BadPath),
        ("spiffe://tianshu.test/center/city", BadPath),
        ("spiffe://tianshu.test//node/city", BadPath),
        ("spiffe:///node/city", BadTrustDomain),
        ("spiffe://Tianshu.test/node/city", BadTrustDomain),
        ("spiffe://tianshu.test:443/node/city", BadTrustDomain),
        ("spiffe://root@tianshu.test/node/city", BadTrustDomain),
        ("spiffe://tianshu..test/node/city", BadTrustDomain),
        ("spiffe://tianshu.test./node/city", BadTrustDomain),
        ("spiffe://tianshu.test/node/", BadName),
        ("spiffe://tianshu.test/node/city/", BadName),
        ("spiffe://tianshu.test/node/city/x", BadName),
        ("spiffe://tianshu.test/node/City", BadName),
        ("spiffe://tianshu.test/node/city?x=1", BadName),
        ("spiffe://tianshu.test/node/city#x", BadName),
        ("spiffe://tianshu.test/node/ci%74y", BadName),
        ("spiffe://tianshu.test/node/city ", BadName),
        ("spiffe://tianshu.test/node/城", BadName),
        ("spiffe://tianshu.test/node/..", BadName),
        (
            "spiffe://tianshu.test/node/abcdefghijklmnopqrstuvwxyz0123456",
            BadName,
        ),
    ] {
        assert_eq!(text.parse::<PeerUri>(), Err(fault), "{text}");
    }
    let long = format!("spiffe://{}/node/city", "a".repeat(TRUST_DOMAIN_MAX + 1));
    assert_eq!(long.parse::<PeerUri>(), Err(BadTrustDomain));
}

#[test]
fn a_serial_is_written_one_way() {
    assert_eq!(serial_text(&[0x00, 0x8f, 0x01]), "8f01");
    assert_eq!(serial_text(&[0x0a]), "0a");
    assert_eq!(serial_text(&[0, 0]), "00");
    assert_eq!(serial_text(&[]), "00");
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_back_unchanged(text in "\\PC{0,80}") {
        if let Ok(uri) = text.parse::<PeerUri>() {
            prop_assert_eq!(uri.to_string(), text);
        }
    }

    #[test]
    fn near_misses_never_read_as_another_name(
        domain in "[a-z0-9.-]{0,12}",
        kind in "(node|hub|staff|Node|nodes)?",
        name in "[a-z0-9A-Z/?#@:%. -]{0,34}",
    ) {
        let text = format!("spiffe://{domain}/{kind}/{name}");
        match text.parse::<PeerUri>() {
            Ok(uri) => {
                prop_assert_eq!(uri.trust_domain(), &domain);
                prop_assert_eq!(uri.kind().as_str(), &kind);
                prop_assert_eq!(uri.name(), &name);
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                prop_assert!(name.chars().all(plain));
            }
            Err(_) => prop_assert!(PeerUri::new(&domain, PeerKind::Node, &name).is_err()
                || kind.parse::<PeerKind>().is_err()),
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_certificate_and_do_no_harm(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(PeerIdentity::from_certificate(&bytes).is_err());
        let _ = Presented::read(&bytes);
    }
}
