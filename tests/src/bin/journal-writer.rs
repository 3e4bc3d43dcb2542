//! A small real process that writes a journal, for the tests in `durability/` to trace, to hurt and
//! to kill. It prints a receipt only once it holds it, and is no part of what is shipped.
//!
//! `journal-writer FOLDER ORIGIN SEGMENT_BYTES LIFE FROM COUNT` opens the log, says `open`, waits
//! for a line, appends the entries `FROM..FROM + COUNT` of this life one after the other, and
//! closes.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use audit::{Journal, JournalConfig};
use tests::{OPEN, numbered_entry, with_room};

/// Attempts after a refusal: a journal that stopped must refuse them all.
const ATTEMPTS_AFTER_REFUSAL: u64 = 3;

/// How it ended, as an exit code that the tests read.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Every entry is acknowledged and the log is closed in good order.
    Done = 0,
    /// The words on the command line are wrong.
    Usage = 2,
    /// The journal did not open.
    NotOpened = 10,
    /// An append was refused, and so was every later one.
    Stopped = 11,
    /// The closing was refused.
    NotClosed = 12,
    /// An append succeeded after another one was refused.
    WentOnAfterRefusal = 13,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let end = match Order::read(&words) {
        None => End::Usage,
        Some(order) => order.carry_out().unwrap_or(End::Usage),
    };
    ExitCode::from(end as u8)
}

/// What it was told to do.
#[derive(Debug)]
struct Order {
    config: JournalConfig,
    life: u64,
    from: u64,
    count: u64,
}

impl Order {
    fn read(words: &[String]) -> Option<Self> {
        let [folder, origin, segment_bytes, life, from, count] = words else {
            return None;
        };
        let config = JournalConfig {
            segment_bytes: segment_bytes.parse().ok()?,
            entry_bytes_max: 1000,
            ..JournalConfig::new(folder, origin)
        };
        Some(Self {
            config,
            life: life.parse().ok()?,
            from: from.parse().ok()?,
            count: count.parse().ok()?,
        })
    }

    fn carry_out(&self) -> io::Result<End> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let journal = match Journal::open(&self.config) {
            Ok((journal, _)) => journal,
            Err(error) => return told(&error.to_string(), End::NotOpened),
        };
        writeln!(io::stdout().lock(), "{OPEN}")?;
        io::stdin().lock().read_line(&mut String::new())?;
        let append = |number| {
            let entry = numbered_entry(self.life, number);
            with_room(|| runtime.block_on(journal.append(entry.clone())))
        };
        for number in self.from..self.from.saturating_add(self.count) {
            match append(number) {
                Ok(receipt) => {
                    let line = serde_json::to_string(&receipt)?;
                    // With the chain hash, so that a second history of the same length shows.
                    writeln!(io::stdout().lock(), "{} {line}", journal.chain())?;
                }
                Err(error) => {
                    let again = (0..ATTEMPTS_AFTER_REFUSAL).any(|_| append(number).is_ok());
                    let end = if again {
                        End::WentOnAfterRefusal
                    } else {
                        End::Stopped
                    };
                    return told(&error.to_string(), end);
                }
            }
        }
        match journal.close() {
            Ok(()) => Ok(End::Done),
            Err(error) => told(&error.to_string(), End::NotClosed),
        }
    }
}

fn told(reason: &str, end: End) -> io::Result<End> {
    writeln!(io::stderr().lock(), "journal-writer: {reason}")?;
    Ok(end)
}
