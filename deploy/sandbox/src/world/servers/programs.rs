//! The programs of the two database servers, wherever the system has them. It installs nothing:
//! what is missing is named with what to do.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ServerError;

/// Where Debian keeps the programs of each version of PostgreSQL.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";
/// Not on everybody's path.
const SYSTEM_FOLDER: &str = "/usr/sbin";
const POSTGRES_PACKAGES: &str = "postgresql";
const MARIADB_PACKAGES: &str = "mariadb-server-core mariadb-client-core";
/// Who runs the servers when root runs this program: they refuse to be run by root.
pub(super) const NOBODY: u32 = 65_534;

/// The programs that both servers need.
#[derive(Debug, Clone)]
pub struct Programs {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    pub(super) mariadb_install: PathBuf,
    pub(super) mariadbd: PathBuf,
}

impl Programs {
    /// Finds them.
    ///
    /// # Errors
    /// One is not installed.
    pub fn find() -> Result<Self, ServerError> {
        // The installation of MariaDB's own tables calls this one by itself.
        find("my_print_defaults", MARIADB_PACKAGES)?;
        Ok(Self {
            initdb: find("initdb", POSTGRES_PACKAGES)?,
            postgres: find("postgres", POSTGRES_PACKAGES)?,
            mariadb_install: find("mariadb-install-db", MARIADB_PACKAGES)?,
            mariadbd: find("mariadbd", MARIADB_PACKAGES)?,
        })
    }
}

fn find(program: &'static str, packages: &'static str) -> Result<PathBuf, ServerError> {
    let versions = std::fs::read_dir(POSTGRES_VERSIONS).into_iter().flatten();
    let versions = versions.flatten().map(|version| version.path().join("bin"));
    let mut folders: Vec<PathBuf> = versions.collect();
    // The newest version first, and before the path: all programs must be of one version.
    folders.sort_by(|one, other| other.cmp(one));
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.push(SYSTEM_FOLDER.into());
    let mut all = folders.into_iter().map(|folder| folder.join(program));
    all.find(|path| path.is_file())
        .ok_or(ServerError::ProgramMissing { program, packages })
}

/// Whether root runs this program.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A command as the servers' user.
pub(super) fn command(program: &Path) -> Vec<String> {
    let program = program.display().to_string();
    if !is_root() {
        return vec![program];
    }
    let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
    ["setpriv", &user, &group, "--clear-groups", &program]
        .map(str::to_owned)
        .to_vec()
}

/// Runs a program to its end as the servers' user.
pub(super) fn run(program: &Path, arguments: &[&str]) -> Result<(), ServerError> {
    let failed = |said: String| ServerError::Failed {
        program: program.display().to_string(),
        said,
    };
    let line = command(program);
    let (first, rest) = line
        .split_first()
        .ok_or_else(|| failed("no command".to_owned()))?;
    let output = Command::new(first)
        .args(rest)
        .args(arguments)
        .current_dir("/")
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let told = [output.stdout, output.stderr].concat();
    Err(failed(last_line(&String::from_utf8_lossy(&told))))
}

/// The last line that says anything.
pub(super) fn last_line(text: &str) -> String {
    let mut lines = text.lines().rev().map(str::trim);
    let line = lines.find(|line| !line.is_empty());
    line.unwrap_or("nothing").to_owned()
}
