//! Where a database server stands and how its account is opened. A connection without TLS is
//! insecure and therefore refused to any host but this one; a password stands in a file that only
//! the agent may read, is read for each new connection, and is never kept or shown.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SourceError;
use super::charset::Charset;
use super::faults::FileFaults;
use super::sheet::Sheet;

/// Longest password file.
const PASSWORD_BYTES_MAX: u64 = 4_096;
/// What others than the owner may do with a password file: nothing.
const OTHERS_MODE_BITS: u32 = 0o077;
const PORT_MAX: u32 = 65_535;

/// One database of one server, and the account that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) reached: Reached,
    pub(crate) port: u16,
    pub(crate) database: String,
    pub(crate) user: String,
    pub(crate) password_file: Option<PathBuf>,
    /// PostgreSQL only: the schema whose tables a statement may name without it.
    pub(crate) schema: Option<String>,
    /// What binary columns hold whose bytes are not UTF-8.
    pub(crate) charset: Option<Charset>,
}

/// How the server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reached {
    /// By TLS, with a certificate for `host` from the authority in the file.
    Tls { host: String, ca: PathBuf },
    /// On this host, in clear.
    Loopback { host: String },
    /// Through a socket: PostgreSQL's folder, MySQL's file.
    Socket(PathBuf),
}

impl Server {
    /// The password of the moment, so that a changed one needs no restart.
    pub(crate) fn password(&self) -> Result<Zeroizing<String>, SourceError> {
        password(self.password_file.as_deref())
    }
}

/// What a password file says now; nothing without one.
pub(crate) fn password(file: Option<&Path>) -> Result<Zeroizing<String>, SourceError> {
    let Some(file) = file else {
        return Ok(Zeroizing::default());
    };
    let text = std::fs::read_to_string(file).map_err(|_| SourceError::AccessDenied)?;
    let text = Zeroizing::new(text);
    Ok(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Reads the keys of a connector to a server; `None` when they have faults, which are recorded.
pub(crate) fn read(
    sheet: &Sheet<'_>,
    home: &Path,
    standard_port: u16,
    charset: Option<Charset>,
    faults: &mut FileFaults,
) -> Option<Server> {
    let port = sheet.count("port", PORT_MAX, faults).map(u16::try_from);
    let port = port.and_then(Result::ok).unwrap_or(standard_port);
    let database = sheet.text_required("database", faults);
    let user = sheet.text_required("user", faults);
    let password_file = password_file(sheet, home, faults);
    let reached = reached(sheet, home, faults);
    Some(Server {
        reached: reached?,
        port,
        database: database?.to_owned(),
        user: user?.to_owned(),
        password_file: password_file?,
        schema: None,
        charset,
    })
}

/// The schema of a PostgreSQL connector; it becomes part of `search_path`, so it is a plain name.
pub(crate) fn schema(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<String> {
    let name = sheet.text("schema", faults)?;
    let sound = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !sound {
        fault_at("schema", "must be the name of one schema", sheet, faults);
    }
    sound.then(|| name.to_owned())
}

fn fault_at(key: &str, reason: &str, sheet: &Sheet<'_>, faults: &mut FileFaults) {
    let entry = sheet.entry(key);
    let place = entry.map_or(sheet.place().clone(), |entry| entry.place);
    faults.at(&place, format!("`{key}`: {reason}"));
}

fn reached(sheet: &Sheet<'_>, home: &Path, faults: &mut FileFaults) -> Option<Reached> {
    let host = sheet.text("host", faults).map(str::to_owned);
    let socket = sheet.text("socket", faults).map(|path| home.join(path));
    let tls = sheet.text("tls", faults);
    let ca = sheet.text("ca", faults).map(|path| home.join(path));
    match (host, socket, tls, ca) {
        (None, Some(socket), None | Some("disable"), None) => Some(Reached::Socket(socket)),
        (Some(host), None, Some("disable"), None) if is_loopback(&host) => {
            Some(Reached::Loopback { host })
        }
        (Some(host), None, None | Some("require"), Some(ca)) if ca.is_file() => {
            Some(Reached::Tls { host, ca })
        }
        (Some(_), None, None | Some("require"), Some(_)) => {
            fault_at("ca", "the file does not exist", sheet, faults);
            None
        }
        (Some(_), None, None | Some("require"), None) => {
            let reason = "names the certificates of the authority that the server's comes from";
            fault_at("ca", reason, sheet, faults);
            None
        }
        (Some(_), None, Some("disable"), _) => {
            let reason = "`disable` is for this host or a socket only, and has no `ca`";
            fault_at("tls", reason, sheet, faults);
            None
        }
        (Some(_), None, Some(_), _) => {
            fault_at("tls", "must be `require` or `disable`", sheet, faults);
            None
        }
        (None, Some(_), ..) => {
            let reason = "is reached without TLS: no `ca`, and `tls` is `disable` or absent";
            fault_at("socket", reason, sheet, faults);
            None
        }
        (Some(_), Some(_), ..) | (None, None, ..) => {
            fault_at(
                "host",
                "either `host` or `socket` must be given",
                sheet,
                faults,
            );
            None
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The outer `None` is a fault, the inner one an account without a password.
pub(crate) fn password_file(
    sheet: &Sheet<'_>,
    home: &Path,
    faults: &mut FileFaults,
) -> Option<Option<PathBuf>> {
    let Some(entry) = sheet.entry("password_file") else {
        return Some(None);
    };
    let path = home.join(entry.value.as_str().unwrap_or_default());
    let reason = match std::fs::metadata(&path) {
        Ok(file) if !file.is_file() => "is not a file",
        Ok(file) if file.len() > PASSWORD_BYTES_MAX => "is too long for a password",
        Ok(file) if file.permissions().mode() & OTHERS_MODE_BITS != 0 => {
            "may be read or written by others than its owner; its mode must be 0600 or 0400"
        }
        Ok(_) => return Some(Some(path)),
        Err(_) => "the file does not exist",
    };
    fault_at("password_file", reason, sheet, faults);
    None
}
