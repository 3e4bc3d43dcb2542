//! The one thread that writes: it takes what queued while the last sync ran, writes it as one
//! frame, syncs, and only then answers. There is no timer. After the first failed write or sync it
//! acknowledges nothing more, because after a failed sync nobody can tell what the disk holds.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::digest::Digest;
use crate::error::AuditError;
use crate::journal::disk::{Disk, SegmentFile};
use crate::journal::frame::{Bundle, OVERHEAD_BYTES, PAYLOAD_BYTES_MAX, closing};
use crate::journal::segment::{HEADER_BYTES, Header, file_name};
use crate::journal::shared::Shared;
use crate::journal::walk::Cursor;
use crate::receipt::Receipt;

/// The next segment while it is being filled with zeros, and until it gets its header and name.
pub(crate) const SPARE_NAME: &str = "spare.tmp";
/// The spare is prepared once the segment in use is filled to one part in so many.
const SPARE_AT_PART: u64 = 2;

/// One entry on its way into the log.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) entry: Vec<u8>,
    pub(crate) leaf_hash: Digest,
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
    pub(crate) spare: Option<JoinHandle<std::io::Result<Arc<dyn SegmentFile>>>>,
    /// Taken from the queue but too long for the frame that was being filled.
    pub(crate) held: Option<Submission>,
    /// Whether the next segment is filled by a thread beside this one.
    pub(crate) prepares: bool,
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
        while let Some(late) = self.next_submission() {
            self.refuse(late);
        }
        self.drop_spare();
    }

    /// Writes what is queued as one frame and answers; `false` once the journal is poisoned.
    fn write(&mut self, first: Submission) -> bool {
        let (bundle, waiting) = self.gather(first);
        match self.commit(&bundle) {
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
        let next = self.held.take().or_else(|| self.queue.try_recv().ok());
        let Some(next) = next else { return false };
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
    }

    fn next_submission(&mut self) -> Option<Submission> {
        self.held.take().or_else(|| self.queue.recv().ok())
    }

    /// Puts together what is queued right now, up to the length of one frame.
    fn gather(&mut self, first: Submission) -> (Bundle, Vec<Submission>) {
        let payload_max = payload_bytes_max(self.shared.segment_bytes);
        let mut bundle = Bundle::default();
        let mut waiting = Vec::new();
        let mut next = Ok(first);
        loop {
            match next {
                Ok(submission) => {
                    let full = bundle.len() + Bundle::bytes_of(&submission.entry) > payload_max;
                    if full && !waiting.is_empty() {
                        self.held = Some(submission);
                        break;
                    }
                    if bundle.push(&submission.entry) {
                        waiting.push(submission);
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
            next = self.queue.try_recv();
        }
        (bundle, waiting)
    }

    /// Makes a bundle durable; returns the index of its first entry.
    fn commit(&mut self, bundle: &Bundle) -> Result<u64, AuditError> {
        if !self.active.has_room_for(bundle.len()) {
            self.roll()?;
        }
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

    /// Continues in a fresh segment.
    fn roll(&mut self) -> Result<(), AuditError> {
        let bytes = self.shared.segment_bytes;
        let prepared = self
            .spare
            .take()
            .and_then(|filling| filling.join().ok()?.ok());
        // A spare that failed is tried once more, now: space may have been made meanwhile.
        let file = match prepared {
            Some(file) => file,
            None => self
                .shared
                .disk
                .create_filled(SPARE_NAME, bytes)
                .map_err(|e| AuditError::disk("fill the segment", SPARE_NAME, e))?,
        };
        let header = Header {
            origin: self.shared.origin.clone(),
            segment_bytes: bytes,
            first: self.cursor.index,
            previous: self.cursor.chain,
        };
        let disk = self.shared.disk.as_ref();
        self.active = ActiveSegment::put_in_place(disk, file, SPARE_NAME, &header)?;
        self.shared
            .open_segment(self.cursor.index, self.active.salt, self.active.at);
        Ok(())
    }

    /// Starts filling the next segment in the background once this one is half full.
    fn prepare_spare(&mut self) {
        let is_due = self.active.at >= self.active.end / SPARE_AT_PART;
        if !self.prepares || self.spare.is_some() || !is_due {
            return;
        }
        let disk = Arc::clone(&self.shared.disk);
        let bytes = self.shared.segment_bytes;
        let fill = move || disk.create_filled(SPARE_NAME, bytes);
        // Without a thread the segment is filled when it is needed.
        self.spare = std::thread::Builder::new()
            .name("audit-spare".to_owned())
            .spawn(fill)
            .ok();
    }

    fn drop_spare(&mut self) {
        if let Some(filling) = self.spare.take() {
            filling.join().ok();
            // What stays behind is removed by the next opening.
            self.shared.disk.remove(SPARE_NAME).ok();
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
            self.roll()?;
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
