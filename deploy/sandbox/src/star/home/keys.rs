//! Secrets of a star that are no certificate: readable by their owner alone.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::star::fault::StarError;

/// Bytes of a key or token.
const KEY_BYTES: usize = 32;

/// Writes a random key.
pub(super) fn write_key(file: &Path) -> Result<(), StarError> {
    write_secret(file, &random()?)
}

/// Writes a random token as text.
pub(super) fn write_token(file: &Path) -> Result<(), StarError> {
    write_secret(file, data_encoding::HEXLOWER.encode(&random()?).as_bytes())
}

/// Gives somebody else a copy of a secret.
pub(super) fn copy_secret(from: &Path, to: &Path) -> Result<(), StarError> {
    write_secret(to, &fs::read(from).map_err(StarError::file(from))?)
}

fn random() -> Result<[u8; KEY_BYTES], StarError> {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| StarError::NoRandom)?;
    Ok(bytes)
}

fn write_secret(file: &Path, bytes: &[u8]) -> Result<(), StarError> {
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut secret| secret.write_all(bytes))
        .map_err(StarError::file(file))
}
