//! A system of several servers with one queue (M/M/c), asked by callers who each ask again as soon
//! as they have their reply, through the limit under test. Seeded: every run is the same.

use std::collections::{BTreeMap, VecDeque};

use super::*;

/// The system.
#[derive(Debug, Clone, Copy)]
pub(super) struct System {
    /// Questions that it works on at once; others queue within it.
    pub(super) servers: usize,
    /// Mean time of one; each is exponential.
    pub(super) each: Duration,
    /// From so many questions in it on, every one takes longer, in proportion to the square.
    pub(super) thrash_from: usize,
}

impl System {
    pub(super) fn of(servers: usize, each: Duration) -> Self {
        Self {
            servers,
            each,
            thrash_from: usize::MAX,
        }
    }
}

/// What was seen in a run.
#[derive(Debug)]
pub(super) struct Seen {
    /// Replies a second.
    pub(super) throughput: f64,
    /// The limit that was found, on the mean and at the least.
    pub(super) limit_mean: f64,
    pub(super) limit_least: usize,
}

/// A question in the system.
#[derive(Debug, Clone, Copy)]
struct Question {
    began: Duration,
    in_flight: usize,
}

pub(super) struct Model {
    pub(super) system: System,
    /// Whether the limit is not applied.
    pub(super) is_free: bool,
    load: Load,
    now: Duration,
    waiting: usize,
    queue: VecDeque<Question>,
    at_work: BTreeMap<(Duration, u64), Question>,
    nth: u64,
    random: u64,
}

impl Model {
    pub(super) fn new(system: System, callers: usize, seed: u64) -> Self {
        Self {
            system,
            is_free: false,
            load: Load::new(RULES),
            now: Duration::ZERO,
            waiting: callers,
            queue: VecDeque::new(),
            at_work: BTreeMap::new(),
            nth: 0,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }

    /// Lets it run for so long.
    pub(super) fn run(&mut self, time: Duration) -> Seen {
        let end = self.now + time;
        let (mut replies, mut limits, mut least) = (0_u32, 0.0, usize::MAX);
        loop {
            self.let_in();
            let Some(((done, _), question)) = self.at_work.pop_first() else {
                break;
            };
            if done > end {
                self.at_work.insert((done, self.nth), question);
                self.nth += 1;
                break;
            }
            self.now = done;
            self.waiting += 1;
            self.load.take(Sample {
                began: question.began,
                ended: done,
                in_flight: question.in_flight,
                said: Said::Took,
            });
            replies += 1;
            let found = self.load.found();
            limits += found as f64;
            least = least.min(found);
            self.work();
        }
        self.now = end;
        Seen {
            throughput: f64::from(replies) / time.as_secs_f64(),
            limit_mean: limits / f64::from(replies.max(1)),
            limit_least: least,
        }
    }

    fn in_flight(&self) -> usize {
        self.queue.len() + self.at_work.len()
    }

    fn let_in(&mut self) {
        let limit = match self.is_free {
            true => usize::MAX,
            false => self.load.limit(self.now),
        };
        while self.waiting > 0 && self.in_flight() < limit {
            self.waiting -= 1;
            self.queue.push_back(Question {
                began: self.now,
                in_flight: self.in_flight() + 1,
            });
            self.work();
        }
    }

    fn work(&mut self) {
        while self.at_work.len() < self.system.servers {
            let Some(question) = self.queue.pop_front() else {
                return;
            };
            let in_flight = (self.in_flight() + 1) as f64;
            let over = in_flight / self.system.thrash_from as f64;
            let slower = over.max(1.0).powi(2);
            let took = self.system.each.mul_f64(self.exponential() * slower);
            self.at_work.insert((self.now + took, self.nth), question);
            self.nth += 1;
        }
    }

    /// Exponential with mean 1, from a generator of 64 bits (xorshift*).
    fn exponential(&mut self) -> f64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let bits = self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        let uniform = (bits as f64 + 1.0) / (1_u64 << 53) as f64;
        -uniform.ln()
    }
}
