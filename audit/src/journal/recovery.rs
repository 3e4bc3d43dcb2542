//! What happens before a journal accepts its first append: everything is verified, the tail that
//! no writer closed is copied to a fresh file, and only then trusted. Damage in front of intact
//! frames stops the opening; recovery drops what was never acknowledged and repairs nothing.

use std::sync::Arc;

use crate::digest::Digest;
use crate::error::{AuditError, Fault};
use crate::journal::base::{self, Base};
use crate::journal::committer::ActiveSegment;
use crate::journal::disk::{Access, Disk};
use crate::journal::frame::Frame;
use crate::journal::places::Places;
use crate::journal::segment::{HEADER_BYTES, Header, file_name};
use crate::journal::walk::{Cursor, Tail, Walked, header, segments, walk};
use crate::journal::{JournalConfig, Recovery};

/// Suffix of files that are not yet, or no longer, part of the log.
const UNFINISHED_SUFFIX: &str = ".tmp";
/// The copy of the tail before it takes the tail's name.
const RECOVERY_NAME: &str = "recovery.tmp";
/// Bytes copied with one read and write.
const COPY_BYTES: usize = 1 << 20;

/// A log that is ready to be continued.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) base: Option<Base>,
    pub(crate) places: Places,
    pub(crate) cursor: Cursor,
    pub(crate) active: ActiveSegment,
    /// The last frame is a closing one and nothing stands behind it.
    pub(crate) closed: bool,
    pub(crate) recovery: Recovery,
}

pub(crate) fn open(disk: &dyn Disk, config: &JournalConfig) -> Result<Opened, AuditError> {
    remove_unfinished(disk)?;
    let mut places = Places::default();
    let base = base::read(disk)?;
    let mut cursor = begin(base.as_ref(), &config.origin)?;
    let firsts = segments(disk)?;
    // Segments before the base are what a removal left that was cut off: all of them lie in the
    // archive, and the next removal takes them away.
    let behind = firsts.partition_point(|first| *first < cursor.index);
    let firsts = firsts.get(behind..).unwrap_or_default();
    if base.is_some() && firsts.is_empty() {
        return Err(base::damage(cursor.index, Fault::Begin).into());
    }
    let mut last: Option<Walked> = None;
    for first in firsts {
        if let Some(Walked {
            tail: Tail::Unfinished { damage, .. },
            ..
        }) = last
        {
            // Behind this place the log goes on in another file, so it was acknowledged.
            return Err(damage.into());
        }
        let (_, salt) = header(disk, *first)?;
        places.open_segment(*first, salt, HEADER_BYTES as u64);
        let mut note = |offset: u64, frame: &Frame<'_>| {
            places.note(
                frame.head.first,
                offset,
                offset + frame.head.frame_bytes() as u64,
            );
        };
        let walked = walk(disk, *first, &config.origin, cursor, &mut note)?;
        cursor = walked.next;
        tracing::debug!(
            segment = *first,
            frames = walked.frames,
            "audit segment verified"
        );
        last = Some(walked);
    }
    let mut recovery = Recovery {
        entries: cursor.index,
        segments: firsts.len() as u64,
        bytes_dropped: 0,
        tail_copied: false,
    };
    let closed = last
        .as_ref()
        .is_some_and(|last| last.closed && last.tail == Tail::Zero);
    let active = match last {
        None => first_segment(disk, config, cursor.chain, &mut places, &mut recovery)?,
        Some(walked) => continue_in(disk, &walked, &mut recovery)?,
    };
    Ok(Opened {
        base,
        places,
        cursor,
        active,
        closed,
        recovery,
    })
}

/// Where the log stands before its first frame.
fn begin(base: Option<&Base>, origin: &str) -> Result<Cursor, AuditError> {
    match base {
        None => Ok(Cursor::start(origin)),
        Some(base) if base.origin == origin => Ok(base.cursor()),
        Some(base) => {
            let fault = Fault::Origin(base.origin.clone());
            Err(base::damage(base.index(), fault).into())
        }
    }
}

fn remove_unfinished(disk: &dyn Disk) -> Result<(), AuditError> {
    let names = disk
        .list()
        .map_err(|e| AuditError::disk("list", "journal", e))?;
    for name in names
        .iter()
        .filter(|name| name.ends_with(UNFINISHED_SUFFIX))
    {
        disk.remove(name)
            .map_err(|e| AuditError::disk("remove", name, e))?;
    }
    Ok(())
}

fn first_segment(
    disk: &dyn Disk,
    config: &JournalConfig,
    genesis: Digest,
    places: &mut Places,
    recovery: &mut Recovery,
) -> Result<ActiveSegment, AuditError> {
    let header = Header {
        origin: config.origin.clone(),
        segment_bytes: config.segment_bytes,
        first: 0,
        previous: genesis,
    };
    let file = disk.create_filled(RECOVERY_NAME, config.segment_bytes);
    let file = file.map_err(|e| AuditError::disk("create", RECOVERY_NAME, e))?;
    let active = ActiveSegment::put_in_place(disk, file, RECOVERY_NAME, &header)?;
    places.open_segment(0, active.salt, active.at);
    recovery.segments = 1;
    Ok(active)
}

/// The first segment and then the base of a log that begins with it.
pub(crate) fn make_from(
    disk: &dyn Disk,
    config: &JournalConfig,
    base: &Base,
) -> Result<(), AuditError> {
    let header = Header {
        origin: config.origin.clone(),
        segment_bytes: config.segment_bytes,
        first: base.index(),
        previous: base.chain,
    };
    let file = disk.create_filled(RECOVERY_NAME, config.segment_bytes);
    let file = file.map_err(|e| AuditError::disk("create", RECOVERY_NAME, e))?;
    ActiveSegment::put_in_place(disk, file, RECOVERY_NAME, &header)?;
    base::write(disk, base)
}

/// The last segment, ready to be written: as it is if its writer closed it, else as a copy.
fn continue_in(
    disk: &dyn Disk,
    walked: &Walked,
    recovery: &mut Recovery,
) -> Result<ActiveSegment, AuditError> {
    let name = file_name(walked.header.first);
    let active = |file| ActiveSegment {
        file,
        salt: walked.salt,
        at: walked.end,
        end: walked.header.segment_bytes,
    };
    if walked.closed && walked.tail == Tail::Zero {
        let file = disk.open(&name, Access::Write);
        return Ok(active(
            file.map_err(|e| AuditError::disk("open", &name, e))?,
        ));
    }
    if let Tail::Unfinished { bytes, .. } = walked.tail {
        recovery.bytes_dropped = bytes;
    }
    recovery.tail_copied = true;
    let copy_error = |e| AuditError::disk("copy the tail to", RECOVERY_NAME, e);
    let from = disk
        .open(&name, Access::Read)
        .map_err(|e| AuditError::disk("open", &name, e))?;
    let to = disk
        .create_filled(RECOVERY_NAME, walked.header.segment_bytes)
        .map_err(copy_error)?;
    let mut offset = 0;
    while offset < walked.end {
        let length = usize::try_from(walked.end - offset)
            .unwrap_or(COPY_BYTES)
            .min(COPY_BYTES);
        let mut bytes = vec![0; length];
        let read = from.read_at(&mut bytes, offset).map_err(copy_error)?;
        if read != length {
            return Err(copy_error(std::io::ErrorKind::UnexpectedEof.into()));
        }
        to.write_at(&bytes, offset).map_err(copy_error)?;
        offset += length as u64;
    }
    // What was read may live in the page cache only, marked clean by a sync that failed in the
    // crashed process. A crash before the rename below leaves the old file under its name and
    // this work to be done again; a crash after it leaves a copy that is synced as a whole.
    to.sync_data().map_err(copy_error)?;
    disk.rename(RECOVERY_NAME, &name).map_err(copy_error)?;
    disk.sync_folder().map_err(copy_error)?;
    Ok(active(Arc::clone(&to)))
}
