//! What a rule finds. A finding names a place and says what is wrong, so that nobody has to read
//! the rule to mend it.

use std::fmt;

/// The rules that an exception may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rule {
    Opening,
    Length,
    Columns,
    Leftover,
    ModuleName,
    Arrow,
    Manifest,
    Owner,
    Metric,
    Runbook,
    Adr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Path from the repository's root, with `/`.
    pub(super) file: String,
    /// Counted from one; none where the whole file is meant.
    pub(super) line: Option<usize>,
    pub(super) said: String,
}

impl Finding {
    pub(super) fn at(file: &str, line: usize, said: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(line),
            said: said.into(),
        }
    }

    pub(super) fn of(file: &str, said: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            said: said.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.file, self.said),
            None => write!(out, "{}: {}", self.file, self.said),
        }
    }
}
