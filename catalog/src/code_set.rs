//! Code sets: which codes there are and what they mean. A set refuses what is neither listed nor
//! within its pattern; unknown text is never taken for a normal code.

use std::collections::BTreeMap;

/// A named set of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSet {
    pub(crate) name: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) entries: BTreeMap<String, CodeEntry>,
    pub(crate) pattern: Option<CodePattern>,
}

/// What a listed code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeEntry {
    /// The Chinese label.
    pub label: String,
    /// For a retired code, the one that took its place.
    pub successor: Option<String>,
}

/// Codes that are good without being listed: a prefix and some digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePattern {
    /// What the code begins with.
    pub prefix: CodePrefix,
    /// The fewest digits behind it.
    pub digits_min: u8,
    /// The most digits behind it.
    pub digits_max: u8,
}

/// What an unlisted code begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodePrefix {
    /// Any code the set lists.
    Entry,
    /// One of these texts.
    OneOf(Vec<String>),
}

impl CodeSet {
    /// The name of the set.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Chinese name.
    #[must_use]
    pub fn zh(&self) -> &str {
        &self.zh
    }

    /// The English name.
    #[must_use]
    pub fn en(&self) -> &str {
        &self.en
    }

    /// The listed codes in order, with what they mean.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &CodeEntry)> {
        self.entries
            .iter()
            .map(|(code, entry)| (code.as_str(), entry))
    }

    /// The pattern of codes that are good without being listed.
    #[must_use]
    pub const fn pattern(&self) -> Option<&CodePattern> {
        self.pattern.as_ref()
    }

    /// Whether the code is good: listed, retired or within the pattern.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.entries.contains_key(code) || self.pattern_prefix(code).is_some()
    }

    /// The label of a listed code, or of the listed code that an unlisted one extends.
    #[must_use]
    pub fn label(&self, code: &str) -> Option<&str> {
        let entry = match self.entries.get(code) {
            Some(entry) => entry,
            None => self.entries.get(self.pattern_prefix(code)?)?,
        };
        Some(&entry.label)
    }

    /// The code that took the place of a retired one; nothing for a code in use.
    #[must_use]
    pub fn successor(&self, code: &str) -> Option<&str> {
        self.entries.get(code)?.successor.as_deref()
    }

    /// The longest code that can occur, in characters.
    #[must_use]
    pub fn code_length_max(&self) -> usize {
        let listed = self
            .entries
            .keys()
            .map(|code| code.chars().count())
            .max()
            .unwrap_or(0);
        let Some(pattern) = &self.pattern else {
            return listed;
        };
        let prefix = match &pattern.prefix {
            CodePrefix::Entry => listed,
            CodePrefix::OneOf(texts) => texts
                .iter()
                .map(|text| text.chars().count())
                .max()
                .unwrap_or(0),
        };
        listed.max(prefix + usize::from(pattern.digits_max))
    }

    fn pattern_prefix<'c>(&self, code: &'c str) -> Option<&'c str> {
        let pattern = self.pattern.as_ref()?;
        // A prefix may itself end in digits, so every split is tried.
        (0..=code.len())
            .filter_map(|at| code.split_at_checked(at))
            .find_map(|(prefix, digits)| {
                let length_fits = (usize::from(pattern.digits_min)
                    ..=usize::from(pattern.digits_max))
                    .contains(&digits.len());
                let fits = length_fits
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && match &pattern.prefix {
                        CodePrefix::Entry => self.entries.contains_key(prefix),
                        CodePrefix::OneOf(texts) => texts.iter().any(|text| text == prefix),
                    };
                fits.then_some(prefix)
            })
    }
}
