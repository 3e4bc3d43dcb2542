//! One page of what a search found: so many entries from a cursor on, in the order asked for. A
//! cursor is the index of the last entry shown, which stays what it is however the log grows.

use std::collections::VecDeque;

use audit::{Digest, Order, leaf_hash};

/// Most entries on a page.
pub(super) const PAGE_ENTRIES_MAX: usize = 10_000;

/// An entry that was found, with its bytes as the log has them.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) index: u64,
    pub(super) leaf_hash: Digest,
    pub(super) bytes: Vec<u8>,
}

/// Takes entries oldest first, whatever the order of the page.
#[derive(Debug)]
pub(super) struct Page {
    order: Order,
    limit: usize,
    after: Option<u64>,
    rows: VecDeque<(u64, Vec<u8>)>,
    /// Entries found in all, on whichever page.
    pub(super) found: u64,
    /// Whether there is a next page.
    pub(super) has_more: bool,
}

impl Page {
    pub(super) fn new(order: Order, limit: usize, after: Option<u64>) -> Self {
        Self {
            order,
            limit: limit.clamp(1, PAGE_ENTRIES_MAX),
            after,
            rows: VecDeque::new(),
            found: 0,
            has_more: false,
        }
    }

    pub(super) fn take(&mut self, index: u64, bytes: &[u8]) {
        self.found = self.found.saturating_add(1);
        let is_passed = self.after.is_some_and(|after| match self.order {
            Order::OldestFirst => index <= after,
            Order::NewestFirst => index >= after,
        });
        if is_passed {
            return;
        }
        if self.rows.len() >= self.limit {
            self.has_more = true;
            match self.order {
                Order::OldestFirst => return,
                Order::NewestFirst => self.rows.pop_front(),
            };
        }
        self.rows.push_back((index, bytes.to_vec()));
    }

    /// Whether so many entries fill the page and show that there is a next one.
    pub(super) const fn is_full(&self, entries: usize) -> bool {
        entries > self.limit
    }

    /// The rows in the order asked for, each hashed from the bytes that will be shown.
    pub(super) fn into_rows(self) -> Vec<Row> {
        let rows = self.rows.into_iter().map(|(index, bytes)| Row {
            index,
            leaf_hash: leaf_hash(&bytes),
            bytes,
        });
        match self.order {
            Order::OldestFirst => rows.collect(),
            Order::NewestFirst => rows.rev().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(order: Order, after: Option<u64>) -> (Vec<u64>, u64, bool) {
        let mut page = Page::new(order, 2, after);
        for index in [3, 5, 8, 9, 12] {
            page.take(index, b"");
        }
        let (found, has_more) = (page.found, page.has_more);
        let rows = page.into_rows();
        (rows.iter().map(|row| row.index).collect(), found, has_more)
    }

    #[test]
    fn pages_follow_each_other_in_both_orders() {
        use Order::{NewestFirst, OldestFirst};
        assert_eq!(page(OldestFirst, None), (vec![3, 5], 5, true));
        assert_eq!(page(OldestFirst, Some(5)), (vec![8, 9], 5, true));
        assert_eq!(page(OldestFirst, Some(9)), (vec![12], 5, false));
        assert_eq!(page(NewestFirst, None), (vec![12, 9], 5, true));
        assert_eq!(page(NewestFirst, Some(9)), (vec![8, 5], 5, true));
        assert_eq!(page(NewestFirst, Some(5)), (vec![3], 5, false));
    }
}
