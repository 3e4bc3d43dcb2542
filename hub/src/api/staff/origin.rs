//! Where a request comes from, as far as a browser says it.

use axum::http::{HeaderMap, header};

const JSON: &str = "application/json";

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    let host = text(headers, "host");
    host.is_some() && origin.strip_prefix("https://") == host
}

/// Whether a browser says that a request comes from a page of ours. Every browser that the pages
/// are made for says one of the two; whoever says neither is turned away.
pub(crate) fn comes_from_us(headers: &HeaderMap) -> bool {
    if headers.contains_key("sec-fetch-site") {
        return text(headers, "sec-fetch-site") == Some("same-origin");
    }
    text(headers, "origin").is_some_and(|origin| is_own(headers, origin))
}

/// Whether no browser says that another site's page sent a request. A program says neither.
pub(super) fn is_nobody_elses(headers: &HeaderMap) -> bool {
    let site = text(headers, "sec-fetch-site");
    if headers.contains_key("sec-fetch-site") && !matches!(site, Some("same-origin" | "none")) {
        return false;
    }
    if !headers.contains_key("origin") {
        return true;
    }
    let origin = text(headers, "origin").unwrap_or_default();
    // Our pages name no referrer, and then a browser does not name them as an origin either.
    is_own(headers, origin) || (origin == "null" && site == Some("same-origin"))
}

/// Whether the body is JSON. No form can say so, and a script of another site may not without
/// our leave.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case(JSON)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            let name = header::HeaderName::from_static(name);
            (name, header::HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    /// What a request says; whether a page may change something by it; whether a program may.
    #[test]
    fn only_what_comes_from_us_changes_anything() {
        let host = ("host", "hub:7403");
        let site = |site| ("sec-fetch-site", site);
        let origin = |origin| ("origin", origin);
        for (pairs, by_page, by_program) in [
            (vec![host, site("same-origin")], true, true),
            (vec![host, site("same-origin"), origin("null")], true, true),
            (vec![host, site("cross-site")], false, false),
            (vec![host, site("same-site")], false, false),
            (vec![host, site("none")], false, true),
            (vec![host, site("none"), origin("null")], false, false),
            (vec![host, origin("https://hub:7403")], true, true),
            (vec![host, origin("http://hub:7403")], false, false),
            (vec![host, origin("https://evil:7403")], false, false),
            (vec![host, origin("null")], false, false),
            (vec![origin("https://")], false, false),
            (vec![host], false, true),
        ] {
            assert_eq!(comes_from_us(&headers(&pairs)), by_page, "{pairs:?}");
            assert_eq!(is_nobody_elses(&headers(&pairs)), by_program, "{pairs:?}");
        }
    }

    #[test]
    fn no_form_is_json() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("text/plain; application/json", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            assert_eq!(is_json(&headers(&[("content-type", kind)])), expected);
        }
        assert!(!is_json(&headers(&[])));
    }
}
