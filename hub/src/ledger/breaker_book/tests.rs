//! Changes of breakers against a log that takes nothing for a while, or no more.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use audit::journal::{Access, Disk, SegmentFile, Writer as LogWriter};
use audit::{Journal, JournalConfig};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio_util::task::TaskTracker;
use wire::ManualClock;

use super::waiting::QUEUE_MAX;
use super::*;
use crate::ledger::entry::Sheet;
use crate::nodes::Nodes;
use crate::nodes::breaker::{BreakerRulebook, Event, Rates, State};

/// A file in memory: the writer of a stepped journal needs a disk, and no more of it.
#[derive(Debug, Default)]
struct MemoryFile(Mutex<Vec<u8>>);

impl SegmentFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().expect("is whole").len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.0.lock().expect("is whole");
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, written: &[u8], offset: u64) -> io::Result<()> {
        let mut bytes = self.0.lock().expect("is whole");
        let end = offset as usize + written.len();
        let longest = bytes.len().max(end);
        bytes.resize(longest, 0);
        bytes[offset as usize..end].copy_from_slice(written);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, Default)]
struct MemoryDisk {
    files: Mutex<BTreeMap<String, Arc<MemoryFile>>>,
    is_full: AtomicBool,
}

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self
            .files
            .lock()
            .expect("is whole")
            .keys()
            .cloned()
            .collect())
    }

    fn open(&self, name: &str, _: Access) -> io::Result<Arc<dyn SegmentFile>> {
        let files = self.files.lock().expect("is whole");
        let file = files.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::<MemoryFile>::clone(file))
    }

    fn create_filled(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn SegmentFile>> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = Arc::new(MemoryFile(Mutex::new(vec![0; bytes as usize])));
        let mut files = self.files.lock().expect("is whole");
        files.insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files.lock().expect("is whole");
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.lock().expect("is whole").remove(name);
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A log that holds one entry in its queue and writes only when it is told to.
struct Slow {
    ledger: Arc<Ledger>,
    writer: LogWriter,
    tasks: TaskTracker,
    book: BreakerBook,
    disk: Arc<MemoryDisk>,
    stopping: CancellationToken,
}

fn slow() -> Slow {
    let mut config = JournalConfig::new("memory", "hub-1");
    config.segment_bytes = 64 << 10;
    config.queue_max = 1;
    let disk = Arc::new(MemoryDisk::default());
    let opened = Journal::open_stepped(Arc::<MemoryDisk>::clone(&disk), &config);
    let (journal, _, writer) = opened.expect("opens");
    let tasks = TaskTracker::new();
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-23 10:00 +8)));
    let start = OffsetDateTime::UNIX_EPOCH;
    let ledger = Ledger::new(journal, clock, &[9; 32], start, tasks.clone());
    let metrics = Arc::new(Metrics::new().expect("the metrics"));
    let stopping = CancellationToken::new();
    Slow {
        book: BreakerBook::new(Arc::clone(&ledger), metrics, stopping.clone()),
        ledger,
        writer,
        tasks,
        disk,
        stopping,
    }
}

impl Slow {
    fn changes(&self) -> Vec<BreakerChanged> {
        let read = self.ledger.journal().scan(0);
        let sheets = read.filter_map(|read| Sheet::decode(&read.expect("reads").1).ok());
        let changes = sheets.filter_map(|sheet| match sheet.entry {
            Entry::Breaker(changed) => Some(changed),
            _ => None,
        });
        changes.collect()
    }

    /// The disk takes no further segment, and those that there were are used up.
    fn fill_up(&mut self) {
        self.disk.is_full.store(true, Ordering::SeqCst);
        let journal = self.ledger.journal().clone();
        while journal.room() > Room::Full {
            let begun = journal.begin(vec![b' '; 4_000]);
            self.writer.write();
            drop(begun);
        }
    }

    fn change(&self, (from, to): (State, State)) {
        let changed = transition(from, to);
        self.book.changed("tielu", &[class("04")], changed);
    }

    /// The disk works again: until nothing is left to do.
    async fn work(&mut self) {
        self.tasks.close();
        while !self.tasks.is_empty() {
            self.writer.write();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn class(number: &str) -> ClassNo {
    number.parse().expect("is a class")
}

fn transition(from: State, to: State) -> Transition {
    Transition {
        from,
        to,
        because: None,
        hand: None,
        rates: Rates::default(),
    }
}

const ROUND: [(State, State); 3] = [
    (State::Closed, State::Open),
    (State::Open, State::HalfOpen),
    (State::HalfOpen, State::Closed),
];

#[tokio::test(start_paused = true)]
async fn while_the_log_takes_nothing_changes_wait_in_their_order() {
    let mut slow = slow();
    let ledger = Arc::clone(&slow.ledger);
    slow.tasks.spawn(async move {
        let entry = Entry::ActsStanding(crate::ledger::entry::ActsStanding::default());
        ledger.note(entry).await.expect("is written in the end");
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let refused = slow.ledger.journal().begin(b"x".to_vec());
    assert!(matches!(refused, Err(AuditError::Full)), "one is too many");
    for (from, to) in ROUND {
        let classes = [class("03"), class("04")];
        slow.book.changed("tielu", &classes, transition(from, to));
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(slow.changes(), []);
    slow.work().await;
    let changes = slow.changes();
    let told: Vec<_> = changes
        .iter()
        .map(|c| (c.from.as_str(), c.to.as_str()))
        .collect();
    let expected = ROUND.map(|(from, to)| (from.as_str(), to.as_str()));
    assert_eq!(told, expected);
    for change in &changes {
        assert!(change.late_ms >= 60_000, "{change:?}");
        assert_eq!((change.folded, change.classes.len()), (0, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_closed_holds_nobody_up() {
    let slow = slow();
    let Slow {
        writer,
        tasks,
        book,
        ledger,
        ..
    } = slow;
    writer.close();
    book.changed(
        "tielu",
        &[class("04")],
        transition(State::Closed, State::Open),
    );
    book.changed(
        "tielu",
        &[class("04")],
        transition(State::Open, State::Closed),
    );
    tasks.close();
    let ended = tokio::time::timeout(Duration::from_secs(5), tasks.wait()).await;
    ended.expect("the writer ends");
    assert_eq!(ledger.journal().size(), 0);
}

/// `LogHasRoom` says of each entry turned away that something was not asked or answered.
#[tokio::test(start_paused = true)]
async fn on_a_full_disk_changes_wait_for_room_and_are_turned_away_by_nobody() {
    let mut slow = slow();
    slow.fill_up();
    let turned_away = slow.ledger.journal().turned_away();
    slow.change(ROUND[0]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    slow.change(ROUND[1]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(slow.ledger.journal().turned_away(), turned_away);
    assert_eq!(slow.changes(), []);
    slow.disk.is_full.store(false, Ordering::SeqCst);
    slow.work().await;
    let late: Vec<_> = slow.changes().iter().map(|c| c.late_ms / 1_000).collect();
    assert_eq!(late, [120, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_on_a_full_disk_waits_for_no_change() {
    let mut slow = slow();
    slow.fill_up();
    slow.change(ROUND[0]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    slow.stopping.cancel();
    slow.change(ROUND[1]);
    slow.tasks.close();
    let ended = tokio::time::timeout(Duration::from_millis(100), slow.tasks.wait()).await;
    ended.expect("nobody waits");
}

#[tokio::test(start_paused = true)]
async fn a_stop_loses_no_change_that_the_log_can_take() {
    let mut slow = slow();
    slow.stopping.cancel();
    slow.change(ROUND[0]);
    slow.change(ROUND[1]);
    slow.work().await;
    assert_eq!(slow.changes().len(), 2);
}

/// A writer that breaks down leaves its change to the next.
#[tokio::test(start_paused = true)]
async fn a_writer_that_ends_early_loses_nothing_and_is_followed_by_another() {
    let mut slow = slow();
    slow.fill_up();
    let writer = Arc::clone(&slow.book.writer);
    let first = entry("tielu", &[class("04")], &transition(ROUND[0].0, ROUND[0].1));
    assert!(writer.waiting().put(first, Instant::now()));
    let at_work = slow.tasks.spawn(Arc::clone(&writer).write_all());
    tokio::time::sleep(Duration::from_secs(1)).await;
    at_work.abort();
    at_work.await.expect_err("was ended in the middle");
    slow.change(ROUND[1]);
    slow.change(ROUND[2]);
    slow.disk.is_full.store(false, Ordering::SeqCst);
    slow.work().await;
    let told: Vec<_> = slow.changes().into_iter().map(|c| c.to).collect();
    assert_eq!(told, ROUND.map(|(_, to)| to.as_str().to_owned()));
}

/// Whatever waits, every class's story is without a gap, and says how much it leaves out.
#[test]
fn what_waits_is_bounded_and_each_class_is_told_without_a_gap() {
    let mut waiting = Waiting::default();
    let at = Instant::now();
    let nodes = ["city", "tielu", "guoguan"];
    let classes = [class("03"), class("04"), class("05")];
    let rounds = QUEUE_MAX;
    let mut starts = 0;
    for n in 0..rounds {
        let (from, to) = ROUND[n % 3];
        for node in nodes {
            let changed = entry(node, &classes, &transition(from, to));
            starts += usize::from(waiting.put(changed, at));
        }
        assert!(waiting.len() <= QUEUE_MAX + nodes.len() * classes.len());
    }
    assert_eq!(starts, 1, "one writer");
    let mut states: BTreeMap<(String, String), (String, u64)> = BTreeMap::new();
    while let Some(change) = waiting.take() {
        let changed = change.changed;
        for class in &changed.classes {
            let of = states.entry((changed.node.clone(), class.clone()));
            let (state, count) = of.or_insert_with(|| ("closed".to_owned(), 0));
            assert_eq!(*state, changed.from);
            *state = changed.to.clone();
            *count += 1 + changed.folded;
        }
    }
    assert_eq!(states.len(), nodes.len() * classes.len());
    let last = ROUND[(rounds - 1) % 3].1.as_str();
    for (state, count) in states.into_values() {
        assert_eq!((state.as_str(), count), (last, rounds as u64));
    }
    assert!(waiting.put(
        entry("city", &classes, &transition(State::Closed, State::Open)),
        at
    ));
}

/// Keeps what it hears.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Transition>>);

impl BreakerWatch for Heard {
    fn changed(&self, _: &str, _: &[ClassNo], transition: Transition) {
        // Long enough for another to come first, if it could.
        std::thread::sleep(Duration::from_micros(50));
        self.0.lock().expect("is whole").push(transition);
    }
}

/// A book can only keep the order in which it hears.
#[tokio::test]
async fn changes_are_heard_in_the_order_in_which_they_came_about() {
    let heard = Arc::new(Heard::default());
    let watch: Arc<dyn BreakerWatch> = Arc::<Heard>::clone(&heard);
    let members = [("tielu".to_owned(), "C00001".to_owned())];
    let nodes = Nodes::new(members, &BreakerRulebook::default(), Instant::now(), watch);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let trip = Event::Set(Hand::Tripped);
                    nodes.heard("tielu", &[(class("04"), trip)]);
                    nodes.heard("tielu", &[(class("04"), Event::Reset)]);
                }
            });
        }
    });
    let heard = heard.0.lock().expect("is whole");
    assert!(heard.len() > 100, "{}", heard.len());
    for pair in heard.windows(2) {
        assert_eq!(pair[0].to, pair[1].from);
    }
}
