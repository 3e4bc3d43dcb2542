//! Reading a program's one TOML file: every fault is found in one go and named by its key, unknown
//! keys are refused, paths are relative to the file. Hub and agent read theirs through this.

mod tables;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What others may do with a file.
const OTHERS: u32 = 0o007;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("configuration `{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("configuration `{file}` is not valid TOML: {reason}")]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Line, column and what was expected.
        reason: String,
    },
    /// One line for each fault, each with its key.
    #[error("configuration `{file}` has {} fault(s):\n{}", faults.len(), faults.join("\n"))]
    Faults {
        /// The file.
        file: PathBuf,
        /// `key: what is wrong`.
        faults: Vec<String>,
    },
}

/// A configuration file being read.
#[derive(Debug)]
pub struct Settings {
    file: PathBuf,
    base: PathBuf,
    table: toml::Table,
    known: BTreeSet<String>,
    faults: Vec<String>,
}

impl Settings {
    /// Opens a configuration file.
    ///
    /// # Errors
    /// The file is missing or no TOML.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(file).map_err(|source| SettingsError::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        Self::parse(file, &text)
    }

    /// Reads a configuration from text; `file` names it and says where relative paths start.
    ///
    /// # Errors
    /// The text is no TOML.
    pub fn parse(file: &Path, text: &str) -> Result<Self, SettingsError> {
        let table = text
            .parse::<toml::Table>()
            .map_err(|error| SettingsError::Syntax {
                file: file.to_owned(),
                reason: error.to_string().trim().replace('\n', "; "),
            })?;
        let base = file.parent().unwrap_or(Path::new(".")).to_owned();
        let base = std::path::absolute(&base).unwrap_or(base);
        Ok(Self {
            file: file.to_owned(),
            base,
            table,
            known: BTreeSet::new(),
            faults: Vec::new(),
        })
    }

    /// A required text.
    pub fn text(&mut self, key: &str) -> String {
        match self.take(key) {
            Some(toml::Value::String(text)) if !text.trim().is_empty() => text,
            Some(_) => self.fault_with(key, "must be a text that is not empty", String::new()),
            None => self.fault_with(key, "is missing", String::new()),
        }
    }

    /// A text with a default.
    pub fn text_or(&mut self, key: &str, default: &str) -> String {
        if self.look_up(key).is_some() {
            self.text(key)
        } else {
            self.default(key, default.into())
        }
    }

    /// A required path.
    pub fn path(&mut self, key: &str) -> PathBuf {
        let text = self.text(key);
        self.base.join(text)
    }

    /// A required path to a file that must be there.
    pub fn file(&mut self, key: &str) -> PathBuf {
        let before = self.faults.len();
        let path = self.path(key);
        if self.faults.len() == before && !path.is_file() {
            self.fault(key, &format!("no such file: `{}`", path.display()));
        }
        path
    }

    /// A required path to a file that holds a secret: it must be there, and others must not read
    /// it.
    pub fn secret_file(&mut self, key: &str) -> PathBuf {
        let path = self.file(key);
        self.check_secret(key, &path);
        path
    }

    /// Adds a fault if a file that holds a secret is readable by others.
    pub fn check_secret(&mut self, key: &str, path: &Path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path)
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|meta| meta.permissions().mode());
        if mode.is_some_and(|mode| mode & OTHERS != 0) {
            self.fault(
                key,
                &format!("others may read `{}`: chmod o-rwx", path.display()),
            );
        }
    }

    /// A path to a file that must be there if it is named at all.
    pub fn optional_file(&mut self, key: &str) -> Option<PathBuf> {
        self.known.insert(key.to_owned());
        self.look_up(key).is_some().then(|| self.file(key))
    }

    /// A required path to a folder that must be there.
    pub fn folder(&mut self, key: &str) -> PathBuf {
        let before = self.faults.len();
        let path = self.path(key);
        if self.faults.len() == before && !path.is_dir() {
            self.fault(key, &format!("no such folder: `{}`", path.display()));
        }
        path
    }

    /// A path to a folder that must be there if it is named at all.
    pub fn optional_folder(&mut self, key: &str) -> Option<PathBuf> {
        self.known.insert(key.to_owned());
        self.look_up(key).is_some().then(|| self.folder(key))
    }

    /// A required address with port.
    pub fn address(&mut self, key: &str) -> SocketAddr {
        let unset = SocketAddr::from(([127, 0, 0, 1], 0));
        let text = self.text(key);
        if text.is_empty() {
            return unset;
        }
        let wrong = format!("`{text}` is not an address such as 127.0.0.1:7400");
        text.parse()
            .unwrap_or_else(|_| self.fault_with(key, &wrong, unset))
    }

    /// An address with port that may be left out.
    pub fn optional_address(&mut self, key: &str) -> Option<SocketAddr> {
        self.known.insert(key.to_owned());
        self.look_up(key).is_some().then(|| self.address(key))
    }

    /// A whole number with a default and a range.
    pub fn number(&mut self, key: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
        match self.take(key) {
            None => default,
            Some(toml::Value::Integer(number)) => match u64::try_from(number) {
                Ok(number) if range.contains(&number) => number,
                _ => {
                    let wrong = format!(
                        "{number} is not between {} and {}",
                        range.start(),
                        range.end()
                    );
                    self.fault_with(key, &wrong, default)
                }
            },
            Some(_) => self.fault_with(key, "must be a whole number", default),
        }
    }

    /// As [`Settings::number`], for a size in memory.
    pub fn size(&mut self, key: &str, default: usize, range: RangeInclusive<usize>) -> usize {
        let number = self.number(
            key,
            default as u64,
            *range.start() as u64..=*range.end() as u64,
        );
        usize::try_from(number).unwrap_or(default)
    }

    /// A time in milliseconds with a default and a range; the key ends in `_ms`.
    pub fn millis(&mut self, key: &str, default: u64, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.number(key, default, range))
    }

    /// A table of texts, such as names and files.
    pub fn texts(&mut self, key: &str) -> Vec<(String, String)> {
        match self.take(key) {
            Some(toml::Value::Table(table)) => {
                let mut texts = Vec::new();
                for (name, value) in table {
                    self.known.insert(format!("{key}.{name}"));
                    match value {
                        toml::Value::String(text) => texts.push((name, text)),
                        _ => self.fault(&format!("{key}.{name}"), "must be a text"),
                    }
                }
                texts
            }
            Some(_) => self.fault_with(key, "must be a table of texts", Vec::new()),
            None => self.fault_with(key, "is missing", Vec::new()),
        }
    }

    /// The names of the tables within a table that may be left out.
    pub fn named_tables(&mut self, key: &str) -> Vec<String> {
        match self.look_up(key).cloned() {
            None => Vec::new(),
            Some(toml::Value::Table(table)) => {
                let mut names = Vec::new();
                for (name, value) in table {
                    if value.is_table() {
                        names.push(name);
                    } else {
                        self.known.insert(format!("{key}.{name}"));
                        self.fault(&format!("{key}.{name}"), "must be a table");
                    }
                }
                names
            }
            Some(_) => {
                self.known.insert(key.to_owned());
                self.fault_with(key, "must hold tables", Vec::new())
            }
        }
    }

    /// Adds a fault that only the caller can see.
    pub fn fault(&mut self, key: &str, wrong: &str) {
        self.faults.push(format!("  {key}: {wrong}"));
    }

    /// A path as written in the file, made absolute.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }

    /// Every key asked for, in alphabetical order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.known.iter().cloned().collect()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All faults, and all keys that nobody asked for.
    pub fn finish(mut self) -> Result<(), SettingsError> {
        let mut unknown = Vec::new();
        unknown_keys(&self.table, "", &self.known, &mut unknown);
        for key in unknown {
            self.fault(&key, "unknown key");
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        self.faults.sort();
        Err(SettingsError::Faults {
            file: self.file,
            faults: self.faults,
        })
    }

    fn take(&mut self, key: &str) -> Option<toml::Value> {
        self.known.insert(key.to_owned());
        self.look_up(key).cloned()
    }

    fn look_up(&self, key: &str) -> Option<&toml::Value> {
        let mut parts = key.split('.');
        let mut value = self.table.get(parts.next()?)?;
        for part in parts {
            value = value.as_table()?.get(part)?;
        }
        Some(value)
    }

    fn default<T>(&mut self, key: &str, default: T) -> T {
        self.known.insert(key.to_owned());
        default
    }

    fn fault_with<T>(&mut self, key: &str, wrong: &str, instead: T) -> T {
        self.fault(key, wrong);
        instead
    }
}

fn unknown_keys(table: &toml::Table, at: &str, known: &BTreeSet<String>, out: &mut Vec<String>) {
    for (name, value) in table {
        let key = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        if known.contains(&key) {
            continue;
        }
        match value {
            toml::Value::Table(inner) => unknown_keys(inner, &key, known, out),
            _ => out.push(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_by_its_key_at_once() {
        let text =
            "name = 3\n[link]\nlisten = \"nowhere\"\nqueue = 0\nextra = true\n[more]\nx = 1\n";
        let mut settings = Settings::parse(Path::new("hub.toml"), text).expect("is TOML");
        settings.text("name");
        settings.address("link.listen");
        settings.number("link.queue", 5, 1..=10);
        settings.file("link.key");
        let faults = settings.finish().expect_err("is faulty").to_string();
        for key in [
            "name",
            "link.listen",
            "link.queue",
            "link.key",
            "link.extra",
            "more.x",
        ] {
            assert!(faults.contains(&format!("  {key}: ")), "{key} in {faults}");
        }
        assert!(faults.contains("6 fault(s)"), "{faults}");
    }

    #[test]
    fn defaults_and_relative_paths() {
        let mut settings =
            Settings::parse(Path::new("/etc/tianshu/hub.toml"), "dir = \"log\"").expect("is TOML");
        assert_eq!(settings.path("dir"), Path::new("/etc/tianshu/log"));
        assert_eq!(settings.number("n", 7, 1..=9), 7);
        assert_eq!(settings.text_or("name", "x"), "x");
        settings.finish().expect("is sound");
    }

    #[test]
    fn an_optional_folder_is_there_if_it_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("hub.toml");
        std::fs::create_dir(dir.path().join("flows")).expect("is made");
        for (text, found, is_fault) in [
            ("", None, false),
            ("flows = \"flows\"", Some(dir.path().join("flows")), false),
            ("flows = \"none\"", Some(dir.path().join("none")), true),
            ("flows = \"hub.toml\"", Some(file.clone()), true),
        ] {
            std::fs::write(&file, text).expect("is written");
            let mut settings = Settings::read(&file).expect("is TOML");
            assert_eq!(settings.optional_folder("flows"), found);
            assert_eq!(settings.finish().is_err(), is_fault, "{text}");
        }
    }

    #[test]
    fn a_secret_that_others_may_read_is_a_fault() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let key = dir.path().join("key");
        std::fs::write(&key, "secret").expect("is written");
        for (mode, is_fault) in [(0o600, false), (0o640, false), (0o644, true)] {
            let access = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&key, access).expect("is set");
            let file = dir.path().join("hub.toml");
            let mut settings = Settings::parse(&file, "key = \"key\"").expect("is TOML");
            settings.secret_file("key");
            assert_eq!(settings.finish().is_err(), is_fault, "{mode:o}");
        }
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let error = Settings::parse(Path::new("hub.toml"), "a = 1\nb").expect_err("is no TOML");
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
