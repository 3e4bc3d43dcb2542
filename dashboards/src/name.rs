//! What is called one thing in Chinese and another in English, and moments as people read them.

use maud::{Markup, html};

use crate::escape::Escaped;
use crate::language::Language;

/// Longest moment that is shown: RFC 3339 with nanoseconds.
const MOMENT_CHARS_MAX: usize = 35;
/// Of a moment, to the second: `2026-11-23T09:00:00`.
const TO_THE_SECOND: usize = 19;

/// A name in both languages; either may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Name {
    /// The same in both languages.
    #[must_use]
    pub fn same(text: &str) -> Self {
        Self {
            zh: text.to_owned(),
            en: text.to_owned(),
        }
    }

    /// In a language; the other where that one is empty.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        language.choose(&self.zh, &self.en)
    }
}

/// A moment of an entry, to the second, with the whole of it for programs.
#[must_use]
pub(crate) fn moment(at: &str) -> Markup {
    let whole: String = at.chars().take(MOMENT_CHARS_MAX).collect();
    let shown: String = whole.chars().take(TO_THE_SECOND).collect();
    let shown = shown.replace('T', " ");
    html! { time datetime=(Escaped(&whole)) { (Escaped(&shown)) } }
}

/// A day, or an hour of one as the log has it: `2026-11-23T10` is shown as `2026-11-23 10:00`.
#[must_use]
pub(crate) fn window(of: &str) -> Markup {
    match of.split_once('T') {
        Some((_, hour)) if !hour.contains(':') => moment(&format!("{of}:00")),
        _ => moment(of),
    }
}

#[cfg(test)]
mod tests {
    use super::{moment, window};

    #[test]
    fn a_moment_is_shown_to_the_second() {
        let shown = moment("2026-11-23T10:00:00.5+08:00").into_string();
        assert!(shown.contains(">2026-11-23 10:00:00<"), "{shown}");
        assert!(shown.contains("\"2026-11-23T10:00:00.5+08:00\""), "{shown}");
        assert!(moment("<b>").into_string().contains("&lt;b&gt;"));
    }

    #[test]
    fn an_hour_is_shown_with_its_minutes_and_a_day_without() {
        for (of, shown) in [
            ("2026-11-23T10", ">2026-11-23 10:00<"),
            ("2026-11-23", ">2026-11-23<"),
        ] {
            assert!(window(of).into_string().contains(shown), "{of}");
        }
    }
}
