//! What must hold of an overloaded hub.

use std::fmt;
use std::time::Duration;

use super::memory::Memory;

/// What it must still answer of the best that it can, in percent.
const GOODPUT_MIN: usize = 90;
/// More than so much of it, in percent, and the best was not found: then nothing is proven.
const GOODPUT_MAX: usize = 115;
/// So many refusals cost at most as much as an answer.
const REFUSALS_PER_ANSWER: u32 = 5;
/// What more it may hold than before, at any moment, beside what is kept of its answers: queue,
/// connections and what is under way.
const HELD_MORE: u64 = 16 << 20;
/// How much more it may hold in the second half than in the first, likewise.
const GROWTH: u64 = 2 << 20;

/// What was measured.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    /// Answers of the best row, in the same time.
    pub(super) peak: usize,
    pub(super) answered: usize,
    pub(super) refused: usize,
    pub(super) broken: usize,
    pub(super) p99_at_peak: Duration,
    pub(super) p99: Duration,
    /// How long a question may wait for a place.
    pub(super) queue_wait: Duration,
    /// Processor time of an answer, and of a refusal.
    pub(super) answer: Duration,
    pub(super) refusal: Duration,
    pub(super) memory: Memory,
    /// What is kept of an answer where nothing is refused, in bytes.
    pub(super) kept: u64,
}

impl Verdict {
    /// Of the best, in percent.
    fn goodput(&self) -> usize {
        self.answered * 100 / self.peak.max(1)
    }

    /// What is kept of its answers, in bytes.
    fn kept(&self) -> u64 {
        self.kept * u64::try_from(self.answered).unwrap_or(u64::MAX)
    }

    fn p99_max(&self) -> Duration {
        self.queue_wait + self.p99_at_peak
    }

    /// What does not hold.
    pub(super) fn faults(&self) -> Vec<String> {
        let (goodput, memory) = (self.goodput(), self.memory);
        let checks = [
            (
                self.broken == 0,
                format!("{} questions were lost", self.broken),
            ),
            (
                self.refused > 0,
                "nothing was refused: it was not overloaded".to_owned(),
            ),
            (
                goodput >= GOODPUT_MIN,
                format!("it answers {goodput} % of what it can, less than {GOODPUT_MIN}"),
            ),
            (
                goodput <= GOODPUT_MAX,
                format!("it answers {goodput} % of the best: the best was not found"),
            ),
            (
                self.p99 <= self.p99_max(),
                format!("p99 is {:?}, more than {:?}", self.p99, self.p99_max()),
            ),
            (
                self.refusal * REFUSALS_PER_ANSWER <= self.answer,
                format!(
                    "a refusal costs {:?}, an answer only {:?}",
                    self.refusal, self.answer
                ),
            ),
            (
                memory.most <= memory.before + HELD_MORE + self.kept(),
                format!("it held {} bytes, {} before", memory.most, memory.before),
            ),
            (
                memory.halves.1 <= memory.halves.0 + GROWTH + self.kept() / 2,
                format!(
                    "its memory grew from {} to {}",
                    memory.halves.0, memory.halves.1
                ),
            ),
        ];
        let wrong = checks.into_iter().filter(|(holds, _)| !holds);
        wrong.map(|(_, said)| said).collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self.memory;
        write!(
            f,
            "goodput: {} % of the best; p99 {:?}, at most {:?}; an answer costs the hub {:?}, a \
             refusal {:?}; memory {} MiB, at most {}, halves {} and {}, {} bytes kept of an answer",
            self.goodput(),
            self.p99,
            self.p99_max(),
            self.answer,
            self.refusal,
            memory.before >> 20,
            memory.most >> 20,
            memory.halves.0 >> 20,
            memory.halves.1 >> 20,
            self.kept,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn sound() -> Verdict {
        Verdict {
            peak: 1_000,
            answered: 950,
            refused: 9_000,
            broken: 0,
            p99_at_peak: Duration::from_millis(100),
            p99: Duration::from_millis(590),
            queue_wait: Duration::from_millis(500),
            answer: Duration::from_millis(7),
            refusal: Duration::from_micros(500),
            memory: Memory {
                before: 40 << 20,
                most: 50 << 20,
                halves: (45 << 20, 46 << 20),
            },
            kept: 1_000,
        }
    }

    type Spoil = fn(&mut Verdict);

    #[test]
    fn each_fault_is_found() {
        assert_eq!(sound().faults(), Vec::<String>::new());
        let spoils: [(Spoil, &str); 8] = [
            (|v| v.broken = 1, "1 questions were lost"),
            (|v| v.refused = 0, "was not overloaded"),
            (|v| v.answered = 899, "it answers 89 %"),
            (|v| v.answered = 1_400, "was not found"),
            (|v| v.p99 = Duration::from_millis(601), "p99 is 601ms"),
            (
                |v| v.refusal = Duration::from_micros(1_401),
                "a refusal costs",
            ),
            (|v| v.memory.most = 58 << 20, "it held"),
            (|v| v.memory.halves.1 = 49 << 20, "grew from"),
        ];
        for (spoil, said) in spoils {
            let mut verdict = sound();
            spoil(&mut verdict);
            let faults = verdict.faults();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains(said), "{faults:?}");
        }
    }
}
