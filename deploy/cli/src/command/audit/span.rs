//! Which part of a log a search reads, and what shows that nothing of it is missing: entries follow
//! each other without a gap (the journal's frames say so), their times never go back, and an entry
//! before and one behind bound the time searched.

use std::ops::Range;

use audit::LogReader;
use serde::Serialize;
use wire::Heading;

use super::faults::Faults;
use super::filter::Wanted;
use super::moment::Moment;

/// An entry at an edge of the time searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Edge {
    pub(super) index: u64,
    pub(super) at: String,
}

/// The time searched, as the log has it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Span {
    /// The last entry before it.
    pub(super) before: Option<Edge>,
    pub(super) first: Option<Edge>,
    pub(super) last: Option<Edge>,
    /// The first entry behind it.
    pub(super) after: Option<Edge>,
    /// Entries within.
    pub(super) entries: u64,
    #[serde(skip)]
    latest: String,
}

impl Span {
    /// Whether an entry from before the time searched was seen, so that none of it is missing.
    pub(super) const fn is_bounded(&self) -> bool {
        self.before.is_some()
    }

    /// Takes the next entry into account, and says whether it lies in the time searched. An entry
    /// whose time cannot be read lies nowhere, and is a fault.
    pub(super) fn see(
        &mut self,
        index: u64,
        at: &str,
        wanted: &Wanted,
        faults: &mut Faults,
    ) -> bool {
        let Some(moment) = Moment::of_entry(at) else {
            faults.add(format!(
                "entry {index} has no readable time and was not searched"
            ));
            return false;
        };
        if moment < self.latest.as_str() {
            faults.add(format!(
                "entry {index} is of an earlier time than one before it"
            ));
        } else {
            self.latest.clear();
            self.latest.push_str(moment);
        }
        let edge = |edge: &mut Option<Edge>| {
            let edge = edge.get_or_insert_with(|| Edge {
                index,
                at: String::new(),
            });
            edge.index = index;
            edge.at.clear();
            edge.at.push_str(at);
        };
        if wanted.is_before(moment) {
            edge(&mut self.before);
            return false;
        }
        if wanted.is_behind(moment) {
            if self.after.is_none() {
                edge(&mut self.after);
            }
            return false;
        }
        if self.first.is_none() {
            edge(&mut self.first);
        }
        edge(&mut self.last);
        self.entries = self.entries.saturating_add(1);
        true
    }
}

/// The indexes of the segments that can hold the time searched, and the whole log where the first
/// entries of its segments do not say it. Only those entries are read.
pub(super) fn located(
    log: &LogReader,
    wanted: &Wanted,
    faults: &mut Faults,
) -> anyhow::Result<Range<u64>> {
    let whole = 0..u64::MAX;
    if !wanted.is_timed() {
        return Ok(whole);
    }
    let mut range = whole.clone();
    let mut latest = String::new();
    for first in log.segments() {
        let Some(entry) = log.read(*first)? else {
            continue;
        };
        let heading = Heading::read(&entry);
        let moment = heading.as_ref().and_then(|h| Moment::of_entry(&h.at));
        let Some(moment) = moment else {
            return Ok(whole);
        };
        if moment < latest.as_str() {
            faults.add(format!(
                "entry {first} is of an earlier time than one before it"
            ));
            return Ok(whole);
        }
        latest = moment.to_owned();
        if wanted.is_before(moment) {
            range.start = *first;
        }
        // Read with what is searched: it shows where the time searched ends.
        if wanted.is_behind(moment) {
            range.end = first.saturating_add(1);
            break;
        }
    }
    Ok(range)
}
