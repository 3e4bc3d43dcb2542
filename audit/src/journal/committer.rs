//! The one thread that writes: it takes what queued while the last sync ran, writes it as one
//! frame, syncs, and only then answers. There is no timer. After the first failed write or sync it
//! acknowledges nothing more, because after a failed sync nobody can tell what the disk holds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};

use tokio::sync::oneshot;

use crate::digest::Digest;
use crate::error::AuditError;
use crate::journal::disk::{Disk, SegmentFile};
use crate::journal::frame::{Bundle, OVERHEAD_BYTES, PAYLOAD_BYTES_MAX, closing};
use crate::journal::segment::{HEADER_BYTES, Header, file_name};
use crate::journal::shared::Shared;
use crate::journal::supply::{Filled, ROOM_PAUSE, Room, Supply};
use crate::journal::walk::Cursor;
use crate::receipt::Receipt;

/// The spare is prepared once the segment in use is filled to one part in so many.
const SPARE_AT_PART: u64 = 2;

/// One entry on its way into the log.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) entry: Vec<u8>,
    pub(crate) leaf_hash: Digest,
    /// It is taken also when the disk is full.
    pub(crate) owed: bool,
    pub(crate) answer: oneshot::Sender<Result<Receipt, AuditError>>,
}

/// The segment that frames are written to.
#[derive(Debug)]
pub(crate) struct ActiveSegment {
    pub(crate) file: Arc<dyn SegmentFile>,
    pub(crate) salt: u32,
    /// Where the next frame goes.
    pub(crate) at: u64,
    pub(crate) end: u64,
}

impl ActiveSegment {
    /// Gives a zero-filled file its header and then its name, in this order, so that a file with
    /// a segment's name always has a whole header.
    pub(crate) fn put_in_place(
        disk: &dyn Disk,
        file: Arc<dyn SegmentFile>,
        filled_as: &str,
        header: &Header,
    ) -> Result<Self, AuditError> {
        let name = file_name(header.first);
        let failed = |e| AuditError::disk("begin the segment", &name, e);
        let sealed = header.encode();
        file.write_at(&sealed.bytes, 0).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        disk.rename(filled_as, &name).map_err(failed)?;
        disk.sync_folder().map_err(failed)?;
        let at = HEADER_BYTES as u64;
        Ok(Self {
            file,
            salt: sealed.salt,
            at,
            end: header.segment_bytes,
        })
    }

    /// Whether a frame with `payload` bytes fits and still leaves room for a closing frame.
    const fn has_room_for(&self, payload: usize) -> bool {
        self.at + (payload + 2 * OVERHEAD_BYTES) as u64 <= self.end
    }
}

/// Most payload that one frame may carry in segments of this length.
pub(crate) fn payload_bytes_max(segment_bytes: u64) -> usize {
    let room = segment_bytes.saturating_sub((HEADER_BYTES + 2 * OVERHEAD_BYTES) as u64);
    usize::try_from(room)
        .unwrap_or(usize::MAX)
        .min(PAYLOAD_BYTES_MAX)
}

/// State of the writing thread; nobody else ever writes to the journal's folder.
#[derive(Debug)]
pub(crate) struct Committer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: Receiver<Submission>,
    pub(crate) cursor: Cursor,
    pub(crate) active: ActiveSegment,
    /// The last frame is a closing one, so that closing again would add nothing.
    pub(crate) closed: bool,
    pub(crate) supply: Supply,
    /// Taken from the queue but too long for the frame that was being filled, or owed when the
    /// disk was found full.
    pub(crate) held: VecDeque<Submission>,
}

impl Committer {
    /// Runs until every handle of the journal is gone or the journal is closed.
    pub(crate) fn run(mut self) {
        let mut goes_on = true;
        while goes_on && let Some(first) = self.next_submission() {
            goes_on = self.write(first);
        }
        if goes_on {
            self.leave_mark();
        }
        // Whoever is queued, or gets past the health check at this moment, is refused as well.
        while let Some(late) = self.held.pop_front().or_else(|| self.queue.recv().ok()) {
            self.refuse(late);
        }
        self.supply.give_back();
    }

    /// Writes what is queued as one frame and answers; `false` once the journal is poisoned.
    fn write(&mut self, first: Submission) -> bool {
        let (bundle, waiting) = self.gather(first);
        if waiting.is_empty() {
            return true;
        }
        let committed = match self.find_place(&bundle) {
            Ok(()) => self.commit(&bundle),
            Err(AuditError::NoRoom) => {
                self.turn_away(waiting);
                return true;
            }
            Err(error) => Err(error),
        };
        match committed {
            Ok(first_index) => {
                self.acknowledge(first_index, waiting);
                true
            }
            Err(error) => {
                self.poison(&error, waiting);
                false
            }
        }
    }

    fn leave_mark(&mut self) {
        if let Err(error) = self.close() {
            self.poison(&error, Vec::new());
        }
    }

    /// One step of [`Committer::run`] for whoever is the thread themselves: `false` if nothing was
    /// queued.
    pub(crate) fn step(&mut self) -> bool {
        if self.shared.room() == Room::Full {
            self.look_for_room();
        }
        let next = self.held.pop_front();
        let Some(next) = next.or_else(|| self.queue.try_recv().ok()) else {
            return false;
        };
        if self.shared.refusal().is_some() {
            self.refuse(next);
        } else {
            self.write(next);
        }
        true
    }

    /// Ends as [`Committer::run`] does.
    pub(crate) fn end(mut self) {
        while self.step() {}
        if self.shared.refusal().is_none() {
            self.leave_mark();
        }
        self.supply.give_back();
    }

    fn next_submission(&mut self) -> Option<Submission> {
        loop {
            if let Some(held) = self.held.pop_front() {
                return Some(held);
            }
            if self.shared.room() > Room::Full {
                return self.queue.recv().ok();
            }
            match self.queue.recv_timeout(ROOM_PAUSE) {
                Ok(submission) => return Some(submission),
                Err(RecvTimeoutError::Timeout) => self.look_for_room(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Puts together what is queued right now, up to the length of one frame.
    fn gather(&mut self, first: Submission) -> (Bundle, Vec<Submission>) {
        let payload_max = payload_bytes_max(self.shared.segment_bytes);
        let mut bundle = Bundle::default();
        let mut waiting = Vec::new();
        let mut next = Ok(first);
        let only_owed = self.shared.room() == Room::Full;
        loop {
            match next {
                Ok(submission) if only_owed && !submission.owed => self.refuse_for_room(submission),
                Ok(submission) => {
                    let full = bundle.len() + Bundle::bytes_of(&submission.entry) > payload_max;
                    if full && !waiting.is_empty() {
                        self.held.push_front(submission);
                        break;
                    }
                    if bundle.push(&submission.entry) {
                        waiting.push(submission);
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
            next = match self.held.pop_front() {
                Some(held) => Ok(held),
                None => self.queue.try_recv(),
            };
        }
        (bundle, waiting)
    }

    /// Makes a bundle durable; returns the index of its first entry.
    fn commit(&mut self, bundle: &Bundle) -> Result<u64, AuditError> {
        let Cursor { index, chain } = self.cursor;
        let (frame, after) = bundle.seal(index, self.active.salt, &chain);
        self.write_durably(&frame)?;
        self.closed = false;
        self.cursor = Cursor {
            index: index + u64::from(bundle.count()),
            chain: after,
        };
        self.shared
            .advance(self.cursor, index, self.active.at, frame.len() as u64);
        self.active.at += frame.len() as u64;
        self.prepare_spare();
        Ok(index)
    }

    fn write_durably(&self, frame: &[u8]) -> Result<(), AuditError> {
        let failed = |e| AuditError::disk("write to", "journal", e);
        self.active
            .file
            .write_at(frame, self.active.at)
            .map_err(failed)?;
        // A crash up to here leaves the whole frame, a torn one or none of it. None of its entries
        // was acknowledged: recovery keeps it if it is whole and drops it if it is not.
        self.active.file.sync_data().map_err(failed)
        // A crash from here on leaves the frame on disk, whether or not anybody was told, and
        // recovery keeps it. An error from the sync leaves the file in an unknown state: the
        // caller stops for good, and the next process copies the tail before trusting it.
    }

    fn acknowledge(&self, first_index: u64, waiting: Vec<Submission>) {
        for (
            index,
            Submission {
                leaf_hash, answer, ..
            },
        ) in (first_index..).zip(waiting)
        {
            let log = self.shared.origin.clone();
            // A caller that went away does not need its receipt; the entry stays.
            answer
                .send(Ok(Receipt {
                    log,
                    index,
                    leaf_hash,
                }))
                .ok();
        }
    }

    /// Makes sure that the segment in use takes the bundle.
    fn find_place(&mut self, bundle: &Bundle) -> Result<(), AuditError> {
        if self.active.has_room_for(bundle.len()) {
            return Ok(());
        }
        if self.shared.room() == Room::Full {
            let reserve = self.supply.take_reserve().ok_or(AuditError::NoRoom)?;
            return self.roll(reserve);
        }
        let next = self.supply.next()?;
        self.roll(next)?;
        self.shared.set_room(Room::Enough);
        Ok(())
    }

    /// There is no segment for these. Nothing of them was written, so that nobody is left in
    /// doubt: what is owed is tried once more, now in the reserve, and the rest is refused.
    fn turn_away(&mut self, waiting: Vec<Submission>) {
        let is_new = self.shared.room() > Room::Full;
        if is_new {
            tracing::error!("no room for the next segment: only what is owed is taken");
            self.shared.set_room(Room::Full);
        }
        let (owed, others): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|submission| is_new && submission.owed);
        for submission in others {
            self.refuse_for_room(submission);
        }
        for submission in owed.into_iter().rev() {
            self.held.push_front(submission);
        }
    }

    fn refuse_for_room(&self, submission: Submission) {
        self.shared.count_turned_away();
        submission.answer.send(Err(AuditError::NoRoom)).ok();
    }

    fn look_for_room(&mut self) {
        if self.supply.refill() {
            tracing::info!("there is room for the next segments again");
            self.shared.set_room(Room::Enough);
        }
    }

    /// Continues in a fresh segment.
    fn roll(&mut self, (file, filled_as): Filled) -> Result<(), AuditError> {
        let header = Header {
            origin: self.shared.origin.clone(),
            segment_bytes: self.shared.segment_bytes,
            first: self.cursor.index,
            previous: self.cursor.chain,
        };
        let disk = self.shared.disk.as_ref();
        self.active = ActiveSegment::put_in_place(disk, file, filled_as, &header)?;
        self.shared
            .open_segment(self.cursor.index, self.active.salt, self.active.at);
        Ok(())
    }

    /// Starts filling the next segment in the background once this one is half full. A spare that
    /// fails is told, and tried again when it is needed.
    fn prepare_spare(&mut self) {
        let is_due = self.active.at >= self.active.end / SPARE_AT_PART;
        if is_due && self.shared.room() == Room::Enough {
            self.supply.prepare_spare();
            if self.supply.spare_failed() {
                self.shared.set_room(Room::Low);
            }
        }
    }

    /// Leaves the mark by which verification knows that nothing was cut off afterwards.
    fn close(&mut self) -> Result<(), AuditError> {
        let Cursor { index, chain } = self.cursor;
        if self.closed {
            self.shared.close(chain);
            return Ok(());
        }
        let (frame, after) = closing(index, self.active.salt, &chain);
        if self.active.at + frame.len() as u64 > self.active.end {
            // Cannot happen with `has_room_for`, except in a segment closed many times over.
            let filled = match self.supply.next() {
                Err(AuditError::NoRoom) => self.supply.take_reserve().ok_or(AuditError::NoRoom)?,
                filled => filled?,
            };
            self.roll(filled)?;
            return self.close();
        }
        self.write_durably(&frame)?;
        self.cursor.chain = after;
        self.shared.close(after);
        Ok(())
    }

    fn poison(&mut self, error: &AuditError, waiting: Vec<Submission>) {
        let reason = error.in_words();
        tracing::error!(%reason, "the audit log stopped");
        // INVARIANT: the health changes before anybody is told, so that whoever is refused here
        // finds the journal poisoned and nobody is ever acknowledged after somebody was refused.
        self.shared.poison(reason);
        for submission in waiting {
            self.refuse(submission);
        }
    }

    fn refuse(&self, submission: Submission) {
        let error = self.shared.refusal().unwrap_or(AuditError::Closed);
        submission.answer.send(Err(error)).ok();
    }
}
