//! Entries that carry several keys at once.

use std::ops::Range;

use crate::index::{Index, IndexError, IndexKey, LOOKUP_MAX, Order};

/// Entries of the first key that are looked at together.
const CANDIDATES: usize = 1024;

impl Index {
    /// Indexes in `range` of the entries with every one of `keys`; with no key there are none. The
    /// first key is gone through and should be the rarest.
    ///
    /// # Errors
    /// The store failed.
    pub fn lookup_all(
        &self,
        keys: &[IndexKey],
        mut range: Range<u64>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let Some((first, others)) = keys.split_first() else {
            return Ok(Vec::new());
        };
        let limit = limit.min(LOOKUP_MAX);
        let mut found = Vec::new();
        loop {
            let candidates = self.lookup(first, range.clone(), order, CANDIDATES)?;
            for index in &candidates {
                if found.len() >= limit {
                    return Ok(found);
                }
                if self.has_all(others, *index)? {
                    found.push(*index);
                }
            }
            match candidates.last() {
                Some(last) if candidates.len() == CANDIDATES => match order {
                    Order::OldestFirst => range.start = last.saturating_add(1),
                    Order::NewestFirst => range.end = *last,
                },
                _ => return Ok(found),
            }
        }
    }

    fn has_all(&self, keys: &[IndexKey], index: u64) -> Result<bool, IndexError> {
        for key in keys {
            let here = index..index.saturating_add(1);
            if self.lookup(key, here, Order::OldestFirst, 1)?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
