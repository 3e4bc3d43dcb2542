//! The form of a case: what a signer signs and a verifier reads, and nothing else.

use policies::{
    CaseAssertion, CaseFault, CaseSigner, OFFICERS_MAX, PARTIES_MAX, SignedCase, SignerFault,
};

use super::star::{STAR, assertion, f05};

fn honest() -> serde_json::Value {
    serde_json::to_value(assertion(&f05())).expect("json")
}

/// An honest body with one field replaced or added.
fn spoilt(key: &str, value: serde_json::Value) -> Vec<u8> {
    let mut body = honest();
    body[key] = value;
    serde_json::to_vec(&body).expect("json")
}

/// The honest basis with one field replaced or added.
fn based(key: &str, value: serde_json::Value) -> serde_json::Value {
    let mut basis = honest()["basis"].clone();
    basis[key] = value;
    basis
}

/// A period that ends before it begins.
fn backwards() -> serde_json::Value {
    let mut basis = based("from", "2026-02-02".into());
    basis["until"] = "2026-02-01".into();
    basis
}

fn malformed() -> Vec<Vec<u8>> {
    let honest = honest();
    let long = serde_json::Value::from("x".repeat(65));
    let party = honest["parties"][0].clone();
    vec![
        b"{}".to_vec(),
        b"[1]".to_vec(),
        b"\xff\xfe".to_vec(),
        spoilt("surprise", 1.into()),
        spoilt("flow", "F5".into()),
        spoilt("flow", "F00".into()),
        spoilt("matter", "53".into()),
        spoilt("nonce", "00".into()),
        spoilt("nonce", "ZZ".into()),
        spoilt("query_digest", "A".repeat(64).into()),
        spoilt("parties", Vec::<String>::new().into()),
        spoilt("parties", vec![party; PARTIES_MAX + 1].into()),
        spoilt("case_no", "".into()),
        spoilt("case_no", long.clone()),
        spoilt("operator", "li\nroot".into()),
        spoilt("counter", long),
        spoilt("node", "City".into()),
        spoilt("use_no", 0.into()),
        spoilt("use_no", (-1).into()),
        spoilt("opened_on", "2026-02-30".into()),
        spoilt("expires_at", honest["issued_at"].clone()),
        spoilt("basis", based("issuer", "朝阳区人民法院".into())),
        spoilt("basis", based("issuer", "".into())),
        spoilt("basis", based("approver", "x".repeat(65).into())),
        spoilt("basis", based("scope", "all persons".into())),
        spoilt("basis", based("officers", vec!["张三"].into())),
        spoilt(
            "basis",
            based("officers", vec!["b"; OFFICERS_MAX + 1].into()),
        ),
        spoilt("basis", based("issued_on", "2026-02-30".into())),
        spoilt("basis", based("surprise", 1.into())),
        spoilt("basis", backwards()),
    ]
}

#[test]
fn a_signed_body_that_is_no_assertion_is_malformed() {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let random = ring::rand::SystemRandom::new();
    let pkcs8 = CaseSigner::generate_pkcs8(&random).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("the key");
    let key = data_encoding::HEXLOWER.encode(pair.public_key().as_ref());
    let city = STAR.trust.node("city").expect("city").case_key;
    let text = STAR
        .trust_text
        .replace(&data_encoding::HEXLOWER.encode(&city), &key);
    let trust = policies::TrustList::parse(&catalog::Source {
        name: "t",
        text: &text,
    });
    let trust = trust.expect("a list");
    for body in malformed() {
        let signature = pair.sign(&[b"tianshu/case/v1\0", body.as_slice()].concat());
        let case = SignedCase {
            signature: signature.as_ref().to_vec(),
            body,
        };
        let shown = String::from_utf8_lossy(&case.body).into_owned();
        assert_eq!(
            trust.verify("city", &case),
            Err(CaseFault::Malformed),
            "{shown}"
        );
    }
    // The same key and domain do carry an honest assertion, so each row failed for itself.
    let body = spoilt("node", "city".into());
    let signature = pair.sign(&[b"tianshu/case/v1\0", body.as_slice()].concat());
    assert!(
        trust
            .verify(
                "city",
                &SignedCase {
                    signature: signature.as_ref().to_vec(),
                    body
                }
            )
            .is_ok()
    );
}

#[test]
fn a_number_of_a_person_in_any_text_of_a_case_is_refused() {
    let random = ring::rand::SystemRandom::new();
    let key = CaseSigner::generate_pkcs8(&random).expect("a key");
    let signer = CaseSigner::from_pkcs8(&key).expect("the key");
    let places: [fn(&mut CaseAssertion) -> &mut String; 9] = [
        |case| &mut case.operator,
        |case| &mut case.counter,
        |case| &mut case.system,
        |case| &mut case.case_no,
        |case| &mut case.basis.number,
        |case| case.basis.issuer.get_or_insert_default(),
        |case| case.basis.approver.get_or_insert_default(),
        |case| case.basis.scope.get_or_insert_default(),
        |case| {
            case.basis.officers = vec![String::new()];
            &mut case.basis.officers[0]
        },
    ];
    for place in places {
        for number in [
            "110101190001010014",
            "no 110101000101001",
            "１１０１０１１９０００１０１００１４",
        ] {
            let mut case = assertion(&f05());
            *place(&mut case) = number.to_owned();
            assert_eq!(
                signer.sign(&case).err(),
                Some(CaseFault::PersonalData),
                "{number}"
            );
        }
    }
}

#[test]
fn a_signer_refuses_a_foreign_key_and_prints_none() {
    assert_eq!(
        CaseSigner::from_pkcs8(b"no key").err(),
        Some(SignerFault::BadKey)
    );
    let random = ring::rand::SystemRandom::new();
    let key = CaseSigner::generate_pkcs8(&random).expect("a key");
    let signer = CaseSigner::from_pkcs8(&key).expect("the key");
    assert_eq!(format!("{signer:?}"), "CaseSigner(redacted)");
    let mut endless = assertion(&f05());
    endless.operator = "x".repeat(65);
    assert_eq!(signer.sign(&endless).err(), Some(CaseFault::Malformed));
    let mut named = assertion(&f05());
    named.operator = "张三".to_owned();
    assert_eq!(signer.sign(&named).err(), Some(CaseFault::Malformed));
    let shown = format!("{:?}", assertion(&f05()));
    assert!(
        !shown.contains("GG2026") && !shown.contains("A-1"),
        "{shown}"
    );
}
