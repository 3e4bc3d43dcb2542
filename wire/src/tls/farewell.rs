//! Reads the frames that our own HTTP/2 sends, for one thing: the farewell (GOAWAY) that it takes
//! of a peer that broke the protocol. The library ends such a connection by itself and tells
//! nobody; its farewell says why.

use super::refusal::RefusalReason;

const HEADER_BYTES: usize = 9;
/// The last stream that was heard, and the reason.
const FAREWELL_BYTES: usize = 8;
const FAREWELL: u8 = 7;

const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const FRAME_SIZE_ERROR: u32 = 6;
const COMPRESSION_ERROR: u32 = 9;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The frames of one connection, as they are written.
#[derive(Debug, Default)]
pub(super) struct FarewellWatch {
    header: [u8; HEADER_BYTES],
    header_seen: usize,
    payload_left: usize,
    /// The beginning of a farewell.
    said: [u8; FAREWELL_BYTES],
    said_seen: usize,
    is_farewell: bool,
}

impl FarewellWatch {
    /// Takes note of bytes as they were written; what they say against the peer, if they do.
    pub(super) fn written(&mut self, mut bytes: &[u8]) -> Option<RefusalReason> {
        let mut reason = None;
        while let Some((first, rest)) = bytes.split_first() {
            if self.payload_left == 0 {
                self.header_byte(*first);
                bytes = rest;
            } else if self.is_farewell && self.said_seen < FAREWELL_BYTES {
                reason = self.said_byte(*first).or(reason);
                bytes = rest;
            } else {
                let count = bytes.len().min(self.payload_left);
                self.payload_left -= count;
                bytes = bytes.get(count..).unwrap_or_default();
            }
        }
        reason
    }

    fn header_byte(&mut self, byte: u8) {
        if let Some(place) = self.header.get_mut(self.header_seen) {
            *place = byte;
        }
        self.header_seen += 1;
        if self.header_seen == HEADER_BYTES {
            self.header_seen = 0;
            let [a, b, c, kind, ..] = self.header;
            let length = u32::from_be_bytes([0, a, b, c]);
            self.payload_left = usize::try_from(length).unwrap_or(usize::MAX);
            self.is_farewell = kind == FAREWELL;
            self.said_seen = 0;
        }
    }

    fn said_byte(&mut self, byte: u8) -> Option<RefusalReason> {
        if let Some(place) = self.said.get_mut(self.said_seen) {
            *place = byte;
        }
        self.said_seen += 1;
        self.payload_left -= 1;
        if self.said_seen < FAREWELL_BYTES {
            return None;
        }
        let [.., a, b, c, d] = self.said;
        match u32::from_be_bytes([a, b, c, d]) {
            // A stop in good order, and a fault of our own.
            NO_ERROR | INTERNAL_ERROR => None,
            FRAME_SIZE_ERROR => Some(RefusalReason::FrameSize),
            COMPRESSION_ERROR => Some(RefusalReason::Headers),
            ENHANCE_YOUR_CALM => Some(RefusalReason::Flood),
            _ => Some(RefusalReason::Protocol),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, 0, 0, 0, 0, 0];
        frame.extend(payload);
        frame
    }

    fn farewell(code: u32, text: &[u8]) -> Vec<u8> {
        let code = code.to_be_bytes();
        frame(FAREWELL, &[&[0, 0, 0, 1], &code[..], text].concat())
    }

    /// What is said in all, written so many bytes at a time.
    fn said(bytes: &[u8], at_once: usize) -> Vec<RefusalReason> {
        let mut watch = FarewellWatch::default();
        let said = bytes.chunks(at_once).filter_map(|part| watch.written(part));
        said.collect()
    }

    #[test]
    fn a_farewell_is_found_however_it_is_cut() {
        for (code, reason) in [
            (NO_ERROR, None),
            (INTERNAL_ERROR, None),
            (1, Some(RefusalReason::Protocol)),
            (3, Some(RefusalReason::Protocol)),
            (FRAME_SIZE_ERROR, Some(RefusalReason::FrameSize)),
            (COMPRESSION_ERROR, Some(RefusalReason::Headers)),
            (ENHANCE_YOUR_CALM, Some(RefusalReason::Flood)),
        ] {
            let bytes = [
                frame(4, &[]),
                // Data that looks like a farewell.
                frame(0, &farewell(ENHANCE_YOUR_CALM, b"")),
                farewell(code, b"too_many_resets"),
                frame(6, &[7; 8]),
            ]
            .concat();
            for at_once in [1, 2, 3, 7, 9, 17, bytes.len()] {
                assert_eq!(said(&bytes, at_once), Vec::from_iter(reason), "{code}");
            }
        }
    }

    #[test]
    fn a_stump_of_a_farewell_says_nothing() {
        let bytes = [frame(FAREWELL, &[0; 3]), frame(6, &[11; 8])].concat();
        assert_eq!(said(&bytes, 1), Vec::new());
    }
}
