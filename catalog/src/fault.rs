//! Faults of a catalogue's sources. A catalogue is refused as a whole, with every fault named at
//! once, so that nobody mends a file one message at a time.

use std::fmt;

/// One source of a catalogue: the text of a file and the name it is known by.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// `catalog.toml`, `classes/….toml` or `code-sets/….toml`.
    pub name: &'s str,
    /// What the file says.
    pub text: &'s str,
}

/// One fault of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The name of the source.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Why there is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The sources have faults.
    #[error("the catalogue has {} fault(s): {}", .0.len(), listed(.0))]
    Faults(Vec<Fault>),
}

impl CatalogError {
    /// Every fault, by file and line.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Faults(faults) => faults,
        }
    }
}

fn listed(faults: &[Fault]) -> String {
    let lines: Vec<_> = faults.iter().map(Fault::to_string).collect();
    lines.join("; ")
}
