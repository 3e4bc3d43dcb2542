//! All chance of a simulation comes from its seed, by one generator that is split by name, so that
//! one more draw in one place changes nothing in another.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wire::{NoRandom, Random};

/// SplitMix64: small, fast, and each seed another stream.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for one part of the world.
    pub(super) fn fork(&mut self, name: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(self.next() ^ hash)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("is below a length")
    }

    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// Between the two, in microseconds.
    pub(super) fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let span = high.saturating_sub(low).as_micros();
        let span = u64::try_from(span).expect("is short");
        low + Duration::from_micros(self.below(span + 1))
    }

    pub(super) fn ms(&mut self, low: u64, high: u64) -> Duration {
        self.between(Duration::from_millis(low), Duration::from_millis(high))
    }
}

/// Chance that several tasks draw from; the runtime has one thread, so their order is its own.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Chance>);

impl Shared {
    pub(super) const fn new(chance: Chance) -> Self {
        Self(Mutex::new(chance))
    }

    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The hub's ids and salts.
impl Random for Shared {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        self.draw(|chance| {
            for piece in bytes.chunks_mut(8) {
                let drawn = chance.next().to_le_bytes();
                piece.copy_from_slice(&drawn[..piece.len()]);
            }
        });
        Ok(())
    }
}
