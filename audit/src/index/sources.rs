//! The two logs that an index is filled from: the owner's own journal, and a folder that is read
//! from outside.

use crate::digest::{Digest, leaf_hash};
use crate::index::IndexError;
use crate::index::fill::{OnEntry, Source};
use crate::journal::Journal;
use crate::search::LogReader;

impl Source for Journal {
    fn origin(&self) -> &str {
        Self::origin(self)
    }

    fn leaf(&self, index: u64) -> Result<Option<Digest>, IndexError> {
        // What lies in the archive cannot be compared: the index is then built anew.
        if index >= self.size() || index < self.first() {
            return Ok(None);
        }
        Ok(Some(leaf_hash(&self.read(index)?)))
    }

    fn first(&self) -> u64 {
        Self::first(self)
    }

    fn ends_at(&self, index: u64) -> bool {
        self.size() <= index
    }

    fn feed(&self, from: u64, on_entry: &mut OnEntry<'_>) -> Result<(), IndexError> {
        for next in self.scan(from) {
            let (index, entry) = next?;
            on_entry(index, &entry);
        }
        Ok(())
    }
}

impl Source for LogReader {
    fn origin(&self) -> &str {
        Self::origin(self)
    }

    fn leaf(&self, index: u64) -> Result<Option<Digest>, IndexError> {
        Ok(self.read(index)?.as_deref().map(leaf_hash))
    }

    fn first(&self) -> u64 {
        Self::first(self)
    }

    fn ends_at(&self, _: u64) -> bool {
        // Only reading shows it.
        false
    }

    fn feed(&self, from: u64, on_entry: &mut OnEntry<'_>) -> Result<(), IndexError> {
        // A visit begins with its segment.
        let shown = self.visit(from..u64::MAX, |index, entry| {
            if index >= from {
                on_entry(index, entry);
            }
        });
        shown.map(|_| ()).map_err(IndexError::from)
    }
}
