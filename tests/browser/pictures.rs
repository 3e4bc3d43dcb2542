//! Pictures of the pages: all of them go beside the build, and a small set is kept in the
//! documents, where names and sizes are held against this list.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use super::chromium::Chromium;
use super::{parts, places};

/// Where the documents have theirs.
const KEPT: &str = "docs/screenshots";
/// The document that shows some of them.
const DOCUMENT: &str = "docs/dashboards.md";
/// All that is kept may not be larger.
const BYTES_MAX: u64 = 5 * 1024 * 1024;
const COUNT_MAX: usize = 26;
/// Kept pictures end here: long pages are not shown whole.
const HEIGHT_MAX: u32 = 1100;

/// What the documents have: kind of page, language, screen.
const SHOWN: [(&str, &str, &str); 19] = [
    ("/", "zh", "light"),
    ("/nodes", "zh", "light"),
    ("/nodes/n", "zh", "light"),
    ("/acts", "zh", "light"),
    ("/limits", "zh", "light"),
    ("/catalog", "zh", "light"),
    ("/policies", "zh", "light"),
    ("/audit/n", "zh", "light"),
    ("/audit/n/verify", "zh", "light"),
    ("/use", "zh", "light"),
    ("/use/n/n", "zh", "light"),
    ("/alerts", "zh", "light"),
    ("/alerts/n", "zh", "light"),
    ("/subject", "zh", "light"),
    ("/subject/n", "zh", "light"),
    ("/", "en", "dark"),
    ("/nodes", "en", "dark"),
    ("/use", "en", "dark"),
    ("/alerts/n", "en", "dark"),
];

/// A picture of what the tour does not come to: another role's page, a search with its result, a
/// part of a page.
struct Scene {
    name: &'static str,
    who: &'static str,
    path: &'static str,
    /// The part that is shown; empty for the page from its top.
    part: &'static str,
    language: &'static str,
    scheme: &'static str,
}

const SCENES: [Scene; 6] = [
    Scene {
        name: "audit-found",
        who: "audit-1",
        path: "/audit?kind=decision",
        part: "",
        language: "zh",
        scheme: "light",
    },
    Scene {
        name: "audit-found",
        who: "audit-1",
        path: "/audit?kind=decision",
        part: "",
        language: "en",
        scheme: "dark",
    },
    Scene {
        name: "use-charts",
        who: "audit-1",
        path: "/use",
        part: "main .beside",
        language: "zh",
        scheme: "light",
    },
    Scene {
        name: "overview-charts",
        who: "audit-1",
        path: "/",
        part: "#live-charts",
        language: "en",
        scheme: "dark",
    },
    Scene {
        name: "acts-security",
        who: "security-1",
        path: "/acts",
        part: "",
        language: "zh",
        scheme: "light",
    },
    Scene {
        name: "limits-security",
        who: "security-1",
        path: "/limits",
        part: "main section:has(form#act)",
        language: "zh",
        scheme: "light",
    },
];

/// What was drawn, by file name.
#[derive(Default)]
pub(super) struct Pictures {
    all: BTreeMap<String, Vec<u8>>,
    kept: BTreeMap<String, Vec<u8>>,
}

impl Pictures {
    /// Draws the open page, unless it is there already from another role.
    pub(super) async fn draw(
        &mut self,
        browser: &Chromium,
        path: &str,
        (language, scheme): (&str, &str),
    ) {
        let name = file_name(places::shape(path).trim_end_matches('?'), language, scheme);
        if let Entry::Vacant(new) = self.all.entry(name) {
            new.insert(browser.picture().await);
        }
        let kind = places::kind(path);
        let is_shown = SHOWN.contains(&(kind.as_str(), language, scheme));
        let name = file_name(&kind, language, scheme);
        if !is_shown || !is_wanted() {
            return;
        }
        // The first address of a kind stands for all of it.
        if let Entry::Vacant(new) = self.kept.entry(name) {
            new.insert(browser.top(HEIGHT_MAX).await);
        }
    }

    /// Draws what this person shows beside the tour.
    pub(super) async fn scenes(&mut self, browser: &Chromium, who: &str) {
        if !is_wanted() {
            return;
        }
        for scene in SCENES.iter().filter(|scene| scene.who == who) {
            browser.colors(scene.scheme).await;
            places::open(browser, scene.language, scene.path).await;
            let picture = if scene.part.is_empty() {
                browser.top(HEIGHT_MAX).await
            } else {
                browser.part(scene.part).await
            };
            let name = file_name(scene.name, scene.language, scene.scheme);
            let before = self.kept.insert(name, picture);
            assert!(before.is_none(), "{} is the name of a page", scene.name);
        }
    }

    /// Writes them: beside the build, and into the documents where that is asked for.
    pub(super) fn keep(&self) {
        write(&parts::target().join("screenshots"), &self.all);
        if is_wanted() {
            write(&kept(), &self.kept);
        }
    }
}

fn is_wanted() -> bool {
    std::env::var_os("UPDATE_SCREENSHOTS").is_some()
}

fn write(folder: &Path, pictures: &BTreeMap<String, Vec<u8>>) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).expect("a folder is made");
    for (name, picture) in pictures {
        std::fs::write(folder.join(name), picture).expect("is written");
    }
}

fn kept() -> PathBuf {
    root().join(KEPT)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file_name(page: &str, language: &str, scheme: &str) -> String {
    let name = page.trim_matches('/').replace(['/', '?', '&'], "-");
    let name = if name.is_empty() { "overview" } else { &name };
    format!("{name}-{language}-{scheme}.png")
}

#[test]
fn the_documents_have_the_pictures_of_the_list_and_no_other() {
    let mut expected: Vec<_> = SHOWN
        .iter()
        .map(|(kind, language, scheme)| file_name(kind, language, scheme))
        .chain(
            SCENES
                .iter()
                .map(|scene| file_name(scene.name, scene.language, scene.scheme)),
        )
        .collect();
    expected.sort();
    assert!(expected.len() <= COUNT_MAX);
    let folder = std::fs::read_dir(kept()).expect("docs/screenshots is there");
    let files: Vec<_> = folder.map(|file| file.expect("is read")).collect();
    let names = files
        .iter()
        .map(|file| file.file_name().into_string().expect("is text"));
    let mut names: Vec<_> = names.collect();
    names.sort();
    let remedy = "UPDATE_SCREENSHOTS=1 cargo test -p tests --test browser every_kind";
    assert_eq!(names, expected, "{remedy}");
    let mut bytes = 0;
    for file in files {
        let picture = std::fs::read(file.path()).expect("is read");
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "{file:?}");
        bytes += u64::try_from(picture.len()).expect("is small");
    }
    assert!(bytes <= BYTES_MAX, "{bytes} bytes of pictures");
    let document = std::fs::read_to_string(root().join(DOCUMENT)).expect("is there");
    let shown: Vec<_> = document
        .split("](screenshots/")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap_or_default())
        .collect();
    assert!(!shown.is_empty(), "{DOCUMENT} shows none");
    for name in shown {
        assert!(expected.iter().any(|known| known == name), "no {name}");
    }
}
