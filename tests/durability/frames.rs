//! Frames as `docs/audit-log.md` describes them, read a second time from that page alone, so that
//! a trace of raw writes can be tied to the entries in them. Checksums are the verifier's business.

const HEADER_BYTES: usize = 512;
const HEAD_BYTES: usize = 28;
const CHAIN_BYTES: usize = 32;
const SUM_BYTES: usize = 4;
const ENTRIES: u8 = 1;

/// One frame: what one write puts down and one sync makes durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) first: u64,
    /// A closing frame has none.
    pub(super) entries: Vec<Vec<u8>>,
    /// Chain hash after it, in hex.
    pub(super) chain: String,
}

impl Frame {
    /// Index behind its last entry.
    pub(super) fn next(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The frame at the beginning of these bytes and how long it is; none if there is no whole
    /// one.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let head = bytes.get(..HEAD_BYTES)?;
        if !head.starts_with(b"TSFR") {
            return None;
        }
        let first = u64::from_be_bytes(head[8..16].try_into().ok()?);
        let payload_bytes = u32::from_be_bytes(head[20..24].try_into().ok()?);
        let payload_end = HEAD_BYTES + usize::try_from(payload_bytes).ok()?;
        let chain = bytes.get(payload_end..payload_end + CHAIN_BYTES)?;
        let length = payload_end + CHAIN_BYTES + SUM_BYTES;
        bytes.get(..length)?;
        let mut rest = &bytes[HEAD_BYTES..payload_end];
        let mut entries = Vec::new();
        while let Some((prefix, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at_checked(u16::from_be_bytes(*prefix).into())?;
            entries.push(entry.to_vec());
            rest = after;
        }
        let chain = chain.iter().map(|byte| format!("{byte:02x}")).collect();
        let counted = u32::from_be_bytes(head[16..20].try_into().ok()?);
        let fits =
            entries.len() as u64 == u64::from(counted) && (head[4] == ENTRIES || counted == 0);
        let frame = Self {
            first,
            entries,
            chain,
        };
        fits.then_some((frame, length))
    }

    /// The frames of a whole segment file.
    pub(super) fn of_segment(file: &[u8]) -> Vec<Self> {
        let mut rest = file.get(HEADER_BYTES..).unwrap_or_default();
        let mut frames = Vec::new();
        while let Some((frame, length)) = Self::read(rest) {
            frames.push(frame);
            rest = &rest[length..];
        }
        frames
    }
}
