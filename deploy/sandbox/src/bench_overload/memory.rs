//! The memory of a process while it is overloaded, not only before and after.

use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::usage::Usage;

const EVERY: Duration = Duration::from_millis(100);

/// What it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    /// At the beginning, in bytes.
    pub(super) before: u64,
    /// The most that was seen.
    pub(super) most: u64,
    /// The medians of the first and the second half.
    pub(super) halves: (u64, u64),
}

/// Somebody who looks.
pub(super) struct Watch {
    looking: JoinSet<anyhow::Result<Vec<u64>>>,
    end: CancellationToken,
}

impl Memory {
    /// Looks at a process from now on.
    pub(super) fn watch(pid: u32) -> Watch {
        let end = CancellationToken::new();
        let ends = end.clone();
        let mut looking = JoinSet::new();
        looking.spawn(async move {
            let mut seen = vec![Usage::of(pid)?.memory];
            let mut tick = tokio::time::interval(EVERY);
            while ends.run_until_cancelled(tick.tick()).await.is_some() {
                seen.push(Usage::of(pid)?.memory);
            }
            Ok(seen)
        });
        Watch { looking, end }
    }

    fn of(seen: &[u64]) -> Self {
        let (first, second) = seen.split_at(seen.len() / 2);
        Self {
            before: seen.first().copied().unwrap_or_default(),
            most: seen.iter().copied().max().unwrap_or_default(),
            halves: (median(first), median(second)),
        }
    }
}

impl Watch {
    /// What was seen.
    pub(super) async fn ended(mut self) -> anyhow::Result<Memory> {
        self.end.cancel();
        let seen = self.looking.join_next().await.context("nobody looks")?;
        Ok(Memory::of(&seen??))
    }
}

fn median(seen: &[u64]) -> u64 {
    let mut sorted = seen.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_only_for_a_moment_is_seen_too() {
        let memory = Memory::of(&[10, 11, 90, 11, 12, 13]);
        assert_eq!((memory.before, memory.most), (10, 90));
        assert_eq!(memory.halves, (11, 12));
    }
}
