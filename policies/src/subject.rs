//! Subject tags: the keyed pseudonym by which everybody but the agents knows a person, an employer
//! or a house. The key is shared by the agents alone. Nothing here prints a key, and a tag says
//! nothing about the number behind it to anyone who lacks the key.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use ring::hmac;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Separates these tags from any other use of the same key.
const TAG_DOMAIN: &[u8] = b"tianshu/subject/v1\0";
/// The same for the salts of what approvers are shown.
const SALT_DOMAIN: &[u8] = b"tianshu/approval-salt/v1\0";

/// Length of a tag and of the key that makes it.
pub const TAG_BYTES: usize = 32;

/// The keyed pseudonym of one normalised number. Compared in constant time.
#[derive(Clone, Copy)]
pub struct SubjectTag([u8; TAG_BYTES]);

impl SubjectTag {
    /// A tag that came over the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; TAG_BYTES]) -> Self {
        Self(bytes)
    }

    /// The tag in bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; TAG_BYTES] {
        &self.0
    }
}

impl PartialEq for SubjectTag {
    fn eq(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

impl Eq for SubjectTag {}

/// Compares without telling by its duration where the first difference stands.
pub(crate) fn equal_in_constant_time(left: &[u8; 32], right: &[u8; 32]) -> bool {
    let difference = left
        .iter()
        .zip(right)
        .fold(0_u8, |sum, (a, b)| sum | (a ^ b));
    std::hint::black_box(difference) == 0
}

impl fmt::Display for SubjectTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SubjectTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectTag({self})")
    }
}

/// A text that is not a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subject tag is 64 hexadecimal digits in lower case")]
pub struct BadTag;

impl FromStr for SubjectTag {
    type Err = BadTag;

    fn from_str(text: &str) -> Result<Self, BadTag> {
        bytes32(text).map(Self).ok_or(BadTag)
    }
}

/// 32 bytes out of 64 lower-case hexadecimal digits.
pub(crate) fn bytes32(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl Serialize for SubjectTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The key of the subject tags, held by agents and by nobody else.
#[derive(Clone)]
pub struct TagKey(hmac::Key);

impl TagKey {
    /// The key of these 32 bytes.
    #[must_use]
    pub fn new(bytes: &[u8; TAG_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The tag of a normalised number (`catalog::Subject::key`).
    #[must_use]
    pub fn tag(&self, normalised_number: &str) -> SubjectTag {
        SubjectTag(self.keyed(TAG_DOMAIN, &[normalised_number.as_bytes()]))
    }

    /// The salt of what an approver is shown of the subject of a question: every agent can compute
    /// it, and the hub, which carries the digest, cannot.
    #[must_use]
    pub fn approval_salt(&self, nonce: &[u8], question: &[u8; 32]) -> [u8; 32] {
        self.keyed(SALT_DOMAIN, &[nonce, question])
    }

    /// HMAC over a domain of its own and parts, each but the last ended by a zero byte.
    pub(crate) fn keyed(&self, domain: &[u8], parts: &[&[u8]]) -> [u8; TAG_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(domain);
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                context.update(&[0]);
            }
            context.update(part);
        }
        let mut bytes = [0; TAG_BYTES];
        for (to, from) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        bytes
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_hmac_sha256_over_domain_and_number() {
        // Python: hmac.new(bytes(range(32)), b"tianshu/subject/v1" + bytes(1) + number, "sha256")
        let bytes: [u8; 32] = std::array::from_fn(|n| n as u8);
        let tag = TagKey::new(&bytes).tag("110101190001010014");
        assert_eq!(tag.to_string(), KNOWN);
        assert_eq!(KNOWN.parse::<SubjectTag>(), Ok(tag));
    }

    const KNOWN: &str = "57c81ddd0067bcc28eacffc882210d91f239e8aabf3260fd1990f49c7e3cc672";

    #[test]
    fn tags_differ_in_every_byte_position() {
        let tag = TagKey::new(&[7; 32]).tag("x");
        for place in 0..TAG_BYTES {
            let mut other = *tag.as_bytes();
            other[place] ^= 1;
            assert_ne!(tag, SubjectTag::from_bytes(other), "byte {place}");
        }
        assert_ne!(tag, TagKey::new(&[8; 32]).tag("x"), "another key");
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", TagKey::new(&[7; 32])), "TagKey(redacted)");
    }

    #[test]
    fn a_text_that_is_no_tag_is_refused() {
        for text in ["", "00", &"g".repeat(64), &"A".repeat(64), &"0".repeat(66)] {
            assert_eq!(text.parse::<SubjectTag>(), Err(BadTag), "{text}");
        }
    }
}
