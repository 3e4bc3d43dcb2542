//! Chromium without a screen, driven through its driver; one home a person.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::driver::Driver;
use super::parts;

/// How long the driver may take to be there.
const DRIVER_WAIT: Duration = Duration::from_secs(30);
/// The screen of the oldest machine in use.
const WIDTH: u32 = 1366;
const HEIGHT: u32 = 768;
/// How long an element may take to be there.
const ELEMENT_WAIT: Duration = Duration::from_secs(10);
const OFTEN: Duration = Duration::from_millis(50);
const STARTED: &str = "started successfully on port ";

/// A browser of one person.
pub(super) struct Chromium {
    driver: Driver,
    /// `https://localhost:<port>`.
    house: String,
    /// Killed when this is dropped.
    _process: Child,
}

impl Chromium {
    /// With the certificate in a folder, not yet anywhere.
    pub(super) async fn start(home: &Path, certificate: &Path, port: u16) -> Self {
        parts::browser_home(home, certificate);
        let mut process = Command::new("chromedriver")
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .env("HOME", home)
            .env("TMPDIR", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the driver starts");
        let lines = BufReader::new(process.stdout.take().expect("is piped")).lines();
        let at = tokio::time::timeout(DRIVER_WAIT, driver_port(lines)).await;
        let at = at.expect("the driver starts in time");
        let capabilities = json!({
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb",
                format!("--window-size={WIDTH},{HEIGHT}"),
                format!("--user-data-dir={}", home.join("profile").display()),
            ] },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let chromium = Self {
            driver: Driver::begin(at, capabilities).await,
            house: format!("https://localhost:{port}"),
            _process: process,
        };
        // The window has borders, the page has not.
        let size =
            json!({ "width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false });
        chromium
            .cdp("Emulation.setDeviceMetricsOverride", size)
            .await;
        chromium
    }

    pub(super) fn house(&self) -> &str {
        &self.house
    }

    /// Opens a page by its path.
    pub(super) async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.house);
        self.driver.post("url", json!({ "url": url })).await;
    }

    /// Clicks through the page that asks for a session.
    pub(super) async fn sign_in(&self) {
        self.open("/sign-in").await;
        self.click("main form button").await;
        self.find("nav.menu").await;
    }

    /// Clicks on the first element that fits.
    pub(super) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        let command = format!("element/{element}/click");
        self.driver.post(&command, json!({})).await;
    }

    /// The first element that fits, once it is there.
    pub(super) async fn find(&self, css: &str) -> String {
        let begun = Instant::now();
        loop {
            let wanted = json!({ "using": "css selector", "value": css });
            if let Ok(found) = self.driver.ask("element", wanted).await {
                let id = found
                    .as_object()
                    .and_then(|found| found.values().next().cloned());
                return id
                    .and_then(|id| id.as_str().map(str::to_owned))
                    .expect("has an id");
            }
            if begun.elapsed() > ELEMENT_WAIT {
                let page = self.driver.get("source").await;
                panic!("no `{css}` in {page}");
            }
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// Types into the first element that fits.
    pub(super) async fn type_in(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        let command = format!("element/{element}/value");
        self.driver.post(&command, json!({ "text": text })).await;
    }

    /// The text of the first element that fits, as it is drawn.
    pub(super) async fn text(&self, css: &str) -> String {
        let element = self.find(css).await;
        let text = self.driver.get(&format!("element/{element}/text")).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page, as a person at its console would.
    pub(super) async fn run(&self, script: &str) -> Value {
        let wanted = json!({ "script": script, "args": [] });
        self.driver.post("execute/sync", wanted).await
    }

    /// Runs a script that says by a callback when it is done.
    pub(super) async fn run_async(&self, script: &str) -> Value {
        let wanted = json!({ "script": script, "args": [] });
        self.driver.post("execute/async", wanted).await
    }

    /// A command of the developer tools.
    pub(super) async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let wanted = json!({ "cmd": command, "params": parameters });
        self.driver.post("goog/cdp/execute", wanted).await
    }

    /// Shows pages as on a dark or a light screen.
    pub(super) async fn colors(&self, scheme: &str) {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            // A page is looked at when it has come to rest.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }

    /// What the console and the network said since the last time.
    pub(super) async fn logs(&self, kind: &str) -> Vec<Value> {
        let said = self.driver.post("se/log", json!({ "type": kind })).await;
        said.as_array().cloned().unwrap_or_default()
    }

    /// The whole page as a picture.
    pub(super) async fn picture(&self) -> Vec<u8> {
        let wanted = json!({ "format": "png", "captureBeyondViewport": true });
        self.drawn(wanted).await
    }

    /// The page from its top to a height at most, as a picture.
    pub(super) async fn top(&self, height_max: u32) -> Vec<u8> {
        let height = self
            .run("return document.documentElement.scrollHeight")
            .await;
        let height = height
            .as_u64()
            .unwrap_or_default()
            .min(u64::from(height_max));
        let clip = json!({ "x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        self.drawn(wanted).await
    }

    /// The first element that fits, with a little around it, as a picture.
    pub(super) async fn part(&self, css: &str) -> Vec<u8> {
        const AROUND: f64 = 12.0;
        self.find(css).await;
        let script = format!(
            "const at = document.querySelector({}).getBoundingClientRect();
            return [at.left + scrollX, at.top + scrollY, at.width, at.height]",
            json!(css)
        );
        let at = self.run(&script).await;
        let side = |nth: usize| at[nth].as_f64().expect("is a length");
        let clip = json!({
            "x": (side(0) - AROUND).max(0.0), "y": (side(1) - AROUND).max(0.0),
            "width": side(2) + 2.0 * AROUND, "height": side(3) + 2.0 * AROUND, "scale": 1,
        });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        self.drawn(wanted).await
    }

    async fn drawn(&self, wanted: Value) -> Vec<u8> {
        let said = self.cdp("Page.captureScreenshot", wanted).await;
        let data = said["data"].as_str().expect("has data").as_bytes();
        data_encoding::BASE64.decode(data).expect("is base64")
    }

    pub(super) async fn close(self) {
        self.driver.end().await;
    }
}

async fn driver_port(mut lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>) -> u16 {
    while let Some(line) = lines.next_line().await.expect("the driver speaks") {
        if let Some((_, rest)) = line.split_once(STARTED) {
            let digits = rest.trim_end_matches('.');
            return digits.parse().expect("is a port");
        }
    }
    panic!("the driver ended")
}
