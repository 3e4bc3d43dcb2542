//! What is wrong with a mapping folder: every fault at once, each with file, line and reason.
//! It never repeats a value read from a center's system; it only knows configuration text.

use std::fmt;
use std::ops::Range;

/// One fault of a mapping folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingFault {
    /// The file as named under the mapping folder.
    pub file: String,
    /// The line the fault stands on, counted from 1; 0 where the file itself is the fault.
    pub line: usize,
    /// What is wrong, as a sentence for the person who wrote the file.
    pub reason: String,
}

impl fmt::Display for MappingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.reason)
        } else {
            write!(f, "{}:{}: {}", self.file, self.line, self.reason)
        }
    }
}

/// The mapping folder cannot be used; nothing of it is served.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the mapping folder has {} fault(s):{}", .faults.len(), listed(.faults))]
pub struct MappingErrors {
    faults: Vec<MappingFault>,
}

impl MappingErrors {
    /// Every fault, ordered by file and line.
    pub fn faults(&self) -> &[MappingFault] {
        &self.faults
    }
}

fn listed(faults: &[MappingFault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

/// The faults of one file while it is being read.
#[derive(Debug)]
pub(crate) struct FileFaults {
    file: String,
    line_starts: Vec<usize>,
    found: Vec<MappingFault>,
}

impl FileFaults {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|(at, _)| at + 1))
            .collect();
        Self {
            file: file.to_owned(),
            line_starts,
            found: Vec::new(),
        }
    }

    pub(crate) fn line_of(&self, span: &Range<usize>) -> usize {
        self.line_starts
            .partition_point(|start| *start <= span.start)
    }

    pub(crate) fn at(&mut self, span: &Range<usize>, reason: impl Into<String>) {
        let line = self.line_of(span);
        self.at_line(line, reason);
    }

    pub(crate) fn at_line(&mut self, line: usize, reason: impl Into<String>) {
        self.found.push(MappingFault {
            file: self.file.clone(),
            line,
            reason: reason.into(),
        });
    }

    pub(crate) fn file(&mut self, reason: impl Into<String>) {
        self.at_line(0, reason);
    }
}

/// The faults of a whole folder.
#[derive(Debug, Default)]
pub(crate) struct FolderFaults(Vec<MappingFault>);

impl FolderFaults {
    pub(crate) fn take(&mut self, file: FileFaults) {
        self.0.extend(file.found);
    }

    pub(crate) fn file(&mut self, file: &str, line: usize, reason: impl Into<String>) {
        self.0.push(MappingFault {
            file: file.to_owned(),
            line,
            reason: reason.into(),
        });
    }

    pub(crate) fn into_result<T>(mut self, value: T) -> Result<T, MappingErrors> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0
            .sort_by(|a, b| (&a.file, a.line, &a.reason).cmp(&(&b.file, b.line, &b.reason)));
        Err(MappingErrors { faults: self.0 })
    }
}
