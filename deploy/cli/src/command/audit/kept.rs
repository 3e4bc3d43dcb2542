//! An index that a reader keeps in a folder of its own. It proposes, the log decides: what it
//! proposes is compared with what the log itself gives, and each entry that it hides or invents is
//! named.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use audit::{CaughtUp, Index, IndexKey, Keys, LogReader, Order};
use time::Duration;
use wire::{Clock, Heading};

use super::faults::Faults;

/// Proposals fetched together.
const FETCHED: usize = 1_000;
/// Progress is told no more often.
const TOLD_EVERY: Duration = Duration::seconds(1);

#[derive(Debug)]
pub(super) struct Kept {
    index: Index,
    keys: Vec<IndexKey>,
    /// What catching up came to.
    pub(super) caught_up: CaughtUp,
}

impl Kept {
    /// Opens the index in `dir`, or makes it, and brings it up to the log.
    pub(super) fn open(
        dir: &Path,
        log: &LogReader,
        keys: &[String],
        clock: &dyn Clock,
    ) -> anyhow::Result<Self> {
        let keys = keys.iter().map(|key| IndexKey::new(key.as_bytes()));
        let keys = keys
            .collect::<Option<_>>()
            .context("what is searched for is too long")?;
        let was_there = dir.is_dir();
        let index = Index::open(dir)?;
        let begin = index.indexed_upto()?;
        let own = log.origin().to_owned();
        let keys_of = move |entry: &[u8], keys: &mut Keys<'_>| {
            if let Some(heading) = Heading::read(entry) {
                heading.each_key(&own, |key| keys.add(key));
            }
        };
        let mut progress = Progress::begin(clock, begin);
        let mut caught_up = index.catch_up_log(log, &keys_of, |done| progress.tell(done.upto))?;
        // Some damage leaves an empty index behind, which opens without a word.
        caught_up.rebuilt |= was_there && begin == 0 && caught_up.upto > 0;
        Ok(Self {
            index,
            keys,
            caught_up,
        })
    }

    /// The next entries that the index proposes.
    pub(super) fn proposed(
        &self,
        range: Range<u64>,
        order: Order,
        limit: usize,
    ) -> anyhow::Result<Vec<u64>> {
        Ok(self.index.lookup_all(&self.keys, range, order, limit)?)
    }
}

/// The proposals beside what the log gives, oldest first.
#[derive(Debug)]
pub(super) struct Comparison<'k> {
    kept: &'k Kept,
    ahead: VecDeque<u64>,
    next: u64,
    failed: bool,
}

impl<'k> Comparison<'k> {
    /// From the entry `begin` on.
    pub(super) const fn new(kept: &'k Kept, begin: u64) -> Self {
        Self {
            kept,
            ahead: VecDeque::new(),
            next: begin,
            failed: false,
        }
    }

    /// Takes the next entry of the log, and whether it is one of those searched for.
    pub(super) fn see(&mut self, index: u64, fits: bool, faults: &mut Faults) {
        // What was written since the index was brought up is not its business.
        if index >= self.kept.caught_up.upto {
            return;
        }
        let is_proposed = match self.peek(faults) {
            Some(proposed) if proposed == index => {
                self.ahead.pop_front();
                true
            }
            _ => false,
        };
        if is_proposed && !fits {
            faults.add(format!(
                "the index invents entry {index}: it does not fit the search"
            ));
        } else if fits && !is_proposed {
            faults.add(format!("the index hides entry {index}"));
        }
    }

    /// Everything was seen up to `end`.
    pub(super) fn end(mut self, end: u64, faults: &mut Faults) {
        if let Some(proposed) = self.peek(faults).filter(|proposed| *proposed < end) {
            faults.add(format!("the index invents entry {proposed}"));
        }
    }

    fn peek(&mut self, faults: &mut Faults) -> Option<u64> {
        if self.ahead.is_empty() && !self.failed {
            let more = self
                .kept
                .proposed(self.next..u64::MAX, Order::OldestFirst, FETCHED);
            match more {
                Ok(more) => self.ahead = more.into(),
                Err(error) => {
                    faults.add(format!("the index does not answer: {error:#}"));
                    self.failed = true;
                }
            }
            self.failed |= self.ahead.is_empty();
            self.next = self
                .ahead
                .back()
                .map_or(u64::MAX, |last| last.saturating_add(1));
        }
        self.ahead.front().copied()
    }
}

/// Tells on standard error how an index grows.
struct Progress<'c> {
    clock: &'c dyn Clock,
    from: u64,
    begun: time::OffsetDateTime,
    told: time::OffsetDateTime,
}

impl<'c> Progress<'c> {
    fn begin(clock: &'c dyn Clock, from: u64) -> Self {
        let now = clock.now();
        Self {
            clock,
            from,
            begun: now,
            told: now,
        }
    }

    fn tell(&mut self, upto: u64) {
        let now = self.clock.now();
        if now - self.told < TOLD_EVERY {
            return;
        }
        self.told = now;
        let rate = upto.saturating_sub(self.from) as f64 / (now - self.begun).as_seconds_f64();
        // Whoever closed standard error does not want to know.
        let _ = writeln!(io::stderr(), "indexed {upto} entries, {rate:.0} a second");
    }
}
