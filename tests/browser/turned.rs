//! Pages that say no: of another role, of nothing, and of a form that cannot be read.

use super::chromium::Chromium;
use super::{inspection, places};

/// What anybody may try, with the status and the code that is said.
const ANYBODY: [(&str, u16, &str); 2] = [
    ("/nodes/nobody", 404, "TS-PAGE-UNKNOWN"),
    ("/no-such-room", 404, "TS-PAGE-UNKNOWN"),
];
/// The same for whoever may search the log, and for whoever may not.
const SEARCHER: [(&str, u16, &str); 1] = [("/audit?operator=0231", 400, "")];
const OTHERS: [(&str, u16, &str); 2] = [
    ("/audit", 403, "TS-ACT-ROLE"),
    ("/subject", 403, "TS-ACT-ROLE"),
];
const VIEWS: [(&str, &str); 2] = [("zh", "light"), ("en", "dark")];

/// Faults of these pages, as somebody who searches the log or does not.
pub(super) async fn faults(browser: &Chromium, axe: &str, is_searcher: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let own: &[_] = if is_searcher { &SEARCHER } else { &OTHERS };
    for (path, status, code) in ANYBODY.iter().chain(own) {
        for (language, scheme) in VIEWS {
            browser.colors(scheme).await;
            places::open(browser, language, path).await;
            let place = format!("{language} {scheme} {path}");
            let found = inspection::faults(browser, axe, (&place, *status)).await;
            faults.extend(found);
            let got = browser
                .run("return performance.getEntriesByType('navigation')[0].responseStatus")
                .await;
            if got.as_u64() != Some(u64::from(*status)) {
                faults.push(format!("{place}: status {got}"));
            }
            let text = browser.text("main").await;
            if !text.contains(code) {
                faults.push(format!("{place}: no {code} in {text}"));
            }
        }
    }
    faults
}
