//! The sample world's own source of chance: a splitmix64 stream per topic, so that the same seed
//! gives the same bytes everywhere. It refuses to be used for secrets.

/// One reproducible stream of numbers.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// A stream for `topic`; different topics of one seed do not move together.
    #[must_use]
    pub fn new(seed: u64, topic: &str) -> Self {
        let mixed = topic
            .bytes()
            .fold(seed ^ 0x9e37_79b9_7f4a_7c15, |state, byte| {
                mix(state
                    .wrapping_add(u64::from(byte))
                    .wrapping_mul(0x0100_0000_01b3))
            });
        Self { state: mixed }
    }

    /// The next 64 bits.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number in `0..bound`; zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(1);
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    /// True in `per_mille` of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of `choices`; the default value of the type when there is none.
    pub fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let at = self.below(u64::try_from(choices.len()).unwrap_or(0));
        choices
            .get(usize::try_from(at).unwrap_or(0))
            .copied()
            .unwrap_or_default()
    }
}

fn mix(state: u64) -> u64 {
    let a = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}
