//! The client against peers, roots and addresses that it must refuse.

use super::*;

#[test]
fn plain_http_goes_only_to_this_machine() {
    for (base, secure) in [
        ("https://office.example:8443/api", true),
        ("http://127.0.0.1:8080", false),
        ("http://127.8.9.1:8080/x", false),
        ("http://[::1]:8080", false),
    ] {
        assert_eq!(base_is_secure(base), Ok(secure), "{base}");
    }
    for base in [
        "http://office.example/api",
        "http://localhost:8080",
        "http://192.0.2.1:80",
        "http://127.0.0.1.example:80",
        "http://127.0.0.1@office.example/",
        "https://user:word@office.example/",
        "https://office.example/?q=1",
        "https://office.example/#x",
        "ftp://127.0.0.1/",
        "office.example",
        "/path",
        "",
    ] {
        assert!(base_is_secure(base).is_err(), "{base}");
    }
}

#[test]
fn every_status_has_a_named_outcome() {
    use SourceError::{AccessDenied, Broken, Failed, Missing, Overloaded, Rejected};
    for (status, outcome) in [
        (200, None),
        (201, Some(Broken)),
        (204, Some(Broken)),
        (301, Some(Broken)),
        (302, Some(Broken)),
        (400, Some(Rejected)),
        (401, Some(AccessDenied)),
        (403, Some(AccessDenied)),
        (404, Some(Missing)),
        (418, Some(Broken)),
        (429, Some(Overloaded)),
        (500, Some(Failed)),
        (503, Some(Failed)),
    ] {
        assert_eq!(status_outcome(status), outcome, "{status}");
    }
}

#[test]
fn the_kind_of_a_reply_is_read_without_regard_to_case() {
    let of = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(text).unwrap());
        media(&headers)
    };
    let is = |media: &str, charset: &str| (media.to_owned(), charset.to_owned());
    assert_eq!(
        of("Text/XML; Charset=\"GB18030\""),
        is("text/xml", "gb18030")
    );
    assert_eq!(of("application/json"), is("application/json", ""));
    assert_eq!(media(&HeaderMap::new()), is("", ""));
}

#[test]
fn a_token_is_never_shown() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "geheim-123\n").unwrap();
    let token = bearer(file.path()).unwrap();
    assert_eq!(token.to_str().unwrap(), "Bearer geheim-123");
    assert!(!format!("{token:?}").contains("geheim"));
    std::fs::write(file.path(), "two words").unwrap();
    assert!(bearer(file.path()).is_none());
}

#[test]
fn request_numbers_are_given_once() {
    let home = tempfile::TempDir::new().unwrap();
    let files = trust::Files {
        ca: None,
        certificate: None,
        key: None,
    };
    let place = HttpPlace {
        base: "http://127.0.0.1:1".to_owned(),
        secure: false,
        trust: Trust(Arc::new(
            trust::configuration(home.path(), false, &files).unwrap(),
        )),
        timeout: None,
        body_bytes_max: 1,
        token: None,
    };
    let client = HttpClient::new(&place, LocalLimits::default());
    let now = time::macros::datetime!(2026-11-23 02:00:00.007 UTC);
    assert_eq!(client.request_id(now), "20261123100000007000000");
    assert_eq!(client.request_id(now), "20261123100000007000001");
}
