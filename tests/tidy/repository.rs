//! The repository as the rules see it: texts by path. It leaves out what no person writes: the
//! target folder, the demo's world, hidden folders and generated code.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// Folders that hold nothing written by hand; the last one is a path from the root.
const LEFT_OUT: [&str; 4] = ["target", "demo", "node_modules", "wire/src/generated"];
/// Kinds of files that some rule reads.
const KINDS: [&str; 5] = ["rs", "toml", "md", "json", "yaml"];

/// Texts by path from the root, with `/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Repository {
    texts: BTreeMap<String, String>,
}

impl Repository {
    /// Everything of interest under the workspace's root, read once for all rules.
    pub(super) fn read() -> Self {
        static READ: OnceLock<Repository> = OnceLock::new();
        let read = READ.get_or_init(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"))
                .parent()
                .expect("tests has a parent");
            let mut repository = Self::default();
            repository.gather(root, "");
            assert!(
                repository.texts.contains_key("Cargo.toml"),
                "the root was found"
            );
            repository
        });
        read.clone()
    }

    /// A made-up one, to show that a rule finds what it should.
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            texts: texts.iter().map(own).collect(),
        }
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Path and text of every file under a folder (`""` for all) that ends so, in order of path.
    pub(super) fn under<'a>(
        &'a self,
        folder: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| path.starts_with(folder) && path.ends_with(ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every Rust file written by hand.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("", ".rs")
    }

    fn gather(&mut self, folder: &Path, prefix: &str) {
        for entry in std::fs::read_dir(folder).expect("a folder of the repository can be read") {
            let entry = entry.expect("an entry of a folder can be read");
            let name = entry.file_name().into_string().expect("names are UTF-8");
            let path = format!("{prefix}{name}");
            if name.starts_with('.') || LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            let kind = entry.file_type().expect("a kind of file");
            if kind.is_dir() && !LEFT_OUT.contains(&path.as_str()) {
                self.gather(&entry.path(), &format!("{path}/"));
            } else if kind.is_file() && KINDS.iter().any(|end| name.ends_with(&format!(".{end}"))) {
                let text = std::fs::read_to_string(entry.path()).expect("texts are UTF-8");
                self.texts.insert(path, text);
            }
        }
    }
}

/// Whether a file holds tests only: it lies in a `tests` folder or is one's `tests.rs`.
pub(super) fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path
            .split('/')
            .rev()
            .skip(1)
            .any(|folder| folder == "tests")
}

/// The lines of a file with their numbers, without those that are only a comment.
pub(super) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a text holds a word that is not part of a longer name.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let in_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back().is_some_and(in_name);
        let after = text[start + word.len()..]
            .chars()
            .next()
            .is_some_and(in_name);
        !before && !after
    })
}

#[test]
fn words_and_tests_are_told_apart() {
    assert!(has_word("use sled::Db;", "sled") && has_word("sled", "sled"));
    assert!(!has_word("tokio_rustls::x", "rustls") && !has_word("bobsleds", "sled"));
    for path in [
        "tests/tidy.rs",
        "wire/tests/wire.rs",
        "a/src/b/tests.rs",
        "a/src/tests/c.rs",
    ] {
        assert!(is_test(path), "{path}");
    }
    for path in ["hub/src/broker.rs", "a/src/contests.rs", "a/latests/b.rs"] {
        assert!(!is_test(path), "{path}");
    }
    let lines: Vec<_> = code("//! a\nlet b = 1;\n    // c\nd").collect();
    assert_eq!(lines, [(2, "let b = 1;"), (4, "d")]);
}
