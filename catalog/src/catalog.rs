//! The loaded catalogue and how things are found in it. It is never changed after loading.

use std::collections::BTreeMap;

use crate::code_set::CodeSet;
use crate::digest::Digest;
use crate::fault::{CatalogError, Source};
use crate::item::{Class, Item};
use crate::number::{ClassNo, ItemNo};
use crate::{builtin, load};

/// The longest version label, in characters.
pub const VERSION_CHARS_MAX: usize = 16;

/// The version before a catalogue, whose peers its own peers still work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its version label.
    pub version: String,
    /// The digest of what it meant.
    pub digest: Digest,
}

/// A checked catalogue.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(crate) version: String,
    pub(crate) previous: Option<Predecessor>,
    pub(crate) digest: Digest,
    pub(crate) classes: Vec<Class>,
    pub(crate) code_sets: BTreeMap<String, CodeSet>,
}

impl Catalog {
    /// The catalogue this program was built with.
    ///
    /// # Errors
    /// Every fault of the embedded files.
    pub fn builtin() -> Result<Self, CatalogError> {
        Self::parse(builtin::SOURCES)
    }

    /// The sources of the catalogue this program was built with, for those who compare or change
    /// them.
    #[must_use]
    pub const fn builtin_sources() -> &'static [Source<'static>] {
        builtin::SOURCES
    }

    /// Whether a text can be a version label: short, and letters, digits, `.` and `-` only, so that
    /// a peer's label may stand in a log.
    #[must_use]
    pub fn is_version(text: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        (1..=VERSION_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_plain)
    }

    /// Loads and checks a catalogue.
    ///
    /// # Errors
    /// Every fault of every source.
    pub fn parse(sources: &[Source<'_>]) -> Result<Self, CatalogError> {
        load::load(sources)
    }

    /// The version, year and release of that year.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version before, if peers of it are still to be worked with.
    #[must_use]
    pub const fn previous(&self) -> Option<&Predecessor> {
        self.previous.as_ref()
    }

    /// The digest of what the catalogue means.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The classes in the order of their numbers.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class with this number.
    #[must_use]
    pub fn class(&self, no: ClassNo) -> Option<&Class> {
        self.classes.get(usize::from(no.get()).checked_sub(1)?)
    }

    /// The class with this code, such as `personal-account`.
    #[must_use]
    pub fn class_by_code(&self, code: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.code == code)
    }

    /// Every item of every class, in the order of their numbers.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.classes.iter().flat_map(|class| &class.items)
    }

    /// The item with this number.
    #[must_use]
    pub fn item(&self, no: ItemNo) -> Option<&Item> {
        self.class(no.class())?.item(no)
    }

    /// The item of a class with this code, such as `grzhzt`.
    #[must_use]
    pub fn item_by_code(&self, class: ClassNo, code: &str) -> Option<&Item> {
        self.class(class)?
            .items
            .iter()
            .find(|item| item.code == code)
    }

    /// The item with this name, such as `04.grzhzt` or `personal-account.grzhzt`.
    #[must_use]
    pub fn item_named(&self, name: &str) -> Option<&Item> {
        let (class, code) = name.split_once('.')?;
        let class = match class.parse() {
            Ok(no) => no,
            Err(_) => self.class_by_code(class)?.no,
        };
        self.item_by_code(class, code)
    }

    /// The code sets in the order of their names.
    pub fn code_sets(&self) -> impl ExactSizeIterator<Item = &CodeSet> {
        self.code_sets.values()
    }

    /// The code set with this name.
    #[must_use]
    pub fn code_set(&self, name: &str) -> Option<&CodeSet> {
        self.code_sets.get(name)
    }
}
