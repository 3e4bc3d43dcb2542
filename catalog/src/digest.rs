//! The digest of a catalogue: SHA-256 over what it means. Formatting, provenance and the version
//! label are left out, so two programs with equal digests judge every value alike.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::code_set::{CodePrefix, CodeSet};
use crate::item::{Class, Item, ItemType, TextFormat};

/// Names the rendering below: a change of the rendering must not pass for the same meaning.
const RENDERING: &str = "tianshu/catalog/v1";
/// Bytes of a digest.
const DIGEST_LENGTH: usize = 32;

/// A text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a digest of 64 lower-case hexadecimal digits")]
pub struct DigestError;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; DIGEST_LENGTH]);

impl Digest {
    /// The digest of a file's bytes, as `sha256sum` gives it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut digest = [0; DIGEST_LENGTH];
        let hashed = ring::digest::digest(&SHA256, bytes);
        for (to, from) in digest.iter_mut().zip(hashed.as_ref()) {
            *to = *from;
        }
        Self(digest)
    }

    /// The digest with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; DIGEST_LENGTH]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; DIGEST_LENGTH] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| DigestError)?;
        bytes.try_into().map(Self).map_err(|_| DigestError)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Feeds fields with their lengths in front, so that no two different lists of fields run
/// together into the same bytes.
struct Rendering(Context);

impl Rendering {
    fn field(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn fields<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        for text in texts {
            self.field(text);
        }
    }
}

pub(crate) fn digest<'c>(
    classes: &[Class],
    code_sets: impl ExactSizeIterator<Item = &'c CodeSet>,
) -> Digest {
    let mut rendering = Rendering(Context::new(&SHA256));
    rendering.fields([RENDERING, &classes.len().to_string()]);
    for class in classes {
        render_class(&mut rendering, class);
    }
    rendering.field(&code_sets.len().to_string());
    for set in code_sets {
        render_code_set(&mut rendering, set);
    }
    let mut bytes = [0; DIGEST_LENGTH];
    for (byte, of) in bytes.iter_mut().zip(rendering.0.finish().as_ref()) {
        *byte = *of;
    }
    Digest(bytes)
}

fn render_class(rendering: &mut Rendering, class: &Class) {
    rendering.fields([
        "class",
        &class.no.to_string(),
        &class.code,
        &class.zh,
        &class.en,
    ]);
    rendering.field(&class.items.len().to_string());
    for item in &class.items {
        render_item(rendering, item);
    }
}

fn render_item(rendering: &mut Rendering, item: &Item) {
    let kind = match &item.kind {
        ItemType::Text { len_max } => format!("text {len_max}"),
        ItemType::Code { set, multiple } => format!("code {multiple} {set}"),
        ItemType::Decimal { precision, scale } => format!("decimal {precision} {scale}"),
        ItemType::Integer { digits } => format!("integer {digits}"),
        plain => plain.name().to_owned(),
    };
    let format = match item.format {
        Some(TextFormat::IdNumber { id_type }) => format!("id-number {id_type}"),
        Some(other) => other.name().to_owned(),
        None => String::new(),
    };
    let length = item
        .length
        .map(|length| length.to_string())
        .unwrap_or_default();
    rendering.fields([
        &*item.no.to_string(),
        &item.code,
        &item.zh,
        &item.en,
        &kind,
        &length,
    ]);
    rendering.fields([item.unit.as_deref().unwrap_or_default(), &format]);
    rendering.fields([if item.required { "required" } else { "" }]);
    rendering.fields([
        item.key.map_or("", crate::KeyRole::as_str),
        item.sensitivity.as_str(),
    ]);
    rendering.fields([if item.input_only { "input-only" } else { "" }]);
    let domains: Vec<_> = item.domains.iter().map(|domain| domain.as_str()).collect();
    rendering.field(&domains.join(" "));
}

fn render_code_set(rendering: &mut Rendering, set: &CodeSet) {
    rendering.fields(["code-set", set.name(), set.zh(), set.en()]);
    rendering.field(&set.entries.len().to_string());
    for (code, entry) in set.entries() {
        rendering.fields([
            code,
            &entry.label,
            entry.successor.as_deref().unwrap_or_default(),
        ]);
    }
    let Some(pattern) = set.pattern() else {
        return rendering.field("listed only");
    };
    rendering.field(&format!("{} {}", pattern.digits_min, pattern.digits_max));
    match &pattern.prefix {
        CodePrefix::Entry => rendering.field("entry"),
        CodePrefix::OneOf(texts) => rendering.field(&texts.join(" ")),
    }
}
