//! Makes the folders of a log so that their names are durable before anything in them is trusted:
//! a name is on disk only after a sync of the folder that holds it, and a segment whose folder is
//! lost in a power cut is lost as well. It refuses to go on with a folder that it could not sync.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::AuditError;

/// The folder of the segments and the folder of the log are synced into their parents at every
/// opening: a process that was killed may have made them and not come to the sync.
const SYNCED_ALWAYS: usize = 2;

/// Makes `folder` with all that is missing above it.
pub(crate) fn make(folder: &Path) -> Result<(), AuditError> {
    let failed = |e| AuditError::disk("create", &folder.display().to_string(), e);
    let missing = folder.ancestors().take_while(|part| is_missing(part));
    let missing = missing.count();
    std::fs::create_dir_all(folder).map_err(failed)?;
    let parents = folder.ancestors().skip(1).enumerate();
    for (above, parent) in parents.take(missing.max(SYNCED_ALWAYS)) {
        match sync(parent) {
            // Whoever may not read it made neither it nor what was in it before.
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied && above >= missing => {}
            synced => synced.map_err(failed)?,
        }
    }
    Ok(())
}

fn is_missing(part: &Path) -> bool {
    // The empty path is the folder that the process stands in.
    !part.as_os_str().is_empty() && !part.exists()
}

fn sync(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)?.sync_all()
}
