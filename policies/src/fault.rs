//! What is wrong with a policy file: every fault with file, line and reason, all of them at once.
//! Refuses to hide a fault behind an earlier one, and never quotes a key or an identity number.

use std::ops::Range;

pub use catalog::Fault;

/// A flow, policy, schema, trust list or veto file that is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", listed(.faults))]
pub struct PolicyError {
    faults: Vec<Fault>,
}

impl PolicyError {
    /// Every fault, in the order of file and line.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// For a loader that found nothing wrong and still has nothing to show: it refuses.
    pub(crate) fn unexplained(file: &str) -> Self {
        let reason = "could not be loaded".to_owned();
        Self {
            faults: vec![Fault {
                file: file.to_owned(),
                line: 1,
                reason,
            }],
        }
    }
}

fn listed(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}

/// Gathers the faults of several files while they are read.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, place: Place<'_>, reason: impl Into<String>) {
        self.found.push(Fault {
            file: place.file.to_owned(),
            line: place.line,
            reason: reason.into(),
        });
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// `value`, if nothing at all was wrong.
    pub(crate) fn or_else_refuse<T>(mut self, value: T) -> Result<T, PolicyError> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.sort();
        self.found.dedup();
        Err(PolicyError { faults: self.found })
    }
}

/// Where in which file something stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: usize,
}

/// A file that is being read: turns byte offsets into lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Page<'a> {
    /// The place of a byte range.
    pub(crate) fn at(&self, span: &Range<usize>) -> Place<'a> {
        let before = self.text.as_bytes().iter().take(span.start);
        Place {
            file: self.file,
            line: 1 + before.filter(|byte| **byte == b'\n').count(),
        }
    }

    /// The file as a whole.
    pub(crate) fn whole(&self) -> Place<'a> {
        Place {
            file: self.file,
            line: 1,
        }
    }
}
