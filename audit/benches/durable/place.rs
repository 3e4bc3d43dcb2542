//! Where the figures come from: disk, file system, cores, and what one sync costs there, without
//! which no figure of a log means anything.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

/// Syncs that are measured, each of so many bytes.
const SYNCS: u64 = 500;
const SYNCED_BYTES: u64 = 1024;

/// What a machine tells of itself.
#[derive(Debug)]
pub(crate) struct Place {
    processor: String,
    cores: usize,
    disk: String,
    overwriting_ms: (f64, f64),
    growing_ms: (f64, f64),
}

impl Place {
    pub(crate) fn of(home: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            processor: processor(),
            cores: std::thread::available_parallelism()?.get(),
            disk: disk(home),
            overwriting_ms: sync_cost(home, true)?,
            growing_ms: sync_cost(home, false)?,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, high) = self.overwriting_ms;
        let (growing, growing_high) = self.growing_ms;
        writeln!(
            f,
            "{}, {} cores. {}. {}.",
            self.processor,
            self.cores,
            self.disk,
            load_average()
        )?;
        write!(
            f,
            "fdatasync of 1 KiB: overwriting zeros {median:.2} ms (p99 {high:.2}), growing a file \
             {growing:.2} ms (p99 {growing_high:.2}). Entries of {} bytes.",
            super::ENTRY_BYTES,
        )
    }
}

pub(crate) fn load_average() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let words: Vec<_> = load.split(' ').take(3).collect();
    format!("load average {}", words.join(" "))
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = line.and_then(|line| line.split_once(':'));
    name.map_or("processor not known", |(_, name)| name.trim())
        .to_owned()
}

/// The mount that holds the folder: the one with the longest path in front of it.
fn disk(home: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mut holding: Vec<(usize, String)> = Vec::new();
    for line in mounts.lines() {
        let mut words = line.split(' ');
        let (Some(device), Some(point), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if home.starts_with(point) {
            holding.push((point.len(), format!("{device} ({kind})")));
        }
    }
    let deepest = holding.into_iter().max_by_key(|(length, _)| *length);
    deepest.map_or_else(|| "disk not known".to_owned(), |(_, disk)| disk)
}

/// Median and 99th percentile of one write with its sync, in milliseconds.
fn sync_cost(home: &Path, overwriting: bool) -> anyhow::Result<(f64, f64)> {
    let path = home.join("sync-cost");
    let file = File::create(&path)?;
    if overwriting {
        let zeros = vec![0; usize::try_from(SYNCS * SYNCED_BYTES)?];
        file.write_all_at(&zeros, 0)?;
    }
    file.sync_all()?;
    let bytes = vec![7; usize::try_from(SYNCED_BYTES)?];
    let mut waits = Vec::new();
    for number in 0..SYNCS {
        let begun = Instant::now();
        file.write_all_at(&bytes, number * SYNCED_BYTES)?;
        file.sync_data()?;
        waits.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    std::fs::remove_file(&path)?;
    waits.sort_by(f64::total_cmp);
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied();
    Ok((at(50).unwrap_or_default(), at(99).unwrap_or_default()))
}
