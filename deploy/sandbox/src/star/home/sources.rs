//! How the agents of a home reach their sources: the mapping folders, in the variant that fits
//! where the stores are, and the passwords. The originals of the repository stay as they are.

use std::fs;
use std::path::Path;

use super::{Home, keys, make, remove};
use crate::star::fault::StarError;
use crate::star::stores::Stores;
use crate::world::Node;
use crate::world::servers::PASSWORD_FILE;

impl Home {
    pub(super) fn copy_mappings(&self, stores: Stores) -> Result<(), StarError> {
        let centers = Path::new(env!("CARGO_MANIFEST_DIR")).join("centers");
        for node in Node::ALL {
            let to = self.node(node).join("mappings");
            remove(&to)?;
            make(&to)?;
            let center = centers.join(node.id());
            copy_files(&center.join("mappings"), &to)?;
            let on_servers = center.join("mappings-servers");
            if stores == Stores::Servers && on_servers.exists() {
                copy_files(&on_servers, &to)?;
            }
        }
        Ok(())
    }

    /// Passwords of the accounts that read stores on servers; each run has its own.
    pub(super) fn renew_passwords(&self) -> Result<(), StarError> {
        for node in [Node::City, Node::Guoguan] {
            let file = self.node(node).join(PASSWORD_FILE);
            match fs::remove_file(&file) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StarError::file(&file)(source));
                }
                Ok(()) | Err(_) => keys::write_token(&file)?,
            }
        }
        Ok(())
    }
}

/// Copies the files of one folder into another, over those of the same name.
fn copy_files(from: &Path, to: &Path) -> Result<(), StarError> {
    for entry in fs::read_dir(from).map_err(StarError::file(from))? {
        let file = entry.map_err(StarError::file(from))?;
        fs::copy(file.path(), to.join(file.file_name())).map_err(StarError::file(to))?;
    }
    Ok(())
}
