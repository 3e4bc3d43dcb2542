//! Walks the frames of a segment from its first byte to its last, for recovery and verification
//! alike. It only reads and tells what it found; what to do about an unfinished tail is the
//! caller's decision, and damage in front of intact frames is never passed over.

use std::io;
use std::sync::Arc;

use crate::digest::{Digest, genesis};
use crate::error::{AuditError, Damage, Fault};
use crate::journal::disk::{Access, Disk, SegmentFile};
use crate::journal::frame::{Frame, HEAD_BYTES, Head, Kind, MAGIC};
use crate::journal::segment::{HEADER_BYTES, Header, file_name, first_index};

/// Bytes fetched with one read while walking.
const WALK_READ_BYTES: usize = 256 << 10;
const ZEROS: [u8; 4096] = [0; 4096];

/// Where the log stands: what the next frame must carry and continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) index: u64,
    pub(crate) chain: Digest,
}

impl Cursor {
    pub(crate) fn start(origin: &str) -> Self {
        Self {
            index: 0,
            chain: genesis(origin),
        }
    }
}

/// A moving view on a file, so that frames can be parsed in place.
#[derive(Debug)]
pub(crate) struct Window {
    file: Arc<dyn SegmentFile>,
    at: u64,
    bytes: Vec<u8>,
    read_bytes: usize,
}

impl Window {
    pub(crate) const fn new(file: Arc<dyn SegmentFile>, read_bytes: usize) -> Self {
        Self {
            file,
            at: 0,
            bytes: Vec::new(),
            read_bytes,
        }
    }

    /// The bytes at `offset`; fewer than `len` only at the end of the file.
    pub(crate) fn slice(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        let end = offset.saturating_add(len as u64);
        if offset < self.at || end > self.at.saturating_add(self.bytes.len() as u64) {
            // Fresh zeros from the allocator; where nothing is optimized, clearing is slow.
            self.bytes = vec![0; len.max(self.read_bytes)];
            self.at = offset;
            let read = self.file.read_at(&mut self.bytes, offset)?;
            self.bytes.truncate(read);
        }
        let from = usize::try_from(offset - self.at).unwrap_or(usize::MAX);
        let rest = self.bytes.get(from..).unwrap_or_default();
        Ok(rest.get(..len).unwrap_or(rest))
    }

    /// Drops what was read, so that the next look sees what a writer did meanwhile.
    fn forget(&mut self) {
        self.bytes.clear();
    }

    /// Offsets of the first byte that is not zero from `offset` on, and of the end of the last.
    fn nonzero_extent(&mut self, mut offset: u64) -> io::Result<Option<(u64, u64)>> {
        let mut extent = None;
        loop {
            let chunk = self.slice(offset, ZEROS.len())?;
            if chunk.is_empty() {
                return Ok(extent);
            }
            // Comparing whole chunks first keeps this fast where nothing is optimized.
            if ZEROS.get(..chunk.len()) != Some(chunk) {
                let first = chunk.iter().position(|b| *b != 0).unwrap_or(0) as u64;
                let last = chunk.iter().rposition(|b| *b != 0).unwrap_or(0) as u64;
                let begin = extent.map_or(offset + first, |(begin, _)| begin);
                extent = Some((begin, offset + last + 1));
            }
            offset += chunk.len() as u64;
        }
    }
}

/// What stands behind the last whole frame of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tail {
    Zero,
    /// A write that never finished, or damage to the very last frame: the bytes do not tell.
    Unfinished {
        damage: Damage,
        bytes: u64,
    },
}

/// A walked segment.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) header: Header,
    pub(crate) salt: u32,
    /// Offset behind the last whole frame.
    pub(crate) end: u64,
    pub(crate) frames: u64,
    /// The last frame says that the writer ended in good order.
    pub(crate) closed: bool,
    pub(crate) tail: Tail,
    pub(crate) next: Cursor,
}

/// Called with the offset of every whole frame.
pub(crate) type Visit<'v> = dyn FnMut(u64, &Frame<'_>) + 'v;

/// First indexes of the segments in the folder, in order.
pub(crate) fn segments(disk: &dyn Disk) -> Result<Vec<u64>, AuditError> {
    let names = disk
        .list()
        .map_err(|e| AuditError::disk("list", "journal", e))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| first_index(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// Reads only the header of a segment.
pub(crate) fn header(disk: &dyn Disk, first: u64) -> Result<(Header, u32), AuditError> {
    let name = file_name(first);
    let file = disk
        .open(&name, Access::Read)
        .map_err(|e| AuditError::disk("open", &name, e))?;
    let mut window = Window::new(file, HEADER_BYTES);
    let bytes = window
        .slice(0, HEADER_BYTES)
        .map_err(|e| AuditError::disk("read", &name, e))?;
    Header::parse(bytes).map_err(|fault| {
        Damage {
            file: name,
            offset: 0,
            index: first,
            fault,
        }
        .into()
    })
}

/// Walks the segment named after `first`, which must continue `cursor`.
pub(crate) fn walk(
    disk: &dyn Disk,
    first: u64,
    origin: &str,
    cursor: Cursor,
    visit: &mut Visit<'_>,
) -> Result<Walked, AuditError> {
    let name = file_name(first);
    let disk_error = |e| AuditError::disk("read", &name, e);
    let (header, salt) = header(disk, first)?;
    let file = disk
        .open(&name, Access::Read)
        .map_err(|e| AuditError::disk("open", &name, e))?;
    let found = file.len().map_err(disk_error)?;
    let fault = header_fault(&header, first, origin, cursor, found);
    if let Some(fault) = fault {
        return Err(Damage {
            file: name,
            offset: 0,
            index: cursor.index,
            fault,
        }
        .into());
    }
    let mut walk = Walk {
        window: Window::new(file, WALK_READ_BYTES),
        salt,
        length: found,
        at: HEADER_BYTES as u64,
        cursor,
        frames: 0,
        closed: false,
    };
    let tail = walk.pass_all(&name, visit)?;
    let Walk {
        at: end,
        cursor: next,
        frames,
        closed,
        ..
    } = walk;
    Ok(Walked {
        header,
        salt,
        end,
        frames,
        closed,
        tail,
        next,
    })
}

fn header_fault(
    header: &Header,
    first: u64,
    origin: &str,
    cursor: Cursor,
    found: u64,
) -> Option<Fault> {
    if header.origin != origin {
        return Some(Fault::Origin(header.origin.clone()));
    }
    if header.first != first || first != cursor.index {
        let found = if header.first == first {
            first
        } else {
            header.first
        };
        return Some(Fault::Index {
            found,
            expected: cursor.index,
        });
    }
    if header.previous != cursor.chain {
        return Some(Fault::Chain);
    }
    let declared = header.segment_bytes;
    (found != declared).then_some(Fault::Length { found, declared })
}

enum Step {
    Frame,
    End,
    Bad(u64, Fault),
}

/// What a place without a whole frame is.
enum Verdict {
    /// A writer at work finished the frame while it was being looked at.
    FinishedMeanwhile,
    /// No crash leaves this.
    Altered,
    /// A crash may have left this at the very end of the log.
    Unfinished { bytes: u64 },
}

struct Walk {
    window: Window,
    salt: u32,
    length: u64,
    at: u64,
    cursor: Cursor,
    frames: u64,
    closed: bool,
}

impl Walk {
    /// Passes one whole frame, or tells why there is none at this place.
    fn step(&mut self, visit: &mut Visit<'_>) -> io::Result<Step> {
        let head = self.window.slice(self.at, HEAD_BYTES)?;
        if head.iter().all(|b| *b == 0) {
            return Ok(match self.window.nonzero_extent(self.at)? {
                None => Step::End,
                Some((first, _)) => Step::Bad(first, Fault::Padding),
            });
        }
        let bad = |fault| Ok(Step::Bad(self.at, fault));
        let length = match Head::parse(head, self.salt) {
            Ok(head) => head.frame_bytes(),
            Err(fault) => return bad(fault),
        };
        if self.at + length as u64 > self.length {
            return bad(Fault::FrameLength);
        }
        let frame = match Frame::parse(self.window.slice(self.at, length)?, self.salt) {
            Ok(frame) => frame,
            Err(fault) => return bad(fault),
        };
        if frame.head.first != self.cursor.index {
            let (found, expected) = (frame.head.first, self.cursor.index);
            return bad(Fault::Index { found, expected });
        }
        if !frame.continues(&self.cursor.chain) {
            return bad(Fault::Chain);
        }
        visit(self.at, &frame);
        self.cursor = Cursor {
            index: frame.head.next(),
            chain: frame.chain,
        };
        self.at += length as u64;
        self.frames += 1;
        self.closed = frame.head.kind == Kind::Close;
        Ok(Step::Frame)
    }

    fn pass_all(&mut self, name: &str, visit: &mut Visit<'_>) -> Result<Tail, AuditError> {
        let disk_error = |e| AuditError::disk("read", name, e);
        loop {
            let (offset, fault) = match self.step(visit).map_err(disk_error)? {
                Step::Frame => continue,
                Step::End => return Ok(Tail::Zero),
                Step::Bad(offset, fault) => (offset, fault),
            };
            let index = self.cursor.index;
            let damage = Damage {
                file: name.to_owned(),
                offset,
                index,
                fault,
            };
            match self.judge(&damage.fault, visit).map_err(disk_error)? {
                Verdict::FinishedMeanwhile => {}
                Verdict::Altered => return Err(damage.into()),
                Verdict::Unfinished { bytes } => return Ok(Tail::Unfinished { damage, bytes }),
            }
        }
    }

    fn judge(&mut self, fault: &Fault, visit: &mut Visit<'_>) -> io::Result<Verdict> {
        let followed = self.whole_frame_follows()?;
        self.window.forget();
        if matches!(self.step(visit)?, Step::Frame) {
            return Ok(Verdict::FinishedMeanwhile);
        }
        if followed || !fault.may_be_torn() {
            return Ok(Verdict::Altered);
        }
        let extent = self.window.nonzero_extent(self.at)?;
        Ok(Verdict::Unfinished {
            bytes: extent.map_or(0, |(_, end)| end - self.at),
        })
    }

    /// Whether a whole frame of this segment stands somewhere behind the broken place. Frames are
    /// written one after the other, each after the sync of the one before, so no crash leaves
    /// this: something that may have been acknowledged was altered.
    fn whole_frame_follows(&mut self) -> io::Result<bool> {
        let head = self.window.slice(self.at, HEAD_BYTES)?;
        // A frame with an intact head tells its own extent. Its entries are not searched, so that
        // an entry which quotes a frame does not turn a torn write into damage.
        let mut at = match Head::parse(head, self.salt) {
            Ok(head) => self.at + head.frame_bytes() as u64,
            Err(_) => self.at + 1,
        };
        loop {
            let chunk = self.window.slice(at, ZEROS.len())?;
            if chunk.len() < HEAD_BYTES {
                return Ok(false);
            }
            if ZEROS.get(..chunk.len()) == Some(chunk) {
                at += (chunk.len() - HEAD_BYTES + 1) as u64;
                continue;
            }
            let Some(found) = chunk.windows(MAGIC.len()).position(|bytes| bytes == MAGIC) else {
                at += (chunk.len() - MAGIC.len() + 1) as u64;
                continue;
            };
            at += found as u64;
            if self.is_whole_frame(at)? {
                return Ok(true);
            }
            at += 1;
        }
    }

    fn is_whole_frame(&mut self, at: u64) -> io::Result<bool> {
        let Ok(head) = Head::parse(self.window.slice(at, HEAD_BYTES)?, self.salt) else {
            return Ok(false);
        };
        Ok(Frame::parse(self.window.slice(at, head.frame_bytes())?, self.salt).is_ok())
    }
}
