//! The officer's key file. Refuses one that anybody but its owner may read.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use policies::{OfficerKey, SignerFault};
use zeroize::Zeroizing;

/// Permissions of anybody but the owner.
const OTHERS: u32 = 0o077;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// It cannot be read.
    #[error("the key file cannot be read")]
    File(#[from] io::Error),
    /// Others may read it.
    #[error("others may read the key file: chmod 600")]
    OpenToOthers,
    /// It is no key.
    #[error("the key file holds no officer's key")]
    NoKey(#[from] SignerFault),
}

/// Reads an officer's key.
///
/// # Errors
/// See [`KeyFault`].
pub fn read_key(file: &Path) -> Result<OfficerKey, KeyFault> {
    if fs::metadata(file)?.permissions().mode() & OTHERS != 0 {
        return Err(KeyFault::OpenToOthers);
    }
    let bytes = Zeroizing::new(fs::read(file)?);
    Ok(OfficerKey::from_pkcs8(&bytes)?)
}
