//! One entry of a segment, found by passing the heads of the frames before it. For readers from
//! outside, who have no list of places.

use std::io;

use crate::error::{AuditError, Damage, Fault};
use crate::journal::disk::{Access, Disk};
use crate::journal::frame::{Frame, HEAD_BYTES, Head};
use crate::journal::segment::{HEADER_BYTES, file_name};
use crate::journal::walk::Window;

/// Bytes fetched with one read while passing heads.
const READ_BYTES: usize = 256 << 10;

/// The entry at `index` of the segment named after `first`; `None` if its frames end before.
pub(crate) fn find_entry(
    disk: &dyn Disk,
    first: u64,
    salt: u32,
    index: u64,
) -> Result<Option<Vec<u8>>, AuditError> {
    let name = file_name(first);
    let disk_error = |e: io::Error| AuditError::disk("read", &name, e);
    let file = disk.open(&name, Access::Read);
    let file = file.map_err(|e| AuditError::disk("open", &name, e))?;
    let mut window = Window::new(file, READ_BYTES);
    let mut offset = HEADER_BYTES as u64;
    loop {
        let damaged = |fault| Damage {
            file: name.clone(),
            offset,
            index,
            fault,
        };
        let head = window.slice(offset, HEAD_BYTES).map_err(disk_error)?;
        if head.len() < HEAD_BYTES || head.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let head = Head::parse(head, salt).map_err(damaged)?;
        if head.first > index {
            let (found, expected) = (head.first, index);
            return Err(damaged(Fault::Index { found, expected }).into());
        }
        if head.next() > index {
            let bytes = window.slice(offset, head.frame_bytes());
            let frame = Frame::parse(bytes.map_err(disk_error)?, salt).map_err(damaged)?;
            let skip = usize::try_from(index - head.first).unwrap_or(usize::MAX);
            return Ok(frame.entries().nth(skip).map(<[u8]>::to_vec));
        }
        offset += head.frame_bytes() as u64;
    }
}
