//! A tour through every page that a role reaches by links, in both languages, light and dark, with
//! pictures; then by keyboard, and without script.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use sandbox::showcase::Show;
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use serde_json::{Value, json};
use wire::SystemClock;

use super::chromium::Chromium;
use super::{inspection, parts};

/// The staff of the sample world, one of each role.
const STAFF: [&str; 4] = ["system-1", "security-1", "audit-1", "duty-1"];
/// In which language and on which screen pages are looked at.
const VIEWS: [(&str, &str); 2] = [("zh", "light"), ("en", "dark")];
/// Pages of one shape, as `/audit/7`, that are looked at.
const PER_SHAPE: usize = 1;
/// More pages than a role can reach are a fault of the tour.
const PAGES_MAX: usize = 120;
/// Stops of the keyboard that every page has: the menu at least.
const STOPS_MIN: usize = 8;
/// Pictures are of this role, or of the first that sees the page.
const PICTURES: &str = "docs/screenshots";

/// A star that has answered and refused questions.
pub(super) async fn star_with_traffic(name: &str) -> Star {
    parts::assert_present();
    let options = StarOptions {
        people: 300,
        seed: 7,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    let folder = parts::target().join("tmp").join(format!("browser-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    let mut star = Star::prepare(&folder, &options, &mut |_, _, _| {}).expect("is prepared");
    star.start().await.expect("the star starts");
    let catalog = catalog::Catalog::builtin().expect("the catalog is sound");
    let show = Show::new(&mut star, &catalog);
    let mut lines = vec![show.sample("S1").await, show.sample("S2").await];
    lines.extend(show.refusals().await);
    assert!(lines.iter().all(|line| line.holds()), "{lines:?}");
    star
}

pub(super) async fn browser(star: &Star, who: &str) -> Chromium {
    let home = parts::target().join("tmp").join(format!("chromium-{who}"));
    let door = star.home().staff_door();
    Chromium::start(&home, &star.home().staff_folder(who), door.port()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_stands_in_both_languages_for_each_role() {
    let mut star = star_with_traffic("tour").await;
    let axe = parts::axe();
    let mut faults = Vec::new();
    let mut pictures = BTreeMap::new();
    let mut rooms = BTreeMap::new();
    for who in STAFF {
        let browser = browser(&star, who).await;
        browser.colors("light").await;
        browser.sign_in().await;
        let menu = links(&browser, "nav.menu a").await;
        let pages = tour(&browser, &axe, who, (&mut faults, &mut pictures)).await;
        assert!(menu.is_subset(&pages), "{who} saw {pages:?} of {menu:?}");
        keyboard(&browser, &mut faults).await;
        without_script(&browser, &menu, &mut faults).await;
        rooms.insert(who, menu.len());
        browser.close().await;
    }
    star.stop().await.expect("stops");
    keep(&pictures);
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

type Found<'a> = (&'a mut Vec<String>, &'a mut BTreeMap<String, Vec<u8>>);

/// Follows links from the overview; gives the paths that it saw.
async fn tour(
    browser: &Chromium,
    axe: &str,
    who: &str,
    (faults, pictures): Found<'_>,
) -> BTreeSet<String> {
    let mut waiting = VecDeque::from(["/".to_owned()]);
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop_front() {
        let of_shape = shapes.entry(shape(&path)).or_default();
        if *of_shape >= PER_SHAPE || !seen.insert(path.clone()) {
            continue;
        }
        *of_shape += 1;
        assert!(seen.len() <= PAGES_MAX, "{who}: no end of pages: {seen:?}");
        // What another role has seen already is looked at once more, for what this one may do.
        let is_new = !pictures.contains_key(&picture(&path, VIEWS[0]));
        for view in VIEWS.into_iter().skip(usize::from(!is_new)) {
            let (language, scheme) = view;
            browser.colors(scheme).await;
            let back = encoded(&path);
            browser
                .open(&format!("/language?to={language}&back={back}"))
                .await;
            let place = format!("{who} {language} {scheme} {path}");
            faults.extend(inspection::faults(browser, axe, &place).await);
            let lang = browser.run("return document.documentElement.lang").await;
            assert!(
                lang.as_str().unwrap_or_default().starts_with(language),
                "{place}"
            );
            let name = picture(&path, view);
            if !pictures.contains_key(&name) {
                pictures.insert(name, browser.picture().await);
            }
        }
        waiting.extend(links(browser, "main a").await);
        if path == "/" {
            waiting.extend(links(browser, "nav.menu a").await);
        }
    }
    seen
}

/// An address as a value within another.
fn encoded(address: &str) -> String {
    let of = |byte: u8| match byte {
        b'%' | b'?' | b'&' | b'+' | b'#' => format!("%{byte:02X}"),
        _ => char::from(byte).to_string(),
    };
    address.bytes().map(of).collect()
}

/// A path with what differs between pages of one kind left out.
fn shape(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let part = |part: &str| {
        let is_number = part.bytes().any(|byte| byte.is_ascii_digit()) || part.len() > 24;
        if is_number {
            "n".to_owned()
        } else {
            part.to_owned()
        }
    };
    let parts: Vec<_> = path.split('/').map(part).collect();
    let names: BTreeSet<_> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .collect();
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    format!("{}?{}", parts.join("/"), names.join("&"))
}

fn file_name(shape: &str) -> String {
    let name = shape
        .trim_end_matches('?')
        .trim_matches('/')
        .replace(['/', '?', '&'], "-");
    if name.is_empty() {
        "overview".to_owned()
    } else {
        name
    }
}

/// The file of a page's picture.
fn picture(path: &str, (language, scheme): (&str, &str)) -> String {
    format!("{}-{language}-{scheme}.png", file_name(&shape(path)))
}

/// Links to pages of the house; files are not pages.
async fn links(browser: &Chromium, css: &str) -> BTreeSet<String> {
    let script = format!(
        "return [...document.querySelectorAll({})].filter(a => !a.hasAttribute('download'))
            .map(a => new URL(a.href)).filter(url => url.origin === location.origin)
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

/// Pictures go beside the build, and into docs/ where they are asked for.
fn keep(pictures: &BTreeMap<String, Vec<u8>>) {
    let mut folders = vec![parts::target().join("screenshots")];
    if std::env::var_os("UPDATE_SCREENSHOTS").is_some() {
        folders.push(
            PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(PICTURES),
        );
    }
    for folder in folders {
        std::fs::create_dir_all(&folder).expect("a folder is made");
        for (name, picture) in pictures {
            std::fs::write(folder.join(name), picture).expect("is written");
        }
    }
}
