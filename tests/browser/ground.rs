//! A running star with traffic, and rules under which every question stands out.

use std::time::{Duration, Instant};

use sandbox::showcase::Show;
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use sandbox::world::sample;
use wire::SystemClock;

use super::chromium::Chromium;
use super::parts;

/// Under these whoever asks anything is noticed.
const RULES: &str = "[rule.asks]\nmore_than = 0\n";
/// How long counting and raising, or naming, may take.
const RAISED_WITHIN: Duration = Duration::from_secs(20);
const OFTEN: Duration = Duration::from_millis(500);

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
    watched(&star);
    star.start().await.expect("the star starts");
    let catalog = catalog::Catalog::builtin().expect("the catalog is sound");
    let show = Show::new(&mut star, &catalog);
    let mut lines = Vec::new();
    for id in ["S1", "S2", "S4", "S9"] {
        lines.push(show.sample(id).await);
    }
    lines.extend(show.refusals().await);
    assert!(lines.iter().all(|line| line.holds()), "{lines:?}");
    star
}

/// Rules of alerts beside the hub's configuration.
fn watched(star: &Star) {
    let config = star.home().hub_config();
    let file = config.with_file_name("alerts.toml");
    std::fs::write(&file, RULES).expect("is written");
    wire::seal_file(&file).expect("is sealed");
    let text = std::fs::read_to_string(&config).expect("is there");
    if !text.contains("\nalerts = ") {
        let with = "\nalerts = \"alerts.toml\"\nrules = ";
        let text = text.replacen("\nrules = ", with, 1);
        assert!(text.contains(with), "the configuration names its rules");
        std::fs::write(&config, text).expect("is written");
    }
}

/// Waits until somebody has been noticed.
pub(super) async fn wait_for_an_alert(browser: &Chromium) {
    let begun = Instant::now();
    loop {
        browser.open("/alerts").await;
        let shown = browser
            .run("return document.querySelectorAll('main tbody a[href^=\"/alerts/\"]').length")
            .await;
        if shown.as_u64() > Some(0) {
            return;
        }
        assert!(begun.elapsed() < RAISED_WITHIN, "no alert was raised");
        tokio::time::sleep(OFTEN).await;
    }
}

/// Has a center name somebody, by the form; gives the address of what was asked about them.
pub(super) async fn ledger_of_somebody(browser: &Chromium) -> String {
    let number = sample("S2").expect("is planted").cases[0].parties[0].number;
    browser.open("/subject").await;
    browser.type_in("#number", number).await;
    browser.type_in("#reason", "年度内部审计").await;
    browser.click("main form button").await;
    let begun = Instant::now();
    loop {
        let at = browser.run("return location.pathname").await;
        let at = at.as_str().unwrap_or_default();
        if at.starts_with("/subject/") {
            return at.to_owned();
        }
        assert!(begun.elapsed() < RAISED_WITHIN, "nobody was named");
        tokio::time::sleep(OFTEN).await;
    }
}

pub(super) async fn browser(star: &Star, who: &str) -> Chromium {
    let home = parts::target().join("tmp").join(format!("chromium-{who}"));
    let door = star.home().staff_door();
    Chromium::start(&home, &star.home().staff_folder(who), door.port()).await
}
