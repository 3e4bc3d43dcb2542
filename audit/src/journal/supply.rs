//! The segments that are filled ahead: a spare, so that nobody waits for zeros, and a reserve for
//! the entries that are owed when the disk is full. Ordinary entries are taken only while there is
//! a reserve. A file that could not be filled is given back to the disk at once.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::AuditError;
use crate::journal::disk::{Disk, SegmentFile};

/// The next segment while it is being filled with zeros, and until it gets its header and name.
pub(crate) const SPARE_NAME: &str = "spare.tmp";
/// The segment for what is owed, until it is needed. A start removes it like every unfinished
/// file, which gives recovery the room for its copy, and fills it anew.
pub(crate) const RESERVE_NAME: &str = "reserve.tmp";
/// How often a full journal looks whether there is room again.
pub(crate) const ROOM_PAUSE: Duration = Duration::from_millis(500);

/// Whether the disk has room for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Only what is owed is taken ([`crate::Journal::begin_owed`]), until there is room again.
    Full,
    /// The segment in use is the last one for which there is room.
    Low,
    /// There is room.
    Enough,
}

/// A zero-filled file and the name that it has until it becomes a segment.
pub(crate) type Filled = (Arc<dyn SegmentFile>, &'static str);

/// See the module.
#[derive(Debug)]
pub(crate) struct Supply {
    disk: Arc<dyn Disk>,
    bytes: u64,
    spare: Stock,
    reserve: Stock,
    /// Whether files are filled by threads beside the writer.
    has_threads: bool,
}

/// One file that is filled ahead.
#[derive(Debug)]
enum Stock {
    None,
    Filling(JoinHandle<io::Result<Arc<dyn SegmentFile>>>),
    Ready(Arc<dyn SegmentFile>),
}

impl Supply {
    /// Fills the reserve. Without room for it there is none, and the log begins full.
    pub(crate) fn begin(disk: Arc<dyn Disk>, bytes: u64) -> Result<Self, AuditError> {
        let reserve = match disk.create_filled(RESERVE_NAME, bytes) {
            Ok(file) => Stock::Ready(file),
            Err(error) if is_no_room(&error) => Stock::None,
            Err(error) => return Err(AuditError::disk("fill the reserve", RESERVE_NAME, error)),
        };
        Ok(Self {
            disk,
            bytes,
            spare: Stock::None,
            reserve,
            has_threads: true,
        })
    }

    /// Fills by itself from now on, and nothing before it is needed.
    pub(crate) const fn work_alone(&mut self) {
        self.has_threads = false;
    }

    pub(crate) const fn has_reserve(&self) -> bool {
        matches!(self.reserve, Stock::Ready(_))
    }

    /// Starts filling a spare in the background if there is none.
    pub(crate) fn prepare_spare(&mut self) {
        if self.has_threads && matches!(self.spare, Stock::None) {
            self.spare = fill(&self.disk, SPARE_NAME, self.bytes);
        }
    }

    /// Whether the filling of the spare has ended without one.
    pub(crate) fn spare_failed(&mut self) -> bool {
        let was_filling = matches!(self.spare, Stock::Filling(_));
        self.spare.look();
        was_filling && matches!(self.spare, Stock::None)
    }

    /// The spare, or a segment that is filled now: room may have been made since a spare failed.
    ///
    /// # Errors
    /// [`AuditError::NoRoom`], or the disk fails.
    pub(crate) fn next(&mut self) -> Result<Filled, AuditError> {
        if let Some(file) = self.spare.take() {
            return Ok((file, SPARE_NAME));
        }
        let file = self.disk.create_filled(SPARE_NAME, self.bytes);
        let file = file.map_err(|error| match is_no_room(&error) {
            true => AuditError::NoRoom,
            false => AuditError::disk("fill the segment", SPARE_NAME, error),
        })?;
        Ok((file, SPARE_NAME))
    }

    pub(crate) fn take_reserve(&mut self) -> Option<Filled> {
        self.reserve.take().map(|file| (file, RESERVE_NAME))
    }

    /// Goes on with filling both in the background; whether both are there.
    pub(crate) fn refill(&mut self) -> bool {
        self.spare.look();
        self.reserve.look();
        if !self.has_threads {
            for (stock, name) in [
                (&mut self.reserve, RESERVE_NAME),
                (&mut self.spare, SPARE_NAME),
            ] {
                if matches!(stock, Stock::None) {
                    let filled = self.disk.create_filled(name, self.bytes);
                    *stock = filled.map_or(Stock::None, Stock::Ready);
                }
            }
        } else if matches!(self.reserve, Stock::None) {
            self.reserve = fill(&self.disk, RESERVE_NAME, self.bytes);
        }
        self.prepare_spare();
        self.has_reserve() && matches!(self.spare, Stock::Ready(_))
    }

    /// Gives both back to the disk. What stays behind is removed by the next opening.
    pub(crate) fn give_back(&mut self) {
        for (stock, name) in [
            (&mut self.spare, SPARE_NAME),
            (&mut self.reserve, RESERVE_NAME),
        ] {
            if !matches!(stock, Stock::None) {
                drop(stock.take());
                self.disk.remove(name).ok();
            }
        }
    }
}

impl Stock {
    /// Takes in a filling that has ended.
    fn look(&mut self) {
        if matches!(self, Self::Filling(filling) if filling.is_finished()) {
            *self = self.take().map_or(Self::None, Self::Ready);
        }
    }

    /// What is there, after the filling that is under way.
    fn take(&mut self) -> Option<Arc<dyn SegmentFile>> {
        match std::mem::replace(self, Self::None) {
            Self::None => None,
            Self::Ready(file) => Some(file),
            Self::Filling(filling) => {
                let filled = filling.join().ok()?;
                filled
                    .inspect_err(|error| tracing::warn!(%error, "no segment could be filled ahead"))
                    .ok()
            }
        }
    }
}

/// Without a thread the segment is filled when it is needed.
fn fill(disk: &Arc<dyn Disk>, name: &'static str, bytes: u64) -> Stock {
    let disk = Arc::clone(disk);
    let filling = std::thread::Builder::new()
        .name("audit-spare".to_owned())
        .spawn(move || disk.create_filled(name, bytes));
    filling.map_or(Stock::None, Stock::Filling)
}

/// Whether a file could not be filled because there was no room for it. The file is of no use then
/// and nothing was acknowledged in it, so that nothing has to be feared.
pub(crate) fn is_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
