//! Reading acknowledged entries while the writer goes on. Every frame is checked again on its way
//! out; nothing behind the last acknowledged entry is ever shown.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use crate::error::{AuditError, Damage, Fault};
use crate::journal::disk::Access;
use crate::journal::frame::{Frame, HEAD_BYTES, Head};
use crate::journal::places::Place;
use crate::journal::segment::file_name;
use crate::journal::shared::Shared;
use crate::journal::walk::Window;

/// Bytes fetched with one read: small for one entry, larger for many.
const READ_ONE_BYTES: usize = 16 << 10;
const READ_MANY_BYTES: usize = 128 << 10;

/// The entries from an index on, in order, as far as they are acknowledged when the iterator
/// reaches them. Holds one frame in memory. Ends after an error.
#[derive(Debug)]
pub struct Scan {
    shared: Arc<Shared>,
    next: u64,
    view: Option<View>,
    ready: VecDeque<Vec<u8>>,
    failed: bool,
}

impl Scan {
    pub(crate) const fn new(shared: Arc<Shared>, from: u64) -> Self {
        Self {
            shared,
            next: from,
            view: None,
            ready: VecDeque::new(),
            failed: false,
        }
    }

    /// Fetches the frame that holds the next entry.
    fn fetch(&mut self) -> Result<(), AuditError> {
        if let Some(view) = &mut self.view {
            view.pass_closing_frames(self.next)?;
        }
        if self.view.as_ref().is_none_or(View::is_read) {
            self.view = Some(View::at(&self.shared, self.next, READ_MANY_BYTES)?);
        }
        let Some(view) = &mut self.view else {
            return Ok(());
        };
        let next = self.next;
        self.ready = view.frame_of(next, |frame| {
            let skip = usize::try_from(next - frame.head.first).unwrap_or(usize::MAX);
            frame.entries().skip(skip).map(<[u8]>::to_vec).collect()
        })?;
        Ok(())
    }
}

impl Iterator for Scan {
    type Item = Result<(u64, Vec<u8>), AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || (self.ready.is_empty() && self.next >= self.shared.size()) {
            return None;
        }
        if self.ready.is_empty()
            && let Err(error) = self.fetch()
        {
            self.failed = true;
            return Some(Err(error));
        }
        let entry = self.ready.pop_front()?;
        let index = self.next;
        self.next += 1;
        Some(Ok((index, entry)))
    }
}

/// The entry at `index`.
pub(crate) fn read_one(shared: &Shared, index: u64) -> Result<Vec<u8>, AuditError> {
    let mut view = View::at(shared, index, READ_ONE_BYTES)?;
    let entry = view.frame_of(index, |frame| {
        let skip = usize::try_from(index - frame.head.first).unwrap_or(usize::MAX);
        frame.entries().nth(skip).map(<[u8]>::to_vec)
    })?;
    entry.ok_or_else(|| view.damage(index, Fault::Entries))
}

/// The acknowledged part of one segment from some frame on.
#[derive(Debug)]
struct View {
    window: Window,
    place: Place,
}

impl View {
    fn at(shared: &Shared, index: u64, read_bytes: usize) -> Result<Self, AuditError> {
        let place = shared.find(index)?;
        let name = file_name(place.segment);
        let file = shared.disk.open(&name, Access::Read);
        let file = file.map_err(|e| AuditError::disk("open", &name, e))?;
        Ok(Self {
            window: Window::new(file, read_bytes),
            place,
        })
    }

    const fn is_read(&self) -> bool {
        self.place.offset >= self.place.end
    }

    /// Walks on behind closing frames. Behind one of them the log may go on in the next segment,
    /// or in a part of this one that was not acknowledged when the view was made; only what is
    /// then read anew shows where `index` lies.
    fn pass_closing_frames(&mut self, index: u64) -> Result<(), AuditError> {
        while !self.is_read() {
            let head = self.head(index)?;
            if head.next() > head.first {
                break;
            }
            self.place.offset += head.frame_bytes() as u64;
        }
        Ok(())
    }

    fn head(&mut self, index: u64) -> Result<Head, AuditError> {
        let Place {
            segment,
            salt,
            offset,
            ..
        } = self.place;
        let bytes = self
            .window
            .slice(offset, HEAD_BYTES)
            .map_err(|e| AuditError::disk("read", &file_name(segment), e))?;
        Head::parse(bytes, salt).map_err(|fault| self.damage(index, fault))
    }

    /// Walks on to the frame that holds `index`, hands it out and stands behind it.
    fn frame_of<T>(
        &mut self,
        index: u64,
        take: impl FnOnce(&Frame<'_>) -> T,
    ) -> Result<T, AuditError> {
        loop {
            if self.is_read() {
                return Err(self.damage(index, Fault::Padding));
            }
            let Place {
                segment,
                salt,
                offset,
                ..
            } = self.place;
            let disk_error = |e: io::Error| AuditError::disk("read", &file_name(segment), e);
            let head = self.head(index)?;
            if head.first > index {
                let fault = Fault::Index {
                    found: head.first,
                    expected: index,
                };
                return Err(self.damage(index, fault));
            }
            if head.next() > index {
                let bytes = self
                    .window
                    .slice(offset, head.frame_bytes())
                    .map_err(disk_error)?;
                let taken = Frame::parse(bytes, salt).map(|frame| take(&frame));
                let taken = taken.map_err(|fault| self.damage(index, fault))?;
                self.place.offset += head.frame_bytes() as u64;
                return Ok(taken);
            }
            self.place.offset += head.frame_bytes() as u64;
        }
    }

    fn damage(&self, index: u64, fault: Fault) -> AuditError {
        let Place {
            segment, offset, ..
        } = self.place;
        Damage {
            file: file_name(segment),
            offset,
            index,
            fault,
        }
        .into()
    }
}
