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
/// How much larger the last third of a life may be than the first: by this share, and by so much
/// beside.
const GROWTH_PERCENT: u64 = 15;
const GROWTH_BYTES: u64 = 8 << 20;
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

/// Medians of the first and last third of a life.
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

    /// Who has grown.
    pub(super) fn faults(&self) -> Vec<String> {
        let lives = self.lives();
        let mut faults = Vec::new();
        for ((name, pid), life) in &lives.of {
            let judged = [
                ("memory", growth(life, |usage| usage.memory), GROWTH_BYTES),
                ("descriptors", growth(life, descriptors), GROWTH_DESCRIPTORS),
            ];
            for (what, growth, slack) in judged {
                let Some(Growth { from, to }) = growth else {
                    continue;
                };
                if to > from + from * GROWTH_PERCENT / 100 + slack {
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

fn descriptors(usage: &Usage) -> u64 {
    u64::try_from(usage.descriptors).unwrap_or(u64::MAX)
}

/// None of a life that is too short to be judged.
fn growth(life: &[Usage], of: impl Fn(&Usage) -> u64) -> Option<Growth> {
    let judged = life.get(WARM_UP..).unwrap_or_default();
    if judged.len() < JUDGED_MIN {
        return None;
    }
    let third = judged.len() / 3;
    let first = judged.get(..third)?;
    let last = judged.get(judged.len() - third..)?;
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

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lives = self.lives();
        writeln!(
            f,
            "| process | lived | memory, first third | last third | descriptors | |"
        )?;
        write!(f, "|---|--:|--:|--:|--:|--:|")?;
        for ((name, _), life) in &lives.of {
            let lived = EVERY * u32::try_from(life.len()).unwrap_or(u32::MAX);
            let (Some(memory), Some(open)) = (
                growth(life, |usage| usage.memory),
                growth(life, descriptors),
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
