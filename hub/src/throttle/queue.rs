//! Who waits for a place, and whose turn it is. A pure value: time comes in, nobody is woken here.
//!
//! Whoever waits at a counter goes before a list. Within each of the two, the asking centers take
//! turns, and each center's own questions keep their order. Where the queue is full, first those go
//! that could not answer in time any more, then lists, then the newest of whoever has most waiting.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::time::Duration;

/// How urgent a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody waits at a counter.
    Counter,
    /// A list, or a flow that is done in the background.
    Batch,
}

/// Why somebody waits no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// There was no room to wait, or somebody more urgent needed it.
    Full,
    /// Too little time is left to answer.
    Late,
}

/// Somebody who waits.
#[derive(Debug)]
struct Waiting<W> {
    id: u64,
    /// From then on it is not worth beginning.
    latest: Duration,
    who: W,
}

#[derive(Debug)]
struct Lane<W> {
    by_node: BTreeMap<String, VecDeque<Waiting<W>>>,
    /// The node that went last.
    turn: String,
}

/// Those who no longer wait, each with the reason.
pub(crate) type Shed<W> = Vec<(W, Crowded)>;

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue<W> {
    counter: Lane<W>,
    batch: Lane<W>,
    waiting: usize,
    ids: u64,
}

impl<W> Default for Lane<W> {
    fn default() -> Self {
        Self {
            by_node: BTreeMap::new(),
            turn: String::new(),
        }
    }
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Self {
            counter: Lane::default(),
            batch: Lane::default(),
            waiting: 0,
            ids: 0,
        }
    }
}

impl<W> Lane<W> {
    /// The first of the node whose turn it is.
    fn take(&mut self) -> Option<Waiting<W>> {
        let after = (Bound::Excluded(self.turn.clone()), Bound::Unbounded);
        let next = self.by_node.range::<String, _>(after).next();
        let node = next.or(self.by_node.iter().next())?.0.clone();
        let own = self.by_node.get_mut(&node)?;
        let first = own.pop_front();
        if own.is_empty() {
            self.by_node.remove(&node);
        }
        self.turn = node;
        first
    }

    fn longest(&self) -> Option<(&str, usize)> {
        let lengths = self.by_node.iter().map(|(node, own)| (&**node, own.len()));
        lengths.max_by_key(|(_, len)| *len)
    }

    fn len_of(&self, node: &str) -> usize {
        self.by_node.get(node).map_or(0, VecDeque::len)
    }

    /// The newest of whoever has most waiting.
    fn newest_of_longest(&mut self) -> Option<W> {
        let node = self.longest()?.0.to_owned();
        let own = self.by_node.get_mut(&node)?;
        let newest = own.pop_back();
        if own.is_empty() {
            self.by_node.remove(&node);
        }
        newest.map(|waiting| waiting.who)
    }

    fn leave(&mut self, id: u64) -> bool {
        let mut lines = self.by_node.iter_mut();
        let found = lines.find_map(|(node, own)| {
            let at = own.iter().position(|waiting| waiting.id == id)?;
            own.remove(at);
            Some((node.clone(), own.is_empty()))
        });
        if let Some((node, true)) = &found {
            self.by_node.remove(node);
        }
        found.is_some()
    }

    fn part(&mut self, goes: impl Fn(&Waiting<W>) -> bool) -> Vec<W> {
        let mut gone = Vec::new();
        for own in self.by_node.values_mut() {
            let (go, stay): (VecDeque<_>, VecDeque<_>) = own.drain(..).partition(|w| goes(w));
            *own = stay;
            gone.extend(go.into_iter().map(|waiting| waiting.who));
        }
        self.by_node.retain(|_, own| !own.is_empty());
        gone
    }
}

impl<W> Queue<W> {
    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// Puts somebody in line, if need be in place of others.
    ///
    /// # Errors
    /// There is no room for this one; `shed` may hold some all the same.
    pub(crate) fn put(
        &mut self,
        (node, urgency, who): (&str, Urgency, W),
        latest: Duration,
        (most, now): (usize, Duration),
        shed: &mut Shed<W>,
    ) -> Result<u64, (W, Crowded)> {
        if self.waiting >= most {
            self.shed_late(now, shed);
        }
        if self.waiting >= most && !self.make_room(node, urgency, shed) {
            return Err((who, Crowded::Full));
        }
        self.ids += 1;
        let waiting = Waiting {
            id: self.ids,
            latest,
            who,
        };
        let lane = self.lane(urgency);
        lane.by_node
            .entry(node.to_owned())
            .or_default()
            .push_back(waiting);
        self.waiting += 1;
        Ok(self.ids)
    }

    /// Whose turn it is; those whose time is over on the way are shed.
    pub(crate) fn next(&mut self, now: Duration, shed: &mut Shed<W>) -> Option<W> {
        loop {
            let next = self.counter.take().or_else(|| self.batch.take())?;
            self.waiting = self.waiting.saturating_sub(1);
            if now < next.latest {
                return Some(next.who);
            }
            shed.push((next.who, Crowded::Late));
        }
    }

    /// Somebody had a place without waiting; the other nodes' turn comes first.
    pub(crate) fn went(&mut self, node: &str, urgency: Urgency) {
        let turn = &mut self.lane(urgency).turn;
        turn.clear();
        turn.push_str(node);
    }

    /// Takes somebody out who waits no longer; whether it was there.
    pub(crate) fn leave(&mut self, id: u64) -> bool {
        let was_there = self.counter.leave(id) || self.batch.leave(id);
        if was_there {
            self.waiting = self.waiting.saturating_sub(1);
        }
        was_there
    }

    fn lane(&mut self, urgency: Urgency) -> &mut Lane<W> {
        match urgency {
            Urgency::Counter => &mut self.counter,
            Urgency::Batch => &mut self.batch,
        }
    }

    fn shed_late(&mut self, now: Duration, shed: &mut Shed<W>) {
        let is_late = |waiting: &Waiting<W>| waiting.latest <= now;
        let mut late = self.counter.part(is_late);
        late.extend(self.batch.part(is_late));
        self.waiting = self.waiting.saturating_sub(late.len());
        shed.extend(late.into_iter().map(|who| (who, Crowded::Late)));
    }

    /// Whether somebody went for a newcomer.
    fn make_room(&mut self, node: &str, urgency: Urgency, shed: &mut Shed<W>) -> bool {
        let gone = match urgency {
            Urgency::Counter => self
                .batch
                .newest_of_longest()
                .or_else(|| Self::newest_but_of(&mut self.counter, node)),
            Urgency::Batch => Self::newest_but_of(&mut self.batch, node),
        };
        let Some(who) = gone else { return false };
        self.waiting = self.waiting.saturating_sub(1);
        shed.push((who, Crowded::Full));
        true
    }

    /// The newest of whoever has more waiting than the newcomer's node would have; the newest of
    /// that node is the newcomer itself.
    fn newest_but_of(lane: &mut Lane<W>, node: &str) -> Option<W> {
        let own = lane.len_of(node) + 1;
        let most = lane.longest().map_or(0, |(_, len)| len);
        if most > own {
            lane.newest_of_longest()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
