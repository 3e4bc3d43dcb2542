//! A line of the showcase: what was told, and what was compared.

use super::ShowError;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is compared, in a few words.
    pub what: String,
    /// What must be.
    pub expected: String,
    /// What was.
    pub seen: String,
    /// Whether that is good.
    pub holds: bool,
}

/// A line with its comparisons.
#[derive(Debug, Clone)]
pub struct Line {
    /// Short name, such as `S1`.
    pub id: String,
    /// What it shows, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// What happened, for people.
    pub told: Vec<String>,
    /// What was compared.
    pub checks: Vec<Check>,
}

impl Check {
    /// Two texts that must be the same.
    #[must_use]
    pub fn same(what: &str, expected: impl ToString, seen: impl ToString) -> Self {
        let (expected, seen) = (expected.to_string(), seen.to_string());
        let holds = expected == seen;
        Self {
            what: what.to_owned(),
            expected,
            seen,
            holds,
        }
    }

    /// A condition in words, and what was seen.
    #[must_use]
    pub fn that(what: &str, expected: impl ToString, seen: impl ToString, holds: bool) -> Self {
        Self {
            what: what.to_owned(),
            expected: expected.to_string(),
            seen: seen.to_string(),
            holds,
        }
    }
}

impl Line {
    /// A line without content yet.
    #[must_use]
    pub fn new(id: &str, zh: &str, en: &str) -> Self {
        Self {
            id: id.to_owned(),
            zh: zh.to_owned(),
            en: en.to_owned(),
            told: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// A line that broke off.
    #[must_use]
    pub fn failed(id: &str, zh: &str, en: &str, error: &ShowError) -> Self {
        let mut line = Self::new(id, zh, en);
        line.break_off(error);
        line
    }

    /// Whether everything was as expected; a line without comparisons has shown nothing.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.holds)
    }

    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.told.push(text.into());
    }

    pub(super) fn check(&mut self, check: Check) {
        self.checks.push(check);
    }

    pub(super) fn break_off(&mut self, error: &ShowError) {
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            said = format!("{said}: {error}");
            cause = error.source();
        }
        self.check(Check::that("shown to its end", "yes", said, false));
    }

    /// Runs the rest of a line; an error ends it and stays on it.
    pub(super) async fn filled(
        mut self,
        fill: impl AsyncFnOnce(&mut Self) -> Result<(), ShowError>,
    ) -> Self {
        if let Err(error) = fill(&mut self).await {
            self.break_off(&error);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_only_with_comparisons_that_all_hold() {
        let mut line = Line::new("x", "", "");
        assert!(!line.holds(), "nothing was compared");
        line.check(Check::same("a", 1, "1"));
        assert!(line.holds());
        line.check(Check::same("b", "open", "closed"));
        assert!(!line.holds());
        assert!(!Line::failed("x", "", "", &ShowError::Late("y")).holds());
    }
}
