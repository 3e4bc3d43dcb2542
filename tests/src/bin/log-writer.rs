//! A small real process that writes a log and publishes it, for the tests in `durability/` to hurt
//! and to kill. It prints a receipt or a checkpoint only once it holds it, and is no part of what
//! is shipped.
//!
//! `log-writer FOLDER ORIGIN KEY SEGMENT_BYTES LIFE BATCH…` opens the log, says `open`, waits for a
//! line, and for each batch appends so many entries one after the other and publishes; then it
//! closes.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use audit::note::{NoteSigner, SignatureKind, SignedCheckpoint};
use audit::{Journal, JournalConfig, PublishError, Publisher};
use tests::{OPEN, PUBLISHED, short_entry, with_room};

const ATTEMPTS_AFTER_REFUSAL: u64 = 3;
/// How often a publisher that waits for room is asked again, and after how long.
const ROOM_TRIES: u32 = 200;
const ROOM_PAUSE: Duration = Duration::from_millis(20);

/// How it ended, as an exit code that the tests read.
#[derive(Debug, Clone, Copy)]
enum End {
    Done = 0,
    Usage = 2,
    /// Journal or publisher did not open.
    NotOpened = 10,
    /// An append was refused, and so was every later one.
    Stopped = 11,
    NotClosed = 12,
    /// Something succeeded after it had been refused for good.
    WentOnAfterRefusal = 13,
    /// A checkpoint was refused, and so was every later one.
    NotPublished = 14,
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
    key: PathBuf,
    life: u64,
    batches: Vec<u64>,
}

impl Order {
    fn read(words: &[String]) -> Option<Self> {
        let [folder, origin, key, segment_bytes, life, batches @ ..] = words else {
            return None;
        };
        let config = JournalConfig {
            segment_bytes: segment_bytes.parse().ok()?,
            entry_bytes_max: 1000,
            ..JournalConfig::new(folder, origin)
        };
        let batches = batches.iter().map(|batch| batch.parse().ok());
        Some(Self {
            config,
            key: key.into(),
            life: life.parse().ok()?,
            batches: batches.collect::<Option<_>>()?,
        })
    }

    fn signer(&self) -> io::Result<NoteSigner> {
        let der = std::fs::read(&self.key)?;
        let signer = NoteSigner::from_pkcs8(&self.config.origin, SignatureKind::Plain, &der);
        signer.ok_or_else(|| io::Error::other("is no key"))
    }

    fn carry_out(&self) -> io::Result<End> {
        let signer = self.signer()?;
        let journal = match Journal::open(&self.config) {
            Ok((journal, _)) => journal,
            Err(error) => return told(&error, End::NotOpened),
        };
        let mut publisher = match Publisher::open(&journal, signer) {
            Ok(publisher) => publisher,
            Err(error) => return told(&error, End::NotOpened),
        };
        writeln!(io::stdout().lock(), "{OPEN}")?;
        io::stdin().lock().read_line(&mut String::new())?;
        let mut stopped = None;
        for batch in &self.batches {
            if stopped.is_none() {
                stopped = self.append(&journal, *batch)?;
            }
            // A journal that stopped has what it acknowledged published all the same.
            if let Some(end) = publish(&mut publisher)? {
                return Ok(end);
            }
        }
        if let Some(end) = stopped {
            return Ok(end);
        }
        match journal.close() {
            Ok(()) => Ok(End::Done),
            Err(error) => told(&error, End::NotClosed),
        }
    }

    fn append(&self, journal: &Journal, count: u64) -> io::Result<Option<End>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let append = |number| {
            let entry = || short_entry(self.life, number);
            with_room(|| runtime.block_on(journal.append(entry())))
        };
        let from = journal.size();
        for number in from..from.saturating_add(count) {
            match append(number) {
                Ok(receipt) => {
                    let line = serde_json::to_string(&receipt)?;
                    writeln!(io::stdout().lock(), "{line}")?;
                }
                Err(error) => {
                    let again = (0..ATTEMPTS_AFTER_REFUSAL).any(|_| append(number).is_ok());
                    let end = if again {
                        End::WentOnAfterRefusal
                    } else {
                        End::Stopped
                    };
                    return told(&error, end).map(Some);
                }
            }
        }
        Ok(None)
    }
}

/// Publishes what there is; tells how it ended if it is refused.
fn publish(publisher: &mut Publisher) -> io::Result<Option<End>> {
    loop {
        match advanced(publisher) {
            Ok(Some(checkpoint)) => {
                let note = serde_json::to_string(&checkpoint.note.to_string())?;
                writeln!(io::stdout().lock(), "{PUBLISHED}{note}")?;
            }
            Ok(None) => return Ok(None),
            Err(error) => {
                let again = (0..ATTEMPTS_AFTER_REFUSAL).any(|_| publisher.advance().is_ok());
                let end = if again {
                    End::WentOnAfterRefusal
                } else {
                    End::NotPublished
                };
                return told(&error, end).map(Some);
            }
        }
    }
}

fn advanced(publisher: &mut Publisher) -> Result<Option<Arc<SignedCheckpoint>>, PublishError> {
    for _ in 0..ROOM_TRIES {
        let advanced = publisher.advance()?;
        if !publisher.lacks_room() {
            return Ok(advanced);
        }
        std::thread::sleep(ROOM_PAUSE);
    }
    Ok(None)
}

fn told(reason: &dyn std::error::Error, end: End) -> io::Result<End> {
    writeln!(io::stderr().lock(), "log-writer: {reason}")?;
    Ok(end)
}
