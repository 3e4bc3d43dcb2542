//! What the system says of a process: memory and descriptors held, processor time used.

use std::time::Duration;

use anyhow::Context as _;

/// Ticks of `/proc` in a second, and bytes of a page: those of every Linux that runs this.
const TICKS: u32 = 100;
const PAGE: u64 = 4_096;

/// At one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Resident, in bytes.
    pub(crate) memory: u64,
    /// Open descriptors.
    pub(crate) descriptors: usize,
    /// User and system time since the start.
    pub(crate) processor: Duration,
}

impl Usage {
    /// Of a process.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name before the bracket may hold blanks.
        let (_, rest) = stat.rsplit_once(") ").context("is no stat")?;
        let field = |nth: usize| -> anyhow::Result<u32> {
            let field = rest.split(' ').nth(nth).context("is too short")?;
            Ok(field.parse()?)
        };
        let ticks = field(11)? + field(12)?;
        let statm = std::fs::read_to_string(format!("/proc/{pid}/statm"))?;
        let pages: u64 = statm.split(' ').nth(1).context("is too short")?.parse()?;
        Ok(Self {
            memory: pages * PAGE,
            descriptors: std::fs::read_dir(format!("/proc/{pid}/fd"))?.count(),
            processor: Duration::from_secs(1) * ticks / TICKS,
        })
    }
}
