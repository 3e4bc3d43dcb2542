//! `tianshu audit export`: entries as OCSF events or syslog messages, one a line, each with what it
//! is recognised by. With a cursor the next run goes on where this one ended.

mod check;

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use audit::note::SignedCheckpoint;
use audit::{LogReader, Stretch, leaf_hash};
use clap::{Args, ValueEnum};
use wire::Heading;
use wire::export::syslog::{OCTETS_MAX, OCTETS_MIN};
use wire::export::{Cursor, Gap, Place, prepared, syslog};

use super::faults::Faults;
use super::moment::Moment;
use super::opened;
use crate::command::{FOUND, Unreadable};

/// Lengths that a receiver may take.
const OCTETS: std::ops::RangeInclusive<u64> = OCTETS_MIN as u64..=OCTETS_MAX as u64;
/// Name of the program in syslog messages.
const APP: &str = "tianshu";
/// Longest checkpoint that is read.
const CHECKPOINT_BYTES_MAX: u64 = 65_536;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder of the log: beside a running hub or agent, of a stopped one, or restored.
    dir: PathBuf,
    /// OCSF 1.8.0 as JSON lines, or RFC 5424 messages with it, one a line.
    #[arg(long, value_enum, default_value_t = Format::Ocsf)]
    format: Format,
    /// The first entry.
    #[arg(long, default_value_t = 0)]
    from_index: u64,
    /// Go on behind what the last run with this file wrote; it is made by the first.
    #[arg(long, conflicts_with_all = ["from_index", "from", "to"])]
    cursor: Option<PathBuf>,
    /// From this moment on: a day, `2026-11-23T10:00`, or RFC 3339; Beijing time.
    #[arg(long, value_parser = Moment::from)]
    from: Option<Moment>,
    /// Before this moment; a day belongs to it whole.
    #[arg(long, value_parser = Moment::to)]
    to: Option<Moment>,
    /// Append to this file instead of printing.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Longest message; what is longer is cut and says so. Without it nothing is cut.
    #[arg(long, value_parser = clap::value_parser!(u64).range(OCTETS))]
    max_octets: Option<u64>,
    /// Write nothing: hold the lines that a receiver has stored against the log, and name what is
    /// missing, altered or invented.
    #[arg(long, conflicts_with_all = ["cursor", "from", "to", "out", "max_octets"])]
    check: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Ocsf,
    Syslog,
}

impl Export {
    pub(super) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let log = opened(&self.dir)?;
        if let Some(received) = &self.check {
            return check::run(&log, received, self.from_index, out);
        }
        let begun = match &self.cursor {
            Some(file) => found(file, &log)?,
            None => Cursor::new(log.origin(), self.from_index, ""),
        };
        let gap = Gap::before(begun.next, log.first());
        let mut told: Box<dyn Write> = match &self.out {
            Some(file) => Box::new(BufWriter::new(appended(
                file,
                &begun,
                self.cursor.is_some(),
            )?)),
            None => Box::new(Borrowed(out)),
        };
        let mut pass = Pass {
            export: &self,
            log: &log,
            checkpoint: covered(&self.dir, log.origin())?,
            next: begun.next,
            leaf_hash: begun.leaf_hash.clone(),
            written: 0,
            count: 0,
            faults: Faults::default(),
            failed: Ok(()),
        };
        let visited = log.visit(begun.next..u64::MAX, |index, entry| {
            pass.see(index, entry, told.as_mut());
        });
        // Nobody is told of what did not arrive.
        std::mem::replace(&mut pass.failed, Ok(()))?;
        if let Some(Gap { first, last }) = gap {
            pass.faults.add(format!(
                "entries {first} to {last} were removed to the archive and not exported: restore \
                 them with `tianshu audit restore`"
            ));
        }
        told.flush()?;
        drop(told);
        self.keep(&pass)?;
        self.conclude(pass, visited.map_err(anyhow::Error::from), out)
    }

    /// The cursor moves when what it covers is on disk.
    fn keep(&self, pass: &Pass<'_>) -> anyhow::Result<()> {
        let mut written = 0;
        if let Some(out) = &self.out {
            let file = File::open(out)?;
            file.sync_all()?;
            written = file.metadata()?.len();
        }
        let Some(file) = &self.cursor else {
            return Ok(());
        };
        let mut cursor = Cursor::new(pass.log.origin(), pass.next, &pass.leaf_hash);
        cursor.written = written;
        Ok(cursor.write(file)?)
    }

    fn conclude(
        &self,
        mut pass: Pass<'_>,
        visited: anyhow::Result<Stretch>,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        if self.out.is_some() {
            let (log, count, next) = (pass.log.origin(), pass.count, pass.next);
            writeln!(out, "{log}: {count} entries exported, the next is {next}")?;
        }
        // What was written before the damage was verified; nothing behind it was.
        let stretch = visited?;
        pass.faults.add_end(&stretch);
        for fault in pass.faults.sentences() {
            writeln!(io::stderr(), "tianshu: {fault}")?;
        }
        let code = if pass.faults.is_empty() { 0 } else { FOUND };
        Ok(ExitCode::from(code))
    }
}

/// One way through the log.
struct Pass<'a> {
    export: &'a Export,
    log: &'a LogReader,
    checkpoint: Option<u64>,
    next: u64,
    leaf_hash: String,
    written: u64,
    count: u64,
    faults: Faults,
    failed: io::Result<()>,
}

impl Pass<'_> {
    fn see(&mut self, index: u64, entry: &[u8], out: &mut dyn Write) {
        // The segment begins before the entry that is wanted.
        if index < self.next || self.failed.is_err() {
            return;
        }
        let leaf = leaf_hash(entry).to_string();
        if self.is_wanted(index, entry) {
            let place = Place {
                log: self.log.origin(),
                index,
                leaf_hash: &leaf,
                checkpoint: self.checkpoint.filter(|size| index < *size),
            };
            let line = self.line(entry, &place);
            self.failed = writeln!(out, "{line}");
            self.written = self.written.saturating_add(line.len() as u64);
            self.count = self.count.saturating_add(1);
        }
        (self.next, self.leaf_hash) = (index.saturating_add(1), leaf);
    }

    fn line(&self, entry: &[u8], place: &Place<'_>) -> String {
        let octets = self.export.max_octets;
        let octets = octets.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
        match self.export.format {
            Format::Ocsf => prepared(entry, place, octets).json,
            Format::Syslog => syslog::message(entry, place, APP, octets).text,
        }
    }

    /// An entry without a readable time is exported whatever time is asked for, and is a fault.
    fn is_wanted(&mut self, index: u64, entry: &[u8]) -> bool {
        let Export { from, to, .. } = self.export;
        if from.is_none() && to.is_none() {
            return true;
        }
        let heading = Heading::read(entry);
        let moment = heading.as_ref().and_then(|h| Moment::of_entry(&h.at));
        let Some(moment) = moment else {
            self.faults.add(format!(
                "entry {index} has no readable time and was exported"
            ));
            return true;
        };
        from.as_ref().is_none_or(|from| moment >= from.as_str())
            && to.as_ref().is_none_or(|to| moment < to.as_str())
    }
}

/// The cursor of an earlier run, which must be of this log as it is now.
fn found(file: &Path, log: &LogReader) -> anyhow::Result<Cursor> {
    let Some(cursor) = Cursor::read(file)
        .map_err(anyhow::Error::from)
        .map_err(Unreadable::from)?
    else {
        return Ok(Cursor::new(log.origin(), 0, ""));
    };
    let last = match cursor.next.checked_sub(1) {
        // Of a removed entry there is nothing to compare; the name of the log must do.
        Some(last) if last < log.first() => Some(cursor.leaf_hash.clone()),
        Some(last) => log.read(last)?.map(|entry| leaf_hash(&entry).to_string()),
        None => Some(String::new()),
    };
    if cursor.log != log.origin() || last.as_ref() != Some(&cursor.leaf_hash) {
        let said = anyhow::anyhow!(
            "cursor `{}` is of another log: remove it to export from the beginning",
            file.display()
        );
        return Err(Unreadable::from(said).into());
    }
    Ok(cursor)
}

/// The file to append to. What a run wrote that never came to its cursor is taken off again, so
/// that nothing stands there twice.
fn appended(file: &Path, cursor: &Cursor, goes_on: bool) -> anyhow::Result<File> {
    let named = || format!("`{}`", file.display());
    let mut out = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(file)
        .with_context(named)?;
    let length = out.metadata()?.len();
    if goes_on && cursor.next > 0 && length > cursor.written {
        out.set_len(cursor.written).with_context(named)?;
    }
    out.seek(io::SeekFrom::End(0)).with_context(named)?;
    Ok(out)
}

/// Size of the checkpoint that was published of the log, where one was. Its signature is the
/// business of `tianshu audit verify`.
fn covered(dir: &Path, origin: &str) -> anyhow::Result<Option<u64>> {
    let file = dir.join("checkpoint");
    let length = match std::fs::metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        meta => meta?.len(),
    };
    anyhow::ensure!(length <= CHECKPOINT_BYTES_MAX, "`checkpoint` is too long");
    let signed = SignedCheckpoint::parse(&std::fs::read(&file)?);
    let checkpoint = signed.context("`checkpoint`")?.checkpoint;
    anyhow::ensure!(
        checkpoint.origin == origin,
        "`checkpoint` is of another log"
    );
    Ok(Some(checkpoint.size))
}

/// What the program prints to, as a writer of its own.
struct Borrowed<'a>(&'a mut dyn Write);

impl Write for Borrowed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
