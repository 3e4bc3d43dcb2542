//! Places among what is under way at once, and the queue in front of them. How many places there
//! are may change at any time; nobody who has one loses it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::queue::{Crowded, Queue, Shed, Urgency};

/// Shortest and longest time after which somebody who found no room is told to come back.
const HINT_MIN: Duration = Duration::from_millis(100);
const HINT_MAX: Duration = Duration::from_secs(10);
/// Steps by which those who found no room are told different times, so that they do not come back
/// together: the golden ratio, which spreads any number of them evenly.
const SPREAD_STEP: u64 = 0x9E37_79B9_7F4A_7C15;

type Waiter = oneshot::Sender<Result<Place, Crowded>>;

/// Somebody who wants a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wants<'a> {
    /// The asking center; centers take turns.
    pub(crate) node: &'a str,
    pub(crate) urgency: Urgency,
    /// From then on a place is of no use.
    pub(crate) latest: Instant,
}

/// Places, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Touched when somebody comes, goes or gives up.
    state: Mutex<State>,
    started: Instant,
}

#[derive(Debug)]
struct State {
    places_max: usize,
    queue_max: usize,
    taken: usize,
    queue: Queue<Waiter>,
    /// How long a place is held, smoothed.
    held: Duration,
    hints: u64,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    since: Instant,
}

impl Drop for Place {
    fn drop(&mut self) {
        let held = self.since.elapsed();
        {
            let mut state = self.places.state();
            state.taken = state.taken.saturating_sub(1);
            state.held = state.held.mul_f64(0.875) + held.mul_f64(0.125);
        }
        self.places.settle();
    }
}

/// Somebody in the queue; leaves it when nobody waits any more.
struct InQueue<'a> {
    places: &'a Places,
    id: u64,
    /// Whether the queue has let this one go by itself.
    is_out: bool,
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        if !self.is_out {
            self.places.state().queue.leave(self.id);
        }
    }
}

impl Places {
    pub(crate) fn new(places_max: usize, queue_max: usize) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                places_max,
                queue_max,
                taken: 0,
                queue: Queue::default(),
                held: Duration::ZERO,
                hints: 0,
            }),
            started: Instant::now(),
        }))
    }

    /// From now on there are so many; whoever has a place keeps it.
    pub(crate) fn set(&self, places_max: usize, queue_max: usize) {
        {
            let mut state = self.state();
            (state.places_max, state.queue_max) = (places_max, queue_max);
        }
        self.settle();
    }

    /// A place at once, or after a wait.
    ///
    /// # Errors
    /// There is no room to wait, or the wait took too long.
    pub(crate) async fn take(&self, wants: Wants<'_>) -> Result<Place, Crowded> {
        let now = Instant::now();
        let (waiter, mut told) = oneshot::channel();
        let mut shed = Shed::new();
        let put = {
            let mut state = self.state();
            if state.taken < state.places_max && state.queue.len() == 0 {
                state.taken += 1;
                state.queue.went(wants.node, wants.urgency);
                return Ok(self.place(now));
            }
            if wants.latest <= now {
                return Err(Crowded::Late);
            }
            let most = state.queue_max;
            let (latest, now) = (self.since_start(wants.latest), self.since_start(now));
            let who = (wants.node, wants.urgency, waiter);
            state.queue.put(who, latest, (most, now), &mut shed)
        };
        tell_shed(shed);
        let id = put.map_err(|(_, crowded)| crowded)?;
        let mut in_queue = InQueue {
            places: self,
            id,
            is_out: false,
        };
        if let Ok(Ok(told)) = timeout_at(wants.latest, &mut told).await {
            in_queue.is_out = true;
            return told;
        }
        // The turn may have come at the last moment.
        told.try_recv().unwrap_or(Err(Crowded::Late))
    }

    /// Places that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.state().taken
    }

    /// Those who wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state().queue.len()
    }

    /// When somebody who found no room may try again: when those who wait now will have had their
    /// turn, each told another time.
    pub(crate) fn hint(&self) -> Duration {
        let mut state = self.state();
        state.hints = state.hints.wrapping_add(SPREAD_STEP);
        let ahead = u32::try_from(state.queue.len() + 1).unwrap_or(u32::MAX);
        let places = u32::try_from(state.places_max.max(1)).unwrap_or(u32::MAX);
        let turn = state.held.saturating_mul(ahead) / places;
        let turn = turn.clamp(HINT_MIN, HINT_MAX);
        let thousandths = u32::try_from(((state.hints >> 32) * 1_000) >> 32).unwrap_or(0);
        turn + turn * thousandths / 1_000
    }

    /// Gives free places to those whose turn it is.
    fn settle(&self) {
        let (mut turns, mut shed) = (Vec::new(), Shed::new());
        let now = Instant::now();
        {
            let mut state = self.state();
            while state.taken < state.places_max {
                let Some(next) = state.queue.next(self.since_start(now), &mut shed) else {
                    break;
                };
                state.taken += 1;
                turns.push(next);
            }
        }
        tell_shed(shed);
        for waiter in turns {
            // Whoever gave up meanwhile gives the place back by dropping it.
            let _ = waiter.send(Ok(self.place(now)));
        }
    }

    fn place(&self, since: Instant) -> Place {
        Place {
            places: self.clone(),
            since,
        }
    }

    fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.0.started)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell_shed(shed: Shed<Waiter>) {
    for (waiter, crowded) in shed {
        let _ = waiter.send(Err(crowded));
    }
}

#[cfg(test)]
mod tests;
