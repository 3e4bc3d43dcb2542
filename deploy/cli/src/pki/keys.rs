//! The keys that are no TLS keys: an agent's, which sign cases and tag subjects; an officer's,
//! which approves; a hub's, which signs the checkpoints of its log.
//!
//! Refuses to overwrite a key: with a lost case key open cases cannot be signed again, with a
//! changed tag key the centers no longer mean the same person, with another log key nobody believes
//! the log any more.

use std::path::Path;

use audit::note::{NoteSigner, SignatureKind, Succession};
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::{PkiError, files};

/// Bytes of a tag key.
const TAG_KEY_BYTES: usize = 32;

/// Makes an Ed25519 key for signing cases, writes it to `out` as PKCS#8 in DER, readable by its
/// owner alone, and gives the public key in hexadecimal, as it stands in the hub's list of nodes.
///
/// # Errors
/// When there is a file already, or it cannot be written.
pub fn write_case_key(out: &Path) -> Result<String, PkiError> {
    write_signing_key(out)
}

/// Makes an officer's Ed25519 key, in the same form and under the same care, and gives the public
/// key as it stands in the trust list.
///
/// # Errors
/// When there is a file already, or it cannot be written.
pub fn write_officer_key(out: &Path) -> Result<String, PkiError> {
    write_signing_key(out)
}

fn write_signing_key(out: &Path) -> Result<String, PkiError> {
    let document =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| PkiError::NoRandom)?;
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref())
        .map_err(|error| PkiError::Crypto(error.to_string().to_lowercase()))?;
    files::write_new_secret(out, document.as_ref())?;
    Ok(HEXLOWER.encode(pair.public_key().as_ref()))
}

/// Makes the Ed25519 key that signs the checkpoints of the log `origin`, writes it to `out` as
/// PKCS#8 in DER, readable by its owner alone, and gives the public key as `name+id+key`, by which
/// everybody verifies the log.
///
/// # Errors
/// When no log can have this name, there is a file already, or it cannot be written.
pub fn write_log_key(out: &Path, origin: &str) -> Result<String, PkiError> {
    write_note_key(out, origin, SignatureKind::Plain)
}

/// Makes the Ed25519 key with which the witness `name` cosigns checkpoints, writes it to `out` as
/// PKCS#8 in DER, readable by its owner alone, and gives the public key as `name+id+key`, as it
/// stands in the policy.
///
/// # Errors
/// When no key can have this name, there is a file already, or it cannot be written.
pub fn write_witness_key(out: &Path, name: &str) -> Result<String, PkiError> {
    write_note_key(out, name, SignatureKind::Cosignature)
}

fn write_note_key(out: &Path, name: &str, kind: SignatureKind) -> Result<String, PkiError> {
    let document =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| PkiError::NoRandom)?;
    let signer = NoteSigner::from_pkcs8(name, kind, document.as_ref())
        .ok_or_else(|| PkiError::Crypto(format!("`{name}` cannot be the name of a key")))?;
    files::write_new_secret(out, document.as_ref())?;
    Ok(signer.key().to_string())
}

/// Makes the successor of the key in `old` that signs the log `origin`, writes it to `out`, and the
/// statement that both keys have signed to `statement`; gives the new public key.
///
/// # Errors
/// The old key cannot be read, there is a file already, or one cannot be written.
pub fn write_successor_key(
    old: &Path,
    origin: &str,
    out: &Path,
    statement: &Path,
) -> Result<String, PkiError> {
    let der = files::read_bytes(old)?;
    let not_a_key = || PkiError::Crypto(format!("`{}` holds no key of a log", old.display()));
    let kind = SignatureKind::Plain;
    let old = NoteSigner::from_pkcs8(origin, kind, &der).ok_or_else(not_a_key)?;
    let vkey = write_log_key(out, origin)?;
    let der = files::read_bytes(out)?;
    let new = NoteSigner::from_pkcs8(origin, kind, &der).ok_or_else(not_a_key)?;
    let succession = Succession::sign(&old, &new).ok_or_else(not_a_key)?;
    files::write_new_secret(statement, succession.note().to_string().as_bytes())?;
    Ok(vkey)
}

/// Makes the key under which agents compute subject tags and writes its 32 bytes to `out`, readable
/// by its owner alone. All agents of a star share one; the hub never sees it.
///
/// # Errors
/// When there is a file already, or it cannot be written.
pub fn write_tag_key(out: &Path) -> Result<(), PkiError> {
    let mut key = [0_u8; TAG_KEY_BYTES];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| PkiError::NoRandom)?;
    files::write_new_secret(out, &key)
}
