//! The two languages of the pages. Chinese is the language of the house, English the second.

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    #[default]
    Chinese,
    /// English.
    English,
}

/// A sentence in both languages; every word that people read is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said(pub &'static str, pub &'static str);

impl Language {
    /// For the `lang` attribute.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// A sentence in this language.
    #[must_use]
    pub const fn say(self, said: Said) -> &'static str {
        match self {
            Self::Chinese => said.0,
            Self::English => said.1,
        }
    }

    /// Whichever of a Chinese and an English text belongs here; the other where that one is empty.
    #[must_use]
    pub fn choose<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match (self, zh.is_empty(), en.is_empty()) {
            (Self::Chinese, false, _) | (Self::English, _, true) => zh,
            _ => en,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    /// As it stands in the cookie and in addresses: `zh` or `en`.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// Reads what [`Language::short`] writes; anything else is Chinese.
    #[must_use]
    pub fn read(short: &str) -> Self {
        if short == "en" {
            Self::English
        } else {
            Self::Chinese
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_lacks_a_language_is_shown_in_the_other() {
        assert_eq!(Language::English.choose("市中心", "city"), "city");
        assert_eq!(Language::English.choose("市中心", ""), "市中心");
        assert_eq!(Language::Chinese.choose("", "city"), "city");
        for language in [Language::Chinese, Language::English] {
            assert_eq!(Language::read(language.short()), language);
            assert_eq!(language.other().other(), language);
        }
        assert_eq!(Language::read("fr"), Language::Chinese);
    }
}
