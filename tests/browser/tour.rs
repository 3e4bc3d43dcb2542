//! A tour through the pages that each role reaches by links, in both languages; then by keyboard,
//! and without script.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use sandbox::star::Star;
use serde_json::json;

use super::chromium::Chromium;
use super::ground::{browser, ledger_of_somebody, star_with_traffic, wait_for_an_alert};
use super::pictures::Pictures;
use super::places::{self, kind, links, shape};
use super::{inspection, parts, turned};

/// The staff of the sample world, one of each role; the first sees every room.
const STAFF: [&str; 4] = ["audit-1", "system-1", "security-1", "duty-1"];
/// In which language and on which screen pages are looked at: the last two by the first role only.
const VIEWS: [(&str, &str); 4] = [
    ("zh", "light"),
    ("en", "dark"),
    ("zh", "dark"),
    ("en", "light"),
];
const VIEWS_OF_ALL: usize = 2;
/// Pages of one kind that are looked at, each with another query; of one query one.
const PER_KIND: usize = 2;
/// More pages than a role can reach are a fault of the tour.
const PAGES_MAX: usize = 80;
/// Stops of the keyboard that every page has: the menu at least.
const STOPS_MIN: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_page_stands_in_both_languages_for_each_role() {
    let mut star = star_with_traffic("tour").await;
    let axe = parts::axe();
    let mut faults = Vec::new();
    let mut pictures = Pictures::default();
    let mut rooms = BTreeMap::new();
    for (nth, who) in STAFF.into_iter().enumerate() {
        let views = if nth == 0 {
            &VIEWS[..]
        } else {
            &VIEWS[..VIEWS_OF_ALL]
        };
        let found = (&mut faults, &mut pictures);
        rooms.insert(who, visit(&star, &axe, (who, views), found).await);
    }
    star.stop().await.expect("stops");
    pictures.keep();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(
        rooms["audit-1"], 10,
        "an auditor sees every room: {rooms:?}"
    );
    assert!(rooms.values().all(|count| *count >= 6), "{rooms:?}");
}

type Found<'a> = (&'a mut Vec<String>, &'a mut Pictures);
type Views = [(&'static str, &'static str)];

/// Everything that one role is looked at for; gives the number of its rooms.
async fn visit(
    star: &Star,
    axe: &str,
    (who, views): (&str, &Views),
    (faults, pictures): Found<'_>,
) -> usize {
    let begun = Instant::now();
    let browser = browser(star, who).await;
    faults.extend(front(&browser, axe, views).await);
    browser.colors("light").await;
    browser.sign_in().await;
    let menu = links(&browser, "nav.menu a").await;
    if menu.contains("/alerts") {
        wait_for_an_alert(&browser).await;
    }
    let mut begin = vec!["/".to_owned()];
    if menu.contains("/subject") {
        begin.push(ledger_of_somebody(&browser).await);
    }
    let pages = tour(&browser, axe, (who, views, begin), (faults, pictures)).await;
    let kinds: BTreeSet<_> = pages.iter().map(|path| kind(path)).collect();
    let expected = places::expected(&menu);
    let missed: Vec<_> = expected.difference(&kinds).collect();
    assert!(missed.is_empty(), "{who} missed {missed:?}: {pages:?}");
    pictures.scenes(&browser, who).await;
    let is_searcher = menu.contains("/audit");
    faults.extend(turned::faults(&browser, axe, is_searcher).await);
    keyboard(&browser, faults).await;
    without_script(&browser, &menu, faults).await;
    browser.close().await;
    let (count, of) = (pages.len(), views.len());
    let seconds = begun.elapsed().as_secs();
    println!("{who}: {count} pages in {of} views, {seconds} s");
    menu.len()
}

/// The page in front of all others.
async fn front(browser: &Chromium, axe: &str, views: &Views) -> Vec<String> {
    let mut faults = Vec::new();
    for (language, scheme) in views {
        browser.colors(scheme).await;
        places::open(browser, language, "/sign-in").await;
        let place = format!("{language} {scheme} /sign-in");
        faults.extend(inspection::faults(browser, axe, (&place, 200)).await);
    }
    places::open(browser, "zh", "/sign-in").await;
    faults
}

/// Follows links from where it begins; gives the paths that it saw.
async fn tour(
    browser: &Chromium,
    axe: &str,
    (who, views, begin): (&str, &Views, Vec<String>),
    (faults, pictures): Found<'_>,
) -> BTreeSet<String> {
    let mut waiting = VecDeque::from(begin);
    let mut shapes = BTreeSet::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop_front() {
        let of_kind = kinds.entry(kind(&path)).or_default();
        if *of_kind >= PER_KIND || !shapes.insert(shape(&path)) {
            continue;
        }
        *of_kind += 1;
        seen.insert(path.clone());
        assert!(seen.len() <= PAGES_MAX, "{who}: no end of pages: {seen:?}");
        for view in views {
            let (language, scheme) = *view;
            browser.colors(scheme).await;
            places::open(browser, language, &path).await;
            let place = format!("{who} {language} {scheme} {path}");
            faults.extend(inspection::faults(browser, axe, (&place, 200)).await);
            let lang = browser.run("return document.documentElement.lang").await;
            assert!(
                lang.as_str().unwrap_or_default().starts_with(language),
                "{place}"
            );
            pictures.draw(browser, &path, *view).await;
        }
        waiting.extend(links(browser, "main a").await);
        if path == "/" {
            waiting.extend(links(browser, "nav.menu a").await);
        }
    }
    seen
}

/// The first stop is the way past the menu, and every stop can be seen.
async fn keyboard(browser: &Chromium, faults: &mut Vec<String>) {
    browser.open("/").await;
    for stop in 0..2 * STOPS_MIN {
        let key = json!({ "type": "keyDown", "key": "Tab", "code": "Tab",
            "windowsVirtualKeyCode": 9 });
        browser.cdp("Input.dispatchKeyEvent", key).await;
        let at = browser
            .run(
                "const at = document.activeElement, style = getComputedStyle(at);
                return { tag: at.tagName, text: at.innerText, style: style.outlineStyle }",
            )
            .await;
        if stop >= STOPS_MIN && at["tag"] == "BODY" {
            return;
        }
        if at["tag"] == "BODY" || at["style"] == "none" {
            faults.push(format!("keyboard: stop {stop} is not seen: {at}"));
        }
        if stop == 0
            && !["跳到正文", "Skip to the content"]
                .contains(&at["text"].as_str().unwrap_or_default())
        {
            faults.push(format!("keyboard: the first stop is {at}"));
        }
    }
}

/// Every room says the same without script.
async fn without_script(browser: &Chromium, menu: &BTreeSet<String>, faults: &mut Vec<String>) {
    let off = json!({ "value": true });
    browser
        .cdp("Emulation.setScriptExecutionDisabled", off)
        .await;
    for path in menu {
        browser.open(path).await;
        let heading = browser.text("main h1").await;
        let text = browser.text("main").await;
        if heading.is_empty() || text.trim().chars().count() < heading.chars().count() + 10 {
            faults.push(format!("without script: {path} says only {text:?}"));
        }
    }
    let on = json!({ "value": false });
    browser
        .cdp("Emulation.setScriptExecutionDisabled", on)
        .await;
}
