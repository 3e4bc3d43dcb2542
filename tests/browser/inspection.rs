//! What every page is held against: nothing on the console, nothing from another host, nothing
//! serious for axe, nothing wider than the screen, one first heading, and something to read.

use serde_json::Value;

use super::chromium::Chromium;

/// Findings of axe that are not accepted.
const SERIOUS: [&str; 2] = ["serious", "critical"];
const AXE_RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        found => done(found.violations.map(one => ({
            id: one.id, impact: one.impact, help: one.help,
            nodes: one.nodes.slice(0, 3).map(node => node.html + ' :: ' + node.failureSummary),
        }))),
        error => done([{ id: String(error), impact: 'critical' }]));";

/// Faults of the page that is open, each with what and where; the console names a status that the
/// page is expected to have, if it is none of success.
pub(super) async fn faults(
    browser: &Chromium,
    axe: &str,
    (path, status): (&str, u16),
) -> Vec<String> {
    let mut faults = Vec::new();
    let expected = (status >= 400).then(|| format!("responded with a status of {status}"));
    for line in browser.logs("browser").await {
        let level = line["level"].as_str().unwrap_or_default();
        let said = line["message"].as_str().unwrap_or_default();
        let is_expected = expected
            .as_ref()
            .is_some_and(|expected| said.contains(expected));
        if matches!(level, "SEVERE" | "WARNING") && !is_expected {
            faults.push(format!("{path}: the console says {}", line["message"]));
        }
    }
    faults.extend(elsewhere(browser, path).await);
    let shape = browser
        .run(
            "const root = document.documentElement;
            return { wide: root.scrollWidth - root.clientWidth, title: document.title,
                headings: document.querySelectorAll('h1').length, lang: root.lang,
                empty: document.querySelector('main')?.innerText.trim().length ?? 0 }",
        )
        .await;
    if shape["wide"].as_i64() != Some(0) {
        faults.push(format!(
            "{path}: {} pixels wider than the screen",
            shape["wide"]
        ));
    }
    if shape["headings"].as_i64() != Some(1) || shape["title"].as_str() == Some("") {
        faults.push(format!("{path}: {} first headings", shape["headings"]));
    }
    if shape["empty"].as_i64().unwrap_or_default() < 10 {
        faults.push(format!("{path}: says nothing"));
    }
    browser.run(axe).await;
    let found = browser.run_async(AXE_RUN).await;
    for one in found.as_array().cloned().unwrap_or_default() {
        let impact = one["impact"].as_str().unwrap_or_default();
        if SERIOUS.contains(&impact) {
            faults.push(format!("{path}: axe: {one}"));
        }
    }
    faults
}

/// Requests that left the house.
async fn elsewhere(browser: &Chromium, path: &str) -> Vec<String> {
    let mut gone = Vec::new();
    for line in browser.logs("performance").await {
        let message = line["message"].as_str().unwrap_or_default();
        let message: Value = serde_json::from_str(message).unwrap_or_default();
        let message = &message["message"];
        if message["method"] != "Network.requestWillBeSent" {
            continue;
        }
        // The browser's own first page is none of ours.
        let page = message["params"]["documentURL"]
            .as_str()
            .unwrap_or_default();
        if page.starts_with("chrome:") {
            continue;
        }
        let url = message["params"]["request"]["url"]
            .as_str()
            .unwrap_or_default();
        // The browser draws parts of its own, as the calendar of a date, from what it has itself.
        if url.starts_with("data:") {
            continue;
        }
        let is_ours = url
            .strip_prefix(browser.house())
            .is_some_and(|rest| rest.starts_with('/'));
        if !is_ours {
            gone.push(format!("{path}: asks {url}"));
        }
    }
    gone
}
