//! The files under `tile/`, whatever they are called.

use std::path::Path;

use crate::verify::fault::TreeFault;

/// Folders under `tile/` lie no deeper: a row, seven groups of digits, the widths of a partial one.
const DEPTH_MAX: usize = 12;

/// Names of all files under `tile/`, relative to the folder of the log.
pub(super) fn tile_files(dir: &Path) -> Result<Vec<String>, TreeFault> {
    let mut files = Vec::new();
    if dir.join("tile").is_dir() {
        collect(dir, "tile", DEPTH_MAX, &mut files)?;
    }
    files.sort_unstable();
    Ok(files)
}

fn collect(
    dir: &Path,
    below: &str,
    depth: usize,
    files: &mut Vec<String>,
) -> Result<(), TreeFault> {
    let failed = |e: std::io::Error| TreeFault::unreadable(below, &e);
    for entry in std::fs::read_dir(dir.join(below)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if is_folder && depth > 0 {
            collect(dir, &name, depth - 1, files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}
