//! Where an ODBC data source stands: a driver and its options, or a data source of this machine's
//! `odbc.ini`. The password comes from a file, for each new connection, and is never an option.
//! How the way there is protected is the driver's business: this program cannot see it.

use std::path::{Path, PathBuf};

use odbc_api::escape_attribute_value;
use zeroize::Zeroizing;

use crate::translate::SourceError;
use crate::translate::charset::Charset;
use crate::translate::faults::FileFaults;
use crate::translate::sheet::Sheet;
use crate::translate::sql_server;

/// Longest value in a connection string.
const VALUE_CHARS_MAX: usize = 512;
const OPTIONS_MAX: usize = 32;
/// Options that have keys of their own, or would take the settings from elsewhere.
const RESERVED: [&str; 8] = [
    "driver", "dsn", "filedsn", "savefile", "uid", "user", "pwd", "password",
];

/// One data source, and the account that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OdbcPlace {
    /// `Driver` or `DSN`, and its name.
    source: (&'static str, String),
    options: Vec<(String, String)>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    pub(super) texts: Texts,
    /// What bytes are that are not UTF-8.
    pub(crate) charset: Option<Charset>,
}

/// How the driver hands over texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// As Unicode, which it makes of whatever the database holds.
    Unicode,
    /// As the bytes that the database holds.
    Bytes,
}

impl OdbcPlace {
    /// What the driver manager is told, with the password of the moment.
    pub(super) fn connection_string(&self) -> Result<Zeroizing<String>, SourceError> {
        let (key, name) = &self.source;
        let password = sql_server::password(self.password_file.as_deref())?;
        if password.chars().any(|c| matches!(c, '\0' | '\r' | '\n')) {
            return Err(SourceError::AccessDenied);
        }
        let mut text = Zeroizing::new(String::with_capacity(VALUE_CHARS_MAX));
        let mut tell = |key: &str, value: &str| {
            text.push_str(key);
            text.push('=');
            text.push_str(value);
            text.push(';');
        };
        match *key {
            "Driver" => tell(key, &format!("{{{name}}}")),
            _ => tell(key, name),
        }
        for (key, value) in &self.options {
            tell(key, value);
        }
        if let Some(user) = &self.user {
            tell("UID", user);
        }
        if self.password_file.is_some() {
            tell(
                "PWD",
                &Zeroizing::new(escape_attribute_value(&password).into_owned()),
            );
        }
        Ok(text)
    }
}

/// Reads the keys of a connector; `None` when they have faults, which are recorded.
pub(crate) fn read(
    sheet: &Sheet<'_>,
    home: &Path,
    charset: Option<Charset>,
    faults: &mut FileFaults,
) -> Option<OdbcPlace> {
    let driver = plain(sheet, "driver", faults);
    let dsn = plain(sheet, "dsn", faults);
    let user = plain(sheet, "user", faults);
    let password_file = sql_server::password_file(sheet, home, faults);
    let texts = texts(sheet, faults);
    let options = options(sheet, home, faults);
    let source = match (driver?, dsn?) {
        (Some(driver), None) => ("Driver", driver),
        (None, Some(dsn)) => ("DSN", dsn),
        _ => {
            faults.at(sheet.place(), "either `driver` or `dsn` must be given");
            return None;
        }
    };
    Some(OdbcPlace {
        source,
        options: options?,
        user: user?,
        password_file: password_file?,
        texts: texts?,
        charset,
    })
}

/// A value that needs no quoting; the outer `None` is a fault.
fn plain(sheet: &Sheet<'_>, key: &str, faults: &mut FileFaults) -> Option<Option<String>> {
    let Some(entry) = sheet.entry(key) else {
        return Some(None);
    };
    let value = sheet.text(key, faults)?;
    if !is_plain(value) {
        let reason = format!("`{key}` must be plain: no `;`, no braces, no control characters");
        faults.at(&entry.place, reason);
        return None;
    }
    Some(Some(value.to_owned()))
}

fn is_plain(value: &str) -> bool {
    let count = value.chars().count();
    let sound = |c: char| !c.is_control() && !matches!(c, ';' | '{' | '}');
    (1..=VALUE_CHARS_MAX).contains(&count) && value.chars().all(sound)
}

fn texts(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<Texts> {
    let Some(entry) = sheet.entry("texts") else {
        return Some(Texts::Unicode);
    };
    match sheet.text("texts", faults)? {
        "unicode" => Some(Texts::Unicode),
        "bytes" => Some(Texts::Bytes),
        _ => {
            faults.at(&entry.place, "`texts` must be `unicode` or `bytes`");
            None
        }
    }
}

/// The driver's own options. A value that begins with `home:` is a path in the home folder.
fn options(
    sheet: &Sheet<'_>,
    home: &Path,
    faults: &mut FileFaults,
) -> Option<Vec<(String, String)>> {
    if sheet.entry("options").is_none() {
        return Some(Vec::new());
    }
    let mut all = Vec::new();
    for (key, entry) in sheet.sheet("options", faults)?.entries() {
        let value = entry
            .value
            .as_str()
            .map(|value| match value.strip_prefix("home:") {
                Some(path) => home.join(path).display().to_string(),
                None => value.to_owned(),
            });
        let is_word = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_reserved = RESERVED.iter().any(|name| key.eq_ignore_ascii_case(name));
        let fault = match &value {
            _ if is_reserved => "has a key of its own or is not allowed",
            _ if !is_word => "must be a word of letters and digits",
            _ if all.len() == OPTIONS_MAX => "is one option too many",
            Some(value) if is_plain(value) => {
                all.push((key.to_owned(), value.clone()));
                continue;
            }
            _ => "must be text in quotes without `;`, braces and control characters",
        };
        faults.at(&entry.place, format!("the option `{key}` {fault}"));
        return None;
    }
    Some(all)
}
