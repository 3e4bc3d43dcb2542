//! Entries that carry several keys at once: the lists of the keys are leapt through together, each
//! to where the others are already. What lies between is never looked at one by one, so that two
//! keys that are both common and rarely together are found as fast as they are read.

use std::ops::Range;

use crate::index::store::Store;
use crate::index::{Index, IndexError, IndexKey, LOOKUP_MAX, Order};

/// Entries of a key that are fetched at first, and at the most.
const FETCHED_FIRST: usize = 64;
const FETCHED_MAX: usize = 32_768;

impl Index {
    /// Indexes in `range` of the entries with every one of `keys`; with no key there are none.
    ///
    /// # Errors
    /// The store failed.
    pub fn lookup_all(
        &self,
        keys: &[IndexKey],
        range: Range<u64>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let limit = limit.min(LOOKUP_MAX);
        self.with(|store| {
            let list = |key| List::new(store, key, range.clone(), order);
            let mut lists: Vec<List<'_>> = keys.iter().map(list).collect();
            meet(&mut lists, order, limit)
        })
    }
}

/// The entries that stand in every list, in order.
fn meet(lists: &mut [List<'_>], order: Order, limit: usize) -> Result<Vec<u64>, IndexError> {
    let mut found = Vec::new();
    let Some((first, others)) = lists.split_first_mut() else {
        return Ok(found);
    };
    let mut wanted = None;
    while found.len() < limit {
        let Some(candidate) = first.leap(wanted)? else {
            return Ok(found);
        };
        let mut target = candidate;
        for list in others.iter_mut() {
            let Some(next) = list.leap(Some(target))? else {
                return Ok(found);
            };
            target = next;
            if next != candidate {
                break;
            }
        }
        if target == candidate {
            found.push(candidate);
            wanted = match behind(candidate, order) {
                None => return Ok(found),
                next => next,
            };
        } else {
            wanted = Some(target);
        }
    }
    Ok(found)
}

/// The number that comes behind in this order; `None` behind the last that there can be.
const fn behind(index: u64, order: Order) -> Option<u64> {
    match order {
        Order::OldestFirst => index.checked_add(1),
        Order::NewestFirst => index.checked_sub(1),
    }
}

/// The entries of one key from some place on.
struct List<'s> {
    store: &'s Store,
    key: &'s IndexKey,
    order: Order,
    /// What was not fetched yet.
    rest: Range<u64>,
    fetched: Vec<u64>,
    at: usize,
    next_fetch: usize,
}

impl<'s> List<'s> {
    const fn new(store: &'s Store, key: &'s IndexKey, rest: Range<u64>, order: Order) -> Self {
        Self {
            store,
            key,
            order,
            rest,
            fetched: Vec::new(),
            at: 0,
            next_fetch: FETCHED_FIRST,
        }
    }

    /// The first entry that is not before `target` in this order; the first of all without one.
    fn leap(&mut self, target: Option<u64>) -> Result<Option<u64>, IndexError> {
        loop {
            if let Some(target) = target {
                self.gallop(target);
            }
            if let Some(index) = self.fetched.get(self.at) {
                return Ok(Some(*index));
            }
            match (target, self.order) {
                (Some(target), Order::OldestFirst) => self.rest.start = self.rest.start.max(target),
                (Some(target), Order::NewestFirst) => {
                    self.rest.end = self.rest.end.min(target.saturating_add(1));
                }
                (None, _) => {}
            }
            if self.rest.is_empty() {
                return Ok(None);
            }
            self.fetch()?;
        }
    }

    fn fetch(&mut self) -> Result<(), IndexError> {
        let (rest, order) = (self.rest.clone(), self.order);
        let limit = self.next_fetch;
        self.fetched = self.store.lookup(self.key, rest, order, limit)?;
        self.at = 0;
        self.next_fetch = limit.saturating_mul(2).min(FETCHED_MAX);
        match (self.fetched.last(), order) {
            (Some(last), _) if self.fetched.len() < limit => {
                self.rest.start = *last;
                self.rest.end = *last;
            }
            (Some(last), Order::OldestFirst) => self.rest.start = last.saturating_add(1),
            (Some(last), Order::NewestFirst) => self.rest.end = *last,
            (None, _) => self.rest.end = self.rest.start,
        }
        Ok(())
    }

    /// Passes what lies before `target`: in steps that double until one is too long, and then by
    /// halves within it.
    fn gallop(&mut self, target: u64) {
        let order = self.order;
        let is_before = |index: &u64| match order {
            Order::OldestFirst => *index < target,
            Order::NewestFirst => *index > target,
        };
        let rest = self.fetched.get(self.at..).unwrap_or_default();
        let mut step = 1;
        while rest.get(step).is_some_and(is_before) {
            step = step.saturating_mul(2);
        }
        let (low, high) = (step / 2, step.saturating_add(1).min(rest.len()));
        let within = rest.get(low..high).unwrap_or_default();
        self.at += low + within.partition_point(is_before);
    }
}
