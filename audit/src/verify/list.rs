//! The list of checkpoints that a log has published, read without its entries.

use std::fs::File;
use std::io::{BufReader, Read as _, Take};
use std::path::Path;

use crate::note::SignedCheckpoint;
use crate::publisher::{CHECKPOINTS_NAME, Record, read_record};
use crate::verify::fault::TreeFault;
use crate::verify::tree::parsed;

/// The last checkpoint on the list of a log's folder of which `is_wanted`. It says nothing about
/// the log's entries: [`super::verify_log`] does.
///
/// # Errors
/// The list cannot be read, or a record of it is no checkpoint.
pub fn last_listed(
    dir: &Path,
    is_wanted: impl Fn(&SignedCheckpoint) -> bool,
) -> Result<Option<SignedCheckpoint>, TreeFault> {
    let Some(mut list) = open_list(&dir.join(CHECKPOINTS_NAME))? else {
        return Ok(None);
    };
    let (mut found, mut records) = (None, 0_u64);
    loop {
        let record = read_record(&mut list);
        let record = record.map_err(|e| TreeFault::unreadable(CHECKPOINTS_NAME, &e))?;
        let Record::Whole(note) = record else {
            return Ok(found);
        };
        records = records.saturating_add(1);
        let listed = parsed(&format!("record {records} of `{CHECKPOINTS_NAME}`"), &note)?;
        if is_wanted(&listed) {
            found = Some(listed);
        }
    }
}

/// The list as long as it is now.
pub(super) fn open_list(path: &Path) -> Result<Option<BufReader<Take<File>>>, TreeFault> {
    let opened = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened,
    };
    let sized = opened.and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = sized.map_err(|e| TreeFault::unreadable(CHECKPOINTS_NAME, &e))?;
    Ok(Some(BufReader::new(file.take(length))))
}
