//! Three layers of keys: each record has one of its own, wrapped by the key of its group (a subject
//! within a volume), which is wrapped by the node's key. Destroying the middle one takes all
//! records of a subject at once, also those whose blocks a disk may have kept.
//!
//! AES-256-GCM from ring. A record's key seals once, so that its nonce is zero; wrapping draws its
//! nonces.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::fault::SideFault;

/// Length of the node's key file.
pub const SIDE_KEY_BYTES: usize = 32;
/// A key, wrapped: nonce, key, tag.
pub(super) const WRAPPED_BYTES: usize = NONCE_LEN + SIDE_KEY_BYTES + TAG_BYTES;
/// The tag that AES-GCM adds.
pub(super) const TAG_BYTES: usize = 16;
/// Length of the keyed name of a group, and of the random name of a record.
pub(super) const NAME_BYTES: usize = 16;

const WRAP_DOMAIN: &[u8] = b"tianshu/side-wrap/v1\0";
const NAME_DOMAIN: &[u8] = b"tianshu/side-name/v1\0";

/// A random key that wipes itself.
pub(super) type Secret = Zeroizing<[u8; SIDE_KEY_BYTES]>;
/// The keyed name of a group, or the random name of a record.
pub(super) type Name = [u8; NAME_BYTES];

/// The node's key, from its key file.
#[derive(Clone)]
pub struct SideKey {
    wrapping: Secret,
    naming: hmac::Key,
}

impl fmt::Debug for SideKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SideKey(redacted)")
    }
}

impl SideKey {
    /// A key from the bytes of its file. Two keys are derived, so that neither serves two ends.
    #[must_use]
    pub fn new(bytes: &[u8; SIDE_KEY_BYTES]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let naming = hmac::sign(&root, NAME_DOMAIN);
        Self {
            wrapping: first(hmac::sign(&root, WRAP_DOMAIN).as_ref()),
            naming: hmac::Key::new(hmac::HMAC_SHA256, naming.as_ref()),
        }
    }

    /// The name of a group in the store of `log`; says nothing without the key.
    pub(super) fn name(&self, log: &str, group: &[u8]) -> Name {
        let mut context = hmac::Context::with_key(&self.naming);
        context.update(log.as_bytes());
        context.update(&[0]);
        context.update(group);
        let tag = context.sign();
        let mut name = Name::default();
        for (to, from) in name.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        name
    }

    pub(super) const fn secret(&self) -> &Secret {
        &self.wrapping
    }
}

fn first(bytes: &[u8]) -> Secret {
    let mut secret = Secret::default();
    for (to, from) in secret.iter_mut().zip(bytes) {
        *to = *from;
    }
    secret
}

/// Fresh bytes.
pub(super) fn draw<const N: usize>(random: &dyn SecureRandom) -> Result<[u8; N], SideFault> {
    let mut bytes = [0; N];
    random.fill(&mut bytes).map_err(|_| SideFault::NoRandom)?;
    Ok(bytes)
}

/// A key under a key; `about` says which key it is, and is authenticated.
pub(super) fn wrap(
    by: &Secret,
    key: &Secret,
    about: &[u8],
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, SideFault> {
    let nonce: [u8; NONCE_LEN] = draw(random)?;
    let mut sealed = Zeroizing::new(key.to_vec());
    let tag = aead(by)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(about),
            &mut sealed,
        )
        .map_err(|_| SideFault::Sealed)?;
    let mut wrapped = Vec::with_capacity(WRAPPED_BYTES);
    wrapped.extend_from_slice(&nonce);
    wrapped.extend_from_slice(&sealed);
    wrapped.extend_from_slice(tag.as_ref());
    Ok(wrapped)
}

/// The key out of [`wrap`].
pub(super) fn unwrap(by: &Secret, wrapped: &[u8], about: &[u8]) -> Result<Secret, SideFault> {
    let (nonce, sealed) = wrapped
        .split_at_checked(NONCE_LEN)
        .ok_or(SideFault::Sealed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SideFault::Sealed)?;
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let opened = aead(by)?
        .open_in_place(nonce, Aad::from(about), &mut bytes)
        .map_err(|_| SideFault::Sealed)?;
    Ok(first(opened))
}

/// Seals a record in place, by a key that seals nothing else.
pub(super) fn seal(by: &Secret, about: &[u8], bytes: &mut Vec<u8>) -> Result<(), SideFault> {
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    aead(by)?
        .seal_in_place_append_tag(nonce, Aad::from(about), bytes)
        .map_err(|_| SideFault::Sealed)
}

/// Opens what [`seal`] made.
pub(super) fn open(
    by: &Secret,
    about: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SideFault> {
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let length = aead(by)?
        .open_in_place(nonce, Aad::from(about), &mut bytes)
        .map_err(|_| SideFault::Sealed)?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

fn aead(key: &Secret) -> Result<LessSafeKey, SideFault> {
    let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SideFault::Sealed)?;
    Ok(LessSafeKey::new(key))
}
