//! Where entries lie: per segment its end and a sparse list of frame offsets, so that a read
//! starts near its entry and the memory stays a small fraction of the log's size.

use std::collections::BTreeMap;

/// One mark for so many bytes of frames: 64 MiB segments cost 16 KiB of memory each.
const MARK_EVERY_BYTES: u64 = 64 << 10;

#[derive(Debug, Clone, Copy)]
struct Mark {
    index: u64,
    offset: u64,
}

/// A frame at or before an entry, and how far its segment may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) segment: u64,
    pub(crate) salt: u32,
    pub(crate) offset: u64,
    pub(crate) end: u64,
}

#[derive(Debug)]
struct Segment {
    salt: u32,
    end: u64,
    marks: Vec<Mark>,
}

/// The known part of the log.
#[derive(Debug, Default)]
pub(crate) struct Places {
    segments: BTreeMap<u64, Segment>,
}

impl Places {
    pub(crate) fn open_segment(&mut self, first: u64, salt: u32, end: u64) {
        self.segments.insert(
            first,
            Segment {
                salt,
                end,
                marks: Vec::new(),
            },
        );
    }

    /// Notes a frame at the end of the last segment.
    pub(crate) fn note(&mut self, index: u64, offset: u64, end: u64) {
        let Some(mut last) = self.segments.last_entry() else {
            return;
        };
        let segment = last.get_mut();
        segment.end = end;
        if segment
            .marks
            .last()
            .is_none_or(|mark| offset - mark.offset >= MARK_EVERY_BYTES)
        {
            segment.marks.push(Mark { index, offset });
        }
    }

    pub(crate) fn find(&self, index: u64) -> Option<Place> {
        let (first, segment) = self.segments.range(..=index).next_back()?;
        let after = segment.marks.partition_point(|mark| mark.index <= index);
        let mark = segment.marks.get(after.checked_sub(1)?)?;
        let Segment { salt, end, .. } = *segment;
        Some(Place {
            segment: *first,
            salt,
            offset: mark.offset,
            end,
        })
    }

    pub(crate) fn firsts(&self) -> Vec<u64> {
        self.segments.keys().copied().collect()
    }

    /// Forgets the segments before the one that begins with `first`.
    pub(crate) fn begin_at(&mut self, first: u64) {
        self.segments = self.segments.split_off(&first);
    }

    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }
}
