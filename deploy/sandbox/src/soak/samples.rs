//! Memory and descriptors of every process, sampled through its life, and whether they grow.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sandbox::star::{HUB, Star};
use sandbox::world::Node;
use tokio_util::sync::CancellationToken;

use crate::usage::Usage;

/// How often a process is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// Samples of a life that are not judged: it is still warming up.
const WARM_UP: usize = 60;
/// A shorter rest of a life is not judged.
const JUDGED_MIN: usize = 120;
/// How much larger the last third of a life may be than the first, where processes are killed and
/// live shortly: by this share, and by so much beside.
const GROWTH_PERCENT: u64 = 15;
const GROWTH_BYTES: u64 = 8 << 20;
/// How much larger its last fifth may be than its third, where nobody is killed: of ten minutes,
/// the last two against the fifth and sixth. A leak of a little more than 1 MiB a minute is found,
/// beside what is kept of each entry.
const GROWTH_BYTES_WHOLE: u64 = 4 << 20;
/// What a program keeps of an entry of its log for a while, in bounds of their own: the index's
/// cache, uses of cases, who asked about whom (a heap profile: `docs/performance.md`).
const KEPT_OF_ENTRY: u64 = 1 << 10;
/// Between the middles of the third and the last fifth of a life lie so many of ten parts of it.
const TENTHS_BETWEEN: u64 = 4;
/// So long a life is needed for that: in the first minutes pools and caches fill.
const WHOLE_MIN: usize = 600;
const GROWTH_DESCRIPTORS: u64 = 8;

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples(Arc<Mutex<Lives>>);

#[derive(Debug, Default)]
struct Lives {
    /// Who runs now.
    running: BTreeMap<String, u32>,
    /// Each life by name and process id.
    of: BTreeMap<(String, u32), Vec<Usage>>,
}

/// How a life is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// Its first third against its last, once it is warm.
    Thirds,
    /// Its third fifth against its last.
    Fifths,
}

/// Medians of two parts of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Growth {
    from: u64,
    to: u64,
}

impl Samples {
    /// Looks at the processes that run now from here on.
    pub(super) fn watch(&self, star: &Star) {
        let agents = Node::ALL.map(|node| (node.id(), star.agent_pid(node)));
        let all = agents.into_iter().chain([(HUB, star.hub_pid())]);
        let running = all.filter_map(|(name, pid)| Some((name.to_owned(), pid?)));
        self.lives().running = running.collect();
    }

    /// Samples until told to stop.
    pub(super) async fn take(self, stopping: CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        while stopping.run_until_cancelled(tick.tick()).await.is_some() {
            let mut lives = self.lives();
            for (name, pid) in lives.running.clone() {
                // One that was killed a moment ago has no usage.
                if let Ok(usage) = Usage::of(pid) {
                    lives.of.entry((name, pid)).or_default().push(usage);
                }
            }
        }
    }

    /// Who has grown, by how many entries the log of each has. Where nobody was killed each has to
    /// live long enough to be judged.
    pub(super) fn faults(&self, judged: Judged, entries: impl Fn(&str) -> usize) -> Vec<String> {
        let lives = self.lives();
        let mut faults = Vec::new();
        if judged == Judged::Fifths {
            let short = lives.of.iter().filter(|(_, life)| life.len() < WHOLE_MIN);
            faults.extend(short.map(|((name, pid), _)| {
                format!("{name} ({pid}) has not lived long enough to be judged")
            }));
        }
        for ((name, pid), life) in &lives.of {
            let (percent, bytes) = match judged {
                Judged::Thirds => (GROWTH_PERCENT, GROWTH_BYTES),
                Judged::Fifths => (0, GROWTH_BYTES_WHOLE + kept(entries(name))),
            };
            let grown = [
                ("memory", growth(life, judged, |usage| usage.memory), bytes),
                (
                    "descriptors",
                    growth(life, judged, descriptors),
                    GROWTH_DESCRIPTORS,
                ),
            ];
            for (what, growth, slack) in grown {
                let Some(Growth { from, to }) = growth else {
                    continue;
                };
                if to > from + from * percent / 100 + slack {
                    faults.push(format!("{name} ({pid}): {what} grew from {from} to {to}"));
                }
            }
        }
        faults
    }

    fn lives(&self) -> MutexGuard<'_, Lives> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is kept of the entries that came between the two parts of a whole life.
fn kept(entries: usize) -> u64 {
    let entries = u64::try_from(entries).unwrap_or(u64::MAX);
    (entries / 10).saturating_mul(TENTHS_BETWEEN * KEPT_OF_ENTRY)
}

fn descriptors(usage: &Usage) -> u64 {
    u64::try_from(usage.descriptors).unwrap_or(u64::MAX)
}

/// None of a life that is too short to be judged.
fn growth(life: &[Usage], judged: Judged, of: impl Fn(&Usage) -> u64) -> Option<Growth> {
    let (first, last) = match judged {
        Judged::Thirds => {
            let warm = life.get(WARM_UP..).unwrap_or_default();
            let third = warm.len() / 3;
            let is_long = warm.len() >= JUDGED_MIN;
            let warm = warm.get(..).filter(|_| is_long)?;
            (warm.get(..third)?, warm.get(warm.len() - third..)?)
        }
        Judged::Fifths => {
            let fifth = life.len() / 5;
            let life = life.get(..).filter(|life| life.len() >= WHOLE_MIN)?;
            let first = life.get(2 * fifth..3 * fifth)?;
            (first, life.get(life.len() - fifth..)?)
        }
    };
    let median = |part: &[Usage]| {
        let mut values: Vec<_> = part.iter().map(&of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied()
    };
    Some(Growth {
        from: median(first)?,
        to: median(last)?,
    })
}

impl Samples {
    /// A table of all lives.
    pub(super) fn table(&self, judged: Judged) -> String {
        let mut text = String::new();
        // A text takes everything.
        let _ = self.write(&mut text, judged);
        text
    }

    fn write(&self, f: &mut impl fmt::Write, judged: Judged) -> fmt::Result {
        let lives = self.lives();
        let (first, last) = match judged {
            Judged::Thirds => ("first third", "last third"),
            Judged::Fifths => ("third fifth", "last fifth"),
        };
        writeln!(
            f,
            "| process | lived | memory, {first} | {last} | descriptors | |"
        )?;
        write!(f, "|---|--:|--:|--:|--:|--:|")?;
        for ((name, _), life) in &lives.of {
            let lived = EVERY * u32::try_from(life.len()).unwrap_or(u32::MAX);
            let (Some(memory), Some(open)) = (
                growth(life, judged, |usage| usage.memory),
                growth(life, judged, descriptors),
            ) else {
                write!(f, "\n| {name} | {} s | not judged | | | |", lived.as_secs())?;
                continue;
            };
            write!(
                f,
                "\n| {name} | {} s | {} MiB | {} MiB | {} | {} |",
                lived.as_secs(),
                memory.from >> 20,
                memory.to >> 20,
                open.from,
                open.to
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(samples: usize, memory: impl Fn(u64) -> u64) -> Vec<Usage> {
        let usage = |nth| Usage {
            memory: memory(nth),
            descriptors: 40,
            processor: Duration::ZERO,
        };
        (0..samples as u64).map(usage).collect()
    }

    fn faults(judged: Judged, life: Vec<Usage>) -> usize {
        faults_of(judged, life, 0)
    }

    fn faults_of(judged: Judged, life: Vec<Usage>, entries: usize) -> usize {
        let samples = Samples::default();
        samples.lives().of.insert(("hub".to_owned(), 1), life);
        samples.faults(judged, |_| entries).len()
    }

    /// Two samples a second, ten minutes.
    const WHOLE: usize = 1_200;

    #[test]
    fn a_small_leak_is_found_only_where_nobody_is_killed() {
        let leaks = |nth: u64| (70 << 20) + nth * 9_000;
        assert_eq!(faults(Judged::Thirds, life(400, leaks)), 0);
        assert_eq!(faults(Judged::Fifths, life(WHOLE, leaks)), 1);
        // 4.3 MB in the time between.
        assert_eq!(faults_of(Judged::Fifths, life(WHOLE, leaks), 1_000), 0);
        let leaks = |nth: u64| (70 << 20) + nth * 40_000;
        assert_eq!(faults_of(Judged::Fifths, life(WHOLE, leaks), 30_000), 1);
        let fills = |nth: u64| (70 << 20) + nth.min(400) * 50_000;
        assert_eq!(faults(Judged::Fifths, life(WHOLE, fills)), 0);
    }

    #[test]
    fn a_life_too_short_to_be_judged_is_a_fault_where_nobody_is_killed() {
        assert_eq!(faults(Judged::Thirds, life(100, |_| 1)), 0);
        assert_eq!(faults(Judged::Fifths, life(WHOLE_MIN - 1, |_| 1)), 1);
        assert_eq!(faults(Judged::Fifths, life(WHOLE_MIN, |_| 1)), 0);
    }
}
