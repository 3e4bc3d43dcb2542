//! Addresses of the pages: what kind of page one leads to, which kinds must have been seen, and how
//! a page is opened in a language.

use std::collections::BTreeSet;

use sandbox::world::Node;
use serde_json::{Value, json};

use super::chromium::Chromium;

/// Parts longer than this are pseudonyms.
const NAME_CHARS_MAX: usize = 24;
/// Kinds of pages within a room; whoever has the room in the menu must come to all of them. `n`
/// stands for a number, a code, a node or a pseudonym.
const WITHIN: [(&str, &[&str]); 10] = [
    ("/", &[]),
    ("/nodes", &["/nodes/n"]),
    ("/acts", &[]),
    ("/limits", &["/limits/people"]),
    ("/catalog", &["/catalog/n", "/catalog/versions"]),
    (
        "/policies",
        &["/policies/n", "/policies/explain", "/policies/changes"],
    ),
    ("/audit", &["/audit/n", "/audit/n/verify"]),
    ("/use", &["/use/n/n"]),
    ("/alerts", &["/alerts/n", "/alerts/rules"]),
    ("/subject", &["/subject/n", "/subject/n/print"]),
];

/// The kinds of pages that somebody with this menu must come to.
pub(super) fn expected(menu: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for room in menu {
        let within = WITHIN.iter().find(|(path, _)| path == room);
        let within = within.unwrap_or_else(|| panic!("{room} is no room of the list"));
        all.insert(room.clone());
        all.extend(within.1.iter().map(|kind| (*kind).to_owned()));
    }
    all
}

/// A path with what differs between pages of one kind left out, and no query.
pub(super) fn kind(path: &str) -> String {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let part = |part: &str| {
        let is_node = Node::ALL.iter().any(|node| node.id() == part);
        let has_digit = part.bytes().any(|byte| byte.is_ascii_digit());
        if is_node || has_digit || part.len() > NAME_CHARS_MAX {
            "n".to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A kind with the names of what is in the query.
pub(super) fn shape(path: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    let names: BTreeSet<_> = names.filter(|name| !name.is_empty()).collect();
    let names: Vec<_> = names.into_iter().collect();
    format!("{}?{}", kind(path), names.join("&"))
}

/// Opens a page in a language, as by the link beside its menu.
pub(super) async fn open(browser: &Chromium, language: &str, path: &str) {
    let back = encoded(path);
    let path = format!("/language?to={language}&back={back}");
    browser.open(&path).await;
}

/// An address as a value within another.
fn encoded(address: &str) -> String {
    let of = |byte: u8| match byte {
        b'%' | b'?' | b'&' | b'+' | b'#' => format!("%{byte:02X}"),
        _ => char::from(byte).to_string(),
    };
    address.bytes().map(of).collect()
}

/// Links to pages of the house; files are not pages.
pub(super) async fn links(browser: &Chromium, css: &str) -> BTreeSet<String> {
    let script = format!(
        "return [...document.querySelectorAll({})].filter(a => !a.hasAttribute('download'))
            .map(a => new URL(a.getAttribute('href'), location.href))
            .filter(url => url.origin === location.origin)
            .map(url => url.pathname + url.search)",
        json!(css)
    );
    let found = browser.run(&script).await;
    let found = found.as_array().cloned().unwrap_or_default();
    let found = found.iter().filter_map(Value::as_str);
    found
        .filter(|path| !path.starts_with("/language"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn pages_of_one_kind_are_one() {
    for (path, expected) in [
        ("/", "/?"),
        ("/nodes/guoguan?class=04", "/nodes/n?class"),
        ("/use/city/li01?to=1&from=2", "/use/n/n?from&to"),
        ("/audit/17/verify", "/audit/n/verify?"),
        ("/policies/explain", "/policies/explain?"),
    ] {
        assert_eq!(shape(path), expected);
    }
}
