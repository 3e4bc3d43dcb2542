//! Counts the HTTP/2 frames that a proven peer sends, by their headers alone, and says when they
//! are a flood: pings, settings, resets and the like cost their sender nothing and the reader work.
//! h2 bounds what such frames hold in memory; how fast they may come nobody else bounds. A frame or
//! a block of headers above the limits is told apart here too, because h2 tells nobody who sent it.

use tokio::time::Instant;

use super::pace::Allowance;
use super::refusal::RefusalReason;
use crate::limits::{FRAME_BYTES_MAX, HEADER_LIST_BYTES_MAX};

/// Bytes before the first frame.
const PREFACE_BYTES: usize = 24;
const HEADER_BYTES: usize = 9;

/// Pings, settings, priorities, empty data, unknown frames: a second in the long run, and at once.
/// Keep-alive is one in two seconds.
pub const CONTROL_FRAMES_PER_SECOND: u32 = 64;
/// See [`CONTROL_FRAMES_PER_SECOND`].
pub const CONTROL_FRAMES_BURST: u32 = 512;
/// Resets: every question of a full connection given up at once, and again soon after.
pub const RESETS_PER_SECOND: u32 = 200;
/// See [`RESETS_PER_SECOND`].
pub const RESETS_BURST: u32 = 1_024;
/// Window updates: two for every 32 KiB read, for 300 MB a second.
pub const WINDOW_UPDATES_PER_SECOND: u32 = 20_000;
/// See [`WINDOW_UPDATES_PER_SECOND`].
pub const WINDOW_UPDATES_BURST: u32 = 40_000;
/// Frames that may continue one block of headers; a block of the largest size needs none.
pub const CONTINUATIONS_MAX: u32 = 4;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;

/// What no peer sends that means well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breach {
    /// More frames of a kind than anybody needs.
    Flood,
    /// A frame above the limit.
    FrameSize,
    /// A block of headers that is above the limit still packed.
    Headers,
}

impl Breach {
    pub(super) const fn reason(self) -> RefusalReason {
        match self {
            Self::Flood => RefusalReason::Flood,
            Self::FrameSize => RefusalReason::FrameSize,
            Self::Headers => RefusalReason::Headers,
        }
    }
}

/// The count of one connection.
#[derive(Debug)]
pub(super) struct FrameCount {
    preface_left: usize,
    header: [u8; HEADER_BYTES],
    header_read: usize,
    payload_left: usize,
    continuations: u32,
    /// Bytes of the block of headers that is coming in.
    block: u32,
    block_max: u32,
    controls: Allowance,
    resets: Allowance,
    window_updates: Allowance,
}

impl FrameCount {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            preface_left: PREFACE_BYTES,
            header: [0; HEADER_BYTES],
            header_read: 0,
            payload_left: 0,
            continuations: 0,
            block: 0,
            block_max: HEADER_LIST_BYTES_MAX,
            controls: Allowance::full(CONTROL_FRAMES_PER_SECOND, CONTROL_FRAMES_BURST, now),
            resets: Allowance::full(RESETS_PER_SECOND, RESETS_BURST, now),
            window_updates: Allowance::full(WINDOW_UPDATES_PER_SECOND, WINDOW_UPDATES_BURST, now),
        }
    }

    /// The count of what a hub sends: it begins without a preface, and its headers may hold a
    /// refusal of any length that the library takes.
    pub(super) fn of_hub(now: Instant) -> Self {
        Self {
            preface_left: 0,
            block_max: u32::MAX,
            ..Self::new(now)
        }
    }

    /// Takes note of bytes as they were read.
    pub(super) fn read(&mut self, mut bytes: &[u8], now: Instant) -> Result<(), Breach> {
        while !bytes.is_empty() {
            if self.preface_left > 0 {
                skip(&mut bytes, &mut self.preface_left);
            } else if self.payload_left > 0 {
                skip(&mut bytes, &mut self.payload_left);
            } else {
                let Some((first, rest)) = bytes.split_first() else {
                    return Ok(());
                };
                if let Some(place) = self.header.get_mut(self.header_read) {
                    *place = *first;
                }
                self.header_read += 1;
                bytes = rest;
                if self.header_read == HEADER_BYTES {
                    self.header_read = 0;
                    self.frame(now)?;
                }
            }
        }
        Ok(())
    }

    fn frame(&mut self, now: Instant) -> Result<(), Breach> {
        let [a, b, c, kind, flags, ..] = self.header;
        let length = u32::from_be_bytes([0, a, b, c]);
        self.payload_left = usize::try_from(length).unwrap_or(usize::MAX);
        if length > FRAME_BYTES_MAX {
            return Err(Breach::FrameSize);
        }
        if kind == HEADERS {
            self.continuations = 0;
            self.block = 0;
        }
        if matches!(kind, HEADERS | CONTINUATION) {
            self.block = self.block.saturating_add(length);
            if self.block > self.block_max {
                return Err(Breach::Headers);
            }
        }
        let is_within = match kind {
            // Bytes and streams have limits of their own.
            HEADERS => true,
            DATA if length > 0 || flags & END_STREAM != 0 => true,
            CONTINUATION => {
                self.continuations = self.continuations.saturating_add(1);
                self.continuations <= CONTINUATIONS_MAX
            }
            RST_STREAM => self.resets.take(now),
            WINDOW_UPDATE => self.window_updates.take(now),
            _ => self.controls.take(now),
        };
        if is_within {
            Ok(())
        } else {
            Err(Breach::Flood)
        }
    }
}

fn skip(bytes: &mut &[u8], left: &mut usize) {
    let count = bytes.len().min(*left);
    *left = left.saturating_sub(count);
    *bytes = bytes.get(count..).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, flags: u8, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags, 0, 0, 0, 1];
        frame.resize(9 + payload, 6);
        frame
    }

    fn read_all(frames: &[Vec<u8>], chunk: usize) -> Result<(), Breach> {
        let now = Instant::now();
        let mut count = FrameCount::new(now);
        let mut bytes = vec![0; PREFACE_BYTES];
        bytes.extend(frames.iter().flatten());
        let mut chunks = bytes.chunks(chunk);
        chunks.try_for_each(|chunk| count.read(chunk, now))
    }

    #[test]
    fn each_kind_has_its_limit() {
        for (kind, payload, most) in [
            (6, 8, CONTROL_FRAMES_BURST),
            (4, 0, CONTROL_FRAMES_BURST),
            (DATA, 0, CONTROL_FRAMES_BURST),
            (200, 3, CONTROL_FRAMES_BURST),
            (RST_STREAM, 4, RESETS_BURST),
            (WINDOW_UPDATE, 4, WINDOW_UPDATES_BURST),
            (CONTINUATION, 5, CONTINUATIONS_MAX),
        ] {
            let mut frames = vec![frame(kind, 0, payload); most as usize];
            assert_eq!(read_all(&frames, 1_000), Ok(()), "{kind}");
            frames.push(frame(kind, 0, payload));
            assert_eq!(read_all(&frames, 1_000), Err(Breach::Flood), "{kind}");
        }
        let most = FRAME_BYTES_MAX as usize;
        assert_eq!(read_all(&[frame(DATA, 0, most)], 1_000), Ok(()));
        let larger = frame(DATA, 0, most + 1);
        assert_eq!(read_all(&[larger], 1_000), Err(Breach::FrameSize));
        let half = HEADER_LIST_BYTES_MAX as usize / 2;
        let block = [
            frame(HEADERS, 0, half),
            frame(CONTINUATION, 0, half),
            frame(HEADERS, 0, half),
            frame(CONTINUATION, 0, half + 1),
        ];
        assert_eq!(read_all(&block[..3], 1_000), Ok(()));
        assert_eq!(read_all(&block, 1_000), Err(Breach::Headers));
        let much = vec![frame(DATA, 0, 100); 50_000];
        assert_eq!(read_all(&much, 4_096), Ok(()), "data has windows");
    }

    #[tokio::test(start_paused = true)]
    async fn keep_alive_for_ever_is_no_flood() {
        let now = Instant::now();
        let mut count = FrameCount::new(now);
        count.read(&[0; PREFACE_BYTES], now).unwrap();
        for second in 0..100_000 {
            let moment = now + Duration::from_secs(second);
            for kind in [6, 6, 4, RST_STREAM] {
                count.read(&frame(kind, 1, 8), moment).unwrap();
            }
        }
    }

    proptest! {
        #[test]
        fn frames_are_found_however_they_are_cut(
            kinds in prop::collection::vec((0_u8..12, 0_usize..40), 0..1_500),
            chunk in 1_usize..64,
        ) {
            let frames = kinds.iter().map(|(kind, payload)| frame(*kind, 0, *payload));
            let frames: Vec<_> = frames.collect();
            prop_assert_eq!(read_all(&frames, chunk), read_all(&frames, 1 << 20));
        }
    }
}
